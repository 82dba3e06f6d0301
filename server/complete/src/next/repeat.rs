//! After the same edit was made twice: the other places of the file that look as both did.
//!
//! What the two places have in common around the edit, token by token, is the pattern; where they have different words
//! stands any word.

use super::Series;
use super::edits::{Base, Edit};
use super::places::{Project, parse};
use crate::lexer::{first_token, is_word};
use std::ops::Range;
use trust_grammars::Tree;

/// Tokens of context on either side; fewer where what went says something itself.
const CONTEXT: usize = 6;
const LITTLE_CONTEXT: usize = 1;
/// Bytes of the file that are searched.
const SEARCHED: usize = 512 << 10;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Token(Vec<u8>),
    /// Any word.
    Word,
}

impl Part {
    fn fits(&self, token: &[u8]) -> bool {
        match self {
            Self::Token(own) => own == token,
            Self::Word => is_word(token[0]),
        }
    }
}

pub(super) fn series(project: &Project<'_>, now: &str) -> Option<Series> {
    let edits: Vec<Edit> = project.query.log.newest().filter_map(|burst| Edit::new(now, burst)).collect();
    let newest = edits.first()?;
    let same: Vec<&Edit> =
        edits.iter().filter(|edit| edit.old == newest.old && edit.new == newest.new).collect();
    if same.len() < 2 || now.len() > SEARCHED {
        return None;
    }
    let base = Base::new(now, same.iter().map(|edit| (edit.range.clone(), edit.old.clone())).collect());
    let spans: Vec<&Range<usize>> = base.spans.iter().map(|(_, span)| span).collect();
    let inside = tokens(&newest.old);
    let most = if inside.iter().any(|token| is_word(token[0])) { LITTLE_CONTEXT } else { CONTEXT };
    let left = common(spans.iter().map(|span| before(&base.text, span.start)).collect(), most);
    let right = common(spans.iter().map(|span| after(&base.text, span.end)).collect(), most);
    let words = |parts: &[Part]| {
        parts.iter().filter(|part| matches!(part, Part::Token(token) if is_word(token[0]))).count()
    };
    let inside_parts: Vec<Part> = inside.iter().map(|token| Part::Token(token.to_vec())).collect();
    let said = words(&left) + words(&right) + words(&inside_parts);
    if said == 0 || left.len() + inside.len() + right.len() < 2 {
        return None;
    }
    let tree = project.query.language.and_then(|language| parse(language, &base.text, project.query.cancel));
    let is_text = |at: usize| tree.as_ref().is_some_and(|tree| in_text(tree, at));
    let in_text = spans.first().is_some_and(|span| is_text(span.start));
    let pattern: Vec<Part> = left.iter().rev().cloned().chain(inside_parts).chain(right).collect();
    let places = matches(&base.text, &pattern, left.len(), inside.len());
    let own = places
        .into_iter()
        .filter(|range| is_text(range.start) == in_text)
        .filter_map(|range| Some((base.now(&range)?, newest.new.clone())))
        .collect();
    let shown =
        |text: &str| if text.trim().is_empty() { "nothing".to_owned() } else { format!("`{}`", text.trim()) };
    let why = format!("{} became {} at {} places", shown(&newest.old), shown(&newest.new), same.len());
    Some(Series { why, own, others: Vec::new() })
}

fn tokens(text: &str) -> Vec<&[u8]> {
    let (mut rest, mut found) = (text.as_bytes(), Vec::new());
    while let Some((token, end)) = first_token(rest) {
        found.push(token);
        rest = &rest[end..];
    }
    found
}

/// The tokens before `at` on its line, the nearest first.
fn before(text: &str, at: usize) -> Vec<&[u8]> {
    let line = text[..at].rfind('\n').map_or(0, |index| index + 1);
    let mut found = tokens(&text[line..at]);
    found.reverse();
    found
}

fn after(text: &str, at: usize) -> Vec<&[u8]> {
    let end = text[at..].find('\n').map_or(text.len(), |index| at + index);
    tokens(&text[at..end])
}

/// What all of `contexts` have in common, from the edit outwards; it ends with a token.
fn common(contexts: Vec<Vec<&[u8]>>, most: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    for index in 0..most {
        let tokens: Option<Vec<&[u8]>> = contexts.iter().map(|context| context.get(index).copied()).collect();
        match tokens.as_deref() {
            Some([first, rest @ ..]) if rest.iter().all(|token| token == first) => {
                parts.push(Part::Token(first.to_vec()));
            }
            Some(all) if all.iter().all(|token| is_word(token[0])) => parts.push(Part::Word),
            _ => break,
        }
    }
    while parts.last() == Some(&Part::Word) {
        parts.pop();
    }
    parts
}

/// Where the pattern's inner tokens stand in `text`.
fn matches(text: &str, pattern: &[Part], left: usize, inside: usize) -> Vec<Range<usize>> {
    let (mut all, mut place) = (Vec::new(), 0);
    while let Some((token, end)) = first_token(&text.as_bytes()[place..]) {
        all.push((place + end - token.len()..place + end, token));
        place += end;
    }
    let windows = all.windows(pattern.len());
    let fitting =
        windows.filter(|window| window.iter().zip(pattern).all(|((_, token), part)| part.fits(token)));
    let range = |window: &[(Range<usize>, &[u8])]| match (left, inside) {
        (_, 1..) => Some(window[left].0.start..window[left + inside - 1].0.end),
        (1.., _) => Some(window[left - 1].0.end..window[left - 1].0.end),
        _ => window.first().map(|(range, _)| range.start..range.start),
    };
    fitting.filter_map(range).filter(|range| !text[range.clone()].contains('\n')).collect()
}

/// Whether a place is in a comment or a string.
fn in_text(tree: &Tree, at: usize) -> bool {
    let node = tree.root_node().descendant_for_byte_range(at, at);
    node.is_some_and(|node| node.kind().contains("comment") || node.kind().contains("string"))
}
