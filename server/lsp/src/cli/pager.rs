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
    /// With the pager that `configured` names, where no variable does. Who leaves it has read enough, and raises `cancel`.
    pub fn open(paged: bool, configured: Option<String>, cancel: &'a CancelToken) -> Self {
        let terminal = std::io::stdout().is_terminal();
        Self { pager: if terminal && paged { Pager::start(configured) } else { None }, terminal, cancel }
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
    fn start(configured: Option<String>) -> Option<Self> {
        let named = variable("GIT_PAGER").or(configured).or_else(|| variable("PAGER"));
        let (program, arguments) = spelled(&named.unwrap_or_else(|| "less".into()))?;
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

/// The program and its arguments. Where it is empty, or `cat`, nothing is paged; what only a shell understands is left to one.
fn spelled(pager: &str) -> Option<(String, Vec<String>)> {
    if pager.contains(|c: char| "|&;<>()$`\\\"'*?[#~".contains(c)) {
        return Some(("sh".into(), vec!["-c".into(), pager.to_owned()]));
    }
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
    use super::spelled;

    #[test]
    fn a_pager_is_spelled_as_git_reads_it() {
        let cases: [(&str, &[&str]); 7] = [
            ("less", &["less"]),
            ("less -S", &["less", "-S"]),
            ("  most   -w ", &["most", "-w"]),
            ("", &[]),
            ("  ", &[]),
            ("cat", &[]),
            ("delta | less", &["sh", "-c", "delta | less"]),
        ];
        for (pager, expected) in cases {
            let found = spelled(pager);
            let words: Vec<String> =
                found.map(|(program, rest)| [vec![program], rest].concat()).unwrap_or_default();
            assert_eq!(words, expected, "{pager:?}");
        }
    }
}
