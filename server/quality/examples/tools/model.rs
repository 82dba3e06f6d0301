//! With a model: its answers fit their schema, of ours and of those that others collected, what holding them to it costs beside
//! decoding them, and how soon a cancelled one ends.

use crate::data::{Record, Tests};
use crate::row::{Asked, Measure, Row};
use anyhow::{Result, bail};
use std::path::Path;
use std::time::{Duration, Instant};
use trust_constraint::samples::{Random, schema};
use trust_constraint::{Validator, bounded};
use trust_engine::{Engine, EngineOptions};
use trust_inference::{
    Budget, Completion, Constraint, Event, Finish, InferenceError, Model, Priority, Prompt, Request,
};

/// Tokens that an answer may take: what a call of a tool takes.
const TOKENS: u32 = 128;
/// The same for schemas of others, which ask for more.
const MORE_TOKENS: u32 = 400;
/// How an answer that is no valid one is told of.
const LEFT: &str = "the answer left its schema";
/// The cost that is asked for is a share of what a model of this size takes.
const MEDIUM: u64 = 90_000_000;

pub fn measure(path: &Path, answers: u64) -> Result<Vec<Row>> {
    let engine = Engine::load(path, EngineOptions { context: 1024, ..EngineOptions::default() })?;
    let (name, parameters) = (engine.card().name.clone(), engine.card().parameters);
    // The grammar engine is built once a model, for the first answer that has a form.
    answer(&engine, request(0, Some(Constraint::JsonSchema(schema(0)))))?;
    let (mut given, mut valid, mut refused) = (0, 0, 0);
    let (mut form, mut total, mut free) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    for seed in 0..answers {
        let schema = schema(seed);
        let validator = Validator::new(&schema)?;
        given += 1;
        match answer(&engine, request(seed, Some(Constraint::JsonSchema(schema)))) {
            Ok((text, finish)) => {
                let value = serde_json::from_str(&text);
                let fits = value.is_ok_and(|value| validator.fault(&value).is_none());
                valid += u64::from(fits && finish.completion != Completion::Truncated);
                (form, total) = (form + finish.usage.form, total + finish.usage.total);
            }
            Err(InferenceError::BudgetTooSmall { .. }) => refused += 1,
            Err(error) => bail!("schema {seed}: {error}"),
        }
        free += answer(&engine, request(seed, None))?.1.usage.form;
    }
    let decode = total.saturating_sub(form).as_secs_f64();
    let cost = Measure::Percent(100.0 * form.as_secs_f64() / decode.max(f64::EPSILON));
    let asked = if parameters < MEDIUM { Asked::Nothing } else { Asked::AtMost(5.0) };
    let mut rows = vec![
        Row::new(
            format!("{name}: valid or refused at once"),
            Measure::Count(valid + refused, given),
            Asked::All,
        ),
        Row::new(format!("{name}: what the form costs, of decode time"), cost, asked),
        Row::new(
            format!("{name}: what a free answer pays for forms"),
            Measure::Milliseconds(free.as_secs_f64() * 1e3),
            Asked::AtMost(0.0),
        ),
    ];
    let mut cancelled = cancels(&engine, answers.min(200))?;
    let name = format!("{name}: end after a cancel, p99");
    rows.extend(Row::percentile(name, &mut cancelled, 0.99, Asked::AtMost(50.0)));
    Ok(rows)
}

/// Whether its answers fit schemas that others collected: so many of each set, from all over it.
pub fn over(path: &Path, records: &[&Record], answers: u64) -> Result<Vec<Row>> {
    let engine = Engine::load(path, EngineOptions { context: 1024, ..EngineOptions::default() })?;
    let name = &engine.card().name;
    let mut rows = Vec::new();
    for (set, is_of_functions) in [("functions", true), ("MaskBench", false)] {
        let of_set = records.iter().filter(|one| matches!(one.tests, Tests::Function) == is_of_functions);
        let of_set: Vec<_> = of_set.collect();
        let step = of_set.len().div_ceil(answers.max(1) as usize).max(1);
        let (mut given, mut valid, mut refused, mut unknown) = (0, 0, 0, 0);
        for (seed, record) in of_set.iter().step_by(step).enumerate() {
            // As the suite without a model has it.
            let schema = if is_of_functions { bounded(&record.schema) } else { record.schema.clone() };
            let Ok(validator) = Validator::new(&record.schema) else {
                unknown += 1;
                continue;
            };
            let request = request(seed as u64, Some(Constraint::JsonSchema(schema)));
            let request = Request { budget: Budget { tokens: MORE_TOKENS, ..request.budget }, ..request };
            match answer(&engine, request) {
                Ok((text, finish)) => {
                    given += 1;
                    let value = serde_json::from_str(&text);
                    let fits = value.is_ok_and(|value| validator.fault(&value).is_none());
                    valid += u64::from(fits && finish.completion != Completion::Truncated);
                }
                Err(InferenceError::BudgetTooSmall { .. }) => refused += 1,
                Err(InferenceError::Constraint(why)) if why.starts_with(LEFT) => given += 1,
                Err(InferenceError::Constraint(_)) => unknown += 1,
                Err(error) => bail!("{}: {error}", record.name),
            }
        }
        if of_set.is_empty() {
            continue;
        }
        let row = |what: &str, done, of, asked| {
            Row::new(format!("{name}, {set}: {what}"), Measure::Count(done, of), asked)
        };
        let tried = given + refused + unknown;
        rows.push(row("valid or refused at once", valid + refused, given + refused, Asked::All));
        rows.push(row("schemas that it cannot be held to", unknown, tried, Asked::Nothing));
    }
    Ok(rows)
}

/// How long answers took to end once they were cancelled, at any moment of theirs.
fn cancels(engine: &Engine, count: u64) -> Result<Vec<Duration>> {
    let numbers = serde_json::json!({"type": "array", "items": {"type": "integer"}, "minItems": 90});
    let mut times = Vec::new();
    let mut random = Random::new(1);
    for seed in 0..count {
        let request = request(seed, Some(Constraint::JsonSchema(numbers.clone())));
        let request = Request { budget: Budget { tokens: 900, ..request.budget }, ..request };
        let cancel = request.cancel.clone();
        let events = engine.generate(request);
        std::thread::sleep(Duration::from_micros(random.below(120_000)));
        let start = Instant::now();
        cancel.cancel();
        events.into_iter().last();
        times.push(start.elapsed());
    }
    Ok(times)
}

fn request(seed: u64, constraint: Option<Constraint>) -> Request {
    let mut prompt = Prompt::default();
    prompt.text(format!("// Call number {seed}\nlet arguments = "));
    let budget = Budget { tokens: TOKENS, deadline: Instant::now() + Duration::from_secs(600) };
    Request { constraint, ..Request::new(prompt, budget, Priority::Chat) }
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
