//! Review by code alone: rules on added lines and changed symbols. What a line says is judged only where it is
//! new: moved, re-wrapped and re-indented code is nobody's fault.

mod callers;
mod finding;
mod interface;
mod line_rules;
mod lines;
mod manifest;
mod patterns;
pub mod report;
mod rule;
mod secrets;
mod tests_gone;

pub use finding::{Baseline, Finding};
pub use rule::{RULES, Rule, Severity, rule};

use crate::Changes;
use std::collections::HashMap;
use trust_changes::{Reader, Repository};

/// What to report.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub max_findings: Option<usize>,
    pub baseline: Baseline,
}

/// The outcome of a review.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Review {
    /// By path and line.
    pub findings: Vec<Finding>,
    /// Left out as more than asked for; the least severe.
    pub left_out: usize,
    /// Known from the baseline, and suppressed in the code with a reason.
    pub known: usize,
    pub suppressed: usize,
    pub files: usize,
}

/// Reviews `changes`. `repository` is asked for what else it tracks.
pub fn review(repository: &Repository, changes: &Changes, reader: &dyn Reader, options: &Options) -> Review {
    let tracked = repository.tracked();
    let mut findings = Vec::new();
    let (mut suppressed, mut known) = (0, 0);
    let moved = lines::removed_anywhere(&changes.files);
    for file in &changes.files {
        line_rules::check(file, &moved, &mut findings);
        tests_gone::check(file, &changes.files, &mut findings);
    }
    interface::check(&changes.files, &mut findings);
    manifest::check(&changes.files, &tracked, &mut findings);
    callers::check(repository, changes, &tracked, reader, &mut findings);
    findings.retain(|finding: &Finding| {
        let file = changes.files.iter().find(|file| file.change.path == finding.path);
        let quiet = file.is_some_and(|file| lines::is_suppressed(file, finding.line, finding.rule.id));
        suppressed += usize::from(quiet);
        !quiet
    });
    findings.sort_by(|a, b| (&a.path, a.line, a.rule.id).cmp(&(&b.path, b.line, b.rule.id)));
    findings.dedup_by(|a, b| (&a.path, a.line, a.rule.id) == (&b.path, b.line, b.rule.id));
    // The same finding twice in a symbol is told apart by its number.
    let mut seen: HashMap<String, usize> = HashMap::new();
    for finding in &mut findings {
        let number = seen.entry(finding.identity()).or_default();
        finding.seal(*number);
        *number += 1;
    }
    findings.retain(|finding| {
        let is_known = options.baseline.has(finding);
        known += usize::from(is_known);
        !is_known
    });
    let mut left_out = 0;
    if let Some(most) = options.max_findings.filter(|most| *most < findings.len()) {
        left_out = findings.len() - most;
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.rule.severity));
        findings.truncate(most);
        findings.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    }
    Review { findings, left_out, known, suppressed, files: changes.files.len() }
}
