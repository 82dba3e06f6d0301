//! The report: one table of all systems, one of exact matches by kind, JSON beside them, and plots.

use crate::metrics::{Estimate, estimate};
use crate::plot;
use crate::run::Row;
use crate::systems::System;
use crate::task::Kind;
use anyhow::{Context, Result};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

/// Bits per byte of whole held-out files.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Bits {
    pub ecosystem: String,
    pub model: Option<Estimate>,
    pub zlib: Option<Estimate>,
}

type Sample<'a> = (&'a str, f64, f64);
type Metric = (&'static str, fn(&Row) -> Option<(f64, f64)>);

fn share(part: bool) -> Option<(f64, f64)> {
    Some((f64::from(part), 1.0))
}

/// Name, and what a row gives to the sums above and below; `None` where it says nothing of it.
const METRICS: [Metric; 10] = [
    ("exact match", |row| share(row.exact)),
    ("edit similarity", |row| Some((row.similarity, 1.0))),
    ("identifier F1", |row| Some((row.identifier_f1?, 1.0))),
    ("unresolved identifiers", |row| Some((row.unresolved as f64, row.identifiers as f64))),
    ("shown to typing", |row| share(row.shown_exact.is_some())),
    ("right of what is shown", |row| share(row.shown_exact?)),
    ("a right beginning of it", |row| row.shown_exact.and(share(row.shown_right > 0))),
    ("quiet when wrong", |row| if row.exact { None } else { share(row.shown_exact.is_none()) }),
    ("parse-neutral", |row| share(row.neutral?)),
    ("saved of 1,000 characters", |row| Some((1000.0 * row.shown_right as f64, row.expected as f64))),
];

#[derive(serde::Serialize)]
pub struct Report<'a> {
    model: &'a str,
    tasks: usize,
    bits_per_byte: &'a [Bits],
    pub systems: Vec<SystemReport>,
}

#[derive(serde::Serialize)]
pub struct SystemReport {
    pub system: System,
    pub metrics: Vec<(&'static str, Option<Estimate>)>,
    exact_match: Vec<(Kind, Option<Estimate>)>,
    /// By how much the hybrid matches more often, task by task.
    behind: Option<Estimate>,
}

pub fn exact_match<'a>(rows: impl Iterator<Item = &'a Row>) -> Option<Estimate> {
    estimate(rows.map(|row| (row.package.as_str(), f64::from(row.exact), 1.0)))
}

pub fn write(folder: &Path, model: &str, systems: &[System], rows: &[Row], bits: &[Bits]) -> Result<String> {
    let of = |system: System| rows.iter().filter(move |row| row.system == system);
    let listed = systems.iter().filter(|system| of(**system).next().is_some());
    let reports: Vec<SystemReport> = listed
        .map(|&system| SystemReport {
            system,
            metrics: METRICS
                .iter()
                .map(|(name, value)| (*name, estimate(samples(of(system), *value))))
                .collect(),
            exact_match: Kind::ALL
                .into_iter()
                .map(|kind| (kind, exact_match(of(system).filter(|row| row.kind == kind))))
                .collect(),
            behind: behind(of(System::Hybrid), of(system)),
        })
        .collect();
    let tasks = rows.iter().map(|row| row.task).collect::<std::collections::BTreeSet<_>>().len();
    let report = Report { model, tasks, bits_per_byte: bits, systems: reports };
    let text = markdown(&report);
    std::fs::create_dir_all(folder)?;
    let put = |name: &str, content: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))
    };
    put("report.md", text.as_bytes())?;
    put("report.json", &serde_json::to_vec_pretty(&report)?)?;
    put("exact-match.svg", plot::exact_match(&report).as_bytes())?;
    put("precision.svg", plot::precision(systems, rows).as_bytes())?;
    Ok(text)
}

/// The mean difference of exact matches over the tasks that both have answered. Intervals of two systems overlap for what
/// makes tasks hard for both of them; the difference leaves that out.
fn behind<'a>(
    hybrid: impl Iterator<Item = &'a Row>,
    other: impl Iterator<Item = &'a Row>,
) -> Option<Estimate> {
    let best: HashMap<usize, bool> = hybrid.map(|row| (row.task, row.exact)).collect();
    estimate(other.filter_map(|row| {
        let difference = f64::from(*best.get(&row.task)?) - f64::from(row.exact);
        Some((row.package.as_str(), difference, 1.0))
    }))
}

fn samples<'a>(
    rows: impl Iterator<Item = &'a Row>,
    value: fn(&Row) -> Option<(f64, f64)>,
) -> impl Iterator<Item = Sample<'a>> {
    rows.filter_map(move |row| value(row).map(|(above, below)| (row.package.as_str(), above, below)))
}

/// A share in per cent, with its interval.
pub fn percent(estimate: Option<Estimate>) -> String {
    cell(estimate, "")
}

fn cell(estimate: Option<Estimate>, name: &str) -> String {
    let Some(Estimate { mean, low, high, .. }) = estimate else { return "-".into() };
    match name {
        "saved of 1,000 characters" => format!("{mean:.0} ({low:.0} to {high:.0})"),
        "edit similarity" | "identifier F1" | "bits" => format!("{mean:.3} ({low:.3} to {high:.3})"),
        _ => format!("{:.1} % ({:.1} to {:.1})", 100.0 * mean, 100.0 * low, 100.0 * high),
    }
}

fn markdown(report: &Report<'_>) -> String {
    let mut text = format!(
        "# Quality of completions\n\nModel {}, {} tasks of held-out packages; intervals hold 95 % of resampled \
         packages. The first four columns are of answers to a request, the others of what mere typing is shown.\n\n",
        report.model, report.tasks
    );
    let head = |text: &mut String, names: &[&str]| {
        let _ = writeln!(text, "|system|{}|\n|---|{}", names.join("|"), "--:|".repeat(names.len()));
    };
    head(&mut text, &METRICS.map(|(name, _)| name));
    for one in &report.systems {
        let cells: Vec<String> = one.metrics.iter().map(|(name, estimate)| cell(*estimate, name)).collect();
        let _ = writeln!(text, "|{}|{}|", one.system.name(), cells.join("|"));
    }
    text.push_str("\nExact match by kind of hole, when asked:\n\n");
    head(&mut text, &Kind::ALL.map(Kind::name));
    for one in &report.systems {
        let cells: Vec<String> = one.exact_match.iter().map(|(_, estimate)| cell(*estimate, "")).collect();
        let _ = writeln!(text, "|{}|{}|", one.system.name(), cells.join("|"));
    }
    if report.systems.iter().any(|one| one.behind.is_some()) {
        text.push_str("\nHow much more often the hybrid matches, task by task, in points:\n\n|system|less than the hybrid|\n|---|--:|\n");
        for one in report.systems.iter().filter(|one| one.system != System::Hybrid) {
            let _ = writeln!(text, "|{}|{}|", one.system.name(), percent(one.behind).replace(" %", ""));
        }
    }
    if !report.bits_per_byte.is_empty() {
        text.push_str("\nBits per byte of the files that the tasks are cut from:\n\n|language|model|zlib-9|\n|---|--:|--:|\n");
        for Bits { ecosystem, model, zlib } in report.bits_per_byte {
            let _ = writeln!(text, "|{ecosystem}|{}|{}|", cell(*model, "bits"), cell(*zlib, "bits"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(exact: bool, shown_exact: Option<bool>) -> Row {
        Row {
            system: System::Hybrid,
            task: 1,
            package: "redb".into(),
            ecosystem: "rust".into(),
            kind: Kind::Rest,
            exact,
            probability: 0.5,
            similarity: 0.5,
            identifier_f1: None,
            identifiers: 4,
            unresolved: 1,
            shown_exact,
            shown_right: 5,
            neutral: shown_exact.map(|_| true),
            expected: 10,
            answer: String::new(),
            others: Vec::new(),
        }
    }

    #[test]
    fn a_report_says_what_was_counted() {
        let folder = tempfile::tempdir().unwrap();
        let mut rows =
            vec![row(true, Some(true)), row(false, None), row(false, Some(false)), row(true, None)];
        rows.iter_mut().zip(1..).for_each(|(row, task)| row.task = task);
        let copies = rows.clone().into_iter().map(|row| Row { system: System::Copy, exact: false, ..row });
        rows.extend(copies);
        let text = write(folder.path(), "nano", &System::ALL, &rows, &[]).unwrap();
        let line = text.lines().find(|line| line.starts_with("|hybrid|")).unwrap();
        let means: Vec<&str> = line.split('|').skip(2).map(|cell| cell.split(" (").next().unwrap()).collect();
        assert_eq!(
            means,
            ["50.0 %", "0.500", "-", "25.0 %", "50.0 %", "50.0 %", "100.0 %", "50.0 %", "100.0 %", "500", ""]
        );
        assert!(text.contains("|copy predictor alone|50.0 ("), "{text}");
        for file in ["report.json", "exact-match.svg", "precision.svg"] {
            assert!(std::fs::read_to_string(folder.path().join(file)).unwrap().contains("hybrid"));
        }
    }
}
