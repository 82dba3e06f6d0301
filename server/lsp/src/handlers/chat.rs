//! `trust/chat`

use super::Backend;
use crate::assistant::Assistant;
use crate::chat::{Answered, Toolbox, begin, converse};
use crate::protocol::{ChatAnswer, ChatParams, CitedPlace};
use crate::server::{Document, Documents, News, failed, path_of, telling};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use tower_lsp::gen_lsp_types::{Position, Range, Uri};
use tower_lsp::jsonrpc::{Error, Result};
use trust_assist::chat::{Focus, Place, Source, Told, Why};
use trust_changes::Problem;
use trust_index::Snapshot;
use trust_tools::{Change, Nobody};

pub async fn chat(backend: &Backend, params: ChatParams) -> Result<ChatAnswer> {
    let session = &backend.0;
    let assistant = Arc::clone(session.assistant().ok_or_else(Error::internal_error)?);
    let talks = session.talks.clone();
    let id = match params.conversation {
        Some(id) if talks.holds(&id) => id,
        Some(id) => return Err(failed(format!("there is no conversation {id:?} in this session"))),
        None => talks.begin(),
    };
    let documents = Arc::clone(&session.documents);
    let open = params.uri.map(|uri| (session.documents.get(&uri), uri));
    let (message, range, words) = (params.message, params.range, params.words);
    let answer = telling(&session.lsp, params.tokens, "Answering", move |cancel, teller| {
        let (focus, refused) =
            match open.as_ref().map(|(document, uri)| focus(&assistant, document, uri, range)) {
                Some(Ok(focus)) => (Some(focus), None),
                Some(Err(why)) => (None, Some(why)),
                None => (None, None),
            };
        let own = open.as_ref().map(|(_, uri)| uri);
        let snapshot = assistant.index().snapshot();
        let answered = talks.within(
            &id,
            cancel,
            || begin(&assistant),
            |talk| {
                // A client is asked nothing here, so nothing that changes a file is offered.
                let toolbox = Toolbox::new(&assistant, Box::new(Opened(documents)), false);
                let tools = toolbox.as_ref().map(|toolbox| toolbox.tools(&Nobody));
                let (asked, how) = ((message.as_str(), focus.as_ref()), (words, tools));
                converse(&assistant, talk, asked, how, cancel, &mut |told| {
                    let part = match told {
                        Told::Found(sources, facts) => {
                            json!({ "places": places(sources, &[], own, &snapshot), "facts": facts })
                        }
                        Told::Text(text) => json!({ "delta": text }),
                        Told::Calls { name, arguments, .. } => {
                            json!({ "call": { "name": name, "arguments": arguments } })
                        }
                        Told::Result { .. } => return,
                    };
                    // Nobody listens any more where the request was given up.
                    let _ = teller.send(News::Part(part));
                })
            },
        );
        let answered = match answered {
            None => return Err(Problem::Cancelled),
            Some(Err(error)) => return Ok(Err(error)),
            Some(Ok(answered)) => answered,
        };
        let Answered { answer, model, note, instructed_by } = answered;
        let failure = answer.failed.map(|why| format!("the model's answer ended: {why}"));
        let notes: Vec<String> = [refused, note, failure].into_iter().flatten().collect();
        Ok(Ok(ChatAnswer {
            conversation: id,
            places: places(&answer.sources, &answer.cited, own, &snapshot),
            facts: answer.facts,
            wording: answer.wording,
            model,
            note: (!notes.is_empty()).then(|| notes.join("; ")),
            instructed_by,
            cut: answer.cut,
        }))
    })
    .await?;
    answer.map_err(|error| failed(error.to_string()))
}

/// The texts that the editor has open; nothing is changed through them.
pub struct Opened(pub Arc<Documents>);

impl trust_tools::Documents for Opened {
    fn open(&self, path: &Path) -> Option<(Arc<str>, i32)> {
        let document = self.0.get(&Uri::from_file_path(path).ok()?)?;
        Some((document.text.to_string().into(), document.version))
    }

    fn apply(&self, _changes: &[Change]) -> std::result::Result<(), String> {
        Err("this conversation changes no files".into())
    }
}

/// What is open there, or why it is not quoted.
fn focus(
    assistant: &Assistant,
    document: &Option<Document>,
    uri: &Uri,
    range: Option<Range>,
) -> std::result::Result<Focus, String> {
    let (path, on_disk) = path_of(uri);
    if !on_disk {
        return Err("the open document is not quoted: it was never saved".into());
    }
    let text = document.as_ref().map(|document| document.text.to_string());
    let lines = range.map(|range| {
        let (start, end) = (range.start.line as usize, range.end.line as usize);
        // A selection of whole lines ends where the next one begins.
        let whole = range.end.character == 0 && end > start;
        start..if whole { end } else { end.saturating_add(1) }
    });
    Focus::new(&assistant.index(), &path, text, lines)
        .map_err(|why| format!("{} is not quoted: {why}", path.display()))
}

fn places(sources: &[Source], cited: &[Place], own: Option<&Uri>, snapshot: &Snapshot) -> Vec<CitedPlace> {
    let place =
        |number: Option<usize>, place: &Place, why: &'static str, name: Option<&String>, line: &str| {
            let file = snapshot.file_at(&place.path).map(|file| snapshot.as_given(snapshot.path(file)));
            let uri = match file {
                Some(path) => Uri::from_file_path(path).ok()?,
                None => own?.clone(),
            };
            let at = |line: usize| Position { line: u32::try_from(line).unwrap_or(u32::MAX), character: 0 };
            let range = Range { start: at(place.start - 1), end: at(place.end) };
            let (path, name, line) = (place.path.clone(), name.cloned(), line.to_owned());
            Some(CitedPlace { number, uri, range, path, why, name, line })
        };
    let found = sources.iter().enumerate().filter_map(|(at, source)| {
        let name = match &source.why {
            Why::Defined { name, .. } | Why::Used { name } => Some(name),
            Why::Open | Why::Like => None,
        };
        place(Some(at + 1), &source.place, source.why.word(), name, &source.line)
    });
    let others = cited.iter().filter(|cited| sources.iter().all(|source| source.place != **cited));
    found.chain(others.filter_map(|other| place(None, other, "cited", None, ""))).collect()
}
