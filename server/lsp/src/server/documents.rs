//! The open documents. Changed only by notifications, in the order in which they arrive.

use crate::server::convert::{from_range, path_of};
use dashmap::DashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use tower_lsp::gen_lsp_types::{TextDocumentContentChangeEvent, TextDocumentItem, Uri};
use trust_complete::{EditLog, Edited};
use trust_grammars::Language;
use trust_text::{Edit, Encoding, Text};

/// The language ids of text for people.
const PROSE: [&str; 9] =
    ["plaintext", "text", "markdown", "gitcommit", "git-commit", "git-rebase", "log", "help", "asciidoc"];

/// One open document at one version. Cloning it takes a snapshot.
#[derive(Debug, Clone)]
pub struct Document {
    pub path: PathBuf,
    /// Whether it is a file, rather than something that was never saved.
    pub on_disk: bool,
    pub language: Option<Language>,
    /// What configuration calls its language: what the client does, where that is the language that it is in.
    pub language_id: String,
    /// Text for people, in which ghost text of a model for code is only in the way.
    pub prose: bool,
    pub version: i32,
    pub text: Text,
    /// What was edited lately.
    pub edits: Arc<EditLog>,
}

/// Why an edit was not applied.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    NotOpen,
    /// The document is at this version already.
    Older(i32),
}

#[derive(Default)]
pub struct Documents(DashMap<Uri, Document>);

impl Documents {
    pub fn open(&self, item: TextDocumentItem) -> Document {
        let (path, on_disk) = path_of(&item.uri);
        let id = serde_json::to_value(&item.language_id).ok();
        let id = id.as_ref().and_then(|id| id.as_str()).unwrap_or_default();
        // What the client calls the language may be only a default of its own.
        let language = Language::from_path(&path).or_else(|| Language::from_id(id));
        let is_said = language.is_none_or(|language| Language::from_id(id) == Some(language));
        let own = language.filter(|_| !is_said).map(Language::id);
        let language_id = own.unwrap_or(id).to_owned();
        let prose = language.is_none() && PROSE.contains(&id);
        let text = Text::new(&item.text);
        let edits = Arc::default();
        let document =
            Document { path, on_disk, language, language_id, prose, version: item.version, text, edits };
        self.0.insert(item.uri, document.clone());
        document
    }

    /// Applies a change, unless it is of an older version than the document has: such a change was meant for
    /// a text that is gone. A version that stays the same is taken, since some clients never count.
    pub fn change(
        &self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> Result<Document, Refused> {
        let mut document = self.0.get_mut(uri).ok_or(Refused::NotOpen)?;
        if version < document.version {
            return Err(Refused::Older(document.version));
        }
        let edits: Vec<Edit> = changes.into_iter().map(edit).collect();
        document.apply(&edits, encoding);
        document.version = version;
        Ok(document.clone())
    }

    pub fn close(&self, uri: &Uri) -> Option<Document> {
        self.0.remove(uri).map(|(_, document)| document)
    }

    pub fn get(&self, uri: &Uri) -> Option<Document> {
        self.0.get(uri).map(|document| document.clone())
    }

    /// The files among them, by their canonical paths, with the names that the client has for them.
    pub fn uris(&self) -> Vec<(PathBuf, Uri)> {
        let files = self.0.iter().filter(|document| document.on_disk);
        files
            .map(|file| (file.path.canonicalize().unwrap_or(file.path.clone()), file.key().clone()))
            .collect()
    }

    /// The open documents that are files, with their texts.
    pub fn on_disk(&self) -> Vec<(Uri, i32, Text)> {
        let files = self.0.iter().filter(|document| document.on_disk);
        files.map(|document| (document.key().clone(), document.version, document.text.clone())).collect()
    }

    /// What was edited lately, `own` being the document that somebody asks in.
    pub fn edited(&self, own: &Uri) -> Vec<Edited> {
        let edited = self.0.iter().filter(|document| !document.edits.is_empty());
        let edited = edited.map(|document| Edited {
            path: document.path.clone(),
            own: document.key() == own,
            log: document.edits.clone(),
        });
        edited.collect()
    }

    pub fn all(&self) -> Vec<Document> {
        self.0.iter().map(|document| document.clone()).collect()
    }
}

impl Document {
    /// Whether nothing has happened between two snapshots. Versions alone do not say so: some clients never count, and a
    /// document that is opened again begins anew.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.version == other.version && Arc::ptr_eq(&self.edits, &other.edits)
    }

    fn apply(&mut self, edits: &[Edit], encoding: Encoding) {
        // Whatever came before the last full replacement is overwritten by it.
        let from = edits.iter().rposition(|edit| edit.range.is_none()).unwrap_or(0);
        let log = Arc::make_mut(&mut self.edits);
        for edit in &edits[from..] {
            let offset = |position| self.text.offset(position, encoding);
            let range = edit.range.map(|(start, end)| offset(start)..offset(end).max(offset(start)));
            log.record(&self.text, range, &edit.text, Instant::now());
            self.text.apply(std::slice::from_ref(edit), encoding);
        }
    }
}

fn edit(change: TextDocumentContentChangeEvent) -> Edit {
    match change {
        TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
            Edit { range: Some(from_range(part.range)), text: part.text }
        }
        TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => {
            Edit { range: None, text: whole.text }
        }
    }
}
