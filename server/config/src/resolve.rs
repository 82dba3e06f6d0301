//! Which value holds where. What is said of a directory counts for more than what is said of a language, and that for more
//! than what is said in general, whichever layer says it; what a profile says that is named there counts next to what is said there
//! itself. The environment and the command line count for more still. What restricts goes before: the most restrictive word of any
//! layer, or the team's.

use crate::config::{Config, Source};
use crate::inputs::Layer;
use crate::key::{Key, Kind, Reach};
use crate::section::{Entries, Entry, PROFILE, of_language};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// What settings are asked for: a document, or without anything the session.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place<'a> {
    pub language: Option<&'a str>,
    pub path: Option<&'a Path>,
}

/// A value, and who says so.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub value: Value,
    pub layer: Layer,
    /// The file, the variable, the flag, or what else it was read from.
    pub source: String,
    pub line: Option<usize>,
    /// What it was said of, where not in general: `[language.python]`.
    pub of: Option<String>,
}

/// How special it is, who says it, and of what.
type Said<'a> = (usize, &'a Source, &'a Entry, Option<String>);

fn found(source: &Source, entry: &Entry, of: Option<String>) -> Found {
    Found {
        value: entry.value.clone(),
        layer: source.layer,
        source: entry.by.clone().unwrap_or_else(|| source.name.clone()),
        line: entry.line,
        of,
    }
}

/// What holds of a key that nobody says anything of.
fn unsaid(key: &Key) -> Found {
    Found { value: (key.default)(), layer: Layer::Default, source: "default".into(), line: None, of: None }
}

impl Config {
    /// The value of a key at a place.
    pub fn found(&self, key: &Key, place: Place<'_>) -> Found {
        if let Kind::Restriction(choices) = key.kind
            && let Some(found) = self.most_restrictive(key, choices)
        {
            return found;
        }
        let mut best = unsaid(key);
        if let Some((_, source, entry, of)) = self.strongest(key, place) {
            best = found(source, entry, of);
        }
        self.within_the_team(key, best)
    }

    /// A value as far as the team's own word allows it.
    fn within_the_team(&self, key: &Key, later: Found) -> Found {
        let Some(order) = key.order().filter(|_| later.layer > Layer::Team) else { return later };
        let Some((source, entry)) = self.of_the_team(key) else { return later };
        let value = order.within(&later.value, &entry.value);
        let team = found(source, entry, None);
        match (value == later.value, value == team.value) {
            (true, _) => later,
            (_, true) => team,
            _ => Found { value, source: format!("{}, within {}", later.source, team.source), ..later },
        }
    }

    /// What the team says of a key in general.
    pub(crate) fn of_the_team(&self, key: &Key) -> Option<(&Source, &Entry)> {
        let team = self.sources.iter().filter(|source| source.layer == Layer::Team);
        team.filter_map(|source| Some((source, source.section.values.get(key.name)?))).next_back()
    }

    /// Of all that any layer and any workspace folder says, what restricts most; the later layer's of equals.
    fn most_restrictive(&self, key: &Key, choices: &[&str]) -> Option<Found> {
        let rank = |entry: &Entry| choices.iter().position(|choice| entry.value.as_str() == Some(choice));
        let said = self
            .sources
            .iter()
            .rev()
            .filter_map(|source| Some((source, source.section.values.get(key.name)?)));
        let (source, entry) = said.min_by_key(|(_, entry)| rank(entry).unwrap_or(0))?;
        let default = (key.default)();
        let default = choices.iter().position(|choice| default.as_str() == Some(choice));
        // Of what a team locked without saying what it is, nobody after it says more than the default; and where neither the user nor
        // what is above says anything, a workspace and an editor do not.
        let is_silent = |layers: &dyn Fn(Layer) -> bool| {
            let mut own = self.sources.iter().filter(|source| layers(source.layer));
            !own.any(|source| source.section.values.contains_key(key.name))
        };
        let locked = self.is_locked(key) && is_silent(&|layer| layer <= Layer::Team);
        let restricts = is_silent(&|layer| !matches!(layer, Layer::Workspace | Layer::Editor));
        if (locked || restricts) && rank(entry) > default {
            return Some(unsaid(key));
        }
        Some(found(source, entry, None))
    }

    /// Whether the team's word holds whatever is said after it.
    pub fn is_locked(&self, key: &Key) -> bool {
        self.locked.contains(&key.name)
    }

    /// What counts for most. Of what is locked that is what the team says there, or else what was said before it.
    fn strongest(&self, key: &Key, place: Place<'_>) -> Option<Said<'_>> {
        if !self.is_locked(key) {
            return self.strongest_of(key, place, |_| true);
        }
        let team = self.strongest_of(key, place, |layer| layer == Layer::Team);
        team.or_else(|| self.strongest_of(key, place, |layer| layer < Layer::Team))
    }

    /// What counts for most in some layers, by how special it is, and then by layer.
    fn strongest_of(&self, key: &Key, place: Place<'_>, of: impl Fn(Layer) -> bool) -> Option<Said<'_>> {
        let mut best: Option<Said<'_>> = None;
        let mut take = |rank: usize, source, entry, of| {
            if best.as_ref().is_none_or(|(before, ..)| rank >= *before) {
                best = Some((rank, source, entry, of));
            }
        };
        let workspace = self.workspace(place.path);
        for source in self.sources.iter().filter(|source| of(source.layer)) {
            if source.layer == Layer::Workspace && !workspace.is_some_and(|own| std::ptr::eq(own, source)) {
                continue;
            }
            if let Some(entry) = source.section.values.get(key.name) {
                let rank = if source.layer >= Layer::Environment { usize::MAX } else { 0 };
                take(rank, source, entry, None);
            }
            let entries = place.language.and_then(|language| source.section.languages.get(language));
            if let Some((said, entry, by)) =
                entries.and_then(|entries| self.said_of_a_part(key, source, entries, place))
            {
                take(1, said, entry, place.language.map(|language| of_language(language) + &by));
            }
            for directory in &source.section.directories {
                let holds = |path: &Path| directory.paths.iter().any(|folder| path.starts_with(folder));
                if !place.path.is_some_and(holds) {
                    continue;
                }
                let Some((said, entry, by)) = self.said_of_a_part(key, source, &directory.values, place)
                else {
                    continue;
                };
                let depth = directory.paths.first().map_or(0, |path| path.components().count());
                take(2 + depth, said, entry, Some(directory.called() + &by));
            }
        }
        best
    }

    /// What a source says of a key for one language or directory: itself, or else by the profile that it names there. With the
    /// source of these words, and how that profile is called behind the part's own name.
    fn said_of_a_part<'a>(
        &'a self,
        key: &Key,
        source: &'a Source,
        part: &'a Entries,
        place: Place<'_>,
    ) -> Option<(&'a Source, &'a Entry, String)> {
        if let Some(entry) = part.get(key.name) {
            return Some((source, entry, String::new()));
        }
        // What holds for the session is chosen for the session.
        if key.reach == Reach::Session || key.name == PROFILE {
            return None;
        }
        let is_overruled = |key: &Key| self.is_locked(key) && source.layer > Layer::Team;
        if crate::key(PROFILE).is_none_or(is_overruled) {
            return None;
        }
        let name = part.get(PROFILE)?.value.as_str()?;
        let is_locked = self.is_locked(key);
        let sections = || {
            let last_first = self.sources.iter().rev();
            let allowed = last_first.filter(move |source| !is_locked || source.layer <= Layer::Team);
            allowed.filter_map(move |source| Some((source, source.section.profiles.get(name)?)))
        };
        let of_language = sections().find_map(|(source, section)| {
            Some((source, section.languages.get(place.language?)?.get(key.name)?))
        });
        let in_general =
            || sections().find_map(|(source, section)| Some((source, section.values.get(key.name)?)));
        let (source, entry) = of_language.or_else(in_general)?;
        Some((source, entry, format!(", [profiles.{name}]")))
    }

    /// What the workspace folder of a path says; the first where it lies in none, or there is no path.
    fn workspace(&self, path: Option<&Path>) -> Option<&Source> {
        let depth = |root: &Vec<PathBuf>| {
            let holding = root.iter().filter(|root| path.is_some_and(|path| path.starts_with(root)));
            holding.map(|root| root.components().count()).max()
        };
        let holding = self.roots.iter().filter(|root| depth(root).is_some()).max_by_key(|root| depth(root));
        let root = holding.or(self.roots.first())?;
        self.sources.iter().find(|source| source.layer == Layer::Workspace && source.roots == *root)
    }
}
