//! Changes as a unified diff, for people to decide upon and models to see what they did. Secrets are masked.

use crate::Change;
use imara_diff::{Algorithm, BasicLineDiffPrinter, Diff, InternedInput, UnifiedDiffConfig};
use std::fmt::Write;
use trust_redact::{detector, mask};

pub(crate) fn unified(changes: &[Change]) -> String {
    let mut text = String::new();
    for change in changes {
        let old = if change.before.is_some() { format!("a/{}", change.shown) } else { "/dev/null".into() };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "--- {old}\n+++ b/{}", change.shown);
        let before = change.before.as_deref().unwrap_or_default();
        let (before, after) =
            (mask(before, &detector().find(before)), mask(&change.after, &detector().find(&change.after)));
        let input = InternedInput::new(before.as_ref(), after.as_ref());
        let mut diff = Diff::compute(Algorithm::Histogram, &input);
        diff.postprocess_lines(&input);
        let printer = BasicLineDiffPrinter(&input.interner);
        let _ = write!(text, "{}", diff.unified_diff(&printer, UnifiedDiffConfig::default(), &input));
    }
    text
}
