//! The tools that a conversation may use: those that read, and where somebody can be asked, those that do something: change a
//! symbol, run a command, ask another server.

use crate::assistant::Assistant;
use crate::tools::{decisions, registry};
use trust_assist::chat::Tools;
use trust_tools::{Ask, Class, Documents, Engine, Permissions, Tool, Workspace};

/// In the order in which they are wanted; a model is told of the first few.
const READING: [&str; 6] =
    ["find_symbol", "read_file", "search_text", "symbol_source", "references", "outline"];
const EDITING: [&str; 6] =
    ["find_symbol", "read_file", "search_text", "edit_symbol", "symbol_source", "references"];
/// Those that come before what the user has added, and those of it that a model is told of: before the rest.
const FIRST: usize = 3;
pub const ADDED: usize = 3;

/// The tools of one session, and what was permitted in it.
pub struct Toolbox {
    engine: Engine,
    offered: Vec<String>,
}

impl Toolbox {
    /// For what the assistant has indexed; `None` without a folder. What does something is offered where `edits` says so.
    pub fn new(assistant: &Assistant, documents: Box<dyn Documents>, edits: bool) -> Option<Self> {
        let root = assistant.roots().first()?.canonicalize().ok()?;
        let workspace = Workspace::new(assistant.index(), documents);
        let (watch, tools) = (crate::audit::watch(&root), registry(Some(&root)));
        let engine = Engine::new(tools, workspace, Permissions::new(root, decisions())).watched(watch);
        let mut offered: Vec<String> =
            if edits { EDITING } else { READING }.iter().map(|name| (*name).to_owned()).collect();
        if edits {
            let is_added = |tool: &&Tool| matches!(tool.class(), Class::Execute | Class::Mcp);
            let added: Vec<String> =
                engine.tools().iter().filter(is_added).map(|tool| tool.name().to_owned()).collect();
            offered.splice(FIRST..FIRST, added.into_iter().take(ADDED));
        }
        Some(Self { engine, offered })
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whoever `ask` is permits what changes something.
    pub fn tools<'a>(&'a self, ask: &'a dyn Ask) -> Tools<'a> {
        Tools { engine: &self.engine, offered: &self.offered, ask }
    }
}
