//! What happened at the door, and what was counted of all this user's processes, in the text format of Prometheus: numbers, no code,
//! no paths.

use crate::assistant::{Assistant, cache_folder};
use crate::stats::{self, Store};
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the histogram of fills, in milliseconds.
const BOUNDS: [u64; 10] = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

#[derive(Default)]
pub struct Counts {
    shown: AtomicU64,
    quiet: AtomicU64,
    written: AtomicU64,
    talks: AtomicU64,
    said: AtomicU64,
    failed: AtomicU64,
    /// One more than there are bounds, each with those below it left out.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    microseconds: AtomicU64,
}

impl Counts {
    pub fn filled(&self, shown: bool, tokens: u32, took: Duration) {
        add(if shown { &self.shown } else { &self.quiet }, 1);
        add(&self.written, tokens.into());
        let milliseconds = took.as_micros().div_ceil(1000) as u64;
        let bucket = BOUNDS.iter().position(|bound| milliseconds <= *bound).unwrap_or(BOUNDS.len());
        add(&self.buckets[bucket], 1);
        add(&self.microseconds, took.as_micros() as u64);
    }

    pub fn talked(&self, tokens: u32) {
        add(&self.talks, 1);
        add(&self.said, tokens.into());
    }

    pub fn failed(&self) {
        add(&self.failed, 1);
    }

    pub fn text(&self, assistant: &Assistant) -> String {
        let counters = assistant.counters();
        let rows = [
            ("completions_total{answer=\"shown\"}", get(&self.shown)),
            ("completions_total{answer=\"quiet\"}", get(&self.quiet)),
            ("completion_tokens_total", get(&self.written)),
            ("completion_model_calls_total", counters.to_model),
            ("prompt_tokens_read_total", counters.prefilled),
            ("chat_answers_total", get(&self.talks)),
            ("chat_tokens_total", get(&self.said)),
            ("failures_total", get(&self.failed)),
        ];
        let (mut text, mut last) = (String::new(), "");
        for (name, value) in rows {
            let bare = name.split('{').next().unwrap_or(name);
            if bare != last {
                // A string takes all that is written to it.
                let _ = writeln!(text, "# TYPE trust_lsp_{bare} counter");
                last = bare;
            }
            let _ = writeln!(text, "trust_lsp_{name} {value}");
        }
        let name = "trust_lsp_completion_seconds";
        let _ = writeln!(text, "# TYPE {name} histogram");
        let mut below = 0;
        for (bucket, bound) in self.buckets.iter().zip(BOUNDS) {
            below += get(bucket);
            let _ = writeln!(text, "{name}_bucket{{le=\"{}\"}} {below}", bound as f64 / 1e3);
        }
        let all = below + get(&self.buckets[BOUNDS.len()]);
        let seconds = get(&self.microseconds) as f64 / 1e6;
        let _ =
            writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {all}\n{name}_sum {seconds}\n{name}_count {all}");
        if let Some(cache) = cache_folder() {
            text += &stats::metrics(&Store::read(&stats::folder(&cache)));
        }
        text
    }
}

fn add(to: &AtomicU64, count: u64) {
    to.fetch_add(count, Ordering::Relaxed);
}

fn get(from: &AtomicU64) -> u64 {
    from.load(Ordering::Relaxed)
}
