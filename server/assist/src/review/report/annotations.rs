//! Reviewdog's formats, GitHub's workflow commands, GitLab's code quality report.

use crate::review::{Finding, Review, Severity};
use serde_json::{Value, json};

/// GitHub shows ten annotations of a kind a step.
const ANNOTATIONS: usize = 10;

/// Reviewdog's diagnostic format, all in one object.
pub fn rdjson(review: &Review) -> Value {
    let diagnostics: Vec<Value> = review.findings.iter().map(diagnostic).collect();
    json!({ "source": { "name": "trust-lsp" }, "diagnostics": diagnostics })
}

/// The same, an object a line.
pub fn rdjsonl(review: &Review) -> String {
    let line = |finding: &Finding| {
        let mut value = diagnostic(finding);
        value["source"] = json!({ "name": "trust-lsp" });
        format!("{value}\n")
    };
    review.findings.iter().map(line).collect()
}

/// Its columns count bytes.
fn diagnostic(finding: &Finding) -> Value {
    let line = finding.line + 1;
    let range = match finding.bytes {
        Some((start, end)) => json!({
            "start": { "line": line, "column": start + 1 },
            "end": { "line": line, "column": end + 1 },
        }),
        None => json!({ "start": { "line": line } }),
    };
    let severity = match finding.severity {
        Severity::Information => "INFO",
        Severity::Warning => "WARNING",
        Severity::Error => "ERROR",
    };
    let mut told = json!({
        "message": finding.message,
        "location": { "path": finding.path, "range": range },
        "severity": severity,
        "code": { "value": finding.rule.id },
    });
    if let Some(fix) = &finding.fix {
        // Ends are exclusive; a line with its end reaches to the next one.
        let (start, end) = match fix.whole && !fix.unended {
            true => ((line, 1), (line + 1, 1)),
            false => ((line, fix.columns.start + 1), (line, fix.columns.end + 1)),
        };
        let at = |(line, column): (u32, usize)| json!({ "line": line, "column": column });
        let range = json!({ "start": at(start), "end": at(end) });
        told["suggestions"] = json!([{ "range": range, "text": fix.text }]);
    }
    told
}

/// Workflow commands of GitHub Actions. The rest is counted in the last line.
pub fn github(review: &Review) -> String {
    let line = |finding: &Finding| {
        let command = match finding.severity {
            Severity::Information => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let columns = finding
            .columns
            .map_or(String::new(), |(start, end)| format!(",col={},endColumn={}", start + 1, end + 1));
        format!(
            "::{command} file={},line={}{columns},title={}::{}\n",
            property(&finding.path),
            finding.line + 1,
            property(&format!("trust-lsp {}", finding.rule.id)),
            data(&finding.message),
        )
    };
    let mut findings: Vec<&Finding> = review.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut text: String = findings.iter().take(ANNOTATIONS).map(|finding| line(finding)).collect();
    let more = findings.len().saturating_sub(ANNOTATIONS);
    if more > 0 {
        text.push_str(&format!("::notice title=trust-lsp::{more} more findings are in the log\n"));
        text.extend(findings.iter().skip(ANNOTATIONS).map(|finding| {
            format!(
                "{}:{}: {} ({})\n",
                plain(&finding.path),
                finding.line + 1,
                plain(&finding.message),
                finding.rule.id
            )
        }));
    }
    text
}

/// In a command's text.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// In a command's property, which a colon or a comma would end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// In the log, where a line that begins like a command would be one.
fn plain(text: &str) -> String {
    text.replace(['\r', '\n'], " ").replace("::", ": :")
}

/// GitLab's code quality report.
pub fn gitlab(review: &Review) -> Value {
    let issue = |finding: &Finding| {
        let severity = match finding.severity {
            Severity::Information => "info",
            Severity::Warning => "major",
            Severity::Error => "critical",
        };
        json!({
            "description": finding.message,
            "check_name": finding.rule.id,
            "fingerprint": finding.fingerprint,
            "severity": severity,
            "location": { "path": finding.path, "lines": { "begin": finding.line + 1 } },
        })
    };
    review.findings.iter().map(issue).collect()
}
