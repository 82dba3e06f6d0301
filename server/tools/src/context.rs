//! What a call may touch: files of the workspace, by way of the broker, secrets masked, and by canonical path.

use crate::check::nearest;
use crate::lines::hash;
use crate::{Class, Failure};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use trust_index::{Index, Language, Refusal, Snapshot};
use trust_inference::CancelToken;
use trust_redact::{detector, mask};

/// How much a tool says at once, in bytes: about 4,000 tokens.
const LIMIT: usize = 16 << 10;

/// A file as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Canonical.
    pub path: PathBuf,
    /// From its root, with `/`.
    pub shown: String,
    /// `None` for a file that is made.
    pub before: Option<Arc<str>>,
    pub after: String,
    /// Of the document that an editor has open.
    pub version: Option<i32>,
}

/// Where texts are that are not on the disk yet, and where changed ones go to: the disk itself, or an editor.
pub trait Documents: Send + Sync {
    /// An open document's text and version, by its canonical path.
    fn open(&self, path: &Path) -> Option<(Arc<str>, i32)>;

    /// Puts all changes in place, or none, and none where a file is not any more as it was.
    ///
    /// # Errors
    /// What kept it from being done, in words.
    fn apply(&self, changes: &[Change]) -> Result<(), String>;
}

/// What the calls of a session work in.
pub struct Workspace {
    pub index: Arc<Index>,
    pub documents: Box<dyn Documents>,
    /// What a tool may say at once, in bytes.
    pub limit: usize,
}

impl Workspace {
    pub fn new(index: Arc<Index>, documents: Box<dyn Documents>) -> Self {
        Self { index, documents, limit: LIMIT }
    }
}

/// One call's view of the workspace.
pub struct Context {
    pub workspace: Arc<Workspace>,
    pub snapshot: Arc<Snapshot>,
    pub cancel: CancelToken,
}

/// A file's text as it is now.
#[derive(Debug, Clone)]
pub struct File {
    /// Canonical.
    pub path: PathBuf,
    /// From its root, with `/`.
    pub shown: String,
    pub language: Option<Language>,
    /// With its secrets masked; as many bytes as the raw text.
    pub text: Arc<str>,
    pub(crate) raw: Arc<str>,
    pub(crate) version: Option<i32>,
}

impl File {
    pub(crate) fn hash(&self) -> String {
        hash(&self.text)
    }
}

impl Context {
    pub fn limit(&self) -> usize {
        self.workspace.limit
    }

    /// A file by its path from a root of the workspace, or by its absolute path.
    ///
    /// # Errors
    /// Why it is not read: outside the workspace, excluded, no text, not there.
    pub fn file(&self, path: &str) -> Result<File, Failure> {
        self.found(&self.locate(path, Class::Read)?, path)
    }

    /// The same, of a file that is to be changed.
    pub(crate) fn file_to_change(&self, path: &str) -> Result<File, Failure> {
        self.found(&self.locate(path, Class::Edit)?, path)
    }

    fn found(&self, canonical: &Path, path: &str) -> Result<File, Failure> {
        let (raw, version) = match self.workspace.documents.open(canonical) {
            Some((text, version)) => (text, Some(version)),
            None => {
                let read = self.workspace.index.broker().read(canonical);
                (read.map_err(|refusal| self.refused(path, &refusal))?.into(), None)
            }
        };
        let text = mask(&raw, &detector().find(&raw)).as_ref().into();
        let language = Language::from_path(canonical);
        Ok(File { path: canonical.to_owned(), shown: self.shown(canonical), language, text, raw, version })
    }

    /// The canonical path of what may be made or changed there, or read, whether it exists or not.
    pub(crate) fn locate(&self, path: &str, class: Class) -> Result<PathBuf, Failure> {
        let broker = self.workspace.index.broker();
        let given = Path::new(path.trim());
        if path.trim().is_empty() || path.contains('\0') {
            return Err(Failure::told("a path is needed, from the workspace's root"));
        }
        let mut refusal = Refusal::OutsideWorkspace;
        let mut first = None;
        for root in broker.roots() {
            match broker.allows(&root.join(given)) {
                Ok(canonical) if canonical.exists() => return self.inside(canonical, class),
                Ok(canonical) => first = first.or(Some(canonical)),
                Err(other) => refusal = other,
            }
        }
        match first {
            Some(canonical) => self.inside(canonical, class),
            None => Err(self.refused(path, &refusal)),
        }
    }

    /// The version store is no content; and what configures tools, git's rules among it, is nothing for tools to change.
    fn inside(&self, canonical: PathBuf, class: Class) -> Result<PathBuf, Failure> {
        let shown = self.own(&canonical);
        let hidden = |part: &Component<'_>| part.as_os_str().to_string_lossy().starts_with('.');
        if shown.components().any(|part| part.as_os_str().eq_ignore_ascii_case(".git")) {
            return Err(Failure::told(format!("`{}` belongs to git", shown.display())));
        }
        if class != Class::Read && shown.components().any(|part| hidden(&part)) {
            let told = format!("`{}` begins with a dot, and is not changed by tools", shown.display());
            return Err(Failure::told(told));
        }
        Ok(canonical)
    }

    /// The path from the innermost root.
    fn own(&self, canonical: &Path) -> PathBuf {
        let roots = self.workspace.index.broker().roots();
        let own = roots.filter_map(|root| root.canonicalize().ok()).filter_map(|root| {
            let own = canonical.strip_prefix(&root).ok()?;
            Some((root.as_os_str().len(), own.to_owned()))
        });
        own.max_by_key(|(length, _)| *length).map_or_else(|| canonical.to_owned(), |(_, own)| own)
    }

    pub(crate) fn shown(&self, canonical: &Path) -> String {
        let own = self.own(canonical);
        let parts: Vec<_> = own.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        parts.join("/")
    }

    fn refused(&self, path: &str, refusal: &Refusal) -> Failure {
        let path = path.trim();
        if *refusal != Refusal::Vanished {
            return Failure::told(format!("`{path}` is not read: {refusal}"));
        }
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let all: Vec<String> = self.snapshot.file_ids().map(|file| self.snapshot.relative(file)).collect();
        let same = all.iter().find(|other| name(other) == name(path)).cloned();
        let meant = same.or_else(|| nearest(path, all.iter().map(String::as_str)));
        let meant = meant.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
        Failure::told(format!("there is no file `{path}`{meant}"))
    }
}
