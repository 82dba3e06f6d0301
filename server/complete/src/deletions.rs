//! What was deleted lately in open documents: cut to be put elsewhere, or to be written again there. It is searched like
//! the open file.
//!
//! *Invariant:* documents that the rules exclude are no part of a query's `edited`; lines that hold a secret, or look like
//! it, are left out here.

use crate::Query;
use crate::next::{EditLog, looks_secret};
use crate::site::unix_lines;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use trust_redact::{holds_mask, masked};

/// How long a deletion is remembered, and how many are searched, the newest.
const RECENT: Duration = Duration::from_secs(10 * 60);
/// How long it is not offered where it stood.
const WITHDRAWN: Duration = Duration::from_secs(30);
const MOST: usize = 16;

/// What was edited lately in an open document.
#[derive(Debug, Clone)]
pub struct Edited {
    pub path: PathBuf,
    /// It is the query's own document.
    pub own: bool,
    pub log: Arc<EditLog>,
}

/// The texts that were deleted, the newest first. What was deleted where the cursor is was not wanted there.
pub(crate) fn deleted(query: &Query, now: Instant) -> Vec<String> {
    let mut found = Vec::new();
    for edited in &query.edited {
        let is_here =
            |range: &std::ops::Range<usize>| edited.own && (range.start..=range.end).contains(&query.offset);
        let bursts = edited.log.newest().filter(|burst| {
            now.saturating_duration_since(burst.at) < RECENT
                && !burst.old.trim().is_empty()
                && !is_here(&burst.range)
        });
        found.extend(bursts.map(|burst| (burst.at, without_secrets(unix_lines(burst.old.clone())))));
    }
    found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    found.into_iter().map(|(_, text)| text).filter(|text| !text.is_empty()).take(MOST).collect()
}

/// What was deleted at the cursor a moment ago; nothing for somebody who asks.
pub(crate) fn withdrawn(query: &Query, now: Instant) -> Vec<String> {
    let own = query.edited.iter().filter(|edited| edited.own && !query.invoked);
    own.flat_map(|edited| edited.log.cuts().at(query.offset, now, WITHDRAWN)).map(unix_lines).collect()
}

fn without_secrets(text: String) -> String {
    let is_plain = |line: &&str| !holds_mask(line) && !looks_secret(line, &(0..0));
    masked(text).split_inclusive('\n').filter(is_plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::tests::query;
    use trust_text::Text;

    /// The log of a document in which each of `texts`, a line each, was deleted, the last one last.
    fn log_of(texts: &[&str], at: Instant) -> EditLog {
        let (mut document, mut log) = (
            Text::new(&texts.iter().map(|text| format!("{text}---\n")).collect::<String>()),
            EditLog::default(),
        );
        let mut start = 0;
        for text in texts {
            log.record(&document, Some(start..start + text.len()), "", at);
            document.replace(start..start + text.len(), "");
            start += "---\n".len();
        }
        log
    }

    #[test]
    fn no_secret_is_found_that_was_deleted() {
        let now = Instant::now();
        let password = "hunter".repeat(2);
        let address = format!("postgres://app:{password}@db.internal/main");
        let key =
            format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", "MIIEvQ7+2a".repeat(6));
        for secret in [format!("let db = \"{address}\";\n"), key] {
            let texts = ["let a = parse(input);\n", secret.as_str()];
            let edited =
                vec![Edited { path: "/p/a.rs".into(), own: false, log: Arc::new(log_of(&texts, now)) }];
            let found = deleted(&Query { edited, ..query("|") }, now);
            let hidden = |text: &String| !text.contains(&password) && !text.contains("MIIEvQ");
            assert!(found.contains(&texts[0].to_string()) && found.iter().all(hidden), "{found:?}");
        }
    }

    #[test]
    fn what_was_deleted_here_a_moment_ago_was_not_wanted() {
        let now = Instant::now();
        // Where the cursor is, whether somebody asks, when, and what was deleted there.
        let cases = [
            ("|---\n---\n", false, 1, vec!["one();\n"]),
            ("---\n|---\n", false, 1, vec!["two();\n"]),
            ("---\n-|--\n", false, 1, vec![]),
            ("|---\n---\n", false, 60, vec![]),
            ("|---\n---\n", true, 1, vec![]),
        ];
        for (marked, invoked, seconds, expected) in cases {
            let log = Arc::new(log_of(&["one();\r\n", "two();\n"], now));
            for own in [true, false] {
                let edited = vec![Edited { path: "/p/a.rs".into(), own, log: Arc::clone(&log) }];
                let found = withdrawn(
                    &Query { edited, invoked, ..query(marked) },
                    now + Duration::from_secs(seconds),
                );
                let expected = if own { expected.clone() } else { Vec::new() };
                assert_eq!(found, expected, "{own} {marked:?} {invoked} {seconds}");
            }
        }
    }

    #[test]
    fn what_was_deleted_elsewhere_and_lately_is_found() {
        let now = Instant::now();
        let later = |seconds| now + Duration::from_secs(seconds);
        let texts = [
            "let a = parse(input);\n",
            "   ",
            "let key = \"9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c\";\nlet b = 1;\n",
        ];
        // Whether it is the query's own document, where the cursor is, when, and what is found.
        let cases = [
            (false, "|", 1, vec![texts[0], "let b = 1;\n"]),
            (true, "---\n---\n|---\n", 1, vec![texts[0]]),
            (true, "|---\n---\n---\n", 1, vec!["let b = 1;\n"]),
            (true, "--|-\n---\n---\n", 1, vec![texts[0], "let b = 1;\n"]),
            (false, "|", 700, vec![]),
        ];
        for (own, marked, seconds, expected) in cases {
            let log = Arc::new(log_of(&texts, now));
            let edited = vec![Edited { path: "/p/a.rs".into(), own, log }];
            let mut found = deleted(&Query { edited, ..query(marked) }, later(seconds));
            found.sort();
            assert_eq!(found, expected, "{own} {marked:?} {seconds}");
        }
    }
}
