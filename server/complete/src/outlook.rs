//! Of several texts for a place, for somebody who asked: which is right? They are told apart by what the model makes of each
//! when it reads forwards, and of the lines below behind it. It has read those when it filled the hole, but small models make
//! little of what comes later (the neural noisy channel of Yu et al. 2017 ranks translations so); and by their lines' looks.

use crate::corpus::indentation;
use crate::prompt::{self, Place};
use crate::site::Site;
use crate::{Alternative, Query, Source};
use trust_inference::{Likelihood, Likely, Model, Priority};

/// What is seen of a text, in the order of [`SEEN`].
pub type Seen = [f32; 8];

pub const SEEN: [&str; 8] = [
    "logarithm of its probability",
    "the same, if it is a copy",
    "the lines below behind it, token by token, each counting less",
    "the first token of them",
    "its own line, read forwards, in the mean of its tokens",
    "it opens something, and the next line is deeper, or neither",
    "a line near is the same",
    "the line above is",
];

/// What each counts: learned by `cargo xtask bench quality --choices` at holes of packages that are
/// neither trained on nor measured (a conditional logit: the right text among those that were found is the most probable).
pub const WEIGHTS: Seen = [0.955, 0.68, 0.408, 0.455, 0.446, 1.016, -0.545, -7.435];

/// By what each token below counts less than the one before it, and the least that is believed of one.
const FADING: f32 = 0.8;
const LEAST_LIKELY: f32 = -6.0;

/// Lines below that say something, and bytes of them at most.
const BELOW: usize = 2;
const BELOW_BYTES: usize = 160;
/// Lines above.
const ABOVE: usize = 30;
const ABOVE_BYTES: usize = 1200;
/// What is believed of a text at least.
const LEAST: f32 = 1e-4;
/// Lines near, above and below.
const NEAR: (usize, usize) = (12, 10);

/// What is seen of each of `texts`; nothing where there is no choice, or the model does not tell.
pub(crate) fn see(query: &Query, site: &Site, model: &dyn Model, texts: &[Alternative]) -> Vec<Seen> {
    if texts.len() < 2 {
        return Vec::new();
    }
    let behind = site.line_after();
    let request = Likelihood {
        prompt: prompt::plain(&Place { repository: &query.repository, path: &query.relative }, above(site)),
        texts: texts.iter().map(|one| format!("{}{}\n", one.text, &behind[one.replaces..])).collect(),
        then: below(site).unwrap_or_default(),
        deadline: query.deadline,
        priority: Priority::Typing,
        cancel: query.cancel.clone(),
    };
    match model.likelihood(request) {
        Ok(likely) if likely.len() == texts.len() => {
            texts.iter().zip(&likely).map(|(one, likely)| seen(site, one, likely)).collect()
        }
        Ok(_) => Vec::new(),
        Err(error) => {
            tracing::warn!(%error, "nothing more is known of the candidates");
            Vec::new()
        }
    }
}

/// Which is the best by what is seen of each; of equals the first.
pub(crate) fn best(seen: &[Seen]) -> usize {
    let worth = |seen: &Seen| seen.iter().zip(WEIGHTS).map(|(seen, weight)| seen * weight).sum::<f32>();
    let worth: Vec<f32> = seen.iter().map(worth).collect();
    (0..worth.len()).rev().max_by(|a, b| worth[*a].total_cmp(&worth[*b])).unwrap_or(0)
}

fn seen(site: &Site, one: &Alternative, likely: &Likely) -> Seen {
    let probability = one.probability.max(LEAST).ln();
    let copied = if one.source == Source::Copy { probability } else { 0.0 };
    let weights = std::iter::successors(Some(1.0), |weight| Some(weight * FADING));
    let then = likely.then.iter().map(|one| one.max(LEAST_LIKELY));
    let first = then.clone().next().unwrap_or(0.0);
    let below = then.zip(weights).map(|(one, weight)| one * weight).sum();
    let own = likely.text.iter().sum::<f32>() / likely.text.len().max(1) as f32;
    let line = format!("{}{}{}", site.line_before(), one.text, &site.line_after()[one.replaces..]);
    let said = |line: &&str| !line.trim().is_empty();
    let (_, above) = site.before.rsplit_once('\n').map_or(("", ""), |(above, line)| (line, above));
    let mut over = above.lines().rev().filter(said).take(NEAR.0).peekable();
    let mut under = site.after.lines().skip(1).filter(said).take(NEAR.1).peekable();
    let depth = indentation(site.line_before()).len();
    let deeper = under.peek().is_some_and(|next| indentation(next).len() > depth);
    let fits = if opens(&line) == deeper { 1.0 } else { 0.0 };
    let same = |other: &str| if other.trim() == line.trim() { 1.0 } else { 0.0 };
    let doubled = over.peek().map_or(0.0, |other| same(other));
    let near = over.chain(under).map(same).fold(0.0, f32::max);
    [probability, copied, below, first, own, fits, near, doubled]
}

/// Whether a line opens what is to stand below it, by the look of it.
fn opens(line: &str) -> bool {
    let count = |signs: [char; 3]| line.matches(signs).count();
    line.trim_end().ends_with(['{', '(', '[', ':']) || count(['(', '[', '{']) > count([')', ']', '}'])
}

/// The lines below the cursor's, up to the second that says something; `None` where none does.
fn below(site: &Site) -> Option<String> {
    let (_, after) = site.after.split_once('\n')?;
    let mut left = BELOW;
    let ends = |line: &&str| {
        let goes_on = left > 0;
        left -= usize::from(goes_on && !line.trim().is_empty());
        goes_on
    };
    let text: String = after.split_inclusive('\n').take_while(ends).collect();
    let end = (0..=BELOW_BYTES.min(text.len())).rev().find(|&end| text.is_char_boundary(end))?;
    (!text[..end].trim().is_empty()).then(|| text[..end].to_string())
}

/// The last lines above the cursor, and its own up to it.
fn above(site: &Site) -> &str {
    let text = site.before.as_str();
    let starts = text.rmatch_indices('\n').map(|(index, _)| index + 1).chain([0]);
    let near = starts.take(ABOVE).take_while(|start| text.len() - start <= ABOVE_BYTES).last();
    &text[near.unwrap_or(text.len())..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::tests::site;

    #[test]
    fn two_lines_that_say_something() {
        let cases = [
            ("a|b\n\n  c\n\nd\ne", Some("\n  c\n\nd\n")),
            ("a|b\nc", Some("c")),
            ("a|b\n \n", None),
            ("a|b", None),
        ];
        for (marked, expected) in cases {
            assert_eq!(below(&site(marked)).as_deref(), expected, "{marked:?}");
        }
        let long = below(&site(&format!("|\n{}", "é".repeat(200))));
        assert_eq!(long.map(|text| text.len()), Some(BELOW_BYTES));
    }

    #[test]
    fn a_text_is_judged_by_its_line_and_its_neighbours() {
        let text = |text: &str, source, probability| {
            let (text, replaces) = (text.into(), 0);
            Alternative { text, replaces, source, probability }
        };
        let likely = Likely { text: vec![-1.0, -3.0], then: vec![-8.0, -1.0] };
        let place = site("fn f() {\n    a();\n    |\n        b();\n    c();\n}\n");
        let mixed = |written| seen(&place, &text(written, Source::Mixed, 1.0), &likely);
        assert_eq!(mixed("if x {"), [0.0, 0.0, -6.8, -6.0, -2.0, 1.0, 0.0, 0.0]);
        assert_eq!(mixed("a();")[5..], [0.0, 1.0, 1.0]);
        assert_eq!(mixed("c();")[5..], [0.0, 1.0, 0.0]);
        let copied = seen(&place, &text("f(", Source::Copy, 0.0), &Likely::default());
        assert_eq!(copied, [LEAST.ln(), LEAST.ln(), 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(best(&[mixed("a();"), copied, mixed("if x {"), mixed("if x {")]), 2);
    }

    #[test]
    fn lines_above_are_whole() {
        let many = format!("{}x = |", "line\n".repeat(100));
        assert_eq!(above(&site(&many)), format!("{}x = ", "line\n".repeat(ABOVE - 1)));
        let long = format!("{}\n{}\nx|", "b".repeat(2000), "a".repeat(1000));
        assert_eq!(above(&site(&long)).len(), 1002);
        assert_eq!(above(&site("one\ntwo|")), "one\ntwo");
        assert_eq!(above(&site(&format!("{}|", "a".repeat(2000)))), "");
    }
}
