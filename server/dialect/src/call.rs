//! One call between its marks, as far as it is written.

use crate::format::{Body, CallFormat, Member};
use crate::json::{End, members, value_end};
use crate::scan::{Eaten, eat, find};
use crate::tagged::{self, Arguments};
use serde_json::Value;

pub(crate) enum Read {
    Whole { id: Option<String>, name: String, arguments: Value, end: usize },
    Open,
    Bad,
}

/// What is known of a call that may go on.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) name: Option<String>,
    pub(crate) id: Option<String>,
    /// As JSON, as far as they are written.
    pub(crate) arguments: String,
}

/// Reads the call whose body begins at `start`. `schema` is that of a tool's arguments, by the tool's name.
pub(crate) fn read<'s>(
    text: &str,
    start: usize,
    calls: &CallFormat,
    schema: &dyn Fn(&str) -> Option<&'s Value>,
) -> (Read, Seen) {
    let mut seen = Seen::default();
    let read = match &calls.body {
        Body::Json(shape) => json(text, start, shape, &calls.call.close, &mut seen),
        Body::Named { before_id, between } => {
            named(text, start, (before_id.as_deref(), between), &calls.call.close, &mut seen)
        }
        Body::Tagged(form) => {
            let trimmed = form.after_name.trim_end();
            let mark = if trimmed.is_empty() { form.after_name.as_str() } else { trimmed };
            let Some((name_end, _)) = find(text, start, mark).filter(|_| !mark.is_empty()) else {
                return (Read::Open, seen);
            };
            let name = text[start..name_end].trim().to_string();
            let Eaten::To(at) = eat(text, name_end, &form.after_name) else { return (Read::Open, seen) };
            seen.name = Some(name.clone());
            let none = Value::Null;
            match tagged::read(text, at, form, &calls.call.close, schema(&name).unwrap_or(&none)) {
                Arguments::Open => Read::Open,
                Arguments::Bad => Read::Bad,
                Arguments::Whole(arguments, at) => {
                    seen.arguments = arguments.to_string();
                    match eat(text, at, &calls.call.close) {
                        Eaten::To(end) => Read::Whole { id: None, name, arguments, end },
                        _ => Read::Open,
                    }
                }
            }
        }
    };
    (read, seen)
}

fn json(text: &str, start: usize, shape: &[Member], close: &str, seen: &mut Seen) -> Read {
    let start = start + (text[start..].len() - text[start..].trim_start().len());
    let (found, end) = members(text, start);
    let (mut id, mut name, mut arguments) = (None, None, None);
    for member in &found {
        let whole = member.end.and_then(|end| serde_json::from_str::<Value>(&text[member.start..end]).ok());
        let spelled = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_string);
        let is = |one: &&Member| matches!(one, Member::Name(key) | Member::Id(key) | Member::Arguments(key) if *key == member.key);
        match shape.iter().find(is) {
            Some(Member::Name(_)) => name = whole.map(spelled),
            Some(Member::Id(_)) => id = whole.map(spelled),
            Some(Member::Arguments(_)) => {
                seen.arguments = text[member.start..member.end.unwrap_or(text.len())].to_string();
                arguments = whole;
            }
            _ => {}
        }
    }
    (seen.name, seen.id) = (name.clone(), id.clone());
    // Models spell arguments as a text of JSON, too.
    let arguments = match arguments {
        Some(Value::String(text)) => serde_json::from_str(&text).ok().or(Some(Value::String(text))),
        other => other,
    };
    match (end, name) {
        (End::Open, _) => Read::Open,
        (End::At(end), Some(name)) => {
            closed(text, end, close, id, name, arguments.unwrap_or_else(|| Value::Object(Default::default())))
        }
        _ => Read::Bad,
    }
}

fn named(
    text: &str,
    start: usize,
    (before_id, between): (Option<&str>, &str),
    close: &str,
    seen: &mut Seen,
) -> Read {
    let Some(brace) = text[start..].find('{').map(|at| start + at) else { return Read::Open };
    let head = text[start..brace].trim_end();
    let Some(head) = head.strip_suffix(between.trim()) else { return Read::Bad };
    let (name, id) = match before_id.and_then(|before| head.rsplit_once(before)) {
        Some((name, id)) => (name.trim(), Some(id.trim().to_string())),
        None if before_id.is_some() => return Read::Bad,
        None => (head.trim(), None),
    };
    // A number alone says nothing beyond the call's place.
    let id = id.map(|id| if before_id == Some(":") { format!("functions.{name}:{id}") } else { id });
    (seen.name, seen.id) = (Some(name.to_string()), id.clone());
    match value_end(text, brace) {
        End::Open => {
            seen.arguments = text[brace..].to_string();
            Read::Open
        }
        End::Bad => Read::Bad,
        End::At(end) => {
            seen.arguments = text[brace..end].to_string();
            match serde_json::from_str(&text[brace..end]) {
                Ok(arguments) => closed(text, end, close, id, name.to_string(), arguments),
                Err(_) => Read::Bad,
            }
        }
    }
}

fn closed(text: &str, end: usize, close: &str, id: Option<String>, name: String, arguments: Value) -> Read {
    match eat(text, end, close) {
        Eaten::To(end) => Read::Whole { id, name, arguments, end },
        Eaten::Open => Read::Open,
        Eaten::Not => Read::Bad,
    }
}
