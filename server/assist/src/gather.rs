//! All facts of one comparison.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use trust_changes::{FileFacts, Problem, Reader, Repository, Scope, facts_of, link_moves, list, untracked};
use trust_inference::CancelToken;

/// From this many files on, more than one thread looks at them.
const MANY: usize = 4;

/// What differs, file by file in the order of their paths.
#[derive(Debug, Clone)]
pub struct Changes {
    pub scope: Scope,
    pub files: Vec<FileFacts>,
    /// Callers that were left behind, a sentence each; `None` where nobody asked for them.
    pub callers: Option<Vec<String>>,
    /// What git does not know yet, beside what is not staged: files, and folders with `/` at their end.
    pub untracked: Vec<String>,
}

impl Changes {
    /// Lines added and removed in all.
    pub fn lines(&self) -> (u64, u64) {
        let sum = |of: fn(&FileFacts) -> u32| self.files.iter().map(|file| u64::from(of(file))).sum();
        (sum(|file| file.added), sum(|file| file.removed))
    }
}

/// Reads and compares everything in `scope`.
///
/// # Errors
/// [`Problem::Cancelled`], and what [`list`] and [`facts_of`] can give.
pub fn gather(
    repository: &Repository,
    scope: Scope,
    reader: &dyn Reader,
    cancel: &CancelToken,
) -> Result<Changes, Problem> {
    gather_telling(repository, scope, reader, cancel, &|_, _, _| ())
}

/// The same, and tells of each file when it and all before it are compared: the file, its number from 1, and how many
/// there are. What moved between files is known only at the end.
///
/// # Errors
/// Those of [`gather`].
pub fn gather_telling(
    repository: &Repository,
    scope: Scope,
    reader: &dyn Reader,
    cancel: &CancelToken,
    tell: &(dyn Fn(&FileFacts, usize, usize) + Sync),
) -> Result<Changes, Problem> {
    let listed = list(repository, &scope, reader)?;
    let threads =
        if listed.len() < MANY { 1 } else { std::thread::available_parallelism().map_or(1, usize::from) };
    let stop = || cancel.is_cancelled();
    let next = AtomicUsize::new(0);
    let done: Mutex<(usize, BTreeMap<usize, FileFacts>)> = Mutex::default();
    let look = |repository: &Repository| -> Result<(), Problem> {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = listed.get(at) else { return Ok(()) };
            if cancel.is_cancelled() {
                return Err(Problem::Cancelled);
            }
            let facts = facts_of(repository, file.clone(), reader, &stop)?;
            if let Ok(mut done) = done.lock() {
                let (told, files) = &mut *done;
                files.insert(at, facts);
                while let Some(facts) = files.get(told) {
                    *told += 1;
                    tell(facts, *told, listed.len());
                }
            }
        }
    };
    let looked = if threads == 1 {
        look(repository)
    } else {
        let root = repository.root();
        std::thread::scope(|scope| {
            // A repository's caches belong to one thread.
            let threads: Vec<_> =
                (0..threads).map(|_| scope.spawn(|| look(&Repository::open(root)?))).collect();
            let broken = || Err(Problem::Unreadable("a thread that read it broke off".into()));
            threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| broken()))
        })
    };
    let (_, files) = done.into_inner().unwrap_or_default();
    if let Err(problem) = looked {
        // Whoever gave up a large diff does not wait until its lines are freed, either.
        std::thread::spawn(move || drop(files));
        return Err(problem);
    }
    let mut files: Vec<FileFacts> = files.into_values().collect();
    link_moves(&mut files);
    let untracked = match scope {
        Scope::Unstaged => untracked(repository, &stop),
        _ => Ok(Vec::new()),
    };
    let untracked = match untracked {
        Err(Problem::Cancelled) => return Err(Problem::Cancelled),
        // Rules that cannot be read say of no file whether it is ignored.
        found => found.unwrap_or_default(),
    };
    Ok(Changes { scope, files, callers: None, untracked })
}
