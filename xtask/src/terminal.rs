//! The editors that run in a terminal, driven as their users have them, with the server that was just built: Neovim by a
//! second Neovim, over RPC; Helix by its keys and its screen, in tmux; and what they say of themselves (`terminal/begin.rs`).
//! They are fetched once (`terminal/packages.rs`); the run itself needs no network, and leaves pictures in the target folder.

mod begin;
mod packages;
pub mod picture;

use crate::{
    tally::Tally,
    test::{Outcome, in_ci, missing},
    workspace::{Workspace, run, run_and_keep, succeeds},
};
use anyhow::{Result, bail, ensure};
use packages::Editors;
use std::{ffi::OsString, path::Path};

/// Where a copy of the plugin lies.
const LLAMA_VIM: &str = "TRUST_LLAMA_VIM";

/// Runs all of it. In CI, what cannot be done is a failure.
pub fn test(workspace: &Workspace) -> Result<Outcome> {
    let skip = |reason: &'static str| {
        ensure!(std::env::var_os("CI").is_none(), "{reason}");
        Ok(Outcome::Skipped(reason))
    };
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return skip("the terminal editors of the tests are there for Linux on x86-64 only");
    }
    let server = workspace.binary("debug");
    ensure!(server.is_file(), "no server to test: run `cargo build --workspace --bin trust-lsp` first");
    if !succeeds(&mut workspace.command("apt-get", ["--version"])) {
        return skip("apt-get is not installed, by which Neovim and Helix come");
    }
    let editors = match packages::ensure(workspace) {
        Ok(editors) => editors,
        Err(problem) => return missing("Neovim and Helix could not be fetched", problem, in_ci()),
    };
    println!("{editors}");
    let mut tally = Tally::default();
    for editor in ["neovim", "helix"] {
        let script = format!("editors/{editor}/test/run.lua");
        tally = tally.plus(drive(workspace, &editors, editor, &script, None)?);
    }
    match std::env::var_os(LLAMA_VIM) {
        Some(plugin) => {
            let script = "editors/neovim/test/llama_vim.lua";
            tally = tally.plus(drive(workspace, &editors, "llama.vim", script, Some(plugin))?);
        }
        None => println!("llama.vim was not tried: no registry has it; {LLAMA_VIM}=FOLDER names a copy"),
    }
    tally = tally.plus(begin::hear(workspace, &editors)?);
    println!("pictures: {}", workspace.target.join("terminal").display());
    Ok(Outcome::Tests(tally))
}

/// Fetches the editors, where the tests can run.
pub fn prepare(workspace: &Workspace) -> Result<()> {
    if cfg!(all(target_os = "linux", target_arch = "x86_64"))
        && succeeds(&mut workspace.command("apt-get", ["--version"]))
    {
        packages::ensure(workspace)?;
    }
    Ok(())
}

/// Presses keys in Neovim, and prints how long each waited for ghost text.
pub fn typing(workspace: &Workspace, server: &Path, output: &Path, keys: &Path, pace: u64) -> Result<()> {
    let editors = packages::ensure(workspace)?;
    println!("{editors}");
    let mut typing = editors.neovim();
    typing.current_dir(&workspace.root).args(["--clean", "-l", "editors/neovim/test/typing.lua"]);
    run(typing.args([server, output, keys]).arg(pace.to_string()))
}

/// Runs an editor's tests, which are written in Lua for Neovim to run; without an argument, those that the variable names.
fn drive(
    workspace: &Workspace,
    editors: &Editors,
    editor: &str,
    script: &str,
    argument: Option<OsString>,
) -> Result<Tally> {
    let mut tests = editors.neovim();
    tests.current_dir(&workspace.root).args(["--clean", "-l", script]);
    tests.args([workspace.binary("debug"), workspace.target.join("terminal").join(editor)]);
    tests.args(argument.or_else(|| std::env::var_os("TRUST_TEST_GREP")));
    editors.name_to(&mut tests);
    let (printed, success) = run_and_keep(&mut tests)?;
    let tally = last_counts(&printed, editor);
    if tally.failed == 0 && (!success || tally.passed == 0) {
        bail!("the tests in {editor} did not run to their end; the messages are above");
    }
    Ok(tally)
}

/// What the last line of an editor's tests says: `neovim: 12 passed, 1 failed`.
fn last_counts(printed: &str, editor: &str) -> Tally {
    let says = |line: &str| {
        let (passed, failed) = line
            .strip_prefix(editor)?
            .strip_prefix(": ")?
            .strip_suffix(" failed")?
            .split_once(" passed, ")?;
        Some(Tally { passed: passed.parse().ok()?, failed: failed.parse().ok()? })
    };
    printed.lines().rev().find_map(says).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_an_editors_tests_counts() {
        let printed = "ok  1.0 s  a test\nneovim: 12 passed, 1 failed\n\n";
        assert_eq!(last_counts(printed, "neovim"), Tally { passed: 12, failed: 1 });
        assert_eq!(last_counts(printed, "helix"), Tally::default());
        assert_eq!(last_counts("neovim: many passed, 1 failed", "neovim"), Tally::default());
    }
}
