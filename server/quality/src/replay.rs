//! Edit replays: commits of a repository typed key by key, for what a typist would see. The project is indexed as it
//! was before the commit, the added lines are typed into it, and what fits what is typed next is accepted.

use crate::commits::{Hunk, Tree, commits, hunks};
use crate::metrics::{Estimate, estimate};
use crate::report::percent;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};
use trust_complete::{Completer, Outcome, Query, Source};
use trust_grammars::Language;
use trust_index::Index;
use trust_inference::{CancelToken, Model};
use trust_text::Text;

/// Added lines of a hunk, at most: more is moved or generated rather than typed.
const LINES: usize = 20;
/// Keys spent on one commit, at most, so that none dominates.
const KEYS: usize = 400;
/// Characters from which somebody accepts a completion rather than typing on.
const WORTH_ACCEPTING: usize = 3;
const DEADLINE: Duration = Duration::from_secs(20);

/// What a typist saw of one commit.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Seen {
    commit: String,
    /// Characters of the added lines, but for indentation, and keys that were pressed for them.
    characters: usize,
    keys: usize,
    /// Completions that appeared, those that went on as was meant, and keys after which nothing was shown.
    shown: usize,
    right: usize,
    quiet: usize,
    /// How long each key waited for its answer.
    waits: Vec<Duration>,
}

/// Where somebody types.
pub struct Hole<'a> {
    pub folder: &'a Path,
    pub path: &'a str,
    pub above: &'a str,
    pub below: &'a str,
}

/// What is to be seen after a key.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub shown: Option<String>,
    /// It was shown before, and has been typed into.
    pub again: bool,
    pub wait: Duration,
}

/// Something that answers a typist.
pub trait Server {
    /// A new tree of files.
    fn start(&mut self, tree: &Tree) -> Result<()>;
    /// The text `typed` stands in `hole`, the cursor behind it; it only grows while the hole is the same.
    fn ask(&mut self, hole: &Hole<'_>, typed: &str) -> Result<Answer>;
}

/// The pipeline in this process.
pub struct InProcess<'a> {
    name: String,
    model: &'a dyn Model,
    completer: Completer,
    index: Option<Index>,
}

impl<'a> InProcess<'a> {
    pub fn new(name: String, model: &'a dyn Model) -> Self {
        Self { name, model, completer: Completer::default(), index: None }
    }
}

impl Server for InProcess<'_> {
    fn start(&mut self, tree: &Tree) -> Result<()> {
        self.completer = Completer::default();
        self.index = Some(tree.index()?);
        Ok(())
    }

    fn ask(&mut self, hole: &Hole<'_>, typed: &str) -> Result<Answer> {
        let index = self.index.as_ref().context("no tree")?;
        let query = Query {
            path: hole.folder.join(hole.path),
            relative: hole.path.to_string(),
            repository: self.name.clone(),
            language: Language::from_path(Path::new(hole.path)),
            text: Text::new(&format!("{}{typed}{}", hole.above, hole.below)),
            offset: hole.above.len() + typed.len(),
            invoked: false,
            may_replace: false,
            deadline: Instant::now() + DEADLINE,
            cancel: CancelToken::new(),
            superseded: CancelToken::new(),
            edited: Vec::new(),
        };
        let start = Instant::now();
        let outcome = self.completer.complete(&query, &index.snapshot(), Some(self.model));
        let wait = start.elapsed();
        Ok(match outcome {
            Outcome::Show(shown) => {
                Answer { again: shown.source == Source::TypeThrough, shown: Some(shown.text), wait }
            }
            Outcome::Quiet(_) => Answer { wait, ..Answer::default() },
        })
    }
}

/// The name by which a repository is told to the model.
pub fn name_of(folder: &Path) -> Result<String> {
    let name = folder.canonicalize()?.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(name.unwrap_or_else(|| "repository".into()))
}

/// What was seen of a repository's commits.
pub struct Replayed {
    name: String,
    seen: Vec<Seen>,
}

/// Types commits of the repository at `folder` until `keys` are spent.
pub fn replay(folder: &Path, work: &Path, keys: usize, server: &mut dyn Server) -> Result<Replayed> {
    let name = name_of(folder)?;
    let mut seen: Vec<Seen> = Vec::new();
    for commit in commits(folder)? {
        let spent: usize = seen.iter().map(|one| one.keys).sum();
        if spent >= keys {
            break;
        }
        let mut hunks = hunks(folder, &commit)?;
        hunks
            .retain(|hunk| hunk.added.len() <= LINES && Language::from_path(Path::new(&hunk.path)).is_some());
        if hunks.is_empty() {
            continue;
        }
        eprintln!("{spent} of {keys} keys");
        let tree = Tree::at(folder, work, &commit)?;
        server.start(&tree)?;
        seen.push(type_commit(&commit, hunks, &tree, server)?);
    }
    if seen.is_empty() {
        bail!("{} has no commits with lines to type in a known language", folder.display());
    }
    Ok(Replayed { name, seen })
}

fn type_commit(commit: &str, hunks: Vec<Hunk>, tree: &Tree, server: &mut dyn Server) -> Result<Seen> {
    let mut seen = Seen { commit: commit.into(), ..Seen::default() };
    let mut open: Option<(String, Vec<String>, isize)> = None;
    for hunk in hunks {
        if seen.keys >= KEYS {
            break;
        }
        if open.as_ref().is_none_or(|(path, ..)| *path != hunk.path) {
            let text = std::fs::read_to_string(tree.folder.join(&hunk.path)).unwrap_or_default();
            open = Some((hunk.path.clone(), text.lines().map(str::to_string).collect(), 0));
        }
        let Some((_, lines, shift)) = &mut open else { continue };
        let at = hunk.before.saturating_add_signed(*shift).min(lines.len());
        let end = (at + hunk.replaced).min(lines.len());
        lines.drain(at..end);
        let above: String = lines[..at].iter().flat_map(|line| [line, "\n"]).collect();
        let below: String = lines[at..].iter().flat_map(|line| ["\n", line]).collect();
        let hole = Hole { folder: &tree.folder, path: &hunk.path, above: &above, below: &below };
        type_text(&hunk.added.join("\n"), &mut seen, |typed| server.ask(&hole, typed))?;
        *shift += hunk.added.len() as isize - hunk.replaced as isize;
        lines.splice(at..at, hunk.added);
    }
    Ok(seen)
}

/// Types `text`, asking after every key and accepting what goes on as meant.
fn type_text(text: &str, seen: &mut Seen, mut ask: impl FnMut(&str) -> Result<Answer>) -> Result<()> {
    let mut at = indented(text, 0);
    seen.characters += text.split('\n').map(|line| line.trim_start().chars().count()).sum::<usize>();
    while at < text.len() {
        let answer = ask(&text[..at])?;
        seen.waits.push(answer.wait);
        let rest = &text[at..];
        seen.keys += 1;
        match answer.shown {
            Some(shown) => {
                let right = rest.starts_with(&shown);
                if !answer.again {
                    seen.shown += 1;
                    seen.right += usize::from(right);
                }
                if right && shown.chars().count() >= WORTH_ACCEPTING {
                    at = indented(text, at + shown.len());
                    continue;
                }
            }
            None => seen.quiet += 1,
        }
        at += rest.chars().next().map_or(1, char::len_utf8);
        if rest.starts_with('\n') {
            at = indented(text, at);
        }
    }
    Ok(())
}

/// Where the text of the line that begins at `at` begins: editors indent by themselves.
fn indented(text: &str, at: usize) -> usize {
    let line = text[..at].rsplit('\n').next().unwrap_or_default();
    let blank = text[at..].len() - text[at..].trim_start_matches([' ', '\t']).len();
    if line.is_empty() { at + blank } else { at }
}

impl Replayed {
    fn sum(&self, count: fn(&Seen) -> usize) -> usize {
        self.seen.iter().map(count).sum()
    }

    fn of(&self, above: fn(&Seen) -> usize, below: fn(&Seen) -> usize) -> Option<Estimate> {
        estimate(self.seen.iter().map(|one| (one.commit.as_str(), above(one) as f64, below(one) as f64)))
    }

    /// Milliseconds that the 50th, 95th and 99th of a hundred keys waited.
    fn waits(&self) -> [f64; 3] {
        let mut waits: Vec<Duration> = self.seen.iter().flat_map(|one| one.waits.iter().copied()).collect();
        waits.sort();
        let at = |share: f64| ((waits.len().saturating_sub(1)) as f64 * share) as usize;
        [0.5, 0.95, 0.99].map(|share| waits.get(at(share)).map_or(0.0, |wait| wait.as_secs_f64() * 1000.0))
    }

    pub fn table(&self) -> String {
        let mut text =
            format!("|{}: what a typist saw|of {} commits|\n|---|--:|\n", self.name, self.seen.len());
        let [p50, p95, p99] = self.waits();
        let rows = [
            ("characters", self.sum(|one| one.characters).to_string()),
            ("keys pressed", self.sum(|one| one.keys).to_string()),
            ("completions that appeared", self.sum(|one| one.shown).to_string()),
            ("of them right", percent(self.of(|one| one.right, |one| one.shown))),
            ("of them wrong", percent(self.of(|one| one.shown - one.right, |one| one.shown))),
            ("keys after which nothing was shown", percent(self.of(|one| one.quiet, |one| one.keys))),
            (
                "keys saved",
                percent(self.of(|one| one.characters.saturating_sub(one.keys), |one| one.characters)),
            ),
            ("wait for an answer, p50 / p95 / p99, ms", format!("{p50:.1} / {p95:.1} / {p99:.1}")),
        ];
        for (row, value) in rows {
            let _ = writeln!(text, "|{row}|{value}|");
        }
        text
    }

    /// The same as a value: counts, and milliseconds.
    pub fn json(&self) -> Value {
        let [p50, p95, p99] = self.waits();
        json!({
            "repository": self.name,
            "commits": self.seen.len(),
            "characters": self.sum(|one| one.characters),
            "keys": self.sum(|one| one.keys),
            "shown": self.sum(|one| one.shown),
            "right": self.sum(|one| one.right),
            "quiet": self.sum(|one| one.quiet),
            "waitMs": { "p50": p50, "p95": p95, "p99": p99 },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_accepted_and_the_rest_is_typed() {
        let text = "let a = parse();\n    go()";
        let mut asked = Vec::new();
        let answer = |typed: &str| {
            asked.push(typed.to_string());
            let shown = match typed {
                "let a" => Some(" = parse();".to_string()),
                "let a = parse();\n    g" => Some("rab()".to_string()),
                _ => None,
            };
            Ok(Answer { shown, ..Answer::default() })
        };
        let mut seen = Seen::default();
        type_text(text, &mut seen, answer).unwrap();
        // Five keys and one to accept, the line break, and four keys.
        let counts = (seen.characters, seen.keys, seen.shown, seen.right, seen.quiet);
        assert_eq!(counts, (20, 11, 2, 1, 9));
        assert!(!asked.iter().any(|typed| typed.ends_with("\n") || typed.ends_with("\n  ")));
    }

    #[test]
    fn a_table_and_a_value_say_the_same() {
        let waits = (1..=100).map(Duration::from_millis).collect();
        let seen =
            Seen { commit: "c".into(), characters: 40, keys: 30, shown: 10, right: 5, quiet: 20, waits };
        let replayed = Replayed { name: "p".into(), seen: vec![seen] };
        let (table, value) = (replayed.table(), replayed.json());
        for row in [
            "|p: what a typist saw|of 1 commits|",
            "|characters|40|",
            "|keys pressed|30|",
            "50.0 / 95.0 / 99.0",
        ] {
            assert!(table.contains(row), "{row}: {table}");
        }
        let expected = json!({ "repository": "p", "commits": 1, "characters": 40, "keys": 30, "shown": 10, "right": 5,
                               "quiet": 20, "waitMs": { "p50": 50.0, "p95": 95.0, "p99": 99.0 } });
        assert_eq!(value, expected);
        assert_eq!(Replayed { name: "p".into(), seen: Vec::new() }.waits(), [0.0; 3]);
    }
}
