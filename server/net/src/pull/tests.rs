//! Downloads from a host with faults.
#![allow(clippy::disallowed_methods, reason = "tests read the files that they fetched")]

use super::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;
use trust_client::http::{Host, Reply, Request};
use trust_wire::{Mode, Policy};

const TAG: &str = "\"one\"";

/// Bytes that are like no others.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn effort() -> Effort {
    Effort {
        piece: 10_000,
        connections: 3,
        attempts: 4,
        pause: Duration::from_millis(5),
        longest: Duration::from_secs(2),
        stall: Duration::from_millis(400),
        restarts: 2,
    }
}

/// A folder to fetch into, and what keeps the record.
struct Bench {
    folder: TempDir,
    told: Mutex<Vec<Answering>>,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), told: Mutex::default() }
    }

    fn egress(&self, allow: &[&str], hubs: &[String]) -> Egress {
        Egress::new(Policy {
            mode: Mode::Moderate,
            allow: allow.iter().map(|host| (*host).to_owned()).collect(),
            hubs: hubs.to_vec(),
            endpoints: Vec::new(),
            record: Some(self.folder.path().join("sent.jsonl")),
            consents: None,
            cache: None,
            rules: None,
        })
        .unwrap()
    }

    fn pull(&self, source: &str, effort: Effort) -> Result<Pulled, PullError> {
        self.pull_with(&self.egress(&[], &[]), source, effort, &CancelToken::new())
    }

    fn pull_with(
        &self,
        egress: &Egress,
        source: &str,
        effort: Effort,
        cancel: &CancelToken,
    ) -> Result<Pulled, PullError> {
        let folder = self.folder.path().to_path_buf();
        let order = PullOrder { source: source.into(), folder, sha256: None };
        pull(egress, &order, effort, cancel, &|answer| self.told.lock().unwrap().push(answer))
    }

    fn record(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.folder.path().join("sent.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn is_probe(request: &Request) -> bool {
    request.header("range") == Some("bytes=0-0")
}

type Fault = Box<dyn Fn(&Request, &[u8]) -> Reply + Send + Sync>;

#[test]
fn what_goes_wrong_on_the_way_is_made_good() {
    let file = content(95_003);
    let ranged = |request: &Request, file: &[u8]| Reply::file(request, file, TAG);
    let refused = Mutex::new(std::collections::HashSet::new());
    let cases: Vec<(&str, Fault)> = vec![
        ("nothing", Box::new(ranged)),
        ("each connection is cut", Box::new(move |request, file| ranged(request, file).cut(3_000))),
        (
            "each part fails once",
            Box::new(move |request, file| {
                let range = request.header("range").unwrap_or_default().to_owned();
                match refused.lock().unwrap().insert(range) {
                    true => Reply::status(503),
                    false => ranged(request, file),
                }
            }),
        ),
        (
            "too many requests, with a moment to wait",
            Box::new(move |request, file| match request.number {
                1 | 2 => Reply::status(429).with("retry-after", "1"),
                _ => ranged(request, file),
            }),
        ),
        (
            "one connection stalls",
            Box::new(move |request, file| match request.number {
                2 => ranged(request, file).cut(500).then_wait(Duration::from_secs(3)),
                _ => ranged(request, file),
            }),
        ),
        (
            "it sends us on, twice",
            Box::new(move |request, file| match request.path.as_str() {
                "/m.gguf" => Reply::status(302).with("location", "/a/b?key=1"),
                "/a/b?key=1" => Reply::status(307).with("location", "c"),
                "/a/c" => ranged(request, file),
                _ => Reply::status(404),
            }),
        ),
        ("no ranges", Box::new(|_, file| Reply::body(file))),
        (
            "no ranges, and slow",
            Box::new(|_, file| Reply::body(file).in_parts(9_000).slow(Duration::from_millis(20))),
        ),
        (
            "no ranges, and cut twice",
            Box::new(|request, file| match request.number {
                1 | 2 => Reply::body(file).cut(40_000),
                _ => Reply::body(file),
            }),
        ),
        ("no tag", Box::new(|request, file| Reply::file(request, file, "W/\"weak\""))),
        (
            "an address that holds no longer",
            Box::new(move |request, file| match (request.path.as_str(), request.number) {
                ("/m.gguf", _) => Reply::status(302).with("location", &format!("/signed/{}", request.number)),
                (_, 5) => Reply::status(403),
                _ => ranged(request, file),
            }),
        ),
    ];
    for (name, fault) in cases {
        let own = file.clone();
        let host = Host::start(move |request| fault(request, &own)).unwrap();
        let bench = Bench::new();
        let pulled =
            bench.pull(&host.url("/m.gguf"), effort()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(std::fs::read(&pulled.file).unwrap() == file, "{name}");
        assert_eq!(pulled.file.file_name().unwrap(), "m.gguf");
        let last = bench.told.lock().unwrap().last().cloned();
        let total = Some(file.len() as u64);
        assert_eq!(last, Some(Answering::Progress { done: file.len() as u64, total }), "{name}");
        // Each request was written down before it was sent, and its end after. One that was given up the host may not have seen.
        let record = bench.record();
        let begun = record.iter().filter(|line| line["event"] == "begins").count();
        assert!(begun >= host.seen().len() && record.len() == 2 * begun, "{name}: {begun}");
        assert!(record.iter().all(|line| !line.to_string().contains("key=1")), "{name}");
    }
}

#[test]
fn what_cannot_be_made_good_is_said() {
    let cases: Vec<(&str, &str, Fault)> = vec![
        ("not there", "has no such file (404)", Box::new(|_, _| Reply::status(404))),
        ("a gate", "HF_TOKEN", Box::new(|_, _| Reply::status(401))),
        ("terms", "terms", Box::new(|_, _| Reply::status(403))),
        ("it fails and fails", "given up after 4 attempts", Box::new(|_, _| Reply::status(500))),
        (
            "too long to wait",
            "asks to wait 3600 s",
            Box::new(|_, _| Reply::status(429).with("retry-after", "3600")),
        ),
        ("in circles", "more than 5 times", Box::new(|_, _| Reply::status(302).with("location", "/m.gguf"))),
        (
            "to somebody else",
            "`network.allow`",
            Box::new(|_, _| Reply::status(302).with("location", "https://other.example/m.gguf")),
        ),
        (
            "out of https",
            "not https",
            Box::new(|_, _| Reply::status(302).with("location", "http://other.example/m.gguf")),
        ),
        (
            "nowhere",
            "neither http nor https",
            Box::new(|_, _| Reply::status(302).with("location", "ftp://a/b")),
        ),
        (
            "it lies about the length, without ranges",
            "given up",
            Box::new(|_, file| Reply::body(file).with("content-length", "200000")),
        ),
        (
            "it lies about the length, with ranges",
            "changed while it was fetched",
            Box::new(|request, file| {
                let reply = Reply::file(request, file, TAG);
                if is_probe(request) { reply.with("content-range", "bytes 0-0/200000") } else { reply.cut(0) }
            }),
        ),
        (
            "a length that nothing has",
            "more than any model has",
            Box::new(|request, file| {
                Reply::file(request, file, TAG).with("content-range", &format!("bytes 0-0/{}", u64::MAX))
            }),
        ),
        (
            "another range",
            "another range",
            Box::new(|request, file| {
                let reply = Reply::file(request, file, TAG);
                if is_probe(request) { reply } else { reply.with("content-range", "bytes 1-9/50000") }
            }),
        ),
        (
            "another file each time",
            "changed while it was fetched",
            Box::new(|request, file| match is_probe(request) {
                true => Reply::file(request, file, &format!("\"{}\"", request.number)),
                false => Reply::file(request, file, "\"never\""),
            }),
        ),
        ("empty", "is empty", Box::new(|_, _| Reply::status(416))),
        ("nothing at all", "given up", Box::new(|_, _| Reply::body("x").then_wait(Duration::ZERO).cut(0))),
    ];
    for (name, expected, fault) in cases {
        let host = Host::start(move |request| fault(request, &content(50_000))).unwrap();
        let bench = Bench::new();
        let told = bench.pull(&host.url("/m.gguf"), effort()).unwrap_err().to_string();
        assert!(told.contains(expected), "{name}: {told}");
    }
    let bench = Bench::new();
    for source in ["http://other.example/m.gguf", "file:///m.gguf", "m"] {
        bench.pull(source, effort()).unwrap_err();
    }
    assert!(bench.record().is_empty(), "nothing was sent");
}

#[test]
fn a_download_goes_on_where_it_was_and_anew_where_the_file_is_another() {
    let file = content(100_000);
    let tag = Arc::new(Mutex::new("\"one\"".to_owned()));
    let (own, own_tag, failing) = (file.clone(), Arc::clone(&tag), Arc::new(AtomicUsize::new(4)));
    let left = Arc::clone(&failing);
    let host = Host::start(move |request| {
        let reply = Reply::file(request, &own, &own_tag.lock().unwrap());
        match is_probe(request) || left.fetch_sub(1, Ordering::Relaxed) > 0 {
            true => reply,
            false => {
                left.store(0, Ordering::Relaxed);
                Reply::status(404)
            }
        }
    })
    .unwrap();
    let (bench, one) = (Bench::new(), Effort { connections: 1, restarts: 0, ..effort() });
    bench.pull(&host.url("/m.gguf"), one).unwrap_err();
    failing.store(100, Ordering::Relaxed);
    let pulled = bench.pull(&host.url("/m.gguf"), one).unwrap();
    assert_eq!((pulled.kept, pulled.fetched), (40_000, 60_000));
    assert!(std::fs::read(&pulled.file).unwrap() == file);
    // All is there already.
    let pulled = bench.pull(&host.url("/m.gguf"), one).unwrap();
    assert_eq!((pulled.kept, pulled.fetched), (100_000, 0));
    *tag.lock().unwrap() = "\"two\"".into();
    failing.store(100, Ordering::Relaxed);
    let pulled = bench.pull(&host.url("/m.gguf"), one).unwrap();
    assert_eq!((pulled.kept, pulled.fetched), (0, 100_000));
    // What was noted counts for nothing where the file is gone, or the note is damaged.
    for harm in ["m.gguf", "parts.json"] {
        std::fs::write(bench.folder.path().join(harm), "{").unwrap();
        failing.store(100, Ordering::Relaxed);
        let pulled = bench.pull(&host.url("/m.gguf"), one).unwrap();
        assert_eq!(pulled.kept, 0, "{harm}");
        assert!(std::fs::read(&pulled.file).unwrap() == file, "{harm}");
    }
}

#[test]
fn hubs_are_asked_in_their_order_and_say_what_the_content_is() {
    let file = content(20_000);
    let hash = "0b".repeat(32);
    let (own, own_hash) = (file.clone(), hash.clone());
    let empty = Host::start(|_| Reply::status(404)).unwrap();
    let full = Host::start(move |request| match request.path.as_str() {
        "/hub/a/b/resolve/v1/q/m.gguf" => {
            Reply::status(302).with("location", "/blob").with("x-linked-etag", &format!("\"{own_hash}\""))
        }
        "/blob" => Reply::file(request, &own, TAG),
        _ => Reply::status(404),
    })
    .unwrap();
    let bench = Bench::new();
    let egress = bench.egress(&[], &[empty.url("/"), full.url("/hub/")]);
    let pulled = bench.pull_with(&egress, "hf:a/b/q/m.gguf@v1", effort(), &CancelToken::new()).unwrap();
    assert_eq!(pulled.sha256, Some(hash));
    assert!(std::fs::read(&pulled.file).unwrap() == file);
    assert_eq!(empty.seen()[0].path, "/a/b/resolve/v1/q/m.gguf");
    let none = bench.egress(&[], &[]);
    let told =
        bench.pull_with(&none, "hf:a/b/m.gguf", effort(), &CancelToken::new()).unwrap_err().to_string();
    assert!(told.contains("network.hubs"), "{told}");
}

#[test]
fn whoever_does_not_want_it_any_more_waits_for_nothing() {
    let host = Host::start(|request| {
        let reply = Reply::file(request, &content(50_000), TAG);
        if is_probe(request) { reply } else { reply.cut(10).then_wait(Duration::from_secs(20)) }
    })
    .unwrap();
    let (bench, cancel) = (Bench::new(), CancelToken::new());
    let patient = Effort { stall: Duration::from_secs(20), ..effort() };
    let began = std::time::Instant::now();
    let result = std::thread::scope(|scope| {
        let pulling =
            scope.spawn(|| bench.pull_with(&bench.egress(&[], &[]), &host.url("/m"), patient, &cancel));
        while host.seen().len() < 3 {
            std::thread::sleep(Duration::from_millis(5));
        }
        cancel.cancel();
        pulling.join().unwrap()
    });
    assert_eq!(result, Err(PullError::Send(SendError::Cancelled)));
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn what_cannot_be_written_down_is_not_sent() {
    let host = Host::start(|request| Reply::file(request, &content(9), TAG)).unwrap();
    let bench = Bench::new();
    std::fs::create_dir(bench.folder.path().join("sent.jsonl")).unwrap();
    let told = bench.pull(&host.url("/m.gguf"), effort()).unwrap_err().to_string();
    assert!(told.contains("nothing was sent") && told.contains("sent.jsonl"), "{told}");
    assert!(host.seen().is_empty());
}
