//! A session with one server, from its start to its end.

mod ending;
mod inbox;

use crate::envelope::Message;
use crate::pipes::{self, Output};
use crate::{Client, Encoding, RpcError, Workspace, framing};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::process::Child;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long a test waits for anything before it fails.
pub const WAIT: Duration = Duration::from_secs(20);

/// The answer to a request.
pub type Reply = Result<Value, RpcError>;

/// A running server. Dropping it ends the session properly, and fails the test if the server did not end
/// well or has sent anything that was neither asked for nor read.
pub struct Server {
    process: Child,
    stdin: Option<Sender<Vec<u8>>>,
    output: Receiver<Output>,
    log: Arc<Mutex<String>>,
    client: Option<Client>,
    encoding: Encoding,
    last_id: i64,
    /// Requests without an answer so far, with their methods.
    asked: HashMap<i64, String>,
    answered: HashMap<i64, Reply>,
    unread: VecDeque<Message>,
    /// What the client's settings say, by section.
    settings: Value,
    ended: bool,
    /// All messages that came, as they came.
    heard: String,
    _home: Rc<Workspace>,
}

impl Server {
    pub(crate) fn new(mut process: Child, home: Rc<Workspace>) -> Self {
        let stdin = process.stdin.take().expect("a pipe to stdin");
        let stdout = process.stdout.take().expect("a pipe from stdout");
        let stderr = process.stderr.take().expect("a pipe from stderr");
        Self {
            process,
            stdin: Some(pipes::writer(stdin)),
            output: pipes::reader(stdout),
            log: pipes::log(stderr),
            client: None,
            encoding: Encoding::Utf16,
            last_id: 0,
            asked: HashMap::new(),
            answered: HashMap::new(),
            unread: VecDeque::new(),
            settings: Value::Null,
            ended: false,
            heard: String::new(),
            _home: home,
        }
    }

    /// All messages that came so far, a line each.
    pub fn heard(&self) -> &str {
        &self.heard
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Introduces `client`; returns the answer to `initialize`.
    pub fn initialize(&mut self, client: &Client) -> Value {
        self.client = Some(client.clone());
        let answer = self.call("initialize", client.params().clone());
        self.encoding = match answer["capabilities"]["positionEncoding"].as_str() {
            Some("utf-8") => Encoding::Utf8,
            Some("utf-32") => Encoding::Utf32,
            Some("utf-16") | None => Encoding::Utf16,
            Some(other) => panic!("the position encoding {other:?}"),
        };
        self.notify("initialized", json!({}));
        answer
    }

    /// The unit of positions in this session.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Sends bytes as they are.
    pub fn send_bytes(&mut self, bytes: Vec<u8>) {
        let stdin = self.stdin.as_ref().expect("stdin was closed by this test");
        assert!(stdin.send(bytes).is_ok(), "the server closed its stdin");
    }

    pub fn send(&mut self, message: &Value) {
        self.send_bytes(framing::frame(message.to_string().as_bytes()));
    }

    /// Sends a request; returns its id.
    pub fn request(&mut self, method: &str, params: Value) -> i64 {
        self.send_request(method, json!({"params": params}))
    }

    /// Sends a request that has no `params` at all.
    pub fn request_bare(&mut self, method: &str) -> i64 {
        self.send_request(method, json!({}))
    }

    fn send_request(&mut self, method: &str, mut message: Value) -> i64 {
        self.last_id += 1;
        message["jsonrpc"] = "2.0".into();
        message["id"] = self.last_id.into();
        message["method"] = method.into();
        self.asked.insert(self.last_id, method.into());
        self.send(&message);
        self.last_id
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// From now on the client's settings say this, by section; the server is not told.
    pub fn set_settings(&mut self, settings: Value) {
        self.settings = settings;
    }

    pub fn cancel(&mut self, id: i64) {
        self.notify("$/cancelRequest", json!({"id": id}));
    }

    /// Answers a request of the server.
    pub fn answer(&mut self, id: &Value, result: Value) {
        self.send(&json!({"jsonrpc": "2.0", "id": id, "result": result}));
    }

    /// The answer to request `id`.
    pub fn reply(&mut self, id: i64) -> Reply {
        self.reply_within(id, WAIT)
    }

    /// Whether a request has had no answer so far, of what was read.
    pub fn is_open(&self, id: i64) -> bool {
        self.asked.contains_key(&id)
    }

    pub fn reply_within(&mut self, id: i64, limit: Duration) -> Reply {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(reply) = self.answered.remove(&id) {
                return reply;
            }
            let method = self.asked.get(&id).unwrap_or_else(|| panic!("no request {id} is open")).clone();
            assert!(self.receive(deadline), "no answer to {method} within {limit:?}");
        }
    }

    /// Sends a request and returns its result; an error fails the test.
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        self.reply(id).unwrap_or_else(|error| panic!("{method} failed: {error:?}"))
    }

    /// Sends a request and returns its error; a result fails the test.
    pub fn call_error(&mut self, method: &str, params: Value) -> RpcError {
        let id = self.request(method, params);
        self.reply(id).expect_err("a result where an error was expected")
    }

    /// Asks for `trust/status` until it is as wanted; returns it.
    pub fn wait_for(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + WAIT;
        loop {
            let status = self.call("trust/status", json!({}));
            if wanted(&status) {
                return status;
            }
            assert!(Instant::now() < deadline, "still waiting for {what}: {status}");
            self.listen(Duration::from_millis(20));
        }
    }
}
