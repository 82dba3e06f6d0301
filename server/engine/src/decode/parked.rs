//! An answer that is set aside while another is given: its sequence stays in the cache as it is, or in memory beside it where
//! the cache has no second one.

use super::Decoder;
use crate::choose::Next;
use llama_cpp_2::context::session::{LlamaStateSeqFlags, SeqState};
use llama_cpp_2::token::LlamaToken;
use std::collections::VecDeque;
use trust_inference::InferenceError;

/// What it takes to go on as if nothing had been in between.
pub(crate) struct Parked {
    sequence: usize,
    /// Whether that may be kept on disk.
    keep: bool,
    /// Where the sequence is not kept in the cache.
    copy: Option<(SeqState, Vec<LlamaToken>)>,
    predicted: VecDeque<Next>,
    pending: Option<LlamaToken>,
}

impl Decoder<'_> {
    /// Whether the answer can be set aside: not between the prompt's last call and the first choice, since the next call
    /// takes the place of what the last one foretells.
    pub(crate) fn can_park(&self) -> bool {
        self.pending.is_some()
    }

    /// Sets the sequence in use aside, in the middle of its prompt or where [`Decoder::can_park`] says so.
    pub(crate) fn park(&mut self) -> Result<Parked, InferenceError> {
        let (sequence, keep) = (self.sequences.id() as usize, self.sequences.keeps());
        let copy = match self.sequences.pin() {
            true => None,
            false => {
                let state = self.context.state_seq_get(sequence as i32, LlamaStateSeqFlags::empty());
                let state = state.map_err(|error| InferenceError::Model(error.to_string()))?;
                Some((state, self.sequences.tokens().to_vec()))
            }
        };
        let (predicted, pending) = (std::mem::take(&mut self.predicted), self.pending.take());
        Ok(Parked { sequence, keep, copy, predicted, pending })
    }

    /// Goes on with what was set aside.
    pub(crate) fn resume(&mut self, parked: Parked) -> Result<(), InferenceError> {
        self.sequences.unpin();
        self.sequences.turn_to(parked.sequence);
        self.sequences.set_keep(parked.keep);
        if let Some((state, tokens)) = parked.copy {
            self.forget_from(0);
            let set = self.context.state_seq_set(&state, parked.sequence as i32);
            if let Err(error) = set {
                self.forget_all();
                return Err(InferenceError::Model(error.to_string()));
            }
            *self.sequences.tokens_mut() = tokens;
        }
        (self.predicted, self.pending) = (parked.predicted, parked.pending);
        Ok(())
    }

    /// Nobody will go on with what was set aside.
    pub(crate) fn give_up_parked(&mut self) {
        self.sequences.unpin();
    }
}
