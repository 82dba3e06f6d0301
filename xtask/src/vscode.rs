//! The VS Code extension, tested as its users have it: packed, installed into a real VS Code, and driven there. What that
//! takes is fetched once (`vscode/editor.rs`); the run itself has no network but the loopback, and leaves screenshots in the
//! target folder.

mod editor;

use crate::{
    apart, introductions,
    paint::Paint,
    requirements,
    sessions::fingerprint,
    tally::Tally,
    test::{Outcome, in_ci, missing},
    version::{first_line, number},
    vsix,
    workspace::{Workspace, run, run_and_keep, succeeds},
};
use anyhow::{Result, bail, ensure};
use editor::Editor;
use std::path::{Path, PathBuf};

/// Shows the workbench; on Debian and Ubuntu a package of that name.
const BROWSER: &str = "chromium-headless-shell";
/// One that knows what this VS Code is written in.
const BROWSER_OLDEST: u32 = 130;
const BROWSER_REASON: &str = "shows VS Code to the tests of the extension";

/// Runs all of it. In CI, what cannot be done is a failure.
pub fn test(workspace: &Workspace, paint: Paint) -> Result<Outcome> {
    let skip = |reason: &'static str| {
        ensure!(std::env::var_os("CI").is_none(), "{reason}");
        Ok(Outcome::Skipped(reason))
    };
    let folder = workspace.root.join("editors/vscode");
    if !succeeds(workspace.command("npm", ["--version"]).current_dir(&folder)) {
        return skip("npm is not installed");
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return skip("the VS Code of the tests is there for Linux on x86-64 only");
    }
    let server = workspace.binary("debug");
    let sender = workspace.program("debug", "trust-net");
    ensure!(
        server.is_file() && sender.is_file(),
        "no programs to test: run `cargo build --workspace --bin trust-lsp --bin trust-net` first"
    );
    if !succeeds(&mut workspace.command(BROWSER, ["--version"]))
        && let Err(problem) = requirements::install_one(BROWSER, BROWSER_REASON, paint)
    {
        return missing("chromium-headless-shell is not installed", problem, in_ci());
    }
    assert_browser(workspace)?;
    let fetched = editor::ensure(workspace).and_then(|editor| {
        dependencies(workspace, &folder)?;
        Ok(editor)
    });
    let editor = match fetched {
        Ok(editor) => editor,
        Err(problem) => return missing("VS Code could not be fetched", problem, in_ci()),
    };
    let output = workspace.target.join("vscode");
    let package = pack(workspace, &editor, &folder, &output, &server)?;
    let mut tests = editor.command("node", &["test/drive/run.ts"]);
    tests.current_dir(&folder).args([editor.folder.as_path(), &package, &server, &output.join("run")]);
    let mut tests = match apart::with_loopback(tests.env("TRUST_TEST_NETWORK", "loopback")) {
        Some(apart) => apart,
        None => {
            ensure!(!in_ci(), "this machine lets nobody have a network namespace");
            println!("with the machine's network: it lets nobody have a network namespace");
            tests.env_remove("TRUST_TEST_NETWORK");
            tests
        }
    };
    let (printed, success) = run_and_keep(&mut tests)?;
    let tally = Tally::of_editor("vscode", &printed);
    if !success && tally.failed == 0 {
        bail!("the tests did not run to their end; the messages are above, the logs in {}", output.display());
    }
    println!("screenshots: {}", output.join("run/screenshots").display());
    let work = output.join("run/run");
    let begun = match introductions::heard(&work.join("servers"))? {
        Some(said) => introductions::judge(workspace, "vscode", said, &work.join("project"))?,
        // The tests that were chosen did not start a server that listens.
        None => Tally::default(),
    };
    Ok(Outcome::Tests(tally.plus(begun)))
}

/// That it is new enough.
fn assert_browser(workspace: &Workspace) -> Result<()> {
    let said = first_line(&mut workspace.command(BROWSER, ["--version"]))?;
    ensure!(number(&said)?.0 >= BROWSER_OLDEST, "{said}, and the tests need Chromium {BROWSER_OLDEST}");
    println!("{said}");
    Ok(())
}

/// Presses keys in VS Code, and prints how long each waited for ghost text.
pub fn typing(
    workspace: &Workspace,
    server: &Path,
    output: &Path,
    keys: &Path,
    pace: u64,
    paint: Paint,
) -> Result<()> {
    if !succeeds(&mut workspace.command(BROWSER, ["--version"])) {
        requirements::install_one(BROWSER, BROWSER_REASON, paint)?;
    }
    assert_browser(workspace)?;
    let folder = workspace.root.join("editors/vscode");
    let editor = editor::ensure(workspace)?;
    let package = pack(workspace, &editor, &folder, output, server)?;
    let mut typing = editor.command("node", &["test/drive/typing.ts"]);
    typing.current_dir(&folder).args([editor.folder.as_path(), &package, server, &output.join("run"), keys]);
    run(typing.arg(pace.to_string()))
}

/// The extension as `cargo xtask vsix` packs it, with `server` in it, and its tests bundled. Packing checks the types.
fn pack(
    workspace: &Workspace,
    editor: &Editor,
    folder: &Path,
    output: &Path,
    server: &Path,
) -> Result<PathBuf> {
    dependencies(workspace, folder)?;
    std::fs::create_dir_all(output)?;
    let package = output.join("trust-lsp.vsix");
    vsix::pack(folder, &package, server, editor.command("npm", &[]))?;
    let mut tests = editor.command("npm", &["run", "--silent", "build:tests"]);
    run(tests.current_dir(folder))?;
    Ok(package)
}

/// Fetches the editor and what the extension is built with, where the tests can run.
pub fn prepare(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join("editors/vscode");
    if cfg!(all(target_os = "linux", target_arch = "x86_64"))
        && succeeds(workspace.command("npm", ["--version"]).current_dir(&folder))
    {
        editor::ensure(workspace)?;
        dependencies(workspace, &folder)?;
    }
    Ok(())
}

/// Installs what the lock file names, if that is not what is there.
pub fn dependencies(workspace: &Workspace, folder: &Path) -> Result<()> {
    let lock = std::fs::read(folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.complete");
    let key = fingerprint(&[&lock]);
    if std::fs::read_to_string(&stamp).unwrap_or_default() != key {
        let mut install = workspace.command("npm", ["ci", "--prefer-offline", "--no-progress"]);
        run(install.current_dir(folder))?;
        std::fs::write(&stamp, &key)?;
    }
    Ok(())
}
