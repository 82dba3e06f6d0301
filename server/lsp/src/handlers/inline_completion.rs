//! `textDocument/inlineCompletion`

use super::next_edit::next_edit_at;
use super::{ACCEPTED, Backend};
use crate::server::{Asked, Document, Way, to_position};
use crate::setup::manner;
use crate::stats;
use std::time::{Duration, Instant};
use tower_lsp::gen_lsp_types::{
    Command, InlineCompletionItem, InlineCompletionList, InlineCompletionParams, InlineCompletionTriggerKind,
    Position, Range, TextDocumentPositionParams,
};
use tower_lsp::jsonrpc::Result;
use trust_audit::Feature;
use trust_complete::{Alternative, Completion, Outcome, Query, Quiet};
use trust_inference::CancelToken;

/// How long an answer may take beyond its deadline to be found.
const GRACE: Duration = Duration::from_millis(250);

/// One item, and several where somebody asked. A query that was superseded gets an empty list: it is nobody's mistake.
pub async fn inline_completion(
    backend: &Backend,
    params: InlineCompletionParams,
) -> Result<Option<InlineCompletionList>> {
    let invoked = params.context.trigger_kind == InlineCompletionTriggerKind::Invoked;
    let selected = params.context.selected_completion_info;
    let uri = params.text_document_position_params.text_document.uri.clone();
    let place = params.text_document_position_params;
    // An entry of the menu has a range of its own.
    let Some(answer) = ask(backend, place, invoked, selected.is_none()) else { return Ok(None) };
    let (document, offset, outcome) = answer.await;
    let at = to_position(&document.text, offset, backend.0.client().encoding);
    let nothing = Ok(Some(InlineCompletionList { items: Vec::new() }));
    let mut completion = match outcome {
        Outcome::Show(completion) => completion,
        Outcome::Quiet(Quiet::Cancelled | Quiet::Off) => return nothing,
        Outcome::Quiet(_) if selected.is_none() => {
            let item = next_edit_at(backend, &uri, document, offset).await;
            return Ok(Some(InlineCompletionList { items: item.into_iter().collect() }));
        }
        Outcome::Quiet(_) => return nothing,
    };
    // With an entry of the completion menu selected, an item must begin with that entry's text and take its range.
    let (typed, range, begins) = match &selected {
        None => (String::new(), Range { start: at, end: at }, ""),
        Some(selected) => {
            let line = document.text.line_range(at.line as usize);
            let encoding = backend.0.client().encoding;
            let start = document.text.offset(crate::server::from_range(selected.range).0, encoding);
            (document.text.slice(start.max(line.start)..offset), selected.range, selected.text.as_str())
        }
    };
    completion.others.retain(|other| format!("{typed}{}", other.text).starts_with(begins));
    if !format!("{typed}{}", completion.text).starts_with(begins) {
        if completion.others.is_empty() {
            return nothing;
        }
        let Alternative { text, replaces, source, probability } = completion.others.remove(0);
        completion = Completion { text, replaces, source, probability, ..completion };
    }
    let accepted = accepted(backend.0.showing(&uri, &document, offset, &completion, Way::Inline));
    let others = completion.others.into_iter().map(|other| (other.text, other.replaces));
    let texts = std::iter::once((completion.text, completion.replaces)).chain(others);
    let item = |(text, replaces)| {
        // Closing signs: each is one unit in any encoding.
        let end = Position { character: range.end.character + replaces as u32, ..range.end };
        InlineCompletionItem {
            insert_text: format!("{typed}{text}").into(),
            filter_text: None,
            range: Some(Range { end, ..range }),
            command: Some(accepted.clone()),
        }
    };
    Ok(Some(InlineCompletionList { items: texts.map(item).collect() }))
}

/// What a client does once it has inserted what bears this number.
pub fn accepted(id: u64) -> Command {
    let (title, command) = ("Accepted".into(), ACCEPTED.into());
    Command { title, tooltip: None, command, arguments: Some(vec![id.into()]) }
}

/// Takes a snapshot of the document now, and queues a query for it. The answer ends with the future: a
/// request that is cancelled takes its query with it, and where the document is another by then nothing is answered: it
/// would be shown where it is not meant. `None` for a document that is not open, and for prose
/// unless somebody asked. Where completions are switched off, the answer is there at once. `may_replace` as in a [`Query`].
pub fn ask(
    backend: &Backend,
    place: TextDocumentPositionParams,
    invoked: bool,
    may_replace: bool,
) -> Option<impl Future<Output = (Document, usize, Outcome)> + Send + 'static> {
    let session = &backend.0;
    crate::audit::count(Feature::Completion, "asked");
    let (document, asked, enabled) = query(backend, place, invoked, may_replace)?;
    let (uri, offset) = (asked.uri.clone(), asked.query.offset);
    // A query that waits behind others is given up with its deadline too.
    let latest = tokio::time::Instant::from_std(asked.query.deadline + GRACE);
    let waiting = if enabled {
        Some(session.completions.ask(asked))
    } else {
        session.completions.answered(Quiet::Off);
        None
    };
    let documents = session.documents.clone();
    Some(async move {
        let Some(mut waiting) = waiting else { return (document, offset, Outcome::Quiet(Quiet::Off)) };
        let outcome = tokio::time::timeout_at(latest, waiting.outcome()).await;
        let is_current = documents.get(&uri).is_some_and(|now| now.is_same_as(&document));
        if let (Ok(Outcome::Show(completion)), false) = (&outcome, is_current) {
            stats::unshown(completion.model.clone(), completion.total);
        }
        let outcome = outcome.ok().filter(|_| is_current).unwrap_or(Outcome::Quiet(Quiet::Cancelled));
        (document, offset, outcome)
    })
}

/// Somebody rests at a place, as far as the client lets it be known: the model reads it while nobody asks anything; one
/// elsewhere is asked for nothing ahead.
pub fn look(backend: &Backend, place: TextDocumentPositionParams) {
    if let Some((_, asked, true)) = query(backend, place, false, true) {
        backend.0.completions.looked_at(asked);
    }
}

/// The query for a place, and whether completions are switched on there.
fn query(
    backend: &Backend,
    place: TextDocumentPositionParams,
    invoked: bool,
    may_replace: bool,
) -> Option<(Document, Asked, bool)> {
    let session = &backend.0;
    let uri = place.text_document.uri;
    let document = session.documents.get(&uri).filter(|document| invoked || !document.prose)?;
    let offset = document.text.offset(from(place.position), session.client().encoding);
    let settings = session.configuration.at(&document);
    let milliseconds =
        if invoked { settings.completion_deadline_invoked } else { settings.completion_deadline };
    let (repository, relative) = session.assistant()?.relative(&document.path);
    let query = Query {
        path: document.path.clone(),
        relative,
        repository,
        language: document.language,
        text: document.text.clone(),
        offset,
        invoked,
        may_replace,
        deadline: Instant::now() + Duration::from_millis(milliseconds),
        cancel: CancelToken::new(),
        superseded: CancelToken::new(),
        edited: session.documents.edited(&uri),
    };
    Some((document, Asked { uri, query, manner: manner(&settings) }, settings.completion_enable))
}

fn from(position: Position) -> trust_text::Position {
    trust_text::Position::new(position.line, position.character)
}
