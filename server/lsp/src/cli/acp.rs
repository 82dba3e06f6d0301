//! `trust-lsp acp`

use super::{layers, log};
use crate::acp::serve;
use crate::assistant::Assistant;
use crate::model_slot::ModelChoice;
use crate::root;
use crate::setup::model_setup;
use clap::Args;
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use trust_models::Task;

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp acp                                  be the agent of an editor (what the editor runs)
  trust-lsp acp --model ~/models/coder.gguf      with a model that can converse
  trust-lsp chat                                 the same conversation in a terminal

The bundled model does not converse; without another the answers are places that the index finds. A change of a file is
proposed by models that were made to call tools, and the editor asks you about each. For the lines that Zed, JetBrains and
Neovim want see docs/agents.md.";

#[derive(Args)]
pub struct Command {
    #[command(flatten)]
    flags: layers::Flags,
    #[command(flatten)]
    log: log::Log,
}

impl Command {
    pub fn flags(&self) -> &layers::Flags {
        &self.flags
    }
}

pub fn run(command: Command) -> ExitCode {
    if std::io::stdin().is_terminal() {
        eprintln!(
            "trust-lsp acp is an agent of the Agent Client Protocol: an editor starts it and talks to it.\n\
             To converse by hand: trust-lsp chat"
        );
        return ExitCode::from(2);
    }
    let open = |folder: &Path| {
        // A panel without a project is in the home folder.
        let roots: Vec<_> =
            Some(folder.to_path_buf()).filter(|folder| !root::is_too_wide(folder)).into_iter().collect();
        let settings = command.flags.settings(roots.clone(), None);
        crate::net::obey(&settings.privacy);
        let setup = model_setup(&settings, command.flags.scripted(), Task::Chat);
        let silent = matches!(setup.choice, ModelChoice::Bundled);
        let assistant = Assistant::new(roots, &setup.into(), Arc::new(|| ()));
        assistant.watch_files();
        if !silent {
            assistant.model().load(None);
        }
        assistant
    };
    super::end(command.log.start().and_then(|()| serve(&open)))
}
