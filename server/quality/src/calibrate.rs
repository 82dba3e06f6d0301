//! How far what is recalled can be believed: the share of next tokens that it foretold, by the length of the match.
//! `RELIANCE` in `trust-complete` holds these figures.

use crate::packages::Sources;
use crate::systems::Project;
use crate::task::{Hole, Kind, Task};
use anyhow::Result;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// From these many tokens of the longest match on; 0 for the beginning of a name alone.
const FROM: [usize; 8] = [16, 10, 7, 5, 3, 2, 1, 0];

#[derive(Default)]
struct Bucket {
    places: usize,
    foretold: f64,
    first: usize,
}

/// Walks through the holes of `tasks` token by token.
pub fn table(sources: &Sources, tasks: &[Task]) -> Result<String> {
    let mut packages: BTreeMap<_, Vec<&Task>> = BTreeMap::new();
    for task in tasks.iter().filter(|task| matches!(task.kind, Kind::Rest | Kind::Line | Kind::Half)) {
        packages.entry((&task.package.ecosystem, &task.package.name)).or_default().push(task);
    }
    let mut buckets: BTreeMap<usize, Bucket> = BTreeMap::new();
    let (mut places, mut silent) = (0, 0);
    for tasks in packages.into_values() {
        let project = Project::open(&sources.folder(&tasks[0].package)?, false)?;
        for task in tasks {
            let hole = task.hole(&sources.read(&task.package, &task.path)?)?;
            let recall = project.recall(task, &hole);
            for (written, next) in steps(&hole) {
                places += 1;
                let Some(found) = recall.after(written) else {
                    silent += 1;
                    continue;
                };
                let says =
                    |text: &str| if next.is_empty() { text.is_empty() } else { text.starts_with(next) };
                let from = FROM.into_iter().find(|from| found.matched >= *from).unwrap_or(0);
                let bucket = buckets.entry(from).or_default();
                bucket.places += 1;
                let right = found.shares.iter().filter(|(text, _)| says(text));
                bucket.foretold += right.map(|(_, share)| f64::from(*share)).sum::<f64>();
                bucket.first += usize::from(found.shares.first().is_some_and(|(text, _)| says(text)));
            }
        }
    }
    let mut text =
        String::from("|tokens matched|places|share foretold|the likeliest was right|\n|--:|--:|--:|--:|\n");
    for (from, Bucket { places, foretold, first }) in buckets.into_iter().rev() {
        let share = |part: f64| 100.0 * part / places as f64;
        let _ = writeln!(text, "|{from}|{places}|{:.1} %|{:.1} %|", share(foretold), share(first as f64));
    }
    let _ = writeln!(text, "\n{places} places, {silent} of them without a match");
    Ok(text)
}

/// Each beginning of the first line of the hole that ends at a token, and the token after it; empty at the end.
fn steps(hole: &Hole) -> Vec<(&str, &str)> {
    let line = hole.expected.lines().next().unwrap_or_default().trim_end();
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut steps = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        let blank = rest.len() - rest.trim_start().len();
        let first = rest[blank..].chars().next().unwrap_or(' ');
        let length = match rest[blank..].find(|c| !word(c)) {
            _ if !word(first) => first.len_utf8(),
            Some(end) => end,
            None => rest.len() - blank,
        };
        steps.push((&line[..at], &rest[..blank + length]));
        at += blank + length;
    }
    steps.push((line, ""));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_is_walked_token_by_token() {
        let hole = Hole { text: String::new(), offset: 0, expected: "ab(c,  d)\nnext".into() };
        let next: Vec<&str> = steps(&hole).into_iter().map(|(_, next)| next).collect();
        assert_eq!(next, ["ab", "(", "c", ",", "  d", ")", ""]);
    }
}
