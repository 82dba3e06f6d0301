//! What `moderate` and `open` allow, against a host on this machine with faults. `cargo xtask privacy` runs these tests apart:
//! here something is meant to open sockets, but never `trust-lsp` itself.

mod changes;
mod doctor_acp;
pub mod door;
mod llama_server;

use crate::chat::project;
use serde_json::{Value, json};
use std::process::{Command, Output, Stdio};
use trust_client::http::{Host, Reply, Request};
use trust_tests::{Workspace, command};

/// A user whose file says this mode, and what more.
pub fn user(mode: &str, more: &str) -> Workspace {
    let home = Workspace::empty();
    home.write("config/trust-lsp/config.toml", format!("privacy = \"{mode}\"\n{more}\n"));
    home
}

pub fn lsp(home: &Workspace, arguments: &[&str]) -> Command {
    let mut command = command(home.root());
    command.args(arguments).current_dir(home.root()).stdin(Stdio::null());
    for name in
        ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "HF_TOKEN"]
    {
        command.env_remove(name);
    }
    command
}

pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

pub fn ran(output: Output) -> Ran {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn run(home: &Workspace, arguments: &[&str]) -> Ran {
    ran(lsp(home, arguments).output().unwrap())
}

/// The bundled model's file, and its SHA-256.
fn model() -> (Vec<u8>, String) {
    let home = Workspace::empty();
    let shown: Value = serde_json::from_str(&run(&home, &["models", "list", "--json"]).out).unwrap();
    let hash = shown["models"][0]["sha256"].as_str().unwrap().to_owned();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/models/bundled");
    let file = std::fs::read_dir(folder)
        .unwrap()
        .flatten()
        .find(|file| file.path().extension().is_some_and(|e| e == "gguf"));
    (std::fs::read(file.unwrap().path()).unwrap(), hash)
}

#[test]
fn a_model_is_fetched_from_a_host_with_faults_checked_and_taken_in() {
    let (file, hash) = model();
    let (own, own_hash) = (file.clone(), hash.clone());
    let script = move |request: &Request| match request.path.as_str() {
        "/a/b/resolve/main/m.gguf" => Reply::status(302)
            .with("location", "/blob?key=s3cret")
            .with("x-linked-etag", &format!("\"{own_hash}\"")),
        "/blob?key=s3cret" if request.number == 2 => Reply::status(429).with("retry-after", "1"),
        "/blob?key=s3cret" => Reply::file(request, &own, "\"one\"").cut(3_000_000),
        "/wrong.gguf" => {
            let mut wrong = own.clone();
            *wrong.last_mut().unwrap() ^= 1;
            Reply::file(request, &wrong, "\"two\"")
        }
        "/Qwen/Qwen3-0.6B-GGUF/resolve/main/Qwen3-0.6B-Q8_0.gguf" => Reply::file(request, &own, "\"three\""),
        "/page.gguf" => Reply::body("<!doctype html>"),
        _ => Reply::status(404),
    };
    let host = Host::start(script).unwrap();
    let home = user("moderate", &format!("network.hubs = [\"{}\"]", host.url("")));
    let done = run(&home, &["models", "pull", "hf:a/b/m.gguf", "--name", "mine"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(done.out.contains(&hash) && done.out.contains("as its host said"), "{}", done.out);
    let verified = run(&home, &["models", "verify", "mine"]);
    assert_eq!((verified.code, verified.out.as_str()), (Some(0), "whole   mine\n"), "{}", verified.err);
    let listed: Value = serde_json::from_str(&run(&home, &["models", "list", "--json"]).out).unwrap();
    assert_eq!(listed["models"][1]["origin"], "hf:a/b/m.gguf", "{listed}");
    // What is not what it should be leaves nothing, whoever said what it should be.
    let refused = [
        (vec!["/wrong.gguf", "--sha256", &hash], "does not enter the store"),
        (vec!["/page.gguf"], "thrown away"),
        (vec!["/none.gguf"], "has no such file (404)"),
    ];
    for (arguments, expected) in refused {
        let url = host.url(arguments[0]);
        let ran = run(&home, &[&["models", "pull", &url, "--name", "other"], &arguments[1..]].concat());
        assert!(
            ran.code == Some(1) && ran.out.is_empty() && ran.err.contains(expected),
            "{url}: {}",
            ran.err
        );
    }
    let left = std::fs::read_dir(home.path("data/trust-lsp/models/blobs")).unwrap().count();
    assert_eq!(left, 1);
    // Nobody said what it should be: that is said.
    let open = run(&home, &["models", "pull", &host.url("/wrong.gguf"), "--name", "open"]);
    assert!(open.out.contains("not verified"), "{} {}", open.out, open.err);
    // A name of the catalogue is a place, and the model is called so.
    let known = run(&home, &["models", "pull", "qwen3-0.6b"]);
    assert!(
        known.out.starts_with("qwen3-0.6b (") && known.out.contains("not verified"),
        "{} {}",
        known.out,
        known.err
    );
    let told = run(&home, &["models", "catalogue", "--task", "chat", "--json"]).out;
    let entries: Vec<Value> = serde_json::from_str(&told).unwrap();
    let stored = entries.iter().find(|entry| entry["name"] == "qwen3-0.6b").map(|entry| &entry["stored"]);
    assert_eq!(stored, Some(&json!("qwen3-0.6b")), "{told}");
    // The audit log has what was decided of each, and its requests.
    let told = run(&home, &["audit", "show", "--last", "0", "--json"]).out;
    let entries: Vec<Value> = serde_json::from_str(&told).unwrap();
    let of = |feature: &str| entries.iter().filter(|entry| entry["feature"] == feature).collect::<Vec<_>>();
    let decided: Vec<_> = of("model").iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(decided, ["changed", "refused", "refused", "failed", "changed", "changed"], "{told}");
    let first = of("model")[0];
    assert_eq!((&first["model"]["sha256"], &first["request"]["host"]), (&json!(hash), &json!("127.0.0.1")));
    assert_eq!(first["counts"]["fetched_bytes"], json!(file.len()), "{first}");
    assert!(first["note"].as_str().unwrap().ends_with("verified, as its host said"), "{first}");
    assert_ne!(of("model")[1]["model"]["sha256"], json!(hash));
    let asked = of("network").into_iter().filter(|entry| entry["action"] == "sent");
    let asked: Vec<_> = asked.map(|entry| entry["request"]["class"].as_str().unwrap()).collect();
    assert_eq!(asked, ["download"; 6], "{told}");
    assert!(!told.contains("s3cret"), "{told}");
    let report: Value = serde_json::from_str(&run(&home, &["privacy", "report", "--json"]).out).unwrap();
    let gone = report["left"].as_array().unwrap();
    assert_eq!(
        (gone.len(), &gone[0]["host"], &gone[0]["sent"]),
        (1, &json!("127.0.0.1"), &json!(0)),
        "{report:#}"
    );
    assert_eq!(gone[0]["requests"], json!(host.seen().len()));
    let record = std::fs::read_to_string(home.path("state/trust-lsp/sent.jsonl")).unwrap();
    assert!(!record.contains("s3cret") && record.contains("/blob"), "{record}");
    // What was asked for tells of nobody.
    for request in host.seen() {
        assert!(request.header("cookie").is_none() && request.header("referer").is_none(), "{request:?}");
        assert!(request.header("user-agent").unwrap().starts_with("trust-net/"), "{request:?}");
    }
}

#[test]
fn nobody_is_led_where_the_user_did_not_say() {
    let host =
        Host::start(|_| Reply::status(302).with("location", "https://elsewhere.example/m.gguf")).unwrap();
    let home = user("open", "");
    let ran = run(&home, &["models", "pull", &host.url("/m.gguf")]);
    assert!(ran.err.contains("elsewhere.example, which `network.allow` does not name"), "{}", ran.err);
    assert_eq!((ran.code, host.seen().len()), (Some(1), 1));
}

fn delta(text: &str) -> String {
    json!({ "choices": [{ "delta": { "content": text } }] }).to_string()
}

/// An engine that answers every question with these words.
fn engine(words: &'static str) -> Host {
    let script = move |request: &Request| match request.path.as_str() {
        "/v1/models" => Reply::body(json!({ "data": [{ "id": "tiny" }] }).to_string()),
        "/props" => Reply::body(json!({ "default_generation_settings": { "n_ctx": 2048 } }).to_string()),
        "/v1/chat/completions" => {
            let last = json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] }).to_string();
            Reply::events(&[&delta(words), &last, "[DONE]"])
        }
        _ => Reply::status(404),
    };
    Host::start(script).unwrap()
}

fn endpoint(host: &Host, class: &str) -> String {
    let url = host.url("");
    format!(
        "model.path = \"endpoint:box\"\n[[endpoints]]\nname = \"box\"\nurl = \"{url}\"\nclass = \"{class}\"\nengine = \"llama-server\""
    )
}

fn chat(home: &Workspace, workspace: &Workspace, arguments: &[&str]) -> Ran {
    let mut command = lsp(home, &["chat"]);
    ran(command.args(arguments).current_dir(workspace.root()).output().unwrap())
}

#[test]
fn a_question_is_answered_by_an_engine_elsewhere() {
    let host = engine("It draws [1], see [7].");
    let (home, workspace) = (user("moderate", &endpoint(&host, "loopback")), project());
    let ran = chat(&home, &workspace, &["What is Widget?"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    // Places first; what it cites that is not there is taken out, as of every model.
    assert!(
        ran.out.starts_with("`Widget` is defined:") && ran.out.ends_with("\nIt draws [1], see .\n"),
        "{}",
        ran.out
    );
    assert_eq!(ran.err, "");
    let seen = host.seen();
    let asked: Vec<&str> = seen.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(asked, ["/v1/models", "/props", "/v1/chat/completions"]);
    assert!(
        seen[2].body.contains("What is Widget?") && seen[2].body.contains("pub struct Widget"),
        "{}",
        seen[2].body
    );
    // What it was sent stands with the answer in the audit log.
    let entries: Value = serde_json::from_str(&run(&home, &["audit", "show", "--json"]).out).unwrap();
    let said = entries.as_array().unwrap().iter().find(|entry| entry["feature"] == "chat").unwrap();
    assert_eq!(said["sent_bytes"], json!(seen[2].body.len()), "{said:#}");
    // So does each request that left, by itself.
    let left = entries.as_array().unwrap().iter().filter(|entry| entry["feature"] == "network");
    let left: Vec<_> = left
        .map(|entry| (entry["request"]["class"].as_str().unwrap(), entry["sent_bytes"].as_u64().unwrap()))
        .collect();
    assert_eq!(left, [("loopback", 0), ("loopback", 0), ("loopback", seen[2].body.len() as u64)]);
    let answer: Value =
        serde_json::from_str(&chat(&home, &workspace, &["What is Widget?", "--json"]).out).unwrap();
    assert_eq!(answer["model"], "tiny at box", "{answer}");
    // `strict` from any layer holds.
    for strict in [&["--config", "privacy=strict"][..], &[]] {
        if strict.is_empty() {
            workspace.write(".trust/config.toml", "privacy = \"strict\"\n");
        }
        let before = host.seen().len();
        let ran = chat(&home, &workspace, &[&["What is Widget?"], strict].concat());
        assert!(ran.out.starts_with("`Widget` is defined:") && !ran.out.contains("It draws"), "{}", ran.out);
        assert!(ran.err.contains("no model words the answer"), "{}", ran.err);
        assert_eq!(host.seen().len(), before);
    }
}

/// An engine whose model calls tools, if it is `able`: those that it is offered where it has no result yet.
fn caller(able: bool) -> Host {
    Host::start(move |request: &Request| {
        let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
        let offered = body["tools"][0]["function"]["name"].as_str();
        let is_answered = || body["messages"].as_array().unwrap().iter().any(|said| said["role"] == "tool");
        let call = |name: &str, arguments: Value| {
            let function = json!({ "name": name, "arguments": arguments.to_string() });
            let call = json!({ "index": 0, "id": "c1", "function": function });
            let call = json!({ "choices": [{ "delta": { "tool_calls": [call] } }] }).to_string();
            let last = json!({ "choices": [{ "delta": {}, "finish_reason": "tool_calls" }] }).to_string();
            Reply::events(&[&call, &last, "[DONE]"])
        };
        let said = |words: &str| {
            let last = json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] }).to_string();
            Reply::events(&[&delta(words), &last, "[DONE]"])
        };
        match (request.path.as_str(), offered) {
            ("/v1/models", _) => Reply::body(json!({ "data": [{ "id": "tiny" }] }).to_string()),
            ("/props", _) => {
                Reply::body(json!({ "default_generation_settings": { "n_ctx": 32_768 } }).to_string())
            }
            (_, Some("echo_int")) if able => call("echo_int", json!({ "x": 7 })),
            (_, Some(_)) if able && !is_answered() => call("read_file", json!({ "path": "src/widget.rs" })),
            _ if body["response_format"].is_object() => said("{\"x\":7}"),
            _ => said("It has sides."),
        }
    })
    .unwrap()
}

#[test]
fn an_engine_whose_entry_says_so_calls_the_tools_that_read() {
    let workspace = project();
    let host = caller(true);
    let home = user("moderate", &format!("{}\ntools = true", endpoint(&host, "loopback")));
    let ran = chat(&home, &workspace, &["What is Widget?"]);
    assert!(ran.code == Some(0) && ran.out.ends_with("It has sides.\n"), "{} {}", ran.out, ran.err);
    let bodies: Vec<Value> =
        host.seen().iter().filter_map(|request| serde_json::from_str(&request.body).ok()).collect();
    // Two trials, the question, and the question with what was read for it.
    assert_eq!(bodies.len(), 4, "{bodies:#?}");
    let tools = bodies[2]["tools"].as_array().unwrap();
    let names: Vec<_> = tools.iter().filter_map(|tool| tool["function"]["name"].as_str()).collect();
    assert!(names.contains(&"read_file") && !names.contains(&"edit_symbol"), "{names:?}");
    let said = bodies[3]["messages"].as_array().unwrap();
    let read = said.iter().find(|one| one["role"] == "tool").unwrap();
    assert!(read["content"].as_str().unwrap().contains("pub sides: u32"), "{read}");
    // What changes something is not for it, whoever asks.
    let host = caller(true);
    let home = user("moderate", &format!("{}\ntools = true", endpoint(&host, "loopback")));
    let ran = chat(&home, &workspace, &["--edits", "What is Widget?"]);
    assert!(ran.out.ends_with("It has sides.\n"), "{} {}", ran.out, ran.err);
    assert!(host.seen().iter().all(|request| !request.body.contains("edit_symbol")));

    // Without a word of it none is offered; where the model calls none, that is said and the places remain.
    let host = caller(true);
    let home = user("moderate", &endpoint(&host, "loopback"));
    assert!(chat(&home, &workspace, &["What is Widget?"]).out.ends_with("It has sides.\n"));
    assert!(host.seen().iter().all(|request| !request.body.contains("read_file")));
    let host = caller(false);
    let home = user("moderate", &format!("{}\ntools = true", endpoint(&host, "loopback")));
    let ran = chat(&home, &workspace, &["What is Widget?"]);
    assert!(ran.out.starts_with("`Widget` is defined:"), "{}", ran.out);
    assert!(ran.err.contains("calls no tools") && ran.err.contains("tools = false"), "{}", ran.err);
}

#[test]
fn what_an_engine_elsewhere_says_of_its_model_is_shown() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/dialect/fixtures");
    let template = std::fs::read_to_string(format!("{folder}/hermes-3.jinja")).unwrap();
    let script = move |request: &Request| match request.path.as_str() {
        "/v1/models" => Reply::body(json!({ "data": [{ "id": "tiny" }] }).to_string()),
        "/props" => {
            let settings = json!({ "n_ctx": 2048 });
            let props = json!({ "default_generation_settings": settings, "build_info": "b7", "chat_template": template });
            Reply::body(props.to_string())
        }
        _ => Reply::status(404),
    };
    let host = Host::start(script).unwrap();
    let home = user("moderate", &endpoint(&host, "loopback"));
    let shown = run(&home, &["models", "show", "endpoint:box"]);
    for told in
        ["tiny\n", "(loopback) b7\n", "2048 tokens", "read off what its chat template renders", "<tool_call>"]
    {
        assert!(shown.out.contains(told), "{told}: {} {}", shown.out, shown.err);
    }
    let object: Value =
        serde_json::from_str(&run(&home, &["models", "show", "endpoint:box", "--json"]).out).unwrap();
    assert_eq!(
        (&object["name"], &object["contextLength"], &object["dialect"]["origin"], &object["tools"]),
        (&json!("tiny"), &json!(2048), &json!("rendered"), &json!(false)),
        "{object}"
    );
    assert!(host.seen().iter().all(|request| request.method == "GET"), "{:?}", host.seen());
    // Without a template, without such an endpoint, and in `strict`.
    let host = engine("Words.");
    let home = user("moderate", &endpoint(&host, "loopback"));
    let shown = run(&home, &["models", "show", "endpoint:box"]);
    assert!(shown.out.contains("it does not tell its template"), "{} {}", shown.out, shown.err);
    let shown = run(&home, &["models", "show", "endpoint:other"]);
    assert!(shown.code == Some(1) && shown.err.contains("no endpoint is called"), "{}", shown.err);
    let home = user("strict", &endpoint(&host, "loopback"));
    let shown = run(&home, &["models", "show", "endpoint:box"]);
    assert!(shown.code == Some(1) && shown.err.contains("`strict`"), "{}", shown.err);
}

#[test]
fn an_engine_that_is_gone_leaves_the_facts() {
    let gone = "[[endpoints]]\nname = \"box\"\nurl = \"http://127.0.0.1:1\"\nclass = \"loopback\"";
    let (home, workspace) = (user("open", gone), project());
    let ran = chat(&home, &workspace, &["What is Widget?", "--model", "endpoint:box"]);
    assert!(ran.code == Some(0) && ran.out.starts_with("`Widget` is defined:"), "{} {}", ran.out, ran.err);
    assert!(ran.err.contains("nobody answers there"), "{}", ran.err);
    let ran = chat(&home, &workspace, &["What is Widget?", "--model", "endpoint:other"]);
    assert!(ran.err.contains("no endpoint is called"), "{}", ran.err);
}

#[test]
fn what_would_be_sent_is_shown_and_sent_with_a_consent_only() {
    let host = engine("Words.");
    let (home, workspace) = (user("moderate", &endpoint(&host, "team")), project());
    let ran = chat(&home, &workspace, &["--preview", "What is Widget?"]);
    assert!(
        ran.out.contains("\"class\": \"team\"") && ran.out.contains("pub struct Widget"),
        "{} {}",
        ran.out,
        ran.err
    );
    let ran = chat(&home, &workspace, &["What is Widget?"]);
    assert!(ran.err.contains("nothing was sent") && ran.err.contains("privacy consent box"), "{}", ran.err);
    assert!(host.seen().is_empty() && !home.path("state/trust-lsp/sent.jsonl").exists());
    let consent = |arguments: &[&str]| {
        let mut command = lsp(&home, &["privacy", "consent"]);
        ran_of(command.args(arguments).current_dir(workspace.root()))
    };
    // It is shown before, masked, and nothing is sent for that.
    let token = format!("glpat-{}", "aB3dE5fG7hJ9kL2mN4pQ");
    workspace.write("src/main.rs", format!("fn main() {{\n    open(\"{token}\");\n}}\n"));
    let asked = consent(&["box"]);
    assert!(asked.code == Some(1) && asked.err.contains("nobody to ask"), "{}", asked.err);
    assert!(asked.out.contains("\"messages\"") && consent(&[]).out.contains("there is no consent"));
    let given = consent(&["box", "--yes"]).out;
    let (shown, told) = given.split_once("questions about ").unwrap();
    assert!(shown.contains("would be sent, secrets masked") && shown.contains("\"messages\""), "{given}");
    assert!(told.contains("may be sent to box (team)") && !given.contains(&token), "{given}");
    assert!(host.seen().is_empty(), "{:?}", host.seen());
    assert!(consent(&[]).out.contains("box (http://127.0.0.1:"));
    let ran = chat(&home, &workspace, &["What is Widget?"]);
    assert!(ran.out.ends_with("\nWords.\n"), "{} {}", ran.out, ran.err);
    assert!(consent(&["box", "--revoke"]).out.contains("any more"));
    let before = host.seen().len();
    let ran = chat(&home, &workspace, &["What is Widget?"]);
    assert!(ran.err.contains("nothing was sent"), "{}", ran.err);
    assert_eq!(host.seen().len(), before);
    assert!(consent(&["other", "--yes"]).err.contains("no endpoint"));
}

#[test]
fn the_consent_says_what_is_sent_while_one_types() {
    for (engine, typed) in [("llama-server", true), ("openai", false)] {
        let more = format!(
            "[[endpoints]]\nname = \"box\"\nurl = \"http://127.0.0.1:1\"\nclass = \"team\"\nengine = \"{engine}\"\ncontext = 20000\ntools = {typed}"
        );
        let (home, workspace) = (user("moderate", &more), project());
        let consent = |arguments: &[&str]| {
            let mut command = lsp(&home, arguments);
            ran_of(command.current_dir(workspace.root()))
        };
        let ran = consent(&["chat", "--preview", "--model", "endpoint:box", "What is Widget?"]);
        assert!(ran.err.contains("holds 20000 tokens"), "{} {}", ran.out, ran.err);
        let told = consent(&["privacy", "consent", "box", "--yes"]).out;
        assert_eq!(told.contains("while you type, the lines around the cursor"), typed, "{told}");
        assert_eq!(told.contains("what its tools read of it"), typed, "{told}");
    }
}

#[test]
fn a_workspace_that_is_strict_fetches_nothing() {
    let host = engine("Words.");
    let home = user("moderate", "");
    let workspace = project();
    workspace.write(".trust/config.toml", "privacy = \"strict\"\n");
    let (url, at) = (host.url("/m.gguf"), host.address().to_string());
    for arguments in [["models", "pull", &url].as_slice(), &["models", "detect", "--at", &at]] {
        let ran = ran_of(lsp(&home, arguments).current_dir(workspace.root()));
        assert!(ran.code == Some(1) && ran.err.contains("`strict`"), "{arguments:?}: {}", ran.err);
    }
    assert!(host.seen().is_empty());
}

/// A server with an engine elsewhere of this class, for which there is a consent.
fn consented(host: &Host, class: &str, workspace: &Workspace) -> trust_tests::Launch {
    let launch = trust_tests::Launch::bundled();
    let write = |path: &str, text: String| {
        let path = launch.home(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let more = "completion.deadline = 20000\ncompletion.deadlineInvoked = 20000";
    write(
        "config/trust-lsp/config.toml",
        format!("privacy = \"moderate\"\n{more}\n{}\n", endpoint(host, class)),
    );
    let root = workspace.root().canonicalize().unwrap();
    let given = json!([{ "root": root, "endpoint": "box", "url": host.url("") }]);
    write("state/trust-lsp/consents.json", given.to_string());
    launch
}

#[test]
fn a_document_that_is_not_of_the_workspace_goes_to_no_engine() {
    let elsewhere = Workspace::with(&[("lib.rs", "fn other() {\n    let canary = \n}\n")]);
    for (class, outside) in [("team", false), ("loopback", true)] {
        let host = engine("Words.");
        let workspace = project();
        let mut server =
            consented(&host, class, &workspace).start_indexed(&trust_tests::Client::full(&workspace));
        server.wait_for("the engine", |status| status["model"]["state"] == "ready");
        let infills = || host.seen().iter().filter(|request| request.path == "/infill").count();
        let text = "fn other() {\n    let canary = ▮\n}\n";
        let document = trust_tests::Document::rust(elsewhere.uri("lib.rs"), text);
        server.open(&document);
        server.inline_invoked(&document);
        assert_eq!(infills() > 0, outside, "{class}: {:?}", host.seen());
        let before = infills();
        // What is of it goes there, saved or not.
        let document = trust_tests::Document::rust(workspace.uri("src/fresh.rs"), text);
        server.open(&document);
        server.inline_invoked(&document);
        assert!(infills() > before, "{class}");
    }
}

#[test]
fn requests_for_completions_are_summed_up_in_the_log_and_each_is_written_down() {
    let (host, workspace) = (engine("Words."), project());
    let launch = consented(&host, "loopback", &workspace);
    let mut server = launch.start_indexed(&trust_tests::Client::full(&workspace));
    server.wait_for("the engine", |status| status["model"]["state"] == "ready");
    for name in ["src/fresh.rs", "src/other.rs"] {
        let text = "fn other() {\n    let canary = ▮\n}\n";
        let document = trust_tests::Document::rust(workspace.uri(name), text);
        server.open(&document);
        server.inline_invoked(&document);
    }
    drop(server);
    let record = std::fs::read_to_string(launch.home("state/trust-lsp/sent.jsonl")).unwrap();
    let lines = record.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let begun = lines.filter(|line| line["event"] == "begins" && line["purpose"] == "completion");
    let begun: Vec<u64> = begun.map(|line| line["bytes"].as_u64().unwrap()).collect();
    assert!(begun.len() >= 2, "{record}");
    let show = ["audit", "show", "--last", "0", "--feature", "network", "--json"];
    let output = launch.command().args(show).output().unwrap();
    let entries: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let told: Vec<_> = entries.iter().filter(|entry| entry["request"]["purpose"] == "completion").collect();
    for entry in &told {
        let asked = (&entry["action"], &entry["request"]["host"], &entry["request"]["class"]);
        assert_eq!(asked, (&json!("summed"), &json!("127.0.0.1"), &json!("loopback")), "{entry:#}");
    }
    let requests = told.iter().map(|entry| entry["counts"]["requests"].as_u64().unwrap()).sum::<u64>();
    let bytes = told.iter().map(|entry| entry["sent_bytes"].as_u64().unwrap()).sum::<u64>();
    assert_eq!((requests, bytes), (begun.len() as u64, begun.iter().sum::<u64>()), "{entries:#?}");
}

fn ran_of(command: &mut Command) -> Ran {
    ran(command.output().unwrap())
}

#[test]
fn engines_on_this_machine_are_found_and_told_how_to_be_used() {
    let host = engine("");
    let ran = run(&user("moderate", ""), &["models", "detect", "--at", &host.address().to_string()]);
    assert!(
        ran.out.starts_with("llama-server at http://127.0.0.1:") && ran.out.contains("[[endpoints]]"),
        "{} {}",
        ran.out,
        ran.err
    );
    let ran = run(&user("strict", ""), &["models", "detect"]);
    assert!(ran.code == Some(1) && ran.err.contains("`strict`"), "{}", ran.err);
}

/// What the third proof sees by strace, the kernel says too: the one program may open sockets, the other may not.
#[cfg(target_os = "linux")]
#[test]
fn the_server_has_no_right_to_sockets_while_trust_net_does() {
    let host = engine("Words.");
    let workspace = project();
    let launch = trust_tests::Launch::bundled();
    let written = launch.home("config/trust-lsp/config.toml");
    std::fs::create_dir_all(written.parent().unwrap()).unwrap();
    std::fs::write(&written, format!("privacy = \"moderate\"\n{}\n", endpoint(&host, "loopback"))).unwrap();
    let mut server = launch.start_indexed(&trust_tests::Client::full(&workspace));
    let answer = server.call("trust/chat", json!({ "message": "What is Widget?" }));
    assert_eq!(
        (&answer["wording"], &answer["model"]),
        (&json!("Words."), &json!("tiny at box")),
        "{answer:#}"
    );
    let own = std::fs::read_to_string("/proc/self/status").unwrap();
    let of = |text: &str| text.lines().find(|line| line.starts_with("Seccomp:")).map(str::to_owned);
    let seccomp = |id: &str| of(&std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default());
    assert_eq!(seccomp(&server.id().to_string()).as_deref(), Some("Seccomp:\t2"));
    let children = || -> Vec<String> {
        let all = std::fs::read_dir(format!("/proc/{}/task", server.id())).into_iter().flatten().flatten();
        let told = all.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
        told.flat_map(|ids| ids.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
    };
    let net = children();
    assert_eq!(net.len(), 1, "trust-net and nobody else");
    assert_eq!(seccomp(&net[0]), of(&own));
    // What is said later can end it, and it does not come again.
    std::fs::write(&written, format!("privacy = \"strict\"\n{}\n", endpoint(&host, "loopback"))).unwrap();
    let ended = (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        std::fs::read_to_string(format!("/proc/{}/status", net[0]))
            .map_or(true, |text| text.contains("State:\tZ"))
    });
    assert!(ended, "it goes on");
}
