//! What a batch of changes does to the index.

use crate::broker::Refusal;
use crate::build::Progress;
use crate::builder::Builder;
use crate::file::IndexedFile;
use crate::parallel::share;
use crate::rules::{Rules, is_rules_file, locate};
use crate::segment::Segment;
use crate::store::Store;
use crate::walk::{Found, walk};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use trust_grammars::Language;
use trust_text::Text;

/// Changes that have come in; of each document only the newest text, `None` where it was closed.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub documents: HashMap<PathBuf, Option<Text>>,
    pub changed: HashSet<PathBuf>,
    /// Anything may have changed.
    pub rewalk: bool,
}

impl Batch {
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty() && !self.has_files()
    }

    /// Whether it is about more than documents.
    pub fn has_files(&self) -> bool {
        self.rewalk || !self.changed.is_empty()
    }

    /// What need not wait for more: the documents.
    pub fn take_documents(&mut self) -> Self {
        Self { documents: std::mem::take(&mut self.documents), ..Self::default() }
    }
}

/// What a fresh look at a file says.
enum Look {
    Same,
    New(Segment),
    Refused(Refusal),
}

impl Store {
    /// Brings the index to where a rebuild would.
    pub fn apply(&mut self, batch: Batch, stop: &AtomicBool, progress: &mut dyn FnMut(Progress)) {
        let rules = Arc::new(self.broker.rules());
        let mut affected = BTreeSet::new();
        for (path, text) in batch.documents {
            affected.extend(self.set_document(path, text));
        }
        // A checkout changes many files at once, and not every client tells of each.
        let moves_all = |path: &PathBuf| is_rules_file(path) || path.ends_with(".git/HEAD");
        if batch.rewalk || batch.changed.iter().any(moves_all) {
            self.rebuild(stop, progress);
            return;
        }
        self.add_changed(&batch.changed, &rules, stop, &mut affected);
        self.refresh(&affected, &rules, stop);
    }

    /// Takes a fresh look at files.
    pub fn refresh(&mut self, affected: &BTreeSet<PathBuf>, rules: &Rules, stop: &AtomicBool) {
        let paths: Vec<&PathBuf> = affected.iter().collect();
        let this = &*self;
        let looks = share(paths.len(), stop, &mut |_| {}, Vec::new, |looks, index| {
            looks.push((paths[index], this.look(paths[index], rules)));
        });
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let mut looks: Vec<_> = looks.into_iter().flatten().collect();
        looks.sort_unstable_by_key(|(path, _)| *path);
        let mut excluded = false;
        for (path, look) in looks {
            self.refused.remove(path);
            match look {
                Look::Same => {}
                Look::New(segment) => self.replace(path, Some(Arc::new(segment))),
                Look::Refused(refusal) => {
                    excluded |= matches!(refusal, Refusal::Excluded { .. }) && self.known(path).is_some();
                    self.refuse(path, refusal);
                    self.replace(path, None);
                }
            }
        }
        if excluded {
            self.forget_the_dead();
        }
        self.fold_many();
    }

    /// Forgets the files that the rules of this moment exclude.
    pub fn drop_excluded(&mut self, stop: &AtomicBool) {
        let rules = self.broker.rules();
        let files: Vec<&Arc<IndexedFile>> = self.alive().collect();
        let excluded = share(files.len(), stop, &mut |_| {}, Vec::new, |excluded, index| {
            if rules.check(&files[index].path, false).is_err() {
                excluded.push(files[index].path.clone());
            }
        });
        let excluded: Vec<PathBuf> = excluded.into_iter().flatten().collect();
        excluded.iter().for_each(|path| self.replace(path, None));
        if !excluded.is_empty() {
            self.forget_the_dead();
        }
    }

    fn look(&self, path: &Path, rules: &Rules) -> Look {
        // A document may be open by a path that leads elsewhere now.
        if !locate(path).is_ok_and(|canonical| canonical == path) {
            return Look::Refused(Refusal::Vanished);
        }
        match self.read(path, rules) {
            Err(refusal) => Look::Refused(refusal),
            Ok((file, text)) => {
                let known = self.known(path).map(|(segment, index)| &segment.files[index]);
                let same = |known: &Arc<IndexedFile>| {
                    known.hash == file.hash
                        && known.text.is_some() == file.text.is_some()
                        && known.stamp == file.stamp
                };
                if known.is_some_and(same) { Look::Same } else { Look::New(Builder::single(file, &text)) }
            }
        }
    }

    /// Notes the text of a document, or that it was closed; gives the canonical paths that this affects.
    fn set_document(&mut self, path: PathBuf, text: Option<Text>) -> Vec<PathBuf> {
        let before = self.opened_as.remove(&path).map(|(canonical, _)| canonical);
        let mut affected: Vec<PathBuf> = before.into_iter().collect();
        let old: Vec<Text> = affected.iter().filter_map(|old| self.open.remove(old)).collect();
        // A file may be open by another name, a link's, too.
        for (canonical, text) in self.opened_as.values().filter(|(canonical, _)| affected.contains(canonical))
        {
            self.open.insert(canonical.clone(), text.clone());
        }
        if let (Some(text), Ok(canonical)) = (text, locate(&path)) {
            self.open.insert(canonical.clone(), text.clone());
            let before = old.first().filter(|_| affected.first() == Some(&canonical));
            if let Some(before) = before {
                self.edits.note(&canonical, before, &text);
            }
            self.opened_as.insert(path, (canonical.clone(), text));
            affected.push(canonical);
        }
        affected
    }

    /// Finds the files behind paths that were reported: files, directories, and what they were before.
    fn add_changed(
        &mut self,
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
                    walk(rules, &path, self.limits.files, stop, &mut found);
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
            let gone = |folder: &PathBuf| folder.ancestors().any(|above| trees.contains(above));
            self.folders.retain(|folder| !gone(folder));
            let known = self.alive().map(|file| &file.path).chain(self.refused.keys());
            affected
                .extend(known.filter(|path| path.ancestors().any(|above| trees.contains(above))).cloned());
        }
        self.folders.extend(found.folders);
    }
}
