//! What is asked, and what is answered.

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
    /// When an answer stops being useful.
    pub deadline: Instant,
    pub cancel: CancelToken,
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
}

/// Another text for the place of a [`Completion`].
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    pub text: String,
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
    /// The user wants no completions there.
    Off,
    /// Neither the copy predictor nor a model had anything to say.
    Nothing,
    /// What was found says again what already stands there.
    Repeats,
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
            Self::Off => "completions are switched off here",
            Self::Nothing => "neither the project nor the model had a continuation",
            Self::Repeats => "the continuation repeats text that is already there",
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
