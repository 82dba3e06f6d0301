//! Constrained decoding: which tokens may come next in an answer of a given form, and how it is closed before its
//! budget runs out. A model's engine asks here at each token; nothing here knows llama.cpp.
//!
//! *Invariant:* an error ends the answer. No token is ever chosen that the form was not asked about.

mod close;
mod closers;
mod error;
mod grammars;
mod guide;
mod numbers;
pub mod samples;
mod schema;
#[cfg(test)]
#[allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests may fail, and say what they measured"
)]
mod tests;
mod vocabulary;

pub use error::ConstraintError;
pub use grammars::Grammars;
pub use guide::{Choice, Guide};
pub use schema::{Validator, bounded};
pub use vocabulary::Token;
