//! Blames that were asked for, each kept for as long as its commit is checked out.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use trust_assist::Broker;
use trust_changes::{Blame, Problem, Repository, blame};
use trust_inference::CancelToken;

/// The most files whose blame is kept.
const MOST: usize = 64;

#[derive(Default)]
pub struct Blames(Mutex<HashMap<PathBuf, (String, Arc<Blame>)>>);

impl Blames {
    /// The blame of a file as of a commit. Asks git where that was not asked before.
    pub fn of(
        &self,
        repository: &Repository,
        broker: &Broker,
        path: &Path,
        head: &str,
        cancel: &CancelToken,
    ) -> Result<Arc<Blame>, Problem> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, blame)) = lock().get(path).filter(|(commit, _)| commit == head) {
            return Ok(blame.clone());
        }
        let fresh = Arc::new(blame(repository, head, path, broker, &|| cancel.is_cancelled())?);
        let mut kept = lock();
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(path.to_owned(), (head.to_owned(), fresh.clone()));
        Ok(fresh)
    }
}
