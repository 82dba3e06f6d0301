//! How missing packages are installed: the choice between apt, apt through sudo, and a list for the
//! reader is a pure function of the machine; only `run_apt` changes anything.

use super::host::{Host, expand};
use crate::paint::Paint;
use anyhow::{Context, Result, bail};
use std::{
    io::IsTerminal,
    path::Path,
    process::{Command, Stdio},
};

#[derive(Debug, PartialEq, Eq)]
pub enum Plan {
    /// Install with apt, with these words in front of each command.
    Apt { sudo: Vec<&'static str> },
    /// Nothing we may do: tell the reader what to do.
    Advise(String),
}

pub fn plan(host: &dyn Host, packages: &[&str]) -> Plan {
    plan_for(host, packages, std::io::stdin().is_terminal())
}

fn plan_for(host: &dyn Host, packages: &[&str], terminal: bool) -> Plan {
    if !has_apt(host) {
        return Plan::Advise(advice(host, packages));
    }
    if host.output("id", &["-u"]).is_some_and(|user| user.trim() == "0") {
        return Plan::Apt { sudo: Vec::new() };
    }
    if host.output("sudo", &["-n", "true"]).is_some() {
        return Plan::Apt { sudo: vec!["sudo", "-n"] };
    }
    if terminal && host.output("sudo", &["-V"]).is_some() {
        return Plan::Apt { sudo: vec!["sudo"] };
    }
    Plan::Advise(advice(host, packages))
}

/// What to type, for this system if it is one we know, and for all of them if it is not.
pub fn advice(host: &dyn Host, packages: &[&str]) -> String {
    if has_apt(host) {
        let line =
            format!("apt-get update && apt-get install --no-install-recommends {}", packages.join(" "));
        return format!("install what is missing, as root:\n    {line}");
    }
    let systems = [
        ("fedora", "Fedora", "sudo dnf install cmake gcc-c++ make clang-devel python3"),
        ("arch", "Arch", "sudo pacman -S --needed cmake gcc make clang python"),
        ("macos", "macOS", "xcode-select --install; brew install cmake llvm python"),
        ("nixos", "NixOS", "nix-shell -p cmake gcc gnumake rustPlatform.bindgenHook python3"),
        ("debian", "Debian, Ubuntu", "sudo apt-get install cmake g++ make libclang-dev python3-venv"),
    ];
    let this = system(host);
    let known = systems.iter().any(|(id, ..)| this.iter().any(|word| word == id));
    let lines: Vec<_> = systems
        .iter()
        .filter(|(id, ..)| !known || this.iter().any(|word| word == id))
        .map(|(_, name, line)| format!("    {name:<15} {line}"))
        .collect();
    format!("install what is missing, then run this again:\n{}", lines.join("\n"))
}

/// Installs, with what happens shown as it happens.
pub fn run_apt(packages: &[&str], sudo: &[&str], paint: Paint) -> Result<()> {
    let install: Vec<_> =
        ["apt-get", "install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120"]
            .into_iter()
            .chain(packages.iter().copied())
            .collect();
    let update = ["apt-get", "update"];
    println!("{} {}", paint.bold("installing with apt:"), packages.join(" "));
    let lists = expand(&super::ThisMachine, "/var/lib/apt/lists/*_Packages*");
    // Old lists name versions that the archive no longer has: the second attempt is for those.
    if !lists.is_empty() && apt(&install, sudo, paint)? {
        return Ok(());
    }
    if apt(&update, sudo, paint)? && apt(&install, sudo, paint)? {
        return Ok(());
    }
    bail!("apt could not install {}; its messages are above", packages.join(" "))
}

fn apt(words: &[&str], sudo: &[&str], paint: Paint) -> Result<bool> {
    // `env`, because sudo does not pass the caller's variables on.
    let line: Vec<_> =
        sudo.iter().chain(&["env", "DEBIAN_FRONTEND=noninteractive"]).chain(words).copied().collect();
    println!("{}", paint.dim(&format!("$ {}", line.join(" "))));
    let stdin = if sudo == ["sudo"] { Stdio::inherit() } else { Stdio::null() };
    let status = Command::new(line[0]).args(&line[1..]).stdin(stdin).status();
    Ok(status.with_context(|| format!("cannot run {}", line[0]))?.success())
}

fn has_apt(host: &dyn Host) -> bool {
    let debian = system(host).iter().any(|word| word == "debian" || word == "ubuntu");
    debian && host.output("apt-get", &["--version"]).is_some()
}

/// The identifiers of the system, the most specific first: `["ubuntu", "debian"]`.
fn system(host: &dyn Host) -> Vec<String> {
    if cfg!(target_os = "macos") {
        return vec!["macos".into()];
    }
    let release = host.text(Path::new("/etc/os-release")).unwrap_or_default();
    ["ID=", "ID_LIKE="]
        .iter()
        .filter_map(|key| release.lines().find_map(|line| line.strip_prefix(key)))
        .flat_map(|value| value.trim_matches(['"', '\'']).split_whitespace())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::host::fake::Machine, *};

    const PACKAGES: &[&str] = &["cmake", "libclang-dev"];

    fn debian() -> Machine {
        Machine::default()
            .text("/etc/os-release", "NAME=\"Debian GNU/Linux\"\nID=debian\n")
            .program("apt-get --version", "apt 2.6.1")
    }

    #[test]
    fn root_installs_and_others_ask_sudo() {
        let root = debian().program("id -u", "0\n");
        assert_eq!(plan_for(&root, PACKAGES, false), Plan::Apt { sudo: vec![] });
        let trusted = debian().program("id -u", "1000\n").program("sudo -n true", "");
        assert_eq!(plan_for(&trusted, PACKAGES, false), Plan::Apt { sudo: vec!["sudo", "-n"] });
        let person = debian().program("id -u", "1000\n").program("sudo -V", "Sudo version 1.9");
        assert_eq!(plan_for(&person, PACKAGES, true), Plan::Apt { sudo: vec!["sudo"] });
    }

    #[test]
    fn without_the_right_to_install_the_command_is_shown() {
        let user = debian().program("id -u", "1000\n").program("sudo -V", "Sudo version 1.9");
        let Plan::Advise(text) = plan_for(&user, PACKAGES, false) else {
            panic!("nobody can type a password")
        };
        assert!(text.contains("apt-get install --no-install-recommends cmake libclang-dev"), "{text}");
    }

    #[test]
    fn ubuntu_counts_as_debian() {
        let mint = Machine::default()
            .text("/etc/os-release", "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n")
            .program("apt-get --version", "apt 2.7")
            .program("id -u", "0");
        assert_eq!(plan_for(&mint, PACKAGES, false), Plan::Apt { sudo: vec![] });
    }

    #[test]
    fn other_systems_get_their_own_line_and_unknown_ones_all_lines() {
        let fedora = Machine::default().text("/etc/os-release", "ID=fedora\n").program("id -u", "0");
        let text = advice(&fedora, PACKAGES);
        assert!(text.contains("dnf install") && !text.contains("pacman"), "{text}");
        let text = advice(&Machine::default(), PACKAGES);
        assert!(["dnf", "pacman", "brew", "nix-shell"].iter().all(|word| text.contains(word)), "{text}");
    }
}
