//! How a model wants to be talked to: its chat template, the marks around its thoughts, the form of its calls of tools.
//! Nothing here knows llama.cpp, and no model is told apart by its name.
//!
//! *Invariant:* what users, files and tools say is text for ever; only what a template writes may become a control token.

mod call;
mod context;
mod date;
mod dialect;
mod format;
mod forms;
mod grammar;
mod infer;
mod injected;
mod json;
mod known;
mod literal;
mod mark;
mod parse;
mod probe;
mod scan;
mod tagged;
mod talk;
mod template;
#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests may fail and read fixtures"
)]
mod tests;

pub use dialect::{Dialect, Origin};
pub use format::{Around, Body, CallFormat, Ids, Member, Tagged, Values};
pub use known::{Chosen, hash};
pub use parse::Parser;
pub use talk::Talker;
pub use template::TemplateError;
