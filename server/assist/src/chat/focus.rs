//! Where the user is, as far as it may be quoted.

use super::Place;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trust_index::{FileBroker, Index, Language, Refusal};
use trust_redact::masked;

/// Lines told around a cursor, to either side, and of a selection.
const AROUND: usize = 15;
const SELECTED: usize = 200;

/// Where the user is: an open file, and the lines that are selected or around the cursor.
#[derive(Debug, Clone)]
pub struct Focus {
    pub(super) language: Option<Language>,
    pub(super) text: Arc<str>,
    pub(super) place: Place,
}

impl Focus {
    /// `text` is the document's where it is open, else the file is read. `lines` count from 0; without them it is the
    /// file's beginning.
    ///
    /// # Errors
    /// Why the file may not be quoted.
    pub fn new(
        index: &Index,
        path: &Path,
        text: Option<String>,
        lines: Option<Range<usize>>,
    ) -> Result<Self, Refusal> {
        let broker = index.broker();
        let canonical = broker.allows(path)?;
        let text = match text {
            Some(text) => text,
            None => broker.read(path)?,
        };
        FileBroker::check_text(&text)?;
        let text = masked(text);
        let all = text.lines().count().max(1);
        let lines = lines.unwrap_or(0..2 * AROUND);
        let start = lines.start.min(all - 1);
        let end = lines.end.clamp(start + 1, start + SELECTED);
        let (start, end) = match end - start {
            1 => (start.saturating_sub(AROUND), start + AROUND + 1),
            _ => (start, end),
        };
        let place = Place { path: relative(broker, &canonical), start: start + 1, end: end.min(all) };
        Ok(Self { language: Language::from_path(&canonical), text: text.into(), place })
    }

    pub(super) fn lines(&self) -> &str {
        self.place.within(&self.text).unwrap_or_default()
    }
}

/// From its root, with `/`.
fn relative(broker: &FileBroker, canonical: &Path) -> String {
    let roots: Vec<PathBuf> = broker.roots().filter_map(|root| root.canonicalize().ok()).collect();
    let inside = roots.iter().find_map(|root| canonical.strip_prefix(root).ok());
    let inside = inside.or(canonical.file_name().map(Path::new)).unwrap_or(canonical);
    inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
