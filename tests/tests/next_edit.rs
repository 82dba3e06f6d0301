//! The next edit: where the server says that an edit made lately asks for another.

use crate::ADDEND;
use serde_json::{Value, json};
use trust_tests::{Client, Document, Encoding, Launch, Server, Workspace, place, replace};

const LIB: &str = "pub fn load(path: &str) {}\npub fn twice(path: &str) {\n    load(path); load(path);\n}\n";
const USE: &str = "use crate::lib::load;\n/* 𝄞 */ fn main() { load(\"load\"); }\n";

/// The `nth` occurrence of `old` becomes `new`, with the cursor behind it.
fn edit(server: &mut Server, document: &mut Document, old: &str, nth: usize, new: &str) {
    let (start, _) = document.text.match_indices(old).nth(nth).unwrap();
    let at = |offset| place(&document.text, offset, server.encoding());
    let (from, to) = (at(start), at(start + old.len()));
    apply(server, document, (from, to), new);
    document.cursor = start + new.len();
}

fn apply(server: &mut Server, document: &mut Document, range: ((u32, u32), (u32, u32)), new: &str) {
    let position = |(line, character): (u32, u32)| json!({"line": line, "character": character});
    let wire = json!({"start": position(range.0), "end": position(range.1)});
    document.text = replace(&document.text, range, new, server.encoding());
    document.version += 1;
    server.change(document, json!([{"range": wire, "text": new}]));
}

fn next(server: &mut Server, document: &Document, version: i32) -> Value {
    let mut params = document.here(server.encoding());
    params["textDocument"]["version"] = version.into();
    server.call("trust/nextEdit", params)
}

fn range_of(answer: &Value) -> ((u32, u32), (u32, u32)) {
    let number = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    let at =
        |name: &str| (number(&answer["range"][name]["line"]), number(&answer["range"][name]["character"]));
    (at("start"), at("end"))
}

#[test]
fn a_renaming_leads_through_the_file_and_into_others() {
    for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
        let workspace = Workspace::with(&[("lib.rs", LIB), ("main.rs", USE)]);
        let client = Client::full(&workspace).encodings(&[encoding.name()]);
        let mut server = Launch::no_model().start_indexed(&client);
        let mut lib = Document::rust(workspace.uri("lib.rs"), LIB);
        let mut main = Document::rust(workspace.uri("main.rs"), USE);
        server.open(&lib);
        server.open(&main);
        assert_eq!(next(&mut server, &lib, lib.version), json!(null), "before any edit");
        edit(&mut server, &mut lib, "load", 0, "fetch");
        assert_eq!(next(&mut server, &lib, lib.version - 1), json!(null), "for another version");
        for _ in 0..9 {
            let answer = next(&mut server, &lib, lib.version);
            if answer.is_null() {
                break;
            }
            assert_eq!(answer["why"], "`load` was renamed to `fetch`");
            let new = answer["newText"].as_str().unwrap().to_owned();
            let document = if answer["uri"] == lib.uri { &mut lib } else { &mut main };
            assert_eq!(answer["uri"], document.uri.as_str());
            assert_eq!(answer["version"], document.version, "the text that it is about");
            apply(&mut server, document, range_of(&answer), &new);
        }
        assert_eq!(lib.text, LIB.replace("load", "fetch"), "{encoding:?}");
        assert_eq!(main.text, USE.replace("load", "fetch").replace("\"fetch\"", "\"load\""), "{encoding:?}");
    }
}

#[test]
fn at_the_cursor_it_is_an_inline_completion_and_elsewhere_a_notification() {
    let workspace = Workspace::with(&[("lib.rs", LIB)]);
    for jumps in [false, true] {
        let client = Client::full(&workspace).with("/capabilities/experimental/trustNextEdit", jumps);
        let mut server = Launch::no_model().start_indexed(&client);
        let mut lib = Document::rust(workspace.uri("lib.rs"), LIB);
        server.open(&lib);
        edit(&mut server, &mut lib, "load", 0, "fetch");
        lib.cursor = 0;
        assert!(server.inline(&lib).is_empty());
        if jumps {
            let told = server.expect_notification("trust/nextEdit");
            assert_eq!((&told["newText"], range_of(&told).0), (&json!("fetch"), (2, 4)), "{told}");
        }
        // Inside the word, where the user went.
        lib.cursor = lib.text.find("load").unwrap() + 2;
        let items = server.inline(&lib);
        assert_eq!(items.len(), 1, "{items:?}");
        assert_eq!(items[0].applied, lib.text.replacen("load", "fetch", 1));
    }
}

#[test]
fn excluded_files_and_those_never_opened_get_none() {
    let workspace = Workspace::with(&[("secret.rs", LIB), ("main.rs", USE), (".trustignore", "secret.rs\n")]);
    let mut server = Launch::scripted(ADDEND).start_indexed(&Client::full(&workspace));
    let mut secret = Document::rust(workspace.uri("secret.rs"), LIB);
    assert_eq!(next(&mut server, &secret, 1), json!(null), "not open");
    server.open(&secret);
    edit(&mut server, &mut secret, "load", 0, "fetch");
    assert_eq!(next(&mut server, &secret, secret.version), json!(null));
    // And an open file does not lead into an excluded one.
    let mut main = Document::rust(workspace.uri("main.rs"), "fn load() {}\n");
    server.open(&main);
    edit(&mut server, &mut main, "load", 0, "fetch");
    assert_eq!(next(&mut server, &main, main.version), json!(null));
}

#[test]
fn what_became_of_it_is_recorded() {
    let (workspace, launch) = (Workspace::with(&[("lib.rs", LIB)]), Launch::no_model());
    let mut server = launch.start_indexed(&Client::full(&workspace));
    let mut lib = Document::rust(workspace.uri("lib.rs"), LIB);
    server.open(&lib);
    edit(&mut server, &mut lib, "load", 0, "fetch");
    // Asked for twice it is offered once; then it is done.
    let answer = next(&mut server, &lib, lib.version);
    assert_eq!(next(&mut server, &lib, lib.version), answer);
    apply(&mut server, &mut lib, range_of(&answer), "fetch");
    assert!(!next(&mut server, &lib, lib.version).is_null());
    // The renaming is taken back, and the next place is due no more.
    lib.text = LIB.into();
    lib.version += 1;
    server.change(&lib, json!([{ "text": LIB }]));
    next(&mut server, &lib, lib.version);
    drop(server);
    let show = ["audit", "show", "--last", "0", "--feature", "next-edit", "--json"];
    let output = launch.command().args(show).output().unwrap();
    let entries: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let told: Vec<&str> = entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert!(told.starts_with(&["shown", "accepted", "shown", "rejected"]), "{told:?} {entries:#?}");
    assert_eq!((&entries[1]["of"], &entries[3]["of"]), (&entries[0]["id"], &entries[2]["id"]));
    assert_eq!(entries[0]["files"][0]["path"], "lib.rs", "{:#}", entries[0]);
}
