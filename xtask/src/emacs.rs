//! The Emacs package, tested in Emacs: its tests press keys in batch, against the built server. What writes to the user's
//! home is led to a folder of each test's own.

mod begin;

use crate::{
    paint::Paint,
    requirements,
    tally::Tally,
    test::Outcome,
    workspace::{Workspace, run_and_keep, succeeds},
};
use anyhow::{Result, bail, ensure};

/// On Debian and Ubuntu the package without a window system.
const PACKAGE: &str = "emacs-nox";
const REASON: &str = "runs the tests of editors/emacs";
/// With JSON and transient built in.
const OLDEST: u32 = 28;

/// Runs all of it. In CI, what cannot be done is a failure.
pub fn test(workspace: &Workspace, paint: Paint) -> Result<Outcome> {
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
    match version(workspace) {
        Some(version) if version >= OLDEST => println!("Emacs {version}"),
        Some(_) => return skip("this Emacs is older than 28"),
        None => return skip("Emacs does not run"),
    }
    let mut emacs =
        workspace.command("emacs", ["-Q", "--batch", "-L", ".", "-L", "test", "-l", "test/run.el"]);
    emacs.current_dir(workspace.root.join("editors/emacs")).env("TRUST_LSP_BIN", &server);
    emacs.env("TRUST_TEST_PICTURES", workspace.target.join("emacs"));
    let (printed, success) = run_and_keep(&mut emacs)?;
    let tally = Tally::of_editor("emacs", &printed);
    if !success && tally.failed == 0 {
        bail!("the tests did not run to their end; the messages are above");
    }
    Ok(Outcome::Tests(tally.plus(begin::hear(workspace, version(workspace).unwrap_or_default())?)))
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
