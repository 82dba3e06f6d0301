//! The engine over the bundled model: what is promised of caching, drafts, stopping and bad files.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "the helpers of tests may fail them, and write the files they need"
)]

use serde_json::json;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use trust_engine::{Engine, EngineOptions, LoadError, Quantisation, quantise};
use trust_inference::{
    Budget, CancelToken, Constraint, Continuation, Control, Event, Finish, FinishReason, InferenceError,
    Likelihood, Model, Opinion, Prior, Priority, Prompt, Request,
};

fn bundled() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/bundled/nano.gguf")
}

fn engine() -> Engine {
    Engine::load(&bundled(), EngineOptions { context: 1024, ..EngineOptions::default() }).unwrap()
}

fn fill(prefix: &str, suffix: &str) -> Request {
    let mut prompt = Prompt::default();
    prompt.control(Control::File).text("src/lib.rs\n").control(Control::FimPrefix);
    prompt.control(Control::FimSuffix).text(suffix).control(Control::FimMiddle).text(prefix);
    Request {
        prompt,
        draft: String::new(),
        prior: None,
        heal: 0,
        constraint: None,
        visible: Vec::new(),
        stop: Vec::new(),
        candidates: 1,
        budget: Budget { tokens: 24, deadline: Instant::now() + Duration::from_secs(60) },
        priority: Priority::Typing,
        cancel: CancelToken::new(),
    }
}

fn answer(engine: &Engine, request: Request) -> Result<(String, f32, Finish), InferenceError> {
    let (mut text, mut logprob) = (String::new(), 0.0);
    for event in engine.generate(request) {
        match event? {
            Event::Started { .. } => {}
            Event::Text { text: more, logprob: more_logprob, .. } => {
                text.push_str(&more);
                logprob += more_logprob;
            }
            Event::Done(finish) => return Ok((text, logprob, finish)),
            other => panic!("{other:?} in a plain answer"),
        }
    }
    Err(InferenceError::Gone)
}

const PREFIX: &str = "pub fn largest(values: &[i32]) -> Option<i32> {\n    let mut largest = ";

#[test]
fn a_second_request_reads_only_what_is_new() {
    let engine = engine();
    let (_, _, first) = answer(&engine, fill(PREFIX, "\n}\n")).unwrap();
    assert_eq!(first.usage.prefilled, first.usage.prompt);
    let (_, _, second) = answer(&engine, fill(&format!("{PREFIX}va"), "\n}\n")).unwrap();
    assert!(second.usage.prefilled <= 4, "{:?}", second.usage);
    let (again, _, third) = answer(&engine, fill(PREFIX, "\n}\n")).unwrap();
    assert!(third.usage.prefilled <= 4, "{:?}", third.usage);

    // What the cache makes of a request is what an empty one makes of it.
    let (fresh, _, _) = answer(&self::engine(), fill(PREFIX, "\n}\n")).unwrap();
    assert_eq!(again, fresh);
}

#[test]
fn what_is_forgotten_is_read_again_and_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = folder.path().join("kv");
    let open = || {
        let snapshot = Some(snapshot.clone());
        Engine::load(&bundled(), EngineOptions { context: 1024, snapshot, ..EngineOptions::default() })
            .unwrap()
    };
    let engine = open();
    let (expected, ..) = answer(&engine, fill(PREFIX, "\n}\n")).unwrap();
    engine.forget();
    let (again, _, finish) = answer(&engine, fill(PREFIX, "\n}\n")).unwrap();
    assert_eq!((again, finish.usage.prefilled), (expected, finish.usage.prompt));
    engine.forget();
    drop(engine);
    assert!(!snapshot.exists());
    // What was read in an earlier run, and not come back to, is not kept again.
    answer(&open(), fill(PREFIX, "\n}\n")).unwrap();
    assert!(snapshot.exists());
    drop(open());
    assert!(!snapshot.exists());
}

#[test]
fn a_half_typed_word_is_spelled_as_its_whole_would_be() {
    let engine = engine();
    let word = "largest";
    for typed in 3..=word.len() {
        let prefix = format!("{PREFIX}0;\n    {}", &word[..typed]);
        let drafts = ["", &word[typed..], "#nonsense#"].map(|draft| {
            let request = Request { heal: typed, draft: draft.into(), ..fill(&prefix, "\n}\n") };
            answer(&engine, request).unwrap().0
        });
        assert!(drafts[0].starts_with(&word[typed..]), "{prefix:?} {drafts:?}");
        assert!(drafts.iter().all(|answer| *answer == drafts[0]), "{prefix:?} {drafts:?}");
    }
    // Where nothing can be taken back, the request is answered as it stands.
    for (heal, prefix) in [(200, PREFIX.to_string()), (3, String::new())] {
        let (_, _, finish) = answer(&engine, Request { heal, ..fill(&prefix, "") }).unwrap();
        assert!(finish.usage.generated > 0 || finish.reason == FinishReason::EndOfText);
    }
}

#[test]
fn several_answers_are_searched_for_together() {
    let engine = engine();
    let places = [(PREFIX, 0), ("fn main() {\n    let mut count = 0;\n    cou", 3), ("use std::coll", 4)];
    for (prefix, heal) in places {
        let one = Request { heal, stop: vec!["\n".into()], ..fill(prefix, "\n}\n") };
        let (greedy, logprob, end) = answer(&engine, one.clone()).unwrap();
        let greedy_logprob = logprob + end.logprob;
        assert_eq!(end.others, []);

        let several = Request { candidates: 4, ..one.clone() };
        let (best, logprob, finish) = answer(&engine, several.clone()).unwrap();
        let mut found = vec![(best, logprob + finish.logprob)];
        found.extend(finish.others.iter().map(|other| (other.text.clone(), other.logprob)));
        assert!(found.len() > 1 && found.len() <= 4, "{found:?}");
        assert!(found.is_sorted_by(|a, b| a.1 >= b.1 && a.0 != b.0), "{found:?}");
        let sum: f32 = found.iter().map(|(_, logprob)| logprob.exp()).sum();
        assert!(sum < 1.001, "{found:?}");
        // Other calls round differently; and of one text all ways to spell it count.
        assert!(found[0].1 > greedy_logprob - 0.1, "{found:?} {greedy:?} {greedy_logprob}");
        let same = found.iter().find(|(text, _)| *text == greedy);
        assert!(
            same.is_none_or(|(_, logprob)| *logprob > greedy_logprob - 0.1),
            "{found:?} {greedy_logprob}"
        );

        // Nothing of it stays behind.
        let (again, logprob, end) = answer(&engine, one.clone()).unwrap();
        assert_eq!(again, greedy);
        assert!((logprob + end.logprob - greedy_logprob).abs() < 0.1);
        let (fewer, ..) = answer(&engine, Request { candidates: 2, ..one.clone() }).unwrap();
        assert_eq!(fewer, found[0].0);
        let budget = Budget { tokens: 1, ..one.budget };
        let (_, _, cut) = answer(&engine, Request { budget, candidates: 4, ..one.clone() }).unwrap();
        assert!(cut.usage.generated == 1 && cut.others.len() < 4);
        let cancel = CancelToken::new();
        cancel.cancel();
        let (text, _, finish) = answer(&engine, Request { cancel, ..several }).unwrap();
        assert_eq!((text.as_str(), finish.reason), ("", FinishReason::Cancelled));
    }
}

/// Says one thing, as surely as it is told to.
struct Says(&'static str, f32);

impl Prior for Says {
    fn continuations(&self, written: &str, _: &dyn Opinion) -> Vec<Continuation> {
        let rest = self.0.strip_prefix(written).map(str::to_string);
        rest.into_iter().map(|text| Continuation { text, ends: true, probability: self.1 }).collect()
    }
}

#[test]
fn a_prior_is_followed_as_far_as_it_is_sure() {
    let engine = engine();
    let (plain, plain_logprob, _) = answer(&engine, fill(PREFIX, "\n}\n")).unwrap();
    let text = "zebra_crossing(values);";
    let prior = |probability| Some(Arc::new(Says(text, probability)) as Arc<dyn Prior>);
    let with = |prior, draft: &str, prefix: &str, heal| {
        let request = Request { prior, draft: draft.into(), heal, ..fill(prefix, "\n}\n") };
        answer(&engine, request).unwrap()
    };
    let (sure, logprob, finish) = with(prior(0.9), "", PREFIX, 0);
    assert_eq!((sure.as_str(), finish.reason), (text, FinishReason::EndOfText));
    assert_eq!(finish.usage.recalled, finish.usage.generated);
    // Eleven tokens or fewer, and the end, of at least 0.9 each.
    assert!(logprob + finish.logprob > 0.9f32.ln() * 12.0, "{logprob} {}", finish.logprob);
    let (unsure, unsure_logprob, _) = with(prior(0.0), "", PREFIX, 0);
    assert_eq!((unsure, unsure_logprob), (plain, plain_logprob));
    // Drafts change nothing but the cost here too, and half-typed words are spelled on.
    for draft in [text, "zebra_fish", "values"] {
        let (drafted, drafted_logprob, _) = with(prior(0.9), draft, PREFIX, 0);
        assert_eq!(drafted, text, "{draft:?}");
        assert!((drafted_logprob - logprob).abs() < 0.05);
    }
    let typed = Some(Arc::new(Says("bra_crossing(values);", 0.9)) as Arc<dyn Prior>);
    assert_eq!(with(typed, "", &format!("{PREFIX}ze"), 2).0, "bra_crossing(values);");
}

/// Lets a text end behind that sign only.
struct EndsBehind(char);

impl Prior for EndsBehind {
    fn continuations(&self, _: &str, _: &dyn Opinion) -> Vec<Continuation> {
        Vec::new()
    }

    fn limits_ends(&self) -> bool {
        true
    }

    fn may_end(&self, written: &str) -> bool {
        written.ends_with(self.0)
    }
}

#[test]
fn a_line_ends_only_where_the_prior_lets_it() {
    let engine = engine();
    for (prefix, heal) in [(PREFIX, 0), ("fn total(values: &[u32]) -> u32 {\n    let su", 2)] {
        let line = Request { stop: vec!["\n".into()], heal, ..fill(prefix, "\n}\n") };
        let (plain, _, finish) = answer(&engine, line.clone()).unwrap();
        assert!(!plain.ends_with('{') && finish.reason != FinishReason::Budget, "{plain:?}");
        for candidates in [1, 4] {
            let prior = Some(Arc::new(EndsBehind('{')) as Arc<dyn Prior>);
            let (text, _, finish) = answer(&engine, Request { prior, candidates, ..line.clone() }).unwrap();
            assert!(text.ends_with('{') || finish.reason == FinishReason::Budget, "{text:?} {finish:?}");
        }
    }
}

#[test]
fn what_comes_behind_texts_is_weighed_as_if_it_were_read_alone() {
    let engine = engine();
    let (before, _, _) = answer(&engine, fill(PREFIX, "\n}\n")).unwrap();
    let mut prompt = Prompt::default();
    prompt.text(PREFIX);
    let texts = ["None;\n", "values.first()?;\n", "    \n"];
    let then = "    for value in values {\n        largest = largest.max(value);\n";
    let request = Likelihood {
        prompt,
        texts: texts.map(String::from).into(),
        then: then.into(),
        deadline: Instant::now() + Duration::from_secs(60),
        priority: Priority::Typing,
        cancel: CancelToken::new(),
    };
    let found = engine.likelihood(request.clone()).unwrap();
    assert_eq!(engine.likelihood(request.clone()).unwrap(), found);
    let tokens = |texts: &[&str]| texts.iter().flat_map(|text| engine.tokenize(text)).collect::<Vec<_>>();
    let nats = |tokens: &[i32]| engine.mean_nll(tokens).unwrap() * (tokens.len() - 1) as f64;
    for (text, found) in texts.iter().zip(&found) {
        assert_eq!(found.len(), engine.tokenize(then).len());
        let alone = nats(&tokens(&[PREFIX, text])) - nats(&tokens(&[PREFIX, text, then]));
        let together: f64 = found.iter().copied().map(f64::from).sum();
        assert!((together - alone).abs() < 0.2, "{text:?}: {together} {alone}");
    }
    let cancel = CancelToken::new();
    cancel.cancel();
    let cancelled = Likelihood { cancel, ..request.clone() };
    let late = Likelihood { deadline: Instant::now(), ..request.clone() };
    let empty = Likelihood { texts: vec![String::new()], ..request.clone() };
    let long = Likelihood { texts: vec!["a b ".repeat(1000)], ..request };
    for unanswered in [cancelled, late, empty, long] {
        assert_eq!(engine.likelihood(unanswered), Ok(Vec::new()));
    }
    assert_eq!(answer(&engine, fill(PREFIX, "\n}\n")).unwrap().0, before);
}

#[test]
fn a_draft_changes_the_cost_and_not_the_answer() {
    let engine = engine();
    let (plain, plain_logprob, _) = answer(&engine, fill(PREFIX, "\n}\n")).unwrap();
    let half = &plain[..plain.len() / 2];
    for draft in [
        plain.clone(),
        half.into(),
        format!("{half}#nonsense#"),
        "values.iter().max()".into(),
        "\u{0}".into(),
    ] {
        let (text, logprob, finish) =
            answer(&engine, Request { draft: draft.clone(), ..fill(PREFIX, "\n}\n") }).unwrap();
        assert_eq!(text, plain, "draft {draft:?}");
        assert!((logprob - plain_logprob).abs() < 0.05, "{logprob} {plain_logprob}");
        assert_eq!(
            finish.usage.drafted > 0,
            plain.starts_with(&draft[..1.min(draft.len())]) && !draft.is_empty()
        );
    }
}

#[test]
fn it_stops_before_a_stop_string_and_at_the_budget() {
    let engine = engine();
    let (plain, ..) = answer(&engine, fill(PREFIX, "\n}\n")).unwrap();
    let stop: String = plain.chars().skip(2).take(1).collect();
    let (text, _, finish) =
        answer(&engine, Request { stop: vec![stop.clone()], ..fill(PREFIX, "\n}\n") }).unwrap();
    assert_eq!((text.as_str(), finish.reason), (plain.split(&stop).next().unwrap(), FinishReason::Stop));

    let budget = Budget { tokens: 2, deadline: Instant::now() + Duration::from_secs(60) };
    let (_, _, finish) = answer(&engine, Request { budget, ..fill(PREFIX, "\n}\n") }).unwrap();
    assert_eq!((finish.reason, finish.usage.generated), (FinishReason::Budget, 2));

    let budget = Budget { tokens: 24, deadline: Instant::now() };
    let (_, _, finish) = answer(&engine, Request { budget, ..fill(PREFIX, "\n}\n") }).unwrap();
    assert_eq!(finish.reason, FinishReason::Deadline);
}

#[test]
fn cancelled_requests_end_and_leave_the_engine_well() {
    let engine = engine();
    let (expected, ..) = answer(&engine, fill(PREFIX, "\n}\n")).unwrap();
    for round in 0..20u64 {
        let request = fill(&format!("{}{PREFIX}", "let filler = 1;\n".repeat(40)), "\n}\n");
        let cancel = request.cancel.clone();
        let events = engine.generate(request);
        std::thread::sleep(Duration::from_millis(round));
        cancel.cancel();
        let last = events.into_iter().last().unwrap().unwrap();
        assert!(matches!(last, Event::Done(_)), "{last:?}");
    }
    let (text, ..) = answer(&engine, fill(PREFIX, "\n}\n")).unwrap();
    assert_eq!(text, expected);
}

#[test]
fn what_runs_in_the_background_gives_way() {
    let engine = engine();
    let long = format!("{}{PREFIX}", "let filler = 1;\n".repeat(40));
    let background = Request { priority: Priority::Background, ..fill(&long, "\n}\n") };
    let budget = Budget { tokens: 500, ..background.budget };
    let events = engine.generate(Request { budget, ..background.clone() });
    assert!(matches!(events.recv().unwrap(), Ok(Event::Started { .. })));
    assert!(answer(&engine, fill(PREFIX, "\n}\n")).is_ok());
    let Some(Ok(Event::Done(finish))) = events.into_iter().last() else { panic!("it did not end well") };
    assert_eq!(finish.reason, FinishReason::Cancelled);
    // What it has read is not read again, and alone it is answered to the end.
    let (_, _, whole) = answer(&engine, background).unwrap();
    assert_ne!(whole.reason, FinishReason::Cancelled);
    assert!(whole.usage.prefilled <= 1, "{whole:?}");
}

/// Sends `typed` in the middle of `request` until that has ended, and gives what it said and how often it gave way.
fn interrupted(
    engine: &Engine,
    request: Request,
    typed: &dyn Fn(u32) -> Request,
) -> (String, f32, Finish, u32) {
    let (mut text, mut logprob, mut count) = (String::new(), 0.0, 0);
    let events = engine.generate(request);
    let mut told = VecDeque::new();
    while let Some(event) = told.pop_front().or_else(|| events.recv().ok()) {
        match event.unwrap() {
            Event::Done(finish) => return (text, logprob, finish, count),
            Event::Text { text: more, logprob: said, .. } => {
                text.push_str(&more);
                logprob += said;
            }
            _ => {}
        }
        answer(engine, typed(count)).unwrap();
        told.extend(events.try_iter());
        count += u32::from(!told.iter().any(|event| matches!(event, Ok(Event::Done(_)))));
    }
    panic!("it did not end well")
}

#[test]
fn a_conversation_gives_way_and_says_what_it_would_have_said() {
    let form = |count: u32| {
        let items = json!({"type": "object", "properties": {"name": {"type": "string"}, "line": {"type": "integer"}},
                           "required": ["name", "line"]});
        Some(Constraint::JsonSchema(
            json!({"type": "array", "items": items, "minItems": count, "maxItems": count}),
        ))
    };
    let lines = |count: usize| format!("{}{PREFIX}", "let filler = 1;\n".repeat(count));
    let typed = |number: u32| fill(&format!("fn typed_{number}() -> u32 {{\n    "), "\n}\n");
    let beam = |number: u32| Request { candidates: 4, stop: vec!["\n".into()], ..typed(number) };
    let cases: [(&str, Request, &dyn Fn(u32) -> Request); 5] = [
        ("free", Request { heal: 2, ..fill(&lines(2), "\n}\n") }, &typed),
        ("a long prompt", fill(&lines(60), "\n}\n"), &typed),
        ("among several answers", fill(PREFIX, "\n}\n"), &beam),
        ("with a draft", Request { draft: "values[0];\n    for".into(), ..fill(PREFIX, "\n}\n") }, &typed),
        ("of a form", Request { constraint: form(3), ..fill(PREFIX, "\n}\n") }, &typed),
    ];
    for (what, request, typed) in cases {
        let budget = Budget { tokens: 80, ..request.budget };
        let request = Request { priority: Priority::Chat, budget, ..request };
        // Each in an engine of its own, so that both read their prompts in the same calls.
        let (expected, logprob, whole) = answer(&self::engine(), request.clone()).unwrap();
        let (text, interrupted_logprob, finish, count) = interrupted(&self::engine(), request, typed);
        assert_eq!((text, interrupted_logprob), (expected, logprob), "{what}");
        let told = |finish: &Finish| {
            (finish.reason, finish.completion, finish.usage.generated, finish.usage.prefilled, finish.logprob)
        };
        assert_eq!(told(&finish), told(&whole), "{what}");
        assert!(count > 5, "{what}: {count}");
    }
}

#[test]
fn what_was_set_aside_can_be_cancelled_runs_out_of_time_and_is_forgotten() {
    let engine = engine();
    let chat = |tokens, seconds| {
        let budget = Budget { tokens, deadline: Instant::now() + Duration::from_millis(seconds) };
        Request { priority: Priority::Chat, budget, ..fill(&"let filler = 1;\n".repeat(40), "\n}\n") }
    };
    let form = Some(Constraint::Regex("[a-z]{400}".into()));
    let long = || Request {
        budget: Budget { tokens: 500, ..fill("", "").budget },
        constraint: form.clone(),
        ..fill("fn typed() {\n    ", "\n}\n")
    };
    for (what, milliseconds, reason) in
        [("cancelled", 60_000, FinishReason::Cancelled), ("too late", 150, FinishReason::Deadline)]
    {
        let request = Request { constraint: form.clone(), ..chat(600, milliseconds) };
        let cancel = request.cancel.clone();
        let events = engine.generate(request);
        assert!(matches!(events.recv().unwrap(), Ok(Event::Started { .. })), "{what}");
        let typing = engine.generate(long());
        assert!(matches!(typing.recv().unwrap(), Ok(Event::Started { .. })), "{what}");
        if reason == FinishReason::Cancelled {
            cancel.cancel();
        }
        let Some(Ok(Event::Done(finish))) = events.into_iter().last() else { panic!("{what}") };
        assert_eq!(finish.reason, reason, "{what}");
        // It ended while the other was being written.
        assert!(typing.try_iter().all(|event| !matches!(event, Ok(Event::Done(_)))), "{what}");
        drop(typing.into_iter().last());
    }
    // What is to be forgotten while it is needed is forgotten when it has ended.
    let (expected, ..) = answer(&self::engine(), chat(60, 60_000)).unwrap();
    let events = engine.generate(chat(60, 60_000));
    assert!(matches!(events.recv().unwrap(), Ok(Event::Started { .. })));
    engine.forget();
    answer(&engine, fill("fn typed() {\n    ", "\n}\n")).unwrap();
    let texts = events.into_iter().map(|event| match event.unwrap() {
        Event::Text { text, .. } => text,
        _ => String::new(),
    });
    assert_eq!(texts.collect::<String>(), expected);
    let (_, _, again) = answer(&engine, chat(1, 60_000)).unwrap();
    assert_eq!(again.usage.prefilled, again.usage.prompt);
    // One that is set aside when the engine ends is ended too.
    let events = engine.generate(Request { constraint: form.clone(), ..chat(600, 60_000) });
    assert!(matches!(events.recv().unwrap(), Ok(Event::Started { .. })));
    let typing = engine.generate(long());
    assert!(matches!(typing.recv().unwrap(), Ok(Event::Started { .. })));
    drop(engine);
    for events in [events, typing] {
        let Some(Ok(Event::Done(finish))) = events.into_iter().last() else { panic!("no end") };
        assert_eq!(finish.reason, FinishReason::Cancelled);
    }
}

#[test]
fn the_cache_outlives_the_engine_unless_something_is_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = folder.path().join("kv");
    let open = |context| {
        let snapshot = Some(snapshot.clone());
        Engine::load(&bundled(), EngineOptions { context, snapshot, ..EngineOptions::default() }).unwrap()
    };
    let (file, list) = (snapshot.join("0.kv"), snapshot.join("list.json"));
    type Harm<'a> = &'a dyn Fn();
    let cut = || std::fs::write(&file, &std::fs::read(&file).unwrap()[..5000]).unwrap();
    let flip = || {
        let mut bytes = std::fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 64;
        std::fs::write(&file, bytes).unwrap();
    };
    let edit = |from: &str, to: &str| {
        let text = std::fs::read_to_string(&list).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(&list, text.replace(from, to)).unwrap();
    };
    let cases: [(&str, u32, bool, Harm<'_>); 8] = [
        ("as it was left", 1024, true, &|| ()),
        ("another size", 512, false, &|| ()),
        ("cut off", 1024, false, &cut),
        ("a bit flipped", 1024, false, &flip),
        ("no list", 1024, false, &|| std::fs::remove_file(&list).unwrap()),
        ("a broken list", 1024, false, &|| edit("{", "[")),
        ("a list that would lead elsewhere", 1024, true, &|| edit("0.kv", "../../0.kv")),
        ("a list of other probabilities", 1024, false, &|| edit("\"next\":[[", "\"next\":[[7,-0.1],[")),
    ];
    let (expected, ..) = answer(&engine(), fill(PREFIX, "\n}\n")).unwrap();
    for (what, context, kept, harm) in cases {
        let _ = std::fs::remove_dir_all(&snapshot);
        answer(&open(1024), fill(PREFIX, "\n}\n")).unwrap();
        harm();
        let engine = open(context);
        let (text, _, finish) = answer(&engine, fill(PREFIX, "\n}\n")).unwrap();
        assert_eq!(text, expected, "{what}");
        assert_eq!(finish.usage.prefilled < 3, kept, "{what}: {:?}", finish.usage);
        assert!(!snapshot.exists(), "{what}: it is taken away before it is read");
    }
}

#[test]
fn text_never_becomes_a_control_token() {
    let engine = engine();
    let one = engine.count_tokens("<|endoftext|>");
    assert!(one > 1, "a control token's spelling in a file must stay text");
    assert_eq!(engine.tokenize("<|fim_middle|>").len(), engine.count_tokens("<|fim_middle|>"));
    assert!(engine.count_tokens("<|fim_middle|>") > 1);
}

#[test]
fn a_prompt_that_does_not_fit_is_refused() {
    let result = answer(&engine(), fill(&"word ".repeat(4000), "\n"));
    assert!(matches!(result, Err(InferenceError::PromptTooLong { context: 1024, .. })), "{result:?}");
}

#[test]
fn broken_files_are_refused_with_a_reason() {
    let folder = std::env::temp_dir().join(format!("trust-engine-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let bytes = std::fs::read(bundled()).unwrap();
    let cases: [(&str, &[u8]); 4] = [
        ("empty", b""),
        ("text", b"not a model"),
        ("header", &bytes[..24]),
        ("half", &bytes[..bytes.len() / 2]),
    ];
    for (name, content) in cases {
        let path = folder.join(format!("{name}.gguf"));
        std::fs::write(&path, content).unwrap();
        let result = Engine::load(&path, EngineOptions::default());
        let error = result.err().unwrap_or_else(|| panic!("{name} was loaded"));
        assert!(matches!(error, LoadError::File(_)), "{name}: {error}");
    }
    assert!(Engine::load(&folder.join("absent.gguf"), EngineOptions::default()).is_err());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn fewer_bits_a_weight_make_a_smaller_file_and_a_model_that_knows_less() {
    let folder = tempfile::tempdir().unwrap();
    let text = include_str!("../src/words.rs");
    let before = engine().bits_per_byte(text).unwrap();
    assert!((0.5..8.0).contains(&before), "{before}");
    let size = |path: &Path| path.metadata().unwrap().len();
    let (mut last, mut losses) = (size(&bundled()), Vec::new());
    for into in [Quantisation::Q6K, Quantisation::Q4_0] {
        let path = folder.path().join(into.name());
        quantise(&bundled(), &path, into, 1).unwrap();
        let made = Engine::load(&path, EngineOptions { context: 1024, ..EngineOptions::default() }).unwrap();
        losses.push(made.bits_per_byte(text).unwrap() / before - 1.0);
        assert!(size(&path) < last, "{}", into.name());
        last = size(&path);
    }
    assert!(losses[0].abs() < 0.05 && losses[1] > losses[0] && losses[1] < 0.5, "{losses:?}");
    assert_eq!("q4_k_m".parse(), Ok(Quantisation::Q4KM));
    assert!("Q3".parse::<Quantisation>().unwrap_err().contains("Q4_K_M"));
    let nowhere = folder.path().join("none/a.gguf");
    assert!(quantise(&bundled(), &nowhere, Quantisation::Q4_0, 1).is_err());
    assert!(matches!(
        quantise(&nowhere, &folder.path().join("b"), Quantisation::Q4_0, 1),
        Err(LoadError::File(_))
    ));
}
