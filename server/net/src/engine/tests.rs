//! Engines that fail in every way, and what comes of it.
#![allow(clippy::disallowed_methods, reason = "tests write the files they need")]

use super::*;
use serde_json::json;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use trust_client::http::{Host, Reply, Request};
use trust_inference::{Completion, Constraint, FinishReason, Message, Tool, Turn};
use trust_wire::{Class, Engine, Hole, Mode, Policy};

struct Bench {
    folder: TempDir,
    egress: Egress,
    engines: Engines,
}

fn endpoint(url: String, class: Class) -> Endpoint {
    let (engine, context) = (Engine::LlamaServer, None);
    Endpoint {
        name: "box".into(),
        url,
        class,
        engine,
        model: None,
        context,
        key_variable: None,
        tools: false,
    }
}

impl Bench {
    fn of(endpoint: Endpoint, mode: Mode) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let egress = Egress::new(Policy {
            mode,
            allow: Vec::new(),
            hubs: Vec::new(),
            endpoints: vec![endpoint],
            record: Some(folder.path().join("sent.jsonl")),
            consents: Some(folder.path().join("consents.json")),
            cache: Some(folder.path().join("cache")),
            rules: None,
        });
        let egress = egress.unwrap();
        Self { folder, engines: Engines::new(&egress), egress }
    }

    fn at(host: &Host) -> Self {
        Self::of(endpoint(host.url("/v1/"), Class::Loopback), Mode::Moderate)
    }

    fn generate(&self, task: Task, cancel: &CancelToken) -> (Vec<Event>, Result<(), InferenceError>) {
        let order = Generation {
            endpoint: "box".into(),
            purpose: "test".into(),
            roots: vec!["/w".into()],
            task,
            tokens: 32,
            milliseconds: 20_000,
        };
        let (events, sent) = (Mutex::new(Vec::new()), AtomicU64::new(0));
        let tell = |answer| match answer {
            Answering::Event(event) => events.lock().unwrap().push(event),
            // It is told of what leaves before anything comes back.
            Answering::Sent(departure) => {
                sent.fetch_add(departure.bytes, Ordering::Relaxed);
                assert!(events.lock().unwrap().is_empty());
            }
            other => panic!("{other:?}"),
        };
        let result = self.engines.generate(&self.egress, &order, cancel, &tell);
        // A question of what an engine is has no body; an order has.
        assert!(result.is_err() || sent.load(Ordering::Relaxed) > 0);
        (events.into_inner().unwrap(), result)
    }

    fn ask(&self, text: &str) -> (Vec<Event>, Result<(), InferenceError>) {
        let messages = vec![Message::System("Be brief.".into()), Message::User(text.into())];
        self.generate(Task::Turn(Turn { messages, ..Turn::default() }), &CancelToken::new())
    }
}

fn said(events: &[Event]) -> String {
    events
        .iter()
        .filter_map(|event| if let Event::Text { text, .. } = event { Some(text.as_str()) } else { None })
        .collect()
}

fn delta(text: &str) -> String {
    json!({ "choices": [{ "delta": { "content": text } }] }).to_string()
}

fn last(reason: &str) -> String {
    json!({ "choices": [{ "delta": {}, "finish_reason": reason }] }).to_string()
}

fn streamed(events: &[String]) -> Reply {
    let mut all: Vec<&str> = events.iter().map(String::as_str).collect();
    all.push("[DONE]");
    Reply::events(&all)
}

fn hello() -> Reply {
    let usage = json!({ "choices": [], "usage": { "prompt_tokens": 9, "completion_tokens": 2 } }).to_string();
    streamed(&[delta("Hel"), delta("lo"), last("stop"), usage])
}

#[test]
fn what_is_streamed_becomes_events_and_what_goes_wrong_is_said() {
    type Script = fn(&Request) -> Reply;
    // What is said, and how it ends: a reason, or a part of the error.
    let cases: Vec<(&str, Script, &str, Result<FinishReason, &str>)> = vec![
        ("as it should be", |_| hello(), "Hello", Ok(FinishReason::EndOfText)),
        ("byte by byte", |_| hello().in_parts(1), "Hello", Ok(FinishReason::EndOfText)),
        (
            "whole",
            |_| {
                let message =
                    json!({ "choices": [{ "message": { "content": "Hello" }, "finish_reason": "stop" }] });
                Reply::body(message.to_string()).with("content-type", "application/json")
            },
            "Hello",
            Ok(FinishReason::EndOfText),
        ),
        ("its budget ends", |_| streamed(&[delta("Hel"), last("length")]), "Hel", Ok(FinishReason::Budget)),
        ("no end is told but [DONE]", |_| streamed(&[delta("Hello")]), "Hello", Ok(FinishReason::EndOfText)),
        ("it breaks off", |_| Reply::events(&[&delta("Hel")]), "Hel", Err("broke off")),
        (
            "it is cut in the midst of an event",
            |_| Reply::events(&[&delta("Hel"), &delta("lo")]).cut(70).with("content-length", "900"),
            "Hel",
            Err("box"),
        ),
        ("an event is no JSON", |_| Reply::events(&[&delta("a"), "{"]), "a", Err("no JSON")),
        (
            "an error in the stream",
            |_| streamed(&[delta("a"), json!({"error": {"code": 500}}).to_string()]),
            "a",
            Err("error of its own"),
        ),
        (
            "it fails once",
            |request| if request.number == 0 { Reply::status(503) } else { hello() },
            "Hello",
            Ok(FinishReason::EndOfText),
        ),
        (
            "it has had too much, twice",
            |request| if request.number < 2 { Reply::status(429).with("retry-after", "0") } else { hello() },
            "Hello",
            Ok(FinishReason::EndOfText),
        ),
        (
            "it breaks off before it begins",
            |request| if request.number == 0 { Reply::events(&[]) } else { hello() },
            "Hello",
            Ok(FinishReason::EndOfText),
        ),
        ("it fails and fails", |_| Reply::status(500), "", Err("box answered 500")),
        ("too long to wait", |_| Reply::status(429).with("retry-after", "3600"), "", Err("429")),
        ("it wants a key", |_| Reply::status(401), "", Err("keyVariable")),
        ("another address", |_| Reply::status(404), "", Err("what stands before /v1")),
        (
            "it sends us on",
            |_| Reply::status(302).with("location", "https://elsewhere.example/"),
            "",
            Err("answered 302"),
        ),
        (
            "the context is full",
            |_| {
                let error = json!({ "error": { "type": "exceed_context_size_error", "n_prompt_tokens": 90, "n_ctx": 64 } });
                Reply::body(error.to_string()).coded(400)
            },
            "",
            Err("takes 90 tokens, the model's context holds 64"),
        ),
        (
            "nothing at all",
            |_| Reply::body("").with("content-type", "text/event-stream"),
            "",
            Err("broke off"),
        ),
    ];
    for (name, script, text, end) in cases {
        let host = Host::start(script).unwrap();
        let bench = Bench::at(&host);
        let (events, result) = bench.ask("hello?");
        assert_eq!(said(&events), text, "{name}");
        match (&result, end) {
            (Ok(()), Ok(reason)) => {
                let Some(Event::Done(finish)) = events.last() else { panic!("{name}: {events:?}") };
                assert_eq!(finish.reason, reason, "{name}");
                assert_eq!(
                    events.iter().filter(|event| matches!(event, Event::Started { .. })).count(),
                    1,
                    "{name}"
                );
            }
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{name}: {error}"),
            _ => panic!("{name}: {result:?}"),
        }
        assert!(host.seen().len() <= ATTEMPTS as usize, "{name}");
        // What has begun is not tried again.
        assert!(text.is_empty() || end.is_ok() || host.seen().len() == 1, "{name}");
    }
}

#[test]
fn what_is_sent_is_masked_written_down_and_what_engines_know() {
    let host = Host::start(|_| hello()).unwrap();
    let bench = Bench::at(&host);
    let secret = format!("ghp_{}", "a1B2".repeat(9));
    let (_, result) = bench.ask(&format!("is password = \"{secret}\" right?"));
    result.unwrap();
    let sent: Value = serde_json::from_str(&host.seen()[0].body).unwrap();
    assert_eq!(
        (&sent["stream"], &sent["max_tokens"], &sent["messages"][0]["role"]),
        (&json!(true), &json!(32), &json!("system"))
    );
    assert!(!host.seen()[0].body.contains(&secret), "{sent}");
    assert_eq!(host.seen()[0].path, "/v1/chat/completions");
    let record = std::fs::read_to_string(bench.folder.path().join("sent.jsonl")).unwrap();
    let lines: Vec<Value> = record.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (lines.len(), &lines[0]["endpoint"], &lines[0]["class"]),
        (2, &json!("box"), &json!("loopback"))
    );
    assert_eq!(lines[0]["bytes"], json!(host.seen()[0].body.len()));
    assert!(lines[0]["masked"].as_u64().unwrap() >= 1 && lines[1]["outcome"] == "answered", "{record}");
    assert!(!record.contains("right?"), "{record}");
}

#[test]
fn a_hole_is_filled_up_to_a_stop() {
    let host = Host::start(|_| {
        let part = |text: &str, logprob: f64| {
            json!({ "content": text, "stop": false, "completion_probabilities": [{ "logprob": logprob }] }).to_string()
        };
        let end = json!({ "content": "", "stop": true, "stop_type": "eos", "tokens_evaluated": 40, "tokens_cached": 30 });
        Reply::events(&[&part("le", -0.5), &part("ft;\nr", -0.25), &part("est", -0.1), &end.to_string()])
    })
    .unwrap();
    let bench = Bench::at(&host);
    let hole = |stop: &[&str]| {
        let stop = stop.iter().map(|stop| (*stop).to_owned()).collect();
        Task::Fill(Hole {
            prefix: "a + ".into(),
            suffix: "\n}".into(),
            extra: vec![("b.rs".into(), "fn b".into())],
            stop,
        })
    };
    let (events, result) = bench.generate(hole(&["\n"]), &CancelToken::new());
    result.unwrap();
    let texts: Vec<_> = events
        .iter()
        .filter_map(|event| {
            if let Event::Text { text, logprob, .. } = event { Some((text.as_str(), *logprob)) } else { None }
        })
        .collect();
    assert_eq!(texts, [("le", -0.5), ("ft;", -0.25)]);
    assert!(matches!(events.last(), Some(Event::Done(finish)) if finish.reason == FinishReason::Stop));
    let (events, _) = bench.generate(hole(&[]), &CancelToken::new());
    let Some(Event::Done(finish)) = events.last() else { panic!() };
    assert_eq!(
        (said(&events).as_str(), finish.reason, finish.usage.prompt, finish.usage.prefilled),
        ("left;\nrest", FinishReason::EndOfText, 40, 10)
    );
    let sent: Value = serde_json::from_str(&host.seen()[0].body).unwrap();
    assert_eq!(
        (host.seen()[0].path.as_str(), &sent["input_prefix"], &sent["input_extra"][0]["filename"]),
        ("/infill", &json!("a + "), &json!("b.rs"))
    );
}

/// An engine whose model calls tools and holds to schemas, or neither.
fn able(request: &Request, able: bool) -> Reply {
    let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
    match request.path.as_str() {
        "/v1/models" => Reply::body(json!({ "data": [{ "id": "m1" }] }).to_string()),
        "/props" => Reply::body(
            json!({ "default_generation_settings": { "n_ctx": 2048 }, "build_info": "b1" }).to_string(),
        ),
        _ if !able => hello(),
        _ if body["tools"].is_array() => {
            let part = |arguments: &str, id: Option<&str>| {
                let name = body["tools"][0]["function"]["name"].clone();
                let call =
                    json!({ "index": 0, "id": id, "function": { "name": name, "arguments": arguments } });
                json!({ "choices": [{ "delta": { "tool_calls": [call] } }] }).to_string()
            };
            streamed(&[part("", Some("c1")), part("{\"x\":", None), part(" 7}", None), last("tool_calls")])
        }
        _ => streamed(&[delta("{\"x\":7}"), last("stop")]),
    }
}

#[test]
fn what_a_model_can_is_tried_once_and_kept() {
    let with_tools = || {
        let parameters = json!({ "type": "object" });
        let tool = Tool { name: "read".into(), description: "Reads.".into(), parameters };
        Task::Turn(Turn {
            messages: vec![Message::User("read".into())],
            tools: vec![tool],
            ..Turn::default()
        })
    };
    let with_form = || {
        let constraint = Some(Constraint::JsonSchema(json!({ "type": "object", "required": ["x"] })));
        Task::Turn(Turn { messages: vec![Message::User("x".into())], constraint, ..Turn::default() })
    };
    let host = Host::start(|request| able(request, true)).unwrap();
    let bench = Bench::at(&host);
    let (events, result) = bench.generate(with_tools(), &CancelToken::new());
    result.unwrap();
    let Some(Event::CallEnded { call, .. }) = events.iter().rev().nth(1) else { panic!("{events:?}") };
    let call = call.as_ref().as_ref().unwrap();
    assert_eq!((call.id.as_str(), call.name.as_str(), &call.arguments), ("c1", "read", &json!({ "x": 7 })));
    bench.generate(with_form(), &CancelToken::new()).1.unwrap();
    // What it is, two trials, and the two orders; another process knows already.
    assert_eq!(host.seen().len(), 6);
    let again = Engines::new(&bench.egress);
    let told = AtomicU64::new(0);
    let tell = |answer| match answer {
        Answering::Sent(Departure { class, purpose, .. }) if class == "loopback" && purpose == "facts" => {
            told.fetch_add(1, Ordering::Relaxed);
        }
        other => panic!("{other:?}"),
    };
    again.facts(&bench.egress, ("box", &[]), &CancelToken::new(), &tell).unwrap();
    assert!(told.load(Ordering::Relaxed) > 0, "what has no body is told of too");
    let bench = Bench { engines: again, ..bench };
    bench.generate(with_tools(), &CancelToken::new()).1.unwrap();
    assert_eq!(host.seen().len(), 9);

    let host = Host::start(|request| able(request, false)).unwrap();
    let bench = Bench::at(&host);
    let told = |task| bench.generate(task, &CancelToken::new()).1.unwrap_err().to_string();
    assert!(told(with_tools()).contains("calls no tools"));
    assert!(told(with_form()).contains("does not hold to a schema"));
    let turn =
        Turn { messages: Vec::new(), constraint: Some(Constraint::Regex("a".into())), ..Turn::default() };
    let order = Generation {
        endpoint: "box".into(),
        purpose: "t".into(),
        roots: Vec::new(),
        task: Task::Turn(turn),
        tokens: 1,
        milliseconds: 9,
    };
    assert!(bench.engines.preview(&bench.egress, &order).is_err(), "it cannot be held to that");
}

#[test]
fn an_answer_that_left_its_form_or_was_cut_is_no_answer() {
    let turn = Turn {
        constraint: Some(Constraint::JsonSchema(json!({ "type": "object", "required": ["x"] }))),
        tools: vec![Tool { name: "read".into(), description: String::new(), parameters: json!({}) }],
        ..Turn::default()
    };
    let order = Generation {
        endpoint: "box".into(),
        purpose: "t".into(),
        roots: Vec::new(),
        task: Task::Turn(turn),
        tokens: 9,
        milliseconds: 9_000,
    };
    let call = |arguments: &str, name: &str| {
        let call = json!({ "index": 0, "function": { "name": name, "arguments": arguments } });
        json!({ "choices": [{ "delta": { "tool_calls": [call] } }] }).to_string()
    };
    let cases = [
        (vec![delta("{\"x\":1}"), last("stop")], "Ok(Natural)"),
        (vec![delta("{\"y\":1}"), last("stop")], "hold to the schema"),
        (vec![delta("words"), last("stop")], "no JSON"),
        (vec![delta("{\"x\":1"), last("length")], "before its end"),
        (vec![delta("{\"x\":1}"), call("{\"a\":", "read"), last("length")], "Truncated"),
        (vec![delta("{\"x\":1}"), call("{\"a\":", "read"), last("stop")], "NotJson"),
        (vec![delta("{\"x\":1}"), call("{}", "write"), last("stop")], "UnknownTool"),
    ];
    for (parts, expected) in cases {
        let own = parts.clone();
        let host = Host::start(move |_| streamed(&own)).unwrap();
        let bench = Bench::at(&host);
        let endpoint = &bench.egress.policy().endpoints[0];
        let call = Call {
            egress: &bench.egress,
            endpoint,
            roots: &[],
            purpose: "t",
            cancel: &CancelToken::new(),
            leaving: None,
        };
        let answer = call.send(&address(endpoint, "/x").unwrap(), None, Duration::from_secs(9)).unwrap();
        let events = Mutex::new(Vec::new());
        let tell = |answer| {
            if let Answering::Event(event) = answer {
                events.lock().unwrap().push(event)
            }
        };
        let result = Stream::new(&order, &tell).read(answer, &CancelToken::new());
        let found = match events.lock().unwrap().last() {
            Some(Event::Done(finish)) => format!("{:?}", Ok::<Completion, ()>(finish.completion)),
            _ => String::new(),
        };
        let told = format!("{found} {result:?} {:?}", events.lock().unwrap());
        assert!(told.contains(expected), "{parts:?}: {told}");
    }
}

#[test]
fn who_cancels_waits_for_nothing_and_an_engine_that_fails_is_left_alone() {
    let host = Host::start(|_| Reply::events(&[&delta("Hel")]).then_wait(Duration::from_secs(30))).unwrap();
    let (bench, cancel) = (Bench::at(&host), CancelToken::new());
    let began = Instant::now();
    let (events, result) = std::thread::scope(|scope| {
        let turn = Turn { messages: vec![Message::User("hello?".into())], ..Turn::default() };
        let asking = scope.spawn(|| bench.generate(Task::Turn(turn), &cancel));
        while host.seen().is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(100));
        cancel.cancel();
        asking.join().unwrap()
    });
    assert!(began.elapsed() < Duration::from_secs(15));
    assert_eq!(result, Ok(()));
    assert!(
        matches!(events.last(), Some(Event::Done(finish)) if finish.reason == FinishReason::Cancelled),
        "{events:?}"
    );

    let host = Host::start(|_| Reply::status(503)).unwrap();
    let bench = Bench::at(&host);
    bench.ask("one").1.unwrap_err();
    let told = bench.ask("two").1.unwrap_err().to_string();
    assert!(told.contains("left alone"), "{told}");
    assert_eq!(host.seen().len(), ATTEMPTS as usize);
}

#[test]
fn a_class_is_what_it_says_and_needs_a_consent() {
    let host = Host::start(|_| hello()).unwrap();
    let consent = |bench: &Bench, url: &str| {
        let given = json!([{ "root": "/w", "endpoint": "box", "url": url }]).to_string();
        std::fs::write(bench.folder.path().join("consents.json"), given).unwrap();
    };
    let refused = [
        (Class::Loopback, Mode::Open, "https://a.example", "is not this machine"),
        (Class::Loopback, Mode::Open, "http://localhost.a.example", "is not this machine"),
        (Class::Cloud, Mode::Moderate, "https://a.example", "`open` allows it"),
        (Class::Cloud, Mode::Open, "http://a.example", "not https"),
        (Class::Cloud, Mode::Open, "https://a.example", "nobody consented"),
        (Class::Team, Mode::Moderate, "http://a.example", "nobody consented"),
        (Class::Team, Mode::Moderate, "nothing", "`url` is"),
    ];
    for (class, mode, url, expected) in refused {
        let bench = Bench::of(endpoint(url.into(), class), mode);
        let told = bench.ask("hello?").1.unwrap_err().to_string();
        assert!(told.contains(expected), "{url}: {told}");
        assert!(!bench.folder.path().join("sent.jsonl").exists(), "{url}");
    }
    // A team's engine may well lie on this machine; what was consented to is its address.
    let bench = Bench::of(endpoint(host.url(""), Class::Team), Mode::Moderate);
    consent(&bench, "http://elsewhere.example");
    bench.ask("hello?").1.unwrap_err();
    assert!(host.seen().is_empty());
    consent(&bench, &host.url(""));
    bench.ask("hello?").1.unwrap();
    bench.egress.restrict(Mode::Moderate);
    bench.egress.restrict(Mode::Open);
    assert_eq!(bench.egress.mode(), Mode::Moderate, "it is never widened");
}

/// What an engine answers by its paths, as its documentation says; anything else is not found, or told to be an error with
/// status 200.
struct Kind {
    program: &'static str,
    answers: Vec<(&'static str, serde_json::Value)>,
    /// Tokens of its model's context, as far as it says.
    context: Option<u32>,
    forgiving: bool,
}

fn kinds() -> Vec<Kind> {
    let listed = |model: serde_json::Value| ("/v1/models", json!({ "object": "list", "data": [model] }));
    let kind = |program, context, answers| Kind { program, answers, context, forgiving: false };
    let version = |path, number: &str| (path, json!({ "version": number }));
    let of =
        |owner: &str| json!({ "id": "m1", "object": "model", "created": 1_700_000_000, "owned_by": owner });
    let with_length = |owner: &str| {
        let mut model = of(owner);
        (model["root"], model["max_model_len"]) = (json!("m1"), json!(8192));
        model
    };
    let old = json!({ "object": "list", "data": [
        { "id": "m0", "object": "model", "type": "embeddings", "state": "not-loaded", "max_context_length": 512 },
        { "id": "m1", "object": "model", "type": "llm", "publisher": "p", "arch": "llama", "compatibility_type": "gguf",
          "quantization": "Q4_K_M", "state": "loaded", "max_context_length": 32_768, "loaded_context_length": 4096 }
    ] });
    let new =
        json!({ "models": [{ "type": "llm", "key": "m1", "display_name": "M 1", "loaded_instances": [] }] });
    let studio = |answers| Kind { forgiving: true, ..kind("LM Studio", Some(4096), answers) };
    let info = json!({ "model_path": "m1", "tokenizer_path": "m1", "is_generation": true });
    vec![
        kind(
            "llama-server",
            Some(2048),
            vec![
                listed(of("llamacpp")),
                (
                    "/props",
                    json!({ "default_generation_settings": { "n_ctx": 2048 }, "total_slots": 1, "build_info": "b1" }),
                ),
            ],
        ),
        kind("Ollama", None, vec![listed(of("library")), version("/api/version", "0.5.1")]),
        studio(vec![
            listed(of("organization_owner")),
            ("/api/v0/models", old.clone()),
            ("/api/v1/models", new),
        ]),
        studio(vec![listed(of("organization_owner")), ("/api/v0/models", old)]),
        kind("SGLang", Some(8192), vec![listed(with_length("sglang")), ("/get_model_info", info.clone())]),
        kind(
            "SGLang",
            Some(8192),
            vec![listed(with_length("sglang")), ("/get_model_info", info.clone()), ("/model_info", info)],
        ),
        kind("vLLM", Some(8192), vec![listed(with_length("vllm")), version("/version", "0.8.1")]),
        kind("OpenAI-compatible", None, vec![listed(of("me"))]),
    ]
}

#[test]
fn engines_on_this_machine_are_told_by_what_they_alone_answer() {
    for Kind { program, answers, context, forgiving } in kinds() {
        let host = Host::start(move |request| {
            let answer = answers.iter().find(|(path, _)| *path == request.path);
            match answer {
                Some((_, answer)) => Reply::body(answer.to_string()),
                None if forgiving => {
                    let told = format!("Unexpected endpoint or method. (GET {})", request.path);
                    Reply::body(json!({ "error": told }).to_string())
                }
                None => Reply::status(404),
            }
        })
        .unwrap();
        let bench = Bench::at(&host);
        let at = [host.address().to_string(), "a.example:80".into(), "127.0.0.1:1".into()];
        let found = detect(&bench.egress, &at, &CancelToken::new(), &|_| ());
        let told: Vec<_> = found.iter().map(|one| (one.program.as_str(), one.models.join(" "))).collect();
        assert_eq!(told, [(program, "m1".to_owned())]);
        // What it says of itself, as the kind of engine that it was told to be.
        let endpoint = Endpoint { engine: found[0].engine, ..endpoint(host.url("/v1/"), Class::Loopback) };
        let (cancel, known) = (CancelToken::new(), Known::at(None));
        let call = Call {
            egress: &bench.egress,
            endpoint: &endpoint,
            roots: &[],
            purpose: "facts",
            cancel: &cancel,
            leaving: None,
        };
        let facts = facts::facts(&call, &known).unwrap();
        assert_eq!((facts.model.as_deref(), facts.context), (Some("m1"), context), "{program}");
        assert_eq!(facts.fills, program == "llama-server");
    }
}

#[test]
fn what_an_engine_streams_is_what_the_other_side_can_read() {
    let deep = "[".repeat(124) + &"]".repeat(124);
    let arguments = format!("{{\"x\":{deep}}}");
    let call = json!({ "index": 0, "id": "c1", "function": { "name": "read", "arguments": arguments } });
    let call = json!({ "choices": [{ "delta": { "tool_calls": [call] } }] }).to_string();
    let probable = |text: &str, logprobs: &str| {
        format!(r#"{{"content":"{text}","stop":false,"completion_probabilities":[{logprobs}]}}"#)
    };
    let one = |logprob: &str| format!(r#"{{"logprob":{logprob}}}"#);
    let parts = [
        call,
        probable("a", &one("-1e39")),
        probable("b", &format!("{},{}", one("-1e308"), one("-1e308"))),
        probable("c", &one("1e39")),
    ];
    let host = Host::start(move |_| streamed(&parts)).unwrap();
    let bench = Bench::at(&host);
    let endpoint = &bench.egress.policy().endpoints[0];
    let cancel = CancelToken::new();
    let call =
        Call { egress: &bench.egress, endpoint, roots: &[], purpose: "t", cancel: &cancel, leaving: None };
    let answer = call.send(&address(endpoint, "/x").unwrap(), None, Duration::from_secs(9)).unwrap();
    let turn = Turn {
        tools: vec![Tool { name: "read".into(), description: String::new(), parameters: json!({}) }],
        ..Turn::default()
    };
    let order = Generation {
        endpoint: "box".into(),
        purpose: "t".into(),
        roots: Vec::new(),
        task: Task::Turn(turn),
        tokens: 9,
        milliseconds: 9_000,
    };
    let pipe = Mutex::new(Vec::new());
    let tell = |answer| {
        trust_wire::write(&mut *pipe.lock().unwrap(), &trust_wire::Told { id: 1, answer }).unwrap();
    };
    Stream::new(&order, &tell).read(answer, &cancel).unwrap();
    let pipe = pipe.into_inner().unwrap();
    let mut from = pipe.as_slice();
    let mut logprobs = Vec::new();
    let mut refused = false;
    while let Some(told) = trust_wire::read::<trust_wire::Told>(&mut from).unwrap() {
        match told.answer {
            Answering::Event(Event::Text { logprob, .. }) => logprobs.push(logprob),
            Answering::Event(Event::CallEnded { call, .. }) => refused = call.is_err(),
            _ => {}
        }
    }
    assert_eq!((logprobs, refused), (vec![-1e4, -1e4, 0.0], true));
}

#[test]
fn who_never_ends_is_ended_and_who_asks_to_wait_for_ever_is_not_waited_for() {
    let parts: Vec<String> = (0..400).map(|_| delta(&"a".repeat(1 << 10))).collect();
    let host = Host::start(move |_| streamed(&parts)).unwrap();
    let (events, result) = Bench::at(&host).ask("hello?");
    result.unwrap();
    assert!(said(&events).len() <= 32 * 64 + (64 << 10) + (1 << 10), "{}", said(&events).len());
    assert!(matches!(events.last(), Some(Event::Done(finish)) if finish.reason == FinishReason::Budget));

    let wait = u64::MAX.to_string();
    let host = Host::start(move |_| Reply::status(503).with("retry-after", &wait)).unwrap();
    let told = Bench::at(&host).ask("hello?").1.unwrap_err().to_string();
    assert!(told.contains("503") && host.seen().len() == 1, "{told}");
}
