//! What leaves, and what does not: asked of a host that sees it, and of the record.
#![allow(clippy::disallowed_methods, reason = "tests read and write the files they need")]

use super::*;
use serde_json::json;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use trust_client::http::{Host, Reply};
use trust_wire::Engine;

const PATIENCE: Duration = Duration::from_secs(20);

struct Bench {
    folder: TempDir,
    egress: Egress,
}

impl Bench {
    fn new(mode: Mode, allow: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let egress = Egress::new(Policy {
            mode,
            allow: allow.iter().map(|host| host.to_string()).collect(),
            hubs: Vec::new(),
            endpoints: Vec::new(),
            record: Some(folder.path().join("sent.jsonl")),
            consents: Some(folder.path().join("consents.json")),
            cache: None,
            rules: None,
        });
        Self { egress: egress.unwrap(), folder }
    }

    fn send(&self, to: To<'_>, url: &str, body: Option<&Value>) -> Result<Answer, SendError> {
        let address: Address = url.parse().unwrap();
        let (purpose, headers, leaving) = ("test", &[][..], None);
        let out = Outgoing {
            to,
            purpose,
            address: &address,
            headers,
            body,
            leaving,
            first: PATIENCE,
            stall: PATIENCE,
        };
        self.egress.send(&out, &CancelToken::new())
    }

    fn record(&self) -> Vec<Value> {
        read(self.folder.path())
    }
}

fn read(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("sent.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn endpoint(url: &str, class: Class) -> Endpoint {
    let (name, url) = ("box".to_owned(), url.to_owned());
    Endpoint {
        name,
        url,
        class,
        engine: Engine::Openai,
        model: None,
        context: None,
        key_variable: None,
        tools: false,
    }
}

#[test]
fn the_policy_is_asked_before_anything_is_written_or_opened() {
    let host = Host::start(|_| Reply::body("{}")).unwrap();
    let here = host.url("/v1/models");
    let roots = [PathBuf::from("/w")];
    let (near, team, cloud) = (
        endpoint(&here, Class::Loopback),
        endpoint(&here, Class::Team),
        endpoint("https://cloud.example/v1", Class::Cloud),
    );
    let cases = [
        (Mode::Open, To::Redirected, here.as_str(), "`network.allow` does not name"),
        (Mode::Open, To::Redirected, "https://nothub.example/m", "`network.allow` does not name"),
        (Mode::Open, To::Detect, "http://box.example:8080/props", ""),
        (Mode::Open, To::Engine(&near, &roots), "http://box.example:8080/v1", "is not this machine"),
        (Mode::Open, To::Engine(&team, &roots), &here, "nobody consented"),
        (Mode::Open, To::Engine(&team, &[]), &here, "there is no workspace"),
        (Mode::Moderate, To::Engine(&cloud, &roots), "https://cloud.example/v1", "`open` allows it"),
        (Mode::Open, To::Engine(&cloud, &roots), "http://cloud.example/v1", "not https"),
    ];
    for (mode, to, url, why) in cases {
        let bench = Bench::new(mode, &["hub.example"]);
        match bench.send(to, url, None) {
            Err(SendError::Refused(told)) => assert!(told.contains(why), "{url}: {told}"),
            other => panic!("{to:?} {url}: {:?}", other.err()),
        }
        assert!(bench.record().is_empty(), "{to:?} {url}");
    }
    assert!(host.seen().is_empty());
    // What may be sent, and not any more once a workspace says so.
    let bench = Bench::new(Mode::Open, &["127.0.0.1"]);
    for to in [To::Asked, To::Redirected, To::Detect, To::Engine(&near, &[])] {
        assert_eq!(bench.send(to, &here, None).unwrap().status(), 200, "{to:?}");
    }
    let allowed: Address = "https://cloud.example/v1".parse().unwrap();
    let given = json!([{ "root": "/w", "endpoint": "box", "url": "https://cloud.example/v1" }]);
    std::fs::write(bench.folder.path().join("consents.json"), given.to_string()).unwrap();
    assert_eq!(bench.egress.may_send(To::Engine(&cloud, &roots), &allowed), Ok(()));
    // A consent is for what was shown: one whose model may call tools since has another.
    let calling = Endpoint { tools: true, ..cloud.clone() };
    let refused = bench.egress.may_send(To::Engine(&calling, &roots), &allowed).unwrap_err();
    assert!(format!("{refused:?}").contains("what tools read"), "{refused:?}");
    let given =
        json!([{ "root": "/w", "endpoint": "box", "url": "https://cloud.example/v1", "tools": true }]);
    std::fs::write(bench.folder.path().join("consents.json"), given.to_string()).unwrap();
    assert_eq!(bench.egress.may_send(To::Engine(&calling, &roots), &allowed), Ok(()));
    assert_eq!(bench.egress.may_send(To::Engine(&cloud, &roots), &allowed), Ok(()));
    bench.egress.restrict(Mode::Moderate);
    bench.egress.restrict(Mode::Open);
    assert!(bench.egress.may_send(To::Engine(&cloud, &roots), &allowed).is_err());
}

#[test]
fn a_line_stands_before_a_socket_and_another_when_it_is_over() {
    let bench = Bench::new(Mode::Moderate, &[]);
    let folder = bench.folder.path().to_owned();
    // The host looks while it is asked.
    let host = Host::start(move |_| Reply::body(serde_json::to_vec(&read(&folder)).unwrap())).unwrap();
    let mut answer = bench.send(To::Asked, &host.url("/m.gguf?key=s3cret#part"), None).unwrap();
    let then: Vec<Value> = serde_json::from_str(&answer.text(1 << 20).unwrap()).unwrap();
    assert_eq!(then.len(), 1, "{then:?}");
    let began = json!(["begins", "download", "127.0.0.1", "/m.gguf", "GET", 0, 0]);
    let fields = ["event", "class", "host", "path", "method", "bytes", "masked"];
    assert_eq!(fields.map(|field| then[0][field].clone()).to_vec(), *began.as_array().unwrap());
    drop(answer);
    let all = bench.record();
    assert_eq!((all.len(), &all[1]["event"], &all[1]["id"]), (2, &json!("ends"), &then[0]["id"]));
    assert_eq!((&all[1]["outcome"], &all[1]["status"]), (&json!("answered"), &json!(200)));
    assert!(!format!("{all:?}").contains("s3cret"), "{all:?}");
    // Where nobody answers, that is the second line.
    let told = bench.send(To::Asked, "http://127.0.0.1:1/m", None).err().unwrap();
    assert!(told.to_string().contains("nobody answers there"), "{told}");
    assert_eq!(bench.record()[3]["status"], Value::Null);
}

#[test]
fn what_cannot_be_written_down_is_not_sent() {
    let host = Host::start(|_| Reply::body("{}")).unwrap();
    let body = json!({ "prompt": "x" });
    let bench = Bench::new(Mode::Open, &[]);
    std::fs::create_dir(bench.folder.path().join("sent.jsonl")).unwrap();
    let nowhere = Egress::new(Policy { record: None, ..bench.egress.policy().clone() }).unwrap();
    for (egress, why) in [(&bench.egress, "sent.jsonl"), (&nowhere, "set HOME")] {
        let (address, left) = (host.url("/v1").parse().unwrap(), AtomicU64::new(0));
        let leaving = |departure: Departure| left.store(departure.bytes, Ordering::Relaxed);
        let out = Outgoing {
            to: To::Asked,
            purpose: "test",
            address: &address,
            headers: &[],
            body: Some(&body),
            leaving: Some(&leaving),
            first: PATIENCE,
            stall: PATIENCE,
        };
        let told = egress.send(&out, &CancelToken::new()).err().unwrap().to_string();
        assert!(told.contains("nothing was sent") && told.contains(why), "{told}");
        assert_eq!(left.into_inner(), 0);
    }
    assert!(host.seen().is_empty());
}

#[test]
fn secrets_are_masked_wherever_they_stand_in_a_body() {
    let host = Host::start(|_| Reply::body("{}")).unwrap();
    let bench = Bench::new(Mode::Open, &[]);
    let secret = format!("ghp_{}", "a1B2".repeat(9));
    let line = format!("let password = \"{secret}\";");
    let body = json!({
        "prompt": line,
        "messages": [{ "role": "user", "content": ["nothing", { "text": line }] }],
        "temperature": 0.5,
    });
    bench.send(To::Asked, &host.url("/v1/chat/completions"), Some(&body)).unwrap();
    let seen = host.seen();
    let sent = &seen[0].body;
    assert!(!sent.contains(&secret) && sent.contains("nothing") && sent.contains("0.5"), "{sent}");
    let began = &bench.record()[0];
    assert_eq!((&began["masked"], &began["bytes"]), (&json!(2), &json!(sent.len())), "{began}");
    assert!(!began.to_string().contains(&secret));
}

#[test]
fn a_redirect_is_an_answer_and_never_followed() {
    let host = Host::start(|request| match request.path.as_str() {
        "/away" => Reply::status(302).with("location", "/secret"),
        _ => Reply::body("followed"),
    })
    .unwrap();
    let bench = Bench::new(Mode::Open, &[]);
    for body in [None, Some(&json!({ "prompt": "x" }))] {
        let answer = bench.send(To::Asked, &host.url("/away"), body).unwrap();
        assert_eq!((answer.status(), answer.header("location")), (302, Some("/secret")));
    }
    assert!(host.seen().iter().all(|request| request.path == "/away"));
    assert_eq!(host.seen().len(), 2);
}

#[test]
fn who_has_cancelled_sends_nothing() {
    let host = Host::start(|_| Reply::body("{}")).unwrap();
    let bench = Bench::new(Mode::Open, &[]);
    let (address, cancel) = (host.url("/").parse().unwrap(), CancelToken::new());
    let out = Outgoing {
        to: To::Asked,
        purpose: "test",
        address: &address,
        headers: &[],
        body: None,
        leaving: None,
        first: PATIENCE,
        stall: PATIENCE,
    };
    cancel.cancel();
    assert!(matches!(bench.egress.send(&out, &cancel), Err(SendError::Cancelled)));
    assert!(host.seen().is_empty() && bench.record().is_empty());
}
