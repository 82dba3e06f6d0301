//! One indexed file: where it is, what it was when it was read, and what it defines. Its text is not kept.

use crate::generated::is_generated;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use trust_grammars::{DefinitionKind, Language, Outline, outline};
use xxhash_rust::xxh3::xxh3_64;

/// A file changed this short a time before it was read may change again without its time telling.
const SETTLED: Duration = Duration::from_secs(2);

/// A file as it was indexed; never changed, replaced by another.
#[derive(Debug)]
pub(crate) struct IndexedFile {
    /// Canonical.
    pub path: PathBuf,
    /// How many components of the path its root has.
    pub root_components: u16,
    pub language: Language,
    pub bytes: u32,
    pub lines: u32,
    /// A program wrote it, as it says itself.
    pub generated: bool,
    /// Of the text.
    pub hash: u64,
    /// `None` where the file on disk is not what was indexed.
    pub stamp: Option<Stamp>,
    /// Of open documents only.
    pub text: Option<Arc<str>>,
}

/// What the file system says of a file: as long as it is the same, so is the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub bytes: u64,
    /// Nanoseconds since 1970.
    pub modified: u64,
    pub inode: u64,
}

/// A readable file as the file system showed it just before it is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub bytes: u64,
    pub stamp: Option<Stamp>,
}

impl Stamp {
    /// Of a file that is read after this; `None` where it says nothing for certain.
    pub fn from(metadata: &std::fs::Metadata) -> Option<Self> {
        let modified = metadata.modified().ok();
        let settled = modified.and_then(|time| SystemTime::now().duration_since(time).ok());
        let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let (Some(since), Some(true)) = (since, settled.map(|age| age > SETTLED)) else { return None };
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Some(Self { bytes: metadata.len(), modified: since.as_nanos() as u64, inode })
    }
}

/// A definition, or an impl block; files are smaller than 4 GiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub name: u32,
    pub name_start: u32,
    pub item: (u32, u32),
    pub signature: (u32, u32),
    /// Empty where there is none.
    pub documentation: (u32, u32),
    /// Among the rows of the file; its own place where it has none.
    pub parent: u32,
    pub kind: DefinitionKind,
}

fn count_lines(text: &str) -> usize {
    let last = usize::from(!text.is_empty() && !text.ends_with('\n'));
    memchr::memchr_iter(b'\n', text.as_bytes()).count() + last
}

pub(crate) fn content_hash(text: &str) -> u64 {
    xxh3_64(text.as_bytes())
}

impl IndexedFile {
    pub fn new(path: PathBuf, root: Option<&Path>, language: Language, text: &str) -> Self {
        // Of a file outside every root only its name is told.
        let own = root.filter(|root| path.starts_with(root)).map(|root| root.components().count());
        let components = own.unwrap_or_else(|| path.components().count().saturating_sub(1));
        Self {
            root_components: components as u16,
            language,
            bytes: text.len() as u32,
            lines: count_lines(text) as u32,
            generated: is_generated(text),
            hash: content_hash(text),
            stamp: None,
            text: None,
            path,
        }
    }

    /// From its root, with `/`.
    pub fn relative(&self) -> String {
        let own = self.path.components().skip(usize::from(self.root_components));
        let parts: Vec<_> = own.map(|part| part.as_os_str().to_string_lossy()).collect();
        parts.join("/")
    }

    pub fn heap_bytes(&self) -> usize {
        size_of::<Self>() + 16 + self.path.as_os_str().len() + self.text.as_ref().map_or(0, |text| text.len())
    }
}

/// An outline and the names in it, without the rest of the text.
#[derive(Debug, Default)]
pub(crate) struct NamedOutline {
    pub outline: Outline,
    pub names: Vec<Box<str>>,
}

impl NamedOutline {
    /// A panic while parsing costs the file's definitions, not the index.
    pub fn of(language: Language, text: &str) -> Self {
        let Ok(outline) = std::panic::catch_unwind(|| outline(language, text)) else {
            tracing::error!("the search for definitions panicked");
            return Self::default();
        };
        let name = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default().into();
        let names = outline.definitions.iter().map(|found| name(&found.name)).collect();
        Self { outline, names }
    }
}
