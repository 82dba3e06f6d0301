//! One changed file: its two sides, by reference. Contents are read later, and only if they may be.

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice};
use std::path::{Path, PathBuf};

/// What happened to a file as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    Added,
    Deleted,
    Modified,
    Renamed,
    /// Both sides of a merge changed it, and nobody has said yet what holds.
    Conflicted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    Regular,
    Executable,
    Link,
    Submodule,
}

impl Mode {
    pub fn name(self) -> &'static str {
        match self {
            Self::Regular => "file",
            Self::Executable => "executable file",
            Self::Link => "symbolic link",
            Self::Submodule => "submodule",
        }
    }

    pub(crate) fn of_index(mode: gix::index::entry::Mode) -> Self {
        use gix::index::entry::Mode as Index;
        match mode {
            Index::FILE_EXECUTABLE => Self::Executable,
            Index::SYMLINK => Self::Link,
            Index::COMMIT => Self::Submodule,
            _ => Self::Regular,
        }
    }

    pub(crate) fn of_tree(mode: gix::objs::tree::EntryMode) -> Self {
        use gix::objs::tree::EntryKind;
        match mode.kind() {
            EntryKind::BlobExecutable => Self::Executable,
            EntryKind::Link => Self::Link,
            EntryKind::Commit => Self::Submodule,
            _ => Self::Regular,
        }
    }
}

/// Where one side of a change is to be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Object(ObjectId),
    /// The file in the working tree.
    Worktree,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Side {
    pub mode: Mode,
    pub source: Source,
}

impl Side {
    pub fn object(mode: Mode, id: ObjectId) -> Self {
        Self { mode, source: Source::Object(id) }
    }

    pub fn id(&self) -> Option<ObjectId> {
        match self.source {
            Source::Object(id) => Some(id),
            Source::Worktree => None,
        }
    }
}

/// A file that differs between two states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Relative to the repository, with `/`; bytes that are no UTF-8 stand as `\xNN`.
    pub path: String,
    /// Where it was before, if somewhere else.
    pub old_path: Option<String>,
    pub status: Status,
    pub(crate) raw: BString,
    pub(crate) old_raw: Option<BString>,
    pub(crate) old: Option<Side>,
    pub(crate) new: Option<Side>,
}

impl FileChange {
    pub(crate) fn new(raw: &BStr, status: Status, old: Option<Side>, new: Option<Side>) -> Self {
        let path = shown(raw);
        Self { path, old_path: None, status, raw: raw.to_owned(), old_raw: None, old, new }
    }

    /// The modes of both sides.
    pub fn modes(&self) -> (Option<Mode>, Option<Mode>) {
        (self.old.map(|side| side.mode), self.new.map(|side| side.mode))
    }

    pub fn is_submodule(&self) -> bool {
        let (old, new) = self.modes();
        old == Some(Mode::Submodule) || new == Some(Mode::Submodule)
    }

    /// The absolute paths of it, for asking whether it may be read.
    pub(crate) fn places(&self, root: &Path) -> impl Iterator<Item = PathBuf> {
        let of = |raw: &BString| gix::path::from_bstr(raw.as_bstr()).ok().map(|path| root.join(path));
        [Some(&self.raw), self.old_raw.as_ref()]
            .into_iter()
            .flatten()
            .filter_map(of)
            .collect::<Vec<_>>()
            .into_iter()
    }
}

/// A path for people: what is no UTF-8, or would move the cursor of a terminal, is escaped.
pub(crate) fn shown(raw: &BStr) -> String {
    let mut text = String::with_capacity(raw.len());
    for chunk in raw.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() { text.extend(c.escape_default()) } else { text.push(c) }
        }
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    text
}
