//! What was alive at one moment. Others may read it, or make one segment of it, while the index goes on.

use crate::file::IndexedFile;
use crate::merge::{Part, merge};
use crate::segment::Segment;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, Clone)]
pub(crate) struct View {
    pub base: Arc<Segment>,
    /// Of the base's files those that are gone or replaced, one bit each.
    pub dead: Vec<u64>,
    /// The files that changed since the base was made.
    pub parts: BTreeMap<PathBuf, Arc<Segment>>,
}

/// A view, and the base that was made of it.
pub(crate) struct Folded {
    pub of: View,
    pub base: Segment,
}

impl View {
    pub fn is_dead(&self, file: usize) -> bool {
        is_dead(&self.dead, file)
    }

    /// Whether it is nothing but its base.
    pub fn is_whole(&self) -> bool {
        self.parts.is_empty() && self.dead.iter().all(|bits| *bits == 0)
    }

    /// One segment of all that is alive.
    pub fn fold(self) -> Folded {
        let base = self.merged(&|file| Some(Arc::clone(file)));
        Folded { of: self, base }
    }

    /// One segment of the files that go along, as they are to be known.
    pub fn merged(&self, keep: &dyn Fn(&Arc<IndexedFile>) -> Option<Arc<IndexedFile>>) -> Segment {
        let of_base = |file: usize| (!self.is_dead(file)).then(|| keep(&self.base.files[file])).flatten();
        let of_parts: Vec<_> =
            self.parts.values().map(|segment| move |file: usize| keep(&segment.files[file])).collect();
        let mut all = vec![Part { segment: &self.base, keep: Some(&of_base) }];
        let over = self.parts.values().zip(&of_parts);
        all.extend(over.map(|(segment, keep)| Part { segment, keep: Some(keep) }));
        merge(&all)
    }
}

pub(crate) fn is_dead(dead: &[u64], file: usize) -> bool {
    dead[file / 64] & (1 << (file % 64)) != 0
}

pub(crate) fn bury(dead: &mut [u64], file: usize) {
    dead[file / 64] |= 1 << (file % 64);
}

/// None of so many files.
pub(crate) fn all_alive(files: usize) -> Vec<u64> {
    vec![0; files / 64 + 1]
}
