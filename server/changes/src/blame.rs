//! Which commit each line of a committed file comes from.

use crate::commit::{Commit, date, said};
use crate::file::shown;
use crate::{Problem, Reader, Repository, Stop, program};
use gix::bstr::ByteSlice;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::Path;

/// The lines of a file as the last commit has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Blame {
    pub commits: Vec<Commit>,
    /// For each line the place of its commit in `commits`.
    pub lines: Vec<usize>,
}

impl Blame {
    /// The newest commit of these lines, which count from 0.
    pub fn newest(&self, lines: std::ops::Range<u32>) -> Option<&Commit> {
        let lines = self.lines.get(lines.start as usize..(lines.end as usize).min(self.lines.len()))?;
        lines.iter().filter_map(|at| self.commits.get(*at)).max_by_key(|commit| commit.seconds)
    }
}

/// Blames the file at an absolute path, as of the commit `revision`.
///
/// # Errors
/// [`Problem::Withheld`] for what `reader` refuses, [`Problem::Untracked`] for what that commit has not, those of the
/// revision, and those of running the program.
pub fn blame(
    repository: &Repository,
    revision: &str,
    path: &Path,
    reader: &dyn Reader,
    stop: Stop,
) -> Result<Blame, Problem> {
    let inside = repository.inside(path, reader)?;
    let commit = repository.resolve(revision)?;
    if repository.blob_at(commit, inside.as_bstr())?.is_none() {
        return Err(Problem::Untracked(shown(inside.as_bstr())));
    }
    let commit = commit.to_string();
    let name = gix::path::from_bstr(inside.as_bstr()).map_err(Problem::unreadable)?;
    let words = ["blame", "--porcelain", "--no-textconv", &commit, "--"].map(OsStr::new);
    let words: Vec<&OsStr> = words.into_iter().chain([name.as_os_str()]).collect();
    Ok(read(&program::run(repository.root(), &words, stop)?))
}

/// Reads git's porcelain form: a line's commit before the line itself, and of each commit, once, what it is.
fn read(told: &[u8]) -> Blame {
    let mut blame = Blame::default();
    let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut current = 0;
    for line in told.split(|byte| *byte == b'\n') {
        if line.first() == Some(&b'\t') {
            blame.lines.push(current);
            continue;
        }
        let (key, value) = match line.iter().position(|byte| *byte == b' ') {
            Some(at) => (line.get(..at).unwrap_or_default(), line.get(at + 1..).unwrap_or_default()),
            None => (line, &b""[..]),
        };
        if key.len() == 40 && key.iter().all(u8::is_ascii_hexdigit) {
            current = *places.entry(key.to_owned()).or_insert_with(|| {
                let id = String::from_utf8_lossy(key).into_owned();
                blame.commits.push(Commit { id, ..Commit::default() });
                blame.commits.len() - 1
            });
            continue;
        }
        let Some(commit) = blame.commits.get_mut(current) else { continue };
        match key {
            b"author" => commit.author = said(value.into()),
            b"author-time" => commit.seconds = String::from_utf8_lossy(value).parse().unwrap_or_default(),
            b"author-tz" => commit.date = date(commit.seconds, &String::from_utf8_lossy(value)),
            b"summary" => commit.subject = said(value.into()),
            _ => {}
        }
    }
    blame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_porcelain_form_is_read() {
        let (one, two) = ("a".repeat(40), "b".repeat(40));
        let told = format!(
            "{one} 1 1 2\nauthor Ann\x1b[31m\nauthor-time 86400\nauthor-tz +0000\nsummary First\nboundary\nfilename x\n\tauthor of nothing\n\
             {one} 2 2\n\t{two} 1 1\n{two} 9 3 1\nauthor Bo\nauthor-time 90000\nauthor-tz -0200\nsummary Then\nfilename x\n\t\n"
        );
        let blame = read(told.as_bytes());
        assert_eq!(blame.lines, [0, 0, 1]);
        let told: Vec<_> = blame
            .commits
            .iter()
            .map(|c| format!("{} {} {} {}", &c.id[..2], c.author, c.date, c.subject))
            .collect();
        assert_eq!(told, ["aa Ann\\u{1b}[31m 1970-01-02 First", "bb Bo 1970-01-01 Then"]);
        assert_eq!(blame.newest(0..3).map(|commit| commit.subject.as_str()), Some("Then"));
        assert_eq!(blame.newest(0..2).map(|commit| commit.subject.as_str()), Some("First"));
        assert_eq!(blame.newest(7..9), None);
        assert_eq!(read(b"").lines.len() + read(b"fatal: no\n").commits.len(), 0);
    }
}
