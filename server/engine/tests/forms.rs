//! Answers of a form, by the bundled model: well-formed and valid whatever the budget, never without the form, and
//! ended by whoever does not want them any more.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "the helpers of tests may fail them"
)]

use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use trust_constraint::{Validator, samples};
use trust_engine::{Engine, EngineOptions};
use trust_inference::{
    Budget, Completion, Constraint, Event, Finish, FinishReason, InferenceError, Model, Priority, Prompt,
    Request,
};

fn engine() -> Engine {
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/bundled/nano.gguf");
    Engine::load(&bundled, EngineOptions { context: 1024, ..EngineOptions::default() }).unwrap()
}

fn request(prompt: &str, constraint: Option<Constraint>, tokens: u32) -> Request {
    let mut text = Prompt::default();
    text.text(prompt);
    let budget = Budget { tokens, deadline: Instant::now() + Duration::from_secs(120) };
    Request { constraint, ..Request::new(text, budget, Priority::Chat) }
}

fn answer(engine: &Engine, request: Request) -> Result<(String, Finish), InferenceError> {
    let mut text = String::new();
    for event in engine.generate(request) {
        match event? {
            Event::Text { text: more, .. } => text.push_str(&more),
            Event::Done(finish) => return Ok((text, finish)),
            _ => {}
        }
    }
    Err(InferenceError::Gone)
}

#[test]
fn answers_fit_their_schema_with_any_budget() {
    let engine = engine();
    let (mut natural, mut closed, mut refused) = (0, 0, 0);
    for seed in 0..240 {
        let schema = samples::schema(seed);
        let validator = Validator::new(&schema).unwrap();
        let budgets: Vec<u32> =
            if seed % 60 == 7 { (1..72).collect() } else { vec![[16, 32, 64, 96][seed as usize % 4]] };
        for budget in budgets {
            let form = Some(Constraint::JsonSchema(schema.clone()));
            match answer(&engine, request(&format!("let call{seed} = "), form, budget)) {
                Ok((text, finish)) => {
                    let value: Value = serde_json::from_str(&text)
                        .unwrap_or_else(|error| panic!("{seed} {budget} {error} {finish:?} {text}"));
                    assert_eq!(validator.fault(&value), None, "{seed} {budget} {text}");
                    assert!(finish.usage.generated <= budget, "{finish:?}");
                    match finish.completion {
                        Completion::Natural => natural += 1,
                        Completion::Forced { .. } => closed += 1,
                        Completion::Truncated => panic!("{seed} {budget} {text}"),
                    }
                }
                Err(InferenceError::BudgetTooSmall { needed, .. }) => {
                    assert!(needed > budget);
                    refused += 1;
                }
                Err(error) => panic!("{seed} {budget} {error}"),
            }
        }
    }
    println!("{natural} ended by themselves, {closed} were closed, {refused} budgets were too small");
    assert!(natural > 50 && closed > 50 && refused > 20, "{natural} {closed} {refused}");
}

#[test]
fn what_a_form_cannot_be_is_an_error_and_never_an_answer_without_it() {
    let engine = engine();
    let cases = [
        Constraint::JsonSchema(json!({"not": {"type": "string"}})),
        Constraint::Regex("(?=look)ahead".into()),
        Constraint::Lark { grammar: "start: <no_such_token>".into(), closers: Vec::new() },
    ];
    for form in cases {
        let result = answer(&engine, request("fn main", Some(form.clone()), 20));
        assert!(matches!(result, Err(InferenceError::Constraint(_))), "{form:?} {result:?}");
    }
    // The engine is well afterwards, and what has no form is as it was before.
    let (plain, finish) = answer(&engine, request("fn main", None, 12)).unwrap();
    let (shaped, _) =
        answer(&engine, request("fn main", Some(Constraint::Regex("(feat|fix): [a-z ]{3,9}".into())), 20))
            .unwrap();
    assert!(shaped.starts_with("feat: ") || shaped.starts_with("fix: "), "{shaped:?}");
    let (again, _) = answer(&engine, request("fn main", None, 12)).unwrap();
    assert_eq!(plain, again);
    assert!(!finish.completion.is_whole() || finish.reason == FinishReason::EndOfText);
    // A form that says all in advance costs no choice, and its end is known without another decode call.
    let (text, finish) =
        answer(&engine, request("fn main", Some(Constraint::Regex("yes".into())), 20)).unwrap();
    assert_eq!((text.as_str(), finish.completion), ("yes", Completion::Natural));
}

/// As deep as a JSON text can bring one.
#[test]
fn a_schema_may_be_nested_deeply() {
    let engine = engine();
    let object = |inner: Value, _: u32| json!({"type": "object", "properties": {"a": inner}, "required": ["a"], "additionalProperties": false});
    let schema = (0..60).fold(json!({"type": "boolean"}), object);
    let (text, _) = answer(&engine, request("x", Some(Constraint::JsonSchema(schema.clone())), 700)).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(Validator::new(&schema).unwrap().fault(&value), None, "{text}");
}

#[test]
fn an_answer_with_a_form_is_cancelled_at_any_token() {
    let engine = engine();
    // Long enough that it is always under way: a list of very many numbers.
    let schema = json!({"type": "array", "items": {"type": "integer"}, "minItems": 200, "maxItems": 900});
    for round in 0..12 {
        let request = request("let numbers = ", Some(Constraint::JsonSchema(schema.clone())), 1000);
        let request = Request { budget: Budget { tokens: 900, ..request.budget }, ..request };
        let cancel = request.cancel.clone();
        let events = engine.generate(request);
        std::thread::sleep(Duration::from_millis(4 * round));
        cancel.cancel();
        let last = events.into_iter().last();
        let Some(Ok(Event::Done(finish))) = &last else { panic!("{last:?}") };
        assert_eq!((finish.reason, finish.completion), (FinishReason::Cancelled, Completion::Truncated));
    }
}
