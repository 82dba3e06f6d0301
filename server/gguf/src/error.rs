//! What can be wrong with a file: each message says what, where, and what to do about it.

/// Why a file was refused. Offsets and sizes are bytes.
#[derive(Debug, thiserror::Error)]
pub enum GgufError {
    #[error("cannot read the model file: {0}")]
    Io(#[from] std::io::Error),

    #[error(
        "not a GGUF file: it begins with {found:?} instead of \"GGUF\"; \
         check that this is a model, and not a web page or an archive saved under its name"
    )]
    NotGguf { found: String },

    #[error("a big-endian GGUF file; convert the model again for a little-endian machine")]
    BigEndian,

    #[error(
        "GGUF version {0}, of which nothing is known here (versions 2 and 3 are); convert the model again"
    )]
    Version(u32),

    /// `expected` is the least the file must have for `what` to be in it.
    #[error(
        "the download may be incomplete: expected {expected} bytes or more ({what} at byte {offset}), found {found}; \
         download the file again"
    )]
    Truncated { what: String, offset: u64, expected: u64, found: u64 },

    #[error(
        "{what} at byte {offset} goes past the limit of {limit}; \
         the file is damaged, or made to exhaust memory: do not use it"
    )]
    TooLarge { what: String, offset: u64, limit: String },

    #[error("{problem} at byte {offset}; the file is damaged: download it again")]
    Damaged { problem: String, offset: u64 },

    #[error("metadata {key:?}: {problem}; the file is damaged, or was converted by a faulty program")]
    Metadata { key: String, problem: String },

    #[error("tensor {name:?}: {problem}; the file is damaged, or was converted by a faulty program")]
    Tensor { name: String, problem: String },

    #[error(
        "part of a model that was split into {parts} files; \
         join them first: llama-gguf-split --merge FIRST_PART OUTPUT"
    )]
    Split { parts: u64 },

    #[error("holds {kind:?} and not a language model; name the file of the model itself")]
    NotAModel { kind: String },
}

impl GgufError {
    pub(crate) fn metadata(key: &str, problem: impl Into<String>) -> Self {
        Self::Metadata { key: shorten(key), problem: problem.into() }
    }

    pub(crate) fn tensor(name: &str, problem: impl Into<String>) -> Self {
        Self::Tensor { name: shorten(name), problem: problem.into() }
    }
}

/// Names come from the file and may be of any length; a message quotes their beginning.
fn shorten(name: &str) -> String {
    const SHOWN: usize = 80;
    match name.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &name[..end]),
        None => name.to_string(),
    }
}
