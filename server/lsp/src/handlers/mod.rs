//! The routing table: every method that the server serves, each in a file of its own.

mod audit;
mod cancel_progress;
mod chat;
mod code_action;
mod code_lens;
mod commit_message;
mod completion;
mod debug;
mod definition;
mod did_change;
mod did_change_configuration;
mod did_open_close;
mod document_symbol;
mod execute_command;
mod explain_diff;
mod explain_history;
mod files;
mod hover;
mod import;
mod initialize;
mod inline_completion;
mod model_edit;
mod models;
mod next_edit;
mod profiles;
mod references;
mod resolve_action;
mod review;
mod text_document_content;
mod tool;
mod trust;
mod workspace_symbol;

pub use execute_command::{ACCEPTED, COMMANDS};

use crate::server::{Session, follow};
use std::sync::Arc;
use tower_lsp::gen_lsp_types::{InitializeParams, InitializeResult, InitializedParams};
use tower_lsp::jsonrpc::Result;
use tower_lsp::{LanguageServer, LspServiceBuilder};

/// What the framework calls.
pub struct Backend(pub Arc<Session>);

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        Ok(initialize::initialize(&self.0, params))
    }

    async fn initialized(&self, _: InitializedParams) {
        self.0.greet();
        tokio::spawn(follow(self.0.clone()));
    }

    async fn shutdown(&self) -> Result<()> {
        self.0.cancel_all();
        Ok(())
    }
}

/// Adds the methods to the four of the lifecycle. Notifications change state and return without awaiting.
pub fn register(service: LspServiceBuilder<Backend>, debug_requests: bool) -> LspServiceBuilder<Backend> {
    let service = service
        .custom_method("textDocument/didOpen", did_open_close::did_open)
        .custom_method("textDocument/didChange", did_change::did_change)
        .custom_method("textDocument/didClose", did_open_close::did_close)
        .custom_method("textDocument/didSave", files::did_save)
        .custom_method("workspace/didChangeWatchedFiles", files::did_change_watched_files)
        .custom_method("workspace/didChangeWorkspaceFolders", files::did_change_workspace_folders)
        .custom_method("workspace/didChangeConfiguration", did_change_configuration::did_change_configuration)
        .custom_method("window/workDoneProgress/cancel", cancel_progress::cancel_progress)
        .custom_method("textDocument/inlineCompletion", inline_completion::inline_completion)
        .custom_method("textDocument/completion", completion::completion)
        .custom_method("textDocument/definition", definition::definition)
        .custom_method("textDocument/references", references::references)
        .custom_method("textDocument/hover", hover::hover)
        .custom_method("textDocument/documentSymbol", document_symbol::document_symbol)
        .custom_method("workspace/symbol", workspace_symbol::workspace_symbol)
        .custom_method("textDocument/codeAction", code_action::code_action)
        .custom_method("codeAction/resolve", resolve_action::resolve_action)
        .custom_method("textDocument/codeLens", code_lens::code_lens)
        .custom_method("workspace/executeCommand", execute_command::execute_command)
        .custom_method("workspace/textDocumentContent", text_document_content::text_document_content)
        .custom_method("trust/explainHistory", explain_history::explain_history)
        .custom_method("trust/nextEdit", next_edit::next_edit)
        .custom_method("trust/explainDiff", explain_diff::explain_diff)
        .custom_method("trust/commitMessage", commit_message::commit_message)
        .custom_method("trust/review", review::review)
        .custom_method("trust/chat", chat::chat)
        .custom_method("trust/models", models::models)
        .custom_method("trust/profiles", profiles::profiles)
        .custom_method("trust/useModel", models::use_model)
        .custom_method("trust/audit", audit::audit)
        .custom_method("trust/status", trust::status)
        .custom_method("trust/lastCompletion", trust::last_completion);
    if !debug_requests {
        return service;
    }
    service
        .custom_method("trust/debug/text", debug::text)
        .custom_method("trust/debug/panic", debug::panic)
        .custom_method("trust/debug/panicNotification", debug::panic_notification)
}
