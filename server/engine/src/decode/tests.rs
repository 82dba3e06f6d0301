//! What a cache makes of a prompt is what an empty one makes of it, whatever came before.

mod floats;

use super::snapshot::{Manner, Snapshot};
use super::*;
use crate::choose::Chooser;
use crate::ends::Ends;
use crate::heal::Pieces;
use crate::load::{EngineOptions, backend, load, look};
use crate::vocabulary::Vocabulary;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use tracing::dispatcher::{Dispatch, with_default};
use tracing::{Level, Metadata, Subscriber, span};

/// On the processor.
pub(crate) fn model(path: &Path) -> LlamaModel {
    let options = EngineOptions { gpu_layers: 0, ..EngineOptions::default() };
    let (facts, placement) = look(path, &options).unwrap();
    load(path, &facts, &placement, &options).unwrap().0
}

const CONTEXT: u32 = 1024;
/// Requests in one interleaving, and documents that they are about.
const REQUESTS: usize = 160;
const DOCUMENTS: usize = 9;

/// A small generator of numbers, the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % bound.max(1)
    }
}

fn open(model: &LlamaModel) -> Decoder<'_> {
    Decoder::open(model, backend().unwrap(), CONTEXT, 1).unwrap()
}

fn logprobs(logits: &[f32]) -> Vec<f32> {
    let sum = log_sum_exp(logits) as f32;
    logits.iter().map(|logit| logit - sum).collect()
}

/// Of the tokens that either finds likely, the largest difference in log-probability.
fn difference(one: &[f32], other: &[f32]) -> f32 {
    let likely = 0.001f32.ln();
    let pairs = one.iter().zip(other).filter(|(a, b)| a.max(**b) > likely);
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// The log-probabilities after `prompt`, by a context of its own that reads `call` tokens at a time.
fn fresh(model: &LlamaModel, prompt: &[LlamaToken], call: usize) -> Vec<f32> {
    let mut decoder = open(model);
    decoder.prefill_call = call;
    decoder.rewind(prompt, true).unwrap();
    decoder.prefill(prompt, || None::<()>).unwrap();
    logprobs(decoder.context.get_logits_ith(-1))
}

/// Differences of some places: the largest, and the mean.
#[derive(Debug, Default)]
struct Apart {
    largest: f32,
    sum: f32,
    count: u32,
}

impl Apart {
    fn note(&mut self, difference: f32) {
        self.largest = self.largest.max(difference);
        self.sum += difference;
        self.count += 1;
    }

    fn mean(&self) -> f32 {
        self.sum / self.count.max(1) as f32
    }
}

/// Random requests, edits, cancellations, answers, drafts, and restores of what the last run kept, over a few documents.
/// Returns how far the answers are from those of fresh contexts, how far fresh ones are apart that read in calls of different
/// lengths, and how many sequences came back.
fn stress((model, path): (&LlamaModel, &Path), seed: u64) -> (Apart, Apart, usize) {
    let source = include_str!("../decode.rs");
    let vocabulary = Vocabulary::new(model);
    let pieces = Pieces::new(vocabulary.pieces());
    let ends = std::rc::Rc::new(Ends::new(&pieces, &[], Vec::new(), vocabulary.end_of_text()));
    let words = vocabulary.text(source);
    let mut dice = Dice(seed);
    let mut documents: Vec<Vec<LlamaToken>> = (0..DOCUMENTS)
        .map(|_| {
            let start = dice.below(words.len() - 700);
            words[start..start + 50 + dice.below(600)].to_vec()
        })
        .collect();
    let mut decoder = open(model);
    let folder = tempfile::tempdir().unwrap();
    let manner = Manner { length: CONTEXT, layout: None, gpu_layers: 0 };
    let snapshot = Snapshot::new(&folder.path().join("kept"), path, manner).unwrap();
    let (mut apart, mut rounding, mut restored) = (Apart::default(), Apart::default(), 0);
    for request in 0..REQUESTS {
        if dice.below(10) == 0 {
            let kept = decoder.save(&snapshot).unwrap();
            drop(decoder);
            decoder = open(model);
            if kept > 0 {
                assert_eq!(decoder.restore(&snapshot), Ok(kept), "seed {seed}, request {request}");
            }
            restored += kept;
        }
        let document = &mut documents[dice.below(DOCUMENTS)];
        let (at, piece) = (dice.below(document.len()), dice.below(words.len() - 20));
        match dice.below(6) {
            0 => document.truncate(at.max(20)),
            1 => drop(document.splice(at..at, words[piece..piece + 5].iter().copied())),
            _ => document.extend(&words[piece..piece + 1 + dice.below(10)]),
        }
        document.truncate(CONTEXT as usize - 60);
        decoder.rewind(document, true).unwrap();
        let mut calls = if dice.below(4) == 0 { dice.below(6) } else { usize::MAX };
        let calls = std::cell::RefCell::new(&mut calls);
        let interrupted = || {
            let mut left = calls.borrow_mut();
            **left = left.saturating_sub(1);
            (**left == 0).then_some(())
        };
        if decoder.prefill(document, interrupted).unwrap().interrupted.is_some() {
            continue;
        }
        if request % 8 == 0 {
            let cached = logprobs(decoder.context.get_logits_ith(-1));
            let alone = fresh(model, document, decoder.prefill_call);
            let other = fresh(model, document, 1 + dice.below(decoder.prefill_call));
            apart.note(difference(&cached, &alone));
            rounding.note(difference(&other, &alone));
            // Read in the same calls from the first token on, a used sequence gives the very same numbers: nothing
            // of what it held before is left behind.
            decoder.forget_from(0);
            decoder.prefill(document, || None::<()>).unwrap();
            assert_eq!(logprobs(decoder.context.get_logits_ith(-1)), alone, "seed {seed}, request {request}");
        }
        let mut chooser = Chooser::new(&vocabulary, &pieces, (ends.clone(), ""), Vec::new(), None);
        let mut draft = words[piece..piece + dice.below(20)].to_vec();
        for _ in 0..dice.below(8) {
            decoder.next(&mut draft, &mut chooser).unwrap();
        }
    }
    (apart, rounding, restored)
}

#[test]
fn a_cached_answer_equals_a_fresh_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/bundled/nano.gguf");
    let model = model(&path);
    let (apart, rounding, restored) = stress((&model, &path), 1);
    println!("cached {apart:?}, mean {}; rounding {rounding:?}, mean {}", apart.mean(), rounding.mean());
    assert!(restored > 10, "{restored} sequences came back");
    assert!(apart.mean() < 1.5 * rounding.mean() + 1e-4, "{apart:?} {rounding:?}");
    assert!(apart.largest < 2.0 * rounding.largest + 1e-3, "{apart:?} {rounding:?}");
}

/// The tokens of a greedy answer; `between` happens after each of them.
fn greedy<'a>(
    decoder: &mut Decoder<'a>,
    chooser: &mut Chooser<'_>,
    tokens: usize,
    mut between: impl FnMut(&mut Decoder<'a>),
) -> Vec<(i32, f32)> {
    let mut said = Vec::new();
    for _ in 0..tokens {
        let next = decoder.next(&mut Vec::new(), chooser).unwrap();
        said.push((next.token.0, next.logprob));
        between(decoder);
    }
    said
}

#[test]
fn what_was_set_aside_goes_on_bit_by_bit() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/bundled/nano.gguf");
    let model = model(&path);
    let vocabulary = Vocabulary::new(&model);
    let pieces = Pieces::new(vocabulary.pieces());
    let ends = std::rc::Rc::new(Ends::new(&pieces, &[], Vec::new(), vocabulary.end_of_text()));
    let chooser = || Chooser::new(&vocabulary, &pieces, (ends.clone(), ""), Vec::new(), None);
    let words = vocabulary.text(include_str!("../decode.rs"));
    let prompt = &words[..300];
    let expected = {
        let mut decoder = open(&model);
        decoder.rewind(prompt, true).unwrap();
        decoder.prefill(prompt, || None::<()>).unwrap();
        greedy(&mut decoder, &mut chooser(), 24, |_| ())
    };
    // The only sequence there is, two of them, and as many as the model affords with branches.
    for (count, branches) in [(1, 0), (2, 0), (6, 3)] {
        let backend = backend().unwrap();
        let mut decoder = Decoder::with_sequences(&model, backend, (CONTEXT, 1), count, branches).unwrap();
        let mut other = 400;
        let mut between = |decoder: &mut Decoder<'_>| {
            let parked = decoder.park().unwrap();
            decoder.forget_all();
            for _ in 0..3 {
                let typed = &words[other..other + 90];
                other = (other + 100) % (words.len() - 90);
                decoder.rewind(typed, true).unwrap();
                decoder.prefill(typed, || None::<()>).unwrap();
                greedy(decoder, &mut chooser(), 2, |_| ());
            }
            decoder.resume(parked).unwrap();
        };
        decoder.rewind(prompt, true).unwrap();
        loop {
            let mut calls = 2;
            let left = || {
                calls -= 1;
                (calls == 0).then_some(())
            };
            if decoder.prefill(prompt, left).unwrap().interrupted.is_none() {
                break;
            }
            between(&mut decoder);
        }
        let said = greedy(&mut decoder, &mut chooser(), 24, &mut between);
        assert_eq!(said, expected, "{count} sequences");
    }
}

#[test]
fn a_call_is_left_in_its_middle_and_leaves_nothing_behind() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/bundled/nano.gguf");
    let model = model(&path);
    let words = Vocabulary::new(&model).text(include_str!("../decode.rs"));
    let prompt = &words[..200];
    let mut decoder = Decoder::with_sequences(&model, backend().unwrap(), (CONTEXT, 1), 1, 0).unwrap();
    let expected = fresh(&model, prompt, decoder.prefill_call);
    decoder.rewind(prompt, true).unwrap();
    let mut calls = 3;
    let left = || {
        calls -= 1;
        (calls == 0).then_some(())
    };
    let begun = decoder.prefill(prompt, left).unwrap();
    assert!(begun.interrupted.is_some() && decoder.cached() == 2 * decoder.prefill_call);
    let (read, cancel) = (decoder.cached(), CancelToken::new());
    let watch = decoder.watch(&cancel);
    cancel.cancel();
    // Who is asked before the call wants it still; only the call itself can find out.
    let mut asked = 0;
    let told = || {
        asked += 1;
        (asked > 1).then_some("nobody waits")
    };
    let cut = decoder.prefill(prompt, told).unwrap();
    assert_eq!((cut.tokens, cut.interrupted, decoder.cached()), (0, Some("nobody waits"), read));
    // Where there is no reason, it is an error.
    assert!(decoder.prefill(prompt, || None::<()>).is_err());
    assert_eq!(decoder.cached(), read);
    drop(watch);
    assert_eq!(decoder.prefill(prompt, || None::<()>).unwrap().tokens as usize, prompt.len() - read);
    assert_eq!(logprobs(decoder.context.get_logits_ith(-1)), expected);
}

#[test]
fn what_is_not_to_be_kept_comes_back_as_that() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/bundled/nano.gguf");
    let model = model(&path);
    let words = Vocabulary::new(&model).text(include_str!("../decode.rs"));
    let mut decoder = Decoder::with_sequences(&model, backend().unwrap(), (CONTEXT, 1), 1, 0).unwrap();
    let read = |decoder: &mut Decoder<'_>, prompt, keep| {
        decoder.rewind(prompt, keep).unwrap();
        decoder.prefill(prompt, || None::<()>).unwrap();
        decoder.sequences.by_use().len()
    };
    // The only sequence there is: it is lent to somebody who types, and given back.
    assert_eq!(read(&mut decoder, &words[..100], false), 0);
    let parked = decoder.park().unwrap();
    assert_eq!(read(&mut decoder, &words[200..300], true), 1);
    decoder.resume(parked).unwrap();
    assert!(decoder.sequences.by_use().is_empty());
}

#[test]
fn a_draft_shortens_no_answer_at_the_end_of_the_context() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/bundled/nano.gguf");
    let model = model(&path);
    let vocabulary = Vocabulary::new(&model);
    let pieces = Pieces::new(vocabulary.pieces());
    let ends = std::rc::Rc::new(Ends::new(&pieces, &[], Vec::new(), vocabulary.end_of_text()));
    let words = vocabulary.text(include_str!("../decode.rs"));
    let prompt = &words[..40];
    let answer = |mut draft: Vec<LlamaToken>| {
        let mut chooser = Chooser::new(&vocabulary, &pieces, (ends.clone(), ""), Vec::new(), None);
        let mut decoder = Decoder::with_sequences(&model, backend().unwrap(), (64, 1), 1, 0).unwrap();
        decoder.rewind(prompt, true).unwrap();
        decoder.prefill(prompt, || None::<()>).unwrap();
        let mut said = Vec::new();
        while !decoder.is_full() {
            said.push(decoder.next(&mut draft, &mut chooser).unwrap().token);
        }
        said
    };
    let plain = answer(Vec::new());
    assert!(plain.len() > 20, "{plain:?}");
    assert_eq!(answer(plain.clone()), plain);
}

#[test]
fn a_branching_call_is_left_in_its_middle_and_leaves_nothing_behind() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/bundled/nano.gguf");
    let model = model(&path);
    let words = Vocabulary::new(&model).text(include_str!("../decode.rs"));
    let (prompt, ahead) = (&words[..100], [(0, words[100]), (1, words[101])]);
    let open = || {
        let mut decoder = Decoder::with_sequences(&model, backend().unwrap(), (CONTEXT, 1), 2, 2).unwrap();
        decoder.rewind(prompt, true).unwrap();
        decoder.prefill(prompt, || None::<()>).unwrap();
        decoder.copy_branch(0, 1);
        decoder
    };
    let advance = |decoder: &mut Decoder<'_>| {
        decoder.advance_branches(&ahead, 0).unwrap();
        [0, 1].map(|index| logprobs(decoder.logits(index)))
    };
    let expected = advance(&mut open());
    let (mut decoder, cancel) = (open(), CancelToken::new());
    let watch = decoder.watch(&cancel);
    cancel.cancel();
    assert!(decoder.advance_branches(&ahead, 0).is_err());
    decoder.join_branches();
    drop(watch);
    assert_eq!(decoder.cached(), prompt.len());
    decoder.copy_branch(0, 1);
    for (again, expected) in advance(&mut decoder).iter().zip(&expected) {
        assert!(difference(again, expected) < 0.01, "{}", difference(again, expected));
    }
}

/// Counts the errors that this crate tells.
struct Told(Arc<AtomicUsize>);

impl Subscriber for Told {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR && metadata.target().starts_with("trust_engine")
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[test]
fn a_call_that_fails_is_told_and_one_that_is_left_is_not() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/bundled/nano.gguf");
    let model = model(&path);
    let (mut decoder, cancel) = (open(&model), CancelToken::new());
    let told = Arc::new(AtomicUsize::new(0));
    let _watch = decoder.watch(&cancel);
    with_default(&Dispatch::new(Told(told.clone())), || {
        // A call over nothing is an error.
        decoder.batch.clear();
        assert!(decoder.call().is_err());
        assert_eq!(told.load(Ordering::Relaxed), 1);
        cancel.cancel();
        assert!(decoder.call().is_err());
        assert_eq!(told.load(Ordering::Relaxed), 1);
    });
}
