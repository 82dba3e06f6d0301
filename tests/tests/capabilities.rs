//! What the server offers depends on what the client can do.

use crate::{ADDEND, SUM};
use serde_json::{Value, json};
use trust_tests::{Client, Document, Launch, Workspace};

fn capabilities(client: &Client) -> Value {
    let mut server = Launch::scripted(ADDEND).spawn();
    let answer = server.initialize(client);
    assert_eq!(answer["serverInfo"]["name"], "trust-lsp");
    answer["capabilities"].clone()
}

/// Whether a provider is offered: true, or options.
fn offered(provider: &Value) -> bool {
    provider == &json!(true) || provider.is_object()
}

#[test]
fn inline_completion_is_offered_statically() {
    let workspace = Workspace::empty();
    for dynamic in [false, true] {
        let pointer = "/capabilities/textDocument/inlineCompletion/dynamicRegistration";
        let capabilities = capabilities(&Client::full(&workspace).with(pointer, dynamic));
        // Neovim knows no other way, and every other client knows this one.
        assert!(offered(&capabilities["inlineCompletionProvider"]), "{capabilities}");
    }
}

#[test]
fn without_inline_completion_ordinary_completion_is_offered() {
    let workspace = Workspace::empty();
    let client = Client::full(&workspace).without("/capabilities/textDocument/inlineCompletion");
    let capabilities = capabilities(&client);
    assert!(offered(&capabilities["completionProvider"]), "{capabilities}");
}

#[test]
fn documents_are_synchronised_by_increments() {
    let sync = capabilities(&Client::without_folder())["textDocumentSync"].clone();
    let (kind, open_close) =
        if sync.is_object() { (&sync["change"], &sync["openClose"]) } else { (&sync, &json!(true)) };
    assert_eq!((kind, open_close), (&json!(2), &json!(true)), "{sync}");
}

#[test]
fn the_position_encoding_is_one_the_client_offered() {
    // (offered, chosen); absent from the answer means utf-16.
    let cases: [(&[&str], &str); 8] = [
        (&["utf-8", "utf-16", "utf-32"], "utf-8"),
        (&["utf-32", "utf-8", "utf-16"], "utf-8"),
        (&["utf-16", "utf-8"], "utf-8"),
        (&["utf-16"], "utf-16"),
        (&["utf-16", "utf-32"], "utf-16"),
        (&["utf-32"], "utf-32"),
        (&["utf-7"], "utf-16"),
        (&[], "utf-16"),
    ];
    for (names, expected) in cases {
        let capabilities = capabilities(&Client::without_folder().encodings(names));
        let chosen = capabilities["positionEncoding"].as_str();
        assert_eq!(chosen.unwrap_or("utf-16"), expected, "of {names:?}");
        // Every client knows utf-16; another one it never named may not be named to it.
        assert!(
            chosen.is_none_or(|name| name == "utf-16" || names.contains(&name)),
            "{chosen:?} of {names:?}"
        );
    }
}

#[test]
fn without_general_capabilities_positions_are_utf_16() {
    for client in [
        Client::without_folder().without("/capabilities/general"),
        Client::without_folder().without("/capabilities/general/positionEncodings"),
        Client::without_folder().with("/capabilities", json!({})),
    ] {
        let capabilities = capabilities(&client);
        let encoding = capabilities.get("positionEncoding").and_then(Value::as_str);
        assert!(matches!(encoding, None | Some("utf-16")), "{encoding:?}");
    }
}

#[test]
fn a_client_with_no_capabilities_at_all_is_served() {
    let workspace = Workspace::empty();
    let client = Client::without_folder().with("/capabilities", json!({}));
    let mut server = Launch::scripted(ADDEND).start(&client);
    let document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    assert_eq!(server.completion(&document)[0].applied, document.with(ADDEND));
}
