//! What is made from the table of the configuration's keys, and lies in the repository: a test holds both equal.

use crate::workspace::Workspace;
use anyhow::{Context, Result};
use serde_json::{Map, Value};
use std::path::Path;

const JETBRAINS: &str = "editors/jetbrains/settings.schema.json";
const PACKAGE: &str = "editors/vscode/package.json";
/// The words of the manifest, beside which a translation lies.
const WORDS: &str = "editors/vscode/package.nls.json";
/// What VS Code tells of a setting.
const TOLD: &str = "markdownDescription";
/// Settings of VS Code that are the extension's own.
const OWN: &str = "trust.server.path";

pub fn write(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join("docs");
    std::fs::create_dir_all(&folder)?;
    put(&folder.join("configuration.md"), &trust_config::markdown())?;
    let schemas = [
        (folder.join("configuration.schema.json"), trust_config::schema()),
        (workspace.root.join(JETBRAINS), trust_config::section()),
    ];
    for (path, schema) in schemas {
        put(&path, &format!("{}\n", serde_json::to_string_pretty(&schema)?))?;
    }
    let package = workspace.root.join(PACKAGE);
    let text = std::fs::read_to_string(&package)?;
    put(&package, &with_settings(&text).context(PACKAGE)?)?;
    let words = workspace.root.join(WORDS);
    let text = std::fs::read_to_string(&words)?;
    put(&words, &with_words(&text).context(WORDS)?)
}

fn put(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| path.display().to_string())?;
    println!("{}", path.display());
    Ok(())
}

/// The extension's manifest with our settings in it. Only those parts are written anew: JSON in a program's own order
/// would change every line.
fn with_settings(text: &str) -> Result<String> {
    let package: Value = serde_json::from_str(text)?;
    let mut properties = Map::new();
    let own = package["contributes"]["configuration"]["properties"].get(OWN).context("no server.path")?;
    properties.insert(OWN.into(), own.clone());
    for (name, mut setting) in trust_config::vscode() {
        setting[TOLD] = format!("%{}%", word(&name)).into();
        properties.insert(name, setting);
    }
    let mut restricted = vec![OWN.to_owned()];
    restricted.extend(trust_config::restricted());
    let text = replaced(text, "\"restrictedConfigurations\": ", '[', ']', &Value::from(restricted), 6)?;
    let at = text.find("\"configuration\": {").context("no settings")?;
    let (before, rest) = text.split_at(at);
    Ok(before.to_owned() + &replaced(rest, "\"properties\": ", '{', '}', &properties.into(), 6)?)
}

/// The name under which the words about a setting stand.
fn word(setting: &str) -> String {
    setting.replacen("trust.", "setting.", 1)
}

/// The manifest's words: those that are written by hand, and behind them those of our settings.
fn with_words(text: &str) -> Result<String> {
    let words: Map<String, Value> = serde_json::from_str(text)?;
    let own = word(OWN);
    let by_hand = words.into_iter().filter(|(name, _)| !name.starts_with("setting.") || *name == own);
    let told = trust_config::vscode().into_iter();
    let told = told.map(|(name, mut setting)| (word(&name), setting[TOLD].take()));
    let all: Map<String, Value> = by_hand.chain(told).collect();
    Ok(format!("{}\n", serde_json::to_string_pretty(&all)?))
}

/// `text` with the value behind `name` replaced, whose brackets are these.
fn replaced(text: &str, name: &str, open: char, close: char, value: &Value, indent: usize) -> Result<String> {
    let start = text.find(name).with_context(|| format!("no {name}"))? + name.len();
    let mut depth = 0;
    let end = text[start..].char_indices().find_map(|(at, c)| {
        depth += i32::from(c == open) - i32::from(c == close);
        (depth == 0).then_some(start + at + c.len_utf8())
    });
    let end = end.with_context(|| format!("{name} does not end"))?;
    let pretty = serde_json::to_string_pretty(value)?.replace('\n', &format!("\n{}", " ".repeat(indent)));
    Ok(format!("{}{pretty}{}", &text[..start], &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_else_of_the_manifest_changes() {
        let text = include_str!("../../editors/vscode/package.json");
        let written = with_settings(text).unwrap();
        assert_eq!(with_settings(&written).unwrap(), written);
        let (mut before, mut after): (Value, Value) =
            (serde_json::from_str(text).unwrap(), serde_json::from_str(&written).unwrap());
        for package in [&mut before, &mut after] {
            package["contributes"]["configuration"] = Value::Null;
            package["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] = Value::Null;
        }
        assert_eq!(before, after);
    }

    #[test]
    fn words_that_are_written_by_hand_stay() {
        let text = include_str!("../../editors/vscode/package.nls.json");
        let written = with_words(text).unwrap();
        assert_eq!(with_words(&written).unwrap(), written);
        let by_hand = |text: &str| -> Vec<_> {
            let words: Map<String, Value> = serde_json::from_str(text).unwrap();
            words
                .into_iter()
                .filter(|(name, _)| !name.starts_with("setting.") || *name == word(OWN))
                .collect()
        };
        assert_eq!(by_hand(text), by_hand(&written));
        assert!(with_words("[]").is_err() && with_words("{").is_err());
    }
}
