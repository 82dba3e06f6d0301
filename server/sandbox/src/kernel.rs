//! Walls by the kernel alone, for the thread that asks and what it starts: Landlock says which files, a filter that there are
//! no sockets, and that nothing leaves its group of processes, by which all of it is ended.
//!
//! Landlock knows only what is permitted below a folder. So a folder that holds something hidden is permitted entry by entry,
//! and no new file can be made in it.

use crate::Walls;
use crate::filter;
use crate::walls::{SYSTEM, SYSTEM_SECRETS};
use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope,
};
use std::path::{Path, PathBuf};

/// The newest that is made use of; older kernels hold what they know.
const NEWEST: ABI = ABI::V6;
/// Before it, a file could be emptied whatever the walls.
const OLDEST: ABI = ABI::V3;
/// What programs expect to write to. The terminal is not among them: whoever may write to it may type there too, and answer
/// what a person is asked.
const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

type Rights = BitFlags<AccessFs>;

/// Whether all of it can be had, tried on a thread that ends.
pub(crate) fn works() -> Result<(), String> {
    let trial = std::thread::Builder::new()
        .name("trust-walls".to_owned())
        .spawn(|| confine(&Walls::default(), Path::new("/tmp"), None));
    let tried = trial.map_err(|error| error.to_string())?.join();
    tried.unwrap_or_else(|_| Err("Landlock broke off".to_owned()))
}

/// Holds this thread, and what it starts from now on, to the walls. `temporary` is a folder of its own.
pub(crate) fn confine(walls: &Walls, temporary: &Path, group: Option<u32>) -> Result<(), String> {
    let told = |error: &dyn std::fmt::Display| format!("Landlock does not work here ({error})");
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(OLDEST))
        .map_err(|error| told(&error))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))
        .and_then(|ruleset| ruleset.scope(Scope::from_all(NEWEST)))
        .and_then(Ruleset::create)
        .map_err(|error| told(&error))?;
    let mut grants = Grants { walls, ruleset, problem: None };
    let (read, all) = (AccessFs::from_read(NEWEST), AccessFs::from_all(NEWEST));
    for place in SYSTEM.iter().chain(&["/proc"]) {
        if let Ok(place) = Path::new(place).canonicalize() {
            grants.below(&place, read);
        }
    }
    DEVICES.iter().for_each(|device| grants.add(Path::new(device), all));
    grants.below(temporary, all);
    walls.readable.iter().for_each(|place| grants.below(place, read));
    let rights = if walls.writable { all } else { read };
    walls.roots.iter().for_each(|root| grants.below(root, rights));
    if let Some(problem) = grants.problem {
        return Err(told(&problem));
    }
    let status = grants.ruleset.restrict_self().map_err(|error| told(&error))?;
    if status.ruleset == RulesetStatus::NotEnforced {
        return Err("the kernel has no Landlock, or it is switched off".to_owned());
    }
    filter::install_here(group).map_err(|error| format!("the kernel refused the filter ({error})"))
}

struct Grants<'a> {
    walls: &'a Walls,
    ruleset: RulesetCreated,
    problem: Option<String>,
}

impl Grants<'_> {
    /// Permits a folder and all below, but for what is hidden; less where something is kept as it is.
    fn below(&mut self, place: &Path, rights: Rights) {
        if self.hidden().any(|hidden| place.starts_with(hidden)) && !self.walls.is_in_roots(place) {
            return;
        }
        let kept = rights.contains(AccessFs::WriteFile);
        let is_below = |path: &Path| path != place && path.starts_with(place);
        let special =
            self.hidden().any(is_below) || kept && self.walls.kept.iter().any(|path| is_below(path));
        if !special {
            return self.add(place, rights);
        }
        // Its names may be listed; that is all that holds for what is not named below.
        self.add(place, AccessFs::ReadDir.into());
        let Ok(entries) = std::fs::read_dir(place) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            // What a link leads to is permitted where it lies.
            if entry.file_type().is_ok_and(|kind| kind.is_symlink()) || self.hidden().any(|one| one == path) {
                continue;
            }
            let is_kept = self.walls.kept.contains(&path);
            self.below(&path, if is_kept { rights & AccessFs::from_read(NEWEST) } else { rights });
        }
    }

    fn hidden(&self) -> impl Iterator<Item = &Path> {
        let system = SYSTEM_SECRETS.iter().map(Path::new);
        self.walls.hidden.iter().map(PathBuf::as_path).chain(system)
    }

    fn add(&mut self, path: &Path, rights: Rights) {
        // What is not there, or is not its user's to open, needs no permission.
        let Ok(place) = PathFd::new(path) else { return };
        let rights = if path.is_dir() { rights } else { rights & AccessFs::from_file(NEWEST) };
        let added = (&mut self.ruleset).add_rule(PathBeneath::new(place, rights));
        if let Err(error) = added {
            self.problem = Some(error.to_string());
        }
    }
}
