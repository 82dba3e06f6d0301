//! Runs systems over tasks, keeps every result as it comes, and goes on where an earlier run stopped.

use crate::metrics::{edit_similarity, exact, identifier_f1, identifiers, parse_neutral, right_characters};
use crate::packages::Sources;
use crate::systems::{Answers, Project, System};
use crate::task::{Hole, Kind, Task};
use anyhow::{Context, Result};
use std::collections::{BTreeMap, HashSet};
use std::io::{IsTerminal, Write};
use std::path::Path;
use trust_index::Snapshot;
use trust_inference::Model;

/// What one system made of one task.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Row {
    pub system: System,
    pub task: usize,
    pub package: String,
    pub ecosystem: String,
    pub kind: Kind,
    /// Of the answer when asked.
    pub exact: bool,
    pub probability: f64,
    pub similarity: f64,
    pub identifier_f1: Option<f64>,
    /// Of the identifiers of the answer: how many there are, and how many nobody knows.
    pub identifiers: usize,
    pub unresolved: usize,
    /// Of what is shown to mere typing; `None` where nothing is.
    pub shown_exact: Option<bool>,
    pub shown_right: usize,
    pub neutral: Option<bool>,
    pub expected: usize,
    /// When asked, for whoever looks into a figure.
    #[serde(default)]
    pub answer: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<(String, f32)>,
}

pub struct Plan<'a> {
    pub tasks: &'a [Task],
    pub systems: &'a [System],
    pub sources: &'a Sources,
    pub results: &'a Path,
}

impl Plan<'_> {
    /// All rows of the plan, those of earlier runs among them.
    pub fn run(&self, model: &dyn Model) -> Result<Vec<Row>> {
        let mut rows = self.earlier()?;
        let done: HashSet<(System, usize)> = rows.iter().map(|row| (row.system, row.task)).collect();
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(self.results)?;
        let mut packages: BTreeMap<(&str, &str), Vec<&Task>> = BTreeMap::new();
        for task in self
            .tasks
            .iter()
            .filter(|task| self.systems.iter().any(|system| !done.contains(&(*system, task.id))))
        {
            packages.entry((&task.package.ecosystem, &task.package.name)).or_default().push(task);
        }
        let total = packages.values().map(Vec::len).sum::<usize>();
        let mut finished = 0;
        let terminal = std::io::stderr().is_terminal();
        for ((_, name), tasks) in packages {
            let package = &tasks[0].package;
            let mut project =
                Project::open(&self.sources.folder(package)?, self.systems.contains(&System::Ngram))?;
            for task in tasks {
                finished += 1;
                if terminal {
                    eprint!("\r\x1b[2K{finished} of {total} tasks ({name})");
                } else if finished % 50 == 0 {
                    eprintln!("{finished} of {total} tasks");
                }
                let hole = match task.hole(&self.sources.read(package, &task.path)?) {
                    Ok(hole) => hole,
                    Err(error) => {
                        eprintln!("\nleft out: {error:#}");
                        continue;
                    }
                };
                for system in self.systems.iter().filter(|system| !done.contains(&(**system, task.id))) {
                    let answers = project.answer(*system, task, &hole, Some(model));
                    let row = judge(*system, task, &hole, &answers, &project.snapshot());
                    serde_json::to_writer(&mut file, &row)?;
                    file.write_all(b"\n").context("a result cannot be written")?;
                    rows.push(row);
                }
            }
        }
        if terminal && total > 0 {
            eprintln!();
        }
        Ok(rows)
    }

    /// Rows of earlier runs that belong to this plan. A torn last line is a task to be done again.
    fn earlier(&self) -> Result<Vec<Row>> {
        let Ok(text) = std::fs::read_to_string(self.results) else { return Ok(Vec::new()) };
        let tasks: HashSet<usize> = self.tasks.iter().map(|task| task.id).collect();
        let whole: Vec<&str> = text.split_inclusive('\n').filter(|line| line.ends_with('\n')).collect();
        if whole.concat().len() < text.len() {
            std::fs::write(self.results, whole.concat())?;
        }
        let rows = whole.into_iter().filter_map(|line| serde_json::from_str::<Row>(line).ok());
        Ok(rows.filter(|row| tasks.contains(&row.task) && self.systems.contains(&row.system)).collect())
    }
}

fn judge(system: System, task: &Task, hole: &Hole, answers: &Answers, index: &Snapshot) -> Row {
    let Hole { text, offset, expected } = hole;
    let shown = (!answers.typing.is_empty()).then_some(answers.typing.as_str());
    let language = task.language();
    let keywords = language.map_or(&[][..], |language| language.keywords());
    let here: HashSet<&str> = identifiers(text).collect();
    // The first word may be the rest of one that stands before the cursor.
    let joined = format!("{}{}", trailing_word(&text[..*offset]), answers.asked);
    let names: Vec<&str> = identifiers(&joined).collect();
    let known = |name: &&&str| here.contains(**name) || keywords.contains(*name) || index.has_name(name);
    Row {
        system,
        task: task.id,
        package: task.package.name.clone(),
        ecosystem: task.package.ecosystem.clone(),
        kind: task.kind,
        exact: exact(&answers.asked, expected),
        probability: answers.probability,
        similarity: edit_similarity(&answers.asked, expected),
        identifier_f1: identifier_f1(&answers.asked, expected),
        identifiers: if answers.asked.is_empty() { 0 } else { names.len() },
        unresolved: if answers.asked.is_empty() {
            0
        } else {
            names.iter().filter(|name| !known(name)).count()
        },
        shown_exact: shown.map(|shown| exact(shown, expected)),
        shown_right: shown.map_or(0, |shown| right_characters(shown, expected)),
        neutral: shown.and_then(|shown| parse_neutral(language?, text, *offset, shown, expected)),
        expected: expected.chars().count(),
        answer: answers.asked.clone(),
        others: answers.others.clone(),
    }
}

fn trailing_word(text: &str) -> &str {
    let start = text.rfind(|c: char| !c.is_alphanumeric() && c != '_');
    &text[start.map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8))..]
}
