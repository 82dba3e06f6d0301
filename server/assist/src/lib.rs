//! Explains changes, writes commit messages, reviews. Facts come from `trust-changes` and are put into words by
//! code; wherever a model may word something better it is given the facts, and its answer is checked against them.
//!
//! *Invariant:* no type of the editor's protocol and none of llama.cpp. Everything works without a model.

pub mod actions;
pub mod chat;
pub mod commit;
mod describe;
pub mod explain;
mod gather;
mod paths;
mod reader;
pub mod review;
mod shown;
mod speaker;
pub mod workflow;

pub use describe::describe;
pub use gather::{Changes, gather, gather_telling};
pub use reader::Broker;
pub use speaker::Speaker;

#[cfg(test)]
mod tests;
