//! Models on disk: the bundled one, trained by this project and carried inside the binary, and the store of those that the user
//! brought, by what is in them.
//!
//! *Invariant:* the file that is handed out for the bundled model has exactly the embedded bytes, whatever lay in the cache.
//! *Invariant:* a file enters the store checked by `trust-gguf` and hashed, or not at all.

mod bundled;
mod catalogue;
mod machine;
mod measure;
mod recommend;
mod store;

pub use bundled::{BUNDLED_NAME, ModelFile, Unwritable, bundled, bundled_facts, bundled_sha256};
pub use catalogue::{Listed, catalogue};
pub use machine::Machine;
pub use measure::{SAMPLE, Speed, speed};
pub use recommend::{Candidate, Conditions, Standing, Task, Verdict, need, recommend, select};
pub use store::{
    Broken, Entry, Fetching, Imported, Kept, Listing, Measured, Progress, Recorded, Removed, Store,
    StoreError, Wanted, hash,
};
