//! From answers that a template rendered to the form in which the model spells its calls.

use crate::format::{Around, Body, CallFormat, Ids, Member, Tagged, Values};
use crate::json::{End, value_end};
use crate::probe::{KEYS, NAMES, NUMBER, Probe, VALUES, common_prefix, common_suffix};
use serde_json::{Value, json};
use std::ops::Range;

/// The form of the template's calls; or why it could not be seen.
pub(crate) fn infer(probe: &Probe<'_>) -> Result<CallFormat, &'static str> {
    let one = |name| (name, vec![(KEYS[0], json!(VALUES[0]))]);
    let single = probe.called(&[one(NAMES[0])]).map_err(|_| "the template refuses calls of tools")?;
    let double = probe.called(&[one(NAMES[0]), one(NAMES[1])]).ok();
    let (body, core) = match core(&single, NAMES[0], probe, 0) {
        Some((body, core)) => (body, core),
        None => tagged(probe, &single)?,
    };
    let (before, after) = (&single[..core.start], &single[core.end..]);
    let mut format = CallFormat {
        section: Around::default(),
        call: Around::new(before.trim_start(), after.trim_end()),
        separator: String::new(),
        body,
        ids: probe.ids,
        parallel: false,
    };
    if let Some(double) = &double {
        split(&mut format, double, probe);
    }
    Ok(format)
}

/// Where the first call ends and the second begins says what belongs to each call and what to all.
fn split(format: &mut CallFormat, double: &str, probe: &Probe<'_>) {
    let end_of = |index: usize, from: usize| -> Option<Range<usize>> {
        let start = from + double[from..].find(NAMES[index])?;
        match &format.body {
            Body::Tagged(tagged) => {
                let value = start + double[start..].find(VALUES[0])? + VALUES[0].len();
                let close = quoted(tagged) + &tagged.string.close;
                Some(start..value + double[value..].starts_with(&close).then_some(close.len())?)
            }
            _ => core(&double[from..], NAMES[index], probe, index)
                .map(|(_, core)| from + core.start..from + core.end),
        }
    };
    let Some(first) = end_of(0, 0) else { return };
    let Some(second) = end_of(1, first.end) else { return };
    let (before, between, after) =
        (&double[..first.start], &double[first.end..second.start], &double[second.end..]);
    let close = boundary(&between[..common_prefix(between, after)]);
    let rest = &between[close.len()..];
    let open = &rest[rest.len() - common_suffix(rest, before)..];
    format.separator = rest[..rest.len() - open.len()].to_string();
    format.section =
        Around::new(before[..before.len() - open.len()].trim_start(), after[close.len()..].trim_end());
    format.call = Around::new(open, close);
    if format.section.open.is_empty() && format.separator.trim().is_empty() {
        let bare = open.trim_start();
        format.separator.push_str(&open[..open.len() - bare.len()]);
        format.call.open = bare.to_string();
    }
    format.parallel = true;
}

/// A quote that belongs to a value's literal.
fn quoted(tagged: &Tagged) -> String {
    if tagged.values == Values::Python { "\"".into() } else { String::new() }
}

/// A call whose arguments are JSON: an object that holds the name too, or one that stands behind it.
fn core(text: &str, name: &str, probe: &Probe<'_>, index: usize) -> Option<(Body, Range<usize>)> {
    let at = text.find(name)?;
    let whole = |start: usize| match value_end(text, start) {
        End::At(end) => serde_json::from_str::<Value>(&text[start..end]).ok().map(|value| (value, end)),
        _ => None,
    };
    let id = probe.ids.id(name, index);
    for (start, _) in text[..at].rmatch_indices('{') {
        let Some((Value::Object(members), end)) = whole(start) else { continue };
        let members: Vec<Member> = members
            .into_iter()
            .map(|(key, value)| match &value {
                Value::String(text) if text == name => Member::Name(key),
                Value::Object(inner) if inner.contains_key(KEYS[0]) => Member::Arguments(key),
                Value::String(text) if *text == id || text.parse() == Ok(index) => Member::Id(key),
                _ => Member::Constant(key, value),
            })
            .collect();
        let has = |wanted: fn(&Member) -> bool| members.iter().any(wanted);
        if has(|one| matches!(one, Member::Name(_))) && has(|one| matches!(one, Member::Arguments(_))) {
            return Some((Body::Json(members), start..end));
        }
    }
    let after = at + name.len();
    let brace = after + text[after..].find('{')?;
    let (Value::Object(arguments), end) = whole(brace)? else { return None };
    if !arguments.contains_key(KEYS[0]) {
        return None;
    }
    let between = &text[after..brace];
    let shown = if probe.ids == Ids::Named { index.to_string() } else { id };
    let body = match between.split_once(&shown) {
        Some((before, between)) if !shown.is_empty() => {
            Body::Named { before_id: Some(before.into()), between: between.into() }
        }
        _ => Body::Named { before_id: None, between: between.into() },
    };
    Some((body, at..end))
}

/// A call whose arguments stand one by one.
fn tagged(probe: &Probe<'_>, single: &str) -> Result<(Body, Range<usize>), &'static str> {
    const LOST: &str = "its arguments are not to be found in what the template renders";
    let three = vec![(KEYS[0], json!(VALUES[0])), (KEYS[1], json!(VALUES[1])), (KEYS[2], json!(NUMBER))];
    let many = probe.called(&[(NAMES[0], three)]).map_err(|_| LOST)?;
    let none = probe.called(&[(NAMES[0], vec![])]).map_err(|_| LOST)?;
    let number = NUMBER.to_string();
    let marks = [NAMES[0], KEYS[0], VALUES[0], KEYS[1], VALUES[1], KEYS[2], &number];
    let (mut parts, mut rest) = (Vec::new(), many.as_str());
    for mark in marks {
        let (part, after) = rest.split_once(mark).ok_or(LOST)?;
        parts.push(part);
        rest = after;
    }
    let [_, to_key, to_value, between, _, _, to_number] = parts[..] else { return Err(LOST) };
    let (_, tail) = none.split_once(NAMES[0]).ok_or(LOST)?;
    let (_, end) = single.split_once(VALUES[0]).ok_or(LOST)?;
    // What an empty call has after its name stands before and behind the arguments of another.
    let after_name = boundary(&to_key[..common_prefix(to_key, tail)]);
    let before_key = &to_key[after_name.len()..];
    let inner = between.strip_suffix(before_key).ok_or(LOST)?;
    let mut close = &inner[..common_prefix(inner, end)];
    let joiner = &inner[close.len()..];
    let call_close = tail[after_name.len()..].trim_end();
    if joiner.is_empty() {
        close = end.trim_end().strip_suffix(call_close).unwrap_or(close);
    }
    let other_close = rest.trim_end().strip_suffix(call_close).unwrap_or_default();
    let (mut string, values) = (Around::new(to_value, close), values(probe));
    if values == Values::Python {
        let bare = |text: &str| text.replace(['"', '\''], "");
        string = Around::new(bare(&string.open), bare(&string.close));
    }
    let tagged = Tagged {
        after_name: after_name.into(),
        before_key: before_key.into(),
        string,
        other: Around::new(to_number, other_close),
        joiner: joiner.into(),
        values,
    };
    let start = single.find(NAMES[0]).ok_or(LOST)?;
    let end = start + single[start..].find(VALUES[0]).ok_or(LOST)? + VALUES[0].len() + close.len();
    Ok((Body::Tagged(tagged), start..end))
}

/// How strings are spelled: escaped, marked within lists as well, or as they are.
fn values(probe: &Probe<'_>) -> Values {
    let shown = |value: Value| probe.called(&[(NAMES[0], vec![(KEYS[0], value)])]).unwrap_or_default();
    if shown(json!("Zq\"\nvalue")).contains("Zq\\\"\\nvalue") {
        return Values::Python;
    }
    let list = shown(json!([VALUES[0]]));
    let before = list.find(VALUES[0]).map_or("", |at| &list[..at]);
    if before.ends_with('>') { Values::Marked } else { Values::Raw }
}

/// `text` without a tag that it ends in the middle of.
fn boundary(text: &str) -> &str {
    match text.rfind('<') {
        Some(open) if !text[open..].contains('>') => &text[..open],
        _ => text,
    }
}
