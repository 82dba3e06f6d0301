//! A repository made by git for each test, and what is said of its changes.
#![allow(clippy::disallowed_methods, reason = "tests make the files they need")]

mod branch;
mod callers;
mod faults;
mod judge;
mod locks;
mod messages;
mod review;
mod wording;
mod words;

use crate::{Broker, Changes, gather};
use std::process::Command;
use tempfile::TempDir;
use trust_changes::{Repository, Scope};
use trust_inference::CancelToken;

pub struct Sandbox(TempDir);

impl Sandbox {
    /// A repository with one commit of these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let sandbox = Self(tempfile::tempdir().unwrap());
        sandbox.git(&["init", "-q", "-b", "main", "."]);
        sandbox.write(files);
        sandbox.commit("First");
        sandbox
    }

    pub fn write(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = self.0.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }

    pub fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    pub fn git(&self, arguments: &[&str]) {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(self.0.path());
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        for (name, value) in [("NAME", "A"), ("EMAIL", "a@example.org")] {
            command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    pub fn repository(&self) -> Repository {
        Repository::open(self.0.path()).unwrap()
    }

    pub fn changes(&self, scope: Scope) -> Changes {
        let repository = self.repository();
        let broker = Broker::new(repository.root().to_owned());
        gather(&repository, scope, &broker, &CancelToken::new()).unwrap()
    }

    /// Stages everything, and gives what is staged.
    pub fn staged(&self) -> Changes {
        self.git(&["add", "-A"]);
        self.changes(Scope::Staged)
    }
}
