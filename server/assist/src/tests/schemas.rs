//! Reports against the schemas of those who read them: SARIF's own, and what reviewdog's protocol buffers allow.

use super::Sandbox;
use super::review::reviewed;
use crate::review::{Finding, Options, RULES, Review, report};
use serde_json::{Value, json};
use std::process::Command;

/// The schema of SARIF 2.1.0 as OASIS publishes it, which a package among the development dependencies holds.
fn sarif_schema() -> Value {
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&cargo.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "serde-sarif").unwrap();
    let manifest = std::path::Path::new(package["manifest_path"].as_str().unwrap());
    let schema = std::fs::read_to_string(manifest.with_file_name("src").join("schema.json")).unwrap();
    serde_json::from_str(&schema).unwrap()
}

/// What reviewdog reads, and nothing besides: it passes over what it does not know, so a misspelt name is lost.
fn rdjson_schema() -> Value {
    let closed = |properties: Value, required: Value| {
        json!({ "type": "object", "additionalProperties": false, "properties": properties, "required": required })
    };
    let number = json!({ "type": "integer", "minimum": 1 });
    let text = json!({ "type": "string", "minLength": 1 });
    let position = closed(json!({ "line": number, "column": number }), json!(["line"]));
    let range = closed(json!({ "start": position, "end": position }), json!(["start"]));
    let location = closed(json!({ "path": text, "range": range }), json!(["path"]));
    let named = |name: &str| closed(json!({ name: text, "url": text }), json!([name]));
    let diagnostic = closed(
        json!({
            "message": text,
            "location": location,
            "severity": { "enum": ["UNKNOWN_SEVERITY", "ERROR", "WARNING", "INFO"] },
            "source": named("name"),
            "code": named("value"),
        }),
        json!(["message", "location"]),
    );
    closed(
        json!({ "source": named("name"), "diagnostics": { "type": "array", "items": diagnostic } }),
        json!(["source", "diagnostics"]),
    )
}

fn errors(schema: &Value, instance: &Value) -> Vec<String> {
    let validator = jsonschema::options().build(schema).unwrap();
    validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// A finding of every rule, one with every field, and nothing.
fn reviews() -> Vec<Review> {
    let sandbox = Sandbox::with(&[("a.rs", "fn f() {\n}\n")]);
    sandbox.write(&[("folder, 100%: é/a.rs", "fn f() {\n    g(\"é\").unwrap();\n}\n")]);
    let real = reviewed(&sandbox, &Options::default());
    assert_eq!(real.findings.len(), 1);
    let all = RULES.iter().map(|rule| Finding::new(rule, "a\"\\\u{1}.rs", 0, "said \"so\"\n".into()));
    vec![real, Review { findings: all.collect(), ..Review::default() }, Review::default()]
}

#[test]
fn sarif_is_what_its_schema_asks_for() {
    let schema = sarif_schema();
    assert_eq!(schema["properties"]["version"]["enum"], json!(["2.1.0"]), "it is the right one");
    for review in reviews() {
        assert_eq!(errors(&schema, &report::sarif(&review, "1.0.0")), [""; 0]);
    }
    let mut wrong = report::sarif(&reviews().remove(0), "1.0.0");
    wrong["runs"][0]["results"][0]["level"] = "bad".into();
    wrong["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0.into();
    assert_eq!(errors(&schema, &wrong).len(), 2, "and it refuses what is wrong");
}

#[test]
fn rdjson_is_what_reviewdog_reads() {
    let schema = rdjson_schema();
    for review in reviews() {
        assert_eq!(errors(&schema, &report::rdjson(&review)), [""; 0]);
        for line in report::rdjsonl(&review).lines() {
            let one = json!({ "source": { "name": "x" }, "diagnostics": [serde_json::from_str::<Value>(line).unwrap()] });
            assert_eq!(errors(&schema, &one), [""; 0]);
        }
    }
    let wrong = json!({ "source": { "name": "x" }, "diagnostics": [{ "message": "m", "file": "a" }] });
    assert!(!errors(&schema, &wrong).is_empty());
}
