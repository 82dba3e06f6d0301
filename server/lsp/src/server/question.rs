//! A question about a document, as it was when it was asked: answered off the handlers' task.

use crate::server::convert::path_of;
use crate::server::{Document, Session};
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tower_lsp::gen_lsp_types as lsp;
use trust_grammars::Language;
use trust_index::{FileBroker, Index, Place, Reader, Refusal, Snapshot, Target};
use trust_redact::masked;
use trust_text::{Encoding, Text};

pub struct Question {
    uri: lsp::Uri,
    path: PathBuf,
    on_disk: bool,
    document: Option<Document>,
    pub language: Option<Language>,
    index: Arc<Index>,
    snapshot: Arc<Snapshot>,
    encoding: Encoding,
}

impl Question {
    /// `None` where navigation is off for the document's language.
    pub fn new(session: &Session, uri: lsp::Uri) -> Option<Self> {
        let (path, on_disk) = path_of(&uri);
        let document = session.documents.get(&uri);
        let language = match &document {
            Some(document) => document.language,
            None => Language::from_path(&path),
        };
        if !session.client().navigation.is_on(language) {
            return None;
        }
        let index = session.assistant()?.index();
        let (snapshot, encoding) = (index.snapshot(), session.client().encoding);
        Some(Self { uri, path, on_disk, document, language, index, snapshot, encoding })
    }

    pub fn reader(&self) -> Reader<&Snapshot> {
        self.snapshot.reader()
    }

    /// The text, its secrets masked, and the path under which the index knows the file. `None` where it may not be worked in, is
    /// not there, or is nothing to read.
    pub fn text(&self) -> Option<(Arc<str>, PathBuf)> {
        let broker = self.index.broker();
        let allowed = broker.allows(&self.path);
        let Some(document) = &self.document else {
            let text = allowed.ok().filter(|_| self.on_disk).map(|path| (broker.read(&path), path))?;
            return Some((masked(text.0.ok()?).into(), text.1));
        };
        let path = match allowed {
            Ok(path) if self.on_disk => path,
            // A document outside the workspace, or never saved, is the client's to show.
            Ok(_) => self.path.clone(),
            Err(Refusal::Excluded { .. }) => return None,
            Err(_) => self.path.clone(),
        };
        if document.text.len() as u64 > trust_index::MAX_FILE_BYTES {
            return None;
        }
        let text = document.text.to_string();
        FileBroker::check_text(&text).ok()?;
        Some((masked(text).into(), path))
    }

    pub fn place(&self, at: lsp::Position) -> Option<Place> {
        let (text, path) = self.text()?;
        let rope = self.document.as_ref().map_or_else(|| Text::new(&text), |document| document.text.clone());
        let offset = rope.offset(super::convert::from_position(at), self.encoding);
        Some(Place { path, language: self.language, text, offset })
    }

    /// For answers that may lie in other files than `own`.
    pub fn locations(&self, own: &Path) -> Locations<'_> {
        let ropes = HashMap::new();
        Locations {
            own: Some((own.to_owned(), &self.uri)),
            snapshot: &self.snapshot,
            encoding: self.encoding,
            ropes,
        }
    }
}

/// Makes the protocol's places of ours.
pub struct Locations<'a> {
    own: Option<(PathBuf, &'a lsp::Uri)>,
    snapshot: &'a Snapshot,
    encoding: Encoding,
    ropes: HashMap<PathBuf, Text>,
}

impl<'a> Locations<'a> {
    /// Of files only.
    pub fn new(snapshot: &'a Snapshot, encoding: Encoding) -> Self {
        Self { own: None, snapshot, encoding, ropes: HashMap::new() }
    }

    /// Bytes of the text at `path`.
    pub fn range(&mut self, path: &Path, text: &str, range: &Range<usize>) -> lsp::Range {
        let rope = self.ropes.entry(path.to_owned()).or_insert_with(|| Text::new(text));
        let position = |offset| super::to_position(rope, offset, self.encoding);
        lsp::Range { start: position(range.start), end: position(range.end) }
    }

    pub fn location(&mut self, path: &Path, text: &str, range: &Range<usize>) -> Option<lsp::Location> {
        let uri = match &self.own {
            Some((own, uri)) if own == path => (*uri).clone(),
            _ => lsp::Uri::from_file_path(self.snapshot.as_given(path)).ok()?,
        };
        Some(lsp::Location { uri, range: self.range(path, text, range) })
    }

    pub fn of_name(&mut self, target: &Target) -> Option<lsp::Location> {
        self.location(&target.path, &target.text, &target.name)
    }
}
