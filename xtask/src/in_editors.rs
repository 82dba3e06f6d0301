//! `cargo xtask bench editors`: how long a key waits for ghost text in real editors, and what of that is theirs. The keys are
//! those of `bench typing`, commits of a repository; the editors are those of the tests.

use crate::{
    bench,
    paint::Paint,
    requirements::{self, Purpose},
    terminal, vscode,
    workspace::{Workspace, run},
};
use anyhow::{Result, ensure};
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Editor {
    Neovim,
    Vscode,
}

/// What is typed, and into what.
pub struct Typing {
    pub editors: Vec<Editor>,
    pub repo: PathBuf,
    pub keys: usize,
    pub pace: u64,
    pub server: Option<PathBuf>,
}

/// Builds what writes the keys, and the server unless there is one, and prints a table for each editor.
pub fn measure(workspace: &Workspace, typing: Typing, paint: Paint) -> Result<()> {
    let server = bench::server(workspace, typing.server, paint)?;
    ensure!(server.is_file(), "there is no {}", server.display());
    let folder = workspace.target.join("editors");
    let keys = write_keys(workspace, &typing.repo, typing.keys, &folder.join("keys"), paint)?;
    if typing.editors.contains(&Editor::Neovim) {
        terminal::typing(workspace, &server, &folder.join("neovim"), &keys, typing.pace)?;
    }
    if typing.editors.contains(&Editor::Vscode) {
        vscode::typing(workspace, &server, &folder.join("vscode"), &keys, typing.pace, paint)?;
    }
    Ok(())
}

/// The file of keys, whose making is not measured.
fn write_keys(workspace: &Workspace, repo: &Path, keys: usize, out: &Path, paint: Paint) -> Result<PathBuf> {
    requirements::ensure(Purpose::Build, paint)?;
    run(&mut workspace.cargo(["build", "--locked", "--workspace", "--bin", "trust-quality"]))?;
    let mut write = workspace.command(workspace.program("debug", "trust-quality"), ["--write-keys"]);
    write.arg(out).arg("--replay").arg(repo).args(["--keys", &keys.to_string()]);
    run(&mut write)?;
    Ok(out.join("keys.json"))
}
