//! One finding, and how it is known again.

use super::Review;
use super::fix::Fix;
use super::rule::{Rule, Severity};
use std::collections::HashSet;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub rule: &'static Rule,
    /// The rule's own, unless the repository has another.
    pub severity: Severity,
    /// The severity is what the team says.
    pub by_team: bool,
    pub path: String,
    /// From 0.
    pub line: u32,
    /// Columns in characters, from 0; the whole line where there is no better place.
    pub columns: Option<(u32, u32)>,
    /// The same in bytes.
    pub bytes: Option<(u32, u32)>,
    pub message: String,
    /// The symbol that it is in.
    pub symbol: Option<String>,
    /// The line's text, white space folded; a secret in it stands as its mask.
    pub(crate) text: String,
    /// The same for the same finding in later runs, wherever its line is then.
    pub fingerprint: String,
    /// How its line is mended, where that needs no thought.
    pub fix: Option<Fix>,
}

impl Finding {
    pub(crate) fn new(rule: &'static Rule, path: &str, line: u32, message: String) -> Self {
        Self {
            rule,
            severity: rule.severity,
            by_team: false,
            path: path.to_owned(),
            line,
            columns: None,
            bytes: None,
            message,
            symbol: None,
            text: String::new(),
            fingerprint: String::new(),
            fix: None,
        }
    }

    pub(crate) fn identity(&self) -> String {
        [self.rule.id, &self.path, self.symbol.as_deref().unwrap_or_default(), &self.text].join("\n")
    }

    pub(crate) fn seal(&mut self, number: usize) {
        let text = format!("{}\n{number}", self.identity());
        // FNV-1a in two lanes: short, and the same on every machine and in every release.
        let lane = |basis: u64| {
            text.bytes().fold(basis, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
        };
        self.fingerprint =
            format!("{:016x}{:016x}", lane(0xcbf2_9ce4_8422_2325), lane(0x6c62_272e_07bb_0142));
    }
}

/// Findings that are known already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline(HashSet<String>);

impl Baseline {
    /// One fingerprint a line, anything after it a remark.
    pub fn parse(text: &str) -> Self {
        let first = |line: &str| line.split_whitespace().next().map(str::to_owned);
        Self(text.lines().filter(|line| !line.starts_with('#')).filter_map(first).collect())
    }

    /// All that a review has found, whether it reports it or not.
    pub fn write(review: &Review) -> String {
        let mut findings: Vec<&Finding> = review.findings.iter().chain(&review.others).collect();
        findings.sort_by(|a, b| (&a.path, a.line, a.rule.id).cmp(&(&b.path, b.line, b.rule.id)));
        let line =
            |finding: &Finding| format!("{} {} {}\n", finding.fingerprint, finding.rule.id, finding.path);
        let lines: String = findings.into_iter().map(line).collect();
        format!("# Findings of `trust-lsp review` that are known. One fingerprint a line.\n{lines}")
    }

    pub(crate) fn has(&self, finding: &Finding) -> bool {
        self.0.contains(&finding.fingerprint)
    }
}
