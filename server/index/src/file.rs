//! One indexed file: its text and what it defines.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use trust_grammars::{Definition, DefinitionKind, Language, outline};

/// A file as it was indexed; never changed, replaced by another.
#[derive(Debug)]
pub(crate) struct IndexedFile {
    /// Canonical.
    pub path: PathBuf,
    /// From its root, with `/`; of a file outside every root, its name.
    pub relative: String,
    pub language: Language,
    pub text: Arc<str>,
    /// `None` until the file has been parsed.
    pub rows: Option<Box<[Row]>>,
}

/// A definition in 40 bytes; files are smaller than 4 GiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub kind: DefinitionKind,
    pub name: (u32, u32),
    pub item: (u32, u32),
    pub signature: (u32, u32),
    pub parent: Option<u32>,
}

impl IndexedFile {
    pub fn unparsed(path: PathBuf, root: Option<&Path>, language: Language, text: Arc<str>) -> Self {
        let own = root.and_then(|root| path.strip_prefix(root).ok());
        let own = own.or(path.file_name().map(Path::new)).unwrap_or(&path);
        let parts: Vec<_> = own.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        let relative = parts.join("/");
        Self { path, relative, language, text, rows: None }
    }

    /// The same file with its definitions. A panic while parsing costs this file's definitions, not the index.
    pub fn parsed(&self) -> Self {
        let found = std::panic::catch_unwind(|| outline(self.language, &self.text).definitions)
            .unwrap_or_else(|_| {
                tracing::error!(file = %self.relative, "the search for definitions panicked");
                Vec::new()
            });
        Self {
            path: self.path.clone(),
            relative: self.relative.clone(),
            language: self.language,
            text: Arc::clone(&self.text),
            rows: Some(found.iter().map(Row::from).collect()),
        }
    }

    pub fn rows(&self) -> &[Row] {
        self.rows.as_deref().unwrap_or_default()
    }

    pub fn slice(&self, (start, end): (u32, u32)) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }
}

impl From<&Definition> for Row {
    fn from(definition: &Definition) -> Self {
        let short = |range: &std::ops::Range<usize>| (range.start as u32, range.end as u32);
        Self {
            kind: definition.kind,
            name: short(&definition.name),
            item: short(&definition.item),
            signature: short(&definition.signature),
            parent: definition.parent.map(|parent| parent as u32),
        }
    }
}
