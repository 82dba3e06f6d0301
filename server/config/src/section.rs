//! What one source sets: its tree read against the table of keys, key by key, so that what is wrong takes nothing else
//! with it.

use crate::key::{Key, Kind, Reach};
use crate::node::{Content, Node};
use crate::problem::{Problem, nearest, tellable};
use crate::{KEYS, key, nearest_key};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One key as it is set in one place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub value: Value,
    pub line: Option<usize>,
    /// The variable or the flag, where it is one.
    pub by: Option<String>,
}

pub(crate) type Entries = BTreeMap<&'static str, Entry>;

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Section {
    pub values: Entries,
    /// By the id of the language.
    pub languages: BTreeMap<String, Entries>,
    pub directories: Vec<Directory>,
    pub profiles: BTreeMap<String, Section>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Directory {
    /// As it was named and as the system knows it: a file's path may come either way.
    pub paths: Vec<PathBuf>,
    pub values: Entries,
}

impl Section {
    /// Of a source that cannot be read: nothing but the most restrictive of each restriction.
    pub fn restricted() -> Self {
        let entry = |key: &'static Key| {
            let Kind::Restriction(_) = key.kind else { return None };
            Some((key.name, Entry { value: key.kind.when_wrong()?, line: None, by: None }))
        };
        Self { values: KEYS.iter().filter_map(entry).collect(), ..Self::default() }
    }
}

impl Section {
    /// What it says in general, and of what else, as a message names that.
    pub fn parts(&self) -> Vec<(Option<String>, &Entries)> {
        let languages =
            self.languages.iter().map(|(language, entries)| (Some(of_language(language)), entries));
        let directories =
            self.directories.iter().map(|directory| (Some(directory.called()), &directory.values));
        std::iter::once((None, &self.values)).chain(languages).chain(directories).collect()
    }
}

impl Directory {
    pub fn called(&self) -> String {
        let path = self.paths.first().map(|path| path.display().to_string()).unwrap_or_default();
        format!("[[directory]] {path}")
    }
}

pub(crate) fn of_language(language: &str) -> String {
    format!("[language.{language}]")
}

/// The key that chooses a profile.
pub(crate) const PROFILE: &str = "profile";

/// Keys of a table that there is not, for which the nearest is looked for.
const MEANT: usize = 16;

/// Where a tree comes from, and what it may say.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    /// The file's path, or what else people know it by.
    pub source: &'a str,
    /// Other programs' settings may stand beside ours.
    pub shared: bool,
    /// It may set keys that are not safe.
    pub trusted: bool,
    /// It may define profiles.
    pub profiles: bool,
    /// It may say which team this is of.
    pub team: bool,
    /// What paths of directories are relative to, where they may be, and what they must lie in then.
    pub root: Option<&'a Path>,
    pub home: Option<&'a Path>,
}

impl Reader<'_> {
    pub fn read(self, node: &Node, problems: &mut Vec<Problem>) -> Section {
        let mut section = Section::default();
        let Content::Table(fields) = &node.content else {
            if !matches!(&node.content, Content::Value(Value::Null)) {
                problems.push(self.problem(node, None, "is no table of keys"));
            }
            return section;
        };
        for (name, node) in fields {
            match (name.as_str(), &node.content) {
                ("language", Content::Table(languages)) => {
                    for (language, node) in languages {
                        let entries = section.languages.entry(language.clone()).or_default();
                        self.entries("", node, Reach::Places, entries, problems);
                    }
                }
                ("directory", Content::Tables(directories)) => {
                    let read = directories.iter().filter_map(|node| self.directory(node, problems));
                    section.directories.extend(read);
                }
                ("profiles", Content::Table(profiles)) if self.profiles => {
                    for (name, node) in profiles {
                        let profile = Self { profiles: false, team: false, ..self }.read(node, problems);
                        section.profiles.insert(name.clone(), profile);
                    }
                }
                ("profiles", _) if !self.shared => {
                    let told = "stands in the machine's and the user's file only, as tables [profiles.NAME]";
                    problems.push(self.problem(node, Some("profiles"), told));
                }
                ("language", _) if !self.shared => {
                    problems.push(self.problem(node, Some("language"), "takes tables [language.ID]"));
                }
                ("directory", _) if !self.shared => {
                    let told = "takes tables [[directory]], each with a path";
                    problems.push(self.problem(node, Some("directory"), told));
                }
                _ => self.field(name, node, Reach::Session, &mut section.values, problems),
            }
        }
        section
    }

    /// The keys in a table, whose names begin with `prefix`.
    fn entries(
        self,
        prefix: &str,
        node: &Node,
        reach: Reach,
        into: &mut Entries,
        problems: &mut Vec<Problem>,
    ) {
        let Content::Table(fields) = &node.content else {
            return problems.push(self.problem(node, None, "is no table of keys"));
        };
        for (name, node) in fields {
            self.field(&format!("{prefix}{name}"), node, reach, into, problems);
        }
    }

    fn field(self, name: &str, node: &Node, reach: Reach, into: &mut Entries, problems: &mut Vec<Problem>) {
        if let Some(key) = key(name) {
            if reach == Reach::Places && key.reach == Reach::Session {
                let told = "holds for the whole session, not for one language or directory";
                return problems.push(self.problem(node, Some(name), told));
            }
            if let Some(entry) = self.entry(key, node, problems) {
                into.insert(key.name, entry);
            }
            return;
        }
        let prefix = format!("{name}.");
        if KEYS.iter().any(|key| key.name.starts_with(&prefix)) && matches!(node.content, Content::Table(_)) {
            return self.entries(&prefix, node, reach, into, problems);
        }
        let near = nearest_key(name);
        // Of a table that there is not, its keys may tell which one is meant.
        if let (None, false, Content::Table(fields)) = (near, self.shared, &node.content) {
            let known = problems.len();
            for (inner, node) in fields.iter().take(MEANT) {
                let dotted = format!("{name}.{inner}");
                if let Some(near) = nearest_key(&dotted) {
                    let told = format!("is no key; did you mean `{near}`?");
                    problems.push(self.problem(node, Some(&tellable(&dotted)), told));
                }
            }
            if problems.len() > known {
                return;
            }
        }
        // A plugin reads its own part of the section itself: where the server is.
        if self.shared && (near.is_none() || name == "server") {
            return;
        }
        let told = match near {
            Some(near) => format!("is no key; did you mean `{near}`?"),
            None => "is no key; `trust-lsp config show` lists them".into(),
        };
        problems.push(self.problem(node, Some(&tellable(name)), told));
    }

    pub fn entry(self, key: &'static Key, node: &Node, problems: &mut Vec<Problem>) -> Option<Entry> {
        let mut value = node.value();
        if self.shared && value.is_null() {
            return None;
        }
        if key.names_the_team() && !self.team {
            let told = "counts in the machine's and the user's file only";
            problems.push(self.problem(node, Some(key.name), told));
            return None;
        }
        if let (Kind::ChoiceByLanguage(_), Content::Table(fields)) = (key.kind, &node.content) {
            // What is wrong for one language holds for no other.
            let right = fields.iter().filter(|(language, node)| {
                let checked = key.kind.check(&match &node.content {
                    Content::Value(choice) => choice.clone(),
                    _ => Value::Null,
                });
                let name = format!("{}.{}", key.name, tellable(language));
                checked.map_err(|told| problems.push(self.problem(node, Some(&name), told))).is_ok()
            });
            let right = right.map(|(language, node)| (language.clone(), node.value()));
            value = right.collect::<serde_json::Map<_, _>>().into();
        }
        if let Err(told) = key.kind.check(&value) {
            let Some(meant) = key.kind.when_wrong() else {
                problems.push(self.problem(node, Some(key.name), told));
                return None;
            };
            problems.push(self.problem(node, Some(key.name), format!("{told}; taken as {meant}")));
            value = meant;
        }
        if !self.trusted && !key.is_safe(&value) {
            let advice = crate::advice(self.root.unwrap_or(Path::new(".")));
            let told = format!("is not applied until this workspace is trusted: `{advice}`");
            let problem = self.problem(node, Some(key.name), told);
            problems.push(Problem { waits_for_trust: true, ..problem });
            return None;
        }
        Some(Entry { value, line: node.line, by: None })
    }

    fn directory(self, node: &Node, problems: &mut Vec<Problem>) -> Option<Directory> {
        let Content::Table(fields) = &node.content else { return None };
        let named = fields.iter().find(|(name, _)| name == "path");
        let Some(path) = named.and_then(|(_, node)| node.value().as_str().map(PathBuf::from)) else {
            problems.push(self.problem(node, Some("directory"), "needs a path"));
            return None;
        };
        let Some(path) = self.place(&path) else {
            let told = match self.root {
                Some(_) => "takes a folder of this workspace, named from its root",
                None => "takes an absolute path; `~/` is the home folder",
            };
            problems.push(self.problem(node, Some("directory.path"), told));
            return None;
        };
        let mut paths = vec![path];
        if let Some(canonical) = paths[0].canonicalize().ok().filter(|canonical| *canonical != paths[0]) {
            paths.push(canonical);
        }
        let mut directory = Directory { paths, values: Entries::new() };
        for (name, node) in fields.iter().filter(|(name, _)| name != "path") {
            self.field(name, node, Reach::Places, &mut directory.values, problems);
        }
        Some(directory)
    }

    fn place(self, path: &Path) -> Option<PathBuf> {
        let plain =
            |path: &Path| path.components().all(|part| !matches!(part, std::path::Component::ParentDir));
        let place = match (self.root, path.strip_prefix("~")) {
            (Some(root), _) if path.is_relative() => root.join(path),
            (Some(_), _) => return None,
            (None, Ok(inside)) => self.home?.join(inside),
            (None, Err(_)) if path.is_absolute() => path.to_path_buf(),
            (None, Err(_)) => return None,
        };
        // Without `.` and doubled separators, as paths of files come.
        plain(path).then(|| place.components().collect())
    }

    fn problem(self, node: &Node, key: Option<&str>, told: impl Into<String>) -> Problem {
        Problem::new(self.source, node.line, key, told)
    }
}

/// The profile whose name is most like this one.
pub(crate) fn nearest_profile<'a>(name: &str, profiles: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    nearest(name, profiles)
}
