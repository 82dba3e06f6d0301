//! Tells Zed how to start `trust-lsp`: the program that the settings name, else the one on the path; and what of its
//! configuration the settings hold.

use zed_extension_api::serde_json::{Value, json};
use zed_extension_api::settings::LspSettings;
use zed_extension_api::{Command, Extension, LanguageServerId, Result, Worktree, register_extension};

const SERVER: &str = "trust-lsp";
/// What the server asks the editor for, as a section.
const SECTION: &str = "trust";

struct Trust;

/// Settings that cannot be read are as good as none.
fn settings(worktree: &Worktree) -> LspSettings {
    LspSettings::for_worktree(SERVER, worktree).unwrap_or_default()
}

impl Extension for Trust {
    fn new() -> Self {
        Self
    }

    fn language_server_command(&mut self, _: &LanguageServerId, worktree: &Worktree) -> Result<Command> {
        let binary = settings(worktree).binary;
        let (path, arguments, more) =
            binary.map_or((None, None, None), |binary| (binary.path, binary.arguments, binary.env));
        let command = path.or_else(|| worktree.which(SERVER)).ok_or_else(|| {
            format!("there is no {SERVER} on the path: add it, or name it in the settings as lsp.{SERVER}.binary.path")
        })?;
        let mut env = worktree.shell_env();
        env.extend(more.unwrap_or_default());
        Ok(Command { command, args: arguments.unwrap_or_else(|| vec!["--stdio".into()]), env })
    }

    fn language_server_workspace_configuration(
        &mut self,
        _: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<Value>> {
        Ok(settings(worktree).settings.map(|keys| json!({ SECTION: keys })))
    }
}

register_extension!(Trust);
