//! Commits of a git repository: what they add where, and the tree as it was before them.

use crate::task::crc;
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use trust_grammars::Language;
use trust_index::{Index, IndexOptions};

/// Commits that are drawn from, newest first.
const HISTORY: usize = 2000;

/// A place where a commit adds lines.
#[derive(Debug, PartialEq, Eq)]
pub struct Hunk {
    pub path: String,
    /// Lines of the old file before it, and lines that it replaces.
    pub before: usize,
    pub replaced: usize,
    pub added: Vec<String>,
}

/// The commits of the repository at `folder`, in an order drawn by a fixed seed.
pub fn commits(folder: &Path) -> Result<Vec<String>> {
    let log = git(
        folder,
        &["log", "--min-parents=1", "--max-parents=1", "--format=%H", "-n", &HISTORY.to_string()],
    )?;
    let mut commits: Vec<String> = log.lines().map(str::to_string).collect();
    fastrand::Rng::with_seed(1).shuffle(&mut commits);
    Ok(commits)
}

/// What `commit` adds to its parent.
pub fn hunks(folder: &Path, commit: &str) -> Result<Vec<Hunk>> {
    let parent = format!("{commit}^");
    let plain = ["-U0", "--no-renames", "--no-ext-diff", "--no-textconv"];
    Ok(parse(&git(folder, &[&["diff"], &plain[..], &[&parent, commit]].concat())?))
}

/// The file at `path` as it was before `commit`; empty where there was none.
pub fn text_before(folder: &Path, commit: &str, path: &str) -> String {
    git(folder, &["show", "--no-textconv", &format!("{commit}^:{path}")]).unwrap_or_default()
}

/// The files of a repository in the languages that we know, as they were before a commit, on disk.
pub struct Tree {
    pub folder: PathBuf,
}

impl Tree {
    pub fn at(repository: &Path, work: &Path, commit: &str) -> Result<Self> {
        let folder = work.join(format!("replay-{:08x}", crc(repository.as_os_str().as_encoded_bytes())));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        let archive = folder.with_extension("tar");
        let out = archive.to_string_lossy();
        let parent = format!("{commit}^");
        let names = git(repository, &["ls-tree", "-r", "--name-only", &parent])?;
        let paths = names.lines().map(Path::new).filter(|path| Language::from_path(path).is_some());
        let endings: BTreeSet<_> = paths.filter_map(|path| path.extension()?.to_str()).collect();
        let patterns: Vec<String> =
            endings.into_iter().map(|ending| format!(":(glob)**/*.{ending}")).collect();
        let mut arguments = vec!["archive", "--format=tar", "-o", &out, &parent, "--"];
        arguments.extend(patterns.iter().map(String::as_str));
        git(repository, &arguments)?;
        let unpacked = Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&folder).status()?;
        std::fs::remove_file(&archive)?;
        if !unpacked.success() {
            bail!("tar failed on {out}");
        }
        Ok(Self { folder })
    }

    pub fn index(&self) -> Result<Index> {
        let index = Index::start(IndexOptions {
            roots: vec![self.folder.clone()],
            cache: None,
            on_state: Box::new(|_| ()),
        });
        if !index.wait_ready(Duration::from_secs(300)) {
            bail!("the index of {} is not ready after five minutes", self.folder.display());
        }
        Ok(index)
    }
}

/// The hunks of a diff without context lines that add something.
fn parse(diff: &str) -> Vec<Hunk> {
    let mut found: Vec<Hunk> = Vec::new();
    let mut path = None;
    for line in diff.lines() {
        if let Some(name) = line.strip_prefix("+++ ") {
            path = name.strip_prefix("b/").map(str::to_string);
        } else if let Some(head) = line.strip_prefix("@@ -") {
            let mut numbers = head.split(' ').next().unwrap_or_default().split(',').map(str::parse::<usize>);
            let first = numbers.next().and_then(Result::ok).unwrap_or(1);
            let replaced = numbers.next().and_then(Result::ok).unwrap_or(1);
            // A hunk that replaces nothing stands behind the line that it names.
            let before = if replaced == 0 { first } else { first.saturating_sub(1) };
            if let Some(path) = &path {
                found.push(Hunk { path: path.clone(), before, replaced, added: Vec::new() });
            }
        } else if let (Some(text), Some(hunk)) = (line.strip_prefix('+'), found.last_mut()) {
            hunk.added.push(text.to_string());
        }
    }
    found.retain(|hunk| !hunk.added.is_empty());
    found
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String> {
    let safe = ["--no-optional-locks", "-c", "core.fsmonitor="];
    let output = Command::new("git").arg("-C").arg(folder).args(safe).args(arguments).output();
    let output = output.context("git cannot be started")?;
    if !output.status.success() {
        bail!("git {} failed: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_says_where_lines_were_added() {
        let diff = "diff --git a/a.rs b/a.rs\n--- a/a.rs\n+++ b/a.rs\n@@ -3,2 +3 @@ fn f() {\n-old\n-older\n+new\n\
                    @@ -9,0 +9,2 @@\n+one\n+two\n@@ -20 +20,0 @@\n-gone\n";
        let hunk = |before, replaced, added: &[&str]| Hunk {
            path: "a.rs".into(),
            before,
            replaced,
            added: added.iter().map(|line| line.to_string()).collect(),
        };
        assert_eq!(parse(diff), [hunk(2, 2, &["new"]), hunk(9, 0, &["one", "two"])]);
    }
}
