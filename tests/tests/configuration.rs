//! The configuration of a session: read from files, changed while it runs, told of where it is wrong.

use crate::{ADDEND, SUM};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use trust_tests::{Client, Document, Launch, Server, WAIT, Workspace};

const USER: &str = "config/trust-lsp/config.toml";
const LOCAL: &str = ".trust/config.toml";

/// Asks until what is proposed in a document is as wanted.
fn wait_for(server: &mut Server, document: &Document, wanted: &str, what: &str) {
    let start = Instant::now();
    while server.added(document) != wanted {
        assert!(start.elapsed() < WAIT, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn put(launch: &Launch, text: &str) {
    let path = launch.home(USER);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn message(server: &mut Server) -> String {
    server.expect_notification("window/showMessage")["message"].as_str().unwrap_or_default().to_owned()
}

fn opened(server: &mut Server, workspace: &Workspace, name: &str, language: &str) -> Document {
    let document = Document { language: language.into(), ..Document::rust(workspace.uri(name), SUM) };
    server.open(&document);
    document
}

#[test]
fn a_file_is_heard_while_the_server_runs() {
    let (workspace, launch) = (Workspace::empty(), Launch::scripted(ADDEND));
    let mut server = launch.start(&Client::full(&workspace));
    let rust = opened(&mut server, &workspace, "a.rs", "rust");
    let zig = opened(&mut server, &workspace, "made/b.zig", "zig");
    assert_eq!(server.added(&rust), ADDEND);
    put(&launch, "completion.enable = false\n");
    wait_for(&mut server, &rust, "", "completions are switched off");
    let last = server.call("trust/lastCompletion", json!({}));
    assert!(last["quiet"].as_str().is_some_and(|told| told.contains("switched off here")), "{last}");
    assert!(server.inline_invoked(&rust).is_empty(), "for who asks too");
    put(&launch, "[language.zig.completion]\nenable = false\n");
    wait_for(&mut server, &rust, ADDEND, "and on again");
    wait_for(&mut server, &zig, "", "but not in the other language");
    // A workspace may say so of its own folders.
    std::fs::remove_file(launch.home(USER)).unwrap();
    workspace.write(LOCAL, "[[directory]]\npath = \"made\"\ncompletion.enable = false\n");
    server.notify(
        "workspace/didChangeWatchedFiles",
        json!({"changes": [{"uri": workspace.uri(LOCAL), "type": 1}]}),
    );
    wait_for(&mut server, &rust, ADDEND, "elsewhere it is on");
    wait_for(&mut server, &zig, "", "in that folder it is off");
    workspace.remove(LOCAL);
    wait_for(&mut server, &zig, ADDEND, "nothing is configured any more");
}

#[test]
fn what_is_wrong_is_told_once_and_the_rest_holds() {
    let (workspace, launch) = (Workspace::empty(), Launch::scripted(ADDEND));
    put(&launch, "statistcs = true\ncompletion.enable = false\ngate.shift = \"s3cret\"\n");
    let mut server = launch.start(&Client::full(&workspace));
    let told = message(&mut server);
    let file = launch.home(USER).display().to_string();
    assert!(told.contains(&format!("{file}:1: `statistcs` is no key; did you mean `statistics`?")), "{told}");
    assert!(
        told.contains(&format!("{file}:3: `gate.shift` takes a number")) && !told.contains("s3cret"),
        "{told}"
    );
    let document = opened(&mut server, &workspace, "a.rs", "rust");
    assert_eq!(server.added(&document), "");
    // No TOML any more: what it said holds on, and that is told.
    put(&launch, "completion.enable = \n");
    server.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    let told = message(&mut server);
    assert!(told.contains(&format!("{file}:1: ")) && told.contains("what it said before holds"), "{told}");
    assert_eq!(server.added(&document), "");
    put(&launch, "");
    wait_for(&mut server, &document, ADDEND, "mended");
    server.listen(Duration::from_millis(300));
}

#[test]
fn a_workspace_is_heard_whole_once_it_is_trusted() {
    let (workspace, launch) =
        (Workspace::with(&[(LOCAL, "adapt = true\nsecrets.rules = \"/rules\"\n")]), Launch::no_model());
    let mut server = launch.start(&Client::full(&workspace));
    let told = message(&mut server);
    for expected in [":1: `adapt` is not applied until", ":2: `secrets.rules` is not applied until"] {
        assert!(told.contains(expected), "{told}");
    }
    let mut command = launch.command();
    let status = command.args(["workspace", "trust"]).arg(workspace.root()).output().unwrap().status;
    assert!(status.success());
    // Heard, and said where it cannot take effect.
    let told = message(&mut server);
    assert!(told.contains("secrets.rules cannot change while the server runs"), "{told}");
}

#[test]
fn an_editor_that_does_not_trust_a_workspace_counts_for_more_than_the_list() {
    // What it says, and whether it trusts it: what is no yes or no is a no.
    let cases = [
        (json!({}), true),
        (json!({ "workspaceTrusted": true }), true),
        (json!({ "workspaceTrusted": false }), false),
        (json!({ "trust": { "workspaceTrusted": false } }), false),
        (json!({ "workspaceTrusted": "yes" }), false),
    ];
    for (says, trusts) in cases {
        let (workspace, launch) = (Workspace::with(&[(LOCAL, "adapt = true\n")]), Launch::no_model());
        let mut command = launch.command();
        assert!(
            command.args(["workspace", "trust"]).arg(workspace.root()).output().unwrap().status.success()
        );
        let mut server = launch.start(&Client::full(&workspace).with("/initializationOptions", says.clone()));
        if trusts {
            server.listen(Duration::from_millis(300));
        } else {
            let told = message(&mut server);
            assert!(told.contains(":1: `adapt` is not applied until"), "{says}: {told}");
        }
    }
}

#[test]
fn the_editor_is_asked_or_tells() {
    let off = json!({"completion": {"enable": false}});
    // By what the client can do: whether it is asked, and what it sends with the notification.
    for (asked, sent) in [(true, json!(null)), (false, json!({"trust": off})), (false, off.clone())] {
        let workspace = Workspace::empty();
        let client = Client::full(&workspace)
            .with("/capabilities/workspace/configuration", asked)
            .with("/capabilities/workspace/didChangeConfiguration/dynamicRegistration", asked);
        let mut server = Launch::scripted(ADDEND).start(&client);
        let document = opened(&mut server, &workspace, "a.rs", "rust");
        assert_eq!(server.added(&document), ADDEND);
        server.set_settings(json!({"trust": off}));
        server.notify("workspace/didChangeConfiguration", json!({"settings": sent}));
        wait_for(&mut server, &document, "", "switched off in the editor");
        server.set_settings(Value::Null);
        let empty = if asked { json!(null) } else { json!({}) };
        server.notify("workspace/didChangeConfiguration", json!({"settings": empty}));
        wait_for(&mut server, &document, ADDEND, "and on again");
    }
}

#[test]
fn what_the_editor_says_from_the_first_is_heard() {
    let workspace = Workspace::empty();
    let client = Client::full(&workspace).with("/capabilities/workspace/configuration", true);
    let mut server = Launch::scripted(ADDEND).spawn();
    server.set_settings(
        json!({"trust": {"completion.enable": false, "server": {"path": ""}, "gate.shift": "loud"}}),
    );
    server.initialize(&client);
    assert!(message(&mut server).contains("the editor's settings: `gate.shift` takes a number"));
    let document = opened(&mut server, &workspace, "a.rs", "rust");
    wait_for(&mut server, &document, "", "switched off in the editor");
}

#[test]
fn counting_starts_and_stops() {
    let (workspace, launch) = (Workspace::empty(), Launch::scripted(ADDEND));
    put(&launch, "statistics = false\n");
    let mut server = launch.start(&Client::full(&workspace));
    let shown = || {
        let output = launch.command().args(["stats", "--json"]).output().unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        answer["rows"].as_array().unwrap().iter().map(|row| row["shown"].as_u64().unwrap()).sum::<u64>()
    };
    let document = opened(&mut server, &workspace, "a.rs", "rust");
    assert_eq!(server.added(&document), ADDEND);
    put(&launch, "statistics = true\n");
    let start = Instant::now();
    for number in 0.. {
        let document = opened(&mut server, &workspace, &format!("{number}.rs"), "rust");
        server.added(&document);
        if shown() > 0 {
            break;
        }
        assert!(start.elapsed() < WAIT, "it is counted");
        std::thread::sleep(Duration::from_millis(50));
    }
    put(&launch, "statistics = false\n");
    // Longer than it takes to be heard.
    std::thread::sleep(Duration::from_millis(2500));
    let before = shown();
    let document = opened(&mut server, &workspace, "last.rs", "rust");
    assert_eq!(server.added(&document), ADDEND);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(shown(), before);
}

#[test]
fn quiet_places_are_heard() {
    let (workspace, launch) = (Workspace::empty(), Launch::scripted(ADDEND));
    let mut server = launch.start(&Client::full(&workspace));
    // Each time in another file: what was shown and still fits is shown without a thought.
    let mut ask = |wanted: &str| {
        let start = Instant::now();
        for number in 0.. {
            let uri = workspace.uri(&format!("{}{number}.rs", wanted.len()));
            let comment = Document::rust(uri, "fn f() {\n    // left + ‸\n}\n");
            server.open(&comment);
            if server.added(&comment) == wanted {
                break;
            }
            assert!(start.elapsed() < WAIT, "{wanted:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
        server.call("trust/lastCompletion", json!({}))["why"].as_str().unwrap().to_owned()
    };
    ask(ADDEND);
    put(&launch, "[language.rust]\ncommentsAndStrings = false\n");
    assert!(ask("").contains("comment"));
    put(&launch, "completion.deadline = 1000\n");
    assert!(!ask(ADDEND).contains("comment"));
}

#[test]
fn code_lenses_are_offered_later_and_taken_back() {
    let (workspace, launch) = (Workspace::with(&[("a.rs", "fn a() {}\n")]), Launch::no_model());
    let client = Client::full(&workspace)
        .with("/capabilities/textDocument/codeLens/dynamicRegistration", true)
        .with("/capabilities/workspace/codeLens/refreshSupport", true);
    let mut server = launch.start(&client);
    put(&launch, "codeLens.lastChange = true\n");
    // Registered, which the harness takes, and then asked to be shown.
    let (id, _) = server.expect_request("workspace/codeLens/refresh");
    server.answer(&id, Value::Null);
    put(&launch, "codeLens.lastChange = false\n");
    let (id, _) = server.expect_request("workspace/codeLens/refresh");
    server.answer(&id, Value::Null);
    let document = opened(&mut server, &workspace, "a.rs", "rust");
    let lenses = server.call("textDocument/codeLens", json!({"textDocument": {"uri": document.uri}}));
    assert_eq!(lenses, Value::Null);
}

#[test]
fn what_the_model_has_read_is_kept_or_not_as_is_said_last() {
    let kept =
        |launch: &Launch| std::fs::read_dir(launch.home("cache/trust-lsp/kv")).map_or(0, Iterator::count);
    for (first, last) in [(true, false), (false, true)] {
        let (workspace, launch) = (Workspace::empty(), Launch::bundled());
        put(&launch, &format!("keepCache = {first}\n"));
        let lines: String = (0..60).map(|n| format!("fn number_{n}() -> u32 {{ {n} }}\n")).collect();
        let marked = format!("{lines}fn sum() -> u32 {{\n    number_1() +‸\n}}\n");
        let document = Document::rust(workspace.uri("a.rs"), &marked);
        let mut server = launch.start_indexed(&Client::full(&workspace));
        server.open(&document);
        // What was not come back to is not kept.
        server.added(&document);
        server.inline_invoked(&document);
        put(&launch, &format!("keepCache = {last}\ncompletion.enable = false\n"));
        wait_for(&mut server, &document, "", "the change is heard");
        drop(server);
        assert_eq!(kept(&launch), usize::from(last), "{first}, then {last}");
    }
}

#[test]
fn the_profiles_that_may_be_chosen_are_listed_with_what_holds() {
    let (workspace, launch) = (Workspace::empty(), Launch::scripted(ADDEND));
    put(
        &launch,
        "profile = \"quiet\"\n[profiles.quiet]\ngate.shift = 0.2\n[profiles.late]\nprivacy = \"strict\"\n",
    );
    let mut server = launch.start(&Client::full(&workspace));
    let listed = server.call("trust/profiles", json!({}));
    let names: Vec<_> =
        listed["profiles"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!((names, &listed["current"]), (vec!["late", "quiet"], &json!("quiet")));
    assert_eq!(listed["privacy"], "strict");
}
