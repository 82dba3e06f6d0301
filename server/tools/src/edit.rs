//! A change planned: parts of a file replaced, and judged before anybody is asked. It may add no syntax error, write no
//! mask of a secret, and replace no secret, which its author could not see.

use crate::lines::Lines;
use crate::{Change, Failure, File};
use std::ops::Range;
use trust_grammars::{Language, PARSE_LIMIT, SyntaxError, parse_str, syntax_error_places, syntax_errors};
use trust_index::FileBroker;
use trust_redact::holds_mask;

/// Syntax errors that are told of.
const TOLD: usize = 3;

/// What a tool would change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    pub changes: Vec<Change>,
}

/// Bytes of a file's text, and what is to stand there.
pub(crate) type Replacement = (Range<usize>, String);

/// The file with its parts replaced, which are in order and part from each other.
pub(crate) fn replace(file: &File, parts: &[Replacement], allow_errors: bool) -> Result<Change, Failure> {
    let crlf = file.raw.contains("\r\n");
    let (mut after, mut end) = (String::with_capacity(file.raw.len()), 0);
    for (range, text) in parts {
        let (Some(kept), Some(old)) = (file.raw.get(end..range.start), file.raw.get(range.clone())) else {
            return Err(Failure::told("two parts of the change overlap"));
        };
        if file.text.get(range.clone()) != Some(old) {
            let (line, _) = Lines::of(&file.text).place(range.start);
            let told = "holds a secret, which is masked when it is read; change the lines around it";
            return Err(Failure::told(format!("what would be replaced from line {line} on {told}")));
        }
        if holds_mask(text) && !holds_mask(old) {
            return Err(Failure::told("the new text holds the mask of a secret (<****...>)"));
        }
        after.push_str(kept);
        let text = text.replace("\r\n", "\n");
        after.push_str(&if crlf { text.replace('\n', "\r\n") } else { text });
        end = range.end;
    }
    after.push_str(&file.raw[end..]);
    if after == *file.raw {
        return Err(Failure::told("nothing would change: the text is there already"));
    }
    let before = Some(file.raw.clone());
    let (path, shown, version) = (file.path.clone(), file.shown.clone(), file.version);
    judged(Change { path, shown, before, after, version }, file.language, allow_errors)
}

/// The change, if it may be made.
pub(crate) fn judged(
    change: Change,
    language: Option<Language>,
    allow_errors: bool,
) -> Result<Change, Failure> {
    if holds_mask(&change.after) && change.before.is_none() {
        return Err(Failure::told("the new text holds the mask of a secret (<****...>)"));
    }
    FileBroker::check_text(&change.after)
        .map_err(|refusal| Failure::told(format!("`{}` would become {refusal}", change.shown)))?;
    let Some(language) = language.filter(|_| !allow_errors) else { return Ok(change) };
    let before = change.before.as_deref().unwrap_or_default();
    // What takes too long to parse says nothing.
    let (Some(old), Some(new)) =
        (parse_str(language, before, PARSE_LIMIT), parse_str(language, &change.after, PARSE_LIMIT))
    else {
        return Ok(change);
    };
    let (old, more) = (syntax_errors(&old), syntax_errors(&new));
    if more <= old {
        return Ok(change);
    }
    let lines = Lines::of(&change.after);
    let places = syntax_error_places(&new, TOLD);
    let places: Vec<String> = places.iter().map(|error| told(&lines, &change.after, error)).collect();
    Err(Failure::told(format!(
        "`{}` would have {} syntax errors more than before, so nothing was changed: {}",
        change.shown,
        more - old,
        places.join("; ")
    )))
}

/// A syntax error in words.
pub(crate) fn told(lines: &Lines<'_>, text: &str, error: &SyntaxError) -> String {
    const SHOWN: usize = 40;
    let (line, column) = lines.place(error.range.start);
    let what = match &error.missing {
        Some(token) => format!("`{token}` is missing"),
        None => {
            let broken = text.get(error.range.clone()).unwrap_or_default();
            let first = broken.lines().next().unwrap_or_default().trim();
            let shown: String = first.chars().take(SHOWN).collect();
            format!("`{shown}` is not expected")
        }
    };
    format!("line {line}, column {column}: {what}")
}

/// Replaces whole lines, `first` to `last` counted from 1; none where `last` is before `first`.
pub(crate) fn lines_replaced(text: &str, first: usize, last: usize, new: &[&str]) -> Replacement {
    let lines = Lines::of(text);
    let range = lines.bytes(first).start..lines.bytes(last.max(first - 1)).end;
    let range = range.start..range.end.max(range.start);
    let mut written: String = new.iter().flat_map(|line| [*line, "\n"]).collect();
    // The last line of a file without a line break at its end stays without.
    if range.end == text.len() && !text.is_empty() && !text.ends_with('\n') {
        if range.is_empty() && !written.is_empty() {
            written.insert(0, '\n');
        }
        written.truncate(written.trim_end_matches('\n').len().max(usize::from(written.starts_with('\n'))));
    }
    (range, written)
}

/// `source` moved so that its leftmost line stands at `indent`.
pub(crate) fn reindented(source: &str, indent: &str) -> String {
    let source = source.trim_end().trim_start_matches(['\n', '\r']);
    let own = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let filled = || source.lines().filter(|line| !line.trim().is_empty());
    let least = filled().map(own).min().unwrap_or(0);
    let is_there = filled().next().is_some_and(|line| own(line) == least && &line[..least] == indent);
    if is_there {
        return source.to_owned();
    }
    let lines = source.lines().map(|line| match line.trim().is_empty() {
        true => String::new(),
        false => format!("{indent}{}", &line[least..]),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_lines_are_replaced() {
        let cases: [(&str, usize, usize, &[&str], &str); 9] = [
            ("a\nb\nc\n", 2, 2, &["x", "y"], "a\nx\ny\nc\n"),
            ("a\nb\nc\n", 1, 3, &[], ""),
            ("a\nb\nc\n", 2, 1, &["x"], "a\nx\nb\nc\n"),
            ("a\nb\nc\n", 4, 3, &["x"], "a\nb\nc\nx\n"),
            ("a\nb", 2, 2, &["x"], "a\nx"),
            ("a\nb", 3, 2, &["x"], "a\nb\nx"),
            ("a\nb", 2, 2, &["x", "y"], "a\nx\ny"),
            ("", 1, 0, &["x"], "x\n"),
            ("a\n", 1, 1, &[""], "\n"),
        ];
        for (text, first, last, new, expected) in cases {
            let (range, written) = lines_replaced(text, first, last, new);
            let mut found = text.to_owned();
            found.replace_range(range, &written);
            assert_eq!(found, expected, "{text:?} {first} {last} {new:?}");
        }
    }

    #[test]
    fn a_text_moves_to_its_indentation() {
        let cases = [
            ("fn a() {\n    b();\n}\n", "    ", "    fn a() {\n        b();\n    }"),
            ("\n      x\n\n    y", "  ", "    x\n\n  y"),
            ("\tx", "\t", "\tx"),
            ("a", "", "a"),
            ("", "  ", ""),
        ];
        for (source, indent, expected) in cases {
            assert_eq!(reindented(source, indent), expected, "{source:?}");
        }
    }
}
