//! Symbols, definitions, uses and hovers: what is asked in one file is found in others, and never in what is
//! excluded.

use crate::{ADDEND, code};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use trust_tests::{Client, Document, Encoding, Launch, Random, Server, Workspace, offset, place};

const SHAPE: &str = "\
/// Has «𝄞» sides.
pub struct Shape {
    sides: u32,
}

impl Shape {
    /* 𝄞é */ pub fn grow(&mut self, by: u32) -> u32 {
        self.sides += by; /* 𝄞 */ self.sides + by
    }
}
";
const MAIN: &str = "\
mod shape;

fn main() {
    let mut largest = shape::Shape { sides: 3 };
    /* 𝄞𝄞 */ largest.grow(1); // grow
}
";

fn workspace() -> Workspace {
    Workspace::with(&[
        ("src/shape.rs", SHAPE),
        ("src/main.rs", MAIN),
        ("src/secret.rs", "pub fn grow() { Shape }\npub fn canary_name() {}\n"),
        (".trustignore", "secret.rs\n"),
    ])
}

fn client(workspace: &Workspace) -> Client {
    Client::full(workspace)
        .with("/initializationOptions", json!({"navigation": "on"}))
        .with("/capabilities/textDocument/hover", json!({"contentFormat": ["markdown", "plaintext"]}))
        .with("/capabilities/textDocument/documentSymbol", json!({"hierarchicalDocumentSymbolSupport": true}))
}

/// The texts that locations stand for: file name, and the text of the range in that file.
fn said(workspace: &Workspace, locations: &Value, encoding: Encoding) -> Vec<String> {
    let list = locations.as_array().unwrap_or_else(|| panic!("no list: {locations}"));
    let texts = list.iter().map(|location| {
        let uri = location["uri"].as_str().unwrap();
        let path = uri.strip_prefix(&workspace.uri("")).unwrap().trim_start_matches('/');
        let text = std::fs::read_to_string(workspace.path(path)).unwrap();
        let at = |end: &str| {
            let position = &location["range"][end];
            let number = |field: &str| position[field].as_u64().unwrap() as u32;
            let at = (number("line"), number("character"));
            let offset = offset(&text, at, encoding);
            assert_eq!(place(&text, offset, encoding), at, "a position inside a character");
            offset
        };
        format!("{path}:{} {}", location["range"]["start"]["line"], &text[at("start")..at("end")])
    });
    texts.collect()
}

fn open(server: &mut Server, workspace: &Workspace, path: &str, text: &str, at: &str) -> Document {
    let marked = text.replacen(at, &format!("‸{at}"), 1);
    let document = Document::rust(workspace.uri(path), &marked);
    server.open(&document);
    document
}

#[test]
fn names_are_found_in_every_encoding() {
    let workspace = workspace();
    for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
        let client = client(&workspace).encodings(&[encoding.name()]);
        let mut server = Launch::no_model().start_indexed(&client);
        let mut ask = |at: &str, text: &str, path: &str, method: &str| {
            let document = open(&mut server, &workspace, path, text, at);
            let mut params = document.here(encoding);
            params["context"] = json!({"includeDeclaration": true});
            let answer = server.call(method, params);
            server.close(&document);
            answer
        };
        let found = ask("grow(1)", MAIN, "src/main.rs", "textDocument/definition");
        assert_eq!(said(&workspace, &found, encoding), ["src/shape.rs:6 grow"], "{encoding:?}");
        let found = ask("grow(1)", MAIN, "src/main.rs", "textDocument/references");
        let expected = ["src/main.rs:4 grow", "src/shape.rs:6 grow"];
        assert_eq!(said(&workspace, &found, encoding), expected, "{encoding:?}");
        let found = ask("largest.", MAIN, "src/main.rs", "textDocument/definition");
        assert_eq!(said(&workspace, &found, encoding), ["src/main.rs:3 largest"], "{encoding:?}");
        let found = ask("+ by", SHAPE, "src/shape.rs", "textDocument/references");
        assert_eq!(found, json!([]), "an operator");
        let found = ask("by;", SHAPE, "src/shape.rs", "textDocument/references");
        let expected = ["src/shape.rs:6 by", "src/shape.rs:7 by", "src/shape.rs:7 by"];
        assert_eq!(said(&workspace, &found, encoding), expected, "{encoding:?}");
        let hover = ask("Shape {", MAIN, "src/main.rs", "textDocument/hover");
        let text = hover["contents"]["value"].as_str().unwrap();
        assert_eq!(text, "```rust\npub struct Shape\n```\n\nHas «𝄞» sides.\n\nin `src/shape.rs`");
    }
}

#[test]
fn a_document_is_answered_by_its_current_text() {
    let workspace = workspace();
    let mut server = Launch::no_model().start_indexed(&client(&workspace));
    let mut document = open(&mut server, &workspace, "src/main.rs", MAIN, "fn main");
    server
        .type_text(&mut document, "struct Fresh { size: u8 }\nimpl Fresh { fn new() -> Self { todo!() } }\n");
    let symbols = server.call("textDocument/documentSymbol", json!({"textDocument": {"uri": document.uri}}));
    let names = |symbols: &Value| -> Vec<String> {
        let all = symbols.as_array().unwrap().iter();
        all.map(|symbol| symbol["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&symbols), ["shape", "Fresh", "impl Fresh", "main"]);
    assert_eq!(names(&symbols[1]["children"]), ["size"]);
    assert_eq!(names(&symbols[2]["children"]), ["new"]);
    assert_eq!(symbols[2]["children"][0]["kind"], 6);
}

#[test]
fn symbols_are_flat_for_clients_that_know_no_better() {
    let workspace = workspace();
    let flat = client(&workspace).with("/capabilities/textDocument/documentSymbol", json!({}));
    let mut server = Launch::no_model().start_indexed(&flat);
    // Not open: read from the disk.
    let uri = json!({"textDocument": {"uri": workspace.uri("src/shape.rs")}});
    let symbols = server.call("textDocument/documentSymbol", uri);
    let told: Vec<String> = symbols
        .as_array()
        .unwrap()
        .iter()
        .map(|symbol| format!("{} {} {}", symbol["name"], symbol["kind"], symbol["containerName"]))
        .collect();
    let expected =
        ["\"Shape\" 5 null", "\"sides\" 8 \"Shape\"", "\"impl Shape\" 5 null", "\"grow\" 6 \"Shape\""];
    assert_eq!(told, expected);
}

#[test]
fn symbols_of_the_workspace_are_found_by_parts_of_their_names() {
    let workspace = workspace();
    let mut server = Launch::no_model().start_indexed(&client(&workspace));
    let cases: [(&str, &[&str]); 5] =
        [("shape", &["Shape", "shape"]), ("GRO", &["grow"]), ("canary", &[]), ("", &[]), ("\u{0}𝄞", &[])];
    for (query, expected) in cases {
        let found = server.call("workspace/symbol", json!({"query": query}));
        let mut names: Vec<&str> =
            found.as_array().unwrap().iter().map(|symbol| symbol["name"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, expected, "{query}");
    }
}

const METHODS: [&str; 4] = [
    "textDocument/definition",
    "textDocument/references",
    "textDocument/hover",
    "textDocument/documentSymbol",
];

fn params(document: &Document, encoding: Encoding) -> Value {
    let mut params = document.here(encoding);
    params["context"] = json!({"includeDeclaration": true});
    params
}

fn is_empty(answer: &Value) -> bool {
    answer.is_null() || answer.as_array().is_some_and(Vec::is_empty)
}

#[test]
fn what_is_excluded_is_no_answer() {
    let workspace = workspace();
    let mut server = Launch::no_model().start_indexed(&client(&workspace));
    for is_open in [false, true] {
        let document =
            Document::rust(workspace.uri("src/secret.rs"), "pub fn gr‸ow() { Shape }\nfn canary_name() {}\n");
        if is_open {
            server.open(&document);
        }
        for method in METHODS {
            let answer = server.call(method, params(&document, server.encoding()));
            assert!(is_empty(&answer), "{method}, open: {is_open}: {answer}");
        }
        let asking = open(&mut server, &workspace, "src/main.rs", "fn f() { canary_name() }", "canary");
        for method in &METHODS[..3] {
            let answer = server.call(method, params(&asking, server.encoding())).to_string();
            assert!(!answer.contains("secret"), "{method}: {answer}");
        }
        server.close(&asking);
    }
}

#[test]
fn bad_places_are_answered() {
    let workspace = workspace();
    let elsewhere = Workspace::with(&[("out.rs", "fn grow() {}\n")]);
    let mut server = Launch::no_model().start_indexed(&client(&workspace));
    let encoding = server.encoding();
    let main = open(&mut server, &workspace, "src/main.rs", MAIN, "fn main");
    for (line, character) in [(0, 9999), (9999, 0), (i32::MAX, i32::MAX)] {
        for method in METHODS {
            let mut params = params(&main, encoding);
            params["position"] = json!({"line": line, "character": character});
            server.call(method, params);
        }
    }
    let absent =
        [workspace.uri("src/none.rs"), elsewhere.uri("out.rs"), workspace.uri(""), "untitled:x.rs".into()];
    for uri in absent {
        for method in METHODS {
            let answer = server.call(method, params(&Document::rust(uri.clone(), ""), encoding));
            assert!(is_empty(&answer), "{method} of {uri}: {answer}");
        }
    }
    // A document from outside is the client's to show, and its own names are found.
    for uri in [elsewhere.uri("out.rs"), "untitled:x.rs".into()] {
        let document = Document::rust(uri.clone(), "fn shrink() { ‸shrink() }\n");
        server.open(&document);
        let found = server.call("textDocument/definition", params(&document, encoding));
        assert_eq!(found[0]["uri"], uri.as_str());
        server.close(&document);
    }
    // A file that vanished is no answer, reported or not.
    workspace.remove("src/shape.rs");
    let asking = open(&mut server, &workspace, "src/other.rs", "fn f() { x.grow() }", "grow");
    let found = server.call("textDocument/definition", params(&asking, encoding));
    assert!(is_empty(&found), "{found}");
}

#[test]
fn hostile_files_are_answered_in_time() {
    let workspace = workspace();
    let mut server = Launch::no_model().start_indexed(&client(&workspace));
    let encoding = server.encoding();
    let cases = [
        ("deep.rs", format!("fn f() {{ {}‸x", "{(".repeat(60_000))),
        ("shadow.rs", format!("fn f() {{ {} ‸a }}", "let a = a; ".repeat(40_000))),
        ("wide.rs", format!("fn f() {{ let s = \"{}\"; ‸s }}", "x".repeat(1 << 20))),
        ("nul.rs", "\0fn ‸f() {}".to_owned()),
        (
            "nested.py",
            format!("{}‸x", (0..800).map(|at| format!("{}def f():\n", " ".repeat(at))).collect::<String>()),
        ),
        ("error.ts", format!("{}‸x", "function f(a = `${".repeat(9_000))),
    ];
    for (name, marked) in cases {
        let document = Document::new(workspace.uri(name), "", &marked);
        server.open(&document);
        let start = Instant::now();
        for method in METHODS {
            server.call(method, params(&document, encoding));
        }
        assert!(start.elapsed() < Duration::from_secs(15), "{name}: {:?}", start.elapsed());
        server.close(&document);
    }
}

#[test]
fn each_request_is_answered_once_however_it_is_cancelled() {
    let workspace = workspace();
    let many = "pub fn user() { common(common) }\n".repeat(300);
    (0..200).for_each(|file| workspace.write(&format!("many/{file}.rs"), &many));
    let mut server = Launch::no_model().start_indexed(&client(&workspace));
    let document = open(&mut server, &workspace, "src/main.rs", "fn f() { common() }", "common");
    let mut random = Random::new(7);
    let mut ids = Vec::new();
    for _ in 0..60 {
        let id = server.request(METHODS[random.below(4)], params(&document, server.encoding()));
        ids.push(id);
        if random.once_in(2) {
            server.cancel(*random.pick(&ids));
        }
    }
    for id in ids {
        if let Err(error) = server.reply(id) {
            assert_eq!(error.code, code::CANCELLED, "{error:?}");
        }
    }
    let found = server.call("textDocument/references", params(&document, server.encoding()));
    assert_eq!(found.as_array().map(Vec::len), Some(500), "never thousands");
}

#[test]
fn what_the_client_says_of_itself_decides_what_is_offered() {
    let workspace = workspace();
    // Client, options, whether anything is offered, whether it is for Rust.
    let cases = [
        ("vscode", json!(null), false, false),
        ("vscode", json!({"otherServers": ["rust"]}), true, false),
        ("neovim", json!(null), false, false),
        ("neovim", json!({"trust": {"navigation": {"rust": "on"}}}), true, true),
        ("helix", json!({"navigation": "auto"}), false, false),
        ("zed", json!({"navigation": "on"}), true, true),
        ("kakoune", json!({"otherServers": []}), true, true),
        ("eglot", json!({}), true, true),
        ("eglot", json!({"navigation": "off"}), false, false),
    ];
    for (name, options, offered, rust) in cases {
        let client = Client::fixture(name, &workspace);
        let client = client.with("/initializationOptions", options.clone());
        let mut server = Launch::scripted(ADDEND).spawn();
        let capabilities = server.initialize(&client)["capabilities"].clone();
        let providers = ["definition", "references", "hover", "documentSymbol", "workspaceSymbol"];
        for provider in providers {
            let value = &capabilities[format!("{provider}Provider")];
            assert_eq!(value == &json!(true), offered, "{name} {options}: {provider} is {value}");
        }
        server.wait_for("the index", |status| status["index"]["state"] == "ready");
        let document = open(&mut server, &workspace, "src/shape.rs", SHAPE, "Shape {");
        let hover = server.call("textDocument/hover", params(&document, server.encoding()));
        assert_eq!(hover.is_object(), rust, "{name} {options}: {hover}");
        if rust {
            let markdown = client.params()["capabilities"]["textDocument"]["hover"]["contentFormat"]
                .as_array()
                .is_some_and(|formats| formats.contains(&json!("markdown")));
            assert_eq!(hover["contents"]["kind"] == "markdown", markdown, "{name}: {hover}");
        }
    }
}
