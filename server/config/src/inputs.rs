//! The layers, and what each is read from.

use serde_json::Value;
use std::path::PathBuf;

/// The configuration of a workspace, inside it.
pub const LOCAL: &str = ".trust/config.toml";

/// The layers; a later one counts for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    Default,
    Machine,
    Team,
    User,
    Profile,
    Workspace,
    Editor,
    Environment,
    Session,
}

impl Layer {
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Machine => "machine",
            Self::Team => "team",
            Self::User => "user",
            Self::Profile => "profile",
            Self::Workspace => "workspace",
            Self::Editor => "editor",
            Self::Environment => "environment",
            Self::Session => "session",
        }
    }
}

/// Where files lie for this user; what he has no folder for, he does without.
#[derive(Debug, Clone, Default)]
pub struct Files {
    pub machine: PathBuf,
    pub user: Option<PathBuf>,
    /// Which workspaces are trusted.
    pub trusted: Option<PathBuf>,
    /// The folder of the last verified copies of what teams say.
    pub teams: Option<PathBuf>,
    pub home: Option<PathBuf>,
}

/// All that a configuration is read from.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    pub files: Files,
    /// The workspace folders; the first stands for the session.
    pub roots: Vec<PathBuf>,
    /// What the editor sent, the later counting for more.
    pub editor: Vec<Value>,
    /// Variables of the environment whose names begin with `TRUST_LSP_`.
    pub environment: Vec<(String, String)>,
    /// Flags, the keys that they set, and to what.
    pub session: Vec<(String, String, String)>,
}
