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
/// Log-probability from which a text is shown to the end of its line, and a beginning of one.
const WHOLE: f32 = -1.2;
const BEGINNING: f32 = -0.7;
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

/// What of a generated text is believed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Believed<'a> {
    pub(crate) text: &'a str,
    /// It is all of the text, which ended by itself.
    pub(crate) whole: bool,
    pub(crate) logprob: f32,
}

/// What may be shown of a generated text: all of it, else the beginning that is sure. Who asked is given all.
pub(crate) fn believed(generated: &Generated, invoked: bool) -> Option<Believed<'_>> {
    if invoked || (generated.complete && generated.logprob >= WHOLE) {
        let Generated { text, complete, logprob, .. } = generated;
        return Some(Believed { text, whole: *complete, logprob: *logprob });
    }
    let (text, logprob) = generated.sure(BEGINNING);
    worth_showing(text).map(|text| Believed { text, whole: false, logprob })
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
    fn a_text_is_shown_as_far_as_it_is_sure() {
        let generated = Generated {
            text: "tion deactivate(".into(),
            logprob: -2.3,
            complete: true,
            pieces: vec![(4, -0.1), (5, -0.2), (15, -2.2), (16, -2.3)],
            first: std::time::Duration::ZERO,
            usage: trust_inference::Usage::default(),
        };
        let part = Believed { text: "tion", whole: false, logprob: -0.2 };
        let all = |logprob| Believed { text: "tion deactivate(", whole: true, logprob };
        assert_eq!(believed(&generated, false), Some(part));
        assert_eq!(believed(&generated, true), Some(all(-2.3)));
        let surer = Generated { logprob: -1.0, ..generated.clone() };
        assert_eq!(believed(&surer, false), Some(all(-1.0)));
        let cut_off = Generated { complete: false, ..surer };
        assert_eq!(believed(&cut_off, false), Some(part));
        assert_eq!(generated.sure(-0.01), ("", 0.0));
    }
}
