//! A task: a hole in a file of a held-out package. The table of tasks holds places only; what stands there comes
//! with the package.

use anyhow::{Context, Result, bail};
use std::fmt::Write as _;
use std::str::FromStr;
use trust_grammars::Language;

/// What is cut out.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// From a token boundary to the end of the line.
    Rest,
    /// A whole line but for its indentation.
    Line,
    /// Two to five lines.
    Block,
    /// A few characters in the middle of a line.
    Span,
    /// From inside an identifier to the end of the line.
    Half,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Rest, Self::Line, Self::Block, Self::Span, Self::Half];

    pub fn name(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Line => "line",
            Self::Block => "block",
            Self::Span => "span",
            Self::Half => "half",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// `rust`, `python` or `typescript`.
    pub ecosystem: String,
    pub name: String,
    pub version: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    pub id: usize,
    pub package: Package,
    /// Relative to the package's folder, with `/`.
    pub path: String,
    /// The hole, in bytes.
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
    /// CRC-32 of the file: a file that changed is another task.
    pub check: u32,
}

/// A task with its text.
pub struct Hole {
    /// The file without what was cut out.
    pub text: String,
    pub offset: usize,
    pub expected: String,
}

impl Task {
    pub fn hole(&self, file: &str) -> Result<Hole> {
        if crc(file.as_bytes()) != self.check {
            bail!("task {}: {} is not the file that it was cut from", self.id, self.path);
        }
        let expected = file.get(self.start..self.end).context("a hole that splits a character")?;
        let text = format!("{}{}", &file[..self.start], &file[self.end..]);
        Ok(Hole { text, offset: self.start, expected: expected.to_string() })
    }

    pub fn language(&self) -> Option<Language> {
        Language::from_path(std::path::Path::new(&self.path))
    }
}

pub fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

const HEAD: &str = "id\tecosystem\tpackage\tversion\tpath\tstart\tend\tkind\tcrc32";

pub fn write(tasks: &[Task]) -> String {
    let mut table = format!("{HEAD}\n");
    for Task { id, package, path, start, end, kind, check } in tasks {
        let Package { ecosystem, name, version } = package;
        let kind = kind.name();
        let _ = writeln!(
            table,
            "{id}\t{ecosystem}\t{name}\t{version}\t{path}\t{start}\t{end}\t{kind}\t{check:08x}"
        );
    }
    table
}

pub fn read(table: &str) -> Result<Vec<Task>> {
    let mut lines = table.lines();
    if lines.next() != Some(HEAD) {
        bail!("a table of tasks begins with {HEAD:?}");
    }
    let parsed = lines.enumerate().map(|(number, line)| {
        parse(line).with_context(|| format!("line {} of the table of tasks: {line:?}", number + 2))
    });
    parsed.collect()
}

fn parse(line: &str) -> Result<Task> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [id, ecosystem, name, version, path, start, end, kind, check] = cells[..] else {
        bail!("{} cells instead of 9", cells.len());
    };
    if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        bail!("a path that leaves its package");
    }
    let (start, end) = (usize::from_str(start)?, usize::from_str(end)?);
    if start >= end {
        bail!("an empty hole");
    }
    Ok(Task {
        id: id.parse()?,
        package: Package { ecosystem: ecosystem.into(), name: name.into(), version: version.into() },
        path: path.into(),
        start,
        end,
        kind: Kind::ALL.into_iter().find(|known| known.name() == kind).context("an unknown kind")?,
        check: u32::from_str_radix(check, 16)?,
    })
}

/// `count` of the tasks, drawn by a fixed seed; all of them for 0.
pub fn subset(mut tasks: Vec<Task>, count: usize) -> Vec<Task> {
    if count == 0 || count >= tasks.len() {
        return tasks;
    }
    fastrand::Rng::with_seed(1).shuffle(&mut tasks);
    tasks.truncate(count);
    tasks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(id: usize) -> Task {
        let package = Package { ecosystem: "rust".into(), name: "redb".into(), version: "4.6.0".into() };
        Task {
            id,
            package,
            path: "src/a.rs".into(),
            start: 3,
            end: 6,
            kind: Kind::Half,
            check: crc(b"fn main() {}"),
        }
    }

    #[test]
    fn a_table_says_what_was_written() {
        let tasks: Vec<Task> = (0..5).map(task).collect();
        assert_eq!(read(&write(&tasks)).unwrap(), tasks);
    }

    #[test]
    fn bad_tables_are_refused_by_line() {
        let good = write(&[task(1)]);
        let cases = [
            ("", "begins with"),
            (&good.replace("\t3\t", "\t9\t"), "empty hole"),
            (&good.replace("half", "whole"), "unknown kind"),
            (&good.replace("src/a.rs", "../../etc/passwd"), "leaves its package"),
            (&good.replace("\t4.6.0", ""), "8 cells"),
        ];
        for (table, expected) in cases {
            let error = format!("{:#}", read(table).unwrap_err());
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_hole_needs_its_own_file() {
        let hole = task(1).hole("fn main() {}").unwrap();
        assert_eq!((hole.text.as_str(), hole.expected.as_str(), hole.offset), ("fn n() {}", "mai", 3));
        assert!(task(1).hole("fn other() {}").is_err());
    }

    #[test]
    fn a_subset_is_always_the_same() {
        let drawn = || subset((0..100).map(task).collect(), 5).iter().map(|task| task.id).collect::<Vec<_>>();
        assert_eq!((drawn().len(), drawn()), (5, drawn()));
        assert_eq!(subset((0..10).map(task).collect(), 0).len(), 10);
    }
}
