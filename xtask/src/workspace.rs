//! The repository's places, and the programs that run in it.

use anyhow::{Context, Result, bail};
use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

pub struct Workspace {
    pub root: PathBuf,
    /// Cargo's target folder, wherever the machine's configuration puts it.
    pub target: PathBuf,
}

impl Workspace {
    pub fn find() -> Result<Self> {
        // `cargo run` sets the variable, so that a moved checkout still finds itself.
        let manifest =
            std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
        let root = Path::new(&manifest).parent().context("xtask has no parent folder")?.to_owned();
        let mut metadata = Command::new(cargo_program());
        metadata.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(&root);
        let output = metadata.stderr(Stdio::inherit()).output().context("cannot run cargo metadata")?;
        let value: serde_json::Value =
            serde_json::from_slice(&output.stdout).context("cargo metadata printed no JSON")?;
        let target = value["target_directory"].as_str().context("cargo metadata names no target folder")?;
        Ok(Self { target: PathBuf::from(target), root })
    }

    pub fn binary(&self, profile: &str) -> PathBuf {
        self.program(profile, "trust-lsp")
    }

    /// Where a build of `profile` puts the program of this name.
    pub fn program(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    pub fn cargo<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(cargo_program());
        command.args(arguments).current_dir(&self.root);
        command
    }

    pub fn command<'a>(
        &self,
        program: impl AsRef<Path>,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Command {
        let mut command = Command::new(program.as_ref());
        command.args(arguments).current_dir(&self.root);
        command
    }
}

fn cargo_program() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// The folder called `name` of the user's caches, which holds what tests need.
pub fn cache(name: &str) -> Result<PathBuf> {
    let named = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = named("XDG_CACHE_HOME")
        .or_else(|| Some(named("HOME")?.join(".cache")))
        .context("no folder for caches: neither XDG_CACHE_HOME nor HOME is set")?;
    Ok(base.join("trust-lsp-tests").join(name))
}

/// Runs a command with its output on the terminal; an error when it fails.
pub fn run(command: &mut Command) -> Result<()> {
    let line = describe(command);
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot run `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Whether the command succeeds; what it prints is nobody's concern.
pub fn succeeds(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Runs a command with its output on the terminal and in the returned text; false when it fails.
pub fn run_and_keep(command: &mut Command) -> Result<(String, bool)> {
    let line = describe(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run `{line}`"))?;
    let mut kept = String::new();
    if let Some(stdout) = child.stdout.take() {
        let mut reader = BufReader::new(stdout);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes)? > 0 {
            std::io::stdout().write_all(&bytes)?;
            kept.push_str(&String::from_utf8_lossy(&bytes));
            bytes.clear();
        }
    }
    Ok((kept, child.wait()?.success()))
}

/// The command as one would type it, with no folder in front of the program.
fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
