//! An edit that a model makes of open documents and files beside them, as the protocol has it: one edit of the workspace,
//! of the versions that it was made from.

use super::Backend;
use crate::acting::{OpenTexts, Performed, Site, perform, readable};
use crate::assistant::Assistant;
use crate::model_slot::{ModelChoice, ModelState};
use crate::server::{Document, Session, failed, from_position, off_task, to_position};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use tower_lsp::gen_lsp_types::{
    AnnotatedTextEdit, ChangeAnnotation, CreateFile, DocumentChange, Edit, LspAny,
    OptionalVersionedTextDocumentIdentifier, Range, TextDocumentEdit, TextDocumentIdentifier, TextEdit, Uri,
    WorkspaceEdit,
};
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use trust_assist::actions::{Changed, Made, Wish};
use trust_models::Task;
use trust_text::{Encoding, Text};

/// The protocol's "content modified": the document is another one by now.
const CONTENT_MODIFIED: i64 = -32801;
const NOTE: &str = "trust-model";

/// What an action asks for; a client keeps it until it is chosen.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Chosen {
    /// A word of [`Wish::WORDS`].
    pub wish: String,
    pub uri: Uri,
    /// Of the document that it was chosen in.
    #[serde(default)]
    pub version: Option<i32>,
    pub range: Range,
    /// What somebody says of it, or a checker.
    #[serde(default)]
    pub message: String,
}

/// Whether there is a model that may make edits.
pub fn is_on(session: &Session) -> bool {
    let settings = session.configuration.settings();
    let Some(assistant) = session.assistant() else { return false };
    let slot = assistant.model_of(Task::Chat);
    let ready = matches!(slot.state().as_ref(), ModelState::Ready(_) | ModelState::Resting(_));
    let follows = !matches!(*slot.choice(), ModelChoice::Bundled) || settings.actions_bundled_model;
    settings.actions_model && ready && follows
}

/// An edit as the client gets it.
pub struct Proposed {
    pub edit: WorkspaceEdit,
    /// The addresses of what its files would become, for a client that can ask for them.
    pub previews: Vec<Uri>,
    /// Its number, for whoever says what became of it.
    pub id: u64,
}

/// Has the model make it. `answers`: the client will say whether it took it, after the edits that say so, too.
pub async fn make(backend: &Backend, chosen: Chosen, answers: bool) -> Result<Proposed> {
    let session = &backend.0;
    let Chosen { wish, uri, version, range, message } = chosen;
    let wish = Wish::of(&wish, &message).map_err(Error::invalid_params)?;
    let assistant = Arc::clone(session.assistant().ok_or_else(Error::internal_error)?);
    if !is_on(session) {
        return Err(failed("code actions of the model are off".into()));
    }
    let document = session.documents.get(&uri).ok_or_else(|| failed("the document is not open".into()))?;
    if version.is_some_and(|version| version != document.version) {
        return Err(modified());
    }
    let encoding = session.client().encoding;
    let (there, open) = (document.clone(), session.documents.all());
    let made = off_task(move |cancel| {
        let site = site(&there, range, encoding)?;
        perform(&assistant, &wish, &site, &open_texts(&assistant, &open), cancel)
    });
    // Whoever has gone meanwhile sees nothing of it.
    let performed: Performed = made.await?.map_err(failed)?;
    let made = &performed.made;
    let texts: Vec<(String, String)> = match session.client().reads_previews {
        true => made.changes.iter().map(|change| (change.shown.clone(), change.after())).collect(),
        false => Vec::new(),
    };
    let whole = made.changes.iter().find(|change| is_of(change, &document));
    // A client that formats as it applies makes another text of it: its word is waited for, one change more.
    let changes = |change: &Changed| change.parts.len().max(1) + usize::from(answers);
    let whole = whole.map(|change| (change.after(), changes(change)));
    let edit = workspace_edit(session, made, (&uri, &document)).inspect_err(|_| performed.missed())?;
    let id = session.offer_edit(&uri, whole, performed.offer());
    let kept = texts.into_iter().filter_map(|(shown, text)| session.previews.keep(&shown, text));
    Ok(Proposed { edit, previews: kept.collect(), id })
}

/// Whether this is what changes in the document itself.
fn is_of(change: &Changed, document: &Document) -> bool {
    change.version == Some(document.version) && change.before.as_deref() == Some(&document.text.to_string())
}

/// The place of a request in an open document.
pub fn site(document: &Document, range: Range, encoding: Encoding) -> std::result::Result<Site, String> {
    let language = document.language.ok_or("its language is not known")?;
    let offset = |at| document.text.offset(from_position(at), encoding);
    let (start, end) = (offset(range.start), offset(range.end));
    let (path, text) = (document.path.clone(), document.text.to_string().into());
    let version = Some(document.version);
    Ok(Site { path, language, text, version, selection: start..end.max(start) })
}

fn open_texts(assistant: &Assistant, open: &[Document]) -> OpenTexts {
    let files = open.iter().filter(|document| document.on_disk);
    let texts = files.filter_map(|document| {
        let text = document.text.to_string();
        let path = readable(assistant, &document.path, &text).ok()?;
        Some((path, (text.into(), document.version)))
    });
    OpenTexts(texts.collect())
}

/// The edit, unless a document of it is another one by now.
fn workspace_edit(
    session: &Session,
    made: &Made,
    (uri, document): (&Uri, &Document),
) -> Result<WorkspaceEdit> {
    let client = session.client();
    let names: HashMap<_, _> = session.documents.uris().into_iter().collect();
    let snapshot = session.assistant().map(|assistant| assistant.index().snapshot());
    let own = made.changes.iter().find(|change| is_of(change, document));
    let own = own.map(|change| change.path.clone());
    let mut files = Vec::new();
    for change in &made.changes {
        let known = if own.as_ref() == Some(&change.path) { Some(uri) } else { names.get(&change.path) };
        let given = |path: &Path| snapshot.as_ref().map_or_else(|| path.to_owned(), |all| all.as_given(path));
        let uri = match known {
            Some(uri) => uri.clone(),
            None => Uri::from_file_path(given(&change.path))
                .map_err(|()| failed(format!("{} has no address", change.shown)))?,
        };
        let now = session.documents.get(&uri).map(|document| document.version);
        if change.version != now {
            return Err(modified());
        }
        files.push((uri, change));
    }
    if let Some((_, made)) = files.iter().find(|(_, change)| change.before.is_none())
        && !(client.creates_files && client.versioned_edits)
    {
        let told =
            format!("it would make the file {}, which this editor does not; make it first", made.shown);
        return Err(failed(told));
    }
    let edits = |change: &Changed| -> Vec<TextEdit> {
        let text = Text::new(change.before.as_deref().unwrap_or_default());
        let position = |at| to_position(&text, at, client.encoding);
        let edit = |(range, new): &(std::ops::Range<usize>, String)| {
            let range = Range { start: position(range.start), end: position(range.end) };
            TextEdit { range, new_text: new.clone() }
        };
        change.parts.iter().map(edit).collect()
    };
    if !client.versioned_edits {
        let changes = files.into_iter().map(|(uri, change)| (uri, edits(change))).collect();
        return Ok(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() });
    }
    let mut changes = Vec::new();
    for (uri, change) in files {
        if change.before.is_none() {
            let annotation_id = client.annotates_edits.then(|| NOTE.to_owned());
            changes.push(DocumentChange::CreateFile(CreateFile {
                uri: uri.clone(),
                options: None,
                annotation_id,
            }));
        }
        let noted = |edit| match client.annotates_edits {
            false => Edit::TextEdit(edit),
            true => {
                Edit::AnnotatedTextEdit(AnnotatedTextEdit { annotation_id: NOTE.into(), text_edit: edit })
            }
        };
        let edits = edits(change).into_iter().map(noted).collect();
        let text_document = OptionalVersionedTextDocumentIdentifier {
            version: change.version,
            text_document_identifier: TextDocumentIdentifier { uri },
        };
        changes.push(DocumentChange::TextDocumentEdit(TextDocumentEdit { text_document, edits }));
    }
    let notes = client.annotates_edits.then(|| HashMap::from([(NOTE.to_owned(), note())]));
    Ok(WorkspaceEdit { changes: None, document_changes: Some(changes), change_annotations: notes })
}

fn note() -> ChangeAnnotation {
    ChangeAnnotation {
        label: "Made by a model".into(),
        needs_confirmation: Some(true),
        description: Some("parsed without a new syntax error; not run".into()),
    }
}

fn modified() -> Error {
    let message = "the document has changed since".into();
    Error { code: ErrorCode::ServerError(CONTENT_MODIFIED), message, data: None::<LspAny> }
}
