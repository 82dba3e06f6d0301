//! Edits that a model makes: of one symbol, below one comment, of one name, or tests for a symbol. What it answers is put into
//! a copy of the text and parsed; what adds a syntax error or is not what was asked for goes back to the model with the
//! reason, twice at most. Nothing here changes a file.

mod asking;
mod comment;
mod name;
mod offer;
mod reply;
mod symbol;
mod target;
mod tests;
mod work;

pub use offer::{Offer, offer};
pub use symbol::make;
pub use target::{Target, commented, target};
pub use work::{Changed, Made, Work};

use std::ops::Range;
use trust_index::Language;
use trust_inference::{CancelToken, InferenceError, Model};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Say in a comment of its language what a symbol is for.
    Document,
    Simplify,
    /// Do what somebody says.
    Rewrite(String),
    /// Mend what a checker says of it.
    Fix(String),
    /// Add type annotations, and nothing else.
    Annotate,
    /// Write the code that a comment announces.
    Code,
    /// Find a better name for a local name or a function.
    Name,
    /// Write tests for a symbol.
    Test,
}

impl Wish {
    /// The wishes by the words for them; the instruction is for those that take one.
    ///
    /// # Errors
    /// What is missing or unknown, in words.
    pub fn of(word: &str, instruction: &str) -> Result<Self, String> {
        let told = instruction.trim();
        let wish = match word {
            "document" => Self::Document,
            "simplify" => Self::Simplify,
            "annotate" => Self::Annotate,
            "code" => Self::Code,
            "name" => Self::Name,
            "test" => Self::Test,
            "rewrite" | "fix" if told.is_empty() => {
                return Err(format!("`{word}` needs to be told what is to be done"));
            }
            "rewrite" => Self::Rewrite(told.to_owned()),
            "fix" => Self::Fix(told.to_owned()),
            _ => return Err(format!("there is no action `{word}`; there are {}", Self::WORDS.join(", "))),
        };
        Ok(wish)
    }

    pub const WORDS: [&str; 8] =
        ["document", "simplify", "rewrite", "fix", "annotate", "code", "name", "test"];

    pub fn word(&self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Simplify => "simplify",
            Self::Rewrite(_) => "rewrite",
            Self::Fix(_) => "fix",
            Self::Annotate => "annotate",
            Self::Code => "code",
            Self::Name => "name",
            Self::Test => "test",
        }
    }

    /// What somebody said of it.
    pub fn instruction(&self) -> &str {
        match self {
            Self::Rewrite(said) | Self::Fix(said) => said,
            _ => "",
        }
    }

    /// Whether it can be had in this language at all.
    pub fn speaks(&self, language: Language) -> bool {
        use Language::{JavaScript, Python, Rust, Tsx, TypeScript};
        match self {
            Self::Annotate => matches!(language, Python | TypeScript | Tsx),
            Self::Name | Self::Test => matches!(language, Rust | Python | TypeScript | Tsx | JavaScript),
            _ => true,
        }
    }
}

/// A text, whole, and the symbol in it that is wished something of.
#[derive(Debug, Clone)]
pub struct Site<'a> {
    /// From its root; for the model.
    pub path: &'a str,
    pub language: Language,
    pub text: &'a str,
    pub target: &'a Target,
}

/// Bytes of a text, and what is to stand there.
pub type Part = (Range<usize>, String);

/// What to put into the text of a site: parts in order, which do not overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub parts: Vec<Part>,
    /// How often the model was asked.
    pub attempts: usize,
}

/// `text` with the parts in it.
pub fn edited(text: &str, parts: &[Part]) -> String {
    let (mut new, mut end) = (String::with_capacity(text.len()), 0);
    for (range, part) in parts {
        new.push_str(text.get(end..range.start).unwrap_or_default());
        new.push_str(part);
        end = range.end;
    }
    new.push_str(text.get(end..).unwrap_or_default());
    new
}

/// Why there is no edit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    #[error("a secret stands there, which no model is shown; it would be lost")]
    Secret,
    #[error("the symbol is too long for the model: {tokens} tokens, its context leaves {room}")]
    TooLong { tokens: usize, room: usize },
    #[error("cancelled")]
    Cancelled,
    /// There is nothing to be done there, or it cannot be done safely; in words.
    #[error("{0}")]
    Refused(String),
    #[error("the model's answers could not be used; of the last: {0}")]
    Unusable(String),
    #[error(transparent)]
    Model(#[from] InferenceError),
}

/// Has `model` make the edits of a wish. Blocks; `cancel` ends it at any token.
///
/// # Errors
/// [`ActionError`].
pub fn act(
    wish: &Wish,
    work: &Work<'_>,
    model: &dyn Model,
    cancel: &CancelToken,
) -> Result<Made, ActionError> {
    if !wish.speaks(work.language) {
        let language = work.language.id();
        return Err(ActionError::Refused(format!("`{}` is not to be had in {language}", wish.word())));
    }
    match wish {
        Wish::Name => name::renamed(work, model, cancel),
        Wish::Test => tests::written(work, model, cancel),
        _ => {
            let found = match wish {
                Wish::Code => commented(work.language, work.text, &work.selection)
                    .ok_or("no comment stands there on lines of its own"),
                _ => target(work.language, work.text, &work.selection).ok_or("there is no symbol"),
            };
            let found = found.map_err(|why| ActionError::Refused(why.into()))?;
            let site = Site { path: work.shown, language: work.language, text: work.text, target: &found };
            let Edit { parts, attempts } = symbol::make_again(wish, &site, work.remark, (model, cancel))?;
            Ok(Made { changes: vec![work.changed(parts)], attempts })
        }
    }
}

/// What `check` makes of the first answer that it takes.
pub(crate) fn ask<T>(
    request: String,
    model: &dyn Model,
    cancel: &CancelToken,
    check: impl FnMut(&str) -> Result<T, String>,
) -> Result<T, ActionError> {
    asking::until_usable(request, (model, cancel), check).map(|(usable, _)| usable)
}

/// A request, and why an earlier answer to it did not do.
fn again(request: String, remark: &str) -> String {
    match remark {
        "" => request,
        remark => {
            format!("{request}\nAn earlier answer did not do: {}", trust_redact::masked(remark.to_owned()))
        }
    }
}
