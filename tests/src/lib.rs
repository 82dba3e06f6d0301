//! The harness of the black-box tests: starts the built binary, speaks the protocol to it with code of its
//! own, and judges every message that comes back.
//!
//! *Invariant:* no code of the server is used here, nor of the library it speaks the protocol with; an error
//! on one side cannot hide on the other.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a harness of tests fails them aloud, and makes the files they need"
)]

mod binary;
mod client;
mod completion;
mod document;
mod envelope;
mod framing;
mod launch;
mod oracle;
mod pipes;
mod random;
mod server;
mod team;
mod text;
mod trust_messages;
mod workspace;

pub use binary::{binary, command};
pub use client::{Client, Source};
pub use completion::{InlineItem, PlainItem, quiet};
pub use document::Document;
pub use envelope::RpcError;
pub use launch::Launch;
pub use oracle::check_initialize_params;
pub use random::Random;
pub use server::{Reply, Server, WAIT};
pub use team::Team;
pub use text::{Encoding, Place, offset, place, replace};
pub use workspace::Workspace;
