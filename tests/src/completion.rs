//! Asking for completions by either route, and the rules their items have to keep.

use crate::document::{on_one_line, places};
use crate::{Document, Place, Reply, Server, offset, replace};
use serde_json::{Value, json};

/// An item of `textDocument/inlineCompletion` that kept the rules.
#[derive(Debug, Clone)]
pub struct InlineItem {
    /// The text of the document once the item is accepted.
    pub applied: String,
    /// What it adds at the cursor.
    pub added: String,
    pub item: Value,
}

/// An item of `textDocument/completion` that kept the rules.
#[derive(Debug, Clone)]
pub struct PlainItem {
    pub applied: String,
    /// What replaces the range.
    pub new_text: String,
    pub item: Value,
}

impl Server {
    /// Asks at the cursor, as an editor does while its user types.
    pub fn request_inline(&mut self, document: &Document) -> i64 {
        let mut params = document.here(self.encoding());
        params["context"] = json!({"triggerKind": 2});
        self.request("textDocument/inlineCompletion", params)
    }

    /// Asks at the cursor, as an editor does for somebody who pressed a key for it.
    pub fn inline_invoked(&mut self, document: &Document) -> Vec<InlineItem> {
        let mut params = document.here(self.encoding());
        params["context"] = json!({"triggerKind": 1});
        let id = self.request("textDocument/inlineCompletion", params);
        self.inline_items(id, document)
    }

    /// The answer to [`Self::request_inline`].
    pub fn inline_items(&mut self, id: i64, document: &Document) -> Vec<InlineItem> {
        let answer = self.reply(id).unwrap_or_else(|error| panic!("inline completion failed: {error:?}"));
        items(&answer).iter().map(|item| self.judge_inline(item, document)).collect()
    }

    pub fn inline(&mut self, document: &Document) -> Vec<InlineItem> {
        let id = self.request_inline(document);
        self.inline_items(id, document)
    }

    /// What the first inline item adds at the cursor; empty where there is none.
    pub fn added(&mut self, document: &Document) -> String {
        self.inline(document).into_iter().next().map(|item| item.added).unwrap_or_default()
    }

    /// Ordinary completion at the cursor, as if the user had asked for it.
    pub fn completion(&mut self, document: &Document) -> Vec<PlainItem> {
        let mut params = document.here(self.encoding());
        params["context"] = json!({"triggerKind": 1});
        let answer = self.call("textDocument/completion", params);
        items(&answer).iter().map(|item| self.judge_plain(item, document)).collect()
    }

    fn judge_inline(&self, item: &Value, document: &Document) -> InlineItem {
        let insert = item["insertText"].as_str().unwrap_or_else(|| panic!("a snippet, or no text: {item}"));
        let at = document.cursor(self.encoding());
        let range = item.get("range").map_or((at, at), places);
        let replaced = self.judge_range(item, document, range);
        // The editor hides an item unless what it replaces begins the filter text.
        let filter = item.get("filterText").map_or(insert, |text| text.as_str().unwrap_or_default());
        assert!(filter.starts_with(&replaced), "{replaced:?} does not begin the filter text of {item}");
        assert!(!insert.is_empty(), "an empty item: {item}");
        let added = insert.strip_prefix(&replaced).unwrap_or(insert).to_string();
        let applied = replace(&document.text, range, insert, self.encoding());
        InlineItem { applied, added, item: item.clone() }
    }

    fn judge_plain(&self, item: &Value, document: &Document) -> PlainItem {
        let edit = item.get("textEdit").unwrap_or_else(|| panic!("no textEdit: {item}"));
        let new_text = edit["newText"].as_str().unwrap_or_default().to_string();
        // Where the client knows insert and replace ranges, the insert range is the one used by default.
        let range = places(edit.get("range").unwrap_or(&edit["insert"]));
        let replaced = self.judge_range(item, document, range);
        let label = item["label"].as_str().unwrap_or_default();
        let filter = item.get("filterText").map_or(label, |text| text.as_str().unwrap_or_default());
        assert!(filter.starts_with(&replaced), "{replaced:?} does not begin the filter text of {item}");
        assert!(!label.is_empty() && !label.contains('\n'), "the label of {item}");
        let snippet = item.get("insertTextFormat") == Some(&json!(2));
        assert!(!snippet, "a snippet, in which a dollar sign of the code would be eaten: {item}");
        let applied = replace(&document.text, range, &new_text, self.encoding());
        PlainItem { applied, new_text, item: item.clone() }
    }

    /// The text before the cursor that is replaced.
    fn judge_range(&self, item: &Value, document: &Document, range: (Place, Place)) -> String {
        let (text, encoding) = (&document.text, self.encoding());
        assert!(on_one_line(text, range, encoding), "a range that is not on one line: {item}");
        let (start, end) = (offset(text, range.0, encoding), offset(text, range.1, encoding));
        let cursor = document.cursor;
        assert!(start <= cursor && cursor <= end, "a range without the cursor: {item}");
        text[start..cursor].to_string()
    }
}

/// The items of an answer in any of its shapes.
fn items(answer: &Value) -> Vec<Value> {
    let list = answer.get("items").unwrap_or(answer);
    list.as_array().cloned().unwrap_or_default()
}

/// Whether the server answered, with nothing.
pub fn quiet(reply: &Reply) -> bool {
    reply.as_ref().is_ok_and(|answer| items(answer).is_empty())
}
