//! From a model's answer to an edit, or to the reason why there is none; the reason is for the model.

use super::comment::documented;
use super::{Site, Wish};
use std::ops::Range;
use trust_grammars::{PARSE_LIMIT, outline, parse_str_until, syntax_errors};
use trust_redact::holds_mask;

/// The edit, once the text with it has no more syntax errors than it had.
pub(super) fn check(
    wish: &Wish,
    site: &Site<'_>,
    said: &str,
    stop: &dyn Fn() -> bool,
) -> Result<(Range<usize>, String), String> {
    let (range, new) = match wish {
        Wish::Document => documented(site, said)?,
        _ => replaced(site, said)?,
    };
    if holds_mask(&new) {
        return Err("it holds a mask in the place of a secret".into());
    }
    let new = if site.text.contains("\r\n") { new.replace("\r\n", "\n").replace('\n', "\r\n") } else { new };
    if site.text.get(range.clone()) == Some(new.as_str()) {
        return Err("it changes nothing".into());
    }
    let overlay = [&site.text[..range.start], &new, &site.text[range.end..]].concat();
    let errors =
        |text: &str| parse_str_until(site.language, text, PARSE_LIMIT, stop).map(|tree| syntax_errors(&tree));
    let (Some(before), Some(after)) = (errors(site.text), errors(&overlay)) else {
        return Err("the file could not be parsed in time".into());
    };
    if after > before {
        return Err("it has a syntax error".into());
    }
    let name = &site.target.name;
    let keeps = |text: &str| {
        outline(site.language, text)
            .definitions
            .iter()
            .filter(|found| text.get(found.name.clone()) == Some(name))
            .count()
    };
    if !matches!(wish, Wish::Rewrite(_)) && keeps(&overlay) < keeps(site.text) {
        return Err(format!("it does not define `{name}` any more"));
    }
    Ok((range, new))
}

/// The symbol as the answer has it, indented as it was.
fn replaced(site: &Site<'_>, said: &str) -> Result<(Range<usize>, String), String> {
    let code = fenced(said).ok_or("there is no code between ``` and ```")?;
    let item = site.target.item.clone();
    let line = site.text[..item.start].rfind('\n').map_or(0, |at| at + 1);
    let before = &site.text[line..item.start];
    let indent = &before[..before.len() - before.trim_start().len()];
    Ok((item, indented(&code, indent)))
}

/// What stands in the first block of code; without one, nothing.
pub(super) fn fenced(said: &str) -> Option<String> {
    let mut lines = said.lines().skip_while(|line| !line.trim_start().starts_with("```"));
    lines.next()?;
    let mut closed = false;
    let code: Vec<&str> = lines
        .take_while(|line| {
            closed = line.trim() == "```";
            !closed
        })
        .collect();
    (closed && code.iter().any(|line| !line.trim().is_empty())).then(|| code.join("\n"))
}

/// Without the indentation that all lines share, and with `indent` before each but the first.
pub(super) fn indented(code: &str, indent: &str) -> String {
    let code = code.trim_matches('\n').trim_end();
    let full = || code.lines().filter(|line| !line.trim().is_empty());
    let blank = |line: &str| line.len() - line.trim_start().len();
    let shared = full().map(blank).min().unwrap_or(0);
    let lines = code.lines().enumerate().map(|(at, line)| match (line.get(shared..), at) {
        (Some(rest), _) if rest.trim().is_empty() => String::new(),
        (Some(rest), 0) => rest.to_owned(),
        (Some(rest), _) => format!("{indent}{rest}"),
        (None, _) => String::new(),
    });
    lines.collect::<Vec<_>>().join("\n")
}
