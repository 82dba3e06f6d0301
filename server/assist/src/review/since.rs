//! What changed since a change was reviewed last, for reviews of what is new in it alone.

use super::finding::Finding;
use super::rule::UNREAD;
use crate::Changes;
use crate::explain::touches;
use std::collections::HashMap;
use trust_changes::Hunk;

/// The files that changed, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Since(HashMap<String, Vec<Hunk>>);

impl Since {
    /// From the changes between what was reviewed and what is.
    pub fn of(changes: Changes) -> Self {
        Self(changes.files.into_iter().map(|file| (file.change.path, file.hunks)).collect())
    }

    /// Of these changes the files that have changed since.
    pub(crate) fn narrow(&self, changes: &Changes) -> Changes {
        let own = changes.files.iter().filter(|file| self.0.contains_key(&file.change.path));
        let (scope, files) = (changes.scope.clone(), own.cloned().collect());
        Changes { scope, files, callers: None, untracked: Vec::new() }
    }

    /// Whether a finding stands where something has changed since; one of a whole file, where that file has.
    pub(crate) fn has(&self, finding: &Finding) -> bool {
        let Some(hunks) = self.0.get(&finding.path) else { return false };
        UNREAD.contains(&finding.rule.id)
            || hunks.iter().any(|hunk| touches(hunk, &(finding.line..finding.line)))
    }
}
