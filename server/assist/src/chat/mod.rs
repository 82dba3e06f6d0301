//! A conversation about the workspace. What is cited is found by code, in the index, and is there before the model says a
//! word; the model puts it into words, if there is one that can.
//!
//! *Invariant:* each cited place exists: its file may be quoted at that moment, and has these lines. *Invariant:* no prompt
//! takes more tokens than the model's context leaves beside its answer; they are counted as the model reads them.

mod answer;
mod budget;
mod calls;
mod cited;
mod conversation;
mod facts;
mod focus;
mod fold;
mod look;
mod place;
mod question;
mod source;
mod speech;
mod turn;

pub use answer::{Answer, Told, Voice, ask};
pub use budget::ChatError;
pub use calls::Tools;
pub use conversation::{Call, Conversation, Exchange, Step, VERSION};
pub use facts::markdown;
pub use focus::Focus;
pub use place::Place;
pub use source::{Source, Why};
