//! llama.cpp in this process: one thread owns the context, requests reach it over a queue, events come
//! back over channels.
//!
//! *Invariant:* a file is checked by `trust-gguf` before llama.cpp opens it. *Invariant:* only whole decode
//! calls count as cached, and the KV cache is rewound to the longest common token prefix, so what is reused
//! is exactly what was evaluated. *Invariant:* an answer that has a form is held to it at each token, or ends with an
//! error. *Invariant:* an answer that gave way to a more urgent one is what it would have been. *Invariant:* llama.cpp's
//! log goes to `tracing`, never to stdout.

mod answering;
mod beam;
mod choose;
mod decode;
mod devices;
mod ends;
mod form;
mod heal;
mod load;
mod quantise;
mod queue;
mod sequences;
mod stop;
mod vocabulary;
mod words;
mod worker;

pub use devices::{Device, Placement, RUNTIMES, devices};
pub use load::{EngineOptions, LoadError};
pub use quantise::{Quantisation, quantise};

use decode::snapshot::{Manner, Snapshot};
use llama_cpp_2::model::LlamaModel;
use queue::{Job, Queue};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use trust_gguf::Facts;
use trust_inference::{Event, InferenceError, Likelihood, Likely, Model, ModelCard, Prompt, Request};
use vocabulary::Vocabulary;

/// Of the engine's thread, in bytes: a schema is read level by level, and somebody else may have written it.
const STACK: usize = 16 << 20;

/// A model loaded by llama.cpp. Dropping it stops its thread in the middle of the decode call in progress; a
/// GPU's is gone through to its end.
pub struct Engine {
    card: ModelCard,
    model: Arc<LlamaModel>,
    queue: Arc<Queue>,
    thread: Option<std::thread::JoinHandle<()>>,
    placement: Placement,
}

impl Engine {
    /// Loads the GGUF file at `path`. Takes tens of milliseconds for a small model, seconds for a large one. Where a GPU does
    /// not take it after all, the processor runs it.
    pub fn load(path: &Path, options: EngineOptions) -> Result<Self, LoadError> {
        let (facts, placement) = load::look(path, &options)?;
        match Self::place(path, &facts, placement.clone(), options.clone()) {
            Err(LoadError::Refused(reason)) if placement.layers > 0 => {
                tracing::warn!(placement = placement.told(), reason, "the processor runs the model instead");
                Self::place(path, &facts, placement.refused(&reason), options)
            }
            loaded => loaded,
        }
    }

    /// Loads it to where it is to be.
    fn place(
        path: &Path,
        facts: &Facts,
        placement: Placement,
        options: EngineOptions,
    ) -> Result<Self, LoadError> {
        let (model, card) = load::load(path, facts, &placement, &options)?;
        let (model, queue) = (Arc::new(model), Arc::new(Queue::default()));
        let (ready_sender, ready) = channel();
        let snapshot = options.snapshot.as_deref().and_then(|folder| {
            let (length, layout, gpu_layers) = (card.context_length, card.fim, placement.layers);
            let snapshot = Snapshot::new(folder, path, Manner { length, layout, gpu_layers });
            snapshot.inspect_err(|error| tracing::warn!(%error, "the KV cache is not kept")).ok()
        });
        let thread = std::thread::Builder::new()
            .name("trust-engine".into())
            .stack_size(STACK)
            .spawn({
                let (model, queue, card) = (model.clone(), queue.clone(), card.clone());
                move || worker::run(&model, &card, &options, snapshot, &queue, &ready_sender)
            })
            .map_err(|error| LoadError::Refused(error.to_string()))?;
        match ready.recv() {
            Ok(Ok(())) => Ok(Self { card, model, queue, thread: Some(thread), placement }),
            Ok(Err(reason)) => Err(LoadError::Refused(reason)),
            Err(_) => Err(LoadError::Refused("the engine's thread ended while starting".into())),
        }
    }

    /// The token ids of `text`, special tokens off. For tests of the tokenizer.
    pub fn tokenize(&self, text: &str) -> Vec<i32> {
        Vocabulary::new(&self.model).text(text).into_iter().map(|token| token.0).collect()
    }

    /// The mean negative log-likelihood (nats) that the model gives each of `tokens` after the first, all of
    /// them in one context. For tests against another implementation.
    pub fn mean_nll(&self, tokens: &[i32]) -> Result<f64, InferenceError> {
        let (sender, receiver) = channel();
        self.queue.push(Job::Score { tokens: tokens.to_vec(), reply: sender });
        receiver.recv().map_err(|_| InferenceError::Gone)?
    }
}

impl Engine {
    /// How many bits the model needs for a byte of `text`, which is read in parts of at most 512 tokens; fewer is better.
    pub fn bits_per_byte(&self, text: &str) -> Result<f64, InferenceError> {
        const PART: usize = 512;
        let most = PART.min(self.card.context_length as usize / 2);
        let (mut nats, mut bytes, mut part) = (0.0, 0, String::new());
        let mut lines = text.split_inclusive('\n').peekable();
        while let Some(line) = lines.next() {
            part.push_str(line);
            let follows = lines.peek().map_or(0, |next| self.tokenize(next).len());
            let tokens = self.tokenize(&part);
            if follows == 0 || tokens.len() + follows > most {
                nats += self.mean_nll(&tokens)? * tokens.len().saturating_sub(1) as f64;
                bytes += part.len();
                part.clear();
            }
        }
        Ok(nats / std::f64::consts::LN_2 / bytes.max(1) as f64)
    }
}

/// The chat template of a model's file, with the tokens that it may write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatTemplate {
    pub source: String,
    pub bos: String,
    pub eos: String,
}

impl Engine {
    /// How the model's file says that it is talked to; none where it says nothing.
    pub fn chat_template(&self) -> Option<ChatTemplate> {
        let source = self.model.meta_val_str("tokenizer.chat_template").ok()?;
        let (bos, eos) = Vocabulary::new(&self.model).text_marks();
        Some(ChatTemplate { source, bos, eos })
    }
}

impl Model for Engine {
    fn card(&self) -> &ModelCard {
        &self.card
    }

    fn placement(&self) -> Option<String> {
        Some(self.placement.told())
    }

    fn count_tokens(&self, text: &str) -> usize {
        Vocabulary::new(&self.model).text(text).len()
    }

    fn count_prompt(&self, prompt: &Prompt) -> usize {
        let tokens = Vocabulary::new(&self.model).prompt(prompt);
        // One that cannot be said is refused when it is asked for.
        tokens.map_or(0, |tokens| tokens.len())
    }

    fn special_token(&self, spelling: &str) -> Option<u32> {
        Vocabulary::new(&self.model).special(spelling).ok().map(|token| token.0.cast_unsigned())
    }

    fn avoids(&self) -> bool {
        true
    }

    fn generate(&self, request: Request) -> Receiver<Result<Event, InferenceError>> {
        let (sender, receiver) = channel();
        self.queue.push(Job::Generate { request: Box::new(request), reply: sender });
        receiver
    }

    fn likelihood(&self, request: Likelihood) -> Result<Vec<Likely>, InferenceError> {
        let (sender, receiver) = channel();
        self.queue.push(Job::Likelihood { request: Box::new(request), reply: sender });
        receiver.recv().map_err(|_| InferenceError::Gone)?
    }

    fn forget(&self) {
        self.queue.forget();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            // The thread catches its own panics; one that still ended so has been logged.
            let _ = thread.join();
        }
    }
}
