//! What is known of a model, read from its file.

/// The order in which a fill-in-the-middle model was trained to read its prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FimLayout {
    /// Suffix, prefix, middle: typing appends to the prompt, so a key costs one decode.
    Spm,
    /// Prefix, suffix, middle: what most public models know (Qwen2.5-Coder and kin).
    Psm,
}

/// Facts about a model. All of them come from its file; none is typed in by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelCard {
    /// `general.name` of the file, else its file name.
    pub name: String,
    /// Number of weights.
    pub parameters: u64,
    /// Tokens it can hold at once: prompt and answer together.
    pub context_length: u32,
    /// How it fills a hole; `None` where its vocabulary has no fill-in-the-middle tokens.
    pub fim: Option<FimLayout>,
}
