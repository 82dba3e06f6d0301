//! Workspaces written down as text: `== path` begins a file, `-> path target` makes a link.

#![allow(clippy::disallowed_methods, reason = "tests write the workspaces that they index")]

use crate::build::Progress;
use crate::changes::Batch;
use crate::store::{Limits, Store};
use crate::{FileBroker, Snapshot};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

pub struct Workspace {
    directory: TempDir,
}

impl Workspace {
    /// `text` is relative to a folder `root`, beside which a test may put what is outside.
    pub fn new(text: &str) -> Self {
        let workspace = Self { directory: tempfile::tempdir().unwrap() };
        fs::create_dir(workspace.root()).unwrap();
        workspace.add(text);
        workspace
    }

    pub fn root(&self) -> PathBuf {
        self.directory.path().canonicalize().unwrap().join("root")
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }

    pub fn add(&self, text: &str) {
        let mut file: Option<(PathBuf, String)> = None;
        let flush = |file: &mut Option<(PathBuf, String)>| {
            if let Some((path, text)) = file.take() {
                self.write_to(&path, text.as_bytes());
            }
        };
        for line in text.lines() {
            if let Some(path) = line.strip_prefix("== ") {
                flush(&mut file);
                file = Some((self.path(path), String::new()));
            } else if let Some((path, target)) =
                line.strip_prefix("-> ").and_then(|link| link.split_once(' '))
            {
                flush(&mut file);
                self.link(path, target);
            } else if let Some((_, text)) = &mut file {
                text.push_str(line);
                text.push('\n');
            }
        }
        flush(&mut file);
    }

    pub fn write(&self, relative: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(relative);
        self.write_to(&path, text.as_ref());
        path
    }

    fn write_to(&self, path: &Path, bytes: &[u8]) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    #[cfg(unix)]
    pub fn link(&self, relative: &str, target: &str) {
        fs::create_dir_all(self.path(relative).parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, self.path(relative)).unwrap();
    }

    #[cfg(not(unix))]
    pub fn link(&self, _relative: &str, _target: &str) {}

    pub fn remove(&self, relative: &str) -> PathBuf {
        let path = self.path(relative);
        let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        path
    }

    pub fn rename(&self, from: &str, to: &str) -> Vec<PathBuf> {
        fs::rename(self.path(from), self.path(to)).unwrap();
        vec![self.path(from), self.path(to)]
    }

    pub fn broker(&self) -> FileBroker {
        FileBroker::new(vec![self.root()])
    }

    /// A store of this workspace, built.
    pub fn store(&self) -> Store {
        self.limited_store(Limits::default())
    }

    pub fn limited_store(&self, limits: Limits) -> Store {
        let mut store = Store::new(Arc::new(self.broker()), limits);
        store.rebuild(&AtomicBool::new(false), &mut |_| {});
        store
    }

    /// What an index of this workspace contains.
    pub fn indexed(&self) -> Vec<String> {
        names(&self.store().snapshot())
    }
}

/// The relative paths of a snapshot's files, sorted.
pub fn names(snapshot: &Snapshot) -> Vec<String> {
    let mut names: Vec<String> = snapshot.file_ids().map(|file| snapshot.relative(file)).collect();
    names.sort();
    names
}

pub fn apply(store: &mut Store, batch: Batch) {
    store.apply(batch, &AtomicBool::new(false), &mut |_: Progress| {});
}

pub fn changed(paths: impl IntoIterator<Item = PathBuf>) -> Batch {
    Batch { changed: paths.into_iter().collect(), ..Batch::default() }
}
