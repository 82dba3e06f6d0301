//! Tells Zed how to start `trust-lsp`: the program that the settings name, else the one on the path.

use zed_extension_api::settings::LspSettings;
use zed_extension_api::{Command, Extension, LanguageServerId, Result, Worktree, register_extension};

const SERVER: &str = "trust-lsp";

struct Trust;

impl Extension for Trust {
    fn new() -> Self {
        Self
    }

    fn language_server_command(&mut self, _: &LanguageServerId, worktree: &Worktree) -> Result<Command> {
        // Settings that cannot be read are as good as none: the path is tried.
        let binary = LspSettings::for_worktree(SERVER, worktree).ok().and_then(|settings| settings.binary);
        let arguments = binary.as_ref().and_then(|binary| binary.arguments.clone());
        let command = binary.and_then(|binary| binary.path).or_else(|| worktree.which(SERVER)).ok_or_else(|| {
            format!("there is no {SERVER} on the path: add it, or name it in the settings as lsp.{SERVER}.binary.path")
        })?;
        Ok(Command {
            command,
            args: arguments.unwrap_or_else(|| vec!["--stdio".into()]),
            env: worktree.shell_env(),
        })
    }
}

register_extension!(Trust);
