//! Stage 4. Believe copy or model, or stay quiet: a wrong completion costs its reader more than a missing one.

use crate::belief::{BELIEF, Belief};
use crate::copy::Copied;
use crate::generate::Generated;

/// How many copies are exactly right to the end of their line, by the tokens that matched, where all of the longest
/// matches go on alike: counted at 174 places of packages held out from training.
const COPIES_RIGHT: [(usize, f32); 5] = [(16, 0.64), (10, 0.53), (7, 0.35), (5, 0.3), (3, 0.18)];
const SHORT_COPIES_RIGHT: f32 = 0.1;
/// Where they go on differently, the most frequent is right that much less often.
const DIVIDED: f32 = 0.5;
/// Tokens matched from which a copy is worth drafting.
pub(crate) const COPY_DRAFT: usize = 3;
/// Probability from which a copy is shown without asking the model, which takes longer.
const AT_ONCE: f32 = 0.6;
/// Probability from which a text is shown to the end of its line, and a beginning of one.
const WHOLE: f32 = 0.3;
const BEGINNING: f32 = 0.5;
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

/// What a user makes of the thresholds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Gate {
    /// Added to both thresholds, within bounds.
    shift: f32,
    /// Stay quiet in comments and strings, unless asked.
    pub quiet_in_text: bool,
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
        Self { shift: shift.clamp(LOWEST, HIGHEST), quiet_in_text }
    }

    /// With both thresholds moved by what the user wants on top of what was learned.
    pub fn moved(self, by: f32) -> Self {
        Self { shift: (self.shift + by).clamp(*MOVED.start(), *MOVED.end()), ..self }
    }

    pub fn shift(self) -> f32 {
        self.shift
    }

    /// Probability from which a copy is shown without asking the model.
    pub fn at_once(self) -> f32 {
        AT_ONCE.max(self.whole())
    }

    /// Probability from which a text is shown to the end of its line.
    pub fn whole(self) -> f32 {
        WHOLE + self.shift
    }

    /// The same for a beginning.
    pub fn beginning(self) -> f32 {
        BEGINNING + self.shift
    }

    /// Whether a text of this probability may be shown to the end of its line.
    pub(crate) fn may_show(self, probability: f32, invoked: bool) -> bool {
        invoked || probability >= self.whole()
    }

    /// The beginning of a generated text that is sure, with its probability.
    pub(crate) fn sure_beginning(self, generated: &Generated) -> Option<(&str, f32)> {
        let (text, logprob) = generated.sure(self.beginning().ln());
        worth_showing(text).map(|text| (text, logprob.exp()))
    }
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
    /// The least and the most that the thresholds move, and after how many decisions.
    pub shifts: (f32, f32),
    pub enough: usize,
}

pub fn beliefs() -> Beliefs {
    let mut copies = COPIES_RIGHT.to_vec();
    copies.push((1, SHORT_COPIES_RIGHT));
    Beliefs { copies, divided: DIVIDED, recall: BELIEF, shifts: (LOWEST, HIGHEST), enough: ENOUGH }
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

    #[test]
    fn longer_matches_are_surer() {
        let copied = |matched, agreed| Copied { text: "a".into(), matched, agreed, whole: true };
        let probabilities: Vec<f32> =
            [2, 3, 5, 7, 10, 30].map(|matched| probability_of(&copied(matched, true))).to_vec();
        assert!(probabilities.is_sorted());
        let gate = Gate::default();
        assert!(gate.may_show(probability_of(&copied(5, true)), false));
        assert!(!gate.may_show(probability_of(&copied(10, false)), false));
        assert!(gate.may_show(probability_of(&copied(1, false)), true));
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
        assert!(Gate::default().moved(0.3).at_once() >= AT_ONCE && Gate::default().at_once() == AT_ONCE);
        assert!(learned.moved(9.0).at_once() > 0.7 && learned.moved(9.0).beginning() < 1.0);
        assert!(shift(10, 30) > 0.0 && shift(30, 10) < 0.0);
        assert!(shift(100, 60).abs() > shift(25, 15).abs());
        let shy = Gate::adapted(&[false; 200], false);
        assert!(!shy.may_show(0.4, false) && shy.may_show(0.46, false) && shy.may_show(0.1, true));
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
    fn a_text_is_shown_as_far_as_it_is_sure() {
        let generated = Generated {
            text: "tion deactivate(".into(),
            logprob: -2.3,
            complete: true,
            pieces: vec![(4, -0.1), (5, -0.2), (15, -2.2), (16, -2.3)],
            first: std::time::Duration::ZERO,
            usage: trust_inference::Usage::default(),
            others: Vec::new(),
        };
        assert_eq!(Gate::default().sure_beginning(&generated), Some(("tion", (-0.2f32).exp())));
        assert_eq!(generated.sure(-0.01), ("", 0.0));
    }
}
