//! The real llama-server as an engine elsewhere, with the bundled model's file: what counts here is that the two understand each other,
//! not what the model says. `cargo xtask test --only engines` names one, and fetches it before; else the one on `PATH` is taken.

use super::{lsp, ran, ran_of, user};
use crate::git::{CODE, git, repository};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use trust_tests::Workspace;

const WAIT: Duration = Duration::from_secs(120);
const SKIPPED: &str = "skipped: llama-server is not on PATH; `cargo xtask test --only engines` fetches it";

struct LlamaServer {
    process: Child,
    port: u16,
}

impl LlamaServer {
    /// `None` where there is none. One that is named must be there.
    fn start(log: &std::path::Path) -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut programs = std::env::split_paths(&path).map(|folder| folder.join("llama-server"));
        let program = match std::env::var_os("TRUST_TEST_LLAMA_SERVER") {
            Some(named) => PathBuf::from(named),
            None => programs.find(|program| program.is_file())?,
        };
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let log = std::fs::File::create(log).unwrap();
        let process = Command::new(program)
            .arg("--model")
            .arg(model())
            .args([
                "--host",
                "127.0.0.1",
                "--port",
                &port.to_string(),
                "--ctx-size",
                "2048",
                "--threads",
                "2",
            ])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let server = Self { process, port };
        let begun = Instant::now();
        while !server.is_ready() {
            assert!(begun.elapsed() < WAIT, "llama-server does not get ready");
            std::thread::sleep(Duration::from_millis(200));
        }
        Some(server)
    }

    fn is_ready(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)) else { return false };
        let asked =
            format!("GET /health HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", self.port);
        let mut told = String::new();
        stream.write_all(asked.as_bytes()).is_ok()
            && stream.read_to_string(&mut told).is_ok()
            && told.starts_with("HTTP/1.1 200")
    }
}

impl Drop for LlamaServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn model() -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/models/bundled");
    let files = std::fs::read_dir(folder).unwrap().flatten().map(|file| file.path());
    files.into_iter().find(|file| file.extension().is_some_and(|e| e == "gguf")).unwrap()
}

/// A user with the real one as an endpoint; `None` where there is none.
fn started() -> Option<(LlamaServer, Workspace)> {
    let logs = Workspace::empty();
    let server = LlamaServer::start(&logs.path("log"))?;
    let home = user(
        "moderate",
        &format!(
            "model.path = \"endpoint:box\"\ncompletion.deadlineInvoked = 60000\n[[endpoints]]\nname = \"box\"\n\
             url = \"http://127.0.0.1:{}\"\nclass = \"loopback\"\nengine = \"llama-server\"",
            server.port
        ),
    );
    Some((server, home))
}

/// What the model words may be anything; it is tried before, and held to its form by the engine.
#[test]
fn what_the_real_one_can_is_tried_and_kept() {
    let Some((_server, home)) = started() else { return eprintln!("{SKIPPED}") };
    let workspace = repository();
    workspace.write("a.rs", CODE.replace("a + 1", "a + 200"));
    git(&workspace, &["add", "-A"]);
    let told = ran_of(lsp(&home, &["commit-message", "--json"]).current_dir(workspace.root()));
    assert_eq!(told.code, Some(0), "{}", told.err);
    let proposed: Value = serde_json::from_str(&told.out).unwrap();
    assert!(proposed["messages"][0]["subject"].as_str().is_some_and(|subject| !subject.is_empty()));
    let kept = std::fs::read_to_string(home.path("cache/trust-lsp/engines.json")).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    let behaviours: Vec<&Value> = kept.as_object().unwrap().values().collect();
    assert!(matches!(behaviours[..], [one] if one["schema"] == true && one["calls"].is_boolean()), "{kept}");
}

#[test]
fn holes_and_questions_are_answered_by_the_real_one() {
    let Some((server, home)) = started() else { return eprintln!("{SKIPPED}") };
    home.write(".git/HEAD", "ref: refs/heads/main\n");
    home.write("src/lib.rs", "pub fn add(left: i32, right: i32) -> i32 {\n    \n}\n\npub fn sub(left: i32, right: i32) -> i32 {\n    left - right\n}\n");
    let found = ran(lsp(&home, &["models", "detect", "--at", &format!("127.0.0.1:{}", server.port)])
        .output()
        .unwrap());
    assert!(found.out.starts_with("llama-server at "), "{} {}", found.out, found.err);
    let told = ran(lsp(&home, &["complete", "src/lib.rs:2:5", "--json"]).output().unwrap());
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""), "{}", told.out);
    let completion: Value = serde_json::from_str(&told.out).unwrap();
    assert!(completion["text"].is_string(), "{completion}");
    let asked = ran(lsp(&home, &["chat", "What is add?", "--json"]).output().unwrap());
    let answer: Value = serde_json::from_str(&asked.out).unwrap();
    assert!(
        answer["model"].as_str().is_some_and(|model| model.ends_with(" at box")),
        "{answer:#} {}",
        asked.err
    );
    assert!(answer["failed"].is_null() && answer["wording"].is_string(), "{answer:#}");
    assert!(answer["tokens"]["generated"].as_u64().unwrap() > 0, "{answer:#}");
    let record = std::fs::read_to_string(home.path("state/trust-lsp/sent.jsonl")).unwrap();
    let lines: Vec<Value> = record.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for path in ["/v1/models", "/props", "/infill", "/v1/chat/completions"] {
        let begun =
            lines.iter().find(|line| line["path"] == path).unwrap_or_else(|| panic!("{path}: {record}"));
        let ended = lines.iter().find(|line| line["event"] == "ends" && line["id"] == begun["id"]).unwrap();
        assert_eq!(ended["status"], 200, "{path}: {record}");
    }
}
