//! Something that was found for a question: a place, why it is told, and what stands there.

use super::Place;

/// Why a place is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The user has it open, or selected.
    Open,
    /// The name is defined there.
    Defined { name: String, kind: &'static str, container: Option<String>, documentation: Option<String> },
    /// It is used there.
    Used { name: String },
    /// The lines speak of the same names.
    Like,
}

impl Why {
    /// In a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Defined { .. } => "defined",
            Self::Used { .. } => "used",
            Self::Like => "like",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub place: Place,
    pub why: Why,
    /// What stands there, secrets masked.
    pub text: String,
    /// The line that says most of it.
    pub line: String,
}

impl Source {
    /// As a prompt quotes it, with its number; of the text as many lines as there are in `lines`.
    pub(super) fn quoted(&self, number: usize, lines: usize) -> String {
        let what = match &self.why {
            Why::Open => " (open in the editor)".into(),
            Why::Defined { name, kind, .. } => format!(" ({kind} {name})"),
            Why::Used { name } => format!(" (uses {name})"),
            Why::Like => String::new(),
        };
        let mut quoted = format!("[{number}] {}{what}\n", self.place);
        for line in self.text.lines().take(lines) {
            quoted.push_str(line);
            quoted.push('\n');
        }
        quoted
    }
}
