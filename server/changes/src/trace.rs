//! How a symbol came to be: the commits that changed it, from the newest back to the one that brought it, through
//! renames, moves and other files. Of a merge the side is followed that the text is from, as `git log` does it.

use crate::commit::commit;
use crate::content::{self, Content};
use crate::facts::compare;
use crate::file::{FileChange, Mode, Side, Status};
use crate::symbols::{symbol_at, symbols_named};
use crate::{
    Commit, FileFacts, Hunk, Problem, Reader, Repository, Scope, Stop, SymbolChange, Verdict, edited,
    facts_of, hunks, link_moves, list,
};
use gix::ObjectId;
use gix::bstr::{BString, ByteSlice};
use std::ops::Range;
use std::path::Path;
use trust_grammars::Language;

/// Larger commits are not searched for where a symbol was before.
const FILES: usize = 100;

/// One change of what is traced.
#[derive(Debug, Clone)]
pub struct Step {
    /// `None` for what is not committed yet.
    pub commit: Option<Commit>,
    /// The file, without its texts.
    pub file: FileFacts,
    /// What happened to the symbol; `None` where lines are traced.
    pub symbol: Option<SymbolChange>,
    /// Lines, from 0, as they were after it.
    pub lines: Range<u32>,
}

#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// The symbol, as it is called now; `None` for a line that is in none.
    pub symbol: Option<String>,
    /// The newest first.
    pub steps: Vec<Step>,
    /// False where more were found than asked for, or the clone ends before the history does.
    pub complete: bool,
}

/// What is looked for on the way back.
struct Wanted {
    path: BString,
    symbol: Option<String>,
    lines: Range<u32>,
}

/// Traces what stands in line `line`, from 0, of the file at an absolute path, of which `text` is the present text.
///
/// # Errors
/// [`Problem::Outside`], [`Problem::Withheld`], [`Problem::NoLine`], [`Problem::Cancelled`], and those of reading.
pub fn trace(
    repository: &Repository,
    path: &Path,
    text: &str,
    line: u32,
    most: usize,
    reader: &dyn Reader,
    stop: Stop,
) -> Result<Trace, Problem> {
    let inside = repository.inside(path, reader)?;
    if line as usize >= text.lines().count() {
        return Err(Problem::NoLine(line + 1));
    }
    let language = Language::from_path(path);
    let found = language.and_then(|language| symbol_at(language, text, line, stop));
    let (symbol, lines) = found.map_or((None, line..line + 1), |(path, lines)| (Some(path), lines));
    let mut trace = Trace { symbol: symbol.clone(), ..Trace::default() };
    let mut wanted = Wanted { path: inside, symbol, lines };
    let facts = edited(repository, path, text, reader, stop)?;
    let known = facts.change.status != Status::Added;
    if !wanted.look(None, facts, &mut trace) || !known {
        trace.complete = true;
        return Ok(trace);
    }
    let mut at = repository.resolve("HEAD")?;
    let mut trees = repository.trees_at(at, wanted.path.as_bstr(), &[])?.unwrap_or_default();
    while trace.steps.len() < most {
        if stop() {
            return Err(Problem::Cancelled);
        }
        let parents: Vec<ObjectId> = parents(repository, at)?;
        if parents.iter().any(|parent| !repository.git.has_object(*parent)) {
            return Ok(trace);
        }
        let mut before = Vec::with_capacity(parents.len());
        for parent in parents {
            before.push((parent, repository.trees_at(parent, wanted.path.as_bstr(), &trees)?));
        }
        let same = |(_, found): &&(ObjectId, Option<Vec<ObjectId>>)| {
            found.as_ref().is_some_and(|found| found.last() == trees.last())
        };
        if let Some((parent, found)) = before.iter().find(same) {
            (at, trees) = (*parent, found.clone().unwrap_or_default());
            continue;
        }
        let next = before.iter().find(|(_, found)| found.is_some()).or(before.first()).cloned();
        let old = next.as_ref().and_then(|(_, found)| found.as_ref()?.last().copied());
        let change = change(repository, at, &wanted, old, trees.last().copied(), reader)?;
        let came_from = change.old_raw.clone();
        let content = content::read(repository, &change, reader)?;
        // Most commits change a file elsewhere: that is seen before anything is parsed.
        if let (Content::Text { old, new }, Some((parent, Some(found)))) = (&content, &next) {
            let hunks = hunks(old, new);
            if !hunks.iter().any(|hunk| touches(hunk, &wanted.lines)) {
                wanted.lines = lines_before(&hunks, &wanted.lines);
                (at, trees) = (*parent, found.clone());
                continue;
            }
        }
        let facts = compare(change, content, stop)?;
        let more = wanted.look(Some(commit(repository, at)?), facts, &mut trace);
        let moved = if more { None } else { wanted.elsewhere(repository, at, &mut trace, reader, stop)? };
        if !more && !moved.unwrap_or(false) || next.is_none() {
            trace.complete = true;
            return Ok(trace);
        }
        if let Some(path) = came_from.filter(|_| more) {
            wanted.path = path;
        }
        let Some((parent, _)) = next else { break };
        at = parent;
        trees = repository.trees_at(at, wanted.path.as_bstr(), &[])?.unwrap_or_default();
    }
    Ok(trace)
}

fn parents(repository: &Repository, at: ObjectId) -> Result<Vec<ObjectId>, Problem> {
    let commit = repository.git.find_commit(at).map_err(Problem::unreadable)?;
    Ok(commit.parent_ids().map(|id| id.detach()).collect())
}

/// The file as a commit changed it; where that has no file of the name before, perhaps one that was renamed.
fn change(
    repository: &Repository,
    at: ObjectId,
    wanted: &Wanted,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
    reader: &dyn Reader,
) -> Result<FileChange, Problem> {
    let side = |id: Option<ObjectId>| id.map(|id| Side::object(Mode::Regular, id));
    if old.is_none() {
        let files = list(repository, &Scope::Commit(at.to_string()), reader)?;
        if let Some(file) = files.into_iter().find(|file| file.raw == wanted.path && file.old_raw.is_some()) {
            return Ok(file);
        }
    }
    let status = if old.is_some() { Status::Modified } else { Status::Added };
    Ok(FileChange::new(wanted.path.as_bstr(), status, side(old), side(new)))
}

impl Wanted {
    /// Notes what one change did to it, and takes it to the other side of that change. False where it has none.
    fn look(&mut self, commit: Option<Commit>, mut facts: FileFacts, trace: &mut Trace) -> bool {
        let symbol = facts.symbols.as_ref().zip(self.symbol.as_ref()).and_then(|(changes, path)| {
            let fits = |change: &&SymbolChange| {
                change.path == *path && overlap(&change.new_lines, &self.lines) && change.kind.is_some()
            };
            changes.iter().find(fits).cloned()
        });
        if self.symbol.is_some() && facts.symbols.is_some() && symbol.is_none() {
            self.lines = lines_before(&facts.hunks, &self.lines);
            return true;
        }
        // A file that cannot be read any more is the end of what can be told.
        let readable = matches!(facts.content, Content::Text { .. });
        if symbol.is_none() && readable && !facts.hunks.iter().any(|hunk| touches(hunk, &self.lines)) {
            self.lines = lines_before(&facts.hunks, &self.lines);
            return true;
        }
        facts.content = Content::Text { old: String::new(), new: String::new() };
        let lines = self.lines.clone();
        let mut more = readable && facts.change.status != Status::Added;
        match &symbol {
            Some(change) => {
                more &= !matches!(change.verdict, Verdict::Added | Verdict::Split { .. });
                self.lines = change.old_lines.clone();
                if let Verdict::Renamed { from } | Verdict::Moved { from } = &change.verdict {
                    self.symbol = Some(from.clone());
                }
            }
            None => {
                self.lines = lines_before(&facts.hunks, &self.lines);
                more &= !self.lines.is_empty();
            }
        }
        trace.steps.push(Step { commit, file: facts, symbol, lines });
        more
    }

    /// Whether the symbol that a commit seems to add was in another file before it; then it is looked for there.
    fn elsewhere(
        &mut self,
        repository: &Repository,
        at: ObjectId,
        trace: &mut Trace,
        reader: &dyn Reader,
        stop: Stop,
    ) -> Result<Option<bool>, Problem> {
        let Some(step) = trace.steps.last_mut() else { return Ok(None) };
        let Some(symbol) = step.symbol.as_mut().filter(|symbol| symbol.verdict == Verdict::Added) else {
            return Ok(None);
        };
        let files = list(repository, &Scope::Commit(at.to_string()), reader)?;
        if files.len() > FILES {
            return Ok(None);
        }
        let mut all = Vec::with_capacity(files.len());
        for file in files.into_iter().filter(|file| Language::from_path(Path::new(&file.path)).is_some()) {
            all.push(facts_of(repository, file, reader, stop)?);
        }
        link_moves(&mut all);
        let own = all.iter().find(|file| file.change.raw == self.path);
        let mut changes = own.into_iter().flat_map(|file| file.symbols.iter().flatten());
        let linked =
            changes.find(|change| change.path == symbol.path && change.new_lines == symbol.new_lines);
        let Some(Verdict::Moved { from }) = linked.map(|change| &change.verdict) else { return Ok(None) };
        let source = all.iter().find(|file| file.change.path == *from);
        let (Some(source), Some(language)) = (source, source.and_then(|file| file.language)) else {
            return Ok(None);
        };
        let Content::Text { old, .. } = &source.content else { return Ok(None) };
        let Some((path, lines)) = symbols_named(language, old, &symbol.name, stop).into_iter().next() else {
            return Ok(None);
        };
        symbol.verdict = Verdict::Moved { from: from.clone() };
        self.path = source.change.old_raw.clone().unwrap_or_else(|| source.change.raw.clone());
        (self.symbol, self.lines) = (Some(path), lines);
        Ok(Some(true))
    }
}

fn overlap(one: &Range<u32>, other: &Range<u32>) -> bool {
    one.start < other.end && other.start < one.end
}

fn touches(hunk: &Hunk, lines: &Range<u32>) -> bool {
    overlap(&hunk.new, lines)
        || hunk.new.is_empty() && lines.start < hunk.new.start && hunk.new.start < lines.end
}

/// Where lines were before `hunks`; empty where all of them are new.
pub fn lines_before(hunks: &[Hunk], lines: &Range<u32>) -> Range<u32> {
    let old = |line: u32, is_end: bool| {
        let mut shift = 0i64;
        for hunk in hunks {
            if line < hunk.new.start || line == hunk.new.start && is_end {
                break;
            }
            if line < hunk.new.end {
                let inside = (line - hunk.new.start).min(hunk.old.len() as u32);
                return if is_end {
                    hunk.old.end
                } else {
                    hunk.old.start + inside.min(hunk.old.len() as u32)
                };
            }
            shift = i64::from(hunk.old.end) - i64::from(hunk.new.end);
        }
        u32::try_from(i64::from(line) + shift).unwrap_or(0)
    };
    let start = old(lines.start, false);
    start..old(lines.end, true).max(start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hunks;

    #[test]
    fn lines_are_followed_backwards() {
        let cases = [
            ("a\nb\nc\n", "x\na\nb\nc\n", 2..3, 1..2),
            ("a\nb\nc\n", "b\nc\n", 0..1, 1..2),
            ("a\nb\nc\n", "a\nb\nc\n", 1..2, 1..2),
            ("a\nb\nc\n", "a\nnew\nb\nc\n", 1..2, 1..1),
            ("a\nb\nc\n", "a\nB\nc\n", 1..2, 1..2),
            ("a\nb\nc\nd\n", "a\nx\ny\nc\nd\nz\n", 3..5, 2..4),
        ];
        for (old, new, lines, expected) in cases {
            assert_eq!(lines_before(&hunks(old, new), &lines), expected, "{old:?} {new:?}");
        }
    }
}
