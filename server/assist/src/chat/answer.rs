//! Answers a question: what code finds at once, then the model's words, and keeps both in the conversation.

use super::budget::{Fitted, fit};
use super::cited::Cited;
use super::look::{Found, look};
use super::question::Question;
use super::{ChatError, Conversation, Exchange, Focus, Place, Source, Step, markdown};
use std::time::{Duration, Instant};
use trust_index::Snapshot;
use trust_inference::{
    Budget, CancelToken, Event, FinishReason, InferenceError, Model, Priority, TurnRequest, Usage,
};
use trust_redact::masked;

/// The longest question, in bytes.
const QUESTION: usize = 64 << 10;
/// Tokens of an answer, and how long it may take.
const TOKENS: usize = 1024;
const PATIENCE: Duration = Duration::from_secs(600);

/// What is told while the answer is in the making.
pub enum Told<'a> {
    /// What was found, with the words for it; once, before all else.
    Found(&'a [Source], &'a str),
    /// More of what the model says.
    Text(&'a str),
}

/// An answer, whole.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    pub sources: Vec<Source>,
    /// The sources in words.
    pub facts: String,
    /// What the model said; `None` where it was not asked.
    pub wording: Option<String>,
    /// What of the workspace the model's words cite, of the sources and beside them.
    pub cited: Vec<Place>,
    /// It was ended before its end.
    pub cut: bool,
    /// Why the model said nothing, or no more.
    pub failed: Option<String>,
    pub usage: Usage,
}

/// Answers `question`, and adds it to the conversation. Blocks until the answer's end; `cancel` ends it at any token, and
/// what was said by then is kept. Without a model the facts are the answer.
///
/// # Errors
/// [`ChatError`]: then nothing was added. What goes wrong in the model is told in the answer, and the conversation goes on.
pub fn ask(
    conversation: &mut Conversation,
    question: &str,
    focus: Option<&Focus>,
    index: &Snapshot,
    model: Option<&dyn Model>,
    cancel: &CancelToken,
    tell: &mut dyn FnMut(Told<'_>),
) -> Result<Answer, ChatError> {
    let question = masked(question.trim().to_owned());
    if question.is_empty() {
        return Err(ChatError::Empty);
    }
    if question.len() > QUESTION {
        return Err(ChatError::TooManyBytes(question.len()));
    }
    let reader = index.reader();
    if conversation.forget_unreadable(&reader)
        && let Some(model) = model
    {
        model.forget();
    }
    let Found { sources, names } =
        look(&Question::new(&question), focus, conversation.last_names(), &reader, cancel);
    let facts = markdown(&sources);
    let mut answer = Answer { facts, sources, ..Answer::default() };
    let mut exchange = Exchange::new(question.clone(), names);
    let exists = |place: &Place| place.text(&reader).is_some();
    let mut fitted = match model {
        Some(model) => Some(fit(conversation, &question, &answer.sources, model)?),
        None => None,
    };
    tell(Told::Found(&answer.sources, &answer.facts));
    if let (Some(model), Some(first)) = (model, fitted.take()) {
        let mut cited = Cited::new(first.quoted, &exists);
        let said = match say(model, &first, cancel, &mut cited, tell) {
            // The model holds less than its card says: what was said before is not needed to answer.
            Err(InferenceError::PromptTooLong { .. }) => {
                while conversation.fold() {}
                while conversation.drop_half() {}
                let second = fit(conversation, &question, &[], model)?;
                exchange.read = Some(second.read.clone());
                say(model, &second, cancel, &mut cited, tell)
            }
            said => {
                exchange.read = Some(first.read.clone());
                said
            }
        };
        let said = said.unwrap_or_else(|error| Said { failed: Some(error.to_string()), ..Said::default() });
        let numbered = cited.numbers.iter().filter_map(|number| answer.sources.get(number - 1));
        answer.cited = numbered.map(|source| source.place.clone()).chain(cited.places).collect();
        // What is kept holds no secret, whatever the model says.
        let text = masked(said.text.trim().to_owned());
        (answer.cut, answer.failed, answer.usage) = (said.cut, said.failed, said.usage);
        exchange.steps = vec![Step { text: text.clone(), calls: Vec::new() }];
        answer.wording = Some(text);
    }
    exchange.cut = answer.cut;
    exchange.places = answer.sources.iter().map(|source| source.place.clone()).collect();
    exchange.places.extend(
        answer.cited.iter().filter(|place| !exchange.places.contains(place)).cloned().collect::<Vec<_>>(),
    );
    conversation.exchanges.push(exchange);
    Ok(answer)
}

#[derive(Default)]
struct Said {
    text: String,
    cut: bool,
    failed: Option<String>,
    usage: Usage,
}

/// An error is one that came before any text.
fn say(
    model: &dyn Model,
    fitted: &Fitted,
    cancel: &CancelToken,
    cited: &mut Cited<'_>,
    tell: &mut dyn FnMut(Told<'_>),
) -> Result<Said, InferenceError> {
    let tokens = fitted.answer.min(TOKENS) as u32;
    let budget = Budget { tokens, deadline: Instant::now() + PATIENCE };
    let (turn, cancel) = (fitted.turn.clone(), cancel.clone());
    let mut said = Said::default();
    let mut show = |said: &mut Said, text: String| {
        if !text.is_empty() {
            tell(Told::Text(&text));
            said.text.push_str(&text);
        }
    };
    let mut ended = false;
    for event in model.converse(TurnRequest { turn, budget, priority: Priority::Chat, cancel }) {
        match event {
            Ok(Event::Text { text, .. }) => show(&mut said, cited.push(&text)),
            Ok(Event::Done(finish)) => {
                let whole = matches!(finish.reason, FinishReason::EndOfText | FinishReason::Stop);
                (said.cut, said.usage, ended) = (!whole, finish.usage, true);
            }
            // No tool is offered, so none is called; thoughts are the model's own.
            Ok(_) => {}
            Err(error) if said.text.is_empty() => return Err(error),
            Err(error) => (said.failed, said.cut, ended) = (Some(error.to_string()), true, true),
        }
    }
    if !ended {
        (said.failed, said.cut) = (Some(InferenceError::Gone.to_string()), true);
    }
    show(&mut said, cited.flush());
    Ok(said)
}
