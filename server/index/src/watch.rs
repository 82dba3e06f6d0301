//! Watching the workspace where the client does not: each folder that is not excluded, and git's `HEAD`. Watched
//! folder by folder, since a watch on a whole tree would take in what is excluded, and all of its cost.

use crate::broker::{Root, read_rules};
use crate::index::Shared;
use notify::event::{EventKind, ModifyKind};
use notify::{ErrorKind, Event, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::{BTreeSet, HashSet};
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
    let in_git = |path: &PathBuf| path.components().any(|part| part.as_os_str() == ".git");
    let (git, files): (Vec<PathBuf>, Vec<PathBuf>) = event.paths.into_iter().partition(in_git);
    let moved = git.iter().any(|path| path.ends_with("HEAD"));
    if moved || !files.is_empty() {
        shared.send(|batch| {
            batch.rewalk |= moved;
            batch.changed.extend(files);
        });
    }
}

/// Where git notes what is checked out, for each root's repository, and when it was noted last.
#[derive(Debug, Default)]
pub(crate) struct Heads(Vec<(PathBuf, Option<Noted>)>);

type Noted = (SystemTime, u64);

impl Heads {
    pub fn of(roots: &[Root]) -> Self {
        let folders: BTreeSet<PathBuf> =
            roots.iter().filter_map(|root| git_folder(&root.canonical)).collect();
        let files = folders.iter().flat_map(|folder| [folder.join("HEAD"), folder.join("logs/HEAD")]);
        Self(files.map(|file| (file.clone(), noted(&file))).collect())
    }

    /// Whether something else was checked out, or committed, since the last call.
    pub fn moved(&mut self) -> bool {
        let mut moved = false;
        for (file, before) in &mut self.0 {
            let now = noted(file);
            moved |= now != *before;
            *before = now;
        }
        moved
    }

    /// The folders to watch for it.
    pub fn folders(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.0
            .iter()
            .filter_map(|(file, _)| file.parent())
            .filter(|folder| folder.is_dir())
            .map(PathBuf::from)
    }
}

fn noted(file: &Path) -> Option<Noted> {
    let metadata = file.metadata().ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// The repository's own folder; in a linked working tree a file says where it is.
fn git_folder(root: &Path) -> Option<PathBuf> {
    let git = root.ancestors().map(|folder| folder.join(".git")).find(|git| git.exists())?;
    if git.is_dir() {
        return Some(git);
    }
    let text = read_rules(&git).ok()??;
    let folder = text.strip_prefix("gitdir:")?.trim();
    git.parent()?.join(folder).canonicalize().ok()
}
