//! Packages out of another suite of Debian than the machine's, by apt's own client, with all that they need: into a folder
//! of the user's caches, and nothing of the machine changes. Programs are told where their libraries lie, so that what they
//! start, such as the server, keeps those of the machine.

use crate::workspace::{Workspace, run};
use anyhow::{Context, Result, bail, ensure};
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

/// In which machines name Debian's mirror and its key.
const SOURCES: &str = "/etc/apt/sources.list.d/debian.sources";
const SOURCES_OF_OLD: &str = "/etc/apt/sources.list";
const LIBRARIES: &str = "usr/lib/x86_64-linux-gnu";
const LOADER: &str = "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2";

/// What is fetched together.
pub struct Packages {
    pub suite: &'static str,
    pub names: &'static [&'static str],
    /// What runs as it is, by its own libraries.
    pub programs: &'static [&'static str],
    /// The name of a folder among the libraries that is these programs' alone; theirs beside it have it in their names. They say
    /// themselves where they look for one another, so they are told too.
    pub private: Option<&'static str>,
    /// For whoever waits.
    pub told: &'static str,
}

/// Into a folder beside its place, so that what was broken off is never taken for whole.
pub fn fetch(workspace: &Workspace, packages: &Packages, folder: &Path) -> Result<()> {
    let Packages { suite, names, programs, private, told } = packages;
    println!("fetching {told} from Debian {suite} with apt-get: {}", folder.display());
    let beside = folder.with_extension(format!("part-{}", std::process::id()));
    let apt = beside.join("apt");
    let _ = std::fs::remove_dir_all(&beside);
    for name in ["lists/partial", "cache/archives/partial", "sources"] {
        std::fs::create_dir_all(apt.join(name))?;
    }
    std::fs::write(apt.join("status"), "")?;
    let (name, source) = source(suite)?;
    std::fs::write(apt.join("sources").join(name), source)?;
    let configuration = apt.join("apt.conf");
    std::fs::write(&configuration, settings(&apt))?;
    let get = |words: &str, names: &[&str]| {
        let mut command = workspace.command("apt-get", words.split(' '));
        command.env("APT_CONFIG", &configuration).args(names).stdout(std::process::Stdio::null());
        run(&mut command)
    };
    get("-qq update", &[])?;
    get("-qq install -y --no-install-recommends --download-only", names)?;
    // It tells the others where their libraries are.
    get("-qq install -y --no-install-recommends --download-only", &["patchelf"])?;
    for archive in std::fs::read_dir(apt.join("cache/archives"))? {
        let archive = archive?.path();
        if archive.extension().is_some_and(|extension| extension == "deb") {
            run(workspace.command("dpkg-deb", ["-x"]).arg(&archive).arg(&beside))?;
        }
    }
    std::fs::remove_dir_all(&apt)?;
    let libraries = folder.join(LIBRARIES);
    let places = private.map(|name| libraries.join(name)).into_iter().chain([libraries]);
    let places = std::env::join_paths(places)?;
    let loader = folder.join(LOADER);
    for program in *programs {
        let to = [OsStr::new("--set-interpreter"), loader.as_os_str()];
        run(patch(&beside, &places).args(to).arg(beside.join(program)))?;
    }
    if let Some(name) = private {
        for library in private_libraries(&beside.join(LIBRARIES), name)? {
            run(patch(&beside, &places).arg(library))?;
        }
    }
    if let Err(error) = std::fs::rename(&beside, folder) {
        // Somebody else was sooner.
        ensure!(folder.is_dir(), "{}: {error}", folder.display());
        std::fs::remove_dir_all(&beside)?;
    }
    Ok(())
}

/// Writes into a program or a library where libraries will lie.
fn patch(beside: &Path, places: &OsStr) -> Command {
    let mut patch = Command::new(beside.join(LOADER));
    patch.arg("--library-path").arg(beside.join(LIBRARIES)).arg(beside.join("usr/bin/patchelf"));
    patch.arg("--force-rpath").arg("--set-rpath").arg(places);
    patch
}

/// The libraries in the folder of this name, and those beside it that are called by it. Links lead to one of them.
fn private_libraries(libraries: &Path, name: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in [libraries.to_owned(), libraries.join(name)] {
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let entry = entry?;
            let is_one = entry.file_name().to_string_lossy().starts_with(&format!("lib{name}"));
            if is_one && entry.file_type()?.is_file() {
                found.push(entry.path());
            }
        }
    }
    Ok(found)
}

/// The machine's own mirror of Debian, its key with it, and of its suites only ours.
fn source(suite: &str) -> Result<(&'static str, String)> {
    if let Ok(text) = std::fs::read_to_string(SOURCES) {
        return Ok(("debian.sources", with_suite(&text, suite)));
    }
    let text = std::fs::read_to_string(SOURCES_OF_OLD).unwrap_or_default();
    match with_suite_of_old(&text, suite) {
        Some(line) => Ok(("debian.list", line)),
        None => bail!("neither {SOURCES} nor {SOURCES_OF_OLD} names a mirror of Debian"),
    }
}

fn with_suite(text: &str, suite: &str) -> String {
    let stanza = text.trim_start().split("\n\n").next().unwrap_or_default();
    let line = |line: &str| match line.split_once(':') {
        Some(("Suites", _)) => format!("Suites: {suite}\n"),
        Some(("Components", _)) => "Components: main\n".to_owned(),
        _ => format!("{line}\n"),
    };
    stanza.lines().map(line).collect()
}

/// `deb [options] MIRROR SUITE COMPONENTS`
fn with_suite_of_old(text: &str, suite: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with("deb ") && line.contains("debian"))?;
    let words: Vec<_> = line.split_whitespace().collect();
    let mirror = words.iter().position(|word| word.contains("://"))?;
    Some(format!("{} {suite} main\n", words[..=mirror].join(" ")))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_libraries_are_those_that_are_called_so() {
        let libraries = std::env::temp_dir().join(format!("trust-xtask-libraries-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&libraries);
        assert!(private_libraries(&libraries, "llama").is_err());
        std::fs::create_dir_all(libraries.join("llama")).unwrap();
        for name in ["libllama.so.0.7", "libc.so.6", "llama/libllama-server-impl.so", "llama/README"] {
            std::fs::write(libraries.join(name), "").unwrap();
        }
        let mut found = private_libraries(&libraries, "llama").unwrap();
        found.sort_unstable();
        let expected = ["libllama.so.0.7", "llama/libllama-server-impl.so"].map(|name| libraries.join(name));
        assert_eq!(found, expected);
        std::fs::remove_dir_all(&libraries).unwrap();
    }

    #[test]
    fn only_the_suite_is_another() {
        let text = "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\n\
                    Components: main contrib\nSigned-By: /key.gpg\n\nTypes: deb\nURIs: http://security.example\n";
        assert_eq!(
            with_suite(text, "sid"),
            "Types: deb\nURIs: http://mirror.example/debian\nSuites: sid\nComponents: main\nSigned-By: /key.gpg\n"
        );
        let text = "# none\ndeb [signed-by=/key.gpg] http://mirror.example/debian bookworm main contrib\n";
        assert_eq!(
            with_suite_of_old(text, "sid").as_deref(),
            Some("deb [signed-by=/key.gpg] http://mirror.example/debian sid main\n")
        );
        assert_eq!(with_suite_of_old("deb http://mirror.example/ubuntu noble main", "sid"), None);
    }
}
