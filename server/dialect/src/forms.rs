//! Forms of calls that have names, for templates of which somebody says them. All are JSON, so that they are spelled without a
//! template.

use crate::format::{Around, Body, CallFormat, Ids, Member};
use crate::injected;
use crate::template::json_text;
use serde_json::{Map, Value};
use trust_inference::ToolCall;

pub(crate) const FORMS: [(&str, fn() -> CallFormat); 5] = [
    ("hermes", injected::format),
    ("json", || bare("arguments")),
    ("llama-3", || bare("parameters")),
    ("mistral", || listed("[TOOL_CALLS][", true)),
    ("granite", || listed("<|tool_call|>[", false)),
];
/// Tools are told of in words, whatever the template makes of them.
pub(crate) const WORDS: &str = "words";

/// An object without any marks.
fn bare(arguments: &str) -> CallFormat {
    CallFormat {
        section: Around::default(),
        call: Around::default(),
        separator: String::new(),
        body: Body::Json(vec![Member::Name("name".into()), Member::Arguments(arguments.into())]),
        ids: Ids::Nine,
        parallel: false,
    }
}

/// A list of objects behind a mark.
fn listed(open: &str, ids: bool) -> CallFormat {
    let mut members = vec![Member::Name("name".into()), Member::Arguments("arguments".into())];
    members.extend(ids.then(|| Member::Id("id".into())));
    CallFormat {
        section: Around::new(open, "]"),
        separator: ", ".into(),
        body: Body::Json(members),
        parallel: true,
        ..bare("arguments")
    }
}

/// How an answer of a form as JSON spells these.
pub(crate) fn spelled(format: &CallFormat, calls: &[ToolCall]) -> String {
    let Body::Json(members) = &format.body else { return String::new() };
    let one = |(index, call): (usize, &ToolCall)| {
        let member = |member: &Member| match member {
            Member::Name(key) => (key.clone(), call.name.as_str().into()),
            Member::Arguments(key) => (key.clone(), call.arguments.clone()),
            Member::Id(key) => (key.clone(), format.ids.id(&call.name, index).into()),
            Member::Constant(key, value) => (key.clone(), value.clone()),
        };
        let object: Map<String, Value> = members.iter().map(member).collect();
        format!("{}{}{}", format.call.open, json_text(&object.into()), format.call.close)
    };
    let calls: Vec<String> = calls.iter().enumerate().map(one).collect();
    format!("{}{}{}", format.section.open, calls.join(&format.separator), format.section.close)
}
