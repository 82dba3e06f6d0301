//! The team's layer: which team it is, what its file says, what is locked, and who is overruled by that.

use super::{Named, Team, hold};
use crate::config::{Config, Source};
use crate::inputs::{Files, Layer};
use crate::node::Node;
use crate::problem::{Problem, tellable};
use crate::resolve::Place;
use crate::section::{Reader, Section};
use crate::{KEYS, key, nearest_key};
use std::path::{Path, PathBuf};

/// The keys that a name locks: the one that is called so, or those of a table.
pub(super) fn lockable(name: &str) -> impl Iterator<Item = &'static str> {
    let table = format!("{name}.");
    let keys = KEYS.iter().filter(move |key| key.name == name || key.name.starts_with(&table));
    keys.filter(|key| !key.names_the_team()).map(|key| key.name)
}

impl Config {
    /// Puts what the team says between the machine and the user.
    pub(crate) fn read_team(&mut self, files: &Files, before: Option<&Self>) {
        let known = self.problems.len();
        self.put_team(files, before);
        self.team_problems = self.problems.get(known..).unwrap_or_default().to_vec();
    }

    fn put_team(&mut self, files: &Files, before: Option<&Self>) {
        let Some(named) = self.name_the_team(files.home.as_deref()) else { return };
        let last = before.filter(|before| before.named.as_ref().is_some_and(|last| last.key == named.key));
        let last = last.and_then(|before| before.team.as_ref());
        let (team, problems) = hold(&named, files.teams.as_deref(), last, &mut self.stamps);
        self.problems.extend(problems);
        let (name, section) = match &team {
            Some(team) => (team.named("config.toml"), self.team_section(team, files.home.as_deref())),
            // What restrictions it would have set, nobody knows.
            None => (format!("team of {}", named.source.display()), Section::restricted()),
        };
        let at = self.sources.partition_point(|source| source.layer < Layer::Team);
        let source = Source { layer: Layer::Team, name, section, roots: Vec::new(), trusted: true };
        self.sources.insert(at, source);
        (self.named, self.team) = (Some(named), team);
    }

    fn team_section(&mut self, team: &Team, home: Option<&Path>) -> Section {
        self.lock(team);
        let name = team.named("config.toml");
        let Some(text) = team.config() else { return Section::default() };
        let reader = Reader {
            source: &name,
            shared: false,
            trusted: true,
            profiles: true,
            team: false,
            root: None,
            home,
        };
        match Node::from_toml(text) {
            Ok(tree) => reader.read(&tree, &mut self.problems),
            Err(broken) => {
                let told = format!("{}; the file is passed over", broken.message);
                self.problems.push(Problem::new(&name, broken.line, None, told));
                Section::restricted()
            }
        }
    }

    fn lock(&mut self, team: &Team) {
        for (name, line) in team.locks() {
            let before = self.locked.len();
            self.locked.extend(lockable(name));
            if self.locked.len() == before {
                let near = nearest_key(name).map(|near| format!("; did you mean `{near}`?"));
                let told = format!("is no key that can be locked{}", near.unwrap_or_default());
                let source = team.named("manifest.toml");
                self.problems.push(Problem::new(&source, *line, Some(&tellable(name)), told));
            }
        }
    }

    /// The team by the machine's word, or else by the user's: both parts of it stand in one file.
    fn name_the_team(&mut self, home: Option<&Path>) -> Option<Named> {
        let mut chosen: Option<Named> = None;
        for source in &self.sources {
            let said = |name: &str| {
                let entry = source.section.values.get(name)?;
                Some((entry.value.as_str().filter(|text| !text.is_empty() && *text != "none")?, entry.line))
            };
            let mut tell = |line, told: String| {
                self.problems.push(Problem::new(&source.name, line, Some("team.source"), told));
            };
            let (folder, key) = (said("team.source"), said("team.key"));
            let Some((folder, line)) = folder else { continue };
            let Some((key, _)) = key else {
                tell(line, "is not applied without `team.key`, which its manifest is signed with".into());
                continue;
            };
            let folder = match (folder.strip_prefix("~/"), home) {
                (Some(inside), Some(home)) => home.join(inside),
                _ => PathBuf::from(folder),
            };
            let named = Named { source: folder, key: key.to_owned(), by: (source.name.clone(), line) };
            match &chosen {
                None => chosen = Some(named),
                Some(first) if (&first.source, &first.key) != (&named.source, &named.key) => {
                    tell(line, format!("is not applied: {} names the team", first.by.0));
                }
                Some(_) => {}
            }
        }
        chosen
    }

    /// Says of each value that a lock or a stricter word of the team keeps from holding whose it is.
    pub(crate) fn tell_who_is_overruled(&mut self) {
        let Some(team) = &self.team else { return };
        let mut told = Vec::new();
        for source in self.sources.iter().filter(|source| source.layer > Layer::Team) {
            let section = &source.section;
            let general = section.values.iter().map(|set| (Place::default(), set));
            let languages = section.languages.iter().flat_map(|(language, entries)| {
                entries.iter().map(move |set| (Place { language: Some(language), path: None }, set))
            });
            let directories = section.directories.iter().flat_map(|directory| {
                let path = directory.paths.first().map(PathBuf::as_path);
                directory.values.iter().map(move |set| (Place { language: None, path }, set))
            });
            for (place, (name, entry)) in general.chain(languages).chain(directories) {
                let Some(key) = key(name) else { continue };
                let message = if self.is_locked(key) {
                    let found = self.found(key, place);
                    // A stricter word than the team's holds all the same.
                    let holds =
                        found.value == entry.value || key.kind.is_stricter(&entry.value, &found.value);
                    (!holds).then(|| format!("is not applied: team {} locked it", team.name()))
                } else {
                    let bound = key.order().zip(self.of_the_team(key));
                    let within = bound.map(|(order, (_, said))| order.within(&entry.value, &said.value));
                    let holds = within.is_none_or(|within| within == entry.value);
                    (!holds).then(|| {
                        format!("counts only as far as team {} allows: its word is stricter", team.name())
                    })
                };
                if let Some(message) = message {
                    let by = entry.by.as_ref().unwrap_or(&source.name);
                    told.push(Problem::new(by, entry.line, Some(name), message));
                }
            }
        }
        self.problems.extend(told);
    }
}
