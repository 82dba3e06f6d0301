//! Emacs begins a session by `trust.el`, and by Eglot where it has one, and is heard. To record what Eglot says, an Emacs
//! that has it is fetched.

use crate::{
    debian::{self, Packages},
    introductions::{self, Listener},
    tally::Tally,
    workspace::{Workspace, cache, run},
};
use anyhow::{Context, Result};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Since this version Eglot is part of it.
const WITH_EGLOT: u32 = 29;
const PACKAGES: Packages = Packages {
    suite: "sid",
    names: &["emacs-nox"],
    programs: &["usr/bin/emacs-nox"],
    private: None,
    told: "an Emacs with Eglot (once, 450 MB)",
};
const TRUST: &str = "(progn (require 'trust) (setq trust-program PROGRAM) (find-file \"a.rs\") (trust-mode) \
                     (let ((end (+ 60 (float-time)))) \
                     (while (and (not trust--opened) (< (float-time) end)) (accept-process-output nil 0.05))))";
const EGLOT: &str = "(progn (require 'eglot) (find-file \"a.py\") \
                     (setq eglot-server-programs '((python-mode . (PROGRAM \"--stdio\")))) \
                     (apply #'eglot (eglot--guess-contact)))";

/// `version` is that of the machine's Emacs; where it has no Eglot, Debian's newest is heard instead, if it `is_there` or a
/// fixture is to be written.
pub fn hear(workspace: &Workspace, version: u32, is_there: bool) -> Result<Tally> {
    let folder = workspace.target.join("emacs-begin");
    let project = introductions::project(workspace, &folder)?;
    let said = begun(workspace, Command::new("emacs"), &folder, "emacs", TRUST)?;
    let mut tally = introductions::judge(workspace, "emacs", said, &project)?;
    let with_eglot = match version {
        WITH_EGLOT.. => Command::new("emacs"),
        _ if is_there || introductions::writes() => fetched(workspace)?,
        _ => {
            println!("eglot: Emacs {version} has none, so what it says was not looked at");
            return Ok(tally);
        }
    };
    let said = begun(workspace, with_eglot, &folder, "eglot", EGLOT)?;
    tally = tally.plus(introductions::judge(workspace, "eglot", said, &project)?);
    Ok(tally)
}

fn begun(
    workspace: &Workspace,
    mut emacs: Command,
    folder: &Path,
    name: &str,
    script: &str,
) -> Result<Value> {
    let listener = Listener::new(&folder.join(name), &workspace.binary("debug"), &[])?;
    let script = script.replace("PROGRAM", &format!("{:?}", listener.program.display().to_string()));
    introductions::housed(&mut emacs, folder);
    emacs.args(["-Q", "--batch", "-L"]).arg(workspace.root.join("editors/emacs"));
    run(emacs.args(["--eval", &script]).current_dir(folder.join("project")))?;
    listener.wait()
}

/// Debian's newest, told where its own files lie.
pub fn fetched(workspace: &Workspace) -> Result<Command> {
    let folder = cache("emacs")?;
    if !folder.is_dir() {
        debian::fetch(workspace, &PACKAGES, &folder)?;
    }
    let version =
        only(&folder.join("usr/share/emacs"), |name| name.starts_with(|c: char| c.is_ascii_digit()))?;
    let number = version.file_name().unwrap_or_default().to_owned();
    let programs = folder.join("usr/libexec/emacs").join(number).join("x86_64-linux-gnu");
    let dump = only(&programs, |name| name.ends_with(".pdmp"))?;
    let lisp = version.join("lisp");
    let mut folders = vec![lisp.clone()];
    folders
        .extend(std::fs::read_dir(&lisp)?.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()));
    let mut emacs = Command::new(folder.join("usr/bin/emacs-nox"));
    emacs.env("EMACSLOADPATH", std::env::join_paths(folders)?);
    emacs.env("EMACSDATA", version.join("etc")).env("EMACSPATH", programs);
    emacs.arg(format!("--dump-file={}", dump.display()));
    Ok(emacs)
}

fn only(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<PathBuf> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths = entries.flatten().map(|entry| entry.path());
    let found = paths.find(|path| path.file_name().is_some_and(|name| wanted(&name.to_string_lossy())));
    found.with_context(|| format!("{} is damaged; remove it", folder.display()))
}
