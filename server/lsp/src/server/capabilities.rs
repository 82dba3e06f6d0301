//! What the client can do, resolved once; what the server offers for it.

use crate::handlers::COMMANDS;
use crate::server::{Navigation, PREVIEW};
use tower_lsp::gen_lsp_types::{
    ChangeNotifications, ClientCapabilities, CodeActionKind, CodeActionOptions, CodeActionTag,
    CodeLensOptions, CompletionOptions, ExecuteCommandOptions, InlineCompletionOptions, MarkupKind,
    PositionEncodingKind, ResourceOperationKind, SaveOptions, ServerCapabilities, SymbolKind,
    TextDocumentContentOptions, TextDocumentSyncKind, TextDocumentSyncOptions,
    WorkspaceFoldersServerCapabilities, WorkspaceOptions,
};
use trust_text::Encoding;

/// The client, as far as it matters to us.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Client {
    pub encoding: Encoding,
    /// Whether the client can be told of it: it listed no encodings, or this one.
    pub names_encoding: bool,
    pub inline_completion: bool,
    /// Watches files for servers that ask at run time.
    pub watches_files: bool,
    /// Shows progress that the server begins.
    pub shows_progress: bool,
    /// Wants `trust/status` notifications.
    pub trust_status: bool,
    /// Shows Markdown in a hover.
    pub markdown: bool,
    /// Takes symbols inside symbols.
    pub nested_symbols: bool,
    /// Knows more kinds of symbols than the first 18.
    pub all_symbol_kinds: bool,
    /// Set from the configuration.
    pub navigation: Navigation,
    /// Takes code actions that hold an edit, not only commands.
    pub code_action_literals: bool,
    /// Takes an action's edit only once it is chosen; takes actions that say a model made them.
    pub resolves_actions: bool,
    pub tags_actions: bool,
    /// Takes edits of one version of a document, and edits that say what they are and wait to be confirmed.
    pub versioned_edits: bool,
    pub annotates_edits: bool,
    /// Makes files that an edit makes.
    pub creates_files: bool,
    /// Asks for texts that only the server has.
    pub reads_previews: bool,
    /// Applies edits that the server sends.
    pub applies_edits: bool,
    /// Is offered to see over each symbol who changed it last. Set from the configuration, too.
    pub last_change_lens: bool,
    /// Can be offered that later, and be told that what it shows of it is old.
    pub registers_lenses: bool,
    pub refreshes_lenses: bool,
    /// Answers what its settings say of us, and tells of their changes to who asks for it.
    pub pulls_configuration: bool,
    pub hears_configuration: bool,
    /// Wants `trust/nextEdit` notifications.
    pub next_edits: bool,
}

impl Client {
    pub fn new(capabilities: &ClientCapabilities) -> Self {
        let documents = capabilities.text_document.as_ref();
        let workspace = capabilities.workspace.as_ref();
        let watched = workspace.and_then(|workspace| workspace.did_change_watched_files.as_ref());
        let experimental = capabilities.experimental.as_ref();
        let window = capabilities.window.as_ref();
        let hover = documents.and_then(|documents| documents.hover.as_ref()?.content_format.as_ref());
        let symbols = documents.and_then(|documents| documents.document_symbol.as_ref());
        let kinds = symbols.and_then(|symbols| symbols.symbol_kind.as_ref()?.value_set.as_ref());
        let encodings = capabilities.general.as_ref().and_then(|general| general.position_encodings.as_ref());
        let actions = documents.and_then(|documents| documents.code_action.as_ref());
        let edits = workspace.and_then(|workspace| workspace.workspace_edit.as_ref());
        let resolved = actions.and_then(|actions| actions.resolve_support.as_ref());
        let tags = actions.and_then(|actions| actions.tag_support.as_ref());
        let encoding = encodings.map_or(Encoding::Utf16, |offered| choose(offered));
        Self {
            encoding,
            names_encoding: encodings.is_none_or(|offered| offered.contains(&kind(encoding))),
            inline_completion: documents.is_some_and(|documents| documents.inline_completion.is_some()),
            watches_files: watched.is_some_and(|watched| watched.dynamic_registration == Some(true)),
            shows_progress: window.is_some_and(|window| window.work_done_progress == Some(true)),
            markdown: hover.is_some_and(|formats| formats.contains(&MarkupKind::Markdown)),
            nested_symbols: symbols
                .is_some_and(|symbols| symbols.hierarchical_document_symbol_support == Some(true)),
            all_symbol_kinds: kinds.is_some_and(|kinds| {
                [SymbolKind::EnumMember, SymbolKind::Struct, SymbolKind::Object]
                    .iter()
                    .all(|kind| kinds.contains(kind))
            }),
            navigation: Navigation::default(),
            trust_status: experimental.is_some_and(|value| value["trustStatus"] == true),
            code_action_literals: documents
                .and_then(|documents| documents.code_action.as_ref())
                .is_some_and(|actions| actions.code_action_literal_support.is_some()),
            resolves_actions: actions.is_some_and(|actions| {
                actions.code_action_literal_support.is_some() && actions.data_support == Some(true)
            }) && resolved
                .is_some_and(|resolved| resolved.properties.iter().any(|one| one == "edit")),
            tags_actions: tags.is_some_and(|tags| tags.value_set.contains(&CodeActionTag::LLMGenerated)),
            versioned_edits: edits.is_some_and(|edits| edits.document_changes == Some(true)),
            annotates_edits: edits.is_some_and(|edits| edits.change_annotation_support.is_some()),
            creates_files: edits
                .and_then(|edits| edits.resource_operations.as_ref())
                .is_some_and(|all| all.contains(&ResourceOperationKind::Create)),
            reads_previews: workspace.is_some_and(|workspace| workspace.text_document_content.is_some()),
            applies_edits: workspace.is_some_and(|workspace| workspace.apply_edit == Some(true)),
            last_change_lens: false,
            registers_lenses: documents
                .and_then(|documents| documents.code_lens.as_ref())
                .is_some_and(|lenses| lenses.dynamic_registration == Some(true)),
            refreshes_lenses: workspace
                .and_then(|workspace| workspace.code_lens.as_ref())
                .is_some_and(|lenses| lenses.refresh_support == Some(true)),
            pulls_configuration: workspace.is_some_and(|workspace| workspace.configuration == Some(true)),
            hears_configuration: workspace
                .and_then(|workspace| workspace.did_change_configuration.as_ref())
                .is_some_and(|heard| heard.dynamic_registration == Some(true)),
            next_edits: experimental.is_some_and(|value| value["trustNextEdit"] == true),
        }
    }
}

/// Bytes where the client counts them too, since ropes and parsers do; else the protocol's default.
fn choose(offered: &[PositionEncodingKind]) -> Encoding {
    let offers = |kind| offered.contains(&kind);
    if offers(PositionEncodingKind::UTF8) {
        Encoding::Utf8
    } else if offers(PositionEncodingKind::UTF16) || !offers(PositionEncodingKind::UTF32) {
        Encoding::Utf16
    } else {
        Encoding::Utf32
    }
}

fn kind(encoding: Encoding) -> PositionEncodingKind {
    match encoding {
        Encoding::Utf8 => PositionEncodingKind::UTF8,
        Encoding::Utf16 => PositionEncodingKind::UTF16,
        Encoding::Utf32 => PositionEncodingKind::UTF32,
    }
}

/// Inline completion is advertised to everybody: Neovim takes it only statically, and clients that do not
/// know it ignore it. The plain completion list is for those alone.
pub fn offered(client: &Client) -> ServerCapabilities {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::Incremental),
        save: Some(SaveOptions { include_text: Some(false) }.into()),
        ..TextDocumentSyncOptions::default()
    };
    let folders = WorkspaceFoldersServerCapabilities {
        supported: Some(true),
        change_notifications: Some(ChangeNotifications::Bool(true)),
    };
    let actions = CodeActionOptions {
        code_action_kinds: Some(match client.resolves_actions {
            true => vec![CodeActionKind::QuickFix, CodeActionKind::RefactorRewrite],
            false => vec![CodeActionKind::QuickFix],
        }),
        resolve_provider: client.resolves_actions.then_some(true),
        ..CodeActionOptions::default()
    };
    let commands = ExecuteCommandOptions {
        commands: COMMANDS.map(str::to_owned).to_vec(),
        ..ExecuteCommandOptions::default()
    };
    ServerCapabilities {
        position_encoding: client.names_encoding.then(|| kind(client.encoding)),
        text_document_sync: Some(sync.into()),
        definition_provider: client.navigation.any().then_some(true.into()),
        references_provider: client.navigation.any().then_some(true.into()),
        hover_provider: client.navigation.any().then_some(true.into()),
        document_symbol_provider: client.navigation.any().then_some(true.into()),
        workspace_symbol_provider: client.navigation.any().then_some(true.into()),
        inline_completion_provider: Some(InlineCompletionOptions::default().into()),
        completion_provider: (!client.inline_completion).then(CompletionOptions::default),
        code_action_provider: Some(actions.into()),
        code_lens_provider: client.last_change_lens.then(CodeLensOptions::default),
        execute_command_provider: Some(commands),
        workspace: Some(WorkspaceOptions {
            workspace_folders: Some(folders),
            text_document_content: client
                .reads_previews
                .then(|| TextDocumentContentOptions { schemes: vec![PREVIEW.to_owned()] }.into()),
            ..WorkspaceOptions::default()
        }),
        ..ServerCapabilities::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_one_that_the_client_offered() {
        let cases = [
            (r#"{}"#, Encoding::Utf16),
            (r#"{"general": {}}"#, Encoding::Utf16),
            (r#"{"general": {"positionEncodings": []}}"#, Encoding::Utf16),
            (r#"{"general": {"positionEncodings": ["utf-16"]}}"#, Encoding::Utf16),
            (r#"{"general": {"positionEncodings": ["utf-32"]}}"#, Encoding::Utf32),
            (r#"{"general": {"positionEncodings": ["utf-32", "utf-16"]}}"#, Encoding::Utf16),
            (r#"{"general": {"positionEncodings": ["utf-32", "utf-8", "utf-16"]}}"#, Encoding::Utf8),
            (r#"{"general": {"positionEncodings": ["utf-7"]}}"#, Encoding::Utf16),
        ];
        for (capabilities, expected) in cases {
            let client = Client::new(&serde_json::from_str(capabilities).unwrap());
            assert_eq!(client.encoding, expected, "{capabilities}");
        }
    }
}
