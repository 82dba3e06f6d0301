//! Long answers through the user's pager. The repository's own configuration has no say in which program runs.

use std::io::Write;
use std::process::{Child, ChildStdin, Command, Stdio};

/// A pager that is shown to piece by piece.
pub struct Pager {
    child: Child,
    input: Option<ChildStdin>,
}

impl Pager {
    /// `None` where there is none.
    pub fn start() -> Option<Self> {
        #[allow(clippy::disallowed_methods, reason = "the command line reads the environment")]
        let named = ["GIT_PAGER", "PAGER"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|pager| !pager.is_empty()));
        let pager = named.unwrap_or_else(|| "less".into());
        let mut words = pager.split_whitespace();
        let program = words.next().filter(|program| *program != "cat")?;
        let mut command = Command::new(program);
        // As git does: colours, and out of the way of what fits on one page.
        command.args(words).stdin(Stdio::piped()).env("LESS", "FRX");
        let mut child = command.spawn().ok()?;
        let input = child.stdin.take();
        Some(Self { child, input })
    }

    /// Waits until it was left.
    pub fn end(mut self) {
        drop(self.input.take());
        if let Err(error) = self.child.wait() {
            tracing::debug!(%error, "the pager cannot be waited for");
        }
    }
}

impl Write for Pager {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match &mut self.input {
            Some(input) => input.write(bytes),
            None => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.input.as_mut().map_or(Ok(()), Write::flush)
    }
}
