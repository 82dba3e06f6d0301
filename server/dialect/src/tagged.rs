//! Arguments that stand one by one: their grammar, and reading them back.

use crate::format::{Tagged, Values};
use crate::grammar::{Writer, json_rule, quote};
use crate::literal::{self, Read};
use crate::scan::{Eaten, eat, find};
use serde_json::{Map, Value, json};
use trust_constraint::bounded;
use trust_inference::Tool;

/// The grammar of a call of `tool`: its arguments in the order of its schema, those that may be left out as well.
pub(crate) fn body(writer: &mut Writer<'_>, tagged: &Tagged, tool: &Tool, rule: &str) -> String {
    let none = Map::new();
    let properties = tool.parameters["properties"].as_object().unwrap_or(&none);
    let required = |key: &str| {
        tool.parameters["required"].as_array().is_some_and(|keys| keys.iter().any(|one| one == key))
    };
    let last = properties.len();
    for (index, (key, schema)) in properties.iter().enumerate() {
        let value = value(writer, tagged, schema, &tool.parameters, &format!("{rule}_v{index}"));
        let key_marks = writer.literal(&format!("{}{key}", tagged.before_key));
        let joiner = writer.literal(&tagged.joiner);
        writer.rules.push(format!("{rule}_a{index}: {key_marks} {value}"));
        // Whether something stands before it decides about the joiner.
        let next =
            |kind: &str| if index + 1 < last { format!("{rule}_{kind}{}", index + 1) } else { String::new() };
        for (kind, before) in [("f", ""), ("r", joiner.as_str())] {
            let skip = match (required(key), next(kind)) {
                (true, _) => String::new(),
                (false, next) if next.is_empty() => " | \"\"".into(),
                (false, next) => format!(" | {next}"),
            };
            writer.rules.push(format!("{rule}_{kind}{index}: {before} {rule}_a{index} {}{skip}", next("r")));
        }
    }
    let first = if properties.is_empty() { String::new() } else { format!("{rule}_f0") };
    format!("{} {first}", writer.literal(&format!("{}{}", tool.name, tagged.after_name)))
}

fn value(writer: &mut Writer<'_>, tagged: &Tagged, schema: &Value, root: &Value, rule: &str) -> String {
    let listed =
        schema["enum"].as_array().map(|values| values.iter().filter_map(Value::as_str).collect::<Vec<_>>());
    let is_string = schema["type"] == "string";
    let (open, close) = (&tagged.string.open, &tagged.string.close);
    let other =
        format!("{} {rule} {}", writer.literal(&tagged.other.open), writer.literal(&tagged.other.close));
    let (mut whole, root) = (bounded(schema), bounded(root));
    for key in ["$defs", "definitions"] {
        if let (Some(definitions), Value::Object(whole)) = (root.get(key), &mut whole) {
            whole.insert(key.into(), definitions.clone());
        }
    }
    match tagged.values {
        Values::Raw | Values::Marked if is_string => {
            let (open, closing) = (writer.literal(open), writer.literal(close));
            if let Some(listed) = listed {
                let options: Vec<String> = listed.into_iter().map(quote).collect();
                return format!("{open} ({}) {closing}", options.join(" | "));
            }
            writer.closers.push(close.clone());
            if closing.contains("<[") {
                // White space before the mark is a part of the text then, since it takes all it can.
                let closing = writer.literal(close.trim_start());
                writer.rules.push(format!("{}: /(.|\\n)+/", rule.to_uppercase()));
                format!("{open} {}? {closing}", rule.to_uppercase())
            } else {
                writer.rules.push(format!("{rule}[lazy]: /(.|\\n)*/ {}", quote(close)));
                format!("{open} {rule}")
            }
        }
        Values::Python if schema["type"] == "boolean" => {
            writer.rules.push(format!("{rule}: \"True\" | \"False\""));
            other
        }
        // Lists and objects of marked values have a spelling that no schema knows: bounded here, judged afterwards.
        Values::Marked if matches!(schema["type"].as_str(), Some("array" | "object") | None) => {
            let mark = writer.literal(marks(tagged).0);
            let text = if mark.starts_with('<') {
                format!("{mark} /[^<>]{{1,200}}/? {mark}")
            } else {
                format!("{mark} /[^<>]{{0,200}}/ {mark}")
            };
            writer.rules.push(format!(
                "{rule}: {rule}_s | /-?[0-9]{{1,12}}(\\.[0-9]{{1,6}})?/ | \"true\" | \"false\" | \"null\" | \"[\" ({rule} (\",\" {rule}){{0,15}})? \"]\" | \"{{\" ({rule}_m (\",\" {rule}_m){{0,15}})? \"}}\""
            ));
            // A key has quotes where it could be taken for another.
            writer.rules.push(format!(
                "{rule}_s: {text}\n{rule}_m: (/[A-Za-z_][A-Za-z0-9_]{{0,40}}/ | /\"[^\"\\\\<>\\n]{{1,40}}\"/) \":\" {rule}"
            ));
            other
        }
        _ => {
            writer.rules.push(format!("{rule}: {}", json_rule(&whole)));
            other
        }
    }
}

/// What surrounds a marked string itself.
fn marks(tagged: &Tagged) -> (&str, &str) {
    let open = tagged.string.open.strip_prefix(tagged.other.open.as_str()).unwrap_or(&tagged.string.open);
    (open, tagged.string.close.as_str())
}

/// The arguments at `at` up to what closes the call, and where they end.
pub(crate) enum Arguments {
    Whole(Value, usize),
    Open,
    Bad,
}

pub(crate) fn read(text: &str, mut at: usize, tagged: &Tagged, close: &str, schema: &Value) -> Arguments {
    let mut arguments = Map::new();
    loop {
        match eat(text, at, close) {
            Eaten::To(_) => return Arguments::Whole(Value::Object(arguments), at),
            Eaten::Open => return Arguments::Open,
            Eaten::Not => {}
        }
        if close.trim().is_empty() && at >= text.len() {
            return Arguments::Open;
        }
        let marks = if arguments.is_empty() {
            tagged.before_key.clone()
        } else {
            format!("{}{}", tagged.joiner, tagged.before_key)
        };
        match eat(text, at, &marks) {
            Eaten::To(end) => at = end,
            Eaten::Open => return Arguments::Open,
            Eaten::Not => return Arguments::Bad,
        }
        let Some((key_end, value_start)) = find(text, at, &tagged.other.open) else { return Arguments::Open };
        let key = text[at..key_end].trim().to_string();
        let (value, end) =
            match one(text, (key_end, value_start), tagged, &schema["properties"][key.as_str()]) {
                Ok(one) => one,
                Err(stopped) => return stopped,
            };
        arguments.insert(key, value);
        at = end;
    }
}

/// Whether a value may stand where values of several types may: a text that looks like a number is one where there is no number.
fn may_be(value: &Value, types: &Value) -> bool {
    let Value::Array(types) = types else { return true };
    let is = |name: &Value| match name.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("number" | "integer") => value.is_number(),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    };
    types.iter().any(is)
}

fn one(
    text: &str,
    (key_end, start): (usize, usize),
    tagged: &Tagged,
    schema: &Value,
) -> Result<(Value, usize), Arguments> {
    if tagged.values == Values::Raw {
        let Some((end, after)) = find(text, start, &tagged.string.close) else { return Err(Arguments::Open) };
        let raw = &text[start..end];
        let is_text = schema["type"] == "string";
        let value = (!is_text).then(|| serde_json::from_str::<Value>(raw.trim()).ok()).flatten();
        let value = value.filter(|value| may_be(value, &schema["type"]));
        return Ok((value.unwrap_or_else(|| json!(raw)), after));
    }
    if tagged.values == Values::Marked && tagged.string.open != tagged.other.open {
        match eat(text, key_end, &tagged.string.open) {
            Eaten::To(start) => {
                let Some((end, after)) = find(text, start, &tagged.string.close) else {
                    return Err(Arguments::Open);
                };
                return Ok((json!(text[start..end]), after));
            }
            Eaten::Open => return Err(Arguments::Open),
            Eaten::Not => {}
        }
    }
    match literal::read(&text[start..], tagged.values, marks(tagged)) {
        Read::Whole(value, length) => match eat(text, start + length, &tagged.other.close) {
            Eaten::To(end) => Ok((value, end)),
            Eaten::Open => Err(Arguments::Open),
            Eaten::Not => Err(Arguments::Bad),
        },
        Read::Open => Err(Arguments::Open),
        Read::Bad => Err(Arguments::Bad),
    }
}
