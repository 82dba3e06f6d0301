//! Long answers: in a terminal through the user's pager, in colours, as git has it; else as they come. The repository's own
//! configuration has no say in which program runs.

use std::io::{IsTerminal, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use trust_inference::CancelToken;

/// What is shown piece by piece.
pub struct Screen<'a> {
    pager: Option<Pager>,
    terminal: bool,
    cancel: &'a CancelToken,
}

impl<'a> Screen<'a> {
    /// Who leaves the pager has read enough, and raises `cancel`.
    pub fn open(paged: bool, cancel: &'a CancelToken) -> Self {
        let terminal = std::io::stdout().is_terminal();
        Self { pager: if terminal && paged { Pager::start() } else { None }, terminal, cancel }
    }

    /// Not where the user has none (https://no-color.org), or the terminal.
    pub fn has_colours(&self) -> bool {
        let (unwanted, terminal) = (variable("NO_COLOR"), variable("TERM"));
        self.terminal
            && unwanted.is_none_or(|value| value.is_empty())
            && terminal.is_none_or(|name| name != "dumb")
    }

    pub fn show(&mut self, text: &str) {
        match &mut self.pager {
            Some(pager) => {
                let written = pager.input.write_all(text.as_bytes()).and_then(|()| pager.input.flush());
                if written.is_err() {
                    self.cancel.cancel();
                }
            }
            None => {
                print!("{text}");
                let _ = std::io::stdout().flush();
            }
        }
    }

    /// Waits until the pager was left.
    pub fn close(self) {
        let Some(Pager { mut child, input }) = self.pager else { return };
        drop(input);
        if let Err(error) = child.wait() {
            tracing::debug!(%error, "the pager cannot be waited for");
        }
    }
}

struct Pager {
    child: Child,
    input: ChildStdin,
}

impl Pager {
    /// `None` where there is none.
    fn start() -> Option<Self> {
        let (program, arguments) = chosen(variable("GIT_PAGER"), variable("PAGER"))?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped());
        // As git does: colours, and out of the way of what fits on one page, unless the user has said how.
        for (name, value) in [("LESS", "FRX"), ("LV", "-c")] {
            if variable(name).is_none() {
                command.env(name, value);
            }
        }
        let mut child = command.spawn().ok()?;
        let input = child.stdin.take()?;
        Some(Self { child, input })
    }
}

/// The program and its arguments. The first that is set counts; where it is empty, or `cat`, nothing is paged.
fn chosen(of_git: Option<String>, own: Option<String>) -> Option<(String, Vec<String>)> {
    let pager = of_git.or(own).unwrap_or_else(|| "less".into());
    let mut words = pager.split_whitespace().map(str::to_owned);
    let program = words.next().filter(|program| program != "cat")?;
    Some((program, words.collect()))
}

#[allow(clippy::disallowed_methods, reason = "the command line reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn the_pager_is_the_one_that_git_would_take() {
        let cases: [(Option<&str>, Option<&str>, &[&str]); 7] = [
            (None, None, &["less"]),
            (None, Some("most -w"), &["most", "-w"]),
            (Some("less -S"), Some("most"), &["less", "-S"]),
            (Some(""), Some("most"), &[]),
            (Some("cat"), Some("most"), &[]),
            (None, Some(""), &[]),
            (None, Some("  "), &[]),
        ];
        for (of_git, own, expected) in cases {
            let found = chosen(of_git.map(str::to_owned), own.map(str::to_owned));
            let words: Vec<String> =
                found.map(|(program, rest)| [vec![program], rest].concat()).unwrap_or_default();
            assert_eq!(words, expected, "{of_git:?} {own:?}");
        }
    }
}
