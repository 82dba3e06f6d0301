//! Several answers to one prompt: a beam search. Each hypothesis has a sequence of the KV cache, and all of them go on
//! in one decode call a token. What counts is how probable a text is as a whole, which the likeliest token at each
//! place does not always lead to.

use crate::choose::{Chooser, Next};
use crate::decode::Decoder;
use crate::stop::{Step, TextStream};
use llama_cpp_2::token::LlamaToken;
use trust_inference::{Candidate, Event, FinishReason, InferenceError};

/// A hypothesis this much less probable than the likeliest, in nats, is given up.
const HOPELESS: f32 = 5.0;

/// An answer, or the beginning of one.
#[derive(Clone)]
pub(crate) struct Hypothesis<'a> {
    chooser: Chooser<'a>,
    stream: TextStream,
    /// Its text, as [`Event::Text`].
    pub(crate) pieces: Vec<Event>,
    /// Of all its tokens together.
    pub(crate) logprob: f32,
    /// Log-probability and number of the tokens after the last piece.
    rest: (f32, u32),
    pub(crate) recalled: u32,
    /// Why it ended.
    pub(crate) reason: Option<FinishReason>,
    /// The branch of the cache that it goes on in.
    branch: usize,
}

impl<'a> Hypothesis<'a> {
    fn new(chooser: Chooser<'a>, stop: &[String]) -> Self {
        let (pieces, rest) = (Vec::new(), (0.0, 0));
        let stream = TextStream::new(stop.to_vec());
        Self { chooser, stream, pieces, logprob: 0.0, rest, recalled: 0, reason: None, branch: 0 }
    }

    fn text(&self) -> String {
        let texts = self.pieces.iter().map(|piece| match piece {
            Event::Text { text, .. } => text.as_str(),
            _ => "",
        });
        texts.collect()
    }

    pub(crate) fn into_candidate(self) -> Candidate {
        let complete = matches!(self.reason, Some(FinishReason::EndOfText | FinishReason::Stop));
        Candidate { text: self.text(), logprob: self.logprob, complete }
    }

    /// This one and a token more.
    fn with(&self, next: &Next) -> Self {
        let mut longer = self.clone();
        longer.logprob += next.logprob;
        longer.rest.0 += next.logprob;
        if next.ends {
            longer.end(FinishReason::EndOfText);
            return longer;
        }
        longer.chooser.take(next);
        longer.recalled += u32::from(next.recalled);
        longer.rest.1 += 1;
        match longer.stream.push(&next.bytes) {
            Step::Text(text) => longer.push(text),
            Step::Stopped(text) => {
                longer.push(text);
                longer.reason = Some(FinishReason::Stop);
            }
        }
        longer
    }

    fn push(&mut self, text: String) {
        if !text.is_empty() {
            let (logprob, tokens) = std::mem::take(&mut self.rest);
            self.pieces.push(Event::Text { text, logprob, tokens });
        }
    }

    fn end(&mut self, reason: FinishReason) {
        let held = self.stream.finish();
        self.push(held);
        self.reason = Some(reason);
    }
}

/// What a search found.
pub(crate) struct Found<'a> {
    /// The likeliest first, at most one for each branch of the cache.
    pub(crate) hypotheses: Vec<Hypothesis<'a>>,
    /// Why it ended.
    pub(crate) reason: FinishReason,
    /// Tokens of the longest.
    pub(crate) generated: u32,
}

/// The most probable answers to the prompt that `decoder` has just read, of at most `tokens` tokens. `interrupted` is
/// asked before each call.
pub(crate) fn search<'a>(
    decoder: &mut Decoder<'_>,
    chooser: Chooser<'a>,
    (stop, tokens): (&[String], u32),
    interrupted: impl FnMut() -> Option<FinishReason>,
) -> Result<Found<'a>, InferenceError> {
    let found = extend(decoder, chooser, (stop, tokens), interrupted);
    decoder.join_branches();
    found
}

fn extend<'a>(
    decoder: &mut Decoder<'_>,
    chooser: Chooser<'a>,
    (stop, tokens): (&[String], u32),
    mut interrupted: impl FnMut() -> Option<FinishReason>,
) -> Result<Found<'a>, InferenceError> {
    let width = decoder.branches();
    let mut nexts = vec![chooser.rank(decoder.logits(-1), width)?];
    let mut live = vec![Hypothesis::new(chooser, stop)];
    let (mut ended, mut generated) = (Vec::new(), 0);
    let reason = loop {
        let mut going = Vec::new();
        for (parent, next) in likeliest(&live, nexts, &ended, width) {
            let one = live[parent].with(&next);
            match one.reason {
                Some(_) => keep(&mut ended, one, width),
                None if going.len() < width => going.push((parent, next.token, one)),
                None => {}
            }
        }
        generated += 1;
        if going.is_empty() {
            break FinishReason::Stop;
        }
        let room = generated < tokens && decoder.has_room(generated as usize);
        if let Some(reason) = if room { interrupted() } else { Some(FinishReason::Budget) } {
            for (.., mut one) in going {
                one.end(reason);
                keep(&mut ended, one, width);
            }
            break reason;
        }
        branch(decoder, &live, &mut going, width);
        let call: Vec<_> = going.iter().map(|(_, token, one)| (one.branch, *token)).collect();
        decoder.advance_branches(&call, generated as usize - 1)?;
        live = going.into_iter().map(|(.., one)| one).collect();
        let ranked = live.iter().zip(0..).map(|(one, index)| one.chooser.rank(decoder.logits(index), width));
        nexts = ranked.collect::<Result<_, _>>()?;
    };
    Ok(Found { hypotheses: ended, reason, generated })
}

/// Gives each hypothesis that goes on a branch of its own: the likeliest that goes on from one stays in its branch, the
/// others take copies.
fn branch(
    decoder: &mut Decoder<'_>,
    live: &[Hypothesis<'_>],
    going: &mut [(usize, LlamaToken, Hypothesis<'_>)],
    width: usize,
) {
    let mut taken = vec![false; width];
    let stay = |(parent, ..): &(usize, _, _)| !std::mem::replace(&mut taken[live[*parent].branch], true);
    let stays: Vec<bool> = going.iter().map(stay).collect();
    for ((.., one), stays) in going.iter_mut().zip(stays) {
        if let Some(free) = taken.iter().position(|taken| !taken).filter(|_| !stays) {
            decoder.copy_branch(one.branch, free);
            taken[free] = true;
            one.branch = free;
        }
    }
}

/// The tokens worth going on with, each with the hypothesis it belongs to, the likeliest text first.
fn likeliest(
    live: &[Hypothesis<'_>],
    nexts: Vec<Vec<Next>>,
    ended: &[Hypothesis<'_>],
    width: usize,
) -> Vec<(usize, Next)> {
    let of = |(parent, nexts): (usize, Vec<Next>)| {
        nexts.into_iter().map(move |next| (live[parent].logprob + next.logprob, parent, next))
    };
    let mut longer: Vec<_> = nexts.into_iter().enumerate().flat_map(of).collect();
    longer.sort_by(|a, b| b.0.total_cmp(&a.0));
    let best = ended.first().map(|one| one.logprob).into_iter().chain(longer.first().map(|one| one.0));
    let hopeless = best.reduce(f32::max).unwrap_or(f32::NEG_INFINITY) - HOPELESS;
    let worst = ended.get(width - 1).map_or(f32::NEG_INFINITY, |worst| worst.logprob);
    longer.retain(|(logprob, ..)| *logprob > hopeless && *logprob > worst);
    longer.into_iter().map(|(_, parent, next)| (parent, next)).collect()
}

/// Puts `one` among the `most` likeliest. One text that was spelled in two ways is one.
fn keep<'a>(ended: &mut Vec<Hypothesis<'a>>, mut one: Hypothesis<'a>, most: usize) {
    let text = one.text();
    if let Some(same) = ended.iter().position(|other| other.text() == text) {
        let other = ended.remove(same);
        let (more, less) = if other.logprob > one.logprob { (other, one) } else { (one, other) };
        one = more;
        one.logprob += (less.logprob - one.logprob).exp().ln_1p();
    }
    ended.insert(ended.partition_point(|other| other.logprob >= one.logprob), one);
    ended.truncate(most);
}
