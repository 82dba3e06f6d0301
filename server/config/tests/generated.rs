//! What is written from the table of keys is what lies in the repository: `cargo xtask settings` writes it.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests read the repository's files, and may fail"
)]

use serde_json::Value;
use std::path::Path;
use trust_config::{KEYS, markdown, restricted, schema, section, vscode};

fn repository(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

const ADVICE: &str = "run `cargo xtask settings`";

#[test]
fn the_page_and_the_schema_are_those_of_the_table() {
    assert_eq!(repository("docs/configuration.md"), markdown(), "{ADVICE}");
    let written: Value = serde_json::from_str(&repository("docs/configuration.schema.json")).unwrap();
    assert_eq!(written, schema(), "{ADVICE}");
}

#[test]
fn the_settings_of_jetbrains_editors_are_those_of_the_table() {
    let written: Value = serde_json::from_str(&repository("editors/jetbrains/settings.schema.json")).unwrap();
    assert_eq!(written, section(), "{ADVICE}");
    let trust = &written["properties"]["trust"]["properties"];
    for key in KEYS {
        let pointer = format!("/{}", key.name.replace('.', "/properties/"));
        assert_eq!(trust.pointer(&pointer).is_some(), key.is_heard_of_editors(), "{}", key.name);
    }
}

#[test]
fn the_settings_of_vs_code_are_those_of_the_table() {
    let package: Value = serde_json::from_str(&repository("editors/vscode/package.json")).unwrap();
    let written = package["contributes"]["configuration"]["properties"].as_object().unwrap();
    let words: Value = serde_json::from_str(&repository("editors/vscode/package.nls.json")).unwrap();
    for (name, mut setting) in vscode() {
        let word = name.replacen("trust.", "setting.", 1);
        assert_eq!(words[&word], setting["markdownDescription"], "{name}: {ADVICE}");
        setting["markdownDescription"] = format!("%{word}%").into();
        assert_eq!(written.get(&name), Some(&setting), "{name}: {ADVICE}");
    }
    assert_eq!(written.len(), vscode().len() + 1, "and `trust.server.path`, which is the extension's own");
    let untrusted = &package["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"];
    let mut expected = vec!["trust.server.path".to_owned()];
    expected.extend(restricted());
    assert_eq!(*untrusted, Value::from(expected), "{ADVICE}");
}

#[test]
fn vs_code_starts_the_server_again_for_what_is_heard_then() {
    let text = repository("editors/vscode/src/settings.ts");
    let line = text.lines().find(|line| line.starts_with("const AT_START")).unwrap();
    let named: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
    let heard = KEYS.iter().filter(|key| key.is_heard_of_editors());
    let late = heard.filter(|key| key.change == trust_config::Change::AtStart).map(|key| key.name);
    assert_eq!(named, std::iter::once("server.path").chain(late).collect::<Vec<_>>());
}

/// The documentation of a key says where it counts; the settings of an editor do not offer it then.
#[test]
fn what_counts_in_files_only_is_no_setting_of_an_editor() {
    for key in KEYS {
        let says =
            ["Counts where", "Counts in the machine's"].iter().any(|words| key.summary().contains(words));
        assert_eq!(key.is_heard_of_editors(), !says, "{}", key.name);
        assert_eq!(vscode().contains_key(&format!("trust.{}", key.name)), !says, "{}", key.name);
    }
    let privacy = vscode()["trust.privacy"]["markdownDescription"].as_str().unwrap().to_owned();
    assert!(privacy.contains("only restrict"), "{privacy}");
}

#[test]
fn the_schema_holds_every_key_and_nothing_of_a_session_for_a_place() {
    let schema = schema();
    for key in KEYS {
        let pointer = format!("/properties/{}", key.name.replace('.', "/properties/"));
        assert!(schema.pointer(&pointer).is_some(), "{pointer}");
        let place = schema.pointer(&format!("/definitions/language{pointer}")).is_some();
        assert_eq!(place, key.reach == trust_config::Reach::Places, "{pointer}");
    }
}
