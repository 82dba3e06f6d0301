//! Neovim, Helix and tmux out of Debian's newest suite, by apt's own client, with the libraries that they need: into the
//! user's cache folder, and nothing of the machine changes. The programs are told where their libraries lie, so that what
//! they start, such as the server, keeps those of the machine.

use crate::workspace::{Workspace, run};
use anyhow::{Context, Result, bail, ensure};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

const SUITE: &str = "sid";
/// The last is what tells the others where their libraries are.
const PACKAGES: [&str; 4] = ["neovim", "hx", "tmux", "patchelf"];
/// In which machines name Debian's mirror and its key.
const SOURCES: &str = "/etc/apt/sources.list.d/debian.sources";
const SOURCES_OF_OLD: &str = "/etc/apt/sources.list";
const LIBRARIES: &str = "usr/lib/x86_64-linux-gnu";
const LOADER: &str = "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2";

pub struct Editors {
    folder: PathBuf,
    versions: String,
}

impl Editors {
    pub fn neovim(&self) -> Command {
        let mut command = Command::new(self.folder.join("usr/bin/nvim"));
        command.env("VIMRUNTIME", self.folder.join("usr/share/nvim/runtime"));
        command
    }

    fn helix(&self) -> Command {
        let mut command = Command::new(self.folder.join("usr/lib/hx/hx"));
        command.env("HELIX_RUNTIME", self.folder.join("usr/lib/hx/runtime"));
        command
    }

    fn tmux(&self) -> Command {
        Command::new(self.folder.join("usr/bin/tmux"))
    }

    /// Tells tests where they are.
    pub fn name_to(&self, tests: &mut Command) {
        tests.env("TRUST_TEST_TMUX", self.folder.join("usr/bin/tmux"));
        tests.env("TRUST_TEST_HELIX", self.folder.join("usr/lib/hx/hx"));
        tests.env("HELIX_RUNTIME", self.folder.join("usr/lib/hx/runtime"));
    }

    /// Asserts that they run, and are new enough.
    fn assert_versions(&mut self) -> Result<()> {
        let neovim = first_line(self.neovim().arg("--version"))?;
        ensure!(number(&neovim)? >= (0, 12), "{neovim}, and the tests need Neovim 0.12");
        let helix = first_line(self.helix().arg("--version"))?;
        ensure!(number(&helix)? >= (25, 7), "{helix}, and the tests need Helix 25.07");
        let tmux = first_line(self.tmux().arg("-V"))?;
        self.versions = format!("{neovim}, {helix}, {tmux}");
        Ok(())
    }
}

impl std::fmt::Display for Editors {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.versions)
    }
}

/// The editors, fetched if they are not there.
pub fn ensure(workspace: &Workspace) -> Result<Editors> {
    let named = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = named("XDG_CACHE_HOME")
        .or_else(|| Some(named("HOME")?.join(".cache")))
        .context("no folder for caches: neither XDG_CACHE_HOME nor HOME is set")?;
    let folder = base.join("trust-lsp-tests").join("terminal-editors");
    if !folder.is_dir() {
        fetch(workspace, &folder)?;
    }
    let mut editors = Editors { folder, versions: String::new() };
    editors
        .assert_versions()
        .with_context(|| format!("{} is damaged or out of date; remove it", editors.folder.display()))?;
    Ok(editors)
}

/// Into a folder beside its place, so that what was broken off is never taken for whole.
fn fetch(workspace: &Workspace, folder: &Path) -> Result<()> {
    println!(
        "fetching Neovim, Helix and tmux from Debian {SUITE} with apt-get (once, 95 MB): {}",
        folder.display()
    );
    let beside = folder.with_extension(format!("part-{}", std::process::id()));
    let apt = beside.join("apt");
    let _ = std::fs::remove_dir_all(&beside);
    for name in ["lists/partial", "cache/archives/partial", "sources"] {
        std::fs::create_dir_all(apt.join(name))?;
    }
    std::fs::write(apt.join("status"), "")?;
    let (name, source) = source()?;
    std::fs::write(apt.join("sources").join(name), source)?;
    let configuration = apt.join("apt.conf");
    std::fs::write(&configuration, settings(&apt))?;
    let get = |words: &str, packages: &[&str]| {
        let mut command = workspace.command("apt-get", words.split(' '));
        command.env("APT_CONFIG", &configuration).args(packages).stdout(std::process::Stdio::null());
        run(&mut command)
    };
    get("-qq update", &[])?;
    get("-qq install -y --no-install-recommends --download-only", &PACKAGES)?;
    for archive in std::fs::read_dir(apt.join("cache/archives"))? {
        let archive = archive?.path();
        if archive.extension().is_some_and(|extension| extension == "deb") {
            run(workspace.command("dpkg-deb", ["-x"]).arg(&archive).arg(&beside))?;
        }
    }
    std::fs::remove_dir_all(&apt)?;
    for program in ["usr/bin/nvim", "usr/lib/hx/hx", "usr/bin/tmux"] {
        direct(&beside, folder, program)?;
    }
    if let Err(error) = std::fs::rename(&beside, folder) {
        // Somebody else was sooner.
        ensure!(folder.is_dir(), "{}: {error}", folder.display());
        std::fs::remove_dir_all(&beside)?;
    }
    Ok(())
}

/// Writes into a program where its libraries will lie.
fn direct(beside: &Path, folder: &Path, program: &str) -> Result<()> {
    let mut patch = Command::new(beside.join(LOADER));
    patch.arg("--library-path").arg(beside.join(LIBRARIES)).arg(beside.join("usr/bin/patchelf"));
    patch.arg("--set-interpreter").arg(folder.join(LOADER)).arg("--force-rpath").arg("--set-rpath");
    patch.arg(folder.join(LIBRARIES)).arg(beside.join(program));
    run(&mut patch)
}

/// The machine's own mirror of Debian, its key with it, and of its suites only ours.
fn source() -> Result<(&'static str, String)> {
    if let Ok(text) = std::fs::read_to_string(SOURCES) {
        return Ok(("debian.sources", with_suite(&text)));
    }
    let text = std::fs::read_to_string(SOURCES_OF_OLD).unwrap_or_default();
    match with_suite_of_old(&text) {
        Some(line) => Ok(("debian.list", line)),
        None => bail!("neither {SOURCES} nor {SOURCES_OF_OLD} names a mirror of Debian"),
    }
}

fn with_suite(text: &str) -> String {
    let stanza = text.trim_start().split("\n\n").next().unwrap_or_default();
    let line = |line: &str| match line.split_once(':') {
        Some(("Suites", _)) => format!("Suites: {SUITE}\n"),
        Some(("Components", _)) => "Components: main\n".to_owned(),
        _ => format!("{line}\n"),
    };
    stanza.lines().map(line).collect()
}

/// `deb [options] MIRROR SUITE COMPONENTS`
fn with_suite_of_old(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with("deb ") && line.contains("debian"))?;
    let words: Vec<_> = line.split_whitespace().collect();
    let mirror = words.iter().position(|word| word.contains("://"))?;
    Some(format!("{} {SUITE} main\n", words[..=mirror].join(" ")))
}

fn settings(apt: &Path) -> String {
    let apt = apt.display();
    format!(
        "Dir::Etc::sourcelist \"/dev/null\";\n\
         Dir::Etc::sourceparts \"{apt}/sources\";\n\
         Dir::State::lists \"{apt}/lists\";\n\
         Dir::State::status \"{apt}/status\";\n\
         Dir::Cache \"{apt}/cache\";\n\
         APT::Architecture \"amd64\";\n\
         APT::Architectures {{ \"amd64\"; }};\n\
         APT::Sandbox::User \"root\";\n\
         Acquire::Languages \"none\";\n\
         Acquire::IndexTargets::deb::DEP-11::DefaultEnabled \"false\";\n"
    )
}

fn first_line(command: &mut Command) -> Result<String> {
    let program = PathBuf::from(command.get_program());
    let output = command.output().with_context(|| format!("cannot run {}", program.display()))?;
    ensure!(
        output.status.success(),
        "{} fails: {}",
        program.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned())
}

/// The first two parts of the number in a line such as `NVIM v0.12.4`.
fn number(line: &str) -> Result<(u32, u32)> {
    let word =
        line.split_whitespace().map(|word| word.trim_start_matches('v')).find(|word| word.contains('.'));
    let mut parts = word.unwrap_or_default().split('.').map_while(|part| part.parse().ok());
    match (parts.next(), parts.next()) {
        (Some(major), Some(minor)) => Ok((major, minor)),
        _ => bail!("no version in `{line}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_suite_is_another() {
        let text = "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\n\
                    Components: main contrib\nSigned-By: /key.gpg\n\nTypes: deb\nURIs: http://security.example\n";
        assert_eq!(
            with_suite(text),
            "Types: deb\nURIs: http://mirror.example/debian\nSuites: sid\nComponents: main\nSigned-By: /key.gpg\n"
        );
        let text = "# none\ndeb [signed-by=/key.gpg] http://mirror.example/debian bookworm main contrib\n";
        assert_eq!(
            with_suite_of_old(text).as_deref(),
            Some("deb [signed-by=/key.gpg] http://mirror.example/debian sid main\n")
        );
        assert_eq!(with_suite_of_old("deb http://mirror.example/ubuntu noble main"), None);
    }

    #[test]
    fn versions_are_read() {
        assert_eq!(number("NVIM v0.12.4").unwrap(), (0, 12));
        assert_eq!(number("helix 25.07.1 (079a789e)").unwrap(), (25, 7));
        assert!(number("NVIM").is_err());
    }
}
