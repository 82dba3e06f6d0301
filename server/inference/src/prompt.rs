//! A prompt: text that is only ever text, and control tokens that only we can write.

/// A control token, by its meaning; each model has its own spelling.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Control {
    /// Before a repository's name.
    Repo,
    /// Before a file's path.
    File,
    FimPrefix,
    FimSuffix,
    FimMiddle,
    /// What a chat template wrote, where the model's own special tokens are to be recognised by their spelling.
    /// Never anything that came from a user, a file or a tool.
    Template(String),
}

/// One segment of a prompt. Each is tokenised on its own, so a token never spans two segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Control(Control),
    Text(String),
}

/// What the model reads before it writes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prompt(pub Vec<Piece>);

impl Prompt {
    pub fn control(&mut self, control: Control) -> &mut Self {
        self.0.push(Piece::Control(control));
        self
    }

    /// Adds what a chat template wrote; an empty text adds nothing.
    pub fn template(&mut self, text: impl Into<String>) -> &mut Self {
        let text = text.into();
        if !text.is_empty() {
            self.0.push(Piece::Control(Control::Template(text)));
        }
        self
    }

    /// Adds text; an empty one adds nothing.
    pub fn text(&mut self, text: impl Into<String>) -> &mut Self {
        let text = text.into();
        if !text.is_empty() {
            self.0.push(Piece::Text(text));
        }
        self
    }
}
