//! Each editor, by its `initialize` parameters, gets a completion by the route it has.

use crate::{ADDEND, SUM};
use trust_tests::{Client, Document, Launch, Workspace, check_initialize_params};

const CLIENTS: [&str; 11] = [
    "vscode",
    "neovim",
    "neovim-plugin",
    "emacs",
    "eglot",
    "lsp-mode",
    "helix",
    "kakoune",
    "zed",
    "lsp4ij",
    "sublime",
];

/// What real clients say and the protocol does not have: clangd's older word for encodings, one of lsp-mode's, a slip, and nulls.
const THEIR_OWN: [(&str, &str); 5] = [
    ("kakoune", "/capabilities/offsetEncoding"),
    ("helix", "/capabilities/workspace/diagnostic"),
    ("lsp-mode", "/capabilities/textDocument/completion/completionItem/resolveAdditionalTextEditsSupport"),
    ("lsp-mode", "/capabilities/textDocument/inlineCompletion"),
    ("lsp-mode", "/initializationOptions"),
];

#[test]
fn the_fixtures_are_messages_of_the_protocol() {
    let workspace = Workspace::empty();
    for name in CLIENTS {
        let own = THEIR_OWN.iter().filter(|(client, _)| *client == name);
        let client = own.fold(Client::fixture(name, &workspace), |client, (_, place)| client.without(place));
        check_initialize_params(client.params()).unwrap_or_else(|what| panic!("{name}: {what}"));
    }
}

#[test]
fn every_editor_gets_a_completion_by_its_route() {
    for name in CLIENTS {
        let workspace = Workspace::with(&[("a.rs", &SUM.replace('‸', ""))]);
        let client = Client::fixture(name, &workspace);
        let mut server = Launch::scripted(ADDEND).start(&client);
        let document = Document::rust(workspace.uri("a.rs"), SUM);
        server.open(&document);
        if client.supports("/textDocument/inlineCompletion") {
            assert_eq!(server.added(&document), ADDEND, "{name}");
        } else {
            let items = server.completion(&document);
            assert_eq!(items.len(), 1, "{name}: {items:?}");
            assert_eq!(items[0].applied, document.with(ADDEND), "{name}");
        }
    }
}

#[test]
fn every_editor_gets_positions_in_its_own_units() {
    // The one each prefers among those this server likes: utf-8 where offered, else utf-16.
    let expected = [
        ("vscode", "utf-16"),
        ("emacs", "utf-32"),
        ("neovim", "utf-8"),
        ("neovim-plugin", "utf-8"),
        ("helix", "utf-8"),
        ("zed", "utf-16"),
        ("eglot", "utf-8"),
        ("kakoune", "utf-8"),
        ("lsp-mode", "utf-8"),
        ("lsp4ij", "utf-16"),
        ("sublime", "utf-16"),
    ];
    let workspace = Workspace::empty();
    for (name, encoding) in expected {
        let mut server = Launch::scripted(ADDEND).spawn();
        server.initialize(&Client::fixture(name, &workspace));
        assert_eq!(server.encoding().name(), encoding, "{name}");
    }
}
