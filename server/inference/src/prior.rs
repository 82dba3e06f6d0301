//! What may come next by another account than the model's: what this project has said before.

/// A text that may follow, and how probable that is.
#[derive(Debug, Clone, PartialEq)]
pub struct Continuation {
    /// Empty for the end of the text.
    pub text: String,
    /// Nothing follows it.
    pub ends: bool,
    pub probability: f32,
}

/// What a model itself makes of the next token.
pub trait Opinion {
    /// The probability of the likeliest token.
    fn likeliest(&self) -> f32;

    /// The number of the token that a text begins with, and its probability; `ends` as in [`Continuation`].
    fn of(&self, text: &str, ends: bool) -> (u32, f32);
}

/// Interpolated with the model, token by token: what its continuations leave of 1 goes to the model's own
/// distribution. (A cache model after Grave et al. 2017; Khandelwal et al. 2020 showed how much it helps a network.)
pub trait Prior: Send + Sync {
    /// What may follow the prompt and then `written`, where the model is of that `opinion`; the probabilities add up to
    /// at most 1. Asked on the model's thread for every token, so it must be quick.
    fn continuations(&self, written: &str, opinion: &dyn Opinion) -> Vec<Continuation>;

    /// Whether the text may not end just anywhere.
    fn limits_ends(&self) -> bool {
        false
    }

    /// Where it is limited, whether the text may end behind `written`.
    fn may_end(&self, _written: &str) -> bool {
        true
    }
}

impl std::fmt::Debug for dyn Prior {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Prior")
    }
}
