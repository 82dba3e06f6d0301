//! With no model, with one that does not load, and what `trust/status` says of it.

use crate::{ADDEND, COPIED, REPEATS, SUM};
use serde_json::{Value, json};
use trust_tests::{Client, Document, Launch, Server, Workspace, command};

fn assert_copies(server: &mut Server, workspace: &Workspace) {
    let document = Document::rust(workspace.uri("copies.rs"), REPEATS);
    server.open(&document);
    assert_eq!(server.added(&document), COPIED);
}

/// The user sees why, in any editor.
fn assert_told(server: &mut Server, reason: &str) {
    let shown = server.expect_notification("window/showMessage");
    assert!(shown["message"].as_str().unwrap_or_default().ends_with(reason), "{shown}");
}

#[test]
fn without_a_model_the_copy_predictor_answers() {
    let workspace = Workspace::empty();
    let mut server = Launch::no_model().start(&Client::full(&workspace));
    assert_eq!(server.call("trust/status", json!({}))["model"]["state"], "none");
    assert_copies(&mut server, &workspace);
    let document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    assert_eq!(server.added(&document), "");
}

#[test]
fn a_model_that_cannot_be_loaded_is_reported_and_the_rest_works() {
    let workspace = Workspace::empty();
    workspace.write("random.gguf", [7; 4096]);
    workspace.write("cut.gguf", b"GGUF\x03\0\0\0\x10\0\0\0\0\0\0\0\x20\0\0\0\0\0\0\0");
    workspace.write("empty.gguf", "");
    std::fs::create_dir(workspace.path("folder.gguf")).unwrap();
    let cases = [
        ("random.gguf", "not a GGUF file"),
        ("cut.gguf", "incomplete"),
        ("empty.gguf", "incomplete"),
        ("folder.gguf", ""),
        ("none.gguf", ""),
    ];
    for (name, expected) in cases {
        let mut server = Launch::model(&workspace.path(name)).start(&Client::full(&workspace));
        let model = server.call("trust/status", json!({}))["model"].clone();
        assert_eq!(model["state"], "failed", "{name}: {model}");
        let message = model["message"].as_str().unwrap_or_default();
        assert!(message.contains(expected) && message.contains(name), "{name}: {model}");
        assert_told(&mut server, message);
        assert_copies(&mut server, &workspace);
    }
}

#[test]
fn the_model_that_ships_inside_answers() {
    let workspace = Workspace::empty();
    let mut server = Launch::bundled().start_indexed(&Client::full(&workspace));
    let model = server.call("trust/status", json!({}))["model"].clone();
    let placement = "on the processor: this build knows no GPU";
    assert_eq!(model, json!({ "state": "ready", "name": "trust-nano", "placement": placement }));
    let document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    server.added(&document);
    let last = server.call("trust/lastCompletion", json!({}));
    // Shown or not, it was the model that was asked.
    assert!(last["tokens"].as_u64() > Some(0) || last["quiet"].is_string(), "{last}");
}

#[test]
fn where_somebody_looks_is_read_before_a_key_is_pressed() {
    let workspace = Workspace::empty();
    let lines: String = (0..60).map(|n| format!("fn number_{n}() -> u32 {{ {n} }}\n")).collect();
    let document = Document::rust(
        workspace.uri("a.rs"),
        &format!("{lines}fn sum() -> u32 {{\n    number_1() +‸ \n}}\n"),
    );
    let client = Client::full(&workspace).with("/initializationOptions/keepCache", false);
    let mut server = Launch::bundled().start_indexed(&client);
    server.open(&document);
    // What an editor asks wherever the cursor rests.
    let here = document.here(server.encoding());
    let place = &here["position"];
    server.call(
        "textDocument/codeAction",
        json!({
            "textDocument": here["textDocument"],
            "range": {"start": place, "end": place},
            "context": {"diagnostics": []},
        }),
    );
    server.wait_for("it is read", |status| status["completions"]["readAhead"].as_u64() > Some(0));
    server.added(&document);
    let completions = server.call("trust/status", json!({}))["completions"].clone();
    assert!(completions["prefilledTokens"].as_u64() < Some(40), "{completions}");
    assert_eq!(completions["toModel"], 1, "{completions}");
}

#[test]
fn what_the_model_has_read_is_kept_for_the_next_start() {
    let workspace = Workspace::empty();
    let launch = Launch::bundled();
    let lines: String = (0..60).map(|n| format!("fn number_{n}() -> u32 {{ {n} }}\n")).collect();
    let document = Document::rust(
        workspace.uri("a.rs"),
        &format!("{lines}fn sum() -> u32 {{\n    number_1() +| \n}}\n"),
    );
    let read = |keep: bool| {
        let client = Client::full(&workspace).with("/initializationOptions", json!({ "keepCache": keep }));
        let mut server = launch.start_indexed(&client);
        server.open(&document);
        server.added(&document);
        let completions = server.call("trust/status", json!({}))["completions"].clone();
        assert_eq!(
            (&completions["queries"], &completions["toModel"]),
            (&json!(1), &json!(1)),
            "{completions}"
        );
        completions["prefilledTokens"].as_u64().unwrap()
    };
    let [first, second, third, fourth] = [true, true, false, false].map(read);
    assert!(first > 200 && second < 20, "{first} and {second} tokens");
    // Who does not want it neither reads nor writes it.
    assert!(third > 200 && fourth > 200, "{third} and {fourth} tokens");
    assert_eq!(std::fs::read_dir(launch.home("cache/trust-lsp/kv")).unwrap().count(), 0);
}

#[test]
fn on_a_full_disk_the_model_is_reported_missing_and_the_rest_works() {
    let workspace = Workspace::empty();
    let mut server = Launch::bundled().on_a_full_disk().start(&Client::full(&workspace));
    let model = server.call("trust/status", json!({}))["model"].clone();
    assert_eq!(model["state"], "failed", "{model}");
    let message = model["message"].as_str().unwrap_or_default();
    assert!(message.contains("could not be written"), "{model}");
    assert_told(&mut server, message);
    assert_copies(&mut server, &workspace);
    // The audit log of that completion cannot be written either.
    server.expect_notification("window/logMessage");
}

#[test]
fn a_scripted_model_is_ready_and_has_a_name() {
    let workspace = Workspace::empty();
    let mut server = Launch::scripted(ADDEND).start(&Client::full(&workspace));
    let model = server.call("trust/status", json!({}))["model"].clone();
    assert_eq!(model["state"], "ready");
    assert!(model["name"].as_str().is_some_and(|name| !name.is_empty()), "{model}");
}

#[test]
fn a_model_that_is_to_be_loaded_is_never_called_none() {
    let workspace = Workspace::empty();
    for _ in 0..10 {
        let mut server = Launch::scripted(ADDEND).spawn();
        server.initialize(&Client::full(&workspace));
        let model = server.call("trust/status", json!({}))["model"].clone();
        assert!(model["state"] == "loading" || model["state"] == "ready", "{model}");
    }
}

#[test]
fn status_may_be_asked_for_in_every_way() {
    let workspace = Workspace::empty();
    let mut server = Launch::scripted(ADDEND).start_indexed(&Client::full(&workspace));
    let bare = server.request_bare("trust/status");
    let bare = server.reply(bare).unwrap();
    assert_eq!(server.call("trust/status", json!({})), bare);
    assert_eq!(server.call("trust/status", Value::Null), bare);
}

#[test]
fn status_is_told_to_clients_that_want_it() {
    let workspace = Workspace::with(&[("a.rs", "fn a() {}\n"), ("b.py", "def b(): pass\n")]);
    let mut server = Launch::scripted(ADDEND).spawn();
    server.initialize(&Client::full(&workspace));
    let last = loop {
        let status = server.expect_notification("trust/status");
        if status["model"]["state"] == "ready" && status["index"]["state"] == "ready" {
            break status;
        }
    };
    assert_eq!(last["index"]["files"], 2, "{last}");
}

#[test]
fn status_is_not_told_to_others() {
    let workspace = Workspace::with(&[("a.rs", "fn a() {}\n")]);
    // The harness fails the test if one comes.
    let client = Client::full(&workspace).without("/capabilities/experimental");
    Launch::scripted(ADDEND).start_indexed(&client).listen(std::time::Duration::from_millis(300));
}

#[test]
fn a_model_is_shown_with_its_dialect_and_why() {
    let home = Workspace::empty();
    let show =
        |arguments: &[&str]| command(home.root()).args(["models", "show"]).args(arguments).output().unwrap();
    let output = show(&["--json"]);
    assert!(output.status.success(), "{output:?}");
    let model: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(model["architecture"], "qwen3", "{model}");
    assert_eq!(model["dialect"]["origin"], "injected");
    assert!(
        model["dialect"]["why"]
            .as_str()
            .is_some_and(|why| why.contains("does not tell the model of its tools")),
        "{model}"
    );
    let text = String::from_utf8(show(&[]).stdout).unwrap();
    assert!(text.lines().any(|line| line.starts_with("dialect") && line.contains("injected")), "{text}");
    // What the user says of the template is looked for, and why it cannot be had is told; what is wrong is an error.
    let told = |said: String| {
        let mut command = command(home.root());
        command.args(["models", "show", "--json"]).env("TRUST_LSP_MODEL_DIALECTS", said).output().unwrap()
    };
    let hash = model["templateHash"].as_str().unwrap();
    let chosen: Value = serde_json::from_slice(&told(format!("{hash}=hermes")).stdout).unwrap();
    let why = chosen["dialect"]["why"].as_str().unwrap();
    assert!(why.ends_with("so calls as `hermes` are not to be had"), "{why}");
    let output = told(format!("{hash}=nonsense"));
    assert!(
        !output.status.success() && String::from_utf8_lossy(&output.stderr).contains("hermes, json, llama-3")
    );
    let output = show(&["/nowhere.gguf"]);
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("nowhere.gguf"));
}
