//! A review in the forms that people, bots and editors read.

mod annotations;
mod sarif;

pub use annotations::{github, gitlab, rdjson, rdjsonl};
pub use sarif::sarif;

use super::{Finding, MODEL, Review};
use serde_json::{Value, json};
use std::fmt::Write;

pub fn json(review: &Review) -> Value {
    let findings: Vec<Value> = review.findings.iter().map(finding).collect();
    let mut told = json!({
        "findings": findings,
        "leftOut": review.left_out,
        "known": review.known,
        "suppressed": review.suppressed,
        "files": review.files,
    });
    if let (Some(earlier), Value::Object(fields)) = (review.earlier, &mut told) {
        fields.insert("earlier".into(), earlier.into());
    }
    for (name, count) in [("notSearched", review.not_searched), ("notJudged", review.not_judged)] {
        if let (true, Value::Object(fields)) = (count > 0, &mut told) {
            fields.insert(name.into(), count.into());
        }
    }
    if let (Some(team), Value::Object(fields)) = (&review.team, &mut told) {
        let team = json!({ "name": team, "leftOut": review.left_out_for_team });
        fields.insert("team".into(), team);
    }
    told
}

/// Findings alone, as they are in [`json`].
pub fn findings(findings: &[Finding]) -> Value {
    findings.iter().map(finding).collect()
}

fn finding(finding: &Finding) -> Value {
    let mut told = json!({
        "rule": finding.rule.id,
        "severity": finding.severity,
        "source": if finding.rule.id == MODEL { "model" } else { "code" },
        "path": finding.path,
        "line": finding.line + 1,
        "columns": finding.columns.map(|(start, end)| [start + 1, end + 1]),
        "symbol": finding.symbol,
        "message": finding.message,
        "fingerprint": finding.fingerprint,
    });
    if let (true, Value::Object(fields)) = (finding.by_team, &mut told) {
        fields.insert("byTeam".into(), true.into());
    }
    told
}

pub fn markdown(review: &Review) -> String {
    let mut text = String::from("# Review\n\n");
    if review.findings.is_empty() {
        let files = if review.files == 1 { "file" } else { "files" };
        let _ = writeln!(text, "Nothing found in {} {files}.", review.files);
    }
    let mut path = "";
    for finding in &review.findings {
        if finding.path != path {
            let before = if path.is_empty() { "" } else { "\n" };
            path = &finding.path;
            let _ = writeln!(text, "{before}## {path}\n");
        }
        let (line, rule) = (finding.line + 1, finding.rule);
        let by = match &review.team {
            Some(team) if finding.by_team => format!(", by {team}"),
            _ => String::new(),
        };
        let severity = finding.severity.name();
        let _ = writeln!(text, "- line {line}, {severity}{by}: {} ({})", finding.message, rule.id);
    }
    if let Some(team) = &review.team {
        let _ = write!(text, "\nThe rules of {team} hold beside the repository's own");
        let _ = match review.left_out_for_team {
            0 => writeln!(text, "."),
            1 => writeln!(text, "; by them 1 finding is left out."),
            more => writeln!(text, "; by them {more} findings are left out."),
        };
    }
    for (count, one, more) in [
        (
            review.left_out,
            "more finding was left out, of the least severe",
            "more findings were left out, the least severe",
        ),
        (review.known, "finding is known from the baseline", "findings are known from the baseline"),
        (
            review.earlier.unwrap_or(0),
            "finding is of what was reviewed before",
            "findings are of what was reviewed before",
        ),
        (
            review.not_judged,
            "changed symbol was not shown to the model, or not all of it",
            "changed symbols were not shown to the model, or not all of them",
        ),
        (
            review.not_searched,
            "more file was not searched for callers",
            "more files were not searched for callers",
        ),
        (
            review.suppressed,
            "finding is allowed in the code, with a reason",
            "findings are allowed in the code, with a reason",
        ),
    ] {
        if count > 0 {
            let _ = writeln!(text, "\n{count} {}.", if count == 1 { one } else { more });
        }
    }
    text
}
