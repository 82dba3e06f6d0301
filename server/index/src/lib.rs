//! The workspace index: which files there are, what they define, where a name occurs, which chunks are like a
//! query. One background thread builds it and follows changes; readers take a [`Snapshot`] without a lock.
//!
//! *Invariant:* the [`FileBroker`] is the only code of the process that reads workspace files. What it refuses
//! (ignore rules, secrets, places outside the workspace) is on no route read, indexed or quoted.

mod broker;
mod build;
mod builder;
mod changes;
mod disk;
mod edits;
mod file;
mod find;
mod generated;
mod index;
mod map;
mod merge;
mod names;
mod navigate;
mod parallel;
mod postings;
mod private;
mod reader;
mod repository;
mod rules;
mod saver;
mod search;
mod secrets;
mod segment;
mod snapshot;
mod state;
mod store;
mod texts;
mod view;
mod walk;
mod watch;
mod worker;

pub use broker::{FileBroker, MAX_FILE_BYTES, Refusal};
pub use index::Index;
pub use navigate::{Place, Target, Uses, plain_documentation};
pub use parallel::use_threads;
pub use private::{make_private, private_file};
pub use reader::Reader;
pub use search::Chunk;
pub use secrets::is_secret_name;
pub use snapshot::{FileId, Size, Snapshot, Symbol};
pub use state::{IndexOptions, IndexState, Phase, Timings};
pub use trust_grammars::{DefinitionKind, Language};

#[cfg(test)]
mod tests;
