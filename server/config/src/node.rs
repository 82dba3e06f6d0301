//! A configuration as a tree, from TOML with its lines or from JSON without.

use serde_json::Value;
use toml_edit::{Document, Item, TableLike};

/// A value or a table, and the line that it begins in, from 1.
#[derive(Debug)]
pub(crate) struct Node {
    pub line: Option<usize>,
    pub content: Content,
}

#[derive(Debug)]
pub(crate) enum Content {
    Table(Vec<(String, Node)>),
    /// Tables in a row.
    Tables(Vec<Node>),
    Value(Value),
}

/// Why a text is no TOML, and in which line.
pub(crate) struct Broken {
    pub line: Option<usize>,
    pub message: String,
}

impl Node {
    pub fn from_toml(text: &str) -> Result<Self, Broken> {
        let lines = Lines::of(text);
        let document = Document::parse(text).map_err(|error| Broken {
            line: error.span().map(|span| lines.line(span.start)),
            // Its display form would quote the line.
            message: error.message().lines().next().unwrap_or_default().into(),
        })?;
        Ok(table(document.as_table(), None, &lines))
    }

    pub fn from_json(value: &Value) -> Self {
        let content = match value {
            Value::Object(fields) => Content::Table(
                fields.iter().map(|(key, value)| (key.clone(), Self::from_json(value))).collect(),
            ),
            Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_object) => {
                Content::Tables(items.iter().map(Self::from_json).collect())
            }
            other => Content::Value(other.clone()),
        };
        Self { line: None, content }
    }

    /// The whole as one value.
    pub fn value(&self) -> Value {
        match &self.content {
            Content::Value(value) => value.clone(),
            Content::Table(fields) => fields
                .iter()
                .map(|(key, node)| (key.clone(), node.value()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Content::Tables(items) => items.iter().map(Self::value).collect(),
        }
    }
}

fn table(table: &dyn TableLike, line: Option<usize>, lines: &Lines) -> Node {
    let fields = table.iter().map(|(name, item)| {
        let span = table.key(name).and_then(|key| key.span());
        (name.to_owned(), node(item, span.map(|span| lines.line(span.start)), lines))
    });
    Node { line, content: Content::Table(fields.collect()) }
}

fn node(item: &Item, line: Option<usize>, lines: &Lines) -> Node {
    let line = line.or_else(|| item.span().map(|span| lines.line(span.start)));
    if let Some(fields) = item.as_table_like() {
        return table(fields, line, lines);
    }
    if let Some(tables) = item.as_array_of_tables() {
        let items = tables.iter().map(|one| table(one, one.span().map(|span| lines.line(span.start)), lines));
        return Node { line, content: Content::Tables(items.collect()) };
    }
    let content = Content::Value(item.as_value().map_or(Value::Null, json));
    match content {
        Content::Value(Value::Array(items)) if !items.is_empty() && items.iter().all(Value::is_object) => {
            let items = items.iter().map(Node::from_json).map(|node| Node { line, ..node }).collect();
            Node { line, content: Content::Tables(items) }
        }
        content => Node { line, content },
    }
}

/// Null for what JSON has no word for: dates, infinities.
fn json(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(text) => text.value().clone().into(),
        toml_edit::Value::Integer(number) => (*number.value()).into(),
        toml_edit::Value::Float(number) => (*number.value()).into(),
        toml_edit::Value::Boolean(value) => (*value.value()).into(),
        toml_edit::Value::Datetime(_) => Value::Null,
        toml_edit::Value::Array(items) => items.iter().map(json).collect(),
        toml_edit::Value::InlineTable(fields) => fields
            .iter()
            .map(|(key, value)| (key.to_owned(), json(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

/// Where lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect())
    }

    fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset) + 1
    }
}
