//! Document text: a rope that is cheap to clone, byte offsets inside, and the editor's positions
//! (utf-8, utf-16 or utf-32) at the border.
//!
//! Everything above this crate works in byte offsets into the document. Only the border to the editor
//! speaks of lines and characters, and every conversion there clamps: a position past the end of a line is
//! the end of that line, one past the last line is the end of the text, one inside a character its start.

mod position;
mod text;

pub use position::{Encoding, Position};
pub use text::{Edit, Text};
