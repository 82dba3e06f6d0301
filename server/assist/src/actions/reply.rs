//! From a model's answer to an edit, or to the reason why there is none; the reason is for the model.

use super::comment::documented;
use super::{Part, Site, Wish, edited};
use trust_grammars::{
    Annotation, Difference, Language, PARSE_LIMIT, Role, annotations, names, outline, parse_str_until,
    syntax_errors,
};
use trust_redact::holds_mask;

/// The parts, once the text with them has no more syntax errors than it had.
pub(super) fn check(
    wish: &Wish,
    site: &Site<'_>,
    said: &str,
    stop: &dyn Fn() -> bool,
) -> Result<Vec<Part>, String> {
    let parts = match wish {
        Wish::Document => vec![documented(site, said)?],
        Wish::Annotate => annotated(site, &replaced(site, said)?, stop)?,
        Wish::Code => vec![below(site, said)?],
        _ => vec![replaced(site, said)?],
    };
    let parts = as_the_file_ends_lines(site.text, parts);
    if parts.iter().all(|(range, new)| site.text.get(range.clone()) == Some(new.as_str())) {
        return Err("it changes nothing".into());
    }
    let overlay = parsed(site.language, site.text, &parts, stop)?;
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
    Ok(parts)
}

pub(super) fn as_the_file_ends_lines(text: &str, mut parts: Vec<Part>) -> Vec<Part> {
    if text.contains("\r\n") {
        parts.iter_mut().for_each(|(_, new)| *new = new.replace("\r\n", "\n").replace('\n', "\r\n"));
    }
    parts
}

/// The text with the parts in it, which hold no mask and add no syntax error.
pub(super) fn parsed(
    language: Language,
    text: &str,
    parts: &[Part],
    stop: &dyn Fn() -> bool,
) -> Result<String, String> {
    if parts.iter().any(|(_, new)| holds_mask(new)) {
        return Err("it holds a mask in the place of a secret".into());
    }
    let overlay = edited(text, parts);
    let errors =
        |text: &str| parse_str_until(language, text, PARSE_LIMIT, stop).map(|tree| syntax_errors(&tree));
    let (Some(before), Some(after)) = (errors(text), errors(&overlay)) else {
        return Err("the file could not be parsed in time".into());
    };
    if after > before {
        return Err("it has a syntax error".into());
    }
    Ok(overlay)
}

/// The symbol as the answer has it, indented as it was.
fn replaced(site: &Site<'_>, said: &str) -> Result<Part, String> {
    let code = fenced(said).ok_or("there is no code between ``` and ```")?;
    let item = site.target.item.clone();
    Ok((item.clone(), indented(&code, indent_at(site.text, item.start))))
}

/// The annotations that the symbol has in an answer, alone: what else the answer is like comes into no text.
fn annotated(site: &Site<'_>, answer: &Part, stop: &dyn Fn() -> bool) -> Result<Vec<Part>, String> {
    let overlay = edited(site.text, std::slice::from_ref(answer));
    let tree = |text: &str| parse_str_until(site.language, text, PARSE_LIMIT, stop);
    let (Some(before), Some(after)) = (tree(site.text), tree(&overlay)) else {
        return Err("the file could not be parsed in time".into());
    };
    if syntax_errors(&after) > syntax_errors(&before) {
        return Err("it has a syntax error".into());
    }
    let own = annotations(site.language, &before, site.text).ok_or("its language has no annotations")?;
    let theirs = annotations(site.language, &after, &overlay).ok_or("its language has no annotations")?;
    let parts = own.bring(&theirs).map_err(|difference: Difference| difference.to_string())?;
    // A name that nobody knows ends a Python program; elsewhere the compiler says so.
    let known = names(site.language, &before, site.text).filter(|_| site.language == Language::Python);
    if let Some(known) = known {
        let is_known = |name: &&str| {
            let declared =
                known.names.iter().filter(|one| matches!(one.role, Role::Declares | Role::Imports));
            site.language.prelude().binary_search(name).is_ok()
                || declared.into_iter().any(|one| site.text.get(one.range.clone()) == Some(name))
        };
        let added = own.added_by(&theirs).into_iter().flat_map(|one: &Annotation<'_>| one.names.clone());
        if let Some(name) = added.into_iter().find(|name| !is_known(name)) {
            return Err(format!("`{name}` is neither built in nor imported in this file"));
        }
    }
    Ok(parts)
}

/// Code on the lines below a comment, indented as that is.
fn below(site: &Site<'_>, said: &str) -> Result<Part, String> {
    let code = fenced(said).ok_or("there is no code between ``` and ```")?;
    let (text, item) = (site.text, &site.target.item);
    let comment: Vec<&str> = text[item.clone()].lines().map(str::trim).collect();
    // Some say the comment again before they go on.
    let again = code.lines().map(str::trim).zip(&comment).filter(|(one, other)| one == *other).count();
    let code = match again == comment.len() {
        true => code.lines().skip(again).collect::<Vec<_>>().join("\n"),
        false => code,
    };
    let code = indented(&code, indent_at(text, item.start));
    if code.trim().is_empty() {
        return Err("it holds no code".into());
    }
    let next = |text: &str| text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned);
    if next(&text[item.end..]) == next(&code) {
        return Err("it begins with what stands below the comment already".into());
    }
    let end = text[item.end..].find('\n').map_or(text.len(), |at| item.end + at);
    let end = end - usize::from(text[..end].ends_with('\r'));
    Ok((end..end, format!("\n{}{code}", indent_at(text, item.start))))
}

/// What stands before the first character of the line that `at` is in.
pub(super) fn indent_at(text: &str, at: usize) -> &str {
    let line = text[..at].rfind('\n').map_or(0, |at| at + 1);
    let before = &text[line..at];
    &before[..before.len() - before.trim_start().len()]
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
