//! How long a completion waits that is asked for in the middle of an answer in a conversation: where that gives way, and where
//! it does not, in turn on one engine.

use anyhow::{Context, Result, ensure};
use std::time::{Duration, Instant};
use trust_engine::Engine;
use trust_inference::{Budget, Constraint, Control, Event, Model, Priority, Prompt, Request};

const ROUNDS: usize = 7;
/// Tokens of an answer in a conversation, and of the document that is typed in.
const ANSWER: u32 = 64;
const DOCUMENT: usize = 300;

/// Rows of a table.
pub fn table(engine: &Engine) -> Result<String> {
    let source = include_str!("replay.rs");
    let letters = DOCUMENT * source.len() / engine.count_tokens(source).max(1);
    let document: String = source.chars().take(letters).collect();
    first_text(engine, &document, 0)?;
    // In the order of the rows: alone, where it gives way, where the answer is as urgent as the completion.
    let mut times: [Vec<f64>; 3] = Default::default();
    for round in 1..=ROUNDS {
        times[0].push(first_text(engine, &document, 3 * round)?);
        for (row, priority) in [(1, Priority::Chat), (2, Priority::Typing)] {
            let events = engine.generate(conversation(priority));
            while !matches!(events.recv().context("no answer")??, Event::Text { .. }) {}
            times[row].push(first_text(engine, &document, 3 * round + row)?);
            let end = events.into_iter().last().context("no end")??;
            ensure!(
                matches!(&end, Event::Done(end) if end.usage.generated > ANSWER / 2),
                "too short: {end:?}"
            );
        }
    }
    let name = &engine.card().name;
    let mut text = format!("|{name}: first text of a completion, ms|median|longest|\n|---|--:|--:|\n");
    let rows = ["alone", "in the middle of an answer", "in the middle of one that does not give way"];
    for (row, times) in rows.iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        text.push_str(&format!("|{row}|{:.0}|{:.0}|\n", times[ROUNDS / 2], times[ROUNDS - 1]));
    }
    let halves = times[2][ROUNDS / 2] / times[1][ROUNDS / 2];
    Ok(text + &format!("|so much sooner|{halves:.1} times||\n"))
}

/// Milliseconds until the first text behind `document` and a key that is typed there.
fn first_text(engine: &Engine, document: &str, key: usize) -> Result<f64> {
    let mut prompt = Prompt::default();
    prompt.control(Control::FimPrefix).text(format!("{document}{key}"));
    let start = Instant::now();
    let events = engine.generate(request(prompt, None, 4, Priority::Typing));
    let mut first = None;
    for event in events {
        if matches!(event?, Event::Text { .. }) {
            first = first.or(Some(start.elapsed()));
        }
    }
    Ok(first.unwrap_or_else(|| start.elapsed()).as_secs_f64() * 1000.0)
}

fn conversation(priority: Priority) -> Request {
    let mut prompt = Prompt::default();
    prompt.text("What does the function do, and who calls it?");
    // Weights of chance may end an answer at once.
    let form = Constraint::Regex("[a-z ]{20,2000}".into());
    request(prompt, Some(form), ANSWER, priority)
}

fn request(prompt: Prompt, constraint: Option<Constraint>, tokens: u32, priority: Priority) -> Request {
    let budget = Budget { tokens, deadline: Instant::now() + Duration::from_secs(3600) };
    Request { constraint, ..Request::new(prompt, budget, priority) }
}
