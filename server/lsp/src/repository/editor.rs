//! What an editor asks of git: the change at the cursor, the past of what stands there, findings with their lines.

use crate::audit::{self, Event};
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use trust_assist::explain::{file_markdown, history_json, history_markdown, region, touches};
use trust_assist::review::{Finding, Fix, Review, fix};
use trust_assist::{Broker, Changes};
use trust_audit::{Action, Feature};
use trust_changes::{
    Blame, Commit, Content, Hunk, Problem, Repository, committed, edited, hunks, lines_before, trace,
};
use trust_inference::CancelToken;
use trust_redact::masked;

/// A file, and its text as it is open; as it is on disk where it is not.
pub struct Place {
    pub path: PathBuf,
    pub text: Option<String>,
}

/// The past of a symbol, for people and as data.
pub struct Told {
    pub markdown: String,
    pub facts: serde_json::Value,
}

struct Opened {
    repository: Repository,
    broker: Broker,
    text: String,
}

impl Place {
    fn open(&self) -> Result<Opened, Problem> {
        let folder = self.path.parent().unwrap_or(&self.path);
        let repository = Repository::open(folder)?;
        let broker = Broker::new(repository.root().to_owned());
        let text = match &self.text {
            Some(text) => text.clone(),
            None => trust_changes::Reader::read(&broker, &self.path)
                .map_err(|_| Problem::Withheld(self.path.display().to_string()))?,
        };
        Ok(Opened { repository, broker, text })
    }
}

fn explained(repository: &Repository, path: &Path) {
    let inside = path.strip_prefix(repository.root()).unwrap_or(path).to_string_lossy().into_owned();
    audit::record(Event::new(Feature::Explain, Action::Answered).repository(repository.root(), [inside]));
}

/// How what stands in a line, from 0, came to be; `most` changes of it at most.
pub fn history(place: &Place, line: u32, most: usize, cancel: &CancelToken) -> Result<Told, Problem> {
    let Opened { repository, broker, text } = place.open()?;
    let stop = || cancel.is_cancelled();
    let trace = trace(&repository, &place.path, &text, line, most, &broker, &stop)?;
    let name = place.path.file_name().unwrap_or_default().to_string_lossy();
    explained(&repository, &place.path);
    let markdown = history_markdown(&trace, &format!("{name}:{}", line + 1));
    Ok(Told { markdown, facts: history_json(&trace) })
}

/// What is different, since the last commit, in some lines.
pub fn explain_region(place: &Place, lines: &Range<u32>, cancel: &CancelToken) -> Result<String, Problem> {
    let Opened { repository, broker, text } = place.open()?;
    let facts = edited(&repository, &place.path, &text, &broker, &|| cancel.is_cancelled())?;
    let facts = region(facts, lines);
    explained(&repository, &place.path);
    if facts.hunks.is_empty() {
        return Ok("Nothing differs there from the last commit.\n".into());
    }
    Ok(file_markdown(&facts).trim_start().to_owned())
}

/// Whether some lines differ from the last commit; nothing is said of a file that git does not have.
pub fn is_changed(place: &Place, lines: &Range<u32>, cancel: &CancelToken) -> Result<bool, Problem> {
    Ok(differences(place, cancel)?.is_some_and(|hunks| hunks.iter().any(|hunk| touches(hunk, lines))))
}

/// Given up between its steps where nobody waits any more.
fn differences(place: &Place, cancel: &CancelToken) -> Result<Option<Vec<Hunk>>, Problem> {
    let going_on = || if cancel.is_cancelled() { Err(Problem::Cancelled) } else { Ok(()) };
    going_on()?;
    let Opened { repository, broker, text } = place.open()?;
    going_on()?;
    let old = committed(&repository, &place.path, &broker)?;
    going_on()?;
    Ok(old.map(|old| hunks(&plain(old), &plain(text))))
}

/// For each of several ranges of lines the commit that changed them last; `None` for those that are being changed. The
/// blame is asked for by the commit that is checked out.
pub fn last_change(
    place: &Place,
    ranges: &[Range<u32>],
    blame: &dyn Fn(&Repository, &Broker, &str) -> Result<std::sync::Arc<Blame>, Problem>,
    cancel: &CancelToken,
) -> Result<Vec<Option<Commit>>, Problem> {
    let Some(hunks) = differences(place, cancel)? else { return Ok(vec![None; ranges.len()]) };
    let Opened { repository, broker, .. } = place.open()?;
    let head = repository.commit("HEAD")?;
    let blame = blame(&repository, &broker, &head)?;
    let of = |lines: &Range<u32>| {
        let inside =
            |hunk: &Hunk| hunk.new.start < lines.end && lines.start < hunk.new.end.max(hunk.new.start + 1);
        if hunks.iter().any(inside) {
            return None;
        }
        blame.newest(lines_before(&hunks, lines)).cloned()
    };
    Ok(ranges.iter().map(of).collect())
}

/// The findings of a review with the files that they are in, the text of their lines, and how to mend those; in the lines where
/// they are by now, as `present` has the files. Those whose lines are gone are left out.
pub fn placed(
    review: &Review,
    changes: &Changes,
    root: &Path,
    present: &dyn Fn(&Path) -> Option<String>,
) -> Vec<(PathBuf, Finding, String, Option<Fix>)> {
    let mut moved: HashMap<&str, Option<(String, Vec<Hunk>)>> = HashMap::new();
    let mut place = |finding: &Finding| {
        let file = changes.files.iter().find(|file| file.change.path == finding.path)?;
        let path = root.join(&finding.path);
        let mut finding = finding.clone();
        let Content::Text { new, .. } = &file.content else {
            // Of what was not read there is a name only.
            return Some((path, finding, String::new(), None));
        };
        let since = moved.entry(&file.change.path).or_insert_with(|| {
            let text = masked(plain(present(&path)?));
            let hunks = hunks(&plain(new.clone()), &text);
            Some((text, hunks))
        });
        let (text, hunks) = since.as_ref()?;
        finding.line = line_after(hunks, finding.line)?;
        let line = text.lines().nth(finding.line as usize).unwrap_or_default().to_owned();
        let mended = fix(&finding, file.language, text);
        Some((path, finding, line, mended))
    };
    review.findings.iter().filter_map(&mut place).collect()
}

/// Where a line is after `hunks`; `None` where it is gone.
fn line_after(hunks: &[Hunk], line: u32) -> Option<u32> {
    let mut shift = 0i64;
    for hunk in hunks {
        if hunk.old.contains(&line) {
            return None;
        }
        if hunk.old.start > line {
            break;
        }
        shift = i64::from(hunk.new.end) - i64::from(hunk.old.end);
    }
    u32::try_from(i64::from(line) + shift).ok()
}

/// As git compares them: what the working tree has as `\r\n` may be `\n` in the repository.
fn plain(text: String) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_followed_forwards() {
        let cases = [
            ("a\nb\nc\n", "x\ny\na\nb\nc\n", 1, Some(3)),
            ("a\nb\nc\n", "b\nc\n", 0, None),
            ("a\nb\nc\n", "b\nc\n", 2, Some(1)),
            ("a\nb\nc\n", "a\nB\nc\n", 1, None),
            ("a\nb\nc\n", "a\nB\nx\nc\n", 2, Some(3)),
            ("a\nb\nc\n", "a\nb\nc\nd\n", 2, Some(2)),
            ("a\nb\n", "a\nx\nb\n", 0, Some(0)),
        ];
        for (old, new, line, expected) in cases {
            assert_eq!(line_after(&hunks(old, new), line), expected, "{old:?} {new:?}");
        }
    }
}
