//! Callers that a change left behind: in the files that it touches those whose own lines it does not, and of the other tracked
//! files in those that hold the name by the index, where there is one, and else in all. Only names that are defined once, and long
//! enough to mean one thing, are judged.

use super::Holders;
use super::calls::Names;
use super::finding::Finding;
use super::lines::Source;
use super::rule::{Severity, rule};
use super::signature::{Nesting, gives_else, needs_more, parts_of};
use crate::Changes;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use trust_changes::{
    Aspect, Content, DefinitionKind, FileFacts, Hunk, Reader, Repository, Scope, Stop, SymbolChange, Verdict,
    is_known_best,
};
use trust_grammars::Language;

const SHORTEST: usize = 5;
/// The most files that are read for it, and the most callers that are named.
const FILES: usize = 20_000;
const NAMED: usize = 5;
/// What may stand before a method of a script.
const MODIFIERS: [&str; 9] =
    ["async", "static", "public", "private", "protected", "override", "abstract", "get", "set"];
/// How far the end of a call is looked for, in bytes.
const CALL: usize = 4_000;

struct Wanted<'a> {
    path: &'a str,
    language: Language,
    symbol: &'a SymbolChange,
    /// The name that callers use.
    name: String,
    /// Whether other files can call it.
    visible: bool,
    callers: Vec<String>,
    defined_again: bool,
}

/// How many files that may hold callers were not looked into.
pub(crate) fn check(
    repository: &Repository,
    changes: &Changes,
    tracked: &HashSet<String>,
    reader: &dyn Reader,
    holders: Option<Holders>,
    stop: Stop,
    findings: &mut Vec<Finding>,
) -> usize {
    let Some(rule) = rule("callers-not-updated") else { return 0 };
    let mut wanted = wanted(changes);
    if wanted.is_empty() {
        return 0;
    }
    let names = Names::new(wanted.iter().map(|wanted| wanted.name.as_str()));
    for file in &changes.files {
        if stop() || !look_into_changed(&mut wanted, &names, file, stop) {
            return 0;
        }
    }
    let changed: HashSet<&str> = changes.files.iter().map(|file| file.change.path.as_str()).collect();
    let visible = || wanted.iter().filter(|wanted| wanted.visible);
    let held: Option<HashSet<PathBuf>> =
        holders.map(|holders| visible().flat_map(|wanted| holders(&wanted.name)).collect());
    let holds = |path: &str| held.as_ref().is_none_or(|held| held.contains(&repository.root().join(path)));
    let fits = |language| visible().any(|wanted| alike(wanted.language, language));
    // The other files are as the working tree has them.
    let tracked = Some(tracked).filter(|_| leads_here(repository, &changes.scope));
    let mut files: Vec<(&String, Language)> = tracked
        .into_iter()
        .flatten()
        .filter(|path| !changed.contains(path.as_str()))
        .filter_map(|path| Some((path, Language::from_path(Path::new(path)).filter(|own| fits(*own))?)))
        .filter(|(path, _)| holds(path))
        .collect();
    files.sort_unstable_by_key(|(path, _)| *path);
    let unseen = files.len().saturating_sub(FILES);
    for (path, language) in files.into_iter().take(FILES) {
        if stop() {
            return 0;
        }
        let Ok(text) = reader.read(&repository.root().join(path)) else { continue };
        if !look_into_other(&mut wanted, &names, (path, language, &text), stop) {
            return 0;
        }
    }
    for wanted in wanted.into_iter().filter(|wanted| !wanted.callers.is_empty() && !wanted.defined_again) {
        let count = wanted.callers.len();
        let some: Vec<String> = wanted.callers.into_iter().take(NAMED).collect();
        let more = if count > NAMED { format!(" and {} more", count - NAMED) } else { String::new() };
        let what = match &wanted.symbol.verdict {
            Verdict::Removed => "was removed",
            Verdict::Renamed { .. } => "has another name",
            _ if needs_more(wanted.symbol) => "takes other parameters",
            _ => "gives something else",
        };
        let message =
            format!("`{}` {what}, and is called as before in {}{more}", wanted.name, some.join(", "));
        let line = if wanted.symbol.verdict == Verdict::Removed { 0 } else { wanted.symbol.new_lines.start };
        let mut finding = Finding::new(rule, wanted.path, line, message);
        finding.symbol = Some(wanted.symbol.path.clone());
        // Callers may well take what they get as it is.
        if wanted.symbol.verdict == Verdict::Changed && !needs_more(wanted.symbol) {
            finding.severity = Severity::Information;
        }
        findings.push(finding);
    }
    unseen
}

/// Whether what is compared ends in what is checked out, or in the working tree.
pub fn leads_here(repository: &Repository, scope: &Scope) -> bool {
    match scope {
        Scope::Staged | Scope::Unstaged | Scope::Amend => true,
        Scope::Since(_, new) | Scope::Range(_, new) | Scope::Commit(new) => {
            let commit = |revision: &str| repository.commit(revision).ok();
            new == "HEAD" || commit(new).is_some_and(|new| commit("HEAD") == Some(new))
        }
    }
}

fn wanted(changes: &Changes) -> Vec<Wanted<'_>> {
    let (mut wanted, mut defined) = (Vec::new(), HashMap::<&str, usize>::new());
    let symbols = changes.files.iter().flat_map(|file| file.symbols.iter().flatten());
    for symbol in symbols.filter(|symbol| symbol.verdict != Verdict::Removed) {
        *defined.entry(symbol.name.as_str()).or_default() += 1;
    }
    for file in &changes.files {
        // Where names may be overloaded, a call says less.
        let Some(language) = file.language.filter(is_known_best) else { continue };
        for symbol in file.symbols.iter().flatten() {
            let callable = matches!(symbol.kind, Some(DefinitionKind::Function | DefinitionKind::Method));
            let name = match &symbol.verdict {
                Verdict::Removed => symbol.name.clone(),
                Verdict::Renamed { from } => from.rsplit([':', '.']).next().unwrap_or_default().to_owned(),
                Verdict::Changed
                    if symbol.has(Aspect::Signature) && (needs_more(symbol) || gives_else(symbol)) =>
                {
                    symbol.name.clone()
                }
                _ => continue,
            };
            let own = usize::from(symbol.verdict != Verdict::Removed && symbol.name == name);
            let again = defined.get(name.as_str()).is_some_and(|count| *count > own);
            // Of methods that are for their own file alone, others often have the name.
            let visible = is_visible(symbol);
            let judged = visible || symbol.kind == Some(DefinitionKind::Function);
            if callable && judged && name.len() >= SHORTEST && !again {
                let (path, callers) = (file.change.path.as_str(), Vec::new());
                wanted.push(Wanted { path, language, symbol, name, visible, callers, defined_again: false });
            }
        }
    }
    wanted
}

fn is_visible(symbol: &SymbolChange) -> bool {
    let signatures = [&symbol.old_signature, &symbol.new_signature].into_iter().flatten();
    symbol.public || signatures.into_iter().any(|signature| signature.starts_with("pub("))
}

/// Calls in a file that the change has not touched. False where `stop` says so.
fn look_into_other(
    wanted: &mut [Wanted],
    names: &Names,
    (path, language, text): (&str, Language, &str),
    stop: Stop,
) -> bool {
    names.each(text, stop, |number, at, line| {
        let Some(wanted) = wanted.get_mut(number) else { return };
        if !wanted.visible || !alike(wanted.language, language) {
            return;
        }
        if is_definition(wanted.language, text, at, &wanted.name) {
            wanted.defined_again = true;
        } else if wanted.is_meant(text, at) {
            wanted.callers.push(format!("{path}:{}", line + 1));
        }
    })
}

/// Calls that the change has not touched, though it has touched their file; of a name that is gone, any. False where `stop` says
/// so.
fn look_into_changed(wanted: &mut [Wanted], names: &Names, file: &FileFacts, stop: Stop) -> bool {
    let (Some(language), Content::Text { new, .. }) = (file.language, &file.content) else { return true };
    let (path, source) = (file.change.path.as_str(), OnceCell::new());
    names.each(new, stop, |number, at, line| {
        let Some(wanted) = wanted.get_mut(number) else { return };
        if !alike(wanted.language, language) || !wanted.visible && wanted.path != path {
            return;
        }
        let remains = wanted.symbol.verdict == Verdict::Changed;
        if is_definition(language, new, at, &wanted.name) {
            let own = remains && wanted.path == path && wanted.symbol.new_lines.contains(&line);
            wanted.defined_again |= !own;
            return;
        }
        let column = at - new.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        let source = source.get_or_init(|| Source::of(file));
        let prose = source.as_ref().is_some_and(|source| source.is_prose(line, column) != (false, false));
        let call = line..line + lines_of_call(new, at) + 1;
        let updated = remains && file.hunks.iter().any(|hunk| touches(hunk, &call));
        if !prose && !updated && wanted.is_meant(new, at) {
            wanted.callers.push(format!("{path}:{}", line + 1));
        }
    })
}

/// Whether a hunk has put something into these lines, or taken something out from between them.
fn touches(hunk: &Hunk, lines: &Range<u32>) -> bool {
    if hunk.new.is_empty() {
        lines.start < hunk.new.start && hunk.new.start < lines.end
    } else {
        hunk.new.start < lines.end && lines.start < hunk.new.end
    }
}

/// How many lines a call goes on for behind the one that it begins in.
fn lines_of_call(text: &str, at: usize) -> u32 {
    let (mut nesting, mut lines, mut open) = (Nesting::default(), 0, false);
    for (offset, c) in text.get(at..).unwrap_or_default().char_indices() {
        let depth = nesting.turn(c);
        open |= c == '(';
        if open && depth == 0 {
            return lines;
        }
        if offset > CALL {
            break;
        }
        lines += u32::from(c == '\n');
    }
    0
}

/// Whether the name at `at` is defined there. Methods of scripts have no word for it: they begin a line, and a block follows or
/// a type.
fn is_definition(language: Language, text: &str, at: usize, name: &str) -> bool {
    let before = text.get(..at).unwrap_or_default();
    if ["fn ", "def ", "function ", "function* "].iter().any(|keyword| before.ends_with(keyword)) {
        return true;
    }
    let line = before.rsplit('\n').next().unwrap_or_default();
    let begins = line.split_whitespace().all(|word| MODIFIERS.contains(&word));
    if !is_script(language) || !begins {
        return false;
    }
    let behind = text.get(at..).and_then(|rest| parts_of(name, rest)).map_or("", |(_, rest)| rest);
    let behind = behind.lines().next().unwrap_or_default().trim();
    behind == "{" || behind.starts_with(':')
}

impl Wanted<'_> {
    /// Whether a call at `at` may be one of it: not in a line that is a comment, and in Rust no method's where it is a function.
    fn is_meant(&self, text: &str, at: usize) -> bool {
        let before = text.get(..at).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let of_another = self.language == Language::Rust
            && self.symbol.kind == Some(DefinitionKind::Function)
            && before.trim_end().ends_with('.');
        !of_another && !line.trim_start().starts_with(['/', '#', '*'])
    }
}

fn alike(one: Language, other: Language) -> bool {
    one == other || is_script(one) && is_script(other)
}

fn is_script(language: Language) -> bool {
    matches!(language, Language::TypeScript | Language::Tsx | Language::JavaScript)
}
