//! Watching the workspace where the client does not: each folder that is not excluded, git's `HEAD`, and the rules above.
//! Watched folder by folder, since a watch on a whole tree would take in what is excluded, and all of its cost.

use crate::broker::Root;
use crate::index::Shared;
use crate::repository::Repository;
use crate::rules::{is_rules_file, names_above};
use ignore::gitignore::gitconfig_excludes_path;
use notify::event::{EventKind, ModifyKind};
use notify::{ErrorKind, Event, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::SystemTime;

pub(crate) struct Watch {
    watcher: RecommendedWatcher,
    watched: HashSet<PathBuf>,
    /// Folders that went or moved, and the watches on them; the empty path where that is not known.
    lost: Arc<Mutex<HashSet<PathBuf>>>,
    /// The most folders that are watched.
    limit: usize,
}

impl Watch {
    pub fn new(shared: &Arc<Shared>, limit: usize) -> notify::Result<Self> {
        let lost: Arc<Mutex<HashSet<PathBuf>>> = Arc::default();
        let (shared, noted) = (Arc::downgrade(shared), Arc::clone(&lost));
        let watcher = notify::recommended_watcher(move |event| report(&shared, &noted, event))?;
        Ok(Self { watcher, watched: HashSet::new(), lost, limit })
    }

    /// Watches these folders and no others. Gives those that are watched from now on: what happened in them
    /// before is not known.
    ///
    /// # Errors
    /// Where the system will not watch so many. A folder that has gone meanwhile is no error.
    pub fn follow(&mut self, folders: &BTreeSet<PathBuf>) -> notify::Result<Vec<PathBuf>> {
        let lost = std::mem::take(&mut *self.lost.lock().unwrap_or_else(PoisonError::into_inner));
        let all = lost.contains(Path::new(""));
        let gone = |path: &Path| all || path.ancestors().any(|above| lost.contains(above));
        let ended: Vec<PathBuf> =
            self.watched.iter().filter(|path| !folders.contains(*path) || gone(path)).cloned().collect();
        for path in ended {
            // The system has forgotten a folder that was removed.
            let _ = self.watcher.unwatch(&path);
            self.watched.remove(&path);
        }
        let mut new = Vec::new();
        for path in folders {
            if self.watched.contains(path) {
                continue;
            }
            if self.watched.len() >= self.limit {
                return Err(notify::Error::new(ErrorKind::MaxFilesWatch));
            }
            match self.watcher.watch(path, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.watched.insert(path.clone());
                    new.push(path.clone());
                }
                Err(_) if !path.is_dir() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(new)
    }
}

fn report(shared: &Weak<Shared>, lost: &Mutex<HashSet<PathBuf>>, event: notify::Result<Event>) {
    let Some(shared) = shared.upgrade() else { return };
    let Some(event) = event.ok().filter(|event| !event.need_rescan()) else {
        tracing::info!("the system has lost events about files; all of them are looked at again");
        // Among them may have been that a folder went, and its watch with it.
        lost.lock().unwrap_or_else(PoisonError::into_inner).insert(PathBuf::new());
        shared.send(|batch| batch.rewalk = true);
        return;
    };
    match event.kind {
        EventKind::Access(_) => return,
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)) => {
            lost.lock().unwrap_or_else(PoisonError::into_inner).extend(event.paths.iter().cloned());
        }
        _ => {}
    }
    let roots = shared.broker.shared_roots();
    let tells = |path: &Path| path.ends_with("HEAD") || path.ends_with(".git") || is_rules_file(path);
    let in_git = |path: &Path| path.components().any(|part| part.as_os_str() == ".git");
    let inside = |path: &Path| roots.iter().any(|root| path.starts_with(&root.canonical)) && !in_git(path);
    let moved = event.paths.iter().any(|path| !inside(path) && tells(path));
    let files: Vec<PathBuf> = event.paths.into_iter().filter(|path| inside(path)).collect();
    if moved || !files.is_empty() {
        shared.send(|batch| {
            batch.rewalk |= moved;
            batch.changed.extend(files);
        });
    }
}

/// Files that no walk comes by, and that change what is indexed: where git notes what is checked out, for each root's
/// repository, and the rules above the roots. Of each, what it was when it was noted last.
#[derive(Debug, Default)]
pub(crate) struct Landmarks(BTreeMap<PathBuf, Option<Noted>>);

type Noted = (SystemTime, u64);

impl Landmarks {
    /// `lists` are those of what they ignore, of repositories within others.
    pub fn of(roots: &[Root], lists: &BTreeSet<PathBuf>) -> Self {
        let files = roots.iter().flat_map(|root| landmarks(&root.canonical)).chain(gitconfig_excludes_path());
        let files = files.chain(lists.iter().cloned());
        Self(files.map(|file| (file.clone(), noted(&file))).collect())
    }

    /// Whether something else was checked out, or committed, or the rules have changed, since the last call.
    pub fn moved(&mut self, roots: &[Root], lists: &BTreeSet<PathBuf>) -> bool {
        let before = std::mem::replace(self, Self::of(roots, lists));
        // A list that a walk has come by since is news to nobody.
        self.0.iter().any(|(file, now)| before.0.get(file).is_some_and(|before| before != now))
            || before.0.keys().any(|file| !self.0.contains_key(file))
    }

    /// The folders to watch for it.
    pub fn folders(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.0.keys().filter_map(|file| file.parent()).filter(|folder| folder.is_dir()).map(PathBuf::from)
    }
}

fn landmarks(root: &Path) -> Vec<PathBuf> {
    let repository = Repository::of(root);
    let mut files = Vec::new();
    for folder in root.ancestors().skip(1) {
        let within = repository.as_ref().is_some_and(|repository| folder.starts_with(&repository.top));
        files.extend(names_above(within).map(|name| folder.join(name)));
    }
    // A repository may begin here, or end.
    files.push(root.join(".git"));
    if let Some(repository) = repository {
        files.push(repository.exclude());
        files.extend(["HEAD", "logs/HEAD"].map(|file| repository.git.join(file)));
    }
    files
}

/// Of a folder only that it is there: its time tells of what git does all the time.
fn noted(file: &Path) -> Option<Noted> {
    let metadata = file.metadata().ok()?;
    match metadata.is_dir() {
        true => Some((SystemTime::UNIX_EPOCH, 0)),
        false => Some((metadata.modified().ok()?, metadata.len())),
    }
}
