//! The names around the cursor, and how much each says about it.

use crate::lexer::identifiers;
use crate::site::typed_word;
use std::collections::HashSet;

/// Lines of the window: what a prompt shows around the cursor.
pub(super) const LINES_BEFORE: usize = 60;
pub(super) const LINES_AFTER: usize = 20;
/// Bytes before and behind the cursor whose names make the query.
const NEAR_BEFORE: usize = 1500;
const NEAR_AFTER: usize = 400;
/// Names above the cursor to one below it, as near: what goes on below was written with the line in mind, but is less.
const ABOVE_TO_BELOW: usize = 3;
/// How soon a name counts less, the more stand nearer.
const FALL: f32 = 0.08;

/// The end of `before` and the beginning of `after` that lie in the window.
pub(super) fn window<'a>(before: &'a str, after: &'a str) -> (&'a str, &'a str) {
    let start = before.rmatch_indices('\n').nth(LINES_BEFORE).map_or(0, |(at, _)| at + 1);
    let end = after.match_indices('\n').nth(LINES_AFTER).map_or(after.len(), |(at, _)| at);
    (&before[start..], &after[..end])
}

/// The names around the cursor, each once, nearest first; the half-typed one at the cursor is left out.
pub(super) fn near_names<'a>(
    before: &'a str,
    after: &'a str,
    keywords: &[&str],
    most: usize,
) -> Vec<&'a str> {
    let end = before.len() - typed_word(before).len();
    let from = before.floor_char_boundary(end.saturating_sub(NEAR_BEFORE));
    let to = after.floor_char_boundary(NEAR_AFTER);
    let mut above: Vec<&str> = identifiers(&before[from..end]).map(|(_, name)| name).collect();
    above.reverse();
    let below: Vec<&str> = identifiers(&after[..to]).map(|(_, name)| name).collect();
    let mut by_distance: Vec<(usize, &str)> = above.into_iter().enumerate().collect();
    by_distance.extend(below.into_iter().enumerate().map(|(at, name)| (ABOVE_TO_BELOW * (at + 1), name)));
    by_distance.sort_by_key(|(distance, _)| *distance);
    let mut seen = HashSet::new();
    let telling = |name: &&'a str| name.len() > 2 && !keywords.contains(name) && seen.insert(*name);
    by_distance.into_iter().map(|(_, name)| name).filter(telling).take(most).collect()
}

/// How much a name counts, by how many stand nearer.
pub(super) fn weighted<'a>(names: &[&'a str]) -> Vec<(&'a str, f32)> {
    names.iter().enumerate().map(|(rank, name)| (*name, 1.0 / (1.0 + FALL * rank as f32))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::tests::site;

    #[test]
    fn names_come_nearest_first_and_once() {
        let site = site("use alpha;\nlet beta = gamma(alpha, bet|\n    delta(alpha);\n}");
        let names = near_names(&site.before, &site.after, &["let", "use"], 9);
        assert_eq!(names, ["alpha", "gamma", "beta", "delta"]);
        let both = crate::site::tests::site("a_one(a_two, a_three, a_four);\n|\n    b_one(b_two);\n");
        let names = near_names(&both.before, &both.after, &[], 9);
        assert_eq!(names, ["a_four", "a_three", "a_two", "a_one", "b_one", "b_two"]);
        assert!(weighted(&names).is_sorted_by(|a, b| a.1 > b.1));
    }

    #[test]
    fn the_window_has_whole_lines() {
        let (before, after) = ("line\n".repeat(90), "line\n".repeat(30));
        let (before, after) = window(&before, &after);
        assert_eq!((before.lines().count(), after.lines().count()), (LINES_BEFORE, LINES_AFTER + 1));
        assert_eq!(window("a", "b"), ("a", "b"));
    }
}
