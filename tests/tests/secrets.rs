//! Secrets that stand in the code itself leave it by no route: completions, navigation, search, what git tells, the log, the
//! cache. They are drawn when the test runs.

use crate::git::{git, run};
use serde_json::json;
use std::path::PathBuf;

use trust_tests::{Client, Document, Launch, Random, Workspace};

fn drawn(random: &mut Random, length: usize) -> String {
    let letters: Vec<char> = ('A'..='Z').chain('a'..='z').chain('2'..='9').collect();
    (0..length).map(|_| *random.pick(&letters)).collect()
}

/// Secrets of several kinds, and a file that they stand in.
fn secrets(seed: u64) -> (Vec<String>, String) {
    let mut random = Random::new(seed);
    let token = format!("glpat-{}", drawn(&mut random, 20));
    let password = drawn(&mut random, 16);
    let value = drawn(&mut random, 40);
    let key: Vec<String> = (0..4).map(|_| drawn(&mut random, 64)).collect();
    let text = format!(
        "/// Opens the door with {token}.\npub const DOOR_TOKEN: &str = \"{value}\";\n\
         pub const ADDRESS: &str = \"postgres://app:{password}@db.internal/app\";\n\
         const PEM: &str = \"-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\";\n\
         pub fn open_door() {{\n    let door: Door<Key> = connect_upstream(\"{token}\", Retry::Forever);\n}}\n",
        key.join("\n"),
    );
    (key.into_iter().chain([token, password, value]).collect(), text)
}

fn assert_none(secrets: &[String], told: &str, route: &str) {
    let leaked = secrets.iter().filter(|secret| told.contains(&secret[..12])).count();
    assert_eq!(leaked, 0, "{route}: {told}");
}

#[test]
fn a_session_tells_logs_and_keeps_none() {
    let (secrets, text) = secrets(11);
    let workspace = Workspace::with(&[("door.rs", &text)]).git();
    let launch = Launch::no_model().verbose();
    let client = Client::full(&workspace).with("/initializationOptions", json!({"navigation": "on"}));
    let mut server = launch.start_indexed(&client);
    let encoding = server.encoding();
    let begun = "fn main() {\n    open_door();\n    let door: Door<Key> = connect_up‸\n}\n";
    let from_another = Document::rust(workspace.uri("main.rs"), begun);
    server.open(&from_another);
    let from_itself = Document::rust(workspace.uri("door.rs"), &format!("{text}{begun}"));
    server.open(&from_itself);
    for document in [&from_another, &from_itself] {
        let told: Vec<String> = server.inline_invoked(document).into_iter().map(|item| item.added).collect();
        assert_none(&secrets, &told.join("\n"), "inline completion");
        let told: Vec<String> = server.completion(document).into_iter().map(|item| item.new_text).collect();
        assert_none(&secrets, &told.join("\n"), "completion");
    }
    for method in ["definition", "references", "hover", "documentSymbol"] {
        for (line, character) in [(1, 6), (2, 12), (10, 8)] {
            let mut params = from_itself.here(encoding);
            params["position"] = json!({"line": line, "character": character});
            params["context"] = json!({"includeDeclaration": true});
            let told = server.call(&format!("textDocument/{method}"), params).to_string();
            assert_none(&secrets, &told, method);
        }
    }
    let told = server.call("workspace/symbol", json!({"query": "DOOR_TOKEN"})).to_string();
    assert_none(&secrets, &told, "workspace/symbol");
    server.call("shutdown", json!(null));
    server.notify("exit", json!(null));
    server.wait_exit(trust_tests::WAIT);
    assert_none(&secrets, &server.log(), "the log");
    let (mut folders, mut kept) = (vec![launch.home("")], 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            kept += 1;
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            assert_none(&secrets, &text, &path.display().to_string());
        }
    }
    assert!(kept > 0, "something is kept");
}

#[test]
fn no_command_tells_any() {
    let (old, before) = secrets(21);
    let (new, after) = secrets(22);
    let all: Vec<String> = old.into_iter().chain(new).collect();
    let user = "mod door;\nfn main() {\n    door::open_door();\n    door::open_door();\n}\n";
    let workspace = Workspace::with(&[("door.rs", &before), ("main.rs", user)]);
    git(&workspace, &["init", "-q", "-b", "main", "."]);
    git(&workspace, &["add", "-A"]);
    git(&workspace, &["commit", "-qm", "First"]);
    workspace.write("door.rs", format!("{after}pub fn shut_door() {{}}\n"));
    git(&workspace, &["add", "-A"]);
    let commands: [&[&str]; 14] = [
        &["diff", "explain", "--staged", "--format", "markdown"],
        &["diff", "explain", "--staged", "--format", "json"],
        &["diff", "explain", "--staged", "--format", "terminal"],
        &["commit-message"],
        &["commit-message", "--json"],
        &["review"],
        &["review", "--format", "json"],
        &["review", "--format", "sarif"],
        &["history", "door.rs:2"],
        &["search", "DOOR_TOKEN"],
        &["search", "open_door"],
        &["map", "--tokens", "2000"],
        &["definition", "door.rs:2:12"],
        &["complete", "door.rs:9:40", "--json"],
    ];
    for command in commands {
        let (_, out, err) = run(&workspace, command);
        assert_none(&all, &format!("{out}{err}"), &command.join(" "));
        let works = command[0] == "complete" || out.contains("door") || out.contains("DOOR");
        assert!(works, "{command:?} says something: {out}{err}");
    }
    let (_, found, _) = run(&workspace, &["review", "--format", "json"]);
    assert!(found.matches("\"secret-added\"").count() >= 3, "exchanged secrets are found: {found}");
    // What people write into commits is told as what they write into code is.
    let (message, author) = (format!("Use {}", all[4]), format!("Ann {} <ann@example.org>", all[11]));
    assert!(all[4].starts_with("glpat-") && all[11].starts_with("glpat-"), "tokens are known without a name");
    git(&workspace, &["commit", "-qm", &message, "--author", &author]);
    for command in [&["history", "door.rs:2", "--json"][..], &["history", "door.rs:2"]] {
        let (_, out, err) = run(&workspace, command);
        assert!(out.contains("Use <****") && out.contains("Ann <****"), "{out}{err}");
        assert_none(&all, &format!("{out}{err}"), "history");
    }
    for (base, title) in [("HEAD~1", "# Use <****"), ("HEAD", "# Nothing")] {
        let (code, out, err) = run(&workspace, &["pr", "describe", "--base", base]);
        assert!(code == Some(0) && out.starts_with(title), "{out}{err}");
        assert_none(&all, &format!("{out}{err}"), "pr describe");
    }
}

#[test]
fn rules_of_the_user_count_and_what_is_wrong_with_them_is_told() {
    let home = Workspace::empty();
    let rule = "[[rules]]\nid = \"house\"\nregex = 'house-[a-z]{8}'\n";
    home.write("rules.toml", rule);
    let workspace =
        Workspace::with(&[("a.rs", "fn open_door() {}\npub const DOOR: &str = \"house-qwertzui\";\n")]).git();
    let search = |rules: &str| {
        let mut command = trust_tests::command(home.root());
        command.args(["search", "DOOR"]).current_dir(workspace.root()).env("TRUST_LSP_SECRETS_RULES", rules);
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr))
    };
    let (out, _) = search("none");
    assert!(out.contains("house-qwertzui"), "{out}");
    let (out, err) = search(home.path("rules.toml").to_str().unwrap());
    assert!(out.contains("DOOR") && !out.contains("qwertzui") && err.is_empty(), "{out}{err}");
    // One that is wrong takes no other with it.
    home.write("rules.toml", format!("{}{rule}", rule.replace("'house", "'(")));
    let (out, err) = search(home.path("rules.toml").to_str().unwrap());
    assert!(err.contains("does not count") && err.contains("rule house: its regex is none"), "{err}");
    assert!(out.contains("DOOR") && !out.contains("qwertzui"), "{out}");
}
