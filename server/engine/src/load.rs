//! Opening a model file: checked in Rust first, then given to llama.cpp.

use crate::devices::{Placement, devices, place};
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::{LogOptions, send_logs_to_tracing};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use trust_gguf::Facts;
use trust_inference::{FimLayout, ModelCard};

/// Below this size weights are read into memory rather than mapped, so that somebody truncating the file
/// cannot kill the process; [`EngineOptions::mapped`] is for files that nobody else writes.
const MAPPED_FROM: u64 = 256 << 20;

/// Weights up to which a model runs on one thread.
pub(crate) const SMALL_MODEL: u64 = 50_000_000;
/// Tokens that even the smallest context holds.
const MIN_CONTEXT: u32 = 64;

/// How a model is to be run.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Threads for reading prompts and generating; 0 chooses by the model's size.
    pub threads: usize,
    /// Tokens held at once, at most what the model was trained for.
    pub context: u32,
    /// Layers that a GPU computes, at most and as far as they fit there; 0 leaves all of them to the processor.
    pub gpu_layers: u32,
    /// The order in which a hole is told, whatever the file says of it.
    pub layout: Option<FimLayout>,
    /// Maps the weights of a small file too, so that processes share them. Whoever truncates a mapped file ends them.
    pub mapped: bool,
    /// Where the KV cache is kept between two runs: a folder that is written when the engine is dropped, and taken
    /// away when it is read.
    pub snapshot: Option<PathBuf>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { threads: 0, context: 4096, gpu_layers: u32::MAX, layout: None, mapped: false, snapshot: None }
    }
}

impl EngineOptions {
    /// A small model runs on one thread. Its threads would meet at a barrier every few microseconds, and where
    /// an editor, a compiler or a test keeps the cores busy each meeting waits for a time slice: a prompt of
    /// 900 tokens of the bundled model took 0.2 s on one thread and 4 s on two, beside two busy processes.
    pub(crate) fn thread_count(&self, parameters: u64) -> i32 {
        let threads = match self.threads {
            0 if parameters < SMALL_MODEL => 1,
            0 => std::thread::available_parallelism().map_or(2, usize::from).min(8),
            threads => threads.min(256),
        };
        threads as i32
    }
}

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    File(#[from] trust_gguf::GgufError),
    #[error("this processor lacks {0}, which the built-in model runner needs")]
    Processor(&'static str),
    #[error("llama.cpp refused the model: {0}")]
    Refused(String),
}

pub(crate) fn backend() -> Result<&'static LlamaBackend, LoadError> {
    static BACKEND: OnceLock<Result<LlamaBackend, String>> = OnceLock::new();
    let backend = BACKEND.get_or_init(|| {
        send_logs_to_tracing(LogOptions::default());
        LlamaBackend::init().map_err(|error| error.to_string())
    });
    backend.as_ref().map_err(|error| LoadError::Refused(error.clone()))
}

/// What the file at `path` says, and where its layers are to be.
pub(crate) fn look(path: &Path, options: &EngineOptions) -> Result<(Facts, Placement), LoadError> {
    check_processor()?;
    let facts = trust_gguf::inspect(path)?;
    let context = facts.context_length.min(options.context);
    let placement = place(&facts, context, options.gpu_layers, devices()?);
    Ok((facts, placement))
}

pub(crate) fn load(
    path: &Path,
    facts: &Facts,
    placement: &Placement,
    options: &EngineOptions,
) -> Result<(LlamaModel, ModelCard), LoadError> {
    // Without a device in the list llama.cpp leaves all of them alone.
    let device = placement.device();
    let params = LlamaModelParams::default()
        .with_use_mmap(options.mapped || facts.size_bytes >= MAPPED_FROM)
        .with_n_gpu_layers(placement.layers)
        .with_devices(device.as_slice())
        .map_err(|error| LoadError::Refused(error.to_string()))?;
    let model = LlamaModel::load_from_file(backend()?, path, &params)
        .map_err(|error| LoadError::Refused(error.to_string()))?;
    let card = card(&model, path, options);
    tracing::info!(?card, placement = placement.told(), "model loaded");
    Ok((model, card))
}

fn card(model: &LlamaModel, path: &Path, options: &EngineOptions) -> ModelCard {
    let file_name = || path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let name = model.meta_val_str("general.name").ok().filter(|name| !name.trim().is_empty());
    let vocab = model.vocab();
    let fills = vocab.fim_pre().0 >= 0 && vocab.fim_suf().0 >= 0 && vocab.fim_mid().0 >= 0;
    // Models say nothing of the order they were trained with; ours carries it in a key of its own.
    let layout = match model.meta_val_str("trust.fim_layout").as_deref() {
        Ok("spm") => FimLayout::Spm,
        _ => FimLayout::Psm,
    };
    let layout = options.layout.unwrap_or(layout);
    ModelCard {
        name: name.unwrap_or_else(file_name),
        parameters: model.n_params(),
        context_length: model.n_ctx_train().min(options.context).max(MIN_CONTEXT),
        fim: fills.then_some(layout),
    }
}

/// The CPU kernels are compiled for AVX2; without it the first decode would be an illegal instruction.
fn check_processor() -> Result<(), LoadError> {
    #[cfg(target_arch = "x86_64")]
    for (present, name) in [
        (std::arch::is_x86_feature_detected!("avx2"), "AVX2"),
        (std::arch::is_x86_feature_detected!("fma"), "FMA"),
        (std::arch::is_x86_feature_detected!("f16c"), "F16C"),
        (std::arch::is_x86_feature_detected!("bmi2"), "BMI2"),
    ] {
        if !present {
            return Err(LoadError::Processor(name));
        }
    }
    Ok(())
}
