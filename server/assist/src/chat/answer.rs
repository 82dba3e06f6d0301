//! Answers a question: what code finds at once, then the model's words, and keeps both in the conversation.

use super::budget::fit;
use super::cited::Cited;
use super::look::{Found, look};
use super::question::Question;
use super::speech::{Speech, Spoken};
use super::{ChatError, Conversation, Exchange, Focus, Place, Source, Tools, markdown};
use trust_index::Snapshot;
use trust_inference::{CancelToken, InferenceError, Model, Tool, Usage};
use trust_redact::masked;

/// The longest question, in bytes.
const QUESTION: usize = 64 << 10;

/// What is told while the answer is in the making.
pub enum Told<'a> {
    /// What was found, with the words for it; once, before all else.
    Found(&'a [Source], &'a str),
    /// More of what the model says.
    Text(&'a str),
    /// It calls a tool.
    Calls { id: &'a str, name: &'a str, arguments: &'a serde_json::Value },
    /// What came of that, and whether it went well.
    Result { id: &'a str, text: &'a str, good: bool },
}

/// Who puts answers into words, and what may be used for it.
#[derive(Clone, Copy)]
pub struct Voice<'a> {
    pub model: &'a dyn Model,
    pub tools: Option<Tools<'a>>,
}

impl Voice<'_> {
    fn told(&self) -> Vec<Tool> {
        self.tools.map_or(Vec::new(), |tools| tools.told(self.model))
    }
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
    (question, focus): (&str, Option<&Focus>),
    index: &Snapshot,
    voice: Option<Voice<'_>>,
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
        && let Some(voice) = voice
    {
        voice.model.forget();
    }
    let Found { sources, names } =
        look(&Question::new(&question), focus, conversation.last_names(), &reader, cancel);
    let facts = markdown(&sources);
    let mut answer = Answer { facts, sources, ..Answer::default() };
    let mut exchange = Exchange::new(question.clone(), names);
    let exists = |place: &Place| place.text(&reader).is_some();
    let mut fitted = match voice {
        Some(voice) => Some(fit(conversation, &question, &answer.sources, &voice.told(), voice.model)?),
        None => None,
    };
    tell(Told::Found(&answer.sources, &answer.facts));
    if let (Some(voice), Some(first)) = (voice, fitted.take()) {
        let cited = Cited::new(first.quoted, &exists);
        exchange.read = Some(first.read.clone());
        let mut speech = Speech { voice, exchange: &mut exchange, cited, cancel, tell };
        let spoken = match speech.speak(&first) {
            // The model holds less than its card says: what was said before is not needed to answer.
            Err(InferenceError::PromptTooLong { .. }) => {
                while conversation.fold() {}
                while conversation.drop_half() {}
                let second = fit(conversation, &question, &[], &[], voice.model)?;
                speech.exchange.read = Some(second.read.clone());
                speech.exchange.steps.clear();
                speech.speak(&second)
            }
            spoken => spoken,
        };
        let spoken =
            spoken.unwrap_or_else(|error| Spoken { failed: Some(error.to_string()), ..Spoken::default() });
        let Cited { numbers, places, .. } = speech.cited;
        let numbered = numbers.iter().filter_map(|number| answer.sources.get(number - 1));
        answer.cited = numbered.map(|source| source.place.clone()).chain(places).collect();
        (answer.cut, answer.failed, answer.usage) = (spoken.cut, spoken.failed, spoken.usage);
        answer.wording = Some(exchange.wording());
        exchange.settle();
    }
    exchange.cut = answer.cut;
    exchange.places = answer.sources.iter().map(|source| source.place.clone()).collect();
    exchange.places.extend(
        answer.cited.iter().filter(|place| !exchange.places.contains(place)).cloned().collect::<Vec<_>>(),
    );
    conversation.exchanges.push(exchange);
    Ok(answer)
}
