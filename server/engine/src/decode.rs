//! The context and its KV cache: rewind, prefill in small calls, one token at a time, drafts in one call.

mod abort;
mod branches;
mod parked;
pub(crate) mod snapshot;

pub(crate) use parked::Parked;

use crate::choose::{Choose, Next};
use crate::sequences::Sequences;
use abort::{Abort, Watch};
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::Arc;
use trust_inference::{CancelToken, InferenceError, Likely};

/// Weights times tokens of a decode call while a prompt is read: small enough to be abandoned within milliseconds,
/// as far as that is not slower than it is worth.
const PREFILL_WORK: u64 = 500_000_000;
const PREFILL_CALL: std::ops::RangeInclusive<usize> = 16..=128;
/// Tokens of a draft to verify in one call. On two cores a longer call costs more than a miss is worth.
const DRAFT_CALL: usize = 16;
/// Bytes for the keys and values of all sequences together, and how many there are at most. One there is always.
const CACHE_BYTES: u64 = 96 << 20;
const SEQUENCES: u64 = 6;
/// Sequences beside them in which an answer branches.
const BRANCHES: u64 = 3;
/// Where one sequence takes all of that, there is a second up to so many bytes, or such a part of the weights: a conversation
/// and a document then keep their own, and a completion asked for in between does not read the document anew.
const SECOND_BYTES: u64 = 128 << 20;
const SECOND: u64 = 8;

pub(crate) struct Decoder<'model> {
    /// Dropped before what it asks.
    context: LlamaContext<'model>,
    abort: Arc<Abort>,
    batch: LlamaBatch<'static>,
    sequences: Sequences,
    /// Answers that are searched for together.
    branches: usize,
    /// Tokens that one sequence holds.
    length: usize,
    prefill_call: usize,
    /// Predicted tokens that [`Decoder::next`] has yet to hand out. All but the newest are in the cache.
    predicted: VecDeque<Next>,
    /// Whether the cache can be cut anywhere. Recurrent models can only start again, so they take no drafts.
    rewindable: bool,
    /// The newest predicted token: not in the cache until somebody asks for the one after it.
    pending: Option<LlamaToken>,
}

/// Which tokens of a decode call are to predict their successor.
#[derive(Clone, Copy)]
enum Logits {
    None,
    Last,
    All,
}

pub(crate) struct Prefilled<H> {
    pub(crate) tokens: u32,
    /// Why it was left before the prompt's end: it is gone on with by reading it again.
    pub(crate) interrupted: Option<H>,
}

impl<'model> Decoder<'model> {
    pub(crate) fn open(
        model: &'model LlamaModel,
        backend: &LlamaBackend,
        context: u32,
        threads: i32,
    ) -> Result<Self, String> {
        let rewindable = !model.is_recurrent() && !model.is_hybrid();
        // A model that cannot forget in part cannot share one beginning among sequences either.
        let affordable = if rewindable { sequence_count(model, context) } else { 1 };
        // The branches are within the budget too, and worth less than a second document.
        let branches = if affordable > BRANCHES + 1 { BRANCHES } else { 0 };
        Self::with_sequences(model, backend, (context, threads), affordable - branches, branches)
    }

    fn with_sequences(
        model: &'model LlamaModel,
        backend: &LlamaBackend,
        (context, threads): (u32, i32),
        count: u64,
        branches: u64,
    ) -> Result<Self, String> {
        let rewindable = !model.is_recurrent() && !model.is_hybrid();
        let prefill_call = prefill_call(model.n_params());
        let abort = Arc::new(Abort::default());
        let mut params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(context.next_multiple_of(256) * (count + branches) as u32))
            .with_n_seq_max((count + branches) as u32)
            .with_n_batch(prefill_call.max(DRAFT_CALL + 1) as u32)
            .with_n_ubatch(prefill_call.max(DRAFT_CALL + 1) as u32)
            .with_n_threads(threads)
            .with_n_threads_batch(threads);
        // What a recurrent model has half read cannot be taken back.
        if rewindable {
            abort.install(&mut params);
        }
        let llama = model.new_context(backend, params).map_err(|error| error.to_string())?;
        Ok(Self {
            context: llama,
            abort,
            batch: LlamaBatch::new(prefill_call.max(DRAFT_CALL + 1), 1),
            sequences: Sequences::new(count as usize),
            branches: branches as usize + 1,
            length: context as usize,
            prefill_call,
            predicted: VecDeque::new(),
            rewindable,
            pending: None,
        })
    }

    /// Has decode calls end in their middle once `cancel` is raised, as long as what this returns is there. Such a call is an
    /// error, and counts for nothing.
    pub(crate) fn watch(&self, cancel: &CancelToken) -> Watch {
        self.abort.watch(cancel.clone())
    }

    /// Turns to the sequence that `prompt` goes on in, cuts it back to what the two share, and says how many tokens
    /// that is. The prompt's last token is never kept: its logits are needed. `keep` says whether the sequence may be kept
    /// on disk from then on.
    pub(crate) fn rewind(&mut self, prompt: &[LlamaToken], keep: bool) -> Result<u32, InferenceError> {
        if prompt.is_empty() || prompt.len() >= self.length {
            return Err(self.too_long(prompt));
        }
        self.predicted.clear();
        self.pending = None;
        let place = self.sequences.place(prompt, keep);
        if let Some(from) = place.copy_of {
            // The copy takes the place of what was there; it fails for positions beyond `i32` only.
            let _ = self.context.kv_cache_seq_cp(from as i32, self.sequences.id(), None, None);
        }
        self.forget_from(place.shared.min(prompt.len() - 1));
        Ok(self.sequences.tokens().len() as u32)
    }

    /// Reads what the cache lacks of `prompt`, asking `interrupted` before each call, and after one that was left in its middle.
    pub(crate) fn prefill<H>(
        &mut self,
        prompt: &[LlamaToken],
        mut interrupted: impl FnMut() -> Option<H>,
    ) -> Result<Prefilled<H>, InferenceError> {
        let first = self.cached();
        while self.cached() < prompt.len() {
            if let reason @ Some(_) = interrupted() {
                return Ok(Prefilled { tokens: (self.cached() - first) as u32, interrupted: reason });
            }
            let end = prompt.len().min(self.cached() + self.prefill_call);
            let call = &prompt[self.cached()..end];
            let logits = if end == prompt.len() { Logits::Last } else { Logits::None };
            if let Err(error) = self.decode(call, logits) {
                let interrupted = if self.abort.is_raised() { interrupted() } else { None };
                let Some(reason) = interrupted else { return Err(error) };
                let tokens = (self.cached() - first) as u32;
                return Ok(Prefilled { tokens, interrupted: Some(reason) });
            }
        }
        Ok(Prefilled { tokens: (prompt.len() - first) as u32, interrupted: None })
    }

    /// Whether another token would find no room. Those that are predicted have theirs.
    pub(crate) fn is_full(&self) -> bool {
        self.predicted.is_empty() && self.cached() + 1 >= self.length
    }

    /// Tokens that an answer to a prompt of `length` tokens finds room for.
    pub(crate) fn room_after(&self, length: usize) -> u32 {
        self.length.saturating_sub(length + 1) as u32
    }

    /// The token after the prompt and all tokens handed out so far. `draft` is a guess at what comes from
    /// here on; it is verified many tokens at a time, shortened by what the model agrees with, and cleared
    /// where the choice is another.
    pub(crate) fn next(
        &mut self,
        draft: &mut Vec<LlamaToken>,
        chooser: &mut dyn Choose,
    ) -> Result<Next, InferenceError> {
        if self.predicted.is_empty() {
            match self.pending {
                None => {
                    let next = chooser.choose(self.context.get_logits_ith(-1))?;
                    self.accept(next, draft);
                }
                Some(pending) => self.advance(pending, draft, chooser)?,
            }
        }
        self.predicted.pop_front().ok_or_else(|| InferenceError::Model("no token was predicted".into()))
    }

    /// Evaluates `pending` together with the head of `draft` in one call, and keeps of it what is chosen
    /// anyway.
    fn advance(
        &mut self,
        pending: LlamaToken,
        draft: &mut Vec<LlamaToken>,
        chooser: &mut dyn Choose,
    ) -> Result<(), InferenceError> {
        let before = self.cached();
        let room = self.length.saturating_sub(before + 2);
        let drafted = if self.rewindable { DRAFT_CALL.min(room) } else { 0 };
        let call: Vec<_> = std::iter::once(pending).chain(draft.iter().copied().take(drafted)).collect();
        self.decode(&call, Logits::All)?;
        let mut kept = 0;
        while kept < call.len() {
            let next = chooser.choose(self.context.get_logits_ith(kept as i32))?;
            kept += 1;
            let agreed = self.accept(next, draft);
            if !agreed {
                break;
            }
        }
        if kept < call.len() {
            self.forget_from(before + kept);
        }
        Ok(())
    }

    /// Queues a predicted token and says whether the draft had it next; a draft that had not is cleared.
    fn accept(&mut self, next: Next, draft: &mut Vec<LlamaToken>) -> bool {
        let agreed = draft.first() == Some(&next.token);
        if agreed {
            draft.remove(0);
        } else {
            draft.clear();
        }
        self.pending = Some(next.token);
        self.predicted.push_back(Next { drafted: agreed, ..next });
        agreed
    }

    /// Mean negative log-likelihood, in nats, of each token after the first.
    pub(crate) fn mean_nll(&mut self, tokens: &[i32]) -> Result<f64, InferenceError> {
        let tokens: Vec<_> = tokens.iter().copied().map(LlamaToken).collect();
        if tokens.len() < 2 {
            return Ok(0.0);
        }
        if tokens.len() > self.length {
            return Err(self.too_long(&tokens));
        }
        self.predicted.clear();
        self.pending = None;
        self.forget_from(0);
        self.sequences.set_keep(false);
        let weighed = self.read_and_weigh(&tokens)?;
        Ok(-weighed.into_iter().map(f64::from).sum::<f64>() / (tokens.len() - 1) as f64)
    }

    /// Reads `tokens` and says how probable each after the first is behind those before it, as logarithms.
    fn read_and_weigh(&mut self, tokens: &[LlamaToken]) -> Result<Vec<f32>, InferenceError> {
        let mut weighed = Vec::new();
        for (index, call) in tokens.chunks(self.prefill_call).enumerate() {
            self.decode(call, Logits::All)?;
            for position in 0..call.len() {
                let next = index * self.prefill_call + position + 1;
                if let Some(token) = tokens.get(next) {
                    let logits = self.context.get_logits_ith(position as i32);
                    let said = logits.get(token.0 as usize).copied().unwrap_or(f32::NEG_INFINITY);
                    weighed.push((f64::from(said) - log_sum_exp(logits)) as f32);
                }
            }
        }
        Ok(weighed)
    }

    /// How probable the tokens of `text` and then `then` are behind a prompt, which has been read up to its `last` token.
    /// Afterwards the cache holds the same again. `None` where it finds no room, or nothing can be taken back.
    pub(crate) fn weigh_behind(
        &mut self,
        last: LlamaToken,
        text: &[LlamaToken],
        then: &[LlamaToken],
    ) -> Result<Option<Likely>, InferenceError> {
        let (read, tokens) = (self.cached(), [&[last], text, then].concat());
        if text.is_empty() || !self.rewindable || read + tokens.len() > self.length {
            return Ok(None);
        }
        let weighed = self.read_and_weigh(&tokens);
        self.forget_from(read);
        let mut weighed = weighed?;
        let then = weighed.split_off(text.len());
        Ok(Some(Likely { text: weighed, then }))
    }

    /// One decode call over `tokens`, appended to the cache.
    fn decode(&mut self, tokens: &[LlamaToken], logits: Logits) -> Result<(), InferenceError> {
        self.batch.clear();
        for (index, token) in tokens.iter().enumerate() {
            let position = (self.cached() + index) as i32;
            let wanted = match logits {
                Logits::All => true,
                Logits::Last => index + 1 == tokens.len(),
                Logits::None => false,
            };
            self.batch
                .add(*token, position, &[self.sequences.id()], wanted)
                .map_err(|error| InferenceError::Model(error.to_string()))?;
        }
        if let Err(error) = self.call() {
            // Some of it may have reached the cache.
            self.forget_from(self.cached());
            return Err(error);
        }
        self.sequences.tokens_mut().extend_from_slice(tokens);
        Ok(())
    }

    /// One decode call over the batch. After an error nothing of it runs any more; what of it reached the cache is to be forgotten.
    fn call(&mut self) -> Result<(), InferenceError> {
        let decoded = self.abort.quietly(|| self.context.decode(&mut self.batch));
        decoded.map_err(|error| {
            // Some of it may still run on a GPU.
            self.context.synchronize();
            // What llama.cpp itself had to say of it was not heard, for it says as much where a call is left.
            if !self.abort.is_raised() {
                tracing::error!(%error, tokens = self.batch.n_tokens(), "a decode call failed");
            }
            InferenceError::Model(error.to_string())
        })
    }

    /// Forgets what the sequence in use holds at and after `length`; all there is where the model cannot forget in
    /// part (recurrent ones). Predictions stay: they are of tokens before it.
    fn forget_from(&mut self, length: usize) {
        self.sequences.tokens_mut().truncate(length);
        if self.context.kv_cache_seq_rm(self.sequences.id(), Some(length as u32), None).is_err() {
            self.forget_all();
        }
    }

    /// Forgets what all sequences hold, but for one that is parked.
    pub(crate) fn forget_all(&mut self) {
        let parked = self.sequences.is_pinned();
        let others = self.sequences.clear();
        if parked {
            // Whole sequences are always forgotten.
            others.for_each(|id| drop(self.context.kv_cache_seq_rm(id, None, None)));
        } else {
            self.context.clear_kv_cache();
        }
    }

    /// Tokens in the sequence in use.
    fn cached(&self) -> usize {
        self.sequences.tokens().len()
    }

    fn too_long(&self, prompt: &[LlamaToken]) -> InferenceError {
        InferenceError::PromptTooLong { prompt: prompt.len() as u32, context: self.length as u32 }
    }
}

/// How many sequences of `context` tokens the budget allows.
fn sequence_count(model: &LlamaModel, context: u32) -> u64 {
    let width = u64::try_from(model.n_embd()).unwrap_or(0) / u64::from(model.n_head().max(1));
    let token = 2 * 2 * u64::from(model.n_layer()) * u64::from(model.n_head_kv()) * width;
    let bytes = token * u64::from(context);
    let least = if bytes <= SECOND_BYTES.max(model.size() / SECOND) { 2 } else { 1 };
    (CACHE_BYTES / bytes.max(1)).clamp(least, SEQUENCES + BRANCHES)
}

fn prefill_call(parameters: u64) -> usize {
    let tokens = (PREFILL_WORK / parameters.max(1)) as usize / 16 * 16;
    tokens.clamp(*PREFILL_CALL.start(), *PREFILL_CALL.end())
}

/// The logarithm of the sum of exponentials, shifted by the maximum so that nothing overflows.
pub(crate) fn log_sum_exp(logits: &[f32]) -> f64 {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|&logit| (logit - max).exp()).sum();
    f64::from(max) + f64::from(sum).ln()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests may fail, and say what they measured")]
pub(crate) mod tests;
