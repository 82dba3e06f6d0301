//! What `trust-lsp` and `trust-net` say to each other: one JSON object a line, over the pipe that is the standard input and
//! output of `trust-net`. The first line is the [`Policy`], which holds for the life of the process; later ones can only
//! restrict it.
//!
//! *Invariant:* nothing here opens anything. *Invariant:* an endpoint is named by its name in the policy, never by an address.

mod door;
mod endpoint;
mod lines;
mod message;
mod policy;
mod source;

pub use door::{Call, Failure, Fill, Filled, Grant, Offered, Opening, Reply, Said, Talk, Wanted};
pub use endpoint::{Class, Endpoint, Engine};
pub use lines::{LONGEST, LineError, is_too_deep, read, write};
pub use message::{
    Answering, Ask, Departure, Detected, Facts, Generation, Hole, PullOrder, Pulled, Task, Told, Work,
};
pub use policy::{Mode, Policy};
pub use source::{Source, SourceError, is_loopback};
