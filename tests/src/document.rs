//! A document as the client has it.

use crate::{Encoding, Place, Server, offset, place};
use serde_json::{Value, json};

/// Marks the cursor in the text of a test.
const CURSOR: char = '‸';

/// An open document with its cursor.
#[derive(Debug, Clone)]
pub struct Document {
    pub uri: String,
    pub language: String,
    pub version: i32,
    pub text: String,
    /// In bytes.
    pub cursor: usize,
}

impl Document {
    /// `marked` is the text, with `‸` where the cursor is (at the end without one).
    pub fn new(uri: impl Into<String>, language: &str, marked: &str) -> Self {
        let cursor = marked.find(CURSOR).unwrap_or(marked.len());
        let text = marked.replacen(CURSOR, "", 1);
        Self { uri: uri.into(), language: language.into(), version: 1, text, cursor }
    }

    /// A document of Rust.
    pub fn rust(uri: impl Into<String>, marked: &str) -> Self {
        Self::new(uri, "rust", marked)
    }

    pub fn cursor(&self, encoding: Encoding) -> Place {
        place(&self.text, self.cursor, encoding)
    }

    /// The text with `inserted` at the cursor.
    pub fn with(&self, inserted: &str) -> String {
        format!("{}{inserted}{}", &self.text[..self.cursor], &self.text[self.cursor..])
    }

    /// `textDocument` and `position` of a request at the cursor.
    pub fn here(&self, encoding: Encoding) -> Value {
        let (line, character) = self.cursor(encoding);
        json!({"textDocument": {"uri": self.uri}, "position": {"line": line, "character": character}})
    }
}

impl Server {
    pub fn open(&mut self, document: &Document) {
        let Document { uri, language, version, text, .. } = document;
        let item = json!({"uri": uri, "languageId": language, "version": version, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": item}));
    }

    pub fn close(&mut self, document: &Document) {
        self.notify("textDocument/didClose", json!({"textDocument": {"uri": document.uri}}));
    }

    /// Types `text` at the cursor.
    pub fn type_text(&mut self, document: &mut Document, text: &str) {
        let at = document.cursor(self.encoding());
        let changes = json!([{"range": range((at, at)), "text": text}]);
        document.version += 1;
        document.text = document.with(text);
        document.cursor += text.len();
        self.change(document, changes);
    }

    /// Sends `changes` under the version that `document` has by now.
    pub fn change(&mut self, document: &Document, changes: Value) {
        let id = json!({"uri": document.uri, "version": document.version});
        self.notify("textDocument/didChange", json!({"textDocument": id, "contentChanges": changes}));
    }

    /// The server's version and text of a document; no version where it is not open.
    pub fn text_of(&mut self, document: &Document) -> (Option<i64>, String) {
        let answer = self.call("trust/debug/text", json!({"uri": document.uri}));
        (answer["version"].as_i64(), answer["text"].as_str().unwrap_or_default().to_string())
    }
}

/// A range as the protocol writes it.
pub fn range((start, end): (Place, Place)) -> Value {
    let position = |(line, character): Place| json!({"line": line, "character": character});
    json!({"start": position(start), "end": position(end)})
}

/// A range as the tests have it.
pub fn places(range: &Value) -> (Place, Place) {
    let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
    let place = |position: &Value| {
        let place = number(&position["line"]).zip(number(&position["character"]));
        place.unwrap_or_else(|| panic!("no position: {position}"))
    };
    (place(&range["start"]), place(&range["end"]))
}

/// Whether a range lies on one line and starts and ends at characters of it.
pub fn on_one_line(text: &str, (start, end): (Place, Place), encoding: Encoding) -> bool {
    let exact = |at: Place| place(text, offset(text, at, encoding), encoding) == at;
    start.0 == end.0 && start.1 <= end.1 && exact(start) && exact(end)
}
