//! Long answers through the user's pager. The repository's own configuration has no say in which program runs.

use std::io::{ErrorKind, Write};
use std::process::{Command, Stdio};

/// Shows `text` page by page; false where there is no pager, and nothing was shown.
pub fn page(text: &str) -> bool {
    #[allow(clippy::disallowed_methods, reason = "the command line reads the environment")]
    let named = ["GIT_PAGER", "PAGER"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|pager| !pager.is_empty()));
    let pager = named.unwrap_or_else(|| "less".into());
    let mut words = pager.split_whitespace();
    let Some(program) = words.next().filter(|program| *program != "cat") else { return false };
    let mut command = Command::new(program);
    // As git does: colours, and out of the way of what fits on one page.
    command.args(words).stdin(Stdio::piped()).env("LESS", "FRX");
    let Ok(mut child) = command.spawn() else { return false };
    if let Some(mut input) = child.stdin.take()
        && let Err(error) = input.write_all(text.as_bytes())
        && error.kind() != ErrorKind::BrokenPipe
    {
        tracing::debug!(%error, "the pager stopped reading");
    }
    child.wait().is_ok()
}
