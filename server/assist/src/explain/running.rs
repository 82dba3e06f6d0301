//! The explanation for a terminal while it is made: each file as soon as it and all before it are compared. How much there is to say is
//! not known before the end: the first sentences are told one by one, then names; what moved from file to file is told last.

use super::summary::{FILES, Reduced, SENTENCES, folder_of, name_only, of_file, one_line};
use super::terminal::{Paint, nothing};
use super::{symbol_sentence, title_of};
use crate::Changes;
use std::collections::HashSet;
use std::fmt::Write;
use trust_changes::{FileFacts, Scope, Verdict};

/// [`Running::file`] for each file in their order, then [`Running::tail`].
pub struct Running {
    title: String,
    paint: Paint,
    files: usize,
    sentences: usize,
    left_out: Reduced,
    /// The folder of the last file that had a line alone.
    folder: Option<String>,
}

impl Running {
    pub fn of(scope: &Scope, colour: bool) -> Self {
        Self {
            title: title_of(scope),
            paint: Paint(colour),
            files: 0,
            sentences: 0,
            left_out: Reduced::default(),
            folder: None,
        }
    }

    /// What is told of the next file; before the first the title.
    pub fn file(&mut self, facts: &FileFacts) -> String {
        let mut text = if self.files == 0 { self.paint.heading(&self.title) } else { String::new() };
        let mut file = of_file(self.files, facts);
        self.files += 1;
        if self.files > FILES {
            self.left_out.files += 1;
            let folder = folder_of(&file);
            if self.folder.as_ref() != Some(&folder) {
                let _ = write!(text, "\n{}", self.paint.heading(&folder));
                self.folder = Some(folder);
            }
            return text + &self.paint.sentence(&one_line(&file, facts));
        }
        if self.sentences + file.sentences.len() > SENTENCES {
            self.left_out.symbols += name_only(&mut file, facts);
        }
        self.sentences += file.sentences.len();
        text.push_str(&self.paint.file(&file));
        text.extend(file.sentences.iter().map(|sentence| self.paint.sentence(sentence)));
        text
    }

    /// What is known once all is compared.
    pub fn tail(&self, changes: &Changes) -> String {
        if changes.files.is_empty() {
            return nothing(&self.title) + &self.paint.others(changes);
        }
        let mut text = String::new();
        let moved = moved(changes);
        if !moved.is_empty() {
            let heading = "Moved from file to file, and not added and removed as it says above";
            let _ = write!(text, "\n{}", self.paint.heading(heading));
            moved.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
        }
        text.push_str(&self.paint.numbers(changes));
        text.push_str(&self.paint.others(changes));
        if self.left_out != Reduced::default() {
            let _ = writeln!(text, "\n{}", self.left_out.told());
        }
        text
    }
}

/// A line for each symbol that went to another file.
fn moved(changes: &Changes) -> Vec<String> {
    let paths: HashSet<&str> = changes.files.iter().map(|file| file.change.path.as_str()).collect();
    let mut lines = Vec::new();
    for file in &changes.files {
        let path = file.change.path.as_str();
        for symbol in file.symbols.iter().flatten() {
            let Verdict::Moved { from } = &symbol.verdict else { continue };
            if from != path && paths.contains(from.as_str()) {
                lines.push(format!("{path}: {}", symbol_sentence(file, symbol)));
            }
        }
    }
    lines
}
