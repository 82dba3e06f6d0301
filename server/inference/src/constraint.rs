//! What an answer must look like. A model that cannot hold a constraint refuses it; none ignores one.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The form of a whole answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Constraint {
    /// JSON that is valid by this schema (draft 2020-12), in its compact form.
    JsonSchema(Value),
    /// A text that this regular expression matches whole. Without look-around and back references.
    Regex(String),
    /// A text of this grammar, in the dialect of Lark that `llguidance` reads; its rule `start` is the answer.
    Lark {
        grammar: String,
        /// Texts that end what could otherwise go on for ever, such as a value without quotes: tried first when the
        /// answer has to be closed.
        closers: Vec<String>,
    },
}

/// Whether an answer came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Completion {
    /// The model ended it, or its form allows nothing more.
    #[default]
    Natural,
    /// The budget was running out: from token `at` on, the answer was closed in `suffix` tokens that its form
    /// asks for. It is well-formed, and not what the model had in mind.
    Forced { at: u32, suffix: u32 },
    /// It ends in the middle.
    Truncated,
}

impl Completion {
    /// Whether the answer is all that the model meant to say: only then may it change anything.
    pub fn is_whole(self) -> bool {
        self == Self::Natural
    }
}
