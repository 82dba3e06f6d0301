//! The sequences of the KV cache: what each of them holds, and which of them a prompt goes on in.
//!
//! A prompt that shares most of what a sequence holds goes on there. One that would throw much of it away gets
//! another: the one unused for longest, which begins as a copy of what the two share. So each document keeps its own,
//! and one whose prompt was anchored anew keeps the old one, for as long as somebody may come back to it.

use llama_cpp_2::token::LlamaToken;

/// Tokens that a prompt may throw away of a sequence it goes on in: more than an answer leaves behind.
const LOSS: usize = 160;
/// Tokens from which on copying what is shared beats reading it again.
const WORTH_COPYING: usize = 16;

pub(crate) struct Sequences {
    all: Vec<Sequence>,
    current: usize,
    clock: u64,
    /// The time until which what was used counts as unused.
    settled: u64,
    /// The sequence that waits for its answer to go on, and is left as it is.
    pinned: Option<usize>,
}

#[derive(Default)]
struct Sequence {
    /// Those whose keys and values are in the cache: always those of finished decode calls.
    tokens: Vec<LlamaToken>,
    used: u64,
    /// Whether it may be kept on disk.
    keep: bool,
}

/// Where a prompt goes on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) sequence: usize,
    /// The sequence that it is to begin as a copy of.
    pub(crate) copy_of: Option<usize>,
    /// Tokens that are shared with the prompt.
    pub(crate) shared: usize,
}

impl Sequences {
    pub(crate) fn new(count: usize) -> Self {
        let all = (0..count.max(1)).map(|_| Sequence::default()).collect();
        Self { all, current: 0, clock: 0, settled: 0, pinned: None }
    }

    /// The id by which llama.cpp knows the sequence in use.
    pub(crate) fn id(&self) -> i32 {
        self.current as i32
    }

    pub(crate) fn tokens(&self) -> &[LlamaToken] {
        self.all.get(self.current).map_or(&[], |sequence| &sequence.tokens)
    }

    pub(crate) fn tokens_mut(&mut self) -> &mut Vec<LlamaToken> {
        &mut self.all[self.current].tokens
    }

    pub(crate) fn count(&self) -> usize {
        self.all.len()
    }

    /// Makes the sequence `id` the one in use.
    pub(crate) fn turn_to(&mut self, id: usize) {
        self.current = id.min(self.all.len() - 1);
        self.clock += 1;
        self.all[self.current].used = self.clock;
    }

    /// Has all that was used so far count as unused.
    pub(crate) fn settle(&mut self) {
        self.settled = self.clock;
    }

    /// Whether the sequence in use may be kept on disk.
    pub(crate) fn keeps(&self) -> bool {
        self.all.get(self.current).is_some_and(|sequence| sequence.keep)
    }

    pub(crate) fn set_keep(&mut self, keep: bool) {
        self.all[self.current].keep = keep;
    }

    /// All that hold something, were used and may be kept, the one used last first.
    pub(crate) fn by_use(&self) -> Vec<(usize, &[LlamaToken])> {
        let mut held: Vec<_> = self
            .all
            .iter()
            .enumerate()
            .filter(|(_, sequence)| {
                sequence.keep && !sequence.tokens.is_empty() && sequence.used > self.settled
            })
            .collect();
        held.sort_by_key(|(_, sequence)| std::cmp::Reverse(sequence.used));
        held.into_iter().map(|(id, sequence)| (id, sequence.tokens.as_slice())).collect()
    }

    /// Leaves the sequence in use as it is until it is turned to again, or let go; false where it is the only one.
    pub(crate) fn pin(&mut self) -> bool {
        self.pinned = Some(self.current).filter(|_| self.all.len() > 1);
        self.pinned.is_some()
    }

    pub(crate) fn unpin(&mut self) {
        self.pinned = None;
    }

    /// Notes that the cache holds nothing any more, but for what is pinned; the numbers of the others.
    pub(crate) fn clear(&mut self) -> impl Iterator<Item = i32> + use<> {
        let pinned = self.pinned;
        let others = move |id: &usize| Some(*id) != pinned;
        (0..self.all.len()).filter(others).for_each(|id| self.all[id].tokens.clear());
        (0..self.all.len()).filter(others).map(|id| id as i32)
    }

    pub(crate) fn is_pinned(&self) -> bool {
        self.pinned.is_some()
    }

    /// Makes the sequence that `prompt` is to go on in the one in use. It is up to the caller to copy what
    /// [`Place::copy_of`] names and to forget what is not shared. From then on it may be kept on disk if the prompt may.
    pub(crate) fn place(&mut self, prompt: &[LlamaToken], keep: bool) -> Place {
        let shared = |sequence: &Sequence| {
            sequence.tokens.iter().zip(prompt).take_while(|(held, asked)| held == asked).count()
        };
        let (best, best_shared) = (self.all.iter().enumerate())
            .map(|(id, sequence)| (id, shared(sequence)))
            .max_by_key(|&(id, shared)| (shared, self.all[id].used, std::cmp::Reverse(id)))
            .unwrap_or_default();
        let loss = self.all[best].tokens.len() - best_shared;
        let other = (0..self.all.len())
            .filter(|&id| id != best && Some(id) != self.pinned)
            .min_by_key(|&id| (!self.all[id].tokens.is_empty(), self.all[id].used));
        let place = match other {
            Some(other) if loss > LOSS || self.pinned == Some(best) => {
                let copied = best_shared >= WORTH_COPYING;
                Place {
                    sequence: other,
                    copy_of: copied.then_some(best),
                    shared: if copied { best_shared } else { shared(&self.all[other]) },
                }
            }
            _ => Place { sequence: best, copy_of: None, shared: best_shared },
        };
        if let Some(from) = place.copy_of {
            self.all[place.sequence].tokens = self.all[from].tokens.clone();
        }
        self.turn_to(place.sequence);
        self.set_keep(keep);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(head: i32, lengths: &[(i32, usize)]) -> Vec<LlamaToken> {
        let rest = lengths.iter().flat_map(|&(token, count)| std::iter::repeat_n(token, count));
        std::iter::once(head).chain(rest).map(LlamaToken).collect()
    }

    #[test]
    fn each_document_keeps_its_own_sequence_as_long_as_there_is_room() {
        let place = |sequence, copy_of, shared| Place { sequence, copy_of, shared };
        let steps = [
            ("the first document", tokens(0, &[(1, 300)]), place(0, None, 0)),
            ("typing on", tokens(0, &[(1, 310)]), place(0, None, 301)),
            ("a little less", tokens(0, &[(1, 200)]), place(0, None, 201)),
            ("another document of the same project", tokens(0, &[(1, 20), (2, 300)]), place(1, Some(0), 21)),
            ("a third, which shares next to nothing", tokens(0, &[(3, 300)]), place(2, None, 0)),
            ("back at the first", tokens(0, &[(1, 210)]), place(0, None, 201)),
            ("a fourth takes the place of the second", tokens(9, &[(4, 300)]), place(1, None, 0)),
            ("the third is still there", tokens(0, &[(3, 290)]), place(2, None, 291)),
        ];
        let mut sequences = Sequences::new(3);
        for (step, prompt, expected) in steps {
            assert_eq!(sequences.place(&prompt, true), expected, "{step}");
            *sequences.tokens_mut() = prompt;
        }
        assert_eq!(sequences.by_use().iter().map(|(id, _)| *id).collect::<Vec<_>>(), [2, 1, 0]);

        // What is pinned is copied from, and stays as it is.
        sequences.turn_to(2);
        assert!(sequences.pin());
        assert_eq!(sequences.place(&tokens(0, &[(3, 295)]), true), place(0, Some(2), 291));
        assert_eq!(sequences.place(&tokens(7, &[(5, 300)]), true), place(1, None, 0));
        assert_eq!(sequences.place(&tokens(7, &[(6, 300)]), true), place(0, None, 0));
        assert_eq!(sequences.clear().collect::<Vec<_>>(), [0, 1]);
        sequences.turn_to(2);
        assert_eq!(sequences.tokens().len(), 291);

        let mut single = Sequences::new(1);
        assert!(!single.pin());
        for prompt in [tokens(0, &[(1, 300)]), tokens(0, &[(2, 300)])] {
            assert_eq!(single.place(&prompt, true).copy_of, None);
            *single.tokens_mut() = prompt;
        }
    }
}
