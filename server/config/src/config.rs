//! The layers: read from where each lies, in their order, with what is wrong about them.

use crate::file::{self, Stamp};
use crate::inputs::{Inputs, LOCAL, Layer};
use crate::node::Node;
use crate::problem::{Problem, nearest, tellable};
use crate::resolve::Place;
use crate::section::{Entry, PROFILE, Reader, Section, nearest_profile};
use crate::team::{Named, Team};
use crate::{KEYS, Settings, Trusted, key, nearest_key};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Settings as they were read, layer by layer.
#[derive(Debug, Clone, Default)]
pub struct Config {
    pub(crate) sources: Vec<Source>,
    /// The workspace folders, each as it was named and as the system knows it.
    pub(crate) roots: Vec<Vec<PathBuf>>,
    /// What the team locked.
    pub(crate) locked: Vec<&'static str>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) stamps: Vec<(PathBuf, Stamp)>,
    pub(crate) named: Option<Named>,
    pub(crate) team: Option<Team>,
    pub(crate) team_problems: Vec<Problem>,
}

#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub layer: Layer,
    pub name: String,
    pub section: Section,
    /// Of a workspace: its folder, in both ways.
    pub roots: Vec<PathBuf>,
    pub trusted: bool,
}

impl Config {
    /// Reads all layers. A file that cannot be read or is no TOML is passed over; where it was read `before`, it goes on
    /// saying what it said then. Reads a few small files.
    pub fn load(inputs: &Inputs, before: Option<&Self>) -> Self {
        let mut config = Self::default();
        let files = &inputs.files;
        let home = files.home.as_deref();
        let whole =
            Reader { source: "", shared: false, trusted: true, profiles: true, team: true, root: None, home };
        config.read_file(Layer::Machine, &files.machine, whole, before);
        if let Some(user) = &files.user {
            config.read_file(Layer::User, user, whole, before);
        }
        config.read_team(files, before);
        let trusted = config.trusted(files.trusted.as_deref());
        config.roots = inputs.roots.iter().map(|root| both_ways(root)).collect();
        for root in &inputs.roots {
            let trusted = trusted.holds(root);
            let reader = Reader { trusted, profiles: false, team: false, root: Some(root), ..whole };
            config.read_file(Layer::Workspace, &root.join(LOCAL), reader, before);
        }
        for sent in &inputs.editor {
            let name = "the editor's settings".to_owned();
            let reader = Reader { source: &name, shared: true, profiles: false, team: false, ..whole };
            let section = reader.read(&Node::from_json(own(sent)), &mut config.problems);
            config.push(Layer::Editor, name, section, Vec::new(), true);
        }
        config.spelled(
            Layer::Environment,
            inputs
                .environment
                .iter()
                .filter_map(|(name, text)| Some((name.clone(), variable(name)?, text.clone()))),
        );
        config.spelled(
            Layer::Session,
            inputs.session.iter().map(|(flag, name, text)| {
                (flag.clone(), key(name).map(|key| key.name).ok_or_else(|| name.clone()), text.clone())
            }),
        );
        config.use_profile();
        config.tell_of_unknown_profiles();
        config.tell_who_is_overruled();
        config
    }

    /// What is not applied, and why.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether the files are those that it was read from, by size, time and inode.
    pub fn is_current(&self) -> bool {
        self.stamps.iter().all(|(path, stamp)| Stamp::of(path) == *stamp)
    }

    /// The files that say something.
    pub fn files(&self) -> Vec<&str> {
        let in_files = |source: &&Source| {
            matches!(source.layer, Layer::Machine | Layer::Team | Layer::User | Layer::Workspace)
        };
        self.sources.iter().filter(in_files).map(|source| source.name.as_str()).collect()
    }

    /// The profiles that may be chosen, with the files that define them.
    pub fn profiles(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut profiles: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for source in &self.sources {
            for name in source.section.profiles.keys() {
                profiles.entry(name).or_default().push(&source.name);
            }
        }
        profiles
    }

    /// What a profile sets: what of, where not in general, the key and its value. First what it says in general, each in the
    /// order of the keys.
    pub fn profile(&self, name: &str) -> Vec<(Option<String>, &'static str, &Value)> {
        let mut set: BTreeMap<(Option<String>, usize), &Value> = BTreeMap::new();
        for section in self.sources.iter().filter_map(|source| source.section.profiles.get(name)) {
            for (of, entries) in section.parts() {
                for (name, entry) in entries {
                    let at = KEYS.iter().position(|key| key.name == *name).unwrap_or(KEYS.len());
                    set.insert((of.clone(), at), &entry.value);
                }
            }
        }
        let told = set.into_iter().filter_map(|((of, at), value)| Some((of, KEYS.get(at)?.name, value)));
        told.collect()
    }

    /// The team that the machine's or the user's file names.
    pub fn named_team(&self) -> Option<&Named> {
        self.named.as_ref()
    }

    /// What holds of it; `None` where nothing was ever verified.
    pub fn team(&self) -> Option<&Team> {
        self.team.as_ref()
    }

    /// What is wrong with the team, its folder and what it says; [`Self::problems`] has these too.
    pub fn team_problems(&self) -> &[Problem] {
        &self.team_problems
    }

    /// What holds at a place.
    pub fn settings(&self, place: Place<'_>) -> Settings {
        Settings::collect(|key| self.found(key, place).value)
    }

    fn push(&mut self, layer: Layer, name: String, section: Section, roots: Vec<PathBuf>, trusted: bool) {
        self.sources.push(Source { layer, name, section, roots, trusted });
    }

    fn read_file(&mut self, layer: Layer, path: &Path, reader: Reader<'_>, before: Option<&Self>) {
        self.stamps.push((path.to_path_buf(), Stamp::of(path)));
        let name = path.display().to_string();
        let reader = Reader { source: &name, ..reader };
        let text = match reader.root {
            Some(root) if !lies_in(path, root) => Err((None, "lies outside of the workspace".into())),
            _ => file::read(path),
        };
        let tree = match text {
            Ok(None) => return,
            Ok(Some(text)) => Node::from_toml(&text).map_err(|broken| (broken.line, broken.message)),
            Err(problem) => Err(problem),
        };
        let roots = reader.root.map(both_ways).unwrap_or_default();
        match tree {
            Ok(tree) => {
                let section = reader.read(&tree, &mut self.problems);
                let trusted = reader.trusted;
                self.push(layer, name, section, roots, trusted);
            }
            Err((line, told)) => {
                let same = |source: &&Source| {
                    (source.layer, &source.name, source.trusted) == (layer, &name, reader.trusted)
                };
                let last = before.and_then(|before| before.sources.iter().find(same)).cloned();
                let then =
                    if last.is_some() { "what it said before holds" } else { "the file is passed over" };
                self.problems.push(Problem::new(&name, line, None, format!("{told}; {then}")));
                // What restrictions it would have set, nobody knows.
                match last {
                    Some(last) => self.sources.push(last),
                    None => self.push(layer, name.clone(), Section::restricted(), roots, reader.trusted),
                }
            }
        }
    }

    fn trusted(&mut self, file: Option<&Path>) -> Trusted {
        let Some(file) = file else { return Trusted::default() };
        self.stamps.push((file.to_path_buf(), Stamp::of(file)));
        Trusted::read(file).unwrap_or_else(|error| {
            self.problems.push(Problem::new("workspace trust", None, None, error.to_string()));
            Trusted::default()
        })
    }

    /// Keys that are set one by one, as text: what sets each, its name or what stands for one, and the text.
    fn spelled(
        &mut self,
        layer: Layer,
        given: impl Iterator<Item = (String, Result<&'static str, String>, String)>,
    ) {
        let mut section = Section::default();
        for (by, name, text) in given {
            let reader = Reader {
                source: &by,
                shared: false,
                trusted: true,
                profiles: false,
                team: false,
                root: None,
                home: None,
            };
            match name.as_ref().ok().and_then(|name| key(name)) {
                Some(key) => {
                    let node = Node::from_json(&key.kind.spelled(&text));
                    if let Some(entry) = reader.entry(key, &node, &mut self.problems) {
                        section.values.insert(key.name, Entry { by: Some(by), ..entry });
                    }
                }
                None => {
                    let name = name.err().unwrap_or_default();
                    let near = nearest_key(&name).map(|near| format!("; did you mean `{near}`?"));
                    let told = format!("is no key{}", near.unwrap_or_default());
                    self.problems.push(Problem::new(&by, None, Some(&tellable(&name)), told));
                }
            }
        }
        self.push(layer, layer.name().into(), section, Vec::new(), true);
    }

    /// Puts the chosen profile into its place among the layers.
    fn use_profile(&mut self) {
        let Some(key) = key(PROFILE) else { return };
        let chosen = self.found(key, Place::default());
        let Some(name) = chosen.value.as_str().filter(|name| !name.is_empty()).map(str::to_owned) else {
            return;
        };
        let defined: Vec<Source> = self
            .sources
            .iter()
            .filter_map(|source| Some((source, source.section.profiles.get(&name)?)))
            .map(|(source, section)| Source {
                layer: Layer::Profile,
                name: format!("[profiles.{name}] in {}", source.name),
                section: section.clone(),
                ..source.clone()
            })
            .collect();
        if defined.is_empty() {
            let told = self.no_such_profile(&name);
            return self.problems.push(Problem::new(&chosen.source, chosen.line, Some(PROFILE), told));
        }
        let at = self.sources.partition_point(|source| source.layer < Layer::Profile);
        self.sources.splice(at..at, defined);
    }

    /// Tells of profiles that are chosen for a language or a directory, and that nobody defines.
    fn tell_of_unknown_profiles(&mut self) {
        let known = self.profiles();
        let mut problems = Vec::new();
        for source in &self.sources {
            for (_, part) in source.section.parts().into_iter().filter(|(of, _)| of.is_some()) {
                let Some(entry) = part.get(PROFILE) else { continue };
                let name = entry.value.as_str().unwrap_or_default();
                if !name.is_empty() && !known.contains_key(name) {
                    let told = self.no_such_profile(name);
                    problems.push(Problem::new(&source.name, entry.line, Some(PROFILE), told));
                }
            }
        }
        self.problems.extend(problems);
    }

    fn no_such_profile(&self, name: &str) -> String {
        match nearest_profile(name, self.profiles().into_keys()) {
            Some(near) => format!("names no profile; did you mean `{near}`?"),
            None => "names no profile; `trust-lsp profile list` lists them".into(),
        }
    }
}

/// What is wrong with one file, as that of a workspace or of a user. That it is missing is wrong, too.
pub fn check(path: &Path, root: Option<&Path>, home: Option<&Path>) -> Vec<Problem> {
    let mut config = Config::default();
    let own = root.is_none();
    let reader = Reader { source: "", shared: false, trusted: true, profiles: own, team: own, root, home };
    config.read_file(Layer::User, path, reader, None);
    if config.sources.is_empty() && config.problems.is_empty() {
        config.problems.push(Problem::new(&path.display().to_string(), None, None, "there is no such file"));
    }
    config.problems
}

/// Our part of what an editor sent: all of it, or what stands under `trust`.
fn own(sent: &Value) -> &Value {
    sent.get("trust").filter(|own| own.is_object()).unwrap_or(sent)
}

/// The key that a variable sets; `None` for one that is no business of ours, an error for one that nearly is.
fn variable(name: &str) -> Option<Result<&'static str, String>> {
    if let Some(key) = KEYS.iter().find(|key| key.variable() == name) {
        return Some(Ok(key.name));
    }
    let variables: Vec<String> = KEYS.iter().map(|key| key.variable()).collect();
    let rest = name.strip_prefix("TRUST_LSP_")?;
    let rests = variables.iter().filter_map(|variable| variable.strip_prefix("TRUST_LSP_"));
    nearest(rest, rests).map(|_| Err(name.to_owned()))
}

/// Whether the file, if there is one, lies in the folder once links are followed.
fn lies_in(path: &Path, root: &Path) -> bool {
    match (path.canonicalize(), root.canonicalize()) {
        (Ok(path), Ok(root)) => path.starts_with(root),
        _ => true,
    }
}

fn both_ways(root: &Path) -> Vec<PathBuf> {
    let canonical = root.canonicalize().ok().filter(|canonical| canonical != root);
    std::iter::once(root.to_path_buf()).chain(canonical).collect()
}
