//! `trust-lsp git install-hook`: a prepare-commit-msg hook that proposes a message and never blocks a commit.

use super::git::Place;
use anyhow::{Context, bail};
use clap::Args;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use trust_changes::Repository;

const NAME: &str = "prepare-commit-msg";
/// The hook that was there before, which ours calls first.
const BEFORE: &str = "prepare-commit-msg.before-trust-lsp";
const MARK: &str = "# trust-lsp proposes a message";

#[derive(Args)]
pub struct InstallHook {
    /// Take the hook away again.
    #[arg(long)]
    remove: bool,
    #[command(flatten)]
    place: Place,
}

pub fn install(command: &InstallHook) -> anyhow::Result<()> {
    let repository = Repository::open(&command.place.folder)?;
    if let Some(elsewhere) = repository.hooks_elsewhere() {
        bail!(
            "hooks of this repository are in {elsewhere} (core.hooksPath); add to {NAME} there: {}",
            line()?
        );
    }
    let folder = repository.git_folder().join("hooks");
    let (hook, before) = (folder.join(NAME), folder.join(BEFORE));
    let ours = is_ours(&hook)?;
    if command.remove {
        if !ours {
            bail!("there is no {NAME} hook of trust-lsp in {}", folder.display());
        }
        std::fs::remove_file(&hook).context("the hook cannot be removed")?;
        if before.exists() {
            std::fs::rename(&before, &hook).context("the earlier hook cannot be put back")?;
        }
        println!("removed {}", hook.display());
        return Ok(());
    }
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    if hook.exists() && !ours {
        if before.exists() {
            bail!("{} is in the way; move it first", before.display());
        }
        std::fs::rename(&hook, &before).context("the present hook cannot be kept under another name")?;
        println!("the present hook is now {BEFORE}; it runs first, and can still stop a commit");
    }
    let script = format!(
        "#!/bin/sh\n{MARK}; whatever happens to it, the commit goes on.\n\
         before=\"$(dirname \"$0\")/{BEFORE}\"\n\
         if [ -x \"$before\" ]; then \"$before\" \"$@\" || exit $?; fi\n\
         [ -z \"$2\" ] || exit 0\n{}\nexit 0\n",
        line()?
    );
    write(&hook, &script).with_context(|| hook.display().to_string())?;
    println!("installed {}", hook.display());
    Ok(())
}

/// The command that fills in a message.
fn line() -> anyhow::Result<String> {
    let program = std::env::current_exe().context("this program does not know where it is")?;
    let quoted = program.display().to_string().replace('\'', r"'\''");
    Ok(format!("'{quoted}' commit-message --hook \"$1\" 2>/dev/null || true"))
}

fn is_ours(hook: &Path) -> anyhow::Result<bool> {
    #[allow(clippy::disallowed_methods, reason = "a hook is no workspace file")]
    match std::fs::read(hook) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).contains(MARK)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| hook.display().to_string()),
    }
}

/// To a temporary file first, so that git never meets half a hook.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let temporary = path.with_extension(format!("tmp-{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o755).open(&temporary)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.and_then(|()| std::fs::rename(&temporary, path)).inspect_err(|_| {
        let _ = std::fs::remove_file(&temporary);
    })
}
