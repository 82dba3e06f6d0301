//! Renders conversations that differ in one thing, to see what a template makes of it (differential rendering, as
//! llama.cpp's automatic parsers do it).

use crate::format::{Around, Ids};
use crate::template::{Template, TemplateError, json_text};
use serde_json::{Map, Value, json};

pub(crate) const TEXT: &str = "Zqtext";
const THOUGHT: &str = "Zqthought";
const SYSTEM: &str = "Zqsystem";
const RESULT: &str = "Zqresult";
pub(crate) const NAMES: [&str; 2] = ["zq_first", "zq_second"];
pub(crate) const KEYS: [&str; 3] = ["zq_one", "zq_two", "zq_three"];
pub(crate) const VALUES: [&str; 2] = ["Zqvalue", "Zqother"];
pub(crate) const NUMBER: u32 = 84_713;

/// Tokens that end an answer, in families whose file names one of several.
const ENDS: [&str; 16] = [
    "<|im_end|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|end|>",
    "<|call|>",
    "<|return|>",
    "</s>",
    "<|endoftext|>",
    "<end_of_turn>",
    "<turn|>",
    "<|end_of_text|>",
    "<|END_OF_TURN_TOKEN|>",
    "<｜end▁of▁sentence｜>",
    "[e~[",
    "<|observation|>",
    "<|user|>",
];

/// What surrounds a model's texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Speech {
    pub(crate) text: Around,
    pub(crate) reasoning: Option<Around>,
    /// The template begins the model's thoughts itself.
    pub(crate) thinks: bool,
}

pub(crate) struct Probe<'a> {
    pub(crate) template: &'a Template,
    pub(crate) objects: bool,
    pub(crate) ids: Ids,
}

impl Probe<'_> {
    /// Whether it takes a message of the system's.
    pub(crate) fn takes_system(&self) -> bool {
        let system = json!({"role": "system", "content": SYSTEM});
        self.render(vec![system, user()], Value::Null, true).is_ok_and(|text| text.contains(SYSTEM))
    }

    /// Whether the model is told of its tools, and of what they say.
    pub(crate) fn tells_tools(&self) -> bool {
        let told = self.render(vec![user()], tools(), true).is_ok_and(|text| text.contains(NAMES[0]));
        let result = json!({"role": "tool", "tool_call_id": self.ids.id(NAMES[0], 0), "name": NAMES[0], "content": RESULT});
        let messages = vec![user(), self.calls(&[(NAMES[0], vec![])]), result];
        told && self.render(messages, tools(), true).is_ok_and(|text| text.contains(RESULT))
    }

    pub(crate) fn speech(&self) -> Result<Speech, TemplateError> {
        let spoken = self.answer(text())?;
        let mut speech = Speech { text: around(&spoken, TEXT), ..Speech::default() };
        let opening = self.opening()?;
        let thought =
            json!({"role": "assistant", "content": TEXT, "reasoning_content": THOUGHT, "thinking": THOUGHT});
        let thought = self.answer(thought)?;
        let last_tag = |text: &str| text.trim_end().rfind('<').map(|at| text[at..].trim_end().to_string());
        if let Some((before, after)) = thought.split_once(THOUGHT) {
            let close = after.split(TEXT).next().unwrap_or_default();
            let close = close.strip_suffix(speech.text.open.as_str()).unwrap_or(close);
            speech.thinks = before.trim().is_empty();
            let open =
                if speech.thinks { last_tag(&opening).unwrap_or_default() } else { before.to_string() };
            speech.reasoning = Some(Around::new(open.trim(), close.trim()));
        } else if self.template.source().contains("</think>") {
            speech.reasoning = Some(Around::new("<think>", "</think>"));
            speech.thinks = opening.trim_end().ends_with("<think>");
        }
        speech.reasoning.take_if(|reasoning| reasoning.open.is_empty() || reasoning.close.is_empty());
        Ok(speech)
    }

    /// How it spells an answer that calls these.
    pub(crate) fn called(&self, calls: &[(&str, Vec<(&str, Value)>)]) -> Result<String, TemplateError> {
        self.answer(self.calls(calls))
    }

    /// What stands of an answer between its header and the token that ends it.
    fn answer(&self, message: Value) -> Result<String, TemplateError> {
        let rendered = self.render(vec![user(), message.clone()], tools(), false)?;
        let other = if message == text() { self.calls(&[(NAMES[0], vec![])]) } else { text() };
        let other = self.render(vec![user(), other], tools(), false);
        let opening = self.opening()?;
        let start = match &other {
            _ if rendered.starts_with(&opening) => opening.len(),
            Ok(other) => common_prefix(&rendered, other),
            Err(_) => common_prefix(&rendered, &opening),
        };
        let mut answer = rendered[start..].trim_end();
        while let Some(rest) = self.ends().find_map(|end| answer.strip_suffix(end)) {
            answer = rest.trim_end();
        }
        Ok(without_empty_thought(answer).to_string())
    }

    fn ends(&self) -> impl Iterator<Item = &str> {
        ENDS.into_iter().chain(std::iter::once(self.template.eos())).filter(|end| !end.is_empty())
    }

    fn opening(&self) -> Result<String, TemplateError> {
        self.render(vec![user()], tools(), true)
    }

    fn calls(&self, calls: &[(&str, Vec<(&str, Value)>)]) -> Value {
        let calls = calls.iter().enumerate().map(|(index, (name, arguments))| {
            let members = arguments.iter().map(|(key, value)| (key.to_string(), value.clone()));
            let arguments = Value::Object(members.collect::<Map<_, _>>());
            let arguments = if self.objects { arguments } else { json_text(&arguments).into() };
            json!({"type": "function", "id": self.ids.id(name, index), "function": {"name": name, "arguments": arguments}})
        });
        json!({"role": "assistant", "content": "", "tool_calls": calls.collect::<Value>()})
    }

    fn render(&self, messages: Vec<Value>, tools: Value, generate: bool) -> Result<String, TemplateError> {
        self.template.render(json!({
            "messages": messages, "tools": tools, "add_generation_prompt": generate, "enable_thinking": true,
        }))
    }
}

/// Some templates write that nothing was thought.
fn without_empty_thought(answer: &str) -> &str {
    let trimmed = answer.trim_start();
    let thought = trimmed.strip_prefix('<').and_then(|rest| {
        let (tag, rest) = rest.split_once('>')?;
        rest.trim_start().strip_prefix(&format!("</{tag}>"))
    });
    thought.unwrap_or(answer)
}

fn user() -> Value {
    json!({"role": "user", "content": "Zquser"})
}

fn text() -> Value {
    json!({"role": "assistant", "content": TEXT})
}

/// Two tools whose arguments are strings, but for the last one.
pub(crate) fn parameters() -> Value {
    json!({"type": "object", "properties": {
        (KEYS[0]): {"type": "string", "description": "one"},
        (KEYS[1]): {"type": "string", "description": "two"},
        (KEYS[2]): {"type": "integer", "description": "three"},
    }, "required": []})
}

fn tools() -> Value {
    let tool = |name| json!({"type": "function", "function": {"name": name, "description": "a tool", "parameters": parameters()}});
    NAMES.map(tool).into_iter().collect()
}

fn around(text: &str, inner: &str) -> Around {
    text.split_once(inner)
        .map(|(open, close)| Around::new(open.trim_start(), close.trim_end()))
        .unwrap_or_default()
}

pub(crate) fn common_prefix(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
}

pub(crate) fn common_suffix(a: &str, b: &str) -> usize {
    a.chars().rev().zip(b.chars().rev()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
}
