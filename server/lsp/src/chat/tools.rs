//! The tools that a conversation may use: those that read, and one that changes a symbol where somebody can be asked.

use crate::assistant::Assistant;
use crate::tools::{decisions, registry};
use trust_assist::chat::Tools;
use trust_tools::{Ask, Documents, Engine, Permissions, Workspace};

const READING: [&str; 6] =
    ["find_symbol", "read_file", "search_text", "symbol_source", "references", "outline"];
const EDITING: [&str; 6] =
    ["find_symbol", "read_file", "search_text", "edit_symbol", "symbol_source", "references"];

/// The tools of one session, and what was permitted in it.
pub struct Toolbox {
    engine: Engine,
    edits: bool,
}

impl Toolbox {
    /// For what the assistant has indexed; `None` without a folder. Changes are offered where `edits` says so.
    pub fn new(assistant: &Assistant, documents: Box<dyn Documents>, edits: bool) -> Option<Self> {
        let root = assistant.roots().first()?.canonicalize().ok()?;
        let workspace = Workspace::new(assistant.index(), documents);
        let engine = Engine::new(registry(), workspace, Permissions::new(root, decisions()));
        Some(Self { engine, edits })
    }

    /// Whoever `ask` is permits what changes something.
    pub fn tools<'a>(&'a self, ask: &'a dyn Ask) -> Tools<'a> {
        Tools { engine: &self.engine, offered: if self.edits { &EDITING } else { &READING }, ask }
    }
}
