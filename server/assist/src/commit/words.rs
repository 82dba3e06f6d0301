//! What a model makes of a message: the description and, where messages have bodies, a reason. Type, scope, ticket, tense and
//! sign-off stay what code makes of them. What is too long, names what is not in the diff or holds a mask is told to the
//! model once; after that the words of code hold.

use super::compose::{Draft, Ground, Request, Source, wrap};
use super::frame::Frame;
use super::grounding::check;
use super::style::parse_typed;
use super::verbs::{Tense, in_tense};
use super::{History, drafts};
use crate::Speaker;
use crate::shown::shown;
use crate::speaker::one_line;
use serde_json::{Value, json};
use trust_changes::FileFacts;
use trust_inference::{InferenceError, Message};

/// The most descriptions that are asked for at once.
const MOST: usize = 5;
/// The longest answers that are read, in characters: a description that is longer than its room is told so.
const DESCRIPTION: usize = 160;
const REASON: usize = 400;
/// Tokens of a description with its reason, and of what stands around them.
const EACH: u32 = 200;
const REST: u32 = 48;
/// Tokens of the question beside what is shown, and of an answer that goes back with a second question.
const QUESTION: usize = 256;

const SYSTEM: &str = "You say in plain English what a change to source code does, for its commit message: only what is shown to you, \
                      in the names that stand there. You invent nothing, and you praise nothing.";

/// Messages, the model's first; and what there is to say of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Worded {
    pub drafts: Vec<Draft>,
    /// Files of which the model was not shown everything.
    pub not_shown: Vec<String>,
    /// Why none of them is the model's.
    pub why_not: Option<String>,
}

/// Messages for a change as [`drafts`] gives them, `count` at most, those first that the model has worded. Of several the last
/// is code's.
pub fn worded(
    files: &[FileFacts],
    history: &History,
    request: &Request,
    count: usize,
    speaker: Speaker<'_>,
) -> Worded {
    let own = drafts(files, history, request, count);
    if own.is_empty() {
        return Worded::default();
    }
    let ground = Ground::of(files, history, request);
    let wanted = count.saturating_sub(1).clamp(1, MOST);
    let room = speaker.room().saturating_sub(QUESTION + wanted * EACH as usize / 2);
    let shown = shown(files, speaker.model, room);
    let kind = ground.kinds.first().and_then(Option::as_deref);
    let words = Words { ground: &ground, frame: ground.frame(kind), wanted };
    let (found, why_not) = match words.ask(&shown.text, speaker) {
        Ok(Ok(found)) => (found, None),
        Ok(Err(why)) => (Vec::new(), Some(why)),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    let mut all = found;
    for draft in own {
        if all.iter().all(|known| known.subject != draft.subject) {
            all.push(draft);
        }
    }
    all.truncate(count.max(1));
    Worded { drafts: all, not_shown: shown.left_out, why_not }
}

struct Words<'a> {
    ground: &'a Ground<'a>,
    frame: Frame<'a>,
    wanted: usize,
}

impl Words<'_> {
    /// Messages in the model's words, or why there are none.
    fn ask(&self, shown: &str, speaker: Speaker<'_>) -> Result<Result<Vec<Draft>, String>, InferenceError> {
        let mut messages = vec![Message::System(SYSTEM.into()), Message::User(self.question(shown))];
        let mut why = String::from("it gave no answer of the form in time");
        for last in [false, true] {
            let answer = speaker.ask(&messages, self.form(), self.wanted as u32 * EACH + REST)?;
            let Some(answer) = answer else { break };
            let (mut found, mut faults): (Vec<Draft>, Vec<String>) = (Vec::new(), Vec::new());
            for said in answer["messages"].as_array().into_iter().flatten().take(self.wanted) {
                match self.sound(said, last) {
                    Ok(draft) if found.iter().all(|known| known.subject != draft.subject) => {
                        found.push(draft)
                    }
                    Ok(_) => {}
                    Err(fault) => faults.push(fault),
                }
            }
            if !found.is_empty() {
                return Ok(Ok(found));
            }
            if faults.is_empty() {
                break;
            }
            faults.dedup();
            why = format!("its words could not be used: {}", faults.join("; "));
            let text = answer.to_string();
            messages.push(Message::Assistant { text, reasoning: String::new(), calls: Vec::new() });
            messages.push(Message::User(format!(
                "That cannot be used: {}. Answer again, in the same form.",
                faults.join("; ")
            )));
        }
        Ok(Err(why))
    }

    fn question(&self, shown: &str) -> String {
        let several = match self.wanted {
            1 => "Describe this change".to_owned(),
            more => format!("Give {more} different descriptions of this change"),
        };
        let begin = match self.frame.style.tense {
            Tense::Imperative => "a verb in the imperative, such as `add`",
            Tense::Present => "a verb in the present tense, such as `adds`",
            Tense::Past => "a verb in the past tense, such as `added`",
        };
        let room = self.frame.room().min(self.frame.style.length.max(2 * self.frame.room() / 3));
        let reason = match self.ground.has_bodies() {
            true => {
                " Beside it say in one or two sentences why, as far as the diff shows that, or nothing where it does not."
            }
            false => "",
        };
        format!(
            "{shown}\n{several} for the first line of its commit message: at most {room} characters, begun with {begin}, \
             without a type and without a full stop, no name or number that does not stand above.{reason}"
        )
    }

    fn form(&self) -> Value {
        let mut properties =
            json!({ "description": { "type": "string", "minLength": 1, "maxLength": DESCRIPTION } });
        let mut required = vec!["description"];
        if self.ground.has_bodies() {
            properties["reason"] = json!({ "type": "string", "maxLength": REASON });
            required.push("reason");
        }
        let message = json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false,
        });
        json!({
            "type": "object",
            "properties": {
                "messages": { "type": "array", "minItems": 1, "maxItems": self.wanted, "items": message },
            },
            "required": ["messages"],
            "additionalProperties": false,
        })
    }

    /// A message of what the model said, or what is wrong with it. The `last` time a reason that cannot be used is left out.
    fn sound(&self, said: &Value, last: bool) -> Result<Draft, String> {
        let style = self.frame.style;
        let text = one_line(&said["description"]);
        let text = parse_typed(&text).map_or(text, |typed| typed.description);
        let text = text.trim_end_matches(['.', ' ']);
        check(text, &self.ground.facts)?;
        let begin = format!("{text:?} does not begin with a verb in the tense that was asked for");
        let text = in_tense(text, style.tense).ok_or(begin)?;
        let text = if style.quotes { text } else { text.replace('`', "") };
        let (long, room) = (text.chars().count(), self.frame.room());
        let subject = self.frame.put(&text);
        let subject = subject.ok_or(format!("a description has {long} characters, {room} is the most"))?;
        let reason = one_line(&said["reason"]);
        let reason = match check(&reason, &self.ground.facts) {
            _ if !self.ground.has_bodies() || !reason.contains(char::is_alphabetic) => String::new(),
            Err(_) if last => String::new(),
            checked => checked.map(|()| wrap("", "", &reason))?,
        };
        Ok(self.ground.draft(subject, self.frame.kind, reason, Source::Model))
    }
}
