//! Of several texts for a place: which are the lines below likeliest to come behind? The model has read them when it filled
//! the hole, but small ones make little of what comes later; read forwards behind each text, they tell it from the others.
//! (As the neural noisy channel of Yu et al. 2017 ranks translations.)

use crate::prompt::{self, Place};
use crate::site::Site;
use crate::{Alternative, Query};
use trust_inference::{Likelihood, Model, Priority};

/// How much the first token below counts beside what was believed before, by what each counts less than the one before it,
/// and the least that is believed of one: the best of some 200 such at 243 holes, whose right text was among the candidates,
/// of packages that are neither trained on nor measured.
const WEIGHT: f32 = 0.6;
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

/// Puts what fits the lines below best first.
pub(crate) fn rank(query: &Query, site: &Site, model: &dyn Model, texts: &mut [Alternative]) {
    let Some(then) = below(site).filter(|_| texts.len() > 1) else { return };
    let behind = site.line_after();
    let request = Likelihood {
        prompt: prompt::plain(&Place { repository: &query.repository, path: &query.relative }, above(site)),
        texts: texts.iter().map(|one| format!("{}{behind}\n", one.text)).collect(),
        then,
        deadline: query.deadline,
        priority: Priority::Typing,
        cancel: query.cancel.clone(),
    };
    let likely = match model.likelihood(request) {
        Ok(likely) if likely.len() == texts.len() => likely,
        Ok(_) => return,
        Err(error) => return tracing::warn!(%error, "the lines below say nothing"),
    };
    let worth = |(one, likely): (&Alternative, Vec<f32>)| {
        let weights = std::iter::successors(Some(WEIGHT), |weight| Some(weight * FADING));
        let below: f32 = likely.iter().zip(weights).map(|(one, weight)| weight * one.max(LEAST_LIKELY)).sum();
        one.probability.max(LEAST).ln() + below
    };
    let worth: Vec<f32> = texts.iter().zip(likely).map(worth).collect();
    // Of equals the first, which was believed most.
    let best = worth.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1));
    if let Some((best, _)) = best {
        texts[..=best].rotate_right(1);
    }
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
    fn lines_above_are_whole() {
        let many = format!("{}x = |", "line\n".repeat(100));
        assert_eq!(above(&site(&many)), format!("{}x = ", "line\n".repeat(ABOVE - 1)));
        let long = format!("{}\n{}\nx|", "b".repeat(2000), "a".repeat(1000));
        assert_eq!(above(&site(&long)).len(), 1002);
        assert_eq!(above(&site("one\ntwo|")), "one\ntwo");
        assert_eq!(above(&site(&format!("{}|", "a".repeat(2000)))), "");
    }
}
