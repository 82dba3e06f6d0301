//! The same Kakoune with kakoune-lsp: completions, code actions and commands by the plain protocol. Cargo compiles that
//! program once, into the user's cache folder.

use crate::{
    version::first_line,
    workspace::{Workspace, cache, run, succeeds},
};
use anyhow::{Result, ensure};
use std::path::{Path, PathBuf};

const VERSION: &str = "22.0.0";

/// As in `super`; a model says what is completed.
pub const CASES: [(&str, &[&str], &str); 6] = [
    // It asks from the first letter of a word on.
    (
        "a completion is an entry of the menu",
        &[":edit b.rs", "2g", "A", " ", "r", "<C-n>"],
        "trust-lsp: model",
    ),
    ("and is taken", &["<Escape>"], "left + right"),
    (
        "a review has findings",
        &[":edit a.rs", ":lsp-execute-command trust.review '[{}]'", ":lsp-diagnostics"],
        "`dbg!` was left in",
    ),
    (
        "a change is explained by a code action",
        &[":edit a.rs", "2g", ":lsp-code-actions", "explain this change", "<Enter>"],
        "changes the body of function `total`",
    ),
    (
        "a symbol has a past",
        &[":edit a.rs", "2g", ":lsp-code-actions", "explain this history", "<Enter>"],
        "How `total` came to be",
    ),
    (
        "a message is proposed in git's file for one",
        &[":edit .git/COMMIT_EDITMSG", ":lsp-code-actions", "propose", "<Enter>"],
        "Change `total`",
    ),
];

/// kakoune-lsp, compiled where it is not there.
pub fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    let folder = cache(&format!("kakoune-lsp-{VERSION}"))?;
    let program = folder.join("bin/kak-lsp");
    if !succeeds(&mut workspace.command(&program, ["--version"])) {
        println!("compiling kakoune-lsp {VERSION} with cargo (once): {}", folder.display());
        let words = ["install", "kak-lsp", "--locked", "--debug", "--version", VERSION, "--root"];
        let mut install = workspace.cargo(words);
        install.arg(&folder).arg("--target-dir").arg(workspace.target.join("kakoune-lsp"));
        run(&mut install)?;
    }
    let said = first_line(&mut workspace.command(&program, ["--version"]))?;
    let is_it = said.split_whitespace().any(|word| word.trim_start_matches('v') == VERSION);
    ensure!(is_it, "{said}, not {VERSION}: {} is damaged; remove it", folder.display());
    println!("{said}");
    Ok(program)
}

/// As the page of Kakoune says, without the servers that kakoune-lsp knows itself.
pub fn settings(script: &str) -> String {
    let lines = [
        "evaluate-commands %sh{kak-lsp}",
        "remove-hooks global lsp-filetype-.*",
        &format!("source {script}"),
        "set-option global trust_program ~/bin/trust-lsp",
        "hook global WinSetOption filetype=(rust|git-commit) %{ trust-enable }",
    ];
    lines.join("\n")
}

/// A file with something to complete, and what git opens for a message.
pub fn write_files(project: &Path) -> Result<()> {
    std::fs::write(project.join("b.rs"), "fn add(left: u32, right: u32) -> u32 {\n    left +\n}\n")?;
    Ok(std::fs::write(project.join(".git/COMMIT_EDITMSG"), "\n# Please enter the commit message\n")?)
}
