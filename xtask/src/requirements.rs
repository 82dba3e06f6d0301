//! What a build and the tests need besides Rust, whether it is here, and how it gets here: with apt
//! on Debian and Ubuntu, after saying so; elsewhere by a list for the reader. Nothing is installed
//! and nothing is fetched when nothing is missing.

mod host;
mod install;
mod libclang;

use crate::paint::Paint;
use anyhow::{Result, bail};
use host::{Host, ThisMachine};
use install::Plan;
use std::path::PathBuf;

/// What the caller is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Build,
    Test,
}

/// One thing that has to be on the machine.
#[derive(Debug, PartialEq, Eq)]
struct Requirement {
    name: &'static str,
    /// What it is for, for those who wonder why they should install it.
    reason: &'static str,
    /// Version and place; `None` when it is missing.
    found: Option<String>,
    apt: &'static [&'static str],
}

/// Checks everything, installs what is missing where it can, and fails with advice where it cannot.
pub fn ensure(purpose: Purpose, paint: Paint) -> Result<()> {
    let missing: Vec<_> =
        check(&ThisMachine, purpose).into_iter().filter(|one| one.found.is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for one in &missing {
        println!("{} {} ({})", paint.bold("missing:"), one.name, one.reason);
    }
    let packages: Vec<_> = missing.iter().flat_map(|one| one.apt).copied().collect();
    match install::plan(&ThisMachine, &packages) {
        Plan::Apt { sudo } => install::run_apt(&packages, &sudo, paint)?,
        Plan::Advise(text) => bail!("{text}"),
    }
    let still: Vec<_> = check(&ThisMachine, purpose)
        .into_iter()
        .filter(|one| one.found.is_none())
        .map(|one| one.name)
        .collect();
    if !still.is_empty() {
        bail!("installed {}, and still missing: {}", packages.join(" "), still.join(", "));
    }
    Ok(())
}

/// Installs a program that only one step needs, by the package of its name.
pub fn install_one(package: &'static str, reason: &str, paint: Paint) -> Result<()> {
    println!("{} {package} ({reason})", paint.bold("missing:"));
    match install::plan(&ThisMachine, &[package]) {
        Plan::Apt { sudo } => install::run_apt(&[package], &sudo, paint),
        Plan::Advise(text) => bail!("{text}"),
    }
}

/// Prints every requirement with what was found, and installs nothing.
pub fn report(paint: Paint) -> Result<()> {
    let all = check(&ThisMachine, Purpose::Test);
    for one in &all {
        let missing = || paint.red(&format!("missing: it {}", one.reason));
        println!("{:<14} {}", one.name, one.found.clone().unwrap_or_else(missing));
    }
    let packages: Vec<_> =
        all.iter().filter(|one| one.found.is_none()).flat_map(|one| one.apt).copied().collect();
    if packages.is_empty() {
        return Ok(());
    }
    bail!("{}", install::advice(&ThisMachine, &packages));
}

fn check(host: &dyn Host, purpose: Purpose) -> Vec<Requirement> {
    let mut all = vec![
        Requirement {
            name: "cmake",
            reason: "configures llama.cpp",
            found: program(host, &named(host, "CMAKE", &["cmake"])),
            apt: &["cmake"],
        },
        Requirement {
            name: "C++ compiler",
            reason: "compiles llama.cpp",
            found: program(host, &named(host, "CXX", &["c++", "g++", "clang++"])),
            apt: &["g++"],
        },
        Requirement {
            name: "make",
            reason: "builds llama.cpp",
            found: program(host, &builders(host)),
            apt: &["make"],
        },
        Requirement {
            name: "libclang",
            reason: "reads llama.cpp's headers for the Rust bindings",
            found: clang(host),
            apt: &["libclang-dev"],
        },
    ];
    if purpose == Purpose::Test {
        all.push(Requirement {
            name: "git",
            reason: "makes the repositories of the tests",
            found: program(host, &["git".to_owned()]),
            apt: &["git"],
        });
        all.push(Requirement {
            name: "python3 venv",
            reason: "runs the LSP sessions of tests/python",
            found: python(host),
            apt: &["python3-venv"],
        });
        if cfg!(target_os = "linux") {
            all.push(Requirement {
                name: "strace",
                reason: "sees that no server asks for a socket",
                found: program(host, &["strace".to_owned()]),
                apt: &["strace"],
            });
        }
    }
    all
}

/// The candidates for a program: the one a variable names, which the build would insist on, or the usual ones.
fn named(host: &dyn Host, variable: &str, usual: &[&str]) -> Vec<String> {
    match host.variable(variable) {
        Some(command) => vec![command.split_whitespace().next().unwrap_or_default().to_owned()],
        None => usual.iter().map(|&name| name.to_owned()).collect(),
    }
}

fn builders(host: &dyn Host) -> Vec<String> {
    let ninja = host.variable("CMAKE_GENERATOR").is_some_and(|generator| generator.contains("Ninja"));
    let usual: &[&str] = if ninja { &["ninja", "ninja-build"] } else { &["make", "gmake"] };
    usual.iter().map(|&name| name.to_owned()).collect()
}

/// `name version` of the first candidate that runs.
fn program(host: &dyn Host, candidates: &[String]) -> Option<String> {
    candidates.iter().find_map(|name| {
        let output = host.output(name, &["--version"])?;
        let version = output.lines().next().unwrap_or_default().trim().to_owned();
        let named = version.to_lowercase().contains(name.as_str());
        Some(if named { version } else { format!("{name}: {version}") })
    })
}

fn clang(host: &dyn Host) -> Option<String> {
    let library: PathBuf = libclang::library(host)?;
    if !libclang::has_headers(host, &library) {
        return None;
    }
    let version = libclang::version(&library).unwrap_or_else(|| "of unknown version".into());
    Some(format!("{version} ({})", library.display()))
}

fn python(host: &dyn Host) -> Option<String> {
    // Debian ships python3 without `ensurepip`; a virtual environment made without it has no pip.
    let script = "import ensurepip, venv, platform; print(platform.python_version())";
    let version = host.output("python3", &["-c", script])?;
    Some(format!("python {}", version.trim()))
}

#[cfg(test)]
mod tests {
    use super::{host::fake::Machine, *};

    fn missing(machine: &Machine, purpose: Purpose) -> Vec<&'static str> {
        check(machine, purpose)
            .into_iter()
            .filter(|one| one.found.is_none())
            .flat_map(|one| one.apt)
            .copied()
            .collect()
    }

    fn with_compiler() -> Machine {
        Machine::default()
            .program("c++ --version", "c++ (Debian 12.2.0-14) 12.2.0\nCopyright")
            .program("make --version", "GNU Make 4.3\n")
    }

    #[test]
    fn a_bare_machine_misses_everything() {
        let all = ["cmake", "g++", "make", "libclang-dev", "git", "python3-venv", "strace"];
        let tests = if cfg!(target_os = "linux") { &all[..] } else { &all[..6] };
        assert_eq!(missing(&Machine::default(), Purpose::Test), tests);
        assert_eq!(missing(&Machine::default(), Purpose::Build), all[..4]);
    }

    #[test]
    fn only_what_is_missing_is_named() {
        assert_eq!(missing(&with_compiler(), Purpose::Build), ["cmake", "libclang-dev"]);
    }

    #[test]
    fn a_complete_machine_misses_nothing() {
        let machine = with_compiler()
            .program("cmake --version", "cmake version 3.25.1\n\nCMake suite")
            .file("/usr/lib/llvm-14/lib/libclang-14.so")
            .file("/usr/lib/llvm-14/lib/clang/14.0.6/include/stddef.h");
        assert_eq!(missing(&machine, Purpose::Build), [""; 0]);
        let found: Vec<_> = check(&machine, Purpose::Build).into_iter().filter_map(|one| one.found).collect();
        assert_eq!(
            found,
            [
                "cmake version 3.25.1",
                "c++ (Debian 12.2.0-14) 12.2.0",
                "GNU Make 4.3",
                "14 (/usr/lib/llvm-14/lib/libclang-14.so)"
            ]
        );
    }

    #[test]
    fn what_a_variable_names_is_what_counts() {
        let machine = with_compiler().variable("CXX", "clang++-19 -stdlib=libc++");
        assert!(missing(&machine, Purpose::Build).contains(&"g++"));
        let machine = machine.program("clang++-19 --version", "clang version 19.1.7");
        assert!(!missing(&machine, Purpose::Build).contains(&"g++"));
    }
}
