//! The bundled model, talked to through the dialect that is injected for it: it speaks no English, but whatever it calls is a
//! tool that exists, with arguments that fit, or it says that it was cut off.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests may fail, and say what they saw"
)]

use serde_json::json;
use std::time::{Duration, Instant};
use trust_dialect::{Dialect, Origin, Talker};
use trust_engine::{Engine, EngineOptions};
use trust_inference::{
    Budget, CallError, CancelToken, Completion, Event, InferenceError, Message, Model, Priority, Tool,
    ToolChoice, Turn, TurnRequest,
};

#[test]
fn calls_of_the_bundled_model_are_valid_or_said_to_be_cut() {
    let cache = tempfile::tempdir().unwrap();
    let file = trust_models::bundled(Some(cache.path())).unwrap();
    let engine =
        Engine::load(file.path(), EngineOptions { context: 2048, ..EngineOptions::default() }).unwrap();
    // Its file has a template, which knows no tools.
    let template = engine.chat_template().unwrap();
    let dialect = Dialect::of(Some(&template.source), &template.bos, &template.eos);
    let talker = Talker::new(engine, dialect);
    assert!(matches!(talker.dialect().origin(), Origin::Injected(_)));

    let read = json!({"type": "object", "properties": {"path": {"enum": ["src/a.rs", "src/b.rs"]},
        "line": {"type": "integer", "minimum": 1, "maximum": 900}}, "required": ["path"], "additionalProperties": false});
    let find = json!({"type": "object", "properties": {"query": {"type": "string", "maxLength": 30}},
        "required": ["query"], "additionalProperties": false});
    let tool = |name: &str, parameters| Tool { name: name.into(), description: name.into(), parameters };
    let (mut whole, mut cut, mut refused, mut earlier) = (0, 0, 0, 0);
    for budget in (4..48).step_by(4).chain([120, 200]) {
        let turn = Turn {
            messages: vec![Message::User("fn main() in src/a.rs".into())],
            tools: vec![tool("read", read.clone()), tool("find", find.clone())],
            choice: ToolChoice::Required,
            ..Turn::default()
        };
        let budget = Budget { tokens: budget, deadline: Instant::now() + Duration::from_secs(120) };
        let request = TurnRequest { turn, budget, priority: Priority::Chat, cancel: CancelToken::new() };
        let (mut calls, mut text) = (Vec::new(), String::new());
        for event in talker.converse(request) {
            match event {
                Ok(Event::CallEnded { call, .. }) => calls.push(*call),
                Ok(Event::Text { text: more, .. }) => text.push_str(&more),
                Ok(Event::Done(finish)) => {
                    assert!(!calls.is_empty() && text.trim().is_empty(), "{calls:?} {text}");
                    let last = calls.pop().unwrap();
                    assert!(calls.iter().all(Result::is_ok), "{calls:?}");
                    earlier += calls.len();
                    match finish.completion {
                        Completion::Natural => whole += usize::from(last.is_ok()),
                        _ => cut += usize::from(last == Err(CallError::Truncated)),
                    }
                }
                Err(InferenceError::BudgetTooSmall { .. }) => refused += 1,
                Err(error) => panic!("{error}"),
                _ => {}
            }
        }
    }
    println!("{whole} whole, {cut} cut, {refused} refused");
    assert_eq!(whole + cut + refused, 13);
    assert!(refused > 0 && whole + cut >= 5 && earlier > 0, "{whole} {cut} {refused} {earlier}");
}

#[test]
fn a_conversation_is_counted_as_it_is_read() {
    let cache = tempfile::tempdir().unwrap();
    let file = trust_models::bundled(Some(cache.path())).unwrap();
    let engine =
        Engine::load(file.path(), EngineOptions { context: 2048, ..EngineOptions::default() }).unwrap();
    let template = engine.chat_template().unwrap();
    let dialects = [
        Dialect::of(Some(&template.source), &template.bos, &template.eos),
        Dialect::of(
            Some("{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"),
            "",
            "",
        ),
        Dialect::of(None, "", ""),
    ];
    drop(engine);
    for dialect in dialects {
        let engine =
            Engine::load(file.path(), EngineOptions { context: 2048, ..EngineOptions::default() }).unwrap();
        let talker = Talker::new(engine, dialect);
        for text in ["", "fn main() { größe(\"<|im_end|>\") }\n", &"let x = 1;\n".repeat(60)] {
            let said = |text: &str| Message::Assistant {
                text: text.into(),
                reasoning: String::new(),
                calls: Vec::new(),
            };
            let messages = vec![
                Message::System("You answer.".into()),
                Message::User(text.into()),
                said(text),
                Message::User("more".into()),
            ];
            let turn = Turn { messages, ..Turn::default() };
            let counted = talker.count_turn(&turn).unwrap();
            let budget = Budget { tokens: 1, deadline: Instant::now() + Duration::from_secs(120) };
            let request = TurnRequest { turn, budget, priority: Priority::Chat, cancel: CancelToken::new() };
            let read = talker.converse(request).iter().find_map(|event| match event {
                Ok(Event::Done(finish)) => Some(finish.usage.prompt),
                _ => None,
            });
            assert_eq!(read, Some(counted as u32), "{text:?}");
        }
    }
}
