//! The next edit, without a model: after an identifier was renamed, a signature changed, or the same edit made
//! twice, the next place where the same is due.
//!
//! *Invariant:* no place in a file that the rules exclude, none on a line that looks like it holds a secret, and none
//! whose edit would add a syntax error.

mod cuts;
mod edits;
mod places;
mod rename;
mod repeat;
mod signature;

pub use edits::EditLog;

pub(crate) use places::looks_secret;
use places::{Project, is_sound};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trust_grammars::Language;
use trust_index::Snapshot;
use trust_inference::CancelToken;
use trust_text::Text;

/// Recent bursts that may begin a series of edits.
const SEEDS: usize = 8;

/// A question for the next edit, at one version of a document.
pub struct NextQuery<'a> {
    pub path: &'a Path,
    pub language: Option<Language>,
    pub text: &'a Text,
    /// The cursor, in bytes.
    pub offset: usize,
    pub log: &'a EditLog,
    /// What the editor shows of another file, where that is open.
    pub open: &'a (dyn Fn(&Path) -> Option<Text> + Sync),
    pub cancel: &'a CancelToken,
}

/// A place to edit.
#[derive(Debug, Clone)]
pub struct NextEdit {
    /// Of another file; `None` for the document itself.
    pub path: Option<PathBuf>,
    /// Its text, which `range` counts the bytes of.
    pub text: Text,
    pub range: Range<usize>,
    pub new_text: String,
    /// Why, in a few words.
    pub why: String,
}

/// Places of one series of edits.
struct Series {
    why: String,
    /// Of the document itself.
    own: Vec<(Range<usize>, String)>,
    /// Of other files, in the order in which they are to be visited.
    others: Vec<Elsewhere>,
}

struct Elsewhere {
    path: PathBuf,
    language: Language,
    text: Arc<str>,
    places: Vec<(Range<usize>, String)>,
}

/// The next place to edit, the nearest behind the cursor first; `None` where no edit lately asks for another.
pub fn next_edit(query: &NextQuery<'_>, index: &Arc<Snapshot>) -> Option<NextEdit> {
    if query.log.is_empty() {
        return None;
    }
    let text = query.text.to_string();
    let project = Project::new(query, index);
    let seeds: Vec<_> = query.log.newest().take(SEEDS).collect();
    let series = seeds.into_iter().filter_map(|seed| {
        rename::series(&project, &text, seed).or_else(|| signature::series(&project, &text, seed))
    });
    // Where scopes say what was renamed, looking alike says nothing more.
    let is_renaming =
        || query.log.newest().next().is_some_and(|seed| rename::series(&project, &text, seed).is_some());
    let repeat = || if is_renaming() { None } else { repeat::series(&project, &text) };
    let repeated = std::iter::once_with(repeat).flatten();
    series
        .chain(repeated)
        .take_while(|_| !query.cancel.is_cancelled())
        .find_map(|series| first(query, &text, series))
}

fn first(query: &NextQuery<'_>, text: &str, series: Series) -> Option<NextEdit> {
    let Series { why, mut own, others } = series;
    own.sort_by_key(|(range, _)| (range.end < query.offset, range.start));
    let fits = |language, text: &str, range: &Range<usize>, new: &str| {
        !looks_secret(text, range) && is_sound(language, text, range, new, query.cancel)
    };
    let here = own.into_iter().find(|(range, new)| fits(query.language, text, range, new));
    if let Some((range, new_text)) = here {
        return Some(NextEdit { path: None, text: query.text.clone(), range, new_text, why });
    }
    others.into_iter().find_map(|file| {
        let fits = |(range, new): &&(Range<usize>, String)| fits(Some(file.language), &file.text, range, new);
        let (range, new_text) = file.places.iter().find(fits)?.clone();
        Some(NextEdit {
            path: Some(file.path.clone()),
            text: Text::new(&file.text),
            range,
            new_text,
            why: why.clone(),
        })
    })
}

#[cfg(test)]
mod tests;
