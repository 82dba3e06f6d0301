//! Stage 4. Believe copy or model, or stay quiet: a wrong completion costs its reader more than a missing one.

use crate::copy::Copied;
use crate::generate::Generated;

// The shares below were counted at 600 places of ten packages, held out from training; the thresholds were
// chosen on the same places, so they flatter themselves.

/// Tokens matched from which a copy is shown without asking the model: 72 % were right to the line's end.
const COPY_ALONE: usize = 10;
/// Tokens matched from which a copy is worth drafting.
pub(crate) const COPY_DRAFT: usize = 3;
/// Tokens matched from which a copy is shown though the model said something else or nothing: a third were
/// right to the line's end, over half at its beginning.
const COPY_UNJUDGED: usize = 5;
/// The same where the longest matches went on differently: below, one in seven was right.
const COPY_DIVIDED: usize = 24;
/// Mean log-probability from which the model is believed on its own (its tokens at 0.8 each); and when the user
/// asked. At 0.7 each, 150 other holes had 0.6 points fewer exact matches, and as many wrong ones shown.
const MODEL_ALONE: f32 = -0.2;
const MODEL_INVOKED: f32 = -1.6;

/// Log-probability of every token (0.6) up to which a text is shown that the model is not sure of as a whole:
/// 15 of 16 such beginnings were right, at 0.45 only 15 of 24.
const MODEL_SURE: f32 = -0.51;
/// Equal characters that make a loop.
const LOOP: usize = 8;
/// Letters and digits that are worth showing by themselves.
const SURE_LETTERS: usize = 2;

/// Whether a copy needs nobody's word but its own.
pub(crate) fn trusts_copy_alone(copied: &Copied) -> bool {
    copied.matched >= if copied.agreed { COPY_ALONE } else { COPY_DIVIDED }
}

/// Whether a copy may be shown where no model can judge it.
pub(crate) fn trusts_copy_unjudged(copied: &Copied, invoked: bool) -> bool {
    invoked || copied.matched >= if copied.agreed { COPY_UNJUDGED } else { COPY_DIVIDED }
}

/// Whether the model's own text may be shown.
pub(crate) fn trusts_model(generated: &Generated, invoked: bool) -> bool {
    let threshold = if invoked { MODEL_INVOKED } else { MODEL_ALONE };
    generated.mean_logprob >= threshold && (generated.complete || invoked)
}

/// The beginning of the model's text that it is sure of, where that is worth showing.
pub(crate) fn sure_beginning(generated: &Generated) -> Option<&str> {
    worth_showing(generated.sure(MODEL_SURE))
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
    fn a_text_is_shown_as_far_as_every_piece_is_sure() {
        let generated = Generated {
            text: "tion deactivate(".into(),
            mean_logprob: -1.0,
            complete: false,
            pieces: vec![(4, -0.1), (5, -0.2), (15, -2.0), (16, -0.1)],
            first: std::time::Duration::ZERO,
            usage: trust_inference::Usage::default(),
        };
        assert_eq!(sure_beginning(&generated), Some("tion"));
        assert_eq!(generated.sure(-3.0), "tion deactivate(");
        assert_eq!(generated.sure(-0.01), "");
    }
}
