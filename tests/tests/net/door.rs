//! The door: programs that speak HTTP, with the bodies that each of them sends, and whoever means harm.

use super::user;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};
use trust_tests::{Workspace, binary, command};

const WAIT: Duration = Duration::from_secs(60);
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/door");

/// `trust-net serve`, as a user would start it.
fn serve(home: &Workspace, arguments: &[&str]) -> Command {
    let from = command(home.root());
    let name = format!("trust-net{}", std::env::consts::EXE_SUFFIX);
    let mut serve = Command::new(binary().with_file_name(name));
    for (name, value) in from.get_envs() {
        match value {
            Some(value) => serve.env(name, value),
            None => serve.env_remove(name),
        };
    }
    serve.args(["serve", "--openai", "--port", "0"]).args(arguments).current_dir(home.root());
    serve.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    serve
}

struct Door {
    process: Child,
    errors: ChildStderr,
    at: SocketAddr,
    token: String,
    token_file: PathBuf,
}

struct Heard {
    status: u16,
    head: String,
    body: String,
}

impl Heard {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The data of its events, but for the last, which says that it is the last.
    fn events(&self) -> Vec<Value> {
        assert!(self.head.contains("text/event-stream"), "{}", self.head);
        let data: Vec<&str> =
            self.body.split("\n\n").filter_map(|event| event.strip_prefix("data: ")).collect();
        let (last, events) = data.split_last().unwrap();
        assert_eq!(*last, "[DONE]", "{}", self.body);
        events.iter().map(|event| serde_json::from_str(event).unwrap()).collect()
    }
}

impl Door {
    fn open(home: &Workspace, arguments: &[&str]) -> Self {
        let mut process = serve(home, arguments).spawn().unwrap();
        let (out, errors) = (process.stdout.take().unwrap(), process.stderr.take().unwrap());
        let mut lines = BufReader::new(out).lines().map_while(Result::ok);
        let mut next = |begin: &str| -> String {
            lines.next().and_then(|line| line.strip_prefix(begin).map(str::to_owned)).unwrap_or_else(|| {
                panic!("the door does not open: {begin:?} was expected");
            })
        };
        let at = next("open at http://").parse().unwrap();
        let (token, token_file) = (next("token "), next("token file ").into());
        Self { process, errors, at, token, token_file }
    }

    /// With a model that says this.
    fn scripted(home: &Workspace, reply: &str, arguments: &[&str]) -> Self {
        Self::open(home, &[arguments, &["--", "--scripted-model", reply]].concat())
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.at).unwrap();
        stream.set_read_timeout(Some(WAIT)).unwrap();
        stream
    }

    /// Sends these bytes, and listens to the end.
    fn raw(&self, bytes: &[u8]) -> Heard {
        let mut stream = self.connect();
        // Whoever is refused early hears it all the same.
        let _ = stream.write_all(bytes);
        heard(stream)
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Heard {
        self.raw(self.request(method, path, headers, body).as_bytes())
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.at);
        request += &format!("Authorization: Bearer {}\r\nContent-Length: {}\r\n", self.token, body.len());
        headers.iter().for_each(|(name, value)| request += &format!("{name}: {value}\r\n"));
        request + "\r\n" + body
    }

    fn post(&self, path: &str, body: &Value) -> Heard {
        self.ask("POST", path, &[], &body.to_string())
    }

    /// The process that answers behind it.
    fn behind(&self) -> u32 {
        let id = self.process.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
        children.split_whitespace().next().unwrap().parse().unwrap()
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn heard(mut stream: TcpStream) -> Heard {
    let mut bytes = Vec::new();
    // A connection that is reset has said what it had to say.
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes).unwrap();
    let text = text.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(&text);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let head = head.to_ascii_lowercase();
    assert!(!head.contains("access-control"), "{head}");
    Heard { status, head, body: body.into() }
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < WAIT, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A body whose hole is filled by the word that the scripted model says.
fn hole() -> Value {
    json!({ "prompt": "fn add(left: i32, right: i32) -> i32 {\n    left + ", "suffix": "\n}\n" })
}

#[test]
fn what_each_client_sends_is_answered_as_it_wants() {
    let home = user("moderate", "completion.deadline = 20000");
    let door = Door::scripted(&home, "right", &[]);
    let mut files: Vec<_> = std::fs::read_dir(FIXTURES).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 10, "{files:?}");
    for file in files {
        let fixture: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let source = fixture["source"].as_str().unwrap_or_default();
        let is_told = ["recorded from ", "by the source of ", "by the documentation of "]
            .iter()
            .any(|begin| source.starts_with(begin));
        assert!(is_told, "{}: no source {source:?}", file.display());
        let headers = fixture["headers"].as_object().unwrap();
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
        let heard =
            door.ask("POST", fixture["path"].as_str().unwrap(), &headers, &fixture["body"].to_string());
        assert_eq!(heard.status, 200, "{}: {}", file.display(), heard.body);
        // Some look for a piece of text before they read any JSON.
        if let Some(text) = fixture["text"].as_str() {
            assert!(heard.body.starts_with('{') && heard.body.contains(text), "{}", heard.body);
        }
        let answer = match fixture["streamed"].as_str() {
            None => heard.json(),
            Some(pointer) => {
                let texts: String = heard
                    .events()
                    .iter()
                    .filter_map(|event| event.pointer(pointer).and_then(Value::as_str).map(str::to_owned))
                    .collect();
                json!({ "choices": [{ "text": texts, "delta": { "content": texts } }] })
            }
        };
        for (pointer, expected) in fixture["answer"].as_object().unwrap() {
            let found = answer.pointer(pointer);
            let is_right = if expected.is_null() { found.is_some() } else { found == Some(expected) };
            assert!(is_right, "{}: {pointer} of {answer:#}", file.display());
        }
    }
    let models = door.ask("GET", "/v1/models", &[], "").json();
    assert_eq!(models["data"][0]["id"], "scripted", "{models}");
    let health =
        door.raw(format!("GET /health HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", door.at.port()).as_bytes());
    assert_eq!((health.status, health.body.as_str()), (200, "{\"status\":\"ok\"}"));
    // Counts are told only where somebody wanted them to be.
    assert_eq!(door.ask("GET", "/metrics", &[], "").status, 404);
}

#[test]
fn a_client_that_waits_for_a_moment_is_answered_in_it() {
    let home = user("moderate", "completion.deadline = 20000");
    // The bundled model: what is scripted knows no time.
    let door = Door::open(&home, &[]);
    let fixture = std::fs::read_to_string(format!("{FIXTURES}/llama-vim.json")).unwrap();
    let mut body = serde_json::from_str::<Value>(&fixture).unwrap()["body"].clone();
    let limits = |body: &Value| (body["t_max_prompt_ms"].as_u64(), body["t_max_predict_ms"].as_u64());
    assert_eq!(limits(&body), (Some(500), Some(250)));
    // Once the model is loaded, and on a machine that is not too busy, that is enough.
    until("a completion within the limits that llama.vim sets", || {
        let begun = Instant::now();
        let heard = door.post("/infill", &body);
        assert!(heard.status == 200 && begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        heard.json()["content"].as_str().is_some_and(|text| !text.is_empty())
    });
    // Elsewhere, and in no time: nothing can have been written, and that is no failure.
    body["input_prefix"] = "fn subtract_all(numbers: &[i32], from: i32) -> i32 {\n".into();
    body["prompt"] = "    let mut rest = ".into();
    body["t_max_prompt_ms"] = 0.into();
    body["t_max_predict_ms"] = 0.into();
    let heard = door.post("/infill", &body);
    assert_eq!((heard.status, &heard.json()["content"]), (200, &json!("")), "{}", heard.body);
}

#[test]
fn whoever_may_not_come_in_is_told_so_in_the_form_of_openai() {
    let home = user("moderate", "completion.deadline = 20000");
    let door = Door::scripted(&home, "right", &[]);
    let (at, body) = (door.at, hole().to_string());
    let length = body.len();
    let token = format!("Authorization: Bearer {}", door.token);
    let post = |host: &str, more: &str| {
        format!("POST /v1/completions HTTP/1.1\r\n{host}\r\n{more}\r\nContent-Length: {length}\r\n\r\n{body}")
    };
    let here = format!("Host: {at}");
    let cases = [
        (post(&here, "X: y"), 401, "the token was printed"),
        (post(&here, "Authorization: Bearer wrong"), 401, "Bearer TOKEN"),
        (post(&here, &format!("Authorization: Basic {}", door.token)), 401, "Bearer TOKEN"),
        (post(&here, &format!("{token}\r\n{token}")), 401, "Bearer TOKEN"),
        // A page whose name was led here, and one that does not hide.
        (post(&format!("Host: evil.example:{}", at.port()), &token), 403, "of this machine only"),
        (post("Host: 127.0.0.1", &token), 403, "of this machine only"),
        (post(&format!("{here}\r\n{here}"), &token), 400, "name its host"),
        (post("X-Host: a", &token), 400, "name its host"),
        (post(&here, &format!("{token}\r\nOrigin: https://evil.example")), 403, "pages in a browser"),
        (post(&here, &format!("{token}\r\nSec-Fetch-Site: cross-site")), 403, "pages in a browser"),
        (door.request("OPTIONS", "/v1/completions", &[], ""), 405, "OPTIONS"),
        (door.request("GET", "/v1/completions", &[], ""), 405, "GET"),
        (door.request("POST", "/v1/embeddings", &[], "{}"), 404, "/v1/embeddings"),
        (door.request("POST", "/../v1/completions", &[], "{}"), 404, "there is no"),
        (door.request("POST", "/v1/completions", &[], ""), 400, "not the JSON"),
        (door.request("POST", "/v1/completions", &[], "{\"prompt\": "), 400, "not the JSON"),
        (door.request("POST", "/v1/completions", &[], "\u{0}"), 400, "not the JSON"),
        (door.request("POST", "/infill", &[], &"[".repeat(100_000)), 400, "not the JSON"),
        (door.request("POST", "/v1/completions", &[], "{\"prompt\": [1, 2]}"), 400, "not the JSON"),
        (door.request("POST", "/v1/chat/completions", &[], "{\"messages\": []}"), 400, "is empty"),
        ("nonsense\r\n\r\n".into(), 400, "no HTTP request"),
        (format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(20_000)), 431, "too long"),
        (
            format!("POST /infill HTTP/1.1\r\n{here}\r\n{token}\r\nContent-Length: 99999999\r\n\r\n{{"),
            413,
            "longer than",
        ),
        (
            format!(
                "POST /infill HTTP/1.1\r\n{here}\r\n{token}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            ),
            411,
            "Content-Length",
        ),
    ];
    for (request, status, expected) in cases {
        let heard = door.raw(request.as_bytes());
        let told = format!("{}\n{}", request.chars().take(300).collect::<String>(), heard.body);
        assert_eq!(heard.status, status, "{told}");
        let error = &heard.json()["error"];
        assert!(error["message"].as_str().unwrap().contains(expected), "{told}");
        assert!(error["type"].as_str().unwrap().ends_with("_error") && error["code"] == status, "{told}");
    }
    // A hole in a text that is no source file.
    let long = json!({ "prompt": "a".repeat(3 << 20) });
    let heard = door.post("/v1/completions", &long);
    assert!(heard.status == 400 && heard.body.contains("longer than"), "{}", heard.body);
    // After all that it still answers.
    assert_eq!(door.post("/v1/completions", &hole()).json()["choices"][0]["text"], "right");
}

#[test]
fn who_dawdles_is_let_go_and_holds_up_nobody() {
    let home = user("moderate", "completion.deadline = 20000");
    let door = Door::scripted(&home, "right", &[]);
    let slow: Vec<TcpStream> = (0..8)
        .map(|number| {
            let mut stream = door.connect();
            let request = door.request("POST", "/v1/completions", &[], &hole().to_string());
            // Some stop in the head, some in the body, one says nothing at all.
            let _ = stream.write_all(&request.as_bytes()[..number * request.len() / 8]);
            stream
        })
        .collect();
    let begun = Instant::now();
    assert_eq!(door.post("/v1/completions", &hole()).status, 200);
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
    for stream in slow {
        let heard = heard(stream);
        assert!(heard.status == 408 && heard.body.contains("too slowly"), "{}", heard.body);
    }
    // Whoever waits to be told to go on is told.
    let mut stream = door.connect();
    let body = hole().to_string();
    let request = door.request("POST", "/v1/completions", &[("Expect", "100-continue")], &body);
    let (head, body) = request.split_at(request.len() - body.len());
    stream.write_all(head.as_bytes()).unwrap();
    let mut told = [0; 25];
    stream.read_exact(&mut told).unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).unwrap();
    assert_eq!(heard(stream).json()["choices"][0]["text"], "right");
}

#[test]
fn whoever_hangs_up_has_the_work_for_it_end() {
    let home = user("moderate", "completion.deadline = 20000");
    let arguments = ["--metrics", "--", "--scripted-model", "right", "--scripted-delay-ms", "8000"];
    let door = Door::open(&home, &arguments);
    let request = door.request("POST", "/v1/completions", &[], &hole().to_string());
    let begun = Instant::now();
    let asked = || -> u64 {
        let metrics = door.ask("GET", "/metrics", &[], "").body;
        let calls =
            metrics.lines().find_map(|line| line.strip_prefix("trust_lsp_completion_model_calls_total "));
        calls.map_or(0, |calls| calls.parse().unwrap())
    };
    for _ in 0..3 {
        let before = asked();
        let mut stream = door.connect();
        stream.write_all(request.as_bytes()).unwrap();
        // One is worked on at a time: the model is asked for this one when it has ended for the one before.
        until("the model is asked", || asked() > before);
        stream.shutdown(Shutdown::Both).unwrap();
    }
    // Had it worked to the end for the first two, that would have lasted for sixteen seconds.
    assert!(begun.elapsed() < Duration::from_secs(16), "{:?}", begun.elapsed());
    assert_eq!(door.post("/v1/completions", &hole()).json()["choices"][0]["text"], "right");
    let metrics = door.ask("GET", "/metrics", &[], "");
    assert!(metrics.head.contains("text/plain; version=0.0.4"), "{}", metrics.head);
    assert!(metrics.body.contains("trust_lsp_completions_total{answer=\"shown\"} 1\n"), "{}", metrics.body);
    assert!(metrics.body.contains("trust_lsp_completion_seconds_count 1\n"), "{}", metrics.body);
    let counted = "trust_lsp_answer_seconds_count{feature=\"completion\",model=\"scripted\"} 1\n";
    until("what it cost is counted", || door.ask("GET", "/metrics", &[], "").body.contains(counted));
}

#[test]
fn several_are_answered_at_once() {
    let home = user("moderate", "completion.deadline = 20000");
    let door = Door::scripted(&home, "right", &[]);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..12)
            .map(|number| {
                let door = &door;
                scope.spawn(move || match number % 2 {
                    0 => door.post("/v1/completions", &hole()).json()["choices"][0]["text"].clone(),
                    _ => {
                        let asked = json!({ "messages": [{ "role": "user", "content": "Which?" }] });
                        let heard = door.post("/v1/chat/completions", &asked);
                        heard.json()["choices"][0]["message"]["content"].clone()
                    }
                })
            })
            .collect();
        for client in clients {
            assert_eq!(client.join().unwrap(), "right");
        }
    });
}

#[test]
fn the_token_is_the_users_alone_and_gone_with_the_door() {
    let home = user("moderate", "");
    let mut door = Door::scripted(&home, "right", &[]);
    assert_eq!(std::fs::read_to_string(&door.token_file).unwrap().trim(), door.token);
    assert_eq!(door.token.len(), 48);
    assert!(door.token_file.starts_with(home.path("state/trust-lsp")), "{}", door.token_file.display());
    #[cfg(unix)]
    {
        let mode =
            std::os::unix::fs::PermissionsExt::mode(&door.token_file.metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    // What answers may open no socket, and has none.
    #[cfg(target_os = "linux")]
    {
        let behind = door.behind();
        let status = std::fs::read_to_string(format!("/proc/{behind}/status")).unwrap();
        assert!(status.contains("Seccomp:\t2\n"), "{status}");
        for file in std::fs::read_dir(format!("/proc/{behind}/fd")).unwrap().flatten() {
            let target = std::fs::read_link(file.path()).unwrap_or_default();
            assert!(!target.to_string_lossy().starts_with("socket:"), "{}", target.display());
        }
    }
    // It is told anew each time.
    let other = Door::scripted(&home, "right", &["--token-file", "own.token"]);
    assert_ne!(other.token, door.token);
    door.process.kill().unwrap();
    let file = door.token_file.clone();
    until("the token's file goes with the door", || !file.exists());
    assert!(home.path("own.token").exists());
}

#[test]
fn the_door_closes_once_the_mode_is_strict() {
    let home = user("moderate", "");
    let mut door = Door::scripted(&home, "right", &[]);
    assert_eq!(door.post("/v1/completions", &hole()).status, 200);
    home.write("config/trust-lsp/config.toml", "privacy = \"strict\"\n");
    let status = door.process.wait().unwrap();
    let mut told = String::new();
    door.errors.read_to_string(&mut told).unwrap();
    assert!(status.code() == Some(1) && told.contains("`strict`"), "{told}");
    assert!(TcpStream::connect(door.at).is_err());
    let file = door.token_file.clone();
    until("the token's file goes with the door", || !file.exists());
}

#[test]
fn a_workspace_may_close_it_and_a_model_that_cannot_converse_says_so() {
    let home = user("moderate", "");
    home.write("strict/.trust/config.toml", "privacy = \"strict\"\n");
    let output = serve(&home, &["--workspace", "strict"]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && told.contains("as this workspace says"), "{told}");
    for (arguments, expected) in
        [(["--workspace", "nowhere"], "nowhere"), (["--", "--no-such-flag"], "before the door was open")]
    {
        let output = serve(&home, &arguments).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && told.contains(expected), "{told}");
        assert!(!home.path("state/trust-lsp/door.token").exists());
    }
    let asked = json!({ "messages": [{ "role": "user", "content": "Which?" }] });
    let door = Door::open(&home, &[]);
    let heard = door.post("/v1/chat/completions", &asked);
    assert!(heard.status == 400 && heard.body.contains("not made to converse"), "{}", heard.body);
    let door = Door::open(&home, &["--", "--no-model"]);
    let heard = door.post("/v1/chat/completions", &asked);
    assert!(heard.status == 400 && heard.body.contains("no model is in use"), "{}", heard.body);
}

#[test]
fn a_workspace_that_says_less_is_obeyed_before_an_engine_is_asked() {
    let engine = "model.path = \"endpoint:box\"\n[[endpoints]]\nname = \"box\"\nurl = \"https://127.0.0.1:1\"\nclass = \"cloud\"";
    let home = user("open", engine);
    home.write("p/.trust/config.toml", "privacy = \"moderate\"\n");
    let root = home.path("p").canonicalize().unwrap();
    let given = json!([{ "root": root, "endpoint": "box", "url": "https://127.0.0.1:1" }]);
    home.write("state/trust-lsp/consents.json", given.to_string());
    let mut trust = command(home.root());
    assert!(trust.args(["workspace", "trust", "p"]).current_dir(home.root()).status().unwrap().success());
    let door = Door::open(&home, &["--workspace", "p"]);
    let asked = json!({ "messages": [{ "role": "user", "content": "Which?" }] });
    let heard = door.post("/v1/chat/completions", &asked);
    assert!(heard.body.contains("`open` allows it"), "{}", heard.body);
    assert!(!home.path("state/trust-lsp/sent.jsonl").exists());
}

#[test]
fn the_project_is_quoted_and_what_it_excludes_is_not() {
    let home = user("moderate", "completion.deadline = 20000");
    let repeated = "    document.validate_permissions(&event.user, Level::Canary)?;\n";
    home.write("p/src/opened.rs", format!(
        "fn opened(event: &Event) -> Result<(), Error> {{\n    let document = documents.get(&event.uri)?;\n{repeated}    Ok(())\n}}\n"
    ));
    home.write("p/src/closed.rs", "fn closed(event: &Event) -> Result<(), Error> {\n    let document = documents.get(&event.uri)?;\n    let level = Level::of(&event.user);\n    document\n}\n");
    home.write("p/.trustignore", "hidden.rs\n");
    home.write("p/src/hidden.rs", "fn closed() {\n    let a = 1;\n}\n");
    // Nothing but the project's own text says how this line goes on, and the bundled model believes it.
    let (before, after) = (
        "fn closed(event: &Event) -> Result<(), Error> {\n    let document = documents.get(&event.uri)?;\n    let level = Level::of(&event.user);\n    document.validate_p",
        "\n}\n",
    );
    let infill = json!({ "input_prefix": before, "input_suffix": after, "prompt": "" });
    let expected = "ermissions(&event.user, Level::Canary)?;";
    let alone = Door::open(&home, &[]);
    assert_ne!(alone.post("/infill", &infill).json()["content"], expected);
    let door = Door::open(&home, &["--workspace", "p"]);
    until("the index", || door.post("/infill", &infill).json()["content"] == expected);
    // A client that says which file it is in is told nothing in one that the rules exclude.
    let at =
        |path: &str| format!("<|file_sep|>{path}\n<|fim_prefix|>{before}<|fim_suffix|>{after}<|fim_middle|>");
    let text = |path: &str| {
        let heard = door.post("/v1/completions", &json!({ "prompt": at(path) })).json();
        heard["choices"][0]["text"].as_str().unwrap().to_owned()
    };
    assert_eq!(text("src/closed.rs"), expected);
    assert_eq!(text("src/hidden.rs"), "");
    drop(door);
    // What was shown is recorded, with the file that the lines were found in.
    until("the entry", || {
        let mut show = command(home.root());
        let shown = show.args(["audit", "show", "--json"]).current_dir(home.root()).output().unwrap();
        let shown = String::from_utf8(shown.stdout).unwrap();
        shown.contains("at the door") && shown.contains("src/closed.rs")
    });
}

#[test]
fn in_strict_mode_there_is_no_door_and_what_would_allow_one_is_said() {
    let home = Workspace::empty();
    let output = serve(&home, &[]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), b"".as_slice()), "{told}");
    assert!(told.contains("`strict` (default)") && told.contains("config set privacy moderate"), "{told}");
    assert!(!home.path("state/trust-lsp/door.token").exists());
}

/// What an excluded file says, and a secret in an ordinary one, is told at the door by no answer, count, or record; and neither is
/// sent to an engine that does the answering.
#[test]
fn nothing_excluded_or_secret_is_told_at_the_door_or_sent_to_an_engine() {
    let place = crate::canary::routes::Place::new();
    let home = user("moderate", "completion.deadline = 20000\naudit.content = true");
    let root = place.workspace.root().to_str().unwrap();
    let door = Door::scripted(&home, "right", &["--metrics", "--workspace", root]);
    let hidden = std::fs::read_to_string(place.workspace.path("src/hidden.rs")).unwrap();
    let lines = &place.door[..place.door.len() / 2];
    let mut told = String::new();
    for prompt in [lines, &hidden[..20], "fn f() {\n    let door = connect_up"] {
        for path in ["/v1/completions", "/infill", "/completion"] {
            let body = json!({ "prompt": prompt, "input_prefix": prompt, "input_suffix": "\n}\n", "suffix": "\n}\n" });
            told += &door.post(path, &body).body;
        }
        let messages =
            json!([{ "role": "user", "content": "What does open_door do, and what is in src/hidden.rs?" }]);
        told += &door.post("/v1/chat/completions", &json!({ "messages": messages })).body;
    }
    told += &door.ask("GET", "/metrics", &[], "").body;
    assert!(told.contains("trust_lsp_completion_seconds_count"), "{told}");
    // A client is shown what it sent itself at most; nothing of that is in an answer here.
    place.assert_none(&told, "the door");
    drop(door);
    for path in crate::hostile::files(home.root()).into_keys() {
        let bytes = std::fs::read(&path).unwrap_or_default();
        place.assert_none(&String::from_utf8_lossy(&bytes), &path.display().to_string());
    }
    let host = super::engine("Words.");
    let home = user("moderate", &super::endpoint(&host, "loopback"));
    for at in ["src/door.rs:1-5", "src/main.rs:1-3"] {
        super::chat(&home, &place.workspace, &["--at", at, "What does open_door do?"]);
    }
    super::chat(&home, &place.workspace, &["What is in src/hidden.rs, and in .env?"]);
    let sent: String =
        host.seen().iter().map(|request| format!("{}\n{}\n", request.path, request.body)).collect();
    assert!(sent.contains("open_door"), "{sent}");
    place.assert_none(&sent, "an engine elsewhere");
}
