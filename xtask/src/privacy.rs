//! `cargo xtask privacy`: the black-box suite in a network namespace without an interface, with every server that it
//! starts, and every program that those start, under `strace`. Then the tests in which `trust-net` runs, where there is the loopback
//! alone, with every server under it, but not what they start. It fails where a test does, and where one of these as much as asks
//! for a socket.

use crate::apart;
use crate::tally::Tally;
use crate::test::Outcome;
use crate::workspace::{Workspace, run_and_keep, succeeds};
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// These tests do not look for what is looked for here, or try to open sockets, to see that they cannot.
const LEFT_OUT: [&str; 2] = ["architecture::", "privacy::"];
/// These let `trust-net` open some, which it does in the modes that they set.
const NET: &str = "net::";
/// What asks for a socket, or for something that can open one.
const CALLS: [&str; 8] =
    ["socket(", "socketpair(", "connect(", "bind(", "listen(", "accept(", "accept4(", "io_uring_setup("];

/// Runs the suite. In CI, what cannot be done is a failure.
pub fn prove(workspace: &Workspace) -> Result<Outcome> {
    let skip = |reason| {
        ensure!(std::env::var_os("CI").is_none(), "{reason}");
        Ok(Outcome::Skipped(reason))
    };
    if !cfg!(target_os = "linux") {
        return skip("there are no network namespaces but on Linux");
    }
    if !succeeds(Command::new("strace").arg("--version")) {
        return skip("strace is not installed");
    }
    let Some(namespace) = apart::without_interface() else {
        return skip("this machine lets nobody have a network namespace");
    };
    let server = workspace.binary("debug");
    ensure!(server.is_file(), "no server to test: run `cargo build --workspace --bin trust-lsp` first");
    let folder = workspace.target.join("privacy");
    let _ = std::fs::remove_dir_all(&folder);
    let traces = folder.join("traces");
    std::fs::create_dir_all(&traces)?;

    let control = traced(&folder, "control", Path::new("bash"), &traces, Reach::Descendants)?;
    if !succeeds(Command::new("unshare").args(namespace).arg(&control).args(["-c", "true"])) {
        return skip("strace may not look into a program here");
    }
    succeeds(
        Command::new("unshare").args(namespace).arg(&control).args(["-c", "(exec 3<>/dev/tcp/127.0.0.1/1)"]),
    );
    ensure!(
        read(&traces)?.iter().any(|trace| trace.contains("AF_INET")),
        "strace does not see a socket that is asked for"
    );

    let run = Run::of(&folder.join("whole"), &server, Reach::Descendants)?;
    let mut cargo = blackbox(workspace);
    cargo.args(LEFT_OUT.iter().chain([&NET]).flat_map(|tests| ["--skip", tests]));
    let mut suite = workspace.command("unshare", namespace.iter().copied());
    suite.arg(cargo.get_program()).args(cargo.get_args()).env("TRUST_LSP_BIN", &run.server);
    let (tally, _) = run.look(&mut suite, 50)?;

    let run = Run::of(&folder.join("net"), &server, Reach::Itself)?;
    // The door's tests start it, and it the server: each looks for the other beside itself.
    let (net, beside) = (workspace.program("debug", "trust-net"), folder.join("net/trust-net"));
    std::fs::hard_link(&net, &beside)
        .or_else(|_| std::fs::copy(&net, &beside).map(drop))
        .with_context(|| format!("no {} to test", net.display()))?;
    let mut cargo = blackbox(workspace);
    cargo.arg(NET).env("TRUST_LSP_BIN", &run.server);
    let Some(mut suite) = apart::with_loopback(&cargo) else {
        let reason = "this machine lets nobody have a network of the loopback alone";
        ensure!(std::env::var_os("CI").is_none(), reason);
        println!("{reason}: the tests called {NET} are left out");
        return Ok(Outcome::Tests(tally));
    };
    let (more, refused) = run.look(&mut suite, 20)?;
    ensure!(refused > 0, "strace does not see what `privacy report` tries");
    std::fs::remove_dir_all(&folder)?;
    Ok(Outcome::Tests(tally.plus(more)))
}

/// What of a server is looked into.
#[derive(Clone, Copy)]
enum Reach {
    /// All that it starts, too.
    Descendants,
    /// Its threads and forks, up to where one becomes another program.
    Itself,
}

impl Reach {
    fn options(self) -> &'static str {
        match self {
            Self::Descendants => "-f -e trace=%network,io_uring_setup",
            // Long enough that no word of the command line is cut.
            Self::Itself => "-f -b execve -s 4096 -e trace=%network,io_uring_setup,execve",
        }
    }
}

/// A run of tests whose servers are looked into.
struct Run {
    server: PathBuf,
    traces: PathBuf,
}

impl Run {
    fn of(folder: &Path, server: &Path, reach: Reach) -> Result<Self> {
        let traces = folder.join("traces");
        std::fs::create_dir_all(&traces)?;
        Ok(Self { server: traced(folder, "trust-lsp", server, &traces, reach)?, traces })
    }

    /// Runs them, and reads what their servers did. Also how often a socket was asked for where that is what was to be tried.
    fn look(&self, suite: &mut Command, least: usize) -> Result<(Tally, usize)> {
        let (output, success) = run_and_keep(suite)?;
        let tally = Tally::of_cargo_test(&output);
        if !success && tally.failed == 0 {
            bail!("the tests did not run to their end; the messages are above");
        }
        let traces = read(&self.traces)?;
        ensure!(traces.len() > least, "only {} servers were looked into", traces.len());
        let (trying, others): (Vec<&String>, Vec<&String>) = traces.iter().partition(|trace| tries(trace));
        let asked = |traces: &[&String]| -> Vec<String> {
            let lines = traces.iter().flat_map(|trace| trace.lines());
            lines.filter(|line| asks(line)).map(str::to_owned).collect()
        };
        let (wanted, unwanted) = (asked(&trying).len(), asked(&others));
        println!("{} servers looked into: {} calls for sockets", traces.len(), unwanted.len());
        unwanted.iter().take(20).for_each(|line| println!("  {line}"));
        ensure!(unwanted.is_empty(), "a server asked for a socket");
        Ok((tally, wanted))
    }
}

/// The black-box tests; which of them, is still to be said.
fn blackbox(workspace: &Workspace) -> Command {
    workspace.cargo(["test", "--workspace", "--test", "blackbox", "--locked", "--offline", "--"])
}

/// A program that runs `program` with its own arguments under strace, each time with a trace of its own. The tracer stands
/// aside, so that the process is the one that the tests start, stop and look at.
fn traced(folder: &Path, name: &str, program: &Path, traces: &Path, reach: Reach) -> Result<PathBuf> {
    let quoted = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', r"'\''"));
    let text = format!(
        "#!/bin/sh\nexec strace -D -qq {} -e signal=none -o \"$(mktemp {}/XXXXXXXX)\" {} \"$@\"\n",
        reach.options(),
        quoted(traces),
        quoted(program),
    );
    let path = folder.join(name);
    std::fs::write(&path, text)?;
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(path)
}

/// The traces, one of each server.
fn read(traces: &Path) -> Result<Vec<String>> {
    let of = |entry: std::io::Result<std::fs::DirEntry>| -> Result<String> {
        let bytes = std::fs::read(entry?.path()).context("a trace cannot be read")?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    std::fs::read_dir(traces)?.map(of).collect()
}

/// Whether a trace is of `trust-lsp privacy report`, which asks for sockets to see that it gets none.
fn tries(trace: &str) -> bool {
    let first = trace.lines().next().unwrap_or_default();
    first.contains("execve(") && first.contains("\", \"privacy\", \"report\"")
}

/// Whether a line of a trace is a call for a socket, behind the number of the process.
fn asks(line: &str) -> bool {
    let call = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
    CALLS.iter().any(|start| call.starts_with(start)) || call.contains("AF_INET")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_try_is_told_by_how_its_program_was_started() {
        let cases = [
            (
                "17 execve(\"/a/trust-lsp\", [\"/a/trust-lsp\", \"privacy\", \"report\", \"--json\"], 0x7 /* 9 vars */) = 0\n",
                true,
            ),
            (
                "17 execve(\"/a/trust-lsp\", [\"/a/trust-lsp\", \"privacy\", \"status\"], 0x7 /* 9 vars */) = 0\n",
                false,
            ),
            (
                "17 execve(\"/a/trust-lsp\", [\"/a/trust-lsp\"], 0x7 /* 9 vars */) = 0\n17 execve(\"/a/trust-lsp\", [\"/a/trust-lsp\", \"privacy\", \"report\"], 0x7) = 0\n",
                false,
            ),
            ("17 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3\n", false),
            ("", false),
        ];
        for (trace, expected) in cases {
            assert_eq!(tries(trace), expected, "{trace}");
        }
    }

    #[test]
    fn calls_for_sockets_are_told_from_the_rest_of_a_trace() {
        let cases = [
            ("17 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3", true),
            ("socket(AF_UNIX, SOCK_STREAM, 0) = -1 EACCES (Permission denied)", true),
            ("17   connect(3, {sa_family=AF_INET6, sin6_port=htons(1)}, 28) = -1", true),
            ("17 sendto(3, \"x\", 1, 0, {sa_family=AF_INET, sin_port=htons(53)}, 16) = 1", true),
            ("17 socketpair(AF_UNIX, SOCK_STREAM, 0, [3, 4]) = 0", true),
            ("29676 ???( <detached ...>", false),
            ("17  execve(\"/a/trust-net\", [\"/a/trust-net\"], 0x7 /* 9 vars */ <detached ...>", false),
            ("17 shutdown(0, SHUT_WR) = -1 ENOTSOCK", false),
        ];
        for (line, expected) in cases {
            assert_eq!(asks(line), expected, "{line}");
        }
    }
}
