//! Walls by bubblewrap: a file system with nothing in it but what is named, processes of its own, which end with the first.

use crate::walls::{SYSTEM, SYSTEM_SECRETS};
use crate::{Means, Program, Walls, start};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where it is looked for; a search path may lead into a workspace.
const PLACES: [&str; 4] =
    ["/usr/bin/bwrap", "/bin/bwrap", "/usr/local/bin/bwrap", "/run/current-system/sw/bin/bwrap"];

/// How long it may take to show that it works.
const TRIAL: Duration = Duration::from_secs(10);

/// What every program gets; without a network of its own where the filter of sockets does not hold.
const ALWAYS: [&str; 15] = [
    "--unshare-user-try",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--die-with-parent",
    "--as-pid-1",
    "--new-session",
    "--cap-drop",
    "ALL",
    "--dev",
    "/dev",
    "--proc",
    "/proc",
    "--tmpfs",
];

/// The temporary folder within.
pub(crate) const TEMPORARY: &str = "/tmp";
pub(crate) const HOME: &str = "/tmp/home";

/// The one that is installed, if it can do here what it is for.
pub(crate) fn find() -> Result<PathBuf, String> {
    if cfg!(not(target_os = "linux")) {
        return Err("bubblewrap is for Linux".to_owned());
    }
    let found = PLACES.iter().map(PathBuf::from).find(|place| place.is_file());
    let path = found.ok_or("bubblewrap is not installed (Debian: `apt install bubblewrap`)")?;
    let trial = Program {
        command: vec!["/bin/sh".into(), "-c".into(), "echo within".into()],
        folder: PathBuf::from("/"),
        merged: true,
        ..Program::default()
    };
    let told = |why: &str| format!("bubblewrap does not work here ({})", why.trim());
    let mut running = start(trial, &Walls::default(), &Means::Bubblewrap(path.clone()))
        .map_err(|error| told(&error.to_string()))?;
    let mut output = running.output.take();
    let status = running.wait(TRIAL, &|| false);
    running.stop();
    let mut said = String::new();
    if let Some(output) = &mut output {
        // What it said is only for the message.
        let _ = output.read_to_string(&mut said);
    }
    match status {
        Some(status) if status.success() && said.trim() == "within" => Ok(path),
        Some(_) => Err(told(&said)),
        None => Err(told("it takes too long")),
    }
}

/// What runs first within, and starts the program when it is told to. Bubblewrap lets itself be ended with what started it just
/// before it becomes this: what was heard from here ends, and what is not heard out never begins.
fn gate(asked: bool, merged: bool) -> String {
    let errors = if merged { "exec 2>&1 && " } else { "" };
    let input = if asked { "" } else { " </dev/null" };
    // Without the last word the program would be the first process, which hears no signals.
    format!("echo && read -r go && {errors}\"$@\"{input}; exit $?")
}

/// What it is told, before the program's own words.
pub(crate) fn arguments(walls: &Walls, program: &Program, sockets: bool) -> Vec<OsString> {
    let mut all: Vec<OsString> = ALWAYS.iter().map(OsString::from).collect();
    all.push(TEMPORARY.into());
    if sockets {
        all.push("--unshare-net".into());
    }
    for place in SYSTEM {
        bind(&mut all, "--ro-bind-try", Path::new(place));
    }
    let system = SYSTEM_SECRETS.iter().map(Path::new).filter(|path| path.exists());
    let outside = walls.hidden.iter().map(PathBuf::as_path).filter(|path| !walls.is_in_roots(path));
    let is_there = |path: &&Path| SYSTEM.iter().any(|place| path.starts_with(place));
    system.chain(outside.clone().filter(is_there)).for_each(|path| hide(&mut all, path));
    all.extend(["--dir".into(), HOME.into()]);
    walls.readable.iter().for_each(|path| bind(&mut all, "--ro-bind", path));
    let readable = |path: &&Path| walls.readable.iter().any(|place| path.starts_with(place));
    outside.filter(readable).for_each(|path| hide(&mut all, path));
    let how = if walls.writable { "--bind" } else { "--ro-bind" };
    walls.roots.iter().for_each(|root| bind(&mut all, how, root));
    if walls.writable {
        // What holds something kept stays where it is: moved away, it could be made anew with another in its place.
        between(walls).iter().for_each(|path| bind(&mut all, "--bind", path));
        walls.kept.iter().for_each(|path| bind(&mut all, "--ro-bind", path));
    }
    walls.hidden.iter().filter(|path| walls.is_in_roots(path)).for_each(|path| hide(&mut all, path));
    all.extend(["--chdir".into(), program.folder.as_path().into(), "--".into()]);
    all.extend(["/bin/sh".into(), "-c".into(), gate(program.asked, program.merged).into(), "sh".into()]);
    all
}

/// The folders between a root and what is kept in it, the outer ones first.
fn between(walls: &Walls) -> BTreeSet<&Path> {
    let inside = |folder: &&Path| walls.is_in_roots(folder) && !walls.roots.iter().any(|root| root == folder);
    walls.kept.iter().flat_map(|path| path.ancestors().skip(1).take_while(inside)).collect()
}

fn bind(all: &mut Vec<OsString>, how: &str, path: &Path) {
    all.extend([how.into(), path.into(), path.into()]);
}

fn hide(all: &mut Vec<OsString>, path: &Path) {
    match path.is_dir() {
        true => all.extend(["--tmpfs".into(), path.into(), "--remount-ro".into(), path.into()]),
        false => all.extend(["--ro-bind".into(), "/dev/null".into(), path.into()]),
    }
}
