//! Making a model smaller: llama.cpp writes its weights anew with fewer bits each.

use crate::load::{LoadError, backend};
use std::ffi::CString;
use std::path::Path;
use std::str::FromStr;

/// Into what weights can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantisation {
    F16,
    Q8_0,
    Q6K,
    Q5KM,
    Q4KM,
    Q4_0,
}

impl Quantisation {
    pub const ALL: [Self; 6] = [Self::F16, Self::Q8_0, Self::Q6K, Self::Q5KM, Self::Q4KM, Self::Q4_0];

    pub fn name(self) -> &'static str {
        match self {
            Self::F16 => "F16",
            Self::Q8_0 => "Q8_0",
            Self::Q6K => "Q6_K",
            Self::Q5KM => "Q5_K_M",
            Self::Q4KM => "Q4_K_M",
            Self::Q4_0 => "Q4_0",
        }
    }

    /// About how many bits a weight takes.
    pub fn bits(self) -> f64 {
        match self {
            Self::F16 => 16.0,
            Self::Q8_0 => 8.5,
            Self::Q6K => 6.6,
            Self::Q5KM => 5.7,
            Self::Q4KM => 4.9,
            Self::Q4_0 => 4.6,
        }
    }

    /// By llama.cpp's own number.
    fn id(self) -> llama_cpp_sys_2::llama_ftype {
        match self {
            Self::F16 => llama_cpp_sys_2::LLAMA_FTYPE_MOSTLY_F16,
            Self::Q8_0 => llama_cpp_sys_2::LLAMA_FTYPE_MOSTLY_Q8_0,
            Self::Q6K => llama_cpp_sys_2::LLAMA_FTYPE_MOSTLY_Q6_K,
            Self::Q5KM => llama_cpp_sys_2::LLAMA_FTYPE_MOSTLY_Q5_K_M,
            Self::Q4KM => llama_cpp_sys_2::LLAMA_FTYPE_MOSTLY_Q4_K_M,
            Self::Q4_0 => llama_cpp_sys_2::LLAMA_FTYPE_MOSTLY_Q4_0,
        }
    }
}

impl FromStr for Quantisation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names: Vec<&str> = Self::ALL.iter().map(|one| one.name()).collect();
        let found = Self::ALL.into_iter().find(|one| one.name().eq_ignore_ascii_case(text));
        found.ok_or_else(|| format!("there are {}", names.join(", ")))
    }
}

/// Writes the model at `from` to `to` with weights of another kind, on so many threads (0: all). Blocks while it reads and
/// writes. What is there in `to` is overwritten, and of no use where this fails.
///
/// # Errors
/// The file is no model, or llama.cpp refuses.
pub fn quantise(from: &Path, to: &Path, into: Quantisation, threads: usize) -> Result<(), LoadError> {
    trust_gguf::inspect(from)?;
    backend()?;
    let name = |path: &Path| {
        let text = path.to_str().and_then(|text| CString::new(text).ok());
        text.ok_or_else(|| LoadError::Refused(format!("{} is no text", path.display())))
    };
    let (source, target) = (name(from)?, name(to)?);
    // SAFETY: both names are texts that end in NUL and outlive the call; the parameters are llama.cpp's own defaults, whose
    // pointers are null, and are only read; exceptions are caught inside and come back as a code.
    #[allow(unsafe_code, reason = "the safe crate has no quantising")]
    let code = unsafe {
        let mut params = llama_cpp_sys_2::llama_model_quantize_default_params();
        params.ftype = into.id();
        params.nthread = threads.min(256) as i32;
        // Otherwise only weights of full precision are taken.
        params.allow_requantize = true;
        llama_cpp_sys_2::llama_model_quantize(source.as_ptr(), target.as_ptr(), &raw const params)
    };
    if code != 0 {
        return Err(LoadError::Refused(format!(
            "it could not be made {} (RUST_LOG=info says more)",
            into.name()
        )));
    }
    trust_gguf::inspect(to).map(drop).map_err(LoadError::from)
}
