//! LSP sessions driven by pytest-lsp. What they install is kept under a key of their requirements, so that a second run
//! needs no network.

use crate::{
    paint::Paint,
    tally::Tally,
    test::Outcome,
    workspace::{Workspace, run, run_and_keep},
};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// Runs tests/python against the built server.
pub fn python(workspace: &Workspace, paint: Paint) -> Result<Outcome> {
    let folder = workspace.root.join("tests/python");
    if !folder.is_dir() {
        return Ok(Outcome::Skipped("there is no tests/python"));
    }
    let binary = workspace.binary("debug");
    if !binary.is_file() {
        bail!("no server to test: run `cargo build --workspace --bin trust-lsp` first");
    }
    let interpreter = prepare(workspace)?;
    let tally = pytest(workspace, &interpreter, "tests/python", ("TRUST_LSP_BIN", &binary), paint)?;
    Ok(Outcome::Tests(tally))
}

/// Runs the tests of a folder, which find what they test by a variable.
pub fn pytest(
    workspace: &Workspace,
    interpreter: &Path,
    folder: &str,
    (variable, tested): (&str, &Path),
    paint: Paint,
) -> Result<Tally> {
    let color = if paint.is_on() { "--color=yes" } else { "--color=no" };
    let mut pytest = workspace.command(interpreter, ["-m", "pytest", "-q", "-p", "no:cacheprovider", color]);
    // A server that never answers must not hold up the run: the stacks are printed and pytest ends.
    pytest.args(["-o", "faulthandler_timeout=120", "-o", "faulthandler_exit_on_timeout=true", folder]);
    pytest.env(variable, tested).env("PYTHONDONTWRITEBYTECODE", "1");
    let (output, success) = run_and_keep(&mut pytest)?;
    let tally = Tally::of_pytest(&output);
    if !success && tally.failed == 0 {
        bail!("pytest did not run to its end; its messages are above");
    }
    Ok(tally)
}

/// What the sessions run on, fetched if it is not there; the interpreter.
pub fn prepare(workspace: &Workspace) -> Result<PathBuf> {
    environment(workspace, "python-tests", &workspace.root.join("tests/python/requirements.txt"))
}

/// The interpreter of a virtual environment that holds exactly the requirements, the only one of its name.
pub fn environment(workspace: &Workspace, name: &str, requirements: &Path) -> Result<PathBuf> {
    let wanted = std::fs::read(requirements).with_context(|| format!("no {}", requirements.display()))?;
    let version = workspace.command("python3", ["-VV"]).output().context("cannot run python3")?;
    let key = fingerprint(&[&wanted, &version.stdout]);
    let base = workspace.target.join(name);
    let folder = base.join(&key);
    let interpreter = folder.join("bin/python");
    let complete = folder.join("complete");
    if complete.is_file() {
        return Ok(interpreter);
    }
    println!("preparing a virtual environment (once): {}", folder.display());
    if base.is_dir() {
        std::fs::remove_dir_all(&base)?;
    }
    std::fs::create_dir_all(&base)?;
    run(workspace.command("python3", ["-m", "venv"]).arg(&folder))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    run(workspace.command(&interpreter, pip).arg(requirements))?;
    std::fs::File::create(&complete)?;
    Ok(interpreter)
}

/// FNV-1a over all parts: tells one set of requirements from another, and guards nothing.
pub fn fingerprint(parts: &[&[u8]]) -> String {
    let bytes = parts.iter().flat_map(|part| part.iter().chain(&[0]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_changes_the_fingerprint() {
        let base = fingerprint(&[b"pytest==9", b"Python 3.11"]);
        assert_eq!(base, fingerprint(&[b"pytest==9", b"Python 3.11"]));
        assert_ne!(base, fingerprint(&[b"pytest==8", b"Python 3.11"]));
        assert_ne!(base, fingerprint(&[b"pytest==9", b"Python 3.12"]));
        assert_ne!(fingerprint(&[b"ab", b""]), fingerprint(&[b"a", b"b"]));
    }
}
