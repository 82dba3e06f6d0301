//! Which files and symbols the rest of a workspace leans on: PageRank (Page et al., 1998) over the files, where
//! a file points to those that define the names it uses.

use crate::snapshot::symbol;
use crate::{FileId, Snapshot, Symbol};
use std::collections::HashMap;
use trust_grammars::DefinitionKind;

/// The share of a file's rank that it passes on.
const DAMPING: f32 = 0.85;
const ROUNDS: usize = 20;
/// A name that more files define than this points nowhere.
const DEFINERS: usize = 5;
/// Names of this length and above are seldom the same by chance.
const TELLING: usize = 8;
/// How much a definition counts that stands in code for tests, a member, and a name that says it is private.
const TEST: f32 = 0.05;
const MEMBER: f32 = 0.3;
const PRIVATE: f32 = 0.1;

impl Snapshot {
    /// The symbols that others use, those that matter most first, at most `limit`. A rank begins at the files
    /// in `focus`, or everywhere.
    pub fn important_symbols(&self, focus: &[FileId], limit: usize) -> Vec<Symbol<'_>> {
        let uses = self.uses();
        let mut out: HashMap<u32, f32> = HashMap::new();
        uses.iter().for_each(|(_, by, _, weight)| *out.entry(*by).or_default() += weight);
        let ranks = self.file_ranks(&uses, &out, focus);
        let mut scores: HashMap<(u32, &str), f32> = HashMap::new();
        for (name, by, of, weight) in &uses {
            let share = ranks.get(by).copied().unwrap_or(0.0) * weight / out[by];
            *scores.entry((*of, *name)).or_default() += share;
        }
        let mut found: Vec<(f32, Symbol<'_>)> = Vec::new();
        for (first, segment) in self.segments() {
            for (file, row) in segment.named_rows() {
                let id = (first + file) as u32;
                let score = scores.get(&(id, segment.names.get(row.name)));
                if let Some(score) = score.filter(|_| self.is_alive(first + file)) {
                    let symbol = symbol(first, segment, file, row);
                    found.push((score * worth(&symbol), symbol));
                }
            }
        }
        found.sort_by(|(a_score, a), (b_score, b)| {
            let place = || (self.path(a.file), a.range.start).cmp(&(self.path(b.file), b.range.start));
            b_score.total_cmp(a_score).then_with(place)
        });
        found.truncate(limit);
        found.into_iter().map(|(_, symbol)| symbol).collect()
    }

    /// Name, the file that uses it, the file that defines it, and how much that counts.
    fn uses(&self) -> Vec<(&str, u32, u32, f32)> {
        let mut uses = Vec::new();
        let all = self.files() as f32;
        let of_tests: HashMap<u32, bool> =
            self.file_ids().map(|file| (file.0, is_of_tests(&self.relative(file)))).collect();
        for (_, segment) in self.segments() {
            let mut last = None;
            for (_, row) in segment.named_rows() {
                let name = segment.names.get(row.name);
                if last.replace(row.name) == Some(row.name) || name.len() < 3 {
                    continue;
                }
                let mut definers: Vec<u32> =
                    self.definitions(name).iter().map(|symbol| symbol.file.0).collect();
                definers.dedup();
                if definers.is_empty() || definers.len() > DEFINERS {
                    continue;
                }
                let mut users: Vec<(u32, f32)> = Vec::new();
                for (file, _) in self.chunks_with(name) {
                    match users.last_mut().filter(|(last, _)| *last == file.0) {
                        Some((_, chunks)) => *chunks += 1.0,
                        None => users.push((file.0, 1.0)),
                    }
                }
                let telling = if name.len() >= TELLING { 1.0 } else { 0.3 };
                // A name that stands everywhere is a word of the language, or one that many mean differently.
                let rare = (all / users.len() as f32).ln().max(0.1) / all.ln().max(1.0);
                for (user, chunks) in users {
                    for definer in definers.iter().filter(|definer| **definer != user) {
                        // What is made for tests is used by tests; those who write the project look elsewhere.
                        let test = if of_tests.get(definer) == Some(&true) { TEST } else { 1.0 };
                        let weight = telling * rare * test * chunks.sqrt() / definers.len() as f32;
                        uses.push((name, user, *definer, weight));
                    }
                }
            }
        }
        uses
    }

    /// `out` is what each file's uses weigh together.
    fn file_ranks(
        &self,
        uses: &[(&str, u32, u32, f32)],
        out: &HashMap<u32, f32>,
        focus: &[FileId],
    ) -> HashMap<u32, f32> {
        let files: Vec<u32> = self.file_ids().map(|file| file.0).collect();
        let begin: Vec<u32> =
            if focus.is_empty() { files.clone() } else { focus.iter().map(|file| file.0).collect() };
        let start = 1.0 / begin.len().max(1) as f32;
        let fresh: HashMap<u32, f32> = begin.iter().map(|file| (*file, (1.0 - DAMPING) * start)).collect();
        let mut ranks: HashMap<u32, f32> = begin.iter().map(|file| (*file, start)).collect();
        for _ in 0..ROUNDS {
            let mut next = fresh.clone();
            for (_, by, of, weight) in uses {
                let rank = ranks.get(by).copied().unwrap_or(0.0);
                *next.entry(*of).or_default() += DAMPING * rank * weight / out[by];
            }
            ranks = next;
        }
        ranks
    }
}

/// How much a symbol tells of a project, for what it is.
fn worth(symbol: &Symbol) -> f32 {
    let is_member = matches!(symbol.kind, DefinitionKind::Field | DefinitionKind::Variant);
    let kind = if is_member { MEMBER } else { 1.0 };
    if symbol.name.starts_with('_') { kind * PRIVATE } else { kind }
}

/// By the names that people give to tests, and to what those work on.
fn is_of_tests(relative: &str) -> bool {
    const FOLDERS: [&str; 12] = [
        "test",
        "tests",
        "__tests__",
        "testdata",
        "test_data",
        "testing",
        "fixtures",
        "__fixtures__",
        "mocks",
        "__mocks__",
        "benches",
        "examples",
    ];
    let (folders, file) = relative.rsplit_once('/').unwrap_or(("", relative));
    let stem = file.split('.').next().unwrap_or_default();
    let of_file = [".test.", ".spec."].iter().any(|part| file.contains(part))
        || stem == "tests"
        || stem == "conftest"
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with("_tests");
    of_file || folders.split('/').any(|folder| FOLDERS.contains(&folder))
}
