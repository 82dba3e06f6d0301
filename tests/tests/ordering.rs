//! Edits are applied in the order they arrive, and a read sees all that was sent before it and nothing that
//! came after.

use crate::ADDEND;
use serde_json::{Value, json};
use trust_tests::{Client, Document, Encoding, Launch, Place, Random, Workspace, offset, place, replace};

const EDITS: usize = 1000;
const PIECES: [&str; 14] =
    ["a", "let x = 1;", "𝄞", "é", "e\u{301}", "\n", "\r\n", "\r", "\t", "\u{2028}", "👩‍👩‍👧", "", "", "𝄞𝄞\n"];

#[test]
fn a_thousand_pipelined_edits_with_reads_between_in_utf_8() {
    edits_and_reads(Encoding::Utf8, 8);
}

#[test]
fn a_thousand_pipelined_edits_with_reads_between_in_utf_16() {
    edits_and_reads(Encoding::Utf16, 16);
}

#[test]
fn a_thousand_pipelined_edits_with_reads_between_in_utf_32() {
    edits_and_reads(Encoding::Utf32, 32);
}

fn edits_and_reads(encoding: Encoding, seed: u64) {
    let workspace = Workspace::empty();
    let client = Client::full(&workspace).encodings(&[encoding.name()]);
    let mut server = Launch::scripted(ADDEND).start(&client);
    assert_eq!(server.encoding(), encoding);
    let mut random = Random::new(seed);
    let mut documents = ["a.rs", "b.rs"].map(|name| {
        Document::rust(workspace.uri(name), "fn main() {\r\n    let clef = \"𝄞\";\r}\n\nfn é() {}\n")
    });
    documents.iter().for_each(|document| server.open(document));

    let mut reads = Vec::new();
    for number in 0..EDITS {
        let document = &mut documents[random.below(2)];
        document.version += 1 + random.below(3) as i32;
        let count = 1 + random.below(3);
        let changes: Vec<Value> =
            (0..count).map(|_| edit(&mut document.text, encoding, &mut random)).collect();
        server.change(document, changes.into());
        if random.once_in(7) || number + 1 == EDITS {
            let id = server.request("trust/debug/text", json!({"uri": document.uri}));
            reads.push((id, number, json!({"version": document.version, "text": document.text})));
        }
        if random.once_in(50) {
            // Work for the other threads of the server, which must not disturb the order.
            document.cursor = document.text.len();
            let id = server.request_inline(document);
            reads.push((id, number, Value::Null));
        }
    }
    for (id, number, expected) in reads {
        let answer = server.reply(id).unwrap();
        if expected != Value::Null {
            assert_eq!(answer, expected, "after edit {number} (seed {seed})");
        }
    }
}

/// Makes one edit of `text` and returns it as the protocol has it.
fn edit(text: &mut String, encoding: Encoding, random: &mut Random) -> Value {
    let mut with: String = (0..random.below(4)).map(|_| *random.pick(&PIECES)).collect();
    if random.once_in(60) {
        *text = std::mem::take(&mut with);
        return json!({"text": text});
    }
    let mut range = (somewhere(text, encoding, random), somewhere(text, encoding, random));
    if offset(text, range.0, encoding) > offset(text, range.1, encoding) {
        range = (range.1, range.0);
    }
    // Mostly small edits, as of a person who types; but a long text is cut back.
    if text.len() < 600 && !random.once_in(10) {
        range.1 = range.0;
    }
    *text = replace(text, range, &with, encoding);
    let position = |(line, character): Place| json!({"line": line, "character": character});
    json!({"range": {"start": position(range.0), "end": position(range.1)}, "text": with})
}

/// A position: most often one of the text, at times inside a character or past an end.
fn somewhere(text: &str, encoding: Encoding, random: &mut Random) -> Place {
    const LARGEST: u32 = i32::MAX as u32;
    match random.below(12) {
        0 => (random.below(60) as u32, random.below(40) as u32),
        1 => (random.below(12) as u32, LARGEST),
        2 => (LARGEST, 0),
        _ => {
            let at = random.below(text.len() + 1);
            let at = (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
            place(text, at, encoding)
        }
    }
}
