//! What can go wrong with a constraint. *Invariant:* no message quotes the text that was written so far.

/// Why an answer cannot be held to its form. Never a reason to go on without.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConstraintError {
    #[error("the vocabulary has no token that ends a text")]
    Vocabulary,
    /// The form itself is at fault, or asks for what the grammar engine does not know.
    #[error("the form cannot be used: {0}")]
    Form(String),
    #[error("the grammar engine met a limit or failed: {0}")]
    Engine(String),
    #[error("no token goes on in the form that was asked for")]
    DeadEnd,
    #[error("an answer of this form takes {needed} tokens or more")]
    BudgetTooSmall { needed: u32 },
    #[error("cancelled")]
    Cancelled,
}

impl ConstraintError {
    /// An error of the engine, by its kind: what follows there may quote the text.
    pub(crate) fn engine(error: &dyn std::fmt::Display) -> Self {
        let kind = first_line(error);
        Self::Engine(kind.split([':', '"', '\'', '`']).next().unwrap_or_default().trim().to_string())
    }

    pub(crate) fn form(error: &dyn std::fmt::Display) -> Self {
        Self::Form(first_line(error))
    }
}

fn first_line(error: &dyn std::fmt::Display) -> String {
    const SHOWN: usize = 200;
    error.to_string().lines().next().unwrap_or_default().chars().take(SHOWN).collect()
}
