//! `cargo xtask privacy`: the whole black-box suite in a network namespace without an interface, with every server that it
//! starts, and every program that those start, under `strace`. It fails where a test does, and where one of them as much
//! as asks for a socket.

use crate::apart;
use crate::tally::Tally;
use crate::test::Outcome;
use crate::workspace::{Workspace, run_and_keep, succeeds};
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// These tests do not look for what is looked for here, or try to open sockets, to see that they cannot, or let `trust-net` open
/// some, which it does in the modes that they set.
const LEFT_OUT: [&str; 3] = ["architecture::", "privacy::", "net::"];
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

    let control = traced(&folder, "control", Path::new("bash"), &traces)?;
    if !succeeds(Command::new("unshare").args(namespace).arg(&control).args(["-c", "true"])) {
        return skip("strace may not look into a program here");
    }
    succeeds(
        Command::new("unshare").args(namespace).arg(&control).args(["-c", "(exec 3<>/dev/tcp/127.0.0.1/1)"]),
    );
    let seen = read(&traces)?;
    ensure!(
        seen.iter().any(|line| line.contains("AF_INET")),
        "strace does not see a socket that is asked for"
    );
    std::fs::remove_dir_all(&traces)?;
    std::fs::create_dir_all(&traces)?;

    let server = traced(&folder, "trust-lsp", &server, &traces)?;
    let cargo = workspace.cargo(["test", "--workspace", "--test", "blackbox", "--locked", "--offline", "--"]);
    let mut suite = workspace.command("unshare", namespace.iter().copied());
    suite.arg(cargo.get_program()).args(cargo.get_args()).env("TRUST_LSP_BIN", &server);
    suite.args(LEFT_OUT.iter().flat_map(|tests| ["--skip", tests]));
    let (output, success) = run_and_keep(&mut suite)?;
    let tally = Tally::of_cargo_test(&output);
    if !success && tally.failed == 0 {
        bail!("the tests did not run to their end; the messages are above");
    }
    let processes = std::fs::read_dir(&traces)?.count();
    ensure!(processes > 50, "only {processes} servers were looked into");
    let lines = read(&traces)?;
    let asked: Vec<&String> = lines.iter().filter(|line| asks(line)).collect();
    println!("{processes} servers, with all that they started: {} calls for sockets", asked.len());
    asked.iter().take(20).for_each(|line| println!("  {line}"));
    ensure!(asked.is_empty(), "a server asked for a socket");
    std::fs::remove_dir_all(&folder)?;
    Ok(Outcome::Tests(tally))
}

/// A program that runs `program` with its own arguments under strace, each time with a trace of its own. The tracer stands
/// aside, so that the process is the one that the tests start, stop and look at.
fn traced(folder: &Path, name: &str, program: &Path, traces: &Path) -> Result<PathBuf> {
    let quoted = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', r"'\''"));
    let text = format!(
        "#!/bin/sh\nexec strace -D -f -qq -e trace=%network,io_uring_setup -e signal=none -o \"$(mktemp {}/XXXXXXXX)\" {} \"$@\"\n",
        quoted(traces),
        quoted(program),
    );
    let path = folder.join(name);
    std::fs::write(&path, text)?;
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(path)
}

/// The lines of all traces.
fn read(traces: &Path) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(traces)? {
        let text = std::fs::read(entry?.path()).context("a trace cannot be read")?;
        lines.extend(String::from_utf8_lossy(&text).lines().map(str::to_owned));
    }
    Ok(lines)
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
    fn calls_for_sockets_are_told_from_the_rest_of_a_trace() {
        let cases = [
            ("17 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3", true),
            ("socket(AF_UNIX, SOCK_STREAM, 0) = -1 EACCES (Permission denied)", true),
            ("17   connect(3, {sa_family=AF_INET6, sin6_port=htons(1)}, 28) = -1", true),
            ("17 sendto(3, \"x\", 1, 0, {sa_family=AF_INET, sin_port=htons(53)}, 16) = 1", true),
            ("17 socketpair(AF_UNIX, SOCK_STREAM, 0, [3, 4]) = 0", true),
            ("29676 ???( <detached ...>", false),
            ("17 shutdown(0, SHUT_WR) = -1 ENOTSOCK", false),
        ];
        for (line, expected) in cases {
            assert_eq!(asks(line), expected, "{line}");
        }
    }
}
