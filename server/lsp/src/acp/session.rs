//! One conversation with an editor's user: a prompt, what is said and called as it happens, and the question before a change.

use super::wire::{Refusal, Wire};
use crate::assistant::Assistant;
use crate::chat::{Answered, Toolbox, Words, begin, converse};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use trust_assist::chat::{Conversation, Focus, Told};
use trust_inference::CancelToken;
use trust_tools::{Ask, Class, Decision, Disk, Question};

/// How long the index may take before answers go on with what is indexed by then.
const INDEX: Duration = Duration::from_secs(60);
/// What the user may answer, with the protocol's word for it.
type Answer = (&'static str, &'static str, Decision);
const OPTIONS: [Answer; 4] = [
    ("allow_once", "Allow", Decision::Once),
    ("allow_always", "Always in this workspace", Decision::Workspace),
    ("reject_once", "Reject", Decision::No),
    ("reject_always", "Never in this workspace", Decision::Never),
];

/// The same, of what is never permitted for good.
const FOR_NOW: [Answer; 4] = [
    ("allow_once", "Allow", Decision::Once),
    ("allow_always", "This command for the session", Decision::Session),
    ("reject_once", "Reject", Decision::No),
    ("reject_always", "Never in this workspace", Decision::Never),
];

pub struct Session {
    pub id: String,
    pub number: usize,
    assistant: Arc<Assistant>,
    wire: Arc<Wire>,
    toolbox: Option<Toolbox>,
    talk: Mutex<Option<Conversation>>,
    /// Of the prompt that is being answered.
    running: Mutex<Option<CancelToken>>,
}

/// A prompt, understood.
pub struct Turn {
    session: Arc<Session>,
    question: String,
    focus: Option<Focus>,
    cancel: CancelToken,
}

impl Session {
    pub fn new(number: usize, assistant: Arc<Assistant>, wire: Arc<Wire>) -> Self {
        let documents = Box::new(Disk::new(assistant.roots().to_vec()));
        let toolbox = Toolbox::new(&assistant, documents, true);
        let id = crate::chat::name("session", number);
        Self { id, number, assistant, wire, toolbox, talk: Mutex::default(), running: Mutex::default() }
    }

    pub fn is_answering(&self) -> bool {
        self.running().is_some()
    }

    pub fn cancel(&self) {
        if let Some(cancel) = self.running().as_ref() {
            cancel.cancel();
        }
    }

    /// Takes the session for a prompt; it has one at a time.
    pub fn turn(self: &Arc<Self>, prompt: &Value) -> Result<Turn, Refusal> {
        let blocks = prompt.as_array().ok_or_else(|| Refusal::params("`prompt` must be a list"))?;
        let mut running = self.running();
        if running.is_some() {
            return Err(Refusal::params("this session is answering already"));
        }
        let texts = blocks.iter().filter(|block| block["type"] == "text");
        let texts: Vec<&str> = texts.filter_map(|block| block["text"].as_str()).collect();
        let focus = blocks.iter().find_map(|block| self.focus(block));
        let cancel = CancelToken::new();
        *running = Some(cancel.clone());
        Ok(Turn { session: Arc::clone(self), question: texts.join("\n"), focus, cancel })
    }

    /// A file that the prompt holds, or names.
    fn focus(&self, block: &Value) -> Option<Focus> {
        let (uri, text) = match block["type"].as_str()? {
            "resource" => (&block["resource"]["uri"], block["resource"]["text"].as_str()),
            "resource_link" => (&block["uri"], None),
            _ => return None,
        };
        let path: PathBuf = url(uri.as_str()?)?;
        Focus::new(&self.assistant.index(), &path, text.map(str::to_owned), None).ok()
    }

    fn update(&self, update: &Value) {
        self.wire.notify("session/update", &json!({ "sessionId": self.id, "update": update }));
    }

    fn say(&self, text: &str) {
        let content = json!({ "type": "text", "text": text });
        self.update(&json!({ "sessionUpdate": "agent_message_chunk", "content": content }));
    }

    fn tell(&self, told: &Told<'_>, call: &Mutex<String>) {
        match told {
            Told::Found(_, facts) => self.say(&format!("{facts}\n")),
            Told::Text(text) => self.say(text),
            Told::Calls { id, name, arguments } => {
                // Models count their calls anew each time.
                let mut current = call.lock().unwrap_or_else(PoisonError::into_inner);
                *current = format!("{id}-{}", current.rsplit('-').next().map_or(0, counted) + 1);
                self.update(&json!({
                    "sessionUpdate": "tool_call", "toolCallId": *current, "title": title(name, arguments),
                    "kind": kind(name), "status": "in_progress", "rawInput": arguments,
                }));
            }
            Told::Result { text, good, .. } => {
                let current = call.lock().unwrap_or_else(PoisonError::into_inner);
                self.update(&json!({
                    "sessionUpdate": "tool_call_update", "toolCallId": *current,
                    "status": if *good { "completed" } else { "failed" },
                    "content": [{ "type": "content", "content": { "type": "text", "text": text } }],
                }));
            }
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<CancelToken>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Blocks until the answer has ended.
    pub fn run(self) -> Result<Value, Refusal> {
        let session = &self.session;
        session.assistant.index().wait_ready(INDEX);
        let call = Mutex::new(String::new());
        let asking = Asking { turn: &self, call: &call };
        let tools = session.toolbox.as_ref().map(|toolbox| toolbox.tools(&asking));
        let mut talk = session.talk.lock().unwrap_or_else(PoisonError::into_inner);
        let talk = talk.get_or_insert_with(|| begin(&session.assistant));
        let asked = (self.question.as_str(), self.focus.as_ref());
        let answered =
            converse(&session.assistant, talk, asked, (Words::Auto, tools), &self.cancel, &mut |told| {
                session.tell(&told, &call)
            });
        let Answered { answer, note, instructed_by, .. } =
            answered.map_err(|error| Refusal::params(&error.to_string()))?;
        let failed = answer.failed.map(|why| format!("the model's answer ended: {why}"));
        // Once, at the beginning.
        let instructed = instructed_by.filter(|_| talk.questions() == 1);
        let instructed = instructed.map(|by| format!("the model was given the instructions of {by}"));
        for note in [note, instructed, failed].into_iter().flatten() {
            session.say(&format!("\n({note})"));
        }
        let reason = match (self.cancel.is_cancelled(), answer.cut) {
            (true, _) => "cancelled",
            (false, true) => "max_tokens",
            (false, false) => "end_turn",
        };
        Ok(json!({ "stopReason": reason }))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *self.session.running() = None;
    }
}

/// Asks the editor's user.
struct Asking<'a> {
    turn: &'a Turn,
    call: &'a Mutex<String>,
}

impl Ask for Asking<'_> {
    fn ask(&self, question: &Question<'_>) -> Option<Decision> {
        let call = self.call.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let form = if question.class == Class::Edit { "diff" } else { "" };
        let options = if question.class.may_last() { OPTIONS } else { FOR_NOW };
        let deed = fenced(form, question.deed.trim_end());
        let option = |(id, name, _): &Answer| json!({ "optionId": id, "kind": id, "name": name });
        let Turn { session, cancel, .. } = self.turn;
        let params = json!({
            "sessionId": session.id,
            "toolCall": {
                "toolCallId": call, "title": format!("{}: {}", question.tool, question.class.deed()),
                "kind": kind(question.tool), "status": "pending",
                "content": [{ "type": "content", "content": { "type": "text", "text": deed } }],
            },
            "options": options.iter().map(option).collect::<Vec<_>>(),
        });
        let answer = session.wire.ask("session/request_permission", &params, cancel)?;
        let chosen =
            answer["outcome"]["optionId"].as_str().filter(|_| answer["outcome"]["outcome"] == "selected");
        let option = chosen.and_then(|chosen| options.iter().find(|option| option.0 == chosen));
        Some(option.map_or(Decision::No, |option| option.2))
    }
}

fn counted(digits: &str) -> usize {
    digits.parse().unwrap_or(0)
}

/// Code between fences that nothing in it closes.
fn fenced(form: &str, text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{form}\n{text}\n{fence}")
}

/// The protocol's word for what a tool does.
fn kind(tool: &str) -> &'static str {
    match tool {
        "edit_symbol" => "edit",
        "run_command" => "execute",
        "find_symbol" | "search_text" | "references" => "search",
        "read_file" | "symbol_source" | "outline" => "read",
        _ => "other",
    }
}

fn title(name: &str, arguments: &Value) -> String {
    let texts = arguments.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str());
    let short = texts.filter(|text| text.len() < 80 && !text.contains('\n')).take(2);
    std::iter::once(name).chain(short).collect::<Vec<_>>().join(" ")
}

/// The path of a `file` URI.
fn url(uri: &str) -> Option<PathBuf> {
    let uri = uri.parse::<tower_lsp::gen_lsp_types::Uri>().ok()?;
    let (path, on_disk) = crate::server::path_of(&uri);
    on_disk.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::fenced;

    #[test]
    fn no_code_closes_its_fence() {
        assert_eq!(fenced("diff", "+a"), "```diff\n+a\n```");
        assert_eq!(fenced("", "a\n```\nb `````"), "``````\na\n```\nb `````\n``````");
    }
}
