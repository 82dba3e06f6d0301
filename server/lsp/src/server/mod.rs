//! The language server: transport, lifecycle and the state of one session.
//!
//! *Invariant:* a handler changes state before its first await, so edits count in the order in which they
//! arrived. *Invariant:* nothing that computes, walks files or waits for a model runs inside a handler: all
//! handlers share one task. *Invariant:* the transport takes any number of requests at a time; what bounds
//! the work is our own queue.

mod acceptance;
mod blames;
mod blocking;
pub mod capabilities;
mod completions;
mod configuration;
mod convert;
mod documents;
mod effects;
mod findings;
mod imports;
mod input;
mod lifecycle;
mod middleware;
mod navigation;
mod offers;
mod power;
mod pressure;
mod previews;
mod progress;
mod question;
mod rhythm;
mod run;
mod session;
pub mod status;
mod talks;
mod telling;

pub use acceptance::Way;
pub use blocking::{blocking, failed, folder_of, off_task};
pub use completions::Asked;
pub use configuration::{Configuration, follow};
pub use convert::{from_position, from_range, path_of, to_position};
pub use documents::{Document, Documents, Refused};
pub use effects::goes_on;
pub use findings::Published;
pub use navigation::Navigation;
pub use offers::Piece;
pub use pressure::resident;
pub use previews::SCHEME as PREVIEW;
pub use question::{Locations, Question};
pub use run::{ServeOptions, serve};
pub use session::Session;
pub use telling::{News, telling};
