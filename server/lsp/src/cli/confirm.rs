//! A question that is answered with yes or no.

use anyhow::bail;
use std::io::{BufRead, IsTerminal, Write};

/// Whether the user says yes at the terminal; an error where there is nobody to ask, who would have said `--yes`.
pub fn confirmed(question: &str) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        bail!("{question}? there is nobody to ask; `--yes` says so");
    }
    eprint!("{question}? [y]es, [n]o: ");
    std::io::stderr().flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}
