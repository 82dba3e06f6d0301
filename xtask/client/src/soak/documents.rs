//! The files of a soak's workspace, and the documents that are open, as the client has them.

use crate::uri;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Files in the workspace, and the most bytes that one may have.
const FILES: usize = 60;
const BYTES: usize = 24_000;
/// Former texts to which one can go back.
const HISTORY: usize = 20;

pub(super) struct Document {
    pub(super) path: PathBuf,
    pub(super) uri: String,
    pub(super) version: i64,
    pub(super) text: String,
    /// In bytes.
    pub(super) cursor: usize,
    original: String,
    history: Vec<String>,
    pub(super) is_open: bool,
}

pub(super) struct Documents {
    pub(super) folder: PathBuf,
    pub(super) all: Vec<Document>,
    pub(super) current: usize,
}

impl Documents {
    /// A workspace of sources found below `sources`.
    pub(super) fn copy(sources: &Path, workspace: &Path) -> Result<Self> {
        let mut found = Vec::new();
        collect(sources, &mut found)?;
        found.sort();
        let step = (found.len() / FILES).max(1);
        let mut all = Vec::new();
        for path in found.into_iter().step_by(step).take(FILES) {
            let relative = path.strip_prefix(sources)?;
            let copy = workspace.join(relative);
            std::fs::create_dir_all(copy.parent().context("a path without a folder")?)?;
            let text = std::fs::read_to_string(&path)?;
            std::fs::write(&copy, &text)?;
            let (uri, original) = (uri(&copy), text.clone());
            let history = Vec::new();
            all.push(Document {
                path: copy,
                uri,
                version: 0,
                text,
                cursor: 0,
                original,
                history,
                is_open: false,
            });
        }
        ensure!(all.len() > 3, "too few sources below {}", sources.display());
        Ok(Self { folder: workspace.to_owned(), all, current: 0 })
    }

    pub(super) fn open(&self) -> impl Iterator<Item = &Document> {
        self.all.iter().filter(|document| document.is_open)
    }

    pub(super) fn current(&mut self) -> &mut Document {
        &mut self.all[self.current]
    }
}

impl Document {
    /// Replaces `range`; returns the change as the protocol writes it.
    pub(super) fn replace(&mut self, range: std::ops::Range<usize>, with: &str) -> Value {
        self.remember();
        self.change(range, with)
    }

    /// The same as one of several changes: they are taken back together.
    pub(super) fn change(&mut self, range: std::ops::Range<usize>, with: &str) -> Value {
        let change = json!({
            "range": { "start": position(&self.text, range.start), "end": position(&self.text, range.end) },
            "text": with,
        });
        self.text.replace_range(range.clone(), with);
        self.cursor = range.start + with.len();
        change
    }

    pub(super) fn remember(&mut self) {
        if self.history.len() == HISTORY {
            self.history.remove(0);
        }
        self.history.push(self.text.clone());
    }

    /// Goes back to the text before the last edit; returns the whole of it as a change, or what differs only.
    pub(super) fn undo(&mut self, whole: bool) -> Option<Value> {
        let before = self.history.pop()?;
        let (start, end, middle) = differing(&self.text, &before);
        if !whole {
            return Some(self.change(start..end, &before[middle]));
        }
        self.cursor = start;
        self.text = before;
        Some(json!({ "text": self.text }))
    }

    /// Back to what the file was in the beginning: texts must not grow for ever.
    pub(super) fn reset(&mut self) -> Value {
        self.remember();
        self.text = self.original.clone();
        self.cursor = self.floor(self.cursor);
        json!({ "text": self.text })
    }

    pub(super) fn is_overgrown(&self) -> bool {
        self.text.len() > self.original.len() + BYTES || self.text.len() < self.original.len() / 2
    }

    /// The start of the character at or before a byte.
    pub(super) fn floor(&self, offset: usize) -> usize {
        self.text.floor_char_boundary(offset)
    }

    pub(super) fn here(&self) -> Value {
        json!({ "textDocument": { "uri": self.uri }, "position": position(&self.text, self.cursor) })
    }
}

/// Where two texts differ: the range in `one`, and that in `other`.
fn differing(one: &str, other: &str) -> (usize, usize, std::ops::Range<usize>) {
    let shared = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let start = one.floor_char_boundary(shared);
    let start = start.min(other.floor_char_boundary(shared));
    let left = (one.len() - start).min(other.len() - start);
    let behind = one.bytes().rev().zip(other.bytes().rev()).take(left).take_while(|(a, b)| a == b).count();
    let mut behind = behind;
    while !one.is_char_boundary(one.len() - behind) || !other.is_char_boundary(other.len() - behind) {
        behind -= 1;
    }
    (start, one.len() - behind, start..other.len() - behind)
}

/// In utf-8, as agreed at the start.
fn position(text: &str, offset: usize) -> Value {
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |index| index + 1);
    json!({ "line": before.matches('\n').count(), "character": offset - start })
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "node_modules", "out", "dist"].contains(&name.as_str()) {
                collect(&path, found)?;
            }
            continue;
        }
        let known =
            ["rs", "py", "ts", "js", "toml", "md"].iter().any(|end| name.ends_with(&format!(".{end}")));
        let size = path.metadata()?.len() as usize;
        if known
            && (500..BYTES).contains(&size)
            && std::fs::read_to_string(&path).is_ok_and(|text| !text.contains('\r'))
        {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_leads_from_one_text_to_the_other() {
        let cases = ["", "a", "größe", "grüße", "grße", "aa", "aaa", "a\nb", "b\na\nb", "é", "è"];
        for one in cases {
            for other in cases {
                let (start, end, middle) = differing(one, other);
                let made = format!("{}{}{}", &one[..start], &other[middle], &one[end..]);
                assert_eq!(made, other, "{one:?}");
            }
        }
        assert_eq!(position("a\ngrö", 6), json!({ "line": 1, "character": 4 }));
    }
}
