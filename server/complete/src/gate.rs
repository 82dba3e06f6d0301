//! Stage 4. Believe copy or model, or stay quiet. What is right saves its characters, and what is wrong costs its reader a look
//! and the reading of it: of all that might be shown, that is which saves the most on average, and nothing where all of it
//! would cost more than it saves.

use crate::belief::{BELIEF, Belief};
use crate::copy::Copied;
use crate::generate::Generated;
use crate::names::Names;
use crate::site::Site;

/// How many copies are exactly right to the end of their line, by the tokens that matched, where all of the longest
/// matches go on alike: counted at 174 places of packages held out from training.
const COPIES_RIGHT: [(usize, f32); 5] = [(16, 0.64), (10, 0.53), (7, 0.35), (5, 0.3), (3, 0.18)];
const SHORT_COPIES_RIGHT: f32 = 0.1;
/// Where they go on differently, the most frequent is right that much less often.
const DIVIDED: f32 = 0.5;
/// Tokens matched from which a copy is worth drafting.
pub(crate) const COPY_DRAFT: usize = 3;
/// Probability from which a copy is shown without asking the model, which takes longer.
pub(crate) const AT_ONCE: f32 = 0.6;
/// What a wrong text costs its reader, in characters typed: a look, and each character of it. Chosen by replays of commits
/// of five repositories, over the thresholds of probability that stood here before.
const LOOK: f32 = 4.0;
const READING: f32 = 0.2;
/// A beginning that the model itself believes less is not looked at.
const LEAST: f32 = 0.15;
/// Equal characters that make a loop.
const LOOP: usize = 8;
/// Letters and digits that are worth showing by themselves.
const SURE_LETTERS: usize = 2;

/// Decisions from which the thresholds are adapted, and how far they move at most.
const ENOUGH: usize = 30;
const LOWEST: f32 = -0.1;
const HIGHEST: f32 = 0.15;
/// How far they move with what the user configured on top.
const MOVED: std::ops::RangeInclusive<f32> = -0.25..=0.45;
/// The share of accepted completions at which the thresholds stay, and how much they follow it.
const EXPECTED: f32 = 0.45;
const FOLLOWS: f32 = 0.5;

/// What a user makes of the threshold.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Gate {
    /// Added to the probability from which a text is shown, within bounds.
    shift: f32,
    /// Stay quiet in comments and strings, unless asked.
    pub quiet_in_text: bool,
    /// Nothing is held back for being improbable.
    pub open: bool,
}

impl Gate {
    /// Adapted to what became of completions lately: whether each was accepted.
    pub fn adapted(recent: &[bool], quiet_in_text: bool) -> Self {
        let accepted = recent.iter().filter(|accepted| **accepted).count() as f32;
        let (count, enough) = (recent.len() as f32, ENOUGH as f32);
        let shift = match recent.len() {
            0..ENOUGH => 0.0,
            // The fewer there are, the less they say.
            _ => FOLLOWS * (EXPECTED - accepted / count) * count / (count + enough),
        };
        Self { shift: shift.clamp(LOWEST, HIGHEST), quiet_in_text, open: false }
    }

    /// With the threshold moved by what the user wants on top of what was learned.
    pub fn moved(self, by: f32) -> Self {
        Self { shift: (self.shift + by).clamp(*MOVED.start(), *MOVED.end()), ..self }
    }

    pub fn shift(self) -> f32 {
        self.shift
    }

    /// What showing `text` saves on average, in characters typed, where it is right with this probability.
    pub fn saving(self, text: &str, probability: f32) -> f32 {
        let characters = text.chars().count() as f32;
        let probability = probability - self.shift;
        probability * characters - (1.0 - probability) * cost(characters)
    }

    /// Probability from which a text of so many characters is shown.
    pub fn from(self, characters: usize) -> f32 {
        let characters = characters as f32;
        self.shift + cost(characters) / (characters + cost(characters))
    }

    /// Whether a text of this probability may be shown.
    pub(crate) fn may_show(self, text: &str, probability: f32, invoked: bool) -> bool {
        invoked || self.open || self.saving(text, probability) > 0.0
    }

    /// The one to show, where one is worth it; of equals the longest, which is the last.
    pub(crate) fn best(self, judged: &[Judged]) -> Option<&Judged> {
        if self.open {
            return judged.last();
        }
        let saving = |one: &&Judged| self.saving(&one.text, one.probability);
        judged.iter().max_by(|a, b| saving(a).total_cmp(&saving(b))).filter(|best| saving(best) > 0.0)
    }
}

fn cost(characters: f32) -> f32 {
    LOOK + READING * characters
}

/// A text that might be shown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judged {
    pub(crate) text: String,
    /// That what comes next begins with it.
    pub(crate) probability: f32,
    /// It goes to where its source ended it.
    pub(crate) whole: bool,
}

/// The beginnings of a generated text that might be shown, the shortest first, and at last all of it.
pub(crate) fn beginnings(site: &Site, names: &Names<'_>, generated: &Generated) -> Vec<Judged> {
    names.look_up(&generated.text);
    let full = generated.text.len();
    let rest =
        generated.pieces.last().is_none_or(|(end, _)| *end < full).then_some((full, generated.logprob));
    let likely = generated.pieces.iter().copied().chain(rest).filter(|(_, logprob)| *logprob >= LEAST.ln());
    let judged = likely.filter_map(|(end, logprob)| {
        let text = &generated.text[..end];
        let whole = generated.complete && text.trim_end().len() == generated.text.trim_end().len();
        let text = if whole { text } else { worth_showing(text)? };
        Some(Judged { text: text.to_owned(), probability: logprob.exp() * names.trust(site, text), whole })
    });
    judged.collect()
}

/// What the gate believes before it knows the user.
#[derive(Debug, Clone)]
pub struct Beliefs {
    /// Tokens matched at least, and how many such copies are right to the end of their line.
    pub copies: Vec<(usize, f32)>,
    /// By what a copy counts less where matches go on differently.
    pub divided: f32,
    /// How far the project's past is believed at each token.
    pub recall: Belief,
    /// Probability from which a copy is shown without asking the model.
    pub at_once: f32,
    /// What a wrong text costs its reader, in characters typed: a look, and each of its characters.
    pub look: f32,
    pub reading: f32,
    /// The least and the most that the thresholds move, and after how many decisions.
    pub shifts: (f32, f32),
    pub enough: usize,
}

pub fn beliefs() -> Beliefs {
    let mut copies = COPIES_RIGHT.to_vec();
    copies.push((1, SHORT_COPIES_RIGHT));
    Beliefs {
        copies,
        divided: DIVIDED,
        recall: BELIEF,
        at_once: AT_ONCE,
        look: LOOK,
        reading: READING,
        shifts: (LOWEST, HIGHEST),
        enough: ENOUGH,
    }
}

/// How probable it is that a copy is right to the end of its line.
pub(crate) fn probability_of(copied: &Copied) -> f32 {
    let found = COPIES_RIGHT.iter().find(|(tokens, _)| copied.matched >= *tokens);
    let right = found.map_or(SHORT_COPIES_RIGHT, |(_, right)| *right);
    if copied.agreed { right } else { DIVIDED * right }
}

/// The beginning of a text that is worth showing by itself.
pub(crate) fn worth_showing(beginning: &str) -> Option<&str> {
    let text = beginning.trim_end();
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    // Small models fall into loops, and are sure of them.
    let mut last = text.chars().rev().take(LOOP);
    let loops = last.next().is_some_and(|end| text.len() > LOOP && last.all(|c| c == end));
    (letters >= SURE_LETTERS && !loops).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::tests::corpus;
    use crate::site::tests::{query, site};

    #[test]
    fn longer_matches_are_surer() {
        let copied = |matched, agreed| Copied { text: "a".into(), matched, agreed, whole: true };
        let probabilities: Vec<f32> =
            [2, 3, 5, 7, 10, 30].map(|matched| probability_of(&copied(matched, true))).to_vec();
        assert!(probabilities.is_sorted());
        let gate = Gate::default();
        let may_show =
            |copied: Copied, invoked| gate.may_show("twenty characters...", probability_of(&copied), invoked);
        assert!(may_show(copied(5, true), false));
        assert!(!may_show(copied(10, false), false));
        assert!(may_show(copied(1, false), true));
    }

    #[test]
    fn thresholds_follow_the_user_within_bounds() {
        let shift = |accepted: usize, rejected: usize| {
            let recent = [vec![true; accepted], vec![false; rejected]].concat();
            Gate::adapted(&recent, false).shift()
        };
        assert_eq!((shift(0, 0), shift(0, 29), shift(29, 0)), (0.0, 0.0, 0.0));
        assert_eq!((shift(0, 200), shift(200, 0)), (HIGHEST, LOWEST));
        let learned = Gate::adapted(&[false; 200], false);
        assert_eq!(learned.moved(0.1).shift(), HIGHEST + 0.1);
        assert_eq!((learned.moved(9.0).shift(), Gate::default().moved(-9.0).shift()), (0.45, -0.25));
        let from: Vec<f32> = [3, 5, 10, 20, 100].map(|characters| Gate::default().from(characters)).to_vec();
        assert!(from.is_sorted_by(|a, b| a > b) && from[1] == 0.5, "{from:?}");
        assert!(shift(10, 30) > 0.0 && shift(30, 10) < 0.0);
        assert!(shift(100, 60).abs() > shift(25, 15).abs());
        let open = Gate { open: true, ..learned };
        assert!(open.may_show("ten signs.", 0.01, false));
        let may_show = |probability, invoked| learned.may_show("ten signs.", probability, invoked);
        assert!(!may_show(0.5, false) && may_show(0.53, false) && may_show(0.1, true));
    }

    #[test]
    fn beginnings_worth_showing() {
        let cases = [
            ("tion ", Some("tion")),
            ("x", None),
            ("(", None),
            ("", None),
            ("00000000000", None),
            ("(a, b", Some("(a, b")),
        ];
        for (text, expected) in cases {
            assert_eq!(worth_showing(text), expected, "{text:?}");
        }
    }

    #[test]
    fn that_beginning_is_shown_which_saves_the_most() {
        let nothing = corpus("", "");
        let (site, query) = (site("func|"), query("func|"));
        let names = Names::new(&query, nothing.reader.snapshot());
        let generated = |pieces: &[(usize, f32)], complete| Generated {
            text: "tion deactivate(".into(),
            logprob: -2.3,
            complete,
            pieces: pieces.to_vec(),
            ..Generated::default()
        };
        // Where its pieces end and their probability; how far it is shown, and whether that is all of it.
        let cases = [
            (vec![(4, 0.9), (5, 0.8), (15, 0.2), (16, 0.15)], true, Some((4, false))),
            (vec![(4, 0.9), (5, 0.8), (15, 0.6), (16, 0.6)], true, Some((16, true))),
            (vec![(4, 0.9), (5, 0.8), (15, 0.6), (16, 0.6)], false, Some((16, false))),
            (vec![(4, 0.5), (15, 0.35), (16, 0.14)], true, Some((15, false))),
            (vec![(4, 0.5), (15, 0.3)], true, None),
            (vec![], true, None),
        ];
        for (pieces, complete, expected) in cases {
            let pieces: Vec<(usize, f32)> =
                pieces.into_iter().map(|(end, p): (usize, f32)| (end, p.ln())).collect();
            let judged = beginnings(&site, &names, &generated(&pieces, complete));
            let best = Gate::default().best(&judged).map(|best| (best.text.len(), best.whole));
            assert_eq!(best, expected, "{pieces:?}");
            let open = Gate { open: true, ..Gate::default() };
            assert_eq!(open.best(&judged), judged.last(), "{pieces:?}");
        }
    }
}
