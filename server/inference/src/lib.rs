//! What a model is to the rest of the house: a prompt goes in, events come out, and a token can stop it at
//! any time. Nothing here knows llama.cpp, a network, or an editor.
//!
//! *Invariant:* text from users and repositories is carried as [`Piece::Text`] and tokenised with special
//! tokens off; only [`Piece::Control`] becomes a control token. A file can therefore never inject one.

mod cancel;
mod card;
mod event;
mod prior;
mod prompt;
mod request;
pub mod scripted;

pub use cancel::{CancelOnDrop, CancelToken};
pub use card::{FimLayout, ModelCard};
pub use event::{Candidate, Event, Finish, FinishReason, InferenceError, Usage};
pub use prior::{Continuation, Opinion, Prior};
pub use prompt::{Control, Piece, Prompt};
pub use request::{Budget, Priority, Request};

use std::sync::mpsc::Receiver;

/// A loaded model that can generate text.
pub trait Model: Send + Sync {
    /// What is known of this model.
    fn card(&self) -> &ModelCard;

    /// How many tokens `text` takes, special tokens off.
    fn count_tokens(&self, text: &str) -> usize;

    /// Queues `request` and returns at once. Events arrive until [`Event::Done`] or an error, after which
    /// the channel closes. Dropping the receiver cancels the request.
    fn generate(&self, request: Request) -> Receiver<Result<Event, InferenceError>>;

    /// Forgets what it has read: some of it may not be quoted any more.
    fn forget(&self) {}
}
