//! The ratchet: what has been reached may not be lost by more than the noise.

use crate::report::exact_match;
use crate::run::Row;
use anyhow::{Context, Result, bail};
use std::path::Path;

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratchet {
    /// How many tasks are run.
    pub tasks: usize,
    /// The share that was exactly right when the figure was written.
    pub exact_match: f64,
    /// How much less is noise.
    pub tolerance: f64,
}

impl Ratchet {
    pub fn read(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is no ratchet", path.display()))
    }

    pub fn check(&self, rows: &[Row]) -> Result<String> {
        let found = exact_match(rows.iter()).context("no task was run")?;
        if found.count < self.tasks {
            bail!("only {} of {} tasks were run", found.count, self.tasks);
        }
        let text = format!(
            "exact match {:.1} % of {} tasks; the ratchet holds {:.1} %, less {:.1} of noise",
            100.0 * found.mean,
            found.count,
            100.0 * self.exact_match,
            100.0 * self.tolerance
        );
        if found.mean < self.exact_match - self.tolerance {
            bail!("completions got worse: {text}");
        }
        Ok(text)
    }
}
