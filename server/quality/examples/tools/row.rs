//! One measured number, and what is asked of it.

use serde_json::{Value, json};
use std::time::Duration;

pub enum Measure {
    /// So many of so many.
    Count(u64, u64),
    Milliseconds(f64),
    Percent(f64),
}

pub enum Asked {
    Nothing,
    /// All of them: anything less is a fault.
    All,
    /// At most so much. Times depend on the machine and on what else it does, so a miss is no failure.
    AtMost(f64),
}

pub struct Row {
    name: String,
    measure: Measure,
    asked: Asked,
}

impl Row {
    pub fn new(name: impl Into<String>, measure: Measure, asked: Asked) -> Self {
        Self { name: name.into(), measure, asked }
    }

    /// A percentile of `times`; none of no times.
    pub fn percentile(
        name: impl Into<String>,
        times: &mut [Duration],
        share: f64,
        asked: Asked,
    ) -> Option<Self> {
        times.sort_unstable();
        let index = (times.len() as f64 * share) as usize;
        let time = times.get(index.min(times.len().saturating_sub(1)))?;
        Some(Self::new(name, Measure::Milliseconds(time.as_secs_f64() * 1e3), asked))
    }

    pub fn is_broken(&self) -> bool {
        matches!((&self.measure, &self.asked), (Measure::Count(done, of), Asked::All) if done != of)
    }

    pub fn line(&self) -> String {
        let (measured, unit) = match self.measure {
            Measure::Count(done, of) if done == of || of == 0 => (format!("{done} of {of}"), ""),
            Measure::Count(done, of) => {
                (format!("{done} of {of} ({:.2} %)", 100.0 * done as f64 / of as f64), "")
            }
            Measure::Milliseconds(time) => (format!("{time:.2} ms"), " ms"),
            Measure::Percent(share) => (format!("{share:.1} %"), " %"),
        };
        let asked = match self.asked {
            Asked::Nothing => String::new(),
            Asked::All => "all".into(),
            Asked::AtMost(limit) => format!("at most {limit}{unit}"),
        };
        format!("| {} | {measured} | {asked} |", self.name)
    }

    pub fn json(&self) -> Value {
        let mut value = match self.measure {
            Measure::Count(done, of) => json!({"name": self.name, "count": done, "of": of}),
            Measure::Milliseconds(time) => json!({"name": self.name, "milliseconds": time}),
            Measure::Percent(share) => json!({"name": self.name, "percent": share}),
        };
        match self.asked {
            Asked::Nothing => {}
            Asked::All => value["asked"] = "all".into(),
            Asked::AtMost(limit) => value["asked"] = json!({ "at_most": limit }),
        }
        value
    }
}
