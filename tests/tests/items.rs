//! The items of both routes: what they insert, and where. The harness checks the rules of the protocol for
//! each (ranges on one line around the cursor, filter texts that begin with what is replaced).

use crate::{ADDEND, COPIED, REPEATS, SUM};
use serde_json::json;
use trust_tests::{Client, Document, Encoding, Launch, Workspace};

const ENCODINGS: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

/// A block to fill, and what the scripted model fills it with.
const BLOCK: &str = "fn sum(values: &[i32]) -> i32 {\n    ‸\n}\n";
const LINES: &str =
    "let mut total = 0;\n    for value in values {\n        total += value;\n    }\n    total";

#[test]
fn an_item_goes_on_at_the_cursor_in_every_encoding() {
    let places = [
        (SUM, ADDEND),
        ("fn f(left: i32, right: i32) { let (clef, sum) = (\"𝄞é\", left + ‸); }\n", ADDEND),
        ("fn f(left: i32, right: i32) -> i32 {\r\n    /* 𝄞 */ left + ‸\r\n}\r\n", ADDEND),
        ("fn add(left: i32, right: i32) -> i32 {\n    left + ri‸\n}\n", "ght"),
    ];
    for encoding in ENCODINGS {
        for (place, reply) in places {
            let workspace = Workspace::empty();
            let client = Client::full(&workspace).encodings(&[encoding.name()]);
            let mut server = Launch::scripted(reply).start(&client);
            let document = Document::rust(workspace.uri("a.rs"), place);
            server.open(&document);
            let items = server.inline(&document);
            assert_eq!(items.len(), 1, "{encoding:?} {place:?}: {items:?}");
            assert_eq!(items[0].applied, document.with(reply), "{encoding:?} {place:?}");
        }
    }
}

#[test]
fn typing_into_an_item_leaves_its_rest() {
    let workspace = Workspace::empty();
    let mut server = Launch::slow(ADDEND, 1000).start(&Client::full(&workspace));
    let mut document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    assert_eq!(server.added(&document), ADDEND);
    for (typed, rest) in [("r", "ight"), ("i", "ght"), ("gh", "t")] {
        server.type_text(&mut document, typed);
        // From memory: without the model's delay.
        let start = std::time::Instant::now();
        assert_eq!(server.added(&document), rest);
        assert!(start.elapsed() < std::time::Duration::from_millis(800), "{:?}", start.elapsed());
    }
}

/// Three lines that went on differently, and the place for a fourth.
const SEVERAL: &str = "fn f() {\n    log.write(first, 1);\n    log.write(second, 2);\n    log.write(third, 3);\n    log.write(‸\n}\n";

#[test]
fn somebody_who_asks_gets_several_items_and_may_take_any_by_words() {
    let workspace = Workspace::empty();
    let mut server = Launch::scripted("fourth, 4);").start(&Client::full(&workspace));
    let mut document = Document::rust(workspace.uri("a.rs"), SEVERAL);
    server.open(&document);
    assert_eq!(server.inline(&document).len(), 1, "somebody who types gets one");
    let other = Document::rust(workspace.uri("b.rs"), SEVERAL);
    server.open(&other);
    let mut added: Vec<String> = server.inline_invoked(&other).into_iter().map(|item| item.added).collect();
    assert!(added.len() >= 3, "{added:?}");
    added.sort_unstable();
    added.dedup();
    assert!(added.contains(&"fourth, 4);".into()) && added.contains(&"second, 2);".into()), "{added:?}");
    document = other;
    for (accepted, rest) in [("second", ", 2);"), (",", " 2);"), (" 2", ");")] {
        server.type_text(&mut document, accepted);
        assert_eq!(server.added(&document), rest);
    }
}

#[test]
fn the_last_completion_says_where_it_came_from() {
    let workspace = Workspace::empty();
    let mut server = Launch::scripted(ADDEND).start(&Client::full(&workspace));
    assert_eq!(server.call("trust/lastCompletion", json!({})), json!(null));
    let mut summed = Document::rust(workspace.uri("a.rs"), SUM);
    let copied = Document::rust(workspace.uri("b.rs"), REPEATS);
    let quiet = Document::rust(workspace.uri("c.rs"), "fn ma‸in() {}\n");
    [&summed, &copied, &quiet].into_iter().for_each(|document| server.open(document));
    let last = |server: &mut trust_tests::Server, document: &Document| {
        server.inline(document);
        server.call("trust/lastCompletion", json!({}))
    };
    let by_model = last(&mut server, &summed);
    assert_eq!(by_model["source"], "model", "{by_model}");
    assert!(by_model["model"].is_string() && by_model["tokens"].as_u64() > Some(0), "{by_model}");
    server.type_text(&mut summed, "ri");
    assert_eq!(last(&mut server, &summed)["source"], "type-through");
    assert_eq!(last(&mut server, &copied)["source"], "copy");
    let none = last(&mut server, &quiet);
    assert!(none["source"].is_null() && none["quiet"].is_string(), "{none}");
}

#[test]
fn an_item_of_several_lines_has_a_range_on_one() {
    let workspace = Workspace::empty();
    let mut server = Launch::scripted(LINES).start(&Client::full(&workspace));
    let document = Document::rust(workspace.uri("a.rs"), BLOCK);
    server.open(&document);
    let items = server.inline(&document);
    assert_eq!(items.len(), 1, "{items:?}");
    assert_eq!(items[0].applied, document.with(LINES));
}

#[test]
fn the_selected_item_of_a_popup_is_gone_along_with() {
    let workspace = Workspace::empty();
    let mut server = Launch::scripted("ght").start(&Client::full(&workspace));
    let document =
        Document::rust(workspace.uri("a.rs"), "fn add(left: i32, right: i32) -> i32 {\n    left + ri‸\n}\n");
    server.open(&document);
    let range = json!({"start": {"line": 1, "character": 11}, "end": {"line": 1, "character": 13}});
    for text in ["right", "rinse"] {
        let mut params = document.here(server.encoding());
        let selected = json!({"range": range, "text": text});
        params["context"] = json!({"triggerKind": 2, "selectedCompletionInfo": selected});
        let id = server.request("textDocument/inlineCompletion", params);
        for item in server.inline_items(id, &document) {
            assert_eq!(item.item["range"], range, "{item:?}");
            assert!(
                item.item["insertText"].as_str().is_some_and(|insert| insert.starts_with(text)),
                "{item:?}"
            );
        }
    }
}

#[test]
fn no_item_stands_in_the_way_of_text_behind_the_cursor() {
    let workspace = Workspace::empty();
    let mut server = Launch::scripted("right").start(&Client::full(&workspace));
    for (name, place) in [
        ("word.rs", "fn add(left: i32, right: i32) -> i32 {\n    le‸ft + right\n}\n"),
        ("line.rs", "fn add(left: i32, right: i32) -> i32 {\n    ‸let total = left + right; total\n}\n"),
    ] {
        let document = Document::rust(workspace.uri(name), place);
        server.open(&document);
        assert_eq!(server.added(&document), "", "{name}");
    }
}

#[test]
fn ordinary_completion_has_at_most_one_item_which_goes_on_at_the_cursor() {
    for encoding in ENCODINGS {
        for (place, reply) in [(SUM, ADDEND), (BLOCK, LINES), (REPEATS, COPIED)] {
            let workspace = Workspace::empty();
            let client = Client::full(&workspace).without("/capabilities/textDocument/inlineCompletion");
            let mut server = Launch::scripted(reply).start(&client.encodings(&[encoding.name()]));
            let document = Document::rust(workspace.uri("a.rs"), place);
            server.open(&document);
            let items = server.completion(&document);
            assert_eq!(items.len(), 1, "{encoding:?} {place:?}: {items:?}");
            assert_eq!(items[0].applied, document.with(reply), "{encoding:?} {place:?}");
        }
    }
}

#[test]
fn an_import_comes_along_where_one_is_missing() {
    let cases = [
        (
            "src/store.rs",
            "pub fn fetch(n: u8) {}\n",
            "src/a.rs",
            "fn f() {\n    ‸\n}\n",
            "fetch(1);",
            Some("use crate::store::fetch;\n"),
        ),
        (
            "store.py",
            "def fetch(n):\n    pass\n",
            "a.py",
            "import os\nx = ‸\n",
            "fetch(1)",
            Some("from store import fetch\n"),
        ),
        (
            "store.ts",
            "export function fetchAll() {}\n",
            "a.ts",
            "const x = ‸;\n",
            "fetchAll()",
            Some("import { fetchAll } from './store';\n"),
        ),
        (
            "store.py",
            "def fetch(n):\n    pass\n",
            "a.py",
            "from store import fetch\nx = ‸\n",
            "fetch(1)",
            None,
        ),
    ];
    for (other, text, name, marked, reply, expected) in cases {
        let workspace = Workspace::with(&[(other, text), (name, "\n")]);
        let client = Client::full(&workspace).without("/capabilities/textDocument/inlineCompletion");
        let mut server = Launch::scripted(reply).start_indexed(&client);
        let document = Document::new(workspace.uri(name), "", marked);
        server.open(&document);
        let items = server.completion(&document);
        assert_eq!(items.len(), 1, "{name}: {items:?}");
        assert_eq!(items[0].new_text, reply, "{name}");
        let edit = &items[0].item["additionalTextEdits"][0];
        assert_eq!(edit["newText"].as_str(), expected, "{name}: {edit}");
        if expected.is_some() {
            let line = if name == "a.py" { 1 } else { 0 };
            let at = json!({"line": line, "character": 0});
            assert_eq!(edit["range"], json!({"start": at, "end": at}), "{name}");
        }
    }
}

#[test]
fn ghost_text_brings_its_import_once_it_is_inserted() {
    let files = [("src/store.rs", "pub fn fetch(n: u8) {}\n"), ("src/a.rs", "\n")];
    let cases = [
        // What the client applies, the place, and the line that the import comes to.
        (true, "use std::io;\n\nfn f() {\n    ‸\n}\n", Some(1)),
        (true, "use crate::store::fetch;\n\nfn f() {\n    ‸\n}\n", None),
        (false, "use std::io;\n\nfn f() {\n    ‸\n}\n", None),
    ];
    for (applies, marked, expected) in cases {
        let workspace = Workspace::with(&files);
        let client = Client::full(&workspace).with("/capabilities/workspace/applyEdit", applies);
        let mut server = Launch::scripted("fetch(1);").start_indexed(&client);
        let mut document = Document::rust(workspace.uri("src/a.rs"), marked);
        server.open(&document);
        let item = server.inline(&document)[0].item.clone();
        let said = json!({"command": item["command"]["command"], "arguments": item["command"]["arguments"]});
        server.type_text(&mut document, "fetch(1);");
        server.call("workspace/executeCommand", said.clone());
        if let Some(line) = expected {
            let (id, params) = server.expect_request("workspace/applyEdit");
            let edit = &params["edit"];
            let ways = [&edit["documentChanges"][0]["edits"][0], &edit["changes"][&document.uri][0]];
            let edit = ways.into_iter().find(|edit| !edit.is_null()).unwrap();
            let at = json!({"line": line, "character": 0});
            assert_eq!(edit["newText"], "use crate::store::fetch;\n", "{params}");
            assert_eq!(edit["range"], json!({"start": at, "end": at}), "{params}");
            server.answer(&id, json!({"applied": true}));
        }
        // Said twice, it comes once; a number that nobody gave is no error.
        for command in [said, json!({"command": "trust.accepted", "arguments": [99_999]})] {
            server.call("workspace/executeCommand", command);
        }
        // What is brought comes behind the command's answer; whoever asks for more has it before.
        let later = Document::rust(workspace.uri("src/b.rs"), marked);
        server.open(&later);
        server.inline(&later);
        let brought = server.requests("workspace/applyEdit");
        assert!(brought.is_empty(), "{marked:?}: {brought:?}");
    }
}

#[test]
fn ordinary_completion_is_asked_again_as_typing_goes_on() {
    let workspace = Workspace::empty();
    let client = Client::full(&workspace).without("/capabilities/textDocument/inlineCompletion");
    let mut server = Launch::scripted(ADDEND).start(&client);
    let document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    let answer = server.call("textDocument/completion", document.here(server.encoding()));
    // A list called complete would be filtered by the client and never be asked for again.
    assert_eq!(answer["isIncomplete"], true, "{answer}");
}
