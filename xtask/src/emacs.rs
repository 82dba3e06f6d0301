//! The Emacs package, tested in Emacs: its tests press keys in batch, against the built server. What writes to the user's
//! home is led to a folder of each test's own. With `--editors all`, an older Emacs is not the only one: Debian's newest is fetched.

mod begin;

use crate::{
    paint::Paint,
    requirements,
    tally::Tally,
    test::{Editors, Outcome, in_ci},
    version::first_line,
    workspace::{Workspace, run_and_keep, succeeds},
};
use anyhow::{Result, bail, ensure};
use std::{path::Path, process::Command};

/// On Debian and Ubuntu the package without a window system.
const PACKAGE: &str = "emacs-nox";
const REASON: &str = "runs the tests of editors/emacs";
/// With JSON and transient built in.
const OLDEST: u32 = 28;
/// Debian's newest is at least this.
const NEWEST: u32 = 30;

/// Runs all of it. In CI, what cannot be done is a failure.
pub fn test(workspace: &Workspace, editors: Editors, paint: Paint) -> Result<Outcome> {
    let skip = |reason: &'static str| {
        ensure!(std::env::var_os("CI").is_none(), "{reason}");
        Ok(Outcome::Skipped(reason))
    };
    let server = workspace.binary("debug");
    ensure!(server.is_file(), "no server to test: run `cargo build --workspace --bin trust-lsp` first");
    if version(workspace).is_none()
        && let Err(problem) = requirements::install_one(PACKAGE, REASON, paint)
    {
        println!("{problem:#}");
        return skip("Emacs is not installed");
    }
    if !succeeds(&mut workspace.command("tmux", ["-V"]))
        && let Err(problem) = requirements::install_one("tmux", REASON, paint)
    {
        // In CI the test that needs it fails, elsewhere it is skipped.
        println!("{problem:#}");
    }
    let own = match version(workspace) {
        Some(version) if version >= OLDEST => version,
        Some(_) => return skip("this Emacs is older than 28"),
        None => return skip("Emacs does not run"),
    };
    println!("Emacs {own}");
    let pictures = workspace.target.join("emacs");
    let mut tally = drive(workspace, Command::new("emacs"), &pictures)?;
    let mut is_there = false;
    if editors == Editors::All && own < NEWEST {
        match newest(workspace) {
            Ok(emacs) => {
                is_there = true;
                tally = tally.plus(drive(workspace, emacs, &pictures.join("newest"))?);
            }
            Err(problem) => {
                ensure!(!in_ci(), "{problem:#}");
                println!("no newer Emacs was tried: {problem:#}");
            }
        }
    }
    Ok(Outcome::Tests(tally.plus(begin::hear(workspace, own, is_there)?)))
}

/// Debian's newest, fetched if it is not there.
fn newest(workspace: &Workspace) -> Result<Command> {
    let said = first_line(begin::fetched(workspace)?.arg("--version"))?;
    ensure!(major(&said) >= Some(NEWEST), "{said}, and the tests need GNU Emacs {NEWEST}");
    println!("{said}");
    begin::fetched(workspace)
}

/// Runs the tests in one Emacs.
fn drive(workspace: &Workspace, mut emacs: Command, pictures: &Path) -> Result<Tally> {
    // By which the tests start another one like it.
    let argument = emacs.get_args().next().map(ToOwned::to_owned);
    emacs.envs(argument.map(|argument| ("TRUST_TEST_EMACS_ARGUMENT", argument)));
    emacs.args(["-Q", "--batch", "-L", ".", "-L", "test", "-l", "test/run.el"]);
    emacs.current_dir(workspace.root.join("editors/emacs")).env("TRUST_LSP_BIN", workspace.binary("debug"));
    let (printed, success) = run_and_keep(emacs.env("TRUST_TEST_PICTURES", pictures))?;
    let tally = Tally::of_editor("emacs", &printed);
    if !success && tally.failed == 0 {
        bail!("the tests did not run to their end; the messages are above");
    }
    Ok(tally)
}

/// The first number of `GNU Emacs 28.2`; none where there is no Emacs.
fn version(workspace: &Workspace) -> Option<u32> {
    let output = workspace.command("emacs", ["--version"]).output().ok()?;
    major(&String::from_utf8_lossy(&output.stdout))
}

fn major(printed: &str) -> Option<u32> {
    printed.strip_prefix("GNU Emacs ")?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_first_number() {
        assert_eq!(major("GNU Emacs 28.2\nCopyright"), Some(28));
        assert_eq!(major("GNU Emacs 31.0.50\n"), Some(31));
        assert_eq!(major("sh: emacs: not found"), None);
    }
}
