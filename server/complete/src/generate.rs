//! Stage 3. The model: asked with a draft where the copy predictor has one. What it writes is read in `flight.rs`.

use crate::Query;
use crate::burst::Reader;
use crate::corpus::Corpus;
use crate::flight::{Flight, Read};
use crate::pipeline::Completer;
use crate::recall::Recall;
use crate::site::{Shape, Site};
use std::time::{Duration, Instant};
use trust_index::Snapshot;
use trust_inference::{Candidate, InferenceError, Model, Priority, Usage};

/// Tokens of an answer, at most.
pub(crate) fn answer_tokens(shape: Shape) -> u32 {
    match shape {
        Shape::Line => 40,
        Shape::Block => 96,
    }
}

/// Answers looked for where somebody asks.
pub(crate) const CANDIDATES: usize = 4;

/// What ends an answer.
pub(crate) fn stop(shape: Shape) -> &'static str {
    match shape {
        Shape::Line => "\n",
        Shape::Block => "\n\n",
    }
}

/// What the model wrote.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Generated {
    pub(crate) text: String,
    /// Natural logarithm of its probability, to its end.
    pub(crate) logprob: f32,
    /// It ended by itself or at a line break, not for lack of budget or time.
    pub(crate) complete: bool,
    /// Where each of its pieces ends, and the log-probability of the text up to there.
    pub(crate) pieces: Vec<(usize, f32)>,
    /// From the query's start to its first text.
    pub(crate) first: Duration,
    pub(crate) usage: Usage,
    /// What else it might have written.
    pub(crate) others: Vec<Candidate>,
}

impl Generated {
    /// How probable it is that the text is right to its end; 0 where it was cut off.
    pub(crate) fn probability(&self) -> f32 {
        if self.complete { self.logprob.exp() } else { 0.0 }
    }

    /// Puts that text first of all candidates of which probability times `trust` is the largest.
    pub(crate) fn rank(&mut self, trust: impl Fn(&str) -> f32) {
        let probability =
            |one: &Candidate| if one.complete { one.logprob.exp() * trust(&one.text) } else { 0.0 };
        let own = Candidate { text: self.text.clone(), logprob: self.logprob, complete: self.complete };
        let best = self.others.iter().map(probability).zip(0..).max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, index)) = best.filter(|(best, _)| *best > probability(&own)) {
            let better: Candidate = std::mem::replace(&mut self.others[index], own);
            (self.text, self.logprob, self.complete) = (better.text, better.logprob, better.complete);
            self.pieces = vec![(self.text.len(), self.logprob)];
        }
    }

    /// What is left of it behind its first `typed` bytes, given that they are right.
    pub(crate) fn rest(&self, typed: usize) -> Self {
        // Half a piece is no more probable than the pieces before it, so this claims too little rather than too much.
        let before = self.pieces.iter().take_while(|piece| piece.0 <= typed).last();
        let known = before.map_or(0.0, |piece| piece.1);
        let behind = self.pieces.iter().filter(|piece| piece.0 > typed);
        Self {
            text: self.text[typed..].to_owned(),
            logprob: self.logprob - known,
            pieces: behind.map(|(end, logprob)| (end - typed, logprob - known)).collect(),
            others: if typed == 0 { self.others.clone() } else { Vec::new() },
            ..self.clone()
        }
    }

    /// Its first `end` bytes.
    pub(crate) fn up_to(&self, end: usize) -> Self {
        let within = self.pieces.iter().take_while(|piece| piece.0 < end).count();
        // Half a piece is claimed to be no more probable than the whole of it.
        let logprob = self.pieces.get(within).map_or(self.logprob, |piece| piece.1);
        let (text, mut pieces) = (self.text[..end].to_owned(), self.pieces[..within].to_vec());
        if end > 0 {
            pieces.push((end, logprob));
        }
        let logprob = if end > 0 { logprob } else { 0.0 };
        Self { text, logprob, complete: false, pieces, others: Vec::new(), ..self.clone() }
    }

    /// It, and `more` behind it.
    pub(crate) fn then(mut self, more: Self) -> Self {
        let (length, before) = (self.text.len(), self.logprob);
        self.text.push_str(&more.text);
        self.pieces.extend(more.pieces.iter().map(|(end, logprob)| (length + end, before + logprob)));
        self.usage.generated += more.usage.generated;
        self.usage.prefilled += more.usage.prefilled;
        self.usage.recalled += more.usage.recalled;
        Self { logprob: before + more.logprob, complete: more.complete, ..self }
    }

    /// Its first line, where it has several: a line that ends as it does there.
    pub(crate) fn first_line(mut self) -> Self {
        if let Some(end) = self.text.find('\n') {
            let beyond = self.pieces.iter().find(|piece| piece.0 > end);
            self.logprob = beyond.map_or(self.logprob, |piece| piece.1);
            self.pieces.retain(|piece| piece.0 <= end);
            self.text.truncate(end);
            self.complete = true;
        }
        self
    }
}

/// A model that may be asked, and what it is writing already.
pub(crate) struct Writer<'a> {
    pub(crate) model: &'a dyn Model,
    pub(crate) priority: Priority,
    pub(crate) flight: Option<Flight>,
    /// What it may not begin with.
    pub(crate) avoid: Vec<String>,
}

impl Completer {
    /// What the model writes, and whether it was at it already. `None` when it was cancelled.
    pub(crate) fn ask(
        &self,
        query: &Query,
        site: &Site,
        corpus: Corpus,
        Writer { model, priority, flight, avoid }: Writer<'_>,
        draft: String,
        start: Instant,
    ) -> Result<Option<(Generated, bool)>, InferenceError> {
        if let Some(flight) = flight {
            match self.read(flight, query, site, start)? {
                Read::Answer(generated) => {
                    self.count(|counters| counters.taken_over += 1);
                    return Ok(Some((generated, true)));
                }
                Read::Parted => {}
                Read::Superseded | Read::GivenUp => return Ok(None),
            }
        }
        if query.superseded.is_cancelled() {
            return Ok(None);
        }
        let index = corpus.reader.snapshot();
        let Some(reader) = self.reader(model, index, site) else { return Ok(None) };
        let prompt = self.memory().burst.prompt(&reader, query, site);
        let prior = (self.stages.prior)(Recall::new(corpus, site.clone()).knowing(query));
        // What is gone on with was asked for once.
        let counts = priority == Priority::Typing && avoid.is_empty();
        let flight = Flight::begin((model, priority), query, prompt, (draft, avoid), prior, site);
        if counts {
            self.count(|counters| counters.to_model += 1);
        }
        let read = self.read(flight, query, site, start)?;
        let generated = if let Read::Answer(generated) = read { Some(generated) } else { None };
        if counts {
            let first = generated.as_ref().map(|generated| generated.first).filter(|first| !first.is_zero());
            let first = first.unwrap_or_else(|| start.elapsed());
            self.count(|counters| counters.first += first);
        }
        Ok(generated.map(|generated| (generated, false)))
    }

    /// Reads a flight to its end, or leaves it to the query that supersedes this one.
    fn read(
        &self,
        mut flight: Flight,
        query: &Query,
        site: &Site,
        start: Instant,
    ) -> Result<Read, InferenceError> {
        let read = flight.read(query, site.shape, start)?;
        if matches!(read, Read::Superseded) {
            self.memory().flight = Some(flight);
        } else {
            self.count(|counters| counters.prefilled += u64::from(flight.prefilled()));
        }
        Ok(read)
    }

    /// Whom a prompt at `site` is for; `None` where the model fills no holes.
    pub(crate) fn reader<'a>(
        &'a self,
        model: &'a dyn Model,
        index: &'a Snapshot,
        site: &Site,
    ) -> Option<Reader<'a>> {
        let room = model.card().context_length.saturating_sub(answer_tokens(site.shape) + 1) as usize;
        let layout = model.card().fim?;
        Some(Reader { model, layout, context: &*self.stages.context, index, room })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_as_probable_as_it_is_given_what_was_typed() {
        let pieces = vec![(2, -1.0), (5, -1.5), (6, -1.75), (9, -2.0)];
        let whole = Generated { text: "ab.cd\n  e".into(), logprob: -4.0, pieces, ..Generated::default() };
        // Bytes typed; what is left of the text, its log-probability and where its pieces end; the same of its first line.
        let cases = [
            (0, ("ab.cd\n  e", -4.0, vec![2, 5, 6, 9]), ("ab.cd", -1.75)),
            (1, ("b.cd\n  e", -4.0, vec![1, 4, 5, 8]), ("b.cd", -1.75)),
            (2, (".cd\n  e", -3.0, vec![3, 4, 7]), (".cd", -0.75)),
            (5, ("\n  e", -2.5, vec![1, 4]), ("", -0.25)),
            (9, ("", -2.0, vec![]), ("", -2.0)),
        ];
        for (typed, (text, logprob, ends), line) in cases {
            let rest = whole.rest(typed);
            let found: Vec<usize> = rest.pieces.iter().map(|piece| piece.0).collect();
            assert_eq!((rest.text.as_str(), rest.logprob, found), (text, logprob, ends), "{typed}");
            let first = rest.first_line();
            assert_eq!((first.text.as_str(), first.logprob), line, "{typed}");
            assert_eq!(first.complete, text.contains('\n'));
        }
    }

    #[test]
    fn a_beginning_and_what_is_said_behind_it_are_one_answer() {
        let pieces = vec![(2, -1.0), (5, -1.5), (6, -1.75)];
        let whole = Generated {
            text: "ab.cde".into(),
            logprob: -4.0,
            pieces,
            complete: true,
            ..Generated::default()
        };
        let more = Generated {
            text: "x;".into(),
            logprob: -0.5,
            pieces: vec![(1, -0.25), (2, -0.5)],
            ..whole.clone()
        };
        // How much is kept of it, and what the two are together.
        let cases = [
            (5, ("ab.cdx;", -2.0, vec![(2, -1.0), (5, -1.5), (6, -1.75), (7, -2.0)])),
            (4, ("ab.cx;", -2.0, vec![(2, -1.0), (4, -1.5), (5, -1.75), (6, -2.0)])),
            (2, ("abx;", -1.5, vec![(2, -1.0), (3, -1.25), (4, -1.5)])),
            (0, ("x;", -0.5, vec![(1, -0.25), (2, -0.5)])),
        ];
        for (end, (text, logprob, pieces)) in cases {
            let kept = whole.up_to(end);
            assert!(!kept.complete);
            let both = kept.then(more.clone());
            assert_eq!((both.text.as_str(), both.logprob, both.complete), (text, logprob, true), "{end}");
            assert_eq!(both.pieces, pieces, "{end}");
        }
    }
}
