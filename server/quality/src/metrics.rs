//! What is measured of an answer, and how sure a mean over packages is.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use trust_grammars::Language;

const PARSE_LIMIT: Duration = Duration::from_secs(2);
const RESAMPLES: usize = 1000;

/// Equal but for white space at the end.
pub fn exact(answer: &str, expected: &str) -> bool {
    answer.trim_end() == expected.trim_end()
}

/// 1 less the Levenshtein distance as a share of the longer text, in characters.
pub fn edit_similarity(answer: &str, expected: &str) -> f64 {
    strsim::normalized_levenshtein(answer.trim_end(), expected.trim_end())
}

/// The identifiers of a text, as often as they occur.
pub fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    trust_grammars::identifiers(text).map(|bytes| &text[bytes])
}

/// Harmonic mean of precision and recall over the identifiers, each counted as often as it occurs. `None` where
/// the expected text has none.
pub fn identifier_f1(answer: &str, expected: &str) -> Option<f64> {
    let count = |text: &str| {
        let mut counts: HashMap<String, usize> = HashMap::new();
        identifiers(text).for_each(|name| *counts.entry(name.to_string()).or_default() += 1);
        counts
    };
    let (ours, theirs) = (count(answer), count(expected));
    let (all_ours, all_theirs) = (ours.values().sum::<usize>(), theirs.values().sum::<usize>());
    let common: usize = ours.iter().map(|(name, &n)| n.min(theirs.get(name).copied().unwrap_or(0))).sum();
    (all_theirs > 0).then(|| 2.0 * common as f64 / (all_ours + all_theirs) as f64)
}

/// Whether inserting `answer` leaves no more ERROR and MISSING nodes than there were without it, and than the file
/// had with the expected text.
pub fn parse_neutral(
    language: Language,
    text: &str,
    offset: usize,
    answer: &str,
    expected: &str,
) -> Option<bool> {
    let errors = |insert: &str| {
        let source = format!("{}{insert}{}", &text[..offset], &text[offset..]);
        Some(trust_grammars::syntax_errors(&trust_grammars::parse_str(language, &source, PARSE_LIMIT)?))
    };
    Some(errors(answer)? <= errors("")?.max(errors(expected)?))
}

/// Characters of `answer` that are right: all of them, where it is the beginning of what was expected.
pub fn right_characters(answer: &str, expected: &str) -> usize {
    let answer = answer.trim_end();
    if !answer.is_empty() && expected.starts_with(answer) { answer.chars().count() } else { 0 }
}

/// A mean with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Estimate {
    pub mean: f64,
    pub low: f64,
    pub high: f64,
    pub count: usize,
}

/// The ratio of sums of `(package, numerator, denominator)`, its interval by resampling whole packages: places of
/// one package are alike.
pub fn estimate<'a>(samples: impl Iterator<Item = (&'a str, f64, f64)>) -> Option<Estimate> {
    let mut packages: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    let mut count = 0;
    for (package, numerator, denominator) in samples {
        let sums = packages.entry(package).or_default();
        *sums = (sums.0 + numerator, sums.1 + denominator);
        count += 1;
    }
    let sums: Vec<(f64, f64)> = packages.into_values().collect();
    let ratio = |chosen: &mut dyn Iterator<Item = (f64, f64)>| {
        let (above, below) = chosen.fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
        (below > 0.0).then(|| above / below)
    };
    let mean = ratio(&mut sums.iter().copied())?;
    let mut random = fastrand::Rng::with_seed(1);
    let mut means: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| ratio(&mut (0..sums.len()).map(|_| sums[random.usize(..sums.len())])))
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |share: f64| means.get(((means.len() - 1) as f64 * share) as usize).copied().unwrap_or(mean);
    Some(Estimate { mean, low: at(0.025), high: at(0.975), count })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_compared() {
        let cases = [
            ("a + b;", "a + b;  ", true, 1.0, 1.0),
            ("", "abcd", false, 0.0, 0.0),
            ("abcx", "abcd", false, 0.75, 0.0),
            ("foo(bar)", "foo(baz)", false, 0.875, 0.5),
        ];
        for (answer, expected, is_exact, similarity, f1) in cases {
            assert_eq!(exact(answer, expected), is_exact);
            assert!((edit_similarity(answer, expected) - similarity).abs() < 1e-9, "{answer:?}");
            assert_eq!(identifier_f1(answer, expected), Some(f1), "{answer:?}");
        }
        assert_eq!(identifier_f1("a", "+ 1"), None);
    }

    #[test]
    fn right_beginnings_count_and_wrong_ones_do_not() {
        let cases = [("ab", "abc", 2), ("abc ", "abc", 3), ("abd", "abc", 0), ("", "abc", 0)];
        for (answer, expected, right) in cases {
            assert_eq!(right_characters(answer, expected), right);
        }
    }

    #[test]
    fn syntax_errors_are_seen() {
        let text = "fn f() {\n    let a = 1;\n}\n";
        let at = text.find(';').unwrap();
        let check = |answer| parse_neutral(Language::Rust, text, at, answer, "");
        assert_eq!((check(" + 2"), check(" + (2")), (Some(true), Some(false)));
    }

    #[test]
    fn an_interval_knows_its_packages() {
        // Two packages that differ in everything: the mean is between, and nothing is sure.
        let samples = (0..100).map(|n| if n % 2 == 0 { ("a", 1.0, 1.0) } else { ("b", 0.0, 1.0) });
        let found = estimate(samples).unwrap();
        assert_eq!((found.mean, found.low, found.high, found.count), (0.5, 0.0, 1.0, 100));
        assert_eq!(estimate(std::iter::empty()), None);
    }
}
