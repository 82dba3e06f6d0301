//! How soon the engine is idle when a request is cancelled while its prompt is read: at places all over the prompt, what is
//! before each being read already, so that it takes one reading of the whole and not a hundred.

use anyhow::{Context, Result, ensure};
use std::fmt::Write as _;
use std::time::{Duration, Instant};
use trust_engine::Engine;
use trust_inference::{Budget, CancelToken, Control, Event, FinishReason, Model, Priority, Prompt, Request};

const CANCELS: usize = 100;
/// Tokens of the prompt, where the model holds so many.
const PROMPT: usize = 4000;
/// How much of it is read before the last cancel, and how long the reading goes on before each.
const LAST: f64 = 0.9;
const GOING: Duration = Duration::from_millis(200);
/// Tokens that the context holds beside it.
const SPARE: usize = 64;

/// Cancels at `CANCELS` places; returns rows of a table.
pub fn table(engine: &Engine) -> Result<String> {
    let tokens = PROMPT.min(engine.card().context_length as usize - SPARE);
    let source = include_str!("replay.rs").repeat(8);
    let ratio = source.len() as f64 / engine.count_tokens(&source) as f64;
    let text: Vec<char> = source.chars().take((tokens as f64 * ratio) as usize).collect();
    let mut dice = fastrand::Rng::with_seed(1);
    let start = Instant::now();
    let mut times = Vec::new();
    for number in 0..CANCELS {
        let read = (text.len() as f64 * LAST * (number + 1) as f64 / CANCELS as f64) as usize;
        let before: String = text[..read].iter().collect();
        let end = engine.generate(request(&before)).into_iter().last();
        ensure!(matches!(end, Some(Ok(Event::Done(_)))), "the prompt was not read: {end:?}");
        // Unlike all other prompts from there on.
        let behind: String = text[read..].iter().collect();
        let request = request(&format!("{before}\n{number}\n{behind}"));
        let cancel: CancelToken = request.cancel.clone();
        let events = engine.generate(request);
        std::thread::sleep(GOING.mul_f64(dice.f64()));
        let start = Instant::now();
        cancel.cancel();
        let end = events.into_iter().last().context("no end")??;
        let time = start.elapsed().as_secs_f64() * 1000.0;
        // Else it was faster than the cancel, as where little is left to read.
        if matches!(end, Event::Done(finish) if finish.reason == FinishReason::Cancelled) {
            times.push(time);
        }
    }
    ensure!(times.len() >= CANCELS / 2, "prompts are read faster than they can be cancelled");
    let whole = start.elapsed();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let mut text = format!(
        "|{}: cancelled while a prompt of {tokens} tokens is read||\n|---|--:|\n",
        engine.card().name
    );
    let _ = writeln!(text, "|cancels|{}|", times.len());
    let _ = writeln!(text, "|all of it took, s|{:.0}|", whole.as_secs_f64());
    let _ = writeln!(
        text,
        "|until the engine is idle, p50 / p95 / p99, ms|{:.1} / {:.1} / {:.1}|",
        at(0.5),
        at(0.95),
        at(0.99)
    );
    Ok(text)
}

fn request(text: &str) -> Request {
    let mut prompt = Prompt::default();
    prompt.control(Control::FimPrefix).text(text);
    let budget = Budget { tokens: 1, deadline: Instant::now() + Duration::from_secs(300) };
    Request::new(prompt, budget, Priority::Typing)
}
