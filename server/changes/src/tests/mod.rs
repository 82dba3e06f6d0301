//! A repository for each test, made by git itself, which also is the judge.
#![allow(clippy::disallowed_methods, reason = "tests make the files they need")]

mod bad_input;
mod canary;
mod languages;
mod lineage;
mod listing;
mod mutations;
mod places;
mod truth;
mod words;

use crate::{FileFacts, Problem, Reader, Repository, Scope, Unread, facts_of, link_moves, list};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use tempfile::TempDir;

/// Reads everything but what has `secret` in its name, and remembers what was read.
#[derive(Default)]
pub struct Plain {
    pub read: Mutex<Vec<PathBuf>>,
}

impl Reader for Plain {
    fn allows(&self, path: &Path) -> Result<(), String> {
        if path.to_string_lossy().contains("secret") { Err("secret in its name".into()) } else { Ok(()) }
    }

    fn read(&self, path: &Path) -> Result<String, Unread> {
        self.allows(path).map_err(Unread::Excluded)?;
        self.read.lock().unwrap().push(path.to_owned());
        let bytes = std::fs::read(path).map_err(|_| Unread::Vanished)?;
        if bytes.contains(&0) {
            Err(Unread::Binary)
        } else {
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
    }
}

pub struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A repository with one commit of these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let sandbox = Self::empty();
        sandbox.git(&["init", "-q", "-b", "main", "."]);
        files.iter().for_each(|(path, text)| sandbox.write(path, text));
        sandbox.commit("First");
        sandbox
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        let output = git(self.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub fn repository(&self) -> Result<Repository, Problem> {
        Repository::open(self.path())
    }

    pub fn facts(&self, scope: Scope) -> Result<Vec<FileFacts>, Problem> {
        let (repository, reader) = (self.repository()?, Plain::default());
        let files = list(&repository, &scope, &reader)?;
        let mut facts: Vec<_> = files
            .into_iter()
            .map(|file| facts_of(&repository, file, &reader, &|| false))
            .collect::<Result<_, _>>()?;
        link_moves(&mut facts);
        Ok(facts)
    }

    /// One line a file: status, paths, lines.
    pub fn told(&self, scope: Scope) -> Vec<String> {
        let told = |facts: &FileFacts| {
            let from = facts.change.old_path.as_ref().map(|old| format!("{old} -> ")).unwrap_or_default();
            format!(
                "{:?} {from}{} +{} -{}",
                facts.change.status, facts.change.path, facts.added, facts.removed
            )
        };
        self.facts(scope).unwrap().iter().map(told).collect()
    }
}

/// Git without anything of the machine's own configuration.
pub fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    for (name, value) in [("NAME", "A"), ("EMAIL", "a@example.org")] {
        command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
    }
    command
}
