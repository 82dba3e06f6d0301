//! What a model is to the rest of the house: a prompt goes in, events come out, and a token can stop it at
//! any time. Nothing here knows llama.cpp, a network, or an editor.
//!
//! *Invariant:* text from users and repositories is carried as [`Piece::Text`] and tokenised with special
//! tokens off; only [`Piece::Control`] becomes a control token. A file can therefore never inject one.

mod cancel;
mod card;
mod constraint;
mod event;
mod prior;
mod prompt;
mod request;
pub mod scripted;
mod turn;

pub use cancel::{CancelOnDrop, CancelToken};
pub use card::{FimLayout, ModelCard};
pub use constraint::{Completion, Constraint};
pub use event::{Candidate, Event, Finish, FinishReason, InferenceError, Usage};
pub use prior::{Continuation, Opinion, Prior};
pub use prompt::{Control, Piece, Prompt};
pub use request::{Budget, Likelihood, Likely, Priority, Request};
pub use turn::{CallError, Message, Tool, ToolCall, ToolChoice, Turn, TurnRequest};

use std::sync::mpsc::{Receiver, channel};

/// A loaded model that can generate text.
pub trait Model: Send + Sync {
    /// What is known of this model.
    fn card(&self) -> &ModelCard;

    /// On what its layers are computed and why there, in words; none where that is not known.
    fn placement(&self) -> Option<String> {
        None
    }

    /// How many tokens `text` takes, special tokens off.
    fn count_tokens(&self, text: &str) -> usize;

    /// How many tokens `prompt` takes. A model that does not say so itself is taken to need no fewer than for its texts.
    fn count_prompt(&self, prompt: &Prompt) -> usize {
        let pieces = prompt.0.iter().map(|piece| match piece {
            Piece::Text(text) | Piece::Control(Control::Template(text)) => self.count_tokens(text),
            Piece::Control(_) => 1,
        });
        1 + pieces.sum::<usize>()
    }

    /// How many tokens a conversation takes before the model's turn: exactly where there is a dialect, since it is what is
    /// read; else an estimate.
    fn count_turn(&self, turn: &Turn) -> Result<usize, InferenceError> {
        const MARKS: usize = 8;
        let tokens = turn.messages.iter().map(|message| MARKS + self.count_tokens(message.text()));
        Ok(tokens.sum())
    }

    /// Whether it heeds [`Request::avoid`].
    fn avoids(&self) -> bool {
        false
    }

    /// The number of the control token that is spelled so, for grammars to name it; none where it is plain text.
    fn special_token(&self, _spelling: &str) -> Option<u32> {
        None
    }

    /// Queues `request` and returns at once. Events arrive until [`Event::Done`] or an error, after which
    /// the channel closes. Dropping the receiver cancels the request.
    fn generate(&self, request: Request) -> Receiver<Result<Event, InferenceError>>;

    /// Queues the model's turn of a conversation, with the same promises. One that only continues texts says
    /// [`InferenceError::NoDialect`]; a dialect around it can lend it the form of a conversation.
    fn converse(&self, _request: TurnRequest) -> Receiver<Result<Event, InferenceError>> {
        let (sender, receiver) = channel();
        // The receiver is right here.
        let _ = sender.send(Err(InferenceError::NoDialect("it only continues texts".into())));
        receiver
    }

    /// For each of the texts, how probable it is, and `then` behind it. Waits for it. Empty where a model does not tell, or not
    /// in time.
    fn likelihood(&self, _request: Likelihood) -> Result<Vec<Likely>, InferenceError> {
        Ok(Vec::new())
    }

    /// Whether it was made to call tools: not by what it can be told to write, but by the form that it was taught.
    fn calls_tools(&self) -> bool {
        false
    }

    /// Whether it is offered the tools that read and no others, whoever asks.
    fn only_reads(&self) -> bool {
        false
    }

    /// Whether what it reads leaves this machine.
    fn is_elsewhere(&self) -> bool {
        false
    }

    /// Forgets what it has read: some of it may not be quoted any more.
    fn forget(&self) {}
}
