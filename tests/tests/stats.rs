//! What is counted of completions: here, and nothing but numbers.

use crate::{ADDEND, SUM};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use trust_tests::{Client, Document, Launch, Server, WAIT, Workspace};

fn launch() -> Launch {
    Launch::scripted(ADDEND).with(&["--kept-after-ms", "300"])
}

/// Shown, accepted, kept and rejected of all rows together.
fn counts(launch: &Launch) -> [u64; 4] {
    let output = launch.command().args(["stats", "--json"]).output().unwrap();
    assert!(output.status.success());
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = answer["rows"].as_array().unwrap();
    ["shown", "accepted", "kept", "rejected"]
        .map(|key| rows.iter().map(|row| row[key].as_u64().unwrap()).sum())
}

fn wait_for(launch: &Launch, expected: [u64; 4]) {
    let start = Instant::now();
    while counts(launch) != expected {
        assert!(start.elapsed() < WAIT, "{:?} instead of {expected:?}", counts(launch));
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The same of what a feature offered, all models together, as it is counted by feature and model.
fn fates(launch: &Launch, feature: &str) -> [u64; 4] {
    let output = launch.command().args(["stats", "--json"]).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = answer["fates"].as_array().unwrap().iter().filter(|row| row["feature"] == feature);
    let rows: Vec<_> = rows.inspect(|row| assert!(row["model"].is_string(), "{row}")).collect();
    ["shown", "accepted", "kept", "rejected"]
        .map(|key| rows.iter().map(|row| row[key].as_u64().unwrap()).sum())
}

fn wait_for_fates(launch: &Launch, feature: &str, expected: [u64; 4]) {
    let start = Instant::now();
    while fates(launch, feature) != expected {
        assert!(start.elapsed() < WAIT, "{:?} instead of {expected:?}", fates(launch, feature));
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn shown(server: &mut Server, workspace: &Workspace, name: &str) -> (Document, Value) {
    let document = Document::rust(workspace.uri(name), SUM);
    server.open(&document);
    let items = server.inline(&document);
    assert_eq!(items.len(), 1, "{items:?}");
    (document, items[0].item.clone())
}

#[test]
fn completions_are_counted_by_what_became_of_them() {
    let (workspace, launch) = (Workspace::empty(), launch());
    let mut server = launch.start(&Client::full(&workspace));
    // Inserted at once, and kept.
    let (mut document, _) = shown(&mut server, &workspace, "a.rs");
    server.type_text(&mut document, ADDEND);
    wait_for(&launch, [1, 1, 1, 0]);
    // Typed to its end; asking on the way shows nothing new.
    let (mut document, _) = shown(&mut server, &workspace, "b.rs");
    for typed in ["r", "ig"] {
        server.type_text(&mut document, typed);
        server.inline(&document);
    }
    server.type_text(&mut document, "ht");
    wait_for(&launch, [2, 2, 2, 0]);
    // Something else typed.
    let (mut document, _) = shown(&mut server, &workspace, "c.rs");
    server.type_text(&mut document, "left");
    wait_for(&launch, [3, 2, 2, 1]);
    // Inserted, as the client says, and taken back.
    let (document, item) = shown(&mut server, &workspace, "d.rs");
    server.call(
        "workspace/executeCommand",
        json!({"command": item["command"]["command"], "arguments": item["command"]["arguments"]}),
    );
    server.change(&Document { version: 2, ..document }, json!([{"text": "fn other() {}\n"}]));
    wait_for(&launch, [4, 3, 2, 1]);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(counts(&launch), [4, 3, 2, 1], "it was not kept");
    wait_for_fates(&launch, "completion", [4, 3, 2, 1]);
    // Nothing of the code is on the disk, and nobody else may look.
    let log = std::fs::read_to_string(launch.home("cache/trust-lsp/stats/log")).unwrap();
    assert!(log.contains("shown rust model 1 ") && !log.contains(ADDEND) && !log.contains("a.rs"), "{log}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(launch.home("cache/trust-lsp/stats")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
    let output = launch.command().arg("stats").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("rust"));
}

#[test]
fn items_of_the_menu_have_a_fate_of_their_own_that_the_gate_does_not_learn_from() {
    let (workspace, launch) = (Workspace::empty(), launch());
    let client = Client::full(&workspace).without("/capabilities/textDocument/inlineCompletion");
    let mut server = launch.start(&client);
    let mut document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    let item = server.completion(&document)[0].item.clone();
    server.type_text(&mut document, ADDEND);
    // Whoever inserted it says so, too, which is no news.
    let (command, arguments) = (&item["command"]["command"], &item["command"]["arguments"]);
    assert_eq!(command, "trust.accepted", "{item}");
    server.call("workspace/executeCommand", json!({ "command": command, "arguments": arguments }));
    wait_for_fates(&launch, "menu", [1, 1, 1, 0]);
    let mut document = Document::rust(workspace.uri("b.rs"), SUM);
    server.open(&document);
    assert_eq!(server.completion(&document).len(), 1);
    server.type_text(&mut document, "zz");
    wait_for_fates(&launch, "menu", [2, 1, 1, 1]);
    assert_eq!(counts(&launch), [0; 4]);
    let output = launch.command().arg("stats").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("\nmenu "));
}

#[test]
fn an_answer_that_comes_too_late_is_neither_shown_nor_counted() {
    // Long enough for what is sent after a request to be there before its answer, on a busy machine too.
    let patient = ["--kept-after-ms", "300", "--config", "completion.deadline=20000"];
    let (workspace, launch) = (Workspace::empty(), Launch::slow(ADDEND, 1500).with(&patient));
    // Typed on meanwhile, without asking and without cancelling.
    let mut server = launch.start(&Client::full(&workspace));
    let mut document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    let asked = server.request_inline(&document);
    server.type_text(&mut document, "zz");
    assert!(server.inline_items(asked, &document).is_empty());
    server.type_text(&mut document, "z");
    // Nothing is to be copied from it.
    server.close(&document);
    // Closed meanwhile, and opened again.
    let mut document = Document::rust(workspace.uri("b.rs"), SUM);
    server.open(&document);
    let asked = server.request_inline(&document);
    server.close(&document);
    server.open(&document);
    assert!(server.inline_items(asked, &document).is_empty());
    server.type_text(&mut document, "z");
    server.close(&document);
    // Opened anew with something shown.
    let mut document = Document::rust(workspace.uri("c.rs"), SUM);
    server.open(&document);
    assert_eq!(server.added(&document), ADDEND);
    server.open(&document);
    server.type_text(&mut document, "z");
    wait_for(&launch, [1, 0, 0, 0]);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(counts(&launch), [1, 0, 0, 0]);
}

#[test]
fn nothing_is_counted_where_that_is_switched_off() {
    let (workspace, launch) = (Workspace::empty(), launch());
    let client = Client::full(&workspace).with("/initializationOptions/statistics", false);
    let mut server = launch.start(&client);
    let (mut document, _) = shown(&mut server, &workspace, "a.rs");
    server.type_text(&mut document, ADDEND);
    std::thread::sleep(Duration::from_millis(500));
    assert!(!launch.home("cache/trust-lsp/stats").exists());
    assert_eq!(counts(&launch), [0; 4]);
}

#[test]
fn what_cannot_be_written_is_said_once() {
    let (workspace, launch) = (Workspace::empty(), launch());
    std::fs::create_dir_all(launch.home("cache/trust-lsp")).unwrap();
    std::fs::write(launch.home("cache/trust-lsp/stats"), "a file in the way").unwrap();
    let mut server = launch.start(&Client::full(&workspace));
    for name in ["a.rs", "b.rs"] {
        shown(&mut server, &workspace, name);
    }
    let told = server.expect_notification("window/logMessage");
    assert!(told["message"].as_str().is_some_and(|text| text.contains("not counted")), "{told}");
    server.listen(Duration::from_millis(300));
}

#[test]
fn options_that_are_wrong_are_said_to_be() {
    let workspace = Workspace::empty();
    let client = Client::full(&workspace).with("/initializationOptions", json!({"statistics": "nay"}));
    let mut server = Launch::no_model().start(&client);
    let told = server.expect_notification("window/showMessage");
    let text = told["message"].as_str().unwrap_or_default();
    assert!(text.contains("`statistics` takes true or false") && !text.contains("nay"), "{told}");
    let error = server.call_error("workspace/executeCommand", json!({"command": "trust.unheard"}));
    assert_eq!(error.code, -32602);
    server.call("workspace/executeCommand", json!({"command": "trust.accepted", "arguments": [99]}));
}

#[test]
fn the_gate_learns_and_forgets() {
    let launch = launch();
    let gate = |arguments: &[&str]| {
        let output = launch.command().arg("gate").args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let shown =
        |key: &str| serde_json::from_str::<Value>(&gate(&["show", "--json"])).unwrap()[key].as_f64().unwrap();
    assert_eq!((shown("decisions"), shown("shift")), (0.0, 0.0));
    let workspace = Workspace::empty();
    let mut server = launch.start(&Client::full(&workspace));
    for number in 0..40 {
        let (mut document, _) = shown_in(&mut server, &workspace, number);
        // Each time something that no file says yet.
        server.type_text(&mut document, &format!("{number}u8"));
    }
    wait_for(&launch, [40, 0, 0, 40]);
    drop(server);
    assert!(shown("decisions") == 40.0 && shown("shift") > 0.05, "{}", gate(&["show", "--json"]));
    assert!(gate(&["show"]).contains("from 0 accepted of 40 decisions"));
    gate(&["reset"]);
    assert_eq!((shown("decisions"), shown("shift")), (0.0, 0.0));
    assert_eq!(counts(&launch), [40, 0, 0, 40], "the counts stay");
}

fn shown_in(server: &mut Server, workspace: &Workspace, number: usize) -> (Document, Value) {
    shown(server, workspace, &format!("{number}.rs"))
}

#[test]
fn comments_and_strings_are_left_alone_where_that_is_chosen() {
    for (chosen, expected) in [(true, ADDEND), (false, "")] {
        let workspace = Workspace::empty();
        let client = Client::full(&workspace).with("/initializationOptions/commentsAndStrings", chosen);
        let mut server = Launch::scripted(ADDEND).start(&client);
        let comment = Document::rust(workspace.uri("a.rs"), "fn f() {\n    // left + ‸\n}\n");
        let code = Document::rust(workspace.uri("b.rs"), SUM);
        server.open(&comment);
        server.open(&code);
        assert_eq!(server.added(&comment), expected, "{chosen}");
        let last = server.call("trust/lastCompletion", json!({}));
        let why = last["why"].as_str().unwrap();
        assert!(why.contains(if chosen { "The model gives" } else { "comment" }), "{why}");
        assert_eq!(server.added(&code), ADDEND);
    }
}

/// The answers of a feature that `stats --json` tells of.
fn answers(launch: &Launch, feature: &str) -> Value {
    let output = launch.command().args(["stats", "--json"]).output().unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let all = told["answers"].as_array().unwrap();
    all.iter().find(|answers| answers["feature"] == feature).cloned().unwrap_or_default()
}

#[test]
fn the_time_of_what_was_never_shown_is_counted_apart() {
    let workspace = Workspace::empty();
    let launch = Launch::slow(ADDEND, 1500).with(&["--config", "completion.deadline=20000"]);
    let mut server = launch.start(&Client::full(&workspace));
    let mut document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    // Typed on meanwhile, so that the answer is for a text that is gone.
    let asked = server.request_inline(&document);
    server.type_text(&mut document, "zz");
    assert!(server.inline_items(asked, &document).is_empty());
    drop(server);
    let unseen = answers(&launch, "completion-not-shown");
    assert_eq!((&unseen["model"], &unseen["answers"]), (&json!("scripted"), &json!(1)), "{unseen}");
    assert_eq!(answers(&launch, "completion"), Value::Null, "none was shown");
    let output = launch.command().arg("stats").output().unwrap();
    let drawn = String::from_utf8(output.stdout).unwrap();
    assert!(drawn.contains("completion (not shown), scripted: 1 answers, "), "{drawn}");
}

#[test]
fn what_answers_cost_is_counted_by_feature_and_model_and_drawn() {
    let workspace = Workspace::with(&[("a.rs", "pub fn add(a: u32) -> u32 {\n    a + 1\n}\n")]);
    let launch = launch();
    let mut server = launch.start_indexed(&Client::full(&workspace));
    shown(&mut server, &workspace, "b.rs");
    server.call("trust/chat", json!({ "message": "What is add?", "words": "always" }));
    drop(server);
    for feature in ["completion", "chat"] {
        let told = answers(&launch, feature);
        assert_eq!((&told["model"], &told["answers"]), (&json!("scripted"), &json!(1)), "{feature}: {told}");
        assert!(told["answerTokens"].as_u64().unwrap() > 0, "{feature}: {told}");
        let buckets: u64 =
            told["buckets"].as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(buckets, 1);
    }
    let mut command = launch.command();
    let output = command.arg("stats").env("COLUMNS", "60").output().unwrap();
    let drawn = String::from_utf8(output.stdout).unwrap();
    assert!(
        drawn.contains("chat, scripted: 1 answers, ") && drawn.contains('█') && !drawn.contains('\u{1b}'),
        "{drawn}"
    );
    assert!(
        drawn.lines().filter(|line| line.contains('█')).all(|line| line.chars().count() <= 60),
        "{drawn}"
    );
    let file = launch.home("report.html");
    std::fs::write(&file, "old").unwrap();
    let output = launch.command().args(["stats", "--html"]).arg(&file).output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
    let page = std::fs::read_to_string(&file).unwrap();
    assert!(
        page.contains("<h2>chat, scripted</h2>") && page.contains("<svg") && !page.contains("<script"),
        "{page}"
    );
    let output = launch.command().args(["stats", "--html"]).arg(file.join("x.html")).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("report.html/x.html"), "{told}");
    let kept = std::fs::read_to_string(launch.home("cache/trust-lsp/stats/work")).unwrap();
    assert!(
        kept.contains("work chat scripted ") && !kept.contains("a.rs") && !kept.contains("add"),
        "{kept}"
    );
}
