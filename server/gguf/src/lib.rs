//! Checks a GGUF file before anything else reads it.
//!
//! Reads the header, the metadata and the tensor directory (never the weights) with strict bounds, so that a
//! broken or hostile file is refused here, with a message for people, and not inside C++.
//!
//! *Invariant:* no allocation is sized by a number from the file before that number is checked against the
//! length of the file.
//!
//! The format: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

mod element;
mod error;
mod facts;
mod metadata;
mod model;
mod source;
mod tensor;

pub use error::GgufError;
pub use facts::{Facts, FimTokens, inspect, inspect_reader};
pub use metadata::{Metadata, Value, ValueType};
