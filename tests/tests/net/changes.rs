//! Commit messages and explanations in the words of an engine elsewhere.

use super::{endpoint, lsp, ran_of, user};
use crate::git::{CODE, git, repository};
use serde_json::{Value, json};
use trust_client::http::{Host, Reply, Request};
use trust_tests::Client;

/// An engine that holds to forms: it passes the trial, and answers with what fits every question here.
fn engine(description: &'static str) -> Host {
    let script = move |request: &Request| match request.path.as_str() {
        "/v1/models" => Reply::body(json!({ "data": [{ "id": "tiny" }] }).to_string()),
        "/props" => Reply::body(json!({ "default_generation_settings": { "n_ctx": 8192 } }).to_string()),
        "/v1/chat/completions" => {
            let body: Value = serde_json::from_str(&request.body).unwrap();
            let wanted = &body["response_format"]["json_schema"]["schema"]["properties"];
            let mut answer = serde_json::Map::new();
            for (name, _) in wanted.as_object().into_iter().flatten() {
                let value = match name.as_str() {
                    "x" => json!(7),
                    "messages" => json!([{ "description": description, "reason": "" }]),
                    "text" => json!("to give `a` more"),
                    _ => json!(9),
                };
                answer.insert(name.clone(), value);
            }
            let delta = json!({ "choices": [{ "delta": { "content": Value::Object(answer).to_string() } }] });
            let last = json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] });
            Reply::events(&[&delta.to_string(), &last.to_string(), "[DONE]"])
        }
        _ => Reply::status(404),
    };
    Host::start(script).unwrap()
}

#[test]
fn a_message_and_an_explanation_are_worded_and_checked() {
    let workspace = repository();
    workspace.write("a.rs", CODE.replace("a + 1", "a + 200"));
    workspace.write(".env", "KEY=hunter2\n");
    git(&workspace, &["add", "-A"]);
    for (said, subject) in
        [("add 200 instead of 1", "Add 200 instead of 1"), ("call `clamp_it`", "Change `first`")]
    {
        let host = engine(said);
        let home = user("moderate", &endpoint(&host, "loopback"));
        let ask = |arguments: &[&str]| ran_of(lsp(&home, arguments).current_dir(workspace.root()));
        let ran = ask(&["commit-message"]);
        assert_eq!((ran.code, ran.out.lines().next()), (Some(0), Some(subject)), "{}", ran.err);
        let ran = ask(&["diff", "explain", "--staged"]);
        assert!(ran.out.contains("tiny at box: to give `a` more"), "{} {}", ran.out, ran.err);
        let asked: Vec<Request> =
            host.seen().into_iter().filter(|request| request.path == "/v1/chat/completions").collect();
        assert!(asked.iter().any(|request| request.body.contains("+    a + 200")));
        assert!(
            asked.iter().all(|request| !request.body.contains("hunter2") && !request.body.contains(".env"))
        );
        let entries: Value = serde_json::from_str(&ask(&["audit", "show", "--json"]).out).unwrap();
        let entry =
            entries.as_array().unwrap().iter().find(|entry| entry["feature"] == "commit-message").unwrap();
        assert!(entry["sent_bytes"].as_u64().is_some_and(|bytes| bytes > 0), "{entry}");
        let before = host.seen().len();
        assert!(ask(&["commit-message", "--config", "privacy=strict"]).out.starts_with("Change `first`"));
        assert_eq!(host.seen().len(), before, "what is strict sends nothing");
    }
}

#[test]
fn nothing_of_a_repository_without_a_consent_is_sent() {
    let workspace = repository();
    workspace.write("a.rs", CODE.replace("a + 1", "a + 200"));
    workspace.write("part/b.rs", CODE);
    git(&workspace, &["add", "-A"]);
    let host = engine("add 200 instead of 1");
    let home = user("moderate", &endpoint(&host, "team"));
    let ran = ran_of(lsp(&home, &["commit-message"]).current_dir(workspace.root()));
    assert!(ran.code == Some(0) && ran.err.contains("privacy consent box"), "{} {}", ran.out, ran.err);
    assert!(host.seen().is_empty());
    // A consent for a part of it is none for the whole.
    let given = json!([{ "root": workspace.path("part").canonicalize().unwrap(), "endpoint": "box", "url": host.url("") }]);
    let launch = trust_tests::Launch::bundled();
    for (path, text) in [
        ("config/trust-lsp/config.toml", format!("privacy = \"moderate\"\n{}\n", endpoint(&host, "team"))),
        ("state/trust-lsp/consents.json", given.to_string()),
    ] {
        let path = launch.home(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let mut server = launch.start(&Client::full(&workspace).folder(&workspace.uri("part")));
    server.wait_for("the engine", |status| status["model"]["state"] == "ready");
    let told = server.call("trust/commitMessage", json!({ "model": true }));
    assert!(
        told["note"].as_str().is_some_and(|note| note.contains("reaches beyond the workspace")),
        "{told}"
    );
    assert!(host.seen().iter().all(|request| request.path != "/v1/chat/completions"));
}

#[test]
fn what_each_of_them_would_send_is_shown_masked_and_not_sent() {
    let workspace = repository();
    let token = format!("glpat-{}", "aB3dE5fG7hJ9kL2mN4pQ");
    workspace.write("a.rs", CODE.replace("a + 1", "a + 200"));
    workspace.write("b.rs", format!("pub fn open_it() {{\n    open(\"{token}\");\n}}\n"));
    git(&workspace, &["add", "-A"]);
    workspace.write("c.rs", "pub struct Later {\n    \n}\n");
    let host = engine("add 200 instead of 1");
    // Nobody consented to anything: what is only shown needs no consent.
    let home = user("moderate", &endpoint(&host, "team"));
    let preview = |arguments: &[&str]| {
        let mut command = lsp(&home, &["privacy", "preview"]);
        ran_of(command.args(arguments).current_dir(workspace.root()))
    };
    let shown: [(&[&str], &str); 5] = [
        (&["commit-message"], "a + 200"),
        (&["explanation", "--staged"], "a + 200"),
        (&["review"], "a + 200"),
        (&["question", "What is first?"], "What is first?"),
        (&["completion", "c.rs:2:5"], "pub struct Later"),
    ];
    for (arguments, expected) in shown {
        let ran = preview(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {} {}", ran.out, ran.err);
        assert!(
            ran.out.contains("\"class\": \"team\"") && ran.out.contains(expected),
            "{arguments:?}: {}",
            ran.out
        );
        assert!(!ran.out.contains(&token), "{arguments:?}: {}", ran.out);
    }
    assert!(host.seen().is_empty() && !home.path("state/trust-lsp/sent.jsonl").exists());
    // What is not asked of it at all, and what nobody may be asked.
    let local = preview(&["commit-message", "--no-model"]);
    assert!(local.out.starts_with("nothing would be sent"), "{} {}", local.out, local.err);
    for (arguments, expected) in [
        (["review", "--model", "endpoint:other"].as_slice(), "no endpoint is called"),
        (&["completion", "none.rs:1:1"], "none.rs"),
        (&["commit-message", "--config", "privacy=strict"], "`strict`"),
    ] {
        let ran = preview(arguments);
        assert!(ran.code == Some(1) && ran.err.contains(expected), "{arguments:?}: {} {}", ran.out, ran.err);
    }
    let entries: Value = serde_json::from_str(
        &ran_of(lsp(&home, &["audit", "show", "--json"]).current_dir(workspace.root())).out,
    )
    .unwrap();
    let answered = entries.as_array().unwrap().iter().filter(|entry| entry["action"] == "answered");
    assert_eq!(answered.count(), 0, "nothing was answered: {entries:#}");
}
