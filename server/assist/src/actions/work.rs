//! Where an action works: one file as it is now, and the workspace around it; and what it makes of them.

use super::{Part, edited};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trust_index::{Index, Language};
use trust_tools::{Change, Documents};

/// A place in a file, and the workspace around it.
pub struct Work<'a> {
    pub index: &'a Index,
    /// What an editor has open.
    pub documents: &'a dyn Documents,
    /// Canonical.
    pub path: &'a Path,
    /// From its root, with `/`.
    pub shown: &'a str,
    pub language: Language,
    pub text: &'a Arc<str>,
    /// Of the document that an editor has open.
    pub version: Option<i32>,
    pub selection: Range<usize>,
    /// Why an earlier edit did not do; empty for the first.
    pub remark: &'a str,
}

/// What an action makes: all of it, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub changes: Vec<Changed>,
    /// How often the model was asked.
    pub attempts: usize,
}

/// A file, and what is to stand in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Canonical.
    pub path: PathBuf,
    /// From its root, with `/`.
    pub shown: String,
    /// `None` for a file that is made.
    pub before: Option<Arc<str>>,
    pub version: Option<i32>,
    /// In order, and apart from each other.
    pub parts: Vec<Part>,
}

impl Changed {
    pub fn after(&self) -> String {
        edited(self.before.as_deref().unwrap_or_default(), &self.parts)
    }

    /// The same as the tools have it.
    pub fn change(&self) -> Change {
        let (path, shown, before) = (self.path.clone(), self.shown.clone(), self.before.clone());
        Change { path, shown, before, after: self.after(), version: self.version }
    }
}

/// A file of the workspace as it is now.
pub(super) struct Open {
    pub path: PathBuf,
    pub shown: String,
    pub text: Arc<str>,
    pub version: Option<i32>,
}

impl Work<'_> {
    /// The file of the place itself, with these parts in it.
    pub(super) fn changed(&self, parts: Vec<Part>) -> Changed {
        Changed {
            path: self.path.to_owned(),
            shown: self.shown.to_owned(),
            before: Some(Arc::clone(self.text)),
            version: self.version,
            parts,
        }
    }

    /// A file by its canonical path; none where there is no such file, or it is not to be read.
    pub(super) fn open(&self, path: &Path) -> Option<Open> {
        let shown = self.index.snapshot().relative_to_root(path);
        if path == self.path {
            let (text, version) = (Arc::clone(self.text), self.version);
            return Some(Open { path: path.to_owned(), shown: self.shown.to_owned(), text, version });
        }
        let canonical = self.index.broker().allows(path).ok().filter(|canonical| canonical == path)?;
        let (text, version) = match self.documents.open(&canonical) {
            Some((text, version)) => (text, Some(version)),
            None => (self.index.broker().read(&canonical).ok()?.into(), None),
        };
        Some(Open { path: canonical, shown, text, version })
    }
}
