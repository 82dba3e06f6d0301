//! Templates whose calls are not what they render, by their hash. Few: what a template renders is what the model was
//! trained on, and is looked at first where no one knows better.

use crate::format::CallFormat;
use xxhash_rust::xxh3::xxh3_64;

/// Hash of the template, its family, and the form of its calls.
type Known = (u64, &'static str, fn() -> CallFormat);

const TABLE: [Known; 0] = [];

/// Family and form of a template that is known.
pub(crate) fn of(source: &str) -> Option<(&'static str, CallFormat)> {
    let hash = hash(source);
    TABLE.iter().find(|known| known.0 == hash).map(|(_, name, form)| (*name, form()))
}

/// What the table goes by: the template without white space at its ends, which files differ in.
pub fn hash(source: &str) -> u64 {
    xxh3_64(source.trim().as_bytes())
}
