//! What is asked, and what is answered.

use crate::Edited;
use std::ops::Range;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use trust_grammars::Language;
use trust_inference::CancelToken;
use trust_text::Text;

/// A request for a completion at one place of one version of a document.
#[derive(Debug, Clone)]
pub struct Query {
    /// The document's path, absolute where it lies on disk.
    pub path: PathBuf,
    /// The same path as the model is told it: relative to its workspace folder, with `/`.
    pub relative: String,
    /// The name of that workspace folder.
    pub repository: String,
    /// `None` for languages we have no grammar of: such files are completed without a syntax check.
    pub language: Option<Language>,
    pub text: Text,
    /// The cursor, in bytes.
    pub offset: usize,
    /// The user asked for it, rather than merely typing.
    pub invoked: bool,
    /// Whoever inserts the text can have it take the place of closing signs behind the cursor.
    pub may_replace: bool,
    /// When an answer stops being useful.
    pub deadline: Instant,
    pub cancel: CancelToken,
    /// Raised when a newer query [goes on](Query::goes_on_from) from this one, which then leaves to it what the model
    /// is writing.
    pub superseded: CancelToken,
    /// The documents that were edited lately, none of which the rules exclude.
    pub edited: Vec<Edited>,
}

/// Bytes around the cursor that must be as they were, and the most that can have been typed.
const SURROUNDINGS: usize = 256;
const TYPED: usize = 512;

impl Query {
    /// What was typed at the cursor since, as bytes of `text`, where nothing else has happened around it.
    pub fn typed_since(&self, text: &Text) -> Option<Range<usize>> {
        let length = text.len().checked_sub(self.text.len()).filter(|length| *length <= TYPED)?;
        let (start, end) = (self.offset, self.offset + length);
        let before = start.saturating_sub(SURROUNDINGS)..start;
        let same = text.slice(before.clone()) == self.text.slice(before)
            && text.slice(end..end + SURROUNDINGS) == self.text.slice(start..start + SURROUNDINGS);
        same.then_some(start..end)
    }

    /// Whether somebody only typed on since `older` was asked. Who asks wants to see what else there is.
    pub fn goes_on_from(&self, older: &Self) -> bool {
        let typed = || older.typed_since(&self.text).is_some_and(|typed| typed.end == self.offset);
        self.path == older.path && !self.invoked && !older.invoked && typed()
    }
}

/// Where a completion came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The rest of a completion that was shown before and has been typed into.
    TypeThrough,
    /// Continues an earlier occurrence of the text before the cursor.
    Copy,
    Model,
    /// Copied, and confirmed by the model.
    Mixed,
}

impl Source {
    pub fn name(self) -> &'static str {
        match self {
            Self::TypeThrough => "type-through",
            Self::Copy => "copy",
            Self::Model => "model",
            Self::Mixed => "mixed",
        }
    }
}

/// A text to insert at the cursor.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// One line, or several that end without a line break.
    pub text: String,
    /// Bytes behind the cursor whose place it takes: closing signs, which it says itself; 0 unless the query
    /// [lets it](Query::may_replace).
    pub replaces: usize,
    pub source: Source,
    /// How probable it is, by our own account, that it is what was meant: that its line goes on so and ends there,
    /// or, where it is a beginning, that it begins so.
    pub probability: f32,
    /// From the query to the first piece of text, and to the end.
    pub first: Duration,
    pub total: Duration,
    /// Tokens the model generated for it; 0 where it had no part in it.
    pub tokens: u32,
    /// Tokens of the prompt that had to be read anew.
    pub prefilled: u32,
    /// The model that had a part in it.
    pub model: Option<String>,
    /// Other texts for the same place, the more probable first; only where somebody asked.
    pub others: Vec<Alternative>,
    /// The files that the prompt quoted, by their paths from their workspace folders, where a model was asked.
    pub quoted: Vec<String>,
}

/// Another text for the place of a [`Completion`].
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    pub text: String,
    /// As in a [`Completion`].
    pub replaces: usize,
    pub source: Source,
    pub probability: f32,
}

/// Why nothing is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quiet {
    /// Nobody waits any more: a newer query, a cancellation, a deadline passed.
    Cancelled,
    /// The file is excluded by an ignore rule, holds secrets by its name, or is too large.
    Excluded,
    /// The cursor is inside a word, or too much stands behind it on its line.
    Place,
    /// The cursor is in a comment or a string, where the user wants nothing.
    Text,
    /// The cursor is in a secret, or what was found is one.
    Secret,
    /// The user wants no completions there.
    Off,
    /// Neither the copy predictor nor a model had anything to say.
    Nothing,
    /// What was found says again what already stands there.
    Repeats,
    /// What was found was deleted there a moment ago.
    Withdrawn,
    /// What was found would leave the file with a syntax error that it has not now.
    Syntax,
    /// What was found is probably wrong.
    Unsure,
}

impl Quiet {
    /// A sentence for people who ask why they see nothing.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Cancelled => "the request was cancelled, came too late, or gave way to a newer one",
            Self::Excluded => "the file is excluded by an ignore rule or a secret name, or is too large",
            Self::Place => "the cursor is inside a word, or too much text follows it on its line",
            Self::Text => "the cursor is in a comment or a string, where completions are switched off",
            Self::Secret => "the cursor is in a secret, or the continuation is one",
            Self::Off => "completions are switched off here",
            Self::Nothing => "neither the project nor the model had a continuation",
            Self::Repeats => "the continuation repeats text that is already there",
            Self::Withdrawn => "the continuation was deleted there a moment ago",
            Self::Syntax => "the continuation would break the file's syntax",
            Self::Unsure => "the continuation was too uncertain to show",
        }
    }
}

/// The answer to a [`Query`].
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Show(Completion),
    Quiet(Quiet),
}

#[cfg(test)]
mod tests {
    use crate::Query;
    use crate::site::tests::query;

    #[test]
    fn only_typing_goes_on_from_a_query() {
        let far = "// A line of a file.\n".repeat(20);
        let older = format!("{far}let x = |;\n");
        let cases = [
            ("let x = |;\n", true),
            ("let x = pars|;\n", true),
            ("let x = {\n    pars|;\n", true),
            ("let x = pars|e;\n", false),
            ("let x = pars|);\n", false),
            ("let x =|;\n", false),
            ("let y = pars|;\n", false),
            ("let x = |", false),
        ];
        for (newer, expected) in cases {
            let newer = query(&format!("{far}{newer}"));
            assert_eq!(newer.goes_on_from(&query(&older)), expected, "{newer:?}");
            assert!(!Query { invoked: true, ..newer.clone() }.goes_on_from(&query(&older)));
            assert!(!Query { path: "/p/b.rs".into(), ..newer }.goes_on_from(&query(&older)));
        }
        assert!(!query(&format!("{far}//\nlet x = |;\n")).goes_on_from(&query(&older)));
        assert_eq!(query("ab|").typed_since(&query("abcd|").text), Some(2..4));
    }
}
