//! Whether git converts the line ends of a file between the working tree and the repository: by attributes, and where they say
//! nothing by the configuration. No filter is known here, and none is run.

use crate::{Reader, Repository};
use gix::bstr::{BStr, ByteSlice};
use gix::glob::{wildmatch, wildmatch::Mode};
use std::path::Path;

/// The longest file of attributes that is read of git's own, in bytes.
const MOST: u64 = 1 << 20;

/// What is said of a path; the later and the nearer wins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Said {
    text: Option<bool>,
    /// An `eol` alone says that it is text.
    eol: bool,
}

/// Whether `\n` in the repository may be `\r\n` in the file at this path in the working tree.
pub(crate) fn converts(repository: &Repository, path: &BStr, reader: &dyn Reader) -> bool {
    let Ok(path) = path.to_str() else { return repository.converts_line_endings() };
    let mut said = Said::default();
    let folders = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
    for (folder, inside) in folders.map(|at| path.split_at(at)) {
        let place = repository.root().join(folder).join(".gitattributes");
        said.hear(&reader.read(&place).unwrap_or_default(), inside);
    }
    said.hear(&own(&repository.git_folder().join("info/attributes")), path);
    said.text.unwrap_or(said.eol || repository.converts_line_endings())
}

/// A list that lies in git's own folder.
fn own(place: &Path) -> String {
    if !place.metadata().is_ok_and(|list| list.is_file() && list.len() <= MOST) {
        return String::new();
    }
    #[allow(clippy::disallowed_methods, reason = "git's own file, no workspace file")]
    let bytes = std::fs::read(place);
    String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
}

impl Said {
    /// Hears a list of attributes about a path that is relative to its folder.
    fn hear(&mut self, list: &str, path: &str) {
        for line in list.lines() {
            let mut words = line.split_ascii_whitespace();
            let Some(pattern) = words.next().filter(|first| !first.starts_with(['#', '"', '[', '!'])) else {
                continue;
            };
            if fits(pattern, path) {
                words.for_each(|word| self.take(word));
            }
        }
    }

    fn take(&mut self, word: &str) {
        match word.split_once('=').unwrap_or((word, "")) {
            ("text", _) => self.text = Some(true),
            ("-text" | "binary", _) => self.text = Some(false),
            ("!text", _) => self.text = None,
            ("eol", value) => self.eol = matches!(value, "lf" | "crlf"),
            ("-eol" | "!eol", _) => self.eol = false,
            _ => {}
        }
    }
}

/// A pattern without a slash is of a name, in any folder.
fn fits(pattern: &str, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    if pattern.contains('/') {
        let pattern = pattern.strip_prefix('/').unwrap_or(pattern);
        wildmatch(pattern.into(), path.into(), Mode::NO_MATCH_SLASH_LITERAL)
    } else {
        wildmatch(pattern.into(), name.into(), Mode::NO_MATCH_SLASH_LITERAL)
    }
}
