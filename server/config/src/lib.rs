//! Configuration: what may be set ([`Settings`]), where it is read from ([`Config`]), which workspaces may set all of
//! it ([`Trusted`]), what a team says ([`Team`]).
//!
//! *Invariant:* one table (`settings.rs`) gives the types, the documentation, the schema and the settings of VS Code.
//! *Invariant:* what is wrong is a [`Problem`] and never an error: it names file, line and key, never a value, and the rest
//! of the file holds. *Invariant:* a workspace that nobody trusted sets safe keys only. *Invariant:* of a team nothing
//! holds that was not signed with the key that the machine's or the user's file names.

mod actions;
mod config;
mod edit;
mod file;
mod inputs;
mod key;
mod node;
mod page;
mod problem;
mod resolve;
mod schema;
mod section;
mod settings;
mod strict;
mod team;
mod trust;

pub use actions::{UserAction, user_actions};
pub use config::{Config, check};
pub use edit::{EditError, SCHEMA_FILE, TEMPLATE, Target, begun, lay_schema, set, toml, unset, use_profile};
pub use file::{lock_beside, read as read_file, write as write_file};
pub use inputs::{Files, Inputs, LOCAL, Layer};
pub use key::{Change, ENDPOINT, Key, Kind, Reach, Safety, is_model_name};
pub use page::markdown;
pub use problem::{Problem, nearest, nearest_key};
pub use resolve::{Found, Place};
pub use schema::{restricted, schema, section, vscode};
pub use settings::{ByLanguage, KEYS, Settings, key};
pub use team::{Held, ManifestEdit, Named, Team, WrittenManifest, Wrong, team_actions, write_manifest};
pub use trust::{TrustError, Trusted, advice};
