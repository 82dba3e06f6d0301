//! The engine over the bundled model: what is promised of caching, drafts, stopping and bad files.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "the helpers of tests may fail them, and write the files they need"
)]

mod choices;
mod files;
mod turns;

use serde_json::json;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use trust_engine::{Engine, EngineOptions, LoadError, Quantisation, quantise};
use trust_inference::{
    Budget, CancelToken, Constraint, Continuation, Control, Event, FimLayout, Finish, FinishReason,
    InferenceError, Likelihood, Model, Opinion, Prior, Priority, Prompt, Request,
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
    let budget = Budget { tokens: 24, deadline: Instant::now() + Duration::from_secs(60) };
    Request::new(prompt, budget, Priority::Typing)
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
fn a_hole_is_told_as_the_file_says_unless_somebody_says_otherwise() {
    for (layout, expected) in [
        (None, FimLayout::Spm),
        (Some(FimLayout::Psm), FimLayout::Psm),
        (Some(FimLayout::Spm), FimLayout::Spm),
    ] {
        let options = EngineOptions { context: 1024, layout, ..EngineOptions::default() };
        assert_eq!(Engine::load(&bundled(), options).unwrap().card().fim, Some(expected));
    }
}

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
fn what_a_conversation_reads_is_not_kept() {
    const CANARY: &str = "our unreleased heron nests beneath the eleventh bridge";
    let folder = tempfile::tempdir().unwrap();
    let snapshot = folder.path().join("kv");
    let run = |requests: &[Request]| {
        let options =
            EngineOptions { context: 1024, snapshot: Some(snapshot.clone()), ..EngineOptions::default() };
        let engine = Engine::load(&bundled(), options).unwrap();
        engine.forget();
        for request in requests {
            answer(&engine, request.clone()).unwrap();
        }
        let said = |text: &str| -> Vec<u8> {
            // Those at the ends depend on what stands beside them.
            let tokens = engine.tokenize(text);
            tokens[1..tokens.len() - 1].iter().flat_map(|token| token.to_le_bytes()).collect()
        };
        let (canary, typed) = (said(CANARY), said("let filler = 1;\nlet filler = 1;\nlet"));
        drop(engine);
        let list = std::fs::read(snapshot.join("list.json")).unwrap();
        let list: serde_json::Value = serde_json::from_slice(&list).unwrap();
        let holds = |said: &[u8]| {
            let files = std::fs::read_dir(&snapshot).unwrap().map(|file| file.unwrap().path());
            let mut kept = files.filter(|path| path.extension().is_some_and(|kind| kind == "kv"));
            kept.any(|path| std::fs::read(path).unwrap().windows(said.len()).any(|part| part == said))
        };
        (list["sequences"].as_array().unwrap().len(), holds(&canary), holds(&typed))
    };
    let typing = || fill(&format!("{}{PREFIX}", "let filler = 1;\n".repeat(40)), "\n}\n");
    let begin = "fn other() -> u64 {\n    ".repeat(8);
    let text = format!("{begin}\n{CANARY}\n");
    let chat = |text: &str| {
        let mut prompt = Prompt::default();
        prompt.text(text);
        let budget = Budget { tokens: 8, ..fill("", "").budget };
        Request::new(prompt, budget, Priority::Chat)
    };
    // As a completion it is found there: one looks for the right bytes.
    assert_eq!(run(&[typing(), Request { keep: true, ..chat(&text) }]), (2, true, true));
    assert_eq!(run(&[typing(), chat(&text)]), (1, false, true));
    // In the background too, where it says so.
    let background = Request { priority: Priority::Background, ..chat(&text) };
    assert_eq!(run(&[typing(), background]), (1, false, true));
    // What goes on in a conversation's place is kept without it.
    let after = Request { priority: Priority::Typing, keep: true, ..chat(&begin) };
    assert_eq!(run(&[typing(), chat(&text), after]), (2, false, true));
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
