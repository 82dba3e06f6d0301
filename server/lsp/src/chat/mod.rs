//! Conversations, as the server and the command line both lead them: which model words the answer, if one does, and what
//! the user is told of it.

mod saved;
mod tools;

pub use saved::{Chats, Saved};
pub use tools::{ADDED, Toolbox};

use crate::assistant::Assistant;
use crate::audit::{self, Event};
use crate::model_slot::{ModelChoice, ModelState};
use crate::net::Ledger;
use clap::ValueEnum;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use trust_assist::chat::{
    Answer, ChatError, Conversation, Focus, Place, Source, Told, Tools, Voice, Why, ask,
};
use trust_audit::{Action, Feature};
use trust_inference::CancelToken;
use trust_models::Task;

/// Languages that a model is told of.
const LANGUAGES: usize = 5;

/// Whether the model puts an answer into words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Words {
    /// Unless it is the bundled one, which was not made to converse.
    #[default]
    Auto,
    Always,
    Never,
}

/// An answer, which model worded it, and what there is to say of that.
pub struct Answered {
    pub answer: Answer,
    pub model: Option<String>,
    pub note: Option<String>,
    /// Whose instructions the model was given.
    pub instructed_by: Option<String>,
}

/// What a conversation is called, as no other is: not of an earlier start either, of which a client may still know.
pub fn name(kind: &str, number: usize) -> String {
    static START: OnceLock<String> = OnceLock::new();
    let start = START.get_or_init(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        format!("{:x}-{:x}", since.as_micros(), std::process::id())
    });
    format!("{kind}-{start}-{number}")
}

/// Answers a question. Blocks; `cancel` ends it at any token.
pub fn converse(
    assistant: &Assistant,
    conversation: &mut Conversation,
    (question, focus): (&str, Option<&Focus>),
    (words, tools): (Words, Option<Tools<'_>>),
    cancel: &CancelToken,
    tell: &mut dyn FnMut(Told<'_>),
) -> Result<Answered, ChatError> {
    let note = silence(assistant, words);
    let model = if note.is_some() || words == Words::Never {
        None
    } else {
        assistant.wait_for_model(Task::Chat, cancel)
    };
    // It may have failed only now.
    let note = note.or_else(|| if model.is_none() { silence(assistant, words) } else { None });
    let voice = model.as_deref().map(|loaded| Voice { model: loaded.model(), tools });
    let snapshot = assistant.index().snapshot();
    let start = Instant::now();
    let ledger = Ledger::default();
    let answer = ledger.during(|| ask(conversation, (question, focus), &snapshot, voice, cancel, tell))?;
    let model = model.map(|loaded| loaded.model().card().name.clone());
    let action = if answer.failed.is_some() { Action::Failed } else { Action::Answered };
    let paths = answer.sources.iter().map(|source| source.place.path.clone());
    audit::record(
        Event::new(Feature::Chat, action)
            .within(assistant.roots().first().cloned())
            .model(model.clone())
            .files(audit::files_of(&assistant.index(), paths))
            .tokens(answer.usage.prompt, answer.usage.generated)
            .took(start.elapsed())
            .sent(ledger.take())
            .said(question, answer.wording.as_deref().unwrap_or(&answer.facts)),
    );
    let instructed_by = conversation.instructed_by.clone().filter(|_| model.is_some());
    Ok(Answered { answer, model, note, instructed_by })
}

/// Why no model will say anything; `None` where one will, or nobody wants it to.
pub fn silence(assistant: &Assistant, words: Words) -> Option<String> {
    let slot = assistant.model_of(Task::Chat);
    let told = match (words, slot.choice().as_ref(), slot.state().as_ref()) {
        (Words::Never, ..) => return None,
        (_, ModelChoice::None, _) | (_, _, ModelState::None) => {
            "no model is in use, so what the index knows is the answer".into()
        }
        (Words::Auto, ModelChoice::Bundled, _) => {
            "the bundled model completes code and was not made to converse, so what the index knows is the answer; \
             `model.chat` or --model names a model that can"
                .into()
        }
        (_, _, ModelState::Failed(reason)) => format!("no model words the answer: {reason}"),
        _ => return None,
    };
    Some(told)
}

/// A new conversation about what the assistant has indexed.
pub fn begin(assistant: &Assistant) -> Conversation {
    let snapshot = assistant.index().snapshot();
    let mut files: HashMap<&str, usize> = HashMap::new();
    for language in snapshot.file_ids().filter_map(|file| snapshot.language(file)) {
        *files.entry(language.id()).or_default() += 1;
    }
    let mut languages: Vec<(&str, usize)> = files.into_iter().collect();
    languages.sort_by_key(|(name, files)| (std::cmp::Reverse(*files), *name));
    languages.truncate(LANGUAGES);
    let roots = assistant.roots();
    let name =
        roots.first().and_then(|root| root.file_name()).map(|name| name.to_string_lossy().into_owned());
    crate::prompts::instructed(Conversation::new(name.as_deref().unwrap_or("at hand"), &languages))
}

/// A source, for programs.
pub fn source_json(number: usize, source: &Source) -> Value {
    let Source { place, why, line, .. } = source;
    let (name, kind) = match why {
        Why::Defined { name, kind, .. } => (Some(name), Some(kind)),
        Why::Used { name } => (Some(name), None),
        Why::Open | Why::Like => (None, None),
    };
    json!({ "number": number, "path": place.path, "start": place.start, "end": place.end, "why": why.word(),
            "name": name, "kind": kind, "line": line })
}

/// An answer, for programs.
pub fn answer_json(question: &str, answered: &Answered) -> Value {
    let Answered { answer, model, note, instructed_by } = answered;
    let places = answer.sources.iter().enumerate().map(|(at, source)| source_json(at + 1, source));
    let cited = |place: &Place| json!({ "path": place.path, "start": place.start, "end": place.end });
    json!({
        "question": question,
        "facts": answer.facts,
        "places": places.collect::<Vec<_>>(),
        "wording": answer.wording,
        "cited": answer.cited.iter().map(cited).collect::<Vec<_>>(),
        "model": model,
        "note": note,
        "instructedBy": instructed_by,
        "cut": answer.cut,
        "failed": answer.failed,
        "tokens": { "prompt": answer.usage.prompt, "read": answer.usage.prefilled, "generated": answer.usage.generated },
    })
}
