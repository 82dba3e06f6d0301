//! A better name for a local name or a function, put wherever that is meant. What cannot be told for sure is refused: a
//! name behind a dot, one that callers pass, one that is spelled out in a string.

mod function;
mod local;

use super::asking::until_usable;
use super::reply::parsed;
use super::work::Open;
use super::{ActionError, Changed, Made, Part, Work, again, target};
use std::collections::HashSet;
use std::ops::Range;
use trust_grammars::{Language, PARSE_LIMIT, Role, identifiers, names, parse_str};
use trust_inference::{CancelToken, Model};
use trust_redact::masked;

/// The longest name.
const LONGEST: usize = 60;
/// Lines that a model is shown around a name that no symbol is around.
const AROUND: usize = 30;

/// A thing with a name, and all places that mean it.
struct Named {
    old: String,
    kind: &'static str,
    files: Vec<Places>,
}

/// Where it is meant in one file.
struct Places {
    file: Open,
    /// With a label that stays where the name is its own label: `Point { x }`.
    uses: Vec<(Range<usize>, bool)>,
    /// Names that mean something else there.
    taken: HashSet<String>,
}

pub(super) fn renamed(work: &Work<'_>, model: &dyn Model, cancel: &CancelToken) -> Result<Made, ActionError> {
    let stop = || cancel.is_cancelled();
    let named = match local::find(work, &stop).map_err(ActionError::Refused)? {
        Some(local) => local,
        None => function::find(work, &stop).map_err(ActionError::Refused)?,
    };
    if cancel.is_cancelled() {
        return Err(ActionError::Cancelled);
    }
    let (changes, attempts) =
        until_usable(again(request(work, &named), work.remark), (model, cancel), |said| {
            let new = word(said)?;
            named.refuses(work, &new).map_or(Ok(()), Err)?;
            named.put(work, &new, &stop)
        })?;
    Ok(Made { changes, attempts })
}

fn request(work: &Work<'_>, named: &Named) -> String {
    let around = target(work.language, work.text, &work.selection).map(|target| target.item);
    let around = around.unwrap_or_else(|| {
        let line = work.text[..work.selection.start].matches('\n').count();
        let starts: Vec<usize> =
            std::iter::once(0).chain(work.text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let at = |line: usize| starts.get(line).copied().unwrap_or(work.text.len());
        at(line.saturating_sub(AROUND))..at(line + AROUND)
    });
    let shown = masked(work.text.get(around).unwrap_or_default().to_owned());
    let Named { old, kind, .. } = named;
    format!(
        "From {}:\n```\n{shown}\n```\nFind a better name for the {kind} `{old}`: one that says what it is for, in the style of \
         the names around it, and that nothing there is called by. Answer with that one name alone.",
        work.shown
    )
}

/// The one name that an answer is.
fn word(said: &str) -> Result<String, String> {
    let said = said.trim().trim_matches(|c: char| "`'\"*.:;()".contains(c) || c.is_whitespace());
    let is_name = identifiers(said).next() == Some(0..said.len());
    match is_name && said.chars().count() <= LONGEST {
        true => Ok(said.to_owned()),
        false => Err("it is not one name alone".into()),
    }
}

impl Named {
    /// Why it may not be called so.
    fn refuses(&self, work: &Work<'_>, new: &str) -> Option<String> {
        let language = work.language;
        if new == self.old {
            return Some(format!("`{new}` is the name that it has"));
        }
        let is_reserved = |list: &[&str]| list.binary_search(&new).is_ok();
        if is_reserved(language.keywords()) || is_reserved(language.prelude()) {
            return Some(format!("`{new}` means something else in this language"));
        }
        let has_capitals = |name: &str| name.chars().any(char::is_uppercase);
        let is_cased = matches!(language, Language::Rust | Language::Python);
        if is_cased && has_capitals(new) != has_capitals(&self.old) {
            return Some(format!("`{new}` is not written as names of its kind are, such as `{}`", self.old));
        }
        let is_taken = self.files.iter().any(|places| places.taken.contains(new));
        is_taken.then(|| format!("the name `{new}` is taken"))
    }

    /// The new name wherever the old one meant this.
    fn put(&self, work: &Work<'_>, new: &str, stop: &dyn Fn() -> bool) -> Result<Vec<Changed>, String> {
        let change = |places: &Places| {
            let Places { file, uses, .. } = places;
            let part = |(range, labelled): &(Range<usize>, bool)| -> Part {
                match labelled {
                    true => (range.clone(), format!("{}: {new}", self.old)),
                    false => (range.clone(), new.to_owned()),
                }
            };
            let parts: Vec<Part> = uses.iter().map(part).collect();
            let language = Language::from_path(&file.path).unwrap_or(work.language);
            parsed(language, &file.text, &parts, stop)?;
            Ok(Changed {
                path: file.path.clone(),
                shown: file.shown.clone(),
                before: Some(file.text.clone()),
                version: file.version,
                parts,
            })
        };
        self.files.iter().map(change).collect()
    }
}

/// All names in a text but those that are reached through something, which are no rivals.
fn rivals(language: Language, text: &str) -> HashSet<String> {
    let tree = parse_str(language, text, PARSE_LIMIT);
    let found = tree.and_then(|tree| names(language, &tree, text)).unwrap_or_default();
    let free = found.names.iter().filter(|name| !matches!(name.role, Role::Member | Role::Label));
    free.filter_map(|name| text.get(name.range.clone())).map(str::to_owned).collect()
}

/// Whether a string of the text is this name and nothing else, as lists of what a module exports have it.
fn is_spelled_out(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let quote = text[..at].chars().next_back().filter(|quote| "\"'`".contains(*quote));
        quote.is_some_and(|quote| text[at + name.len()..].starts_with(quote))
    })
}
