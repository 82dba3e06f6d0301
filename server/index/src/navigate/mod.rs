//! What people ask of a name in an open file: where it is defined, where it is used, what it says of itself. A
//! local name is answered from the file's current text, any other from the index, the nearest candidates first.

mod definitions;
mod documentation;
mod near;
mod references;
mod word;

pub use documentation::plain_documentation;

use crate::{DefinitionKind, Language, Reader, Snapshot, Symbol};
use std::ops::{Deref, Range};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trust_grammars::{Local, PARSE_LIMIT, names, parse_str};

/// A place in a document as it is now.
#[derive(Debug, Clone)]
pub struct Place {
    /// Canonical, as [`crate::FileBroker::allows`] gives it.
    pub path: PathBuf,
    pub language: Option<Language>,
    pub text: Arc<str>,
    /// In bytes; at a name, or just behind it.
    pub offset: usize,
}

/// A definition, with the text that its ranges are bytes of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub path: PathBuf,
    pub language: Option<Language>,
    pub text: Arc<str>,
    /// `None` for a local name.
    pub kind: Option<DefinitionKind>,
    pub container: Option<String>,
    pub name: Range<usize>,
    /// The whole item; of a local name its line.
    pub item: Range<usize>,
    /// The item up to its body; of a local name its line.
    pub signature: Range<usize>,
    pub documentation: Option<Range<usize>>,
}

/// Uses of a name in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uses {
    pub path: PathBuf,
    pub text: Arc<str>,
    /// In order.
    pub ranges: Vec<Range<usize>>,
}

impl<S: Deref<Target = Snapshot>> Reader<S> {
    /// The symbol with its text; `None` where the rules forbid it now, or the file has changed.
    pub fn target(&self, symbol: &Symbol) -> Option<Target> {
        Some(Target {
            path: self.snapshot().path(symbol.file).to_owned(),
            language: self.snapshot().language(symbol.file),
            text: self.text(symbol.file)?,
            kind: Some(symbol.kind),
            container: symbol.container.map(str::to_owned),
            name: symbol.name_range.clone(),
            item: symbol.range.clone(),
            signature: symbol.signature.clone(),
            documentation: symbol.documentation.clone(),
        })
    }
}

impl Snapshot {
    /// A canonical path from its root, with `/`.
    pub fn relative_to_root(&self, canonical: &Path) -> String {
        self.file(canonical).map_or_else(|| canonical.display().to_string(), |file| self.relative(file))
    }

    /// A canonical path as the client knows it, from the root that it gave.
    pub fn as_given(&self, canonical: &Path) -> PathBuf {
        let own =
            |root: &crate::broker::Root| Some(root.given.join(canonical.strip_prefix(&root.canonical).ok()?));
        let absolute = self.roots.iter().filter(|root| root.given.is_absolute());
        absolute.filter_map(own).next().unwrap_or_else(|| canonical.to_owned())
    }
}

/// The local name at the place.
fn local(place: &Place) -> Option<Local> {
    let language = place.language?;
    let tree = parse_str(language, &place.text, PARSE_LIMIT)?;
    names(language, &tree, &place.text)?.local_at(&place.text, place.offset)
}
