//! How soon the engine is idle when a request is cancelled while its prompt is read.

use anyhow::{Context, Result, ensure};
use std::fmt::Write as _;
use std::time::{Duration, Instant};
use trust_engine::Engine;
use trust_inference::{Budget, CancelToken, Control, Event, FinishReason, Model, Priority, Prompt, Request};

const CANCELS: usize = 100;
/// Tokens of the prompt, where the model holds so many.
const PROMPT: usize = 4000;
/// Tokens that the context holds beside it.
const SPARE: usize = 64;

/// Cancels somewhere in the first four fifths of prompts; returns rows of a table.
pub fn table(engine: &Engine) -> Result<String> {
    let tokens = PROMPT.min(engine.card().context_length as usize - SPARE);
    let source = include_str!("replay.rs").repeat(8);
    let mut dice = fastrand::Rng::with_seed(1);
    let whole = {
        let start = Instant::now();
        let end = engine.generate(request(engine, &source, tokens, 0)).into_iter().last();
        ensure!(matches!(end, Some(Ok(Event::Done(_)))), "the prompt was not read: {end:?}");
        start.elapsed()
    };
    let mut times = Vec::new();
    let mut beside = 0;
    while times.len() < CANCELS {
        engine.forget();
        let request = request(engine, &source, tokens, times.len() + beside + 1);
        let cancel: CancelToken = request.cancel.clone();
        let events = engine.generate(request);
        std::thread::sleep(whole.mul_f64(dice.f64() * 0.8));
        let start = Instant::now();
        cancel.cancel();
        let end = events.into_iter().last().context("no end")??;
        let time = start.elapsed().as_secs_f64() * 1000.0;
        match end {
            Event::Done(finish) if finish.reason == FinishReason::Cancelled => times.push(time),
            // It was faster than the cancel.
            _ => beside += 1,
        }
        ensure!(beside < CANCELS, "prompts are read faster than they can be cancelled");
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let mut text = format!(
        "|{}: cancelled while a prompt of {tokens} tokens is read||\n|---|--:|\n",
        engine.card().name
    );
    let _ = writeln!(text, "|cancels|{}|", times.len());
    let _ = writeln!(text, "|reading all of it, ms|{:.0}|", whole.as_secs_f64() * 1000.0);
    let _ = writeln!(
        text,
        "|until the engine is idle, p50 / p95 / p99, ms|{:.1} / {:.1} / {:.1}|",
        at(0.5),
        at(0.95),
        at(0.99)
    );
    Ok(text)
}

/// A prompt of about so many tokens, unlike those of other numbers from its first token on.
fn request(engine: &Engine, source: &str, tokens: usize, number: usize) -> Request {
    let ratio = source.len() as f64 / engine.count_tokens(source) as f64;
    let text: String = source.chars().take((tokens as f64 * ratio) as usize).collect();
    let mut prompt = Prompt::default();
    prompt.control(Control::FimPrefix).text(format!("{number}\n{text}"));
    Request {
        prompt,
        draft: String::new(),
        prior: None,
        heal: 0,
        constraint: None,
        visible: Vec::new(),
        stop: Vec::new(),
        budget: Budget { tokens: 1, deadline: Instant::now() + Duration::from_secs(300) },
        candidates: 1,
        priority: Priority::Typing,
        cancel: CancelToken::new(),
    }
}
