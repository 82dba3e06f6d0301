//! The audit log of sessions and commands: what is in it, what is not, that it verifies, and what becomes of it.

use crate::{ADDEND, SUM, chat::project};
use serde_json::{Value, json};
use std::process::Output;
use std::time::{Duration, Instant};
use trust_tests::{Client, Document, Launch, WAIT, Workspace};

fn launch() -> Launch {
    Launch::scripted(ADDEND).with(&["--kept-after-ms", "100"])
}

fn run(launch: &Launch, arguments: &[&str]) -> Output {
    launch.command().current_dir(launch.home("")).args(arguments).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn entries(launch: &Launch) -> Vec<Value> {
    let output = run(launch, &["audit", "show", "--last", "0", "--content", "--json"]);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Feature and action of all entries but those that sum up.
fn happened(launch: &Launch) -> Vec<String> {
    let word = |entry: &Value, key: &str| entry[key].as_str().unwrap().to_owned();
    let all = entries(launch).into_iter().filter(|entry| entry["action"] != "summed");
    all.map(|entry| format!("{} {}", word(&entry, "feature"), word(&entry, "action"))).collect()
}

fn wait_for(launch: &Launch, expected: &str) -> Value {
    let start = Instant::now();
    loop {
        let (feature, action) = expected.split_once(' ').unwrap();
        let found = entries(launch)
            .into_iter()
            .rev()
            .find(|entry| entry["feature"] == feature && entry["action"] == action);
        if let Some(found) = found {
            return found;
        }
        assert!(start.elapsed() < WAIT, "{expected} is not among {:?}", happened(launch));
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn verifies(launch: &Launch) -> Value {
    let output = run(launch, &["audit", "verify", "--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success() && report["findings"] == json!([]), "{report:#}");
    report
}

/// All bytes of the log's files, but for keys.
fn bytes(launch: &Launch) -> Vec<u8> {
    let files = std::fs::read_dir(launch.home("state/trust-lsp/audit")).unwrap();
    let paths =
        files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_none_or(|e| e != "key"));
    paths.flat_map(|path| std::fs::read(path).unwrap()).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_session_is_recorded_with_what_became_of_it_and_the_log_verifies() {
    let (workspace, launch) = (project(), launch());
    let mut server = launch.start_indexed(&Client::full(&workspace).with("/clientInfo/version", "7"));
    let mut document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    assert_eq!(server.added(&document), ADDEND);
    server.type_text(&mut document, ADDEND);
    let accepted = wait_for(&launch, "completion accepted");
    wait_for(&launch, "completion kept");
    let shown = wait_for(&launch, "completion shown");
    assert_eq!((&accepted["of"], &shown["content"]), (&shown["id"], &Value::Null));
    assert_eq!(shown["actor"]["client"], "trust-tests 7");
    assert_eq!((&shown["model"]["name"], &shown["privacy"]), (&json!("scripted"), &json!("strict")));
    let file = shown["files"].as_array().unwrap().iter().find(|file| file["path"] == "a.rs").unwrap();
    assert_eq!(file["sha256"].as_str().map(str::len), Some(64));
    assert_eq!((&shown["sizes"]["answer_bytes"], &shown["sent_bytes"]), (&json!(ADDEND.len()), &json!(0)));
    let mut other = Document::rust(workspace.uri("b.rs"), SUM);
    server.open(&other);
    assert_eq!(server.added(&other), ADDEND);
    server.type_text(&mut other, "left");
    wait_for(&launch, "completion rejected");
    server.call("trust/chat", json!({"message": "where is Widget used?"}));
    let chat = wait_for(&launch, "chat answered");
    let paths: Vec<&str> =
        chat["files"].as_array().unwrap().iter().filter_map(|f| f["path"].as_str()).collect();
    assert_eq!(paths, ["src/main.rs", "src/widget.rs"]);
    assert_eq!(chat["said"], Value::Null, "no content unless it is wanted");
    server.call("trust/useModel", json!({"model": "none"}));
    wait_for(&launch, "configuration changed");
    drop(server);
    let summed = wait_for(&launch, "completion summed");
    assert!(summed["counts"]["asked"].as_u64() >= Some(2), "{summed}");
    let report = verifies(&launch);
    assert_eq!(report["entries"].as_u64(), Some(entries(&launch).len() as u64));
    let all = bytes(&launch);
    assert!(!holds(&all, "left + ") && !holds(&all, "Widget used"), "no code, and nothing that was said");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &str| std::fs::metadata(launch.home(path)).unwrap().permissions().mode() & 0o777;
        let folder = "state/trust-lsp/audit";
        assert_eq!((mode(folder), mode(&format!("{folder}/log.db"))), (0o700, 0o600));
    }
}

#[test]
fn what_was_said_is_kept_where_it_is_wanted_without_secrets_and_can_be_erased() {
    const SECRET: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    let (workspace, launch) = (project(), launch());
    let client = Client::full(&workspace).with("/initializationOptions/audit", json!({"content": true}));
    let mut server = launch.start_indexed(&client);
    let secret = "pub fn hidden() { canary_yellow_77aa(); }\n";
    workspace.write("src/hidden.rs", secret);
    let hidden = Document::rust(workspace.uri("src/hidden.rs"), &format!("{secret}fn f() {{ ‸ }}\n"));
    server.open(&hidden);
    server.inline(&hidden);
    let message = format!("where is Widget? token = \"{SECRET}\"");
    server.call("trust/chat", json!({"message": message, "uri": workspace.uri("src/hidden.rs")}));
    let chat = wait_for(&launch, "chat answered");
    let asked = chat["said"]["asked"].as_str().unwrap();
    assert!(asked.starts_with("where is Widget?") && !asked.contains(SECRET), "{asked}");
    drop(server);
    let text = Value::from(entries(&launch)).to_string();
    for told in ["canary_yellow", "hidden.rs", SECRET] {
        assert!(!text.contains(told) && !holds(&bytes(&launch), told), "{told}: {text}");
    }
    assert!(!holds(&bytes(&launch), "where is Widget"), "it is sealed");
    assert_eq!(verifies(&launch)["contents"], 1);
    let erase = |arguments: &[&str]| {
        let output = run(&launch, &[&["audit", "erase", "--yes"], arguments].concat());
        assert!(output.status.success(), "{output:?}");
        out(&output)
    };
    assert!(erase(&["--all", "--content"]).starts_with("1 erased"));
    assert_eq!(verifies(&launch)["contents"], 0);
    assert!(holds(&bytes(&launch), "src/widget.rs"));
    erase(&["--file", "src"]);
    assert!(!holds(&bytes(&launch), "src/widget.rs"));
    assert_eq!(verifies(&launch)["erased"], 1);
    erase(&["--all"]);
    assert!(happened(&launch).iter().all(|what| what.starts_with("audit ")), "{:?}", happened(&launch));
    verifies(&launch);
}

#[test]
fn calls_of_tools_are_recorded_with_what_permitted_or_refused_them() {
    let (workspace, launch) = (project(), launch());
    let root = workspace.root().to_str().unwrap();
    let call = |arguments: &[&str]| run(&launch, &[&["tool", "run", "--root", root], arguments].concat());
    assert!(call(&["outline", "path=src/widget.rs"]).status.success());
    let patch = "patch=--- a/src/main.rs\n+++ b/src/main.rs\n@@ -1 +1 @@\n-mod widget;\n+pub mod widget;\n";
    assert!(!call(&["apply_patch", patch]).status.success(), "nobody is there to ask");
    let permitted = call(&["apply_patch", patch, "--allow", "edit"]);
    assert!(permitted.status.success(), "{permitted:?}");
    assert!(!call(&["read_file", "path=src/hidden.rs"]).status.success());
    let told = |entry: &Value| {
        let files = entry["files"].as_array().map_or(0, Vec::len);
        (entry["action"].clone(), entry["tool"]["permission"].clone(), files)
    };
    let all: Vec<_> = entries(&launch).iter().filter(|entry| entry["feature"] == "tool").map(told).collect();
    assert_eq!(
        all,
        [
            (json!("called"), json!("free"), 1),
            (json!("refused"), json!("nobody"), 0),
            (json!("called"), json!("once"), 1),
            (json!("failed"), json!("free"), 0),
        ]
    );
    run(&launch, &["workspace", "trust", root]);
    run(&launch, &["workspace", "revoke", root]);
    let last = happened(&launch);
    assert_eq!(last[last.len() - 2..], ["configuration trusted", "configuration revoked"]);
    verifies(&launch);
}

#[test]
fn commands_that_change_something_are_recorded() {
    let launch = launch();
    for (arguments, expected) in [
        (["config", "set", "gate.shift", "0.1"].as_slice(), "configuration changed gate.shift in "),
        (&["config", "unset", "gate.shift"], "configuration changed gate.shift in "),
        (&["profile", "use", "--none"], "configuration changed profile in "),
        (&["models", "use", "bundled"], "model chosen model.path = \"bundled\""),
    ] {
        let output = run(&launch, arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        let entries = entries(&launch);
        let last = entries.last().unwrap();
        let told =
            ["feature", "action", "note"].map(|name| last[name].as_str().unwrap_or_default()).join(" ");
        assert!(told.starts_with(expected), "{arguments:?}: {told}");
    }
    verifies(&launch);
}

#[test]
fn whoever_wants_no_log_has_none() {
    let (workspace, launch) = (Workspace::empty(), launch());
    let client = Client::full(&workspace).with("/initializationOptions/audit", json!({"enabled": false}));
    let mut server = launch.start(&client);
    let document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    assert_eq!(server.added(&document), ADDEND);
    drop(server);
    assert!(!launch.home("state/trust-lsp/audit/log.db").exists());
    let output = run(&launch, &["audit", "show"]);
    assert!(
        output.status.success()
            && String::from_utf8_lossy(&output.stderr).contains("nothing is recorded yet")
    );
    assert!(!run(&launch, &["audit", "verify"]).status.success(), "there is nothing that could be right");
}

#[test]
fn two_servers_write_one_log() {
    let (workspace, launch) = (Workspace::empty(), launch());
    let mut servers: Vec<_> = (0..2).map(|_| launch.start(&Client::full(&workspace))).collect();
    for number in 0..6 {
        let document = Document::rust(workspace.uri(&format!("{number}.rs")), SUM);
        servers[number % 2].open(&document);
        assert_eq!(servers[number % 2].added(&document), ADDEND);
    }
    drop(servers);
    let shown = entries(&launch).into_iter().filter(|entry| entry["action"] == "shown");
    let processes: std::collections::BTreeMap<String, usize> =
        shown.fold(Default::default(), |mut all, entry| {
            let process = entry["id"].as_str().unwrap().split('-').next().unwrap().to_owned();
            *all.entry(process).or_default() += 1;
            all
        });
    assert_eq!(processes.into_values().collect::<Vec<_>>(), [3, 3]);
    verifies(&launch);
}

#[test]
fn on_a_full_disk_the_server_goes_on_and_says_so() {
    let workspace = Workspace::empty();
    let mut server = launch().on_a_full_disk().start(&Client::full(&workspace));
    let document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    assert_eq!(server.added(&document), ADDEND);
    let told = server.expect_notification("window/logMessage")["message"].as_str().unwrap().to_owned();
    assert!(told.starts_with("the audit log is not written, which changes nothing else"), "{told}");
    let document = Document::rust(workspace.uri("b.rs"), SUM);
    server.open(&document);
    assert_eq!(server.added(&document), ADDEND);
}

#[test]
fn the_log_is_taken_out_and_what_is_wrong_is_told() {
    let (workspace, launch) = (project(), launch());
    let root = workspace.root().to_str().unwrap();
    for _ in 0..3 {
        assert!(
            run(&launch, &["tool", "run", "--root", root, "outline", "path=src/widget.rs"]).status.success()
        );
    }
    let checkpoint = launch.home("kept");
    std::fs::write(&checkpoint, run(&launch, &["audit", "verify", "--print"]).stdout).unwrap();
    let kept = checkpoint.to_str().unwrap();
    let formats = [("jsonl", "\"record\":{"), ("csv", "seq,time,id"), ("otel", "execute_tool")];
    for (format, expected) in formats {
        let output = run(&launch, &["audit", "export", "--format", format, "--feature", "tool"]);
        let text = out(&output);
        assert!(text.contains(expected) && text.lines().count() >= 3, "{format}: {text}");
    }
    let stats: Value = serde_json::from_slice(&run(&launch, &["audit", "stats", "--json"]).stdout).unwrap();
    assert_eq!(
        (&stats["by_action"]["tool"]["called"], &stats["by_action"]["audit"]["exported"]),
        (&json!(3), &json!(3))
    );
    assert!(run(&launch, &["audit", "verify", "--against", kept]).status.success());
    assert!(out(&run(&launch, &["audit", "retention"])).contains("184 days"));
    // Arguments, the exit code, and what is said.
    let wrong: [(&[&str], i32, &str); 8] = [
        (&["erase"], 1, "--all"),
        (&["erase", "--all"], 1, "--yes"),
        (&["show", "--since", "yesterday"], 2, "expected 30m"),
        (&["show", "--feature", "magic"], 2, "expected one of completion"),
        (&["verify", "--key", "x"], 1, "no public key"),
        (&["verify", "--against", "none"], 1, "none"),
        (&["verify", "--folder", "none"], 1, "no audit log"),
        (&["export", "--output", kept], 1, "kept"),
    ];
    for (arguments, code, expected) in wrong {
        let output = run(&launch, &[&["audit"], arguments].concat());
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
        assert!(told.contains(expected), "{arguments:?}: {told}");
    }
    // Somebody takes the log away, and the server begins another.
    let folder = launch.home("state/trust-lsp/audit");
    for file in ["log.db", "log.db-wal", "log.db-shm"] {
        let _ = std::fs::remove_file(folder.join(file));
    }
    run(&launch, &["tool", "run", "--root", root, "outline", "path=src/widget.rs"]);
    let output = run(&launch, &["audit", "verify", "--against", kept]);
    assert_eq!(output.status.code(), Some(1));
    let told = out(&output);
    assert!(told.contains("the log was cut") && told.contains("tampering"), "{told}");
}

#[test]
fn an_editor_is_told_the_newest_entries_by_request_and_by_command() {
    let (launch, workspace) = (launch(), project());
    let mut server = launch.start_indexed(&Client::full(&workspace));
    server.call("trust/chat", json!({ "message": "where is Widget used?" }));
    wait_for(&launch, "chat answered");
    let told = server.call("trust/audit", json!({ "last": 2 }));
    let all = entries(&launch);
    assert_eq!(told["entries"].as_array().unwrap().len(), 2);
    assert_eq!(told["entries"][1]["seq"], all.last().unwrap()["seq"], "{told}");
    let markdown = told["markdown"].as_str().unwrap();
    assert!(markdown.contains("chat answered") && markdown.contains("is kept in `"), "{markdown}");
    assert_eq!(markdown.lines().filter(|line| line.starts_with("    ")).count(), 2, "{markdown}");
    let whole = server.call("trust/audit", json!({}));
    assert_eq!(whole["entries"].as_array().unwrap().len(), all.len());
    let command = json!({ "command": "trust.audit", "arguments": [{ "last": 1 }] });
    let told = server.call("workspace/executeCommand", command);
    assert_eq!(told["entries"].as_array().unwrap().len(), 1);
    let shown = server.expect_notification("window/showMessage");
    assert!(shown["message"].as_str().unwrap().contains("chat answered"), "{shown}");
    assert_eq!(server.call_error("trust/audit", json!({ "last": -1 })).code, -32602);
}

#[test]
fn where_nothing_is_recorded_an_editor_is_told_so() {
    let (launch, workspace) = (launch().with(&["--config", "audit.enabled=false"]), Workspace::empty());
    let mut server = launch.start_indexed(&Client::full(&workspace));
    let told = server.call("trust/audit", json!({}));
    let markdown = told["markdown"].as_str().unwrap();
    assert!(markdown.contains("not kept (`audit.enabled`)"), "{markdown}");
    assert!(told["entries"] == json!([]) && markdown.contains("Nothing is recorded yet."), "{told}");
}
