//! Documents and positions that are not what a completion is for: answered, quickly, with nothing.

use crate::{ADDEND, COPIED, REPEATS, SUM};
use serde_json::json;
use std::time::{Duration, Instant};
use trust_tests::{Client, Document, Launch, Server, Workspace};

fn start(workspace: &Workspace) -> Server {
    Launch::scripted(ADDEND).start(&Client::full(workspace))
}

/// Nothing by either route.
fn assert_quiet(server: &mut Server, document: &Document) {
    assert_eq!(server.added(document), "", "{}", document.uri);
    assert!(server.completion(document).is_empty(), "{}", document.uri);
}

#[test]
fn a_language_that_is_not_known_is_completed_without_a_syntax_check() {
    let workspace = Workspace::empty();
    let mut server = start(&workspace);
    for (name, language) in [("LICENSE", ""), ("a.xyz", "klingon"), ("go.mod", "go.mod")] {
        let document = Document::new(workspace.uri(name), language, SUM);
        server.open(&document);
        assert_eq!(server.added(&document), ADDEND, "{name}");
    }
}

#[test]
fn prose_gets_nothing_while_it_is_typed() {
    let workspace = Workspace::empty();
    let mut server = start(&workspace);
    for (name, language) in
        [("notes.txt", "plaintext"), ("README.md", "markdown"), ("COMMIT_EDITMSG", "gitcommit")]
    {
        let document = Document::new(workspace.uri(name), language, SUM);
        server.open(&document);
        assert_quiet(&mut server, &document);
    }
}

#[test]
fn a_file_of_fifty_megabytes_gets_nothing_quickly() {
    let workspace = Workspace::empty();
    let mut server = start(&workspace);
    let text = format!("{SUM}{}", "// fifty characters of a comment make one line.....\n".repeat(1 << 20));
    let document = Document::rust(workspace.uri("large.rs"), &text);
    let start = Instant::now();
    server.open(&document);
    assert_eq!(server.added(&document), "");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    // And stands in nobody's way.
    let small = Document::rust(workspace.uri("small.rs"), SUM);
    server.open(&small);
    let start = Instant::now();
    assert_eq!(server.added(&small), ADDEND);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn a_line_of_a_megabyte_is_answered_quickly() {
    let workspace = Workspace::empty();
    let mut server = start(&workspace);
    let document = Document::rust(
        workspace.uri("wide.rs"),
        &format!("const X: &str = \"{}‸\";\n", "ab".repeat(1 << 19)),
    );
    let start = Instant::now();
    server.open(&document);
    server.inline(&document);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn a_binary_file_gets_nothing() {
    let workspace = Workspace::empty();
    let mut server = start(&workspace);
    let document = Document::rust(workspace.uri("a.rs"), &format!("\0\u{1}\0\0ELF\0{SUM}\0\0"));
    server.open(&document);
    assert_quiet(&mut server, &document);
}

#[test]
fn a_file_deleted_while_open_still_completes() {
    let workspace = Workspace::with(&[("a.rs", &SUM.replace('‸', ""))]);
    let mut server = Launch::scripted(ADDEND).start_indexed(&Client::full(&workspace));
    let document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    workspace.remove("a.rs");
    let deleted = json!({"changes": [{"uri": document.uri, "type": 3}]});
    server.notify("workspace/didChangeWatchedFiles", deleted);
    assert_eq!(server.added(&document), ADDEND);
}

#[test]
fn a_position_past_the_end_is_answered() {
    let workspace = Workspace::empty();
    let mut server = start(&workspace);
    let document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    for (line, character) in [(1, 9999), (9999, 0), (i32::MAX, i32::MAX)] {
        for method in ["textDocument/inlineCompletion", "textDocument/completion"] {
            let mut params = document.here(server.encoding());
            params["position"] = json!({"line": line, "character": character});
            params["context"] = json!({"triggerKind": 1});
            server.call(method, params);
        }
    }
}

#[test]
fn a_document_that_was_never_opened_is_answered_with_nothing() {
    let workspace = Workspace::empty();
    let mut server = start(&workspace);
    let document = Document::rust(workspace.uri("a.rs"), SUM);
    assert_quiet(&mut server, &document);
    server.open(&document);
    assert_eq!(server.added(&document), ADDEND);
    server.close(&document);
    assert_quiet(&mut server, &document);
}

#[test]
fn a_change_of_an_older_version_is_ignored_with_a_warning() {
    let workspace = Workspace::empty();
    let mut server = start(&workspace);
    let mut document = Document::rust(workspace.uri("a.rs"), SUM);
    document.version = 5;
    server.open(&document);
    for version in [4, 3, -1] {
        let stale = Document { version, ..document.clone() };
        server.change(&stale, json!([{"text": "stale"}]));
        assert_eq!(server.text_of(&document), (Some(5), document.text.clone()), "version {version}");
        loop {
            let message = server.expect_notification("window/logMessage");
            if message["type"] == 2
                && message["message"].as_str().is_some_and(|text| text.contains("version"))
            {
                break;
            }
        }
    }
    server.type_text(&mut document, "r");
    assert_eq!(server.text_of(&document), (Some(6), document.text.clone()));
}

#[test]
fn a_change_under_the_same_version_is_applied_since_some_clients_never_count() {
    let workspace = Workspace::empty();
    let mut server = start(&workspace);
    let document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    server.change(&document, json!([{"text": "one"}]));
    server.change(&document, json!([{"text": "two"}]));
    assert_eq!(server.text_of(&document), (Some(1), "two".into()));
}

#[test]
fn a_change_of_a_document_that_is_not_open_is_ignored() {
    let workspace = Workspace::empty();
    let mut server = start(&workspace);
    let document = Document::rust(workspace.uri("a.rs"), SUM);
    server.change(&document, json!([{"text": "never opened"}]));
    server.close(&document);
    assert_eq!(server.text_of(&document), (None, String::new()));
}

#[test]
fn opening_twice_takes_the_newer_text() {
    let workspace = Workspace::empty();
    let mut server = start(&workspace);
    let mut document = Document::rust(workspace.uri("a.rs"), "fn old() {}");
    server.open(&document);
    document.version = 2;
    document.text = "fn new() {}".into();
    server.open(&document);
    assert_eq!(server.text_of(&document), (Some(2), document.text.clone()));
}

#[test]
fn documents_that_are_no_files_are_answered() {
    let workspace = Workspace::empty();
    let mut server = Launch::no_model().start(&Client::full(&workspace));
    for uri in
        ["untitled:Untitled-1", "vscode-notebook-cell:/a.ipynb#W0", "file:///", "file://host/share/a.rs"]
    {
        let document = Document::rust(uri, REPEATS);
        server.open(&document);
        let added = server.added(&document);
        assert!(added.is_empty() || added == COPIED, "{uri}: {added:?}");
        server.close(&document);
    }
}

#[test]
fn an_empty_document_is_answered() {
    let workspace = Workspace::empty();
    let mut server = start(&workspace);
    for (name, text) in [("a.rs", ""), ("b.rs", "\n"), ("c.rs", "\r\n\r"), ("d.rs", "\u{feff}")] {
        let document = Document::rust(workspace.uri(name), text);
        server.open(&document);
        server.inline(&document);
    }
}
