//! Secrets of the open document. They are masked before any stage sees the text, by as many bytes as they have: no prompt, no
//! snapshot of what the model has read, and no completion at another place holds them, and no offset moves.

use crate::pipeline::Completer;
use crate::site::Site;
use crate::{Query, Quiet};
use std::borrow::Cow;
use std::sync::PoisonError;
use trust_redact::{Secret, detector, holds_mask, mask};

impl Completer {
    /// The query without the secrets of its text; quiet where the cursor is in one.
    pub(crate) fn without_secrets<'a>(&self, query: &'a Query) -> Result<Cow<'a, Query>, Quiet> {
        let text = query.text.to_string();
        let found = self.secrets.lock().unwrap_or_else(PoisonError::into_inner).find(detector(), &text);
        if found.is_empty() {
            return Ok(Cow::Borrowed(query));
        }
        if found.iter().any(|Secret { range, .. }| range.start < query.offset && query.offset <= range.end) {
            return Err(Quiet::Secret);
        }
        let masked = mask(&text, &found);
        let mut query = query.clone();
        for Secret { range, .. } in found {
            query.text.replace(range.clone(), &masked[range]);
        }
        Ok(Cow::Owned(query))
    }
}

/// Whether a text may stand at the cursor: one that holds a mask, or makes a secret there, may not.
pub(crate) fn may_show(site: &Site, text: &str) -> bool {
    if holds_mask(text) {
        return false;
    }
    let before = site.line_before();
    let line = format!("{before}{text}");
    detector().find(&line).iter().all(|secret| secret.range.end <= before.len())
}
