//! What an editor says of itself when a session begins (the parameters of `initialize`), heard while its tests run. It is
//! held to the fixtures that the server's own tests begin sessions with, or written into them (`TRUST_WRITE_CLIENTS=1`).

use crate::{
    tally::Tally,
    workspace::{Workspace, run},
};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

const FIXTURES: &str = "fixtures/clients";
const WRITE: &str = "TRUST_WRITE_CLIENTS";
/// Where fixtures say that the project lies.
const PROJECT: &str = "/workspace";
/// Of the options, what says something of the client; the rest is what the tests have set.
const OPTIONS: [&str; 2] = ["otherServers", "workspaceTrusted"];
/// How long an editor may take to begin.
const PATIENCE: Duration = Duration::from_secs(60);
/// Differences that are named.
const NAMED: usize = 12;

/// Whether fixtures are written, not compared.
pub fn writes() -> bool {
    std::env::var_os(WRITE).is_some()
}

/// A program that is the server for an editor, and keeps all that it is sent, one file a process.
pub struct Listener {
    pub program: PathBuf,
    folder: PathBuf,
}

impl Listener {
    /// In a folder of its own, with `words` before the editor's.
    pub fn new(folder: &Path, server: &Path, words: &[&str]) -> Result<Self> {
        let _ = std::fs::remove_dir_all(folder);
        std::fs::create_dir_all(folder)?;
        let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let words: String = words.iter().map(|word| format!("{} ", quoted(word))).collect();
        let (kept, server) = (quoted(&folder.display().to_string()), quoted(&server.display().to_string()));
        let program = folder.join("server");
        std::fs::write(&program, format!("#!/bin/sh\ntee {kept}/$$.heard | {server} {words}\"$@\"\n"))?;
        #[cfg(unix)]
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        Ok(Self { program, folder: folder.to_owned() })
    }

    /// What was said, once an editor has begun.
    pub fn wait(&self) -> Result<Value> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(said) = heard(&self.folder)? {
                return Ok(said);
            }
            ensure!(Instant::now() < end, "no session was begun with {}", self.program.display());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The parameters of the first session that was begun, by what was kept in a folder.
pub fn heard(folder: &Path) -> Result<Option<Value>> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "heard")
            && let Some(params) = parameters(&std::fs::read(&path)?)
        {
            return Ok(Some(params));
        }
    }
    Ok(None)
}

/// Of the first message, if it is whole and begins a session.
fn parameters(bytes: &[u8]) -> Option<Value> {
    const LENGTH: &str = "content-length:";
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let fields = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
    let length: usize = fields.lines().find_map(|line| line.strip_prefix(LENGTH))?.trim().parse().ok()?;
    let message: Value = serde_json::from_slice(bytes.get(head + 4..head + 4 + length)?).ok()?;
    (message["method"] == "initialize").then(|| message["params"].clone())
}

/// An empty repository, and a home with nothing of the user's, for an editor that only begins a session.
pub fn project(workspace: &Workspace, folder: &Path) -> Result<PathBuf> {
    let _ = std::fs::remove_dir_all(folder);
    let project = folder.join("project");
    for place in ["project", "home"] {
        std::fs::create_dir_all(folder.join(place))?;
    }
    for file in ["a.rs", "a.py"] {
        std::fs::write(project.join(file), "\n")?;
    }
    run(workspace.command("git", ["init", "--quiet"]).arg(&project))?;
    Ok(project)
}

/// Has a program take `folder` for the user's home.
pub fn housed(command: &mut Command, folder: &Path) {
    let home = folder.join("home");
    for name in ["CONFIG", "CACHE", "DATA", "STATE"] {
        command.env(format!("XDG_{name}_HOME"), home.join(name.to_lowercase()));
    }
    command.env("HOME", home);
}

/// Holds what was said to the fixture called `name`, which is of `project`.
pub fn judge(workspace: &Workspace, name: &str, said: Value, project: &Path) -> Result<Tally> {
    let said = in_general(said, project);
    let path = workspace.root.join(FIXTURES).join(format!("{name}.json"));
    if writes() {
        let fixture = json!({ "source": "recorded", "params": said });
        std::fs::write(&path, serde_json::to_string_pretty(&fixture)? + "\n")?;
        println!("{name}: recorded from {}", client(&said));
        return Ok(Tally { passed: 1, failed: 0 });
    }
    let fixture = std::fs::read(&path).with_context(|| path.display().to_string())?;
    let fixture: Value = serde_json::from_slice(&fixture).with_context(|| path.display().to_string())?;
    let mut differing = Vec::new();
    differences(&fixture["params"]["capabilities"], &said["capabilities"], "", &mut differing);
    let (recorded, now) = (client(&fixture["params"]), client(&said));
    if differing.is_empty() {
        println!("{name}: {now} says of itself what {FIXTURES}/{name}.json has");
        return Ok(Tally { passed: 1, failed: 0 });
    }
    println!("{name}: {now} says other than {FIXTURES}/{name}.json, recorded from {recorded}:");
    differing.iter().take(NAMED).for_each(|line| println!("  {line}"));
    println!("  {WRITE}=1 and the same step of `cargo xtask test` record it anew");
    // A newer editor is no fault of this tree; the same one has no reason to.
    Ok(Tally { passed: 0, failed: u64::from(recorded == now) })
}

fn client(params: &Value) -> String {
    let said = |key: &str| params["clientInfo"][key].as_str().unwrap_or_default().to_owned();
    format!("{} {}", said("name"), said("version"))
}

/// Without what is this machine's: the process, where the project lies, what the tests have set.
fn in_general(mut said: Value, project: &Path) -> Value {
    let place = project.display().to_string();
    replace(&mut said, place.trim_end_matches('/'));
    if said["processId"].is_number() {
        said["processId"] = Value::Null;
    }
    if let Some(options) = said.get_mut("initializationOptions").and_then(Value::as_object_mut) {
        options.retain(|key, _| OPTIONS.contains(&key.as_str()));
    }
    for folder in said.get_mut("workspaceFolders").and_then(Value::as_array_mut).into_iter().flatten() {
        folder["name"] = json!("workspace");
    }
    said
}

fn replace(value: &mut Value, place: &str) {
    match value {
        Value::String(text) => *text = text.replace(place, PROJECT),
        Value::Array(values) => values.iter_mut().for_each(|value| replace(value, place)),
        Value::Object(values) => values.values_mut().for_each(|value| replace(value, place)),
        _ => {}
    }
}

/// The places where two values differ, as JSON pointers with both. Lists are sets, which kakoune-lsp tells in any order;
/// only of encodings the first is the best.
fn differences(old: &Value, new: &Value, pointer: &str, found: &mut Vec<String>) {
    match (old, new) {
        (Value::Object(left), Value::Object(right)) => {
            let more = right.keys().filter(|key| !left.contains_key(*key));
            for key in left.keys().chain(more) {
                differences(&old[key], &new[key], &format!("{pointer}/{key}"), found);
            }
        }
        (Value::Array(left), Value::Array(right))
            if !pointer.ends_with("/positionEncodings")
                && left.len() == right.len()
                && left.iter().all(|value| right.contains(value)) => {}
        _ if old == new => {}
        _ => found.push(format!("{pointer}: {old}, now {new}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_begun_by_its_first_whole_message() {
        let framed = |body: &str| format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let begun = framed(r#"{"method":"initialize","params":{"trace":"off"}}"#);
        let cases = [
            (format!("{begun}{}", framed("{}")), Some(json!({ "trace": "off" }))),
            (begun.replace("Content-Length", "content-length"), Some(json!({ "trace": "off" }))),
            (begun[..begun.len() - 1].to_owned(), None),
            (framed(r#"{"method":"initialized"}"#), None),
            (framed("no JSON"), None),
            ("Content-Length: many\r\n\r\n{}".to_owned(), None),
            (String::new(), None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(parameters(bytes.as_bytes()), expected, "{bytes}");
        }
    }

    #[test]
    fn a_fixture_says_nothing_of_the_machine() {
        let said = json!({
            "processId": 17,
            "rootUri": "file:///tmp/t/project",
            "workspaceFolders": [{ "uri": "file:///tmp/t/project/", "name": "project" }],
            "initializationOptions": { "otherServers": ["go"], "adapt": false },
        });
        let expected = json!({
            "processId": null,
            "rootUri": "file:///workspace",
            "workspaceFolders": [{ "uri": "file:///workspace/", "name": "workspace" }],
            "initializationOptions": { "otherServers": ["go"] },
        });
        assert_eq!(in_general(said, Path::new("/tmp/t/project/")), expected);
        assert_eq!(in_general(json!({ "rootUri": null }), Path::new("/p")), json!({ "rootUri": null }));
    }

    #[test]
    fn differences_are_named_by_their_places() {
        let old = json!({ "a": { "b": [1], "c": true }, "d": [1, 2], "positionEncodings": ["x", "y"] });
        let new = json!({ "a": { "b": [2], "e": {} }, "d": [2, 1], "positionEncodings": ["y", "x"] });
        let mut found = Vec::new();
        differences(&old, &new, "", &mut found);
        let encodings = r#"/positionEncodings: ["x","y"], now ["y","x"]"#;
        assert_eq!(found, ["/a/b: [1], now [2]", "/a/c: true, now null", "/a/e: null, now {}", encodings]);
    }
}
