//! Which paths are excluded: ignore files of every kind, secret names, and places outside the workspace.
//!
//! The walk and the check of a single path use the same code, so they cannot disagree. Each kind of ignore
//! file judges on its own, and one that excludes is enough: a `!` undoes only rules of its own kind.

use crate::broker::{Refusal, Root, read_rules, refusal};
use crate::repository::Repository;
use crate::secrets::secret;
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The kinds of ignore files, and whether they belong to the repository. Those hold from the top of the
/// repository, or the workspace folder, downwards; the others from the file system's root.
const KINDS: [(&str, bool); 5] = [
    (".gitignore", true),
    (".ignore", true),
    (".trustignore", false),
    (".aiexclude", false),
    (".cursorignore", false),
];
const GITIGNORE: usize = 0;

/// The ignore rules as they were when each directory was first asked about; made for one batch of questions.
#[derive(Debug)]
pub(crate) struct Rules {
    roots: Arc<[Root]>,
    known: Vec<Known>,
    /// The lists of what they ignore, of repositories within others.
    lists: Mutex<BTreeSet<PathBuf>>,
}

/// What one root makes of directories: one above two roots may mean different things to each.
#[derive(Debug, Default)]
struct Known {
    /// The repository that the root lies in.
    repository: OnceLock<Option<Repository>>,
    directories: Mutex<HashMap<PathBuf, Arc<Directory>>>,
}

#[derive(Debug, Default)]
struct Directory {
    parent: Option<Arc<Directory>>,
    /// The name of a secret that it or a directory above has, from the root on.
    secret: Option<&'static str>,
    /// Why everything in it is excluded.
    excluded: Option<String>,
    /// The list of a repository that begins here, within another.
    list: Option<PathBuf>,
    /// Its ignore files by kind; of one kind, the stronger first.
    sources: Vec<(usize, Gitignore)>,
}

/// The names of ignore files that count in a folder above the workspace; those of the repository only inside of it.
pub(crate) fn names_above(in_repository: bool) -> impl Iterator<Item = &'static str> {
    KINDS.iter().filter(move |kind| in_repository || !kind.1).map(|kind| kind.0)
}

/// True for a file whose change changes what is excluded.
pub(crate) fn is_rules_file(path: &Path) -> bool {
    path.ends_with("info/exclude")
        || path.file_name().is_some_and(|name| KINDS.iter().any(|(kind, _)| name == *kind))
}

impl Rules {
    pub fn new(roots: Arc<[Root]>) -> Self {
        Self { known: roots.iter().map(|_| Known::default()).collect(), roots, lists: Mutex::default() }
    }

    /// See [`crate::FileBroker::allows`].
    pub fn allows(&self, path: &Path) -> Result<PathBuf, Refusal> {
        // The name of a link counts as well as that of the file it leads to.
        if let Some(name) = path.file_name().and_then(secret) {
            return Err(excluded_by(name));
        }
        let canonical = locate(path)?;
        self.check(&canonical, false)?;
        Ok(canonical)
    }

    /// Whether a canonical path is excluded or outside the workspace.
    pub fn check(&self, canonical: &Path, is_dir: bool) -> Result<(), Refusal> {
        let root = self.number_of_root(canonical);
        let itself = root.is_some_and(|root| self.roots[root].canonical == canonical);
        let directory =
            self.directory(canonical.parent().filter(|_| !itself).unwrap_or(canonical), root, None);
        let named = canonical.file_name().filter(|_| !itself).and_then(secret);
        if let Some(name) = directory.secret.filter(|_| !itself).or(named) {
            return Err(excluded_by(name));
        }
        let verdict = match itself || canonical.parent().is_none() {
            true => directory.excluded.clone(),
            false => directory.verdict(canonical, is_dir, 0),
        };
        match verdict {
            Some(by) => Err(Refusal::Excluded { by }),
            // What is excluded is that outside the workspace as well.
            None if root.is_none() && !self.roots.is_empty() => Err(Refusal::OutsideWorkspace),
            None => Ok(()),
        }
    }

    /// Whether the entries of a folder inside the workspace are excluded, where many are asked for: as
    /// [`Self::check`] says it, without looking for the folder's rules each time. `dotted` are the names in it that
    /// begin with a dot.
    pub fn within(&self, folder: &Path, dotted: &[OsString]) -> impl Fn(&Path, bool) -> bool {
        let root = self.number_of_root(folder);
        let directory = self.directory(folder, root, Some(dotted));
        move |entry, is_dir| {
            // It may be a root itself.
            if self.roots.len() > 1 || root.is_none() {
                return self.check(entry, is_dir).is_ok();
            }
            let named = entry.file_name().and_then(secret);
            directory.secret.or(named).is_none() && directory.verdict(entry, is_dir, 0).is_none()
        }
    }

    /// False for what a walk does not show: names with a leading dot below the root, and what has no root.
    pub fn visible(&self, canonical: &Path) -> bool {
        let Some(root) = self.root_of(canonical) else { return false };
        let own = canonical.strip_prefix(&root.canonical).unwrap_or(canonical);
        own.components().all(|component| !component.as_os_str().to_string_lossy().starts_with('.'))
    }

    /// The lists of what they ignore, of repositories within others that were come by.
    pub fn lists(&self) -> BTreeSet<PathBuf> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The innermost root that holds a canonical path.
    pub fn root_of(&self, canonical: &Path) -> Option<&Root> {
        self.number_of_root(canonical).map(|root| &self.roots[root])
    }

    fn number_of_root(&self, canonical: &Path) -> Option<usize> {
        let holding =
            (0..self.roots.len()).filter(|root| canonical.starts_with(&self.roots[*root].canonical));
        holding.max_by_key(|root| self.roots[*root].canonical.as_os_str().len())
    }

    /// The rules in `path`, loaded from the top down; `dotted` are the names in it that begin with a dot, where these are
    /// known.
    fn directory(&self, path: &Path, root: Option<usize>, dotted: Option<&[OsString]>) -> Arc<Directory> {
        // Without roots every file has a top of its own.
        let single = Known::default();
        let of_root = root.map_or(&single, |root| &self.known[root]);
        let mut known = of_root.directories.lock().unwrap_or_else(PoisonError::into_inner);
        let mut missing = Vec::new();
        let mut parent = None;
        for directory in path.ancestors() {
            parent = known.get(directory).cloned();
            if parent.is_some() {
                break;
            }
            missing.push(directory);
        }
        if let (Some(known), true) = (&parent, missing.is_empty()) {
            return Arc::clone(known);
        }
        let top = root.map_or(path, |root| &self.roots[root].canonical);
        let repository = of_root.repository.get_or_init(|| Repository::of(top));
        for directory in missing.into_iter().rev() {
            let above = parent.as_ref().and_then(|parent: &Arc<Directory>| parent.secret);
            let dotted = dotted.filter(|_| directory == path);
            let mut loaded = Directory::load(directory, parent, top, repository.as_ref(), dotted);
            if let Some(list) = loaded.list.take() {
                self.lists.lock().unwrap_or_else(PoisonError::into_inner).insert(list);
            }
            let is_root = self.roots.iter().any(|root| root.canonical == directory);
            let named = directory.file_name().and_then(secret);
            loaded.secret = above.or(named).filter(|_| !is_root);
            let loaded = Arc::new(loaded);
            known.insert(directory.to_owned(), Arc::clone(&loaded));
            parent = Some(loaded);
        }
        parent.unwrap_or_default()
    }
}

impl Directory {
    /// `top` is the workspace folder; the repository's rules begin at its top, or there. `dotted` are the names in the
    /// directory that begin with a dot, where these are known: then nothing else is looked for.
    fn load(
        path: &Path,
        parent: Option<Arc<Directory>>,
        top: &Path,
        repository: Option<&Repository>,
        dotted: Option<&[OsString]>,
    ) -> Self {
        let may_have = |name: &str| {
            dotted.is_none_or(|names| names.iter().any(|other| other.eq_ignore_ascii_case(name)))
        };
        // Whoever opens an ignored folder as the workspace means to work in it: the repository's rules do not
        // judge the workspace folder itself, nor those above it.
        let first =
            if top.starts_with(path) { KINDS.iter().position(|kind| !kind.1).unwrap_or(0) } else { 0 };
        let excluded = parent.as_ref().and_then(|parent| parent.verdict(path, true, first));
        let mut directory = Self { parent, excluded, ..Self::default() };
        if directory.excluded.is_some() {
            return directory;
        }
        let begin = repository.map_or(top, |repository| &repository.top);
        let in_repository = path.starts_with(begin);
        for (kind, (name, of_repository)) in KINDS.iter().enumerate() {
            if (in_repository || !of_repository) && may_have(name) {
                directory.add(kind, path, &path.join(name));
            }
        }
        // One repository may lie in another, and has a list of its own then.
        let nested = (in_repository && path != begin && may_have(".git"))
            .then(|| Repository::of(path).filter(|nested| nested.top == path));
        let nested = nested.flatten();
        directory.list = nested.as_ref().map(Repository::exclude);
        if let Some(repository) = nested.as_ref().or(repository.filter(|_| path == begin)) {
            directory.add(GITIGNORE, path, &repository.exclude());
        }
        if path == begin {
            let (global, _) = GitignoreBuilder::new(path).build_global();
            directory.sources.push((GITIGNORE, global));
        }
        directory.sources.retain(|(_, rules)| !rules.is_empty());
        directory
    }

    /// Adds one ignore file, of rules that hold below `path`. One that cannot be read or understood excludes the whole
    /// directory.
    fn add(&mut self, kind: usize, path: &Path, file: &Path) {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let text = match read_rules(file) {
            Ok(None) => return,
            Ok(Some(text)) => text,
            Err(refusal) => {
                self.excluded = Some(format!("a {name} that cannot be read ({refusal})"));
                return;
            }
        };
        let is_aiexclude = name == ".aiexclude";
        let mut builder = GitignoreBuilder::new(path);
        for line in text.trim_start_matches('\u{feff}').lines() {
            // That format knows no `!`.
            if is_aiexclude && line.trim_start().starts_with('!') {
                continue;
            }
            let Err(error) = builder.add_line(None, line) else { continue };
            tracing::debug!(%error, %name, "a malformed ignore rule");
            // To git it is no rule. Who writes one of the others means to keep something from models.
            if !KINDS[kind].1 {
                self.excluded = Some(format!("a {name} with a rule that cannot be understood"));
                return;
            }
        }
        match builder.build() {
            Ok(rules) if is_aiexclude && rules.is_empty() => {
                self.excluded = Some("an .aiexclude without rules".to_owned());
            }
            Ok(rules) => self.sources.push((kind, rules)),
            Err(error) => self.excluded = Some(format!("a {name} that cannot be understood ({error})")),
        }
    }

    /// Why `path`, a child of this directory, is excluded, by kinds from `first` on.
    fn verdict(&self, path: &Path, is_dir: bool, first: usize) -> Option<String> {
        if self.excluded.is_some() {
            return self.excluded.clone();
        }
        (first..KINDS.len()).find_map(|kind| self.verdict_of(kind, path, is_dir))
    }

    fn verdict_of(&self, kind: usize, path: &Path, is_dir: bool) -> Option<String> {
        let mut directory = Some(self);
        while let Some(at) = directory {
            for (_, rules) in at.sources.iter().filter(|source| source.0 == kind) {
                match rules.matched(path, is_dir) {
                    Match::None => {}
                    Match::Whitelist(_) => return None,
                    Match::Ignore(rule) => return Some(format!("{} in {}", rule.original(), KINDS[kind].0)),
                }
            }
            directory = at.parent.as_deref();
        }
        None
    }
}

/// The canonical path; of a file that does not exist, that of the nearest directory that does, and the rest.
pub(crate) fn locate(path: &Path) -> Result<PathBuf, Refusal> {
    let path = std::path::absolute(path).map_err(refusal)?;
    let mut rest = Vec::new();
    for existing in path.ancestors() {
        match existing.canonicalize().map_err(refusal) {
            Ok(canonical) => return Ok(rest.iter().rev().fold(canonical, |path, name| path.join(name))),
            Err(refusal) if refusal != Refusal::Vanished => return Err(refusal),
            // A link that leads nowhere: what would be made through it is not known.
            Err(_) if existing.is_symlink() => return Err(Refusal::Vanished),
            // A path cannot climb out of a directory that does not exist.
            Err(_) => rest.push(existing.file_name().ok_or(Refusal::OutsideWorkspace)?),
        }
    }
    Err(Refusal::Vanished)
}

fn excluded_by(pattern: &str) -> Refusal {
    Refusal::Excluded { by: format!("{pattern}, a name that secrets have") }
}
