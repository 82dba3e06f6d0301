//! SARIF 2.1.0, as code scanning services take it.

use crate::review::{Finding, Fix, RULES, Review, Severity};
use serde_json::{Value, json};

pub fn sarif(review: &Review, version: &str) -> Value {
    let rules: Vec<Value> = RULES
        .iter()
        .map(|rule| {
            json!({
                "id": rule.id,
                "shortDescription": { "text": rule.title },
                "fullDescription": { "text": rule.documentation() },
                "help": { "text": rule.documentation(), "markdown": rule.documentation() },
                "defaultConfiguration": { "level": level(rule.severity) },
            })
        })
        .collect();
    let results: Vec<Value> = review.findings.iter().map(result).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "trust-lsp", "version": version, "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { "SRCROOT": { "description": { "text": "The repository's top folder." } } },
            "results": results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Information => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn result(finding: &Finding) -> Value {
    let mut region = json!({ "startLine": finding.line + 1 });
    if let Some((start, end)) = finding.columns {
        region["startColumn"] = (start + 1).into();
        region["endColumn"] = (end + 1).into();
    }
    let place = json!({
        "artifactLocation": { "uri": uri(&finding.path), "uriBaseId": "SRCROOT" },
        "region": region,
    });
    let mut location = json!({ "physicalLocation": place });
    if let Some(symbol) = &finding.symbol {
        location["logicalLocations"] = json!([{ "fullyQualifiedName": symbol }]);
    }
    let mut told = json!({
        "ruleId": finding.rule.id,
        "ruleIndex": RULES.iter().position(|rule| rule.id == finding.rule.id),
        "level": level(finding.severity),
        "message": { "text": finding.message },
        "locations": [location],
        "partialFingerprints": { "trustLspFinding/v1": finding.fingerprint },
    });
    if let Some(fix) = &finding.fix {
        told["fixes"] = json!([mended(finding, fix)]);
    }
    told
}

/// A fix; where a whole line goes, its end goes with it.
fn mended(finding: &Finding, fix: &Fix) -> Value {
    let line = finding.line + 1;
    let region = if fix.whole && !fix.unended {
        json!({ "startLine": line, "startColumn": 1, "endLine": line + 1, "endColumn": 1 })
    } else {
        let (start, end) = (fix.characters.start + 1, fix.characters.end + 1);
        json!({ "startLine": line, "startColumn": start, "endLine": line, "endColumn": end })
    };
    json!({
        "description": { "text": fix.title },
        "artifactChanges": [{
            "artifactLocation": { "uri": uri(&finding.path), "uriBaseId": "SRCROOT" },
            "replacements": [{ "deletedRegion": region, "insertedContent": { "text": fix.text } }],
        }],
    })
}

/// A relative URI reference: what is not plain in a path is escaped.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    path.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
