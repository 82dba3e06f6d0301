//! The audit log: what was asked of this program, by whom, what it was answered from, and what became of the answer.
//!
//! *Invariant:* whatever is recorded is a leaf of an RFC 6962 Merkle tree whose root is signed with each commit, so that
//! editing, deleting, reordering and truncating show. *Invariant:* what is erased leaves its leaf's hash, which tells
//! nothing of it, and an entry that says what was erased. *Invariant:* nobody who records waits, for the disk or anything else.
#![allow(
    clippy::disallowed_methods,
    reason = "the log's own files, in the user's state folder; no file of a workspace is read here"
)]

mod bytes;
mod canonical;
mod entry;
mod erase;
mod error;
mod export;
mod folder;
mod keys;
mod log;
mod merkle;
mod note;
mod read;
#[cfg(test)]
#[path = "tests/samples.rs"]
mod samples;
mod seal;
mod summary;
mod time;
mod verify;
mod writer;

pub use bytes::{hex, random, text_hash};
pub use entry::{
    Action, Actor, By, Content, Entry, Erased, Feature, FileUsed, ModelUsed, Permission, Record, Requested,
    Sizes, ToolUsed, What,
};
pub use erase::{Cutoff, Done, erase};
pub use error::AuditError;
pub use export::{Format, export};
pub use folder::{Folder, now};
pub use keys::Verifier;
pub use log::Log;
pub use merkle::{Hash, Leaves, is_consistent, is_included, leaf_hash, node_hash};
pub use note::Checkpoint;
pub use read::{Filter, Reader, Row};
pub use summary::{Count, Summary, summary};
pub use time::{instant, rfc3339};
pub use verify::{Finding, Report, verify};
pub use writer::{Options, Trouble, Writer};
