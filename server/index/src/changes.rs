//! What a batch of changes does to the index.

use crate::build::Progress;
use crate::rules::{Rules, is_rules_file, locate};
use crate::store::{MAX_OVERLAY, Store};
use crate::walk::{Found, walk};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use trust_grammars::Language;
use trust_text::Text;

/// Changes that have come in; of each document only the newest text, `None` where it was closed.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub documents: HashMap<PathBuf, Option<Text>>,
    pub changed: HashSet<PathBuf>,
}

impl Batch {
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty() && self.changed.is_empty()
    }
}

impl Store {
    /// Brings the index to where a rebuild would.
    pub fn apply(&mut self, batch: Batch, stop: &AtomicBool, progress: &mut dyn FnMut(Progress)) {
        let rules = Arc::new(self.broker.rules());
        let mut affected = BTreeSet::new();
        for (path, text) in batch.documents {
            affected.extend(self.set_document(path, text));
        }
        if batch.changed.iter().any(|path| is_rules_file(path)) {
            self.rebuild(stop, progress);
            return;
        }
        self.add_changed(&batch.changed, &rules, stop, &mut affected);
        // A fresh look: a document may be open by a path that leads elsewhere now.
        let mut changes = Vec::new();
        for path in affected {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let is_canonical = locate(&path).is_ok_and(|canonical| canonical == path);
            let new = if is_canonical { self.load(&path, &rules) } else { None };
            let new = new.map(|file| if file.rows.is_some() { file } else { Arc::new(file.parsed()) });
            changes.push((path, new));
        }
        if self.overlay.len() + changes.len() > MAX_OVERLAY {
            self.fold(changes);
        } else {
            changes.into_iter().for_each(|(path, new)| self.replace(&path, new));
        }
    }

    /// Notes the text of a document, or that it was closed; gives the canonical paths that this affects.
    fn set_document(&mut self, path: PathBuf, text: Option<Text>) -> Vec<PathBuf> {
        let before = self.opened_as.remove(&path);
        let mut affected: Vec<PathBuf> = before.into_iter().collect();
        for old in &affected {
            self.open.remove(old);
        }
        if let (Some(text), Ok(canonical)) = (text, locate(&path)) {
            self.open.insert(canonical.clone(), text);
            self.opened_as.insert(path, canonical.clone());
            affected.push(canonical);
        }
        affected
    }

    /// Finds the files behind paths that were reported: files, directories, and what they were before.
    fn add_changed(
        &self,
        changed: &HashSet<PathBuf>,
        rules: &Arc<Rules>,
        stop: &AtomicBool,
        affected: &mut BTreeSet<PathBuf>,
    ) {
        let mut trees = HashSet::new();
        let mut found = Found::default();
        for path in changed {
            // Where the path is, and where it leads to: a file may have become a link, or the reverse.
            let parent = path.parent().and_then(|parent| locate(parent).ok());
            let itself = parent.zip(path.file_name()).map(|(parent, name)| parent.join(name));
            for path in locate(path).into_iter().chain(itself) {
                if path.is_dir() && !path.is_symlink() {
                    walk(rules, &path, self.limits.files, &|| stop.load(Ordering::Relaxed), &mut found);
                }
                if self.known(&path).is_some() || path.is_file() && Language::from_path(&path).is_some() {
                    affected.insert(path);
                } else if !path.is_file() || (rules.check(&path, false).is_ok() && self.knows_below(&path)) {
                    // Gone or a folder; or a file where a folder was, which a build's output never is.
                    trees.insert(path);
                }
            }
        }
        affected.extend(found.files);
        if !trees.is_empty() {
            let known = self.alive().map(|file| &file.path).chain(&self.refused);
            affected
                .extend(known.filter(|path| path.ancestors().any(|above| trees.contains(above))).cloned());
        }
    }
}
