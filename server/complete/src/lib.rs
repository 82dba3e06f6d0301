//! Inline completion: from a cursor in a text to a text that is shown, or to silence.
//!
//! The stages, in order, each in a module of its own: type-through ([`type_through`]), copy predictor
//! ([`copy`]), model ([`generate`] and [`flight`], reading the prompt that [`context`] and [`prompt`] build, mixed with what
//! [`recall`] knows of the project, as far as [`belief`] goes), believe it or stay quiet ([`gate`]), fit it to its place ([`tidy`]), syntax
//! check ([`neutral`], [`resample`]), and where somebody asks, which of several the lines below fit
//! ([`outlook`]). [`Completer::complete`] runs them.
//!
//! *Invariant:* knows no editor protocol and no llama.cpp. *Invariant:* every byte of another file reaches a
//! prompt or a completion through the index, which holds no excluded file.

mod ahead;
mod alternatives;
mod belief;
mod brackets;
mod burst;
mod context;
mod copy;
mod corpus;
mod deletions;
mod faults;
mod flight;
mod gate;
mod generate;
mod going_on;
mod imports;
mod in_text;
mod inserted;
mod lexer;
mod names;
mod neutral;
mod next;
mod outlook;
mod pipeline;
mod prompt;
mod query;
mod recall;
mod resample;
mod secrets;
mod site;
mod tidy;
mod type_through;
mod wanted;
mod why;

pub use belief::{Belief, Signs};
pub use context::{Block, Context, Mix, Room};
pub use deletions::Edited;
pub use gate::{Beliefs, Gate, beliefs};
pub use imports::{Import, import_for};
pub use next::{EditLog, NextEdit, NextQuery, next_edit};
pub use outlook::{SEEN, Seen, WEIGHTS};
pub use pipeline::{Completer, Counters, Stages};
pub use query::{Alternative, Completion, Outcome, Query, Quiet, Source};
pub use recall::{Recall, Recollection};
pub use why::Why;
