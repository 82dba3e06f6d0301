//! The workflows that there are: those that ship, the user's own, the team's, and those of a workspace that the user trusts.

use crate::tools::registry;
use std::path::{Path, PathBuf};
use trust_assist::workflow::{BUILTIN, Workflow, read};
use trust_config::{Problem, Team, Trusted, nearest};
use trust_tools::Class;

/// Where a workspace has them.
pub const FOLDER: &str = ".trust/workflows";
/// Where a team has them.
const OF_TEAM: &str = "workflows/";
/// Files of one folder that count, in the order of their names.
const FILES: usize = 64;

/// A workflow as somebody wrote it down.
pub struct Written {
    pub name: String,
    /// Who says so, for people.
    pub from: String,
    text: String,
}

/// All of them, and what keeps others from being among them. Of one name the user's own counts for more than the team's, that
/// for more than what ships, and that for more than the workspace's.
pub struct Workflows {
    pub all: Vec<Written>,
    pub problems: Vec<String>,
}

impl Workflows {
    /// For the workspace at `root`; `trusted` is the file that says which ones are.
    pub fn of(root: &Path, own: Option<PathBuf>, team: Option<&Team>, trusted: Option<&Path>) -> Self {
        let mut found = Self { all: Vec::new(), problems: Vec::new() };
        if let Some(folder) = own {
            found.add(&folder, &folder);
        }
        for (path, text) in team.into_iter().flat_map(Team::files) {
            let Some(name) = path.strip_prefix(OF_TEAM).and_then(|rest| rest.strip_suffix(".toml")) else {
                continue;
            };
            let from = team.map(|team| team.named(path)).unwrap_or_default();
            found.put(Written { name: name.to_owned(), from, text: text.to_owned() });
        }
        for (name, text) in BUILTIN {
            let (name, from, text) = (name.to_owned(), "built in".to_owned(), text.to_owned());
            found.put(Written { name, from, text });
        }
        let folder = root.join(FOLDER);
        let is_trusted = trusted.and_then(|file| Trusted::read(file).ok()).is_some_and(|all| all.holds(root));
        if is_trusted {
            found.add(&folder, root);
        } else if folder.is_dir() {
            let advice = trust_config::advice(root);
            let told = format!("not read until this workspace is trusted: `{advice}`");
            found.problems.push(format!("{}: {told}", folder.display()));
        }
        found
    }

    fn add(&mut self, folder: &Path, within: &Path) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|path| path.extension().is_some_and(|end| end == "toml"));
        files.sort();
        files.truncate(FILES);
        let inside = |path: &Path| Some(path.canonicalize().ok()?.starts_with(within.canonicalize().ok()?));
        for path in files {
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let text = match inside(&path) {
                Some(true) => trust_config::read_file(&path).map_err(|(_, why)| why),
                _ => Err("leads out of the folder that it is to be in".into()),
            };
            let from = path.display().to_string();
            match text {
                Ok(text) => self.put(Written { name, from, text: text.unwrap_or_default() }),
                Err(why) => self.problems.push(format!("{from}: {why}")),
            }
        }
    }

    fn put(&mut self, written: Written) {
        match self.all.iter().find(|one| one.name == written.name) {
            Some(other) => self.problems.push(format!(
                "{}: passed over, since there is a `{}` already ({})",
                written.from, written.name, other.from
            )),
            None => self.all.push(written),
        }
    }

    /// # Errors
    /// There is none of this name, in words.
    pub fn get(&self, name: &str) -> Result<&Written, String> {
        self.all.iter().find(|one| one.name == name).ok_or_else(|| {
            let names: Vec<&str> = self.all.iter().map(|one| one.name.as_str()).collect();
            match nearest(name, names.iter().copied()) {
                Some(nearest) => format!("there is no workflow `{name}`; did you mean `{nearest}`?"),
                None => format!("there is no workflow `{name}`; there are {}", names.join(", ")),
            }
        })
    }
}

impl Written {
    /// # Errors
    /// All that is wrong with it.
    pub fn read(&self) -> Result<Workflow, Vec<Problem>> {
        let tools = registry(None);
        let reading: Vec<&str> =
            tools.iter().filter(|tool| tool.class() == Class::Read).map(|tool| tool.name()).collect();
        read(&self.name, &self.from, &self.text, &reading)
    }
}
