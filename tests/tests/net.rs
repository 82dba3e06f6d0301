//! What `moderate` and `open` allow, against a host on this machine with faults. `cargo xtask privacy` leaves these tests out:
//! here something is meant to open sockets, but never `trust-lsp` itself.

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
