//! How fast a model reads and writes, on this machine, and on what is measured how well it foretells.

use std::time::{Duration, Instant};
use trust_inference::{Budget, Event, InferenceError, Model, Priority, Prompt, Request, Usage};

/// Tokens to read, at most half of what the model holds, and to write. Three rounds show whether one was an accident.
const READ: usize = 512;
const WRITE: u32 = 64;
const ROUNDS: usize = 3;
/// Of a model that is slower than this nothing more need be known.
const PATIENCE: Duration = Duration::from_secs(120);
/// Rust, TypeScript and Python of this program, in which no model of others was trained. It does not change with the program, so
/// measures of different versions compare.
pub const SAMPLE: &str = include_str!("../quality/sample.txt");
/// A text to read, repeated.
const TEXT: &str = "\
/// The widest line of `text`, in columns.
pub fn width(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}
";

/// Tokens a second, the medians of the rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speed {
    /// Tokens of a prompt read a second, and how long that prompt was.
    pub prefill: f64,
    pub prompt: u32,
    /// Tokens written a second; nothing of a model that ends at once.
    pub decode: Option<f64>,
}

/// Has `model` read and write. Each round reads another text, so that nothing is known already.
///
/// # Errors
/// The model fails.
pub fn speed(model: &dyn Model) -> Result<Speed, InferenceError> {
    let wanted = READ.min(model.card().context_length as usize / 2);
    let times = wanted / model.count_tokens(TEXT).max(1);
    let (mut prefill, mut decode, mut prompt) = (Vec::new(), Vec::new(), 0);
    for round in 0..ROUNDS {
        let text = format!("// Part {round} of {ROUNDS}.\n{}", TEXT.repeat(times.max(1)));
        let usage = generate(model, &text)?;
        prompt = usage.prefilled;
        let wrote = usage.total.saturating_sub(usage.first);
        // The first token comes with the reading, so it takes no time of its own.
        prefill.push(f64::from(usage.prefilled) / usage.first.as_secs_f64().max(1e-9));
        if usage.generated > 1 && wrote > Duration::ZERO {
            decode.push(f64::from(usage.generated - 1) / wrote.as_secs_f64());
        }
    }
    let prefill = median(&mut prefill).unwrap_or_default();
    Ok(Speed { prefill, prompt, decode: median(&mut decode) })
}

fn generate(model: &dyn Model, text: &str) -> Result<Usage, InferenceError> {
    let mut prompt = Prompt::default();
    prompt.text(text);
    let events = model.generate(Request::new(
        prompt,
        Budget { tokens: WRITE, deadline: Instant::now() + PATIENCE },
        Priority::Chat,
    ));
    for event in events {
        if let Event::Done(finish) = event? {
            let mut usage = finish.usage;
            if usage.first.is_zero() {
                usage.first = usage.total;
            }
            return Ok(usage);
        }
    }
    Err(InferenceError::Gone)
}

fn median(sample: &mut [f64]) -> Option<f64> {
    sample.sort_by(f64::total_cmp);
    sample.get(sample.len() / 2).copied()
}
