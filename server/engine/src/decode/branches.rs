//! Branches of an answer: sequences beside those of the documents, for a beam search.

use super::Decoder;
use llama_cpp_2::token::LlamaToken;
use trust_inference::InferenceError;

impl Decoder<'_> {
    /// How many answers can be searched for together: each has a branch, of which the first is the sequence in use.
    pub(crate) fn branches(&self) -> usize {
        self.branches
    }

    /// The logits after one of the last call's tokens; -1 for its last.
    pub(crate) fn logits(&self, index: i32) -> &[f32] {
        self.context.get_logits_ith(index)
    }

    /// Whether `tokens` more find room.
    pub(crate) fn has_room(&self, tokens: usize) -> bool {
        self.cached() + tokens < self.length
    }

    fn branch_id(&self, branch: usize) -> i32 {
        if branch == 0 { self.sequences.id() } else { (self.sequences.count() + branch - 1) as i32 }
    }

    /// Makes the branch `to` hold what the branch `from` holds.
    pub(crate) fn copy_branch(&mut self, from: usize, to: usize) {
        let (from, to) = (self.branch_id(from), self.branch_id(to));
        // Neither fails but for positions beyond `i32`.
        let _ = self.context.kv_cache_seq_rm(to, None, None);
        let _ = self.context.kv_cache_seq_cp(from, to, None, None);
    }

    /// One decode call over the next token of each branch, `depth` tokens behind the prompt.
    pub(crate) fn advance_branches(
        &mut self,
        tokens: &[(usize, LlamaToken)],
        depth: usize,
    ) -> Result<(), InferenceError> {
        self.batch.clear();
        for &(branch, token) in tokens {
            let position = (self.cached() + depth) as i32;
            let added = self.batch.add(token, position, &[self.branch_id(branch)], true);
            added.map_err(|error| InferenceError::Model(error.to_string()))?;
        }
        self.call()
    }

    /// Goes back to the prompt, in one sequence.
    pub(crate) fn join_branches(&mut self) {
        for branch in 1..self.branches {
            let id = self.branch_id(branch);
            let _ = self.context.kv_cache_seq_rm(id, None, None);
        }
        self.forget_from(self.cached());
    }
}
