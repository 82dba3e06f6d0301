//! What an excluded file says reaches no log, at the most verbose level, and nothing that is kept on disk.

pub mod routes;

use crate::ADDEND;
use serde_json::json;
use std::path::{Path, PathBuf};
use trust_tests::{Client, Document, Launch, Workspace};

const CANARY: &str = "canary_yellow_8c41";

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}

#[test]
fn an_excluded_string_reaches_no_log_and_no_cache() {
    let secret = format!("fn {CANARY}() {{ let {CANARY}_x = \"{CANARY}\"; }}\n");
    let workspace = Workspace::with(&[
        ("src/secret.rs", &secret),
        ("lib/.env", &secret),
        ("lib/key.pem", &secret),
        ("src/main.rs", "fn visible() {}\n"),
        (".trustignore", "secret.rs\n"),
    ])
    .git();
    let launch = Launch::scripted(ADDEND).verbose();
    let client = Client::full(&workspace).with("/initializationOptions", json!({"navigation": "on"}));
    let mut server = launch.start_indexed(&client);
    let encoding = server.encoding();
    for path in ["src/secret.rs", "lib/.env", "lib/key.pem"] {
        let marked = format!("{secret}fn f() {{ {CANARY}‸ }}\n");
        let mut document = Document::rust(workspace.uri(path), &marked);
        server.open(&document);
        server.type_text(&mut document, &format!("{CANARY}_typed "));
        server.inline(&document);
        server.completion(&document);
        let methods = ["definition", "references", "hover", "documentSymbol"];
        for method in methods.map(|method| format!("textDocument/{method}")) {
            let mut params = document.here(encoding);
            params["context"] = json!({"includeDeclaration": true});
            server.call(&method, params);
        }
        workspace.write(path, format!("{secret}// more {CANARY}\n"));
        let changes = json!({"changes": [{"uri": workspace.uri(path), "type": 2}]});
        server.notify("workspace/didChangeWatchedFiles", changes);
        server.notify("textDocument/didSave", json!({"textDocument": {"uri": workspace.uri(path)}}));
        server.close(&document);
    }
    let wrong = json!({"textDocument": {"uri": 7, "text": CANARY}});
    server.notify("textDocument/didOpen", wrong);
    server.wait_for("the index", |status| status["index"]["state"] == "ready");
    server.call("shutdown", json!(null));
    server.notify("exit", json!(null));
    server.wait_exit(trust_tests::WAIT);
    let log = server.log();
    assert!(log.contains("DEBUG"), "the log is verbose: {log}");
    let told: Vec<&str> = log.lines().filter(|line| line.contains(CANARY)).collect();
    assert!(told.is_empty(), "{told:#?}");
    let mut kept = false;
    for file in files_below(&launch.home("")) {
        let bytes = std::fs::read(&file).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!holds(CANARY), "{} holds it", file.display());
        kept |= file.ends_with("segment");
    }
    // It is coded; a test of the index's own decodes it and looks for names.
    assert!(kept, "the index is on disk");
}
