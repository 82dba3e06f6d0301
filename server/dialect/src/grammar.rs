//! One grammar for a whole turn: thoughts, text and calls, in the language that the grammar engine reads. What stands
//! between the marks of a call is the schema of its tool, so a call is valid as it is written.

use crate::dialect::Dialect;
use crate::format::{Body, CallFormat, Member, tags};
use crate::tagged;
use serde_json::{Map, Value, json};
use trust_constraint::bounded;
use trust_inference::{Constraint, Tool, ToolChoice, Turn};

/// Calls of one turn, at most.
const MAX_CALLS: usize = 8;
/// Any text, and what it must not hold is taken off.
const ANY: &str = "/(.|\\n)+/";

/// Finds the number of a control token by its spelling.
pub(crate) type Special<'a> = &'a dyn Fn(&str) -> Option<u32>;

pub(crate) struct Writer<'a> {
    pub(crate) special: Special<'a>,
    pub(crate) rules: Vec<String>,
    pub(crate) closers: Vec<String>,
}

/// What holds the answer of `turn`. `thinks` says that the prompt has begun the model's thoughts.
pub(crate) fn grammar(dialect: &Dialect, turn: &Turn, thinks: bool, special: Special<'_>) -> Constraint {
    let mut writer = Writer { special, rules: Vec::new(), closers: Vec::new() };
    let start = writer.start(dialect, turn, thinks);
    let grammar = format!("start: GAP? {start}\nGAP: /[ \\n]{{1,4}}/\n{}\n", writer.rules.join("\n"));
    Constraint::Lark { grammar, closers: writer.closers }
}

impl Writer<'_> {
    fn start(&mut self, dialect: &Dialect, turn: &Turn, thinks: bool) -> String {
        let think = self.think(dialect, turn, thinks);
        let format = &dialect.calls;
        let (opener, rest) = format.opening();
        let control = tags(&opener).first() == Some(&opener) && (self.special)(&opener).is_some();
        let text = self.text(dialect, &opener, control);
        let calls = self.calls(format, &turn.tools, turn.choice != ToolChoice::None);
        match turn.choice {
            ToolChoice::None => format!("{think} {text}"),
            ToolChoice::Required => format!("{think} {} {calls}", self.literal(&format!("{opener}{rest}"))),
            // Texts have marks of their own, or calls begin with the call itself.
            ToolChoice::Auto if !dialect.speech.text.open.is_empty() || opener.is_empty() => {
                format!("{think} ({} {calls} | {text})", self.literal(&format!("{opener}{rest}")))
            }
            ToolChoice::Auto if control => {
                format!("{think} (TEXT | TEXT? {} {calls})", self.literal(&format!("{opener}{rest}")))
            }
            ToolChoice::Auto => {
                self.rules.push(format!("lead[lazy]: /(.|\\n)*/ {}", quote(&opener)));
                format!("{think} ({text} | lead {} {calls})", self.literal(&rest))
            }
        }
    }

    /// The model's thoughts: there, perhaps there, or not.
    fn think(&mut self, dialect: &Dialect, turn: &Turn, thinks: bool) -> String {
        let Some(marks) = dialect.speech.reasoning.as_ref().filter(|_| turn.reasoning) else {
            return String::new();
        };
        let closing = tags(&marks.close).first().is_some_and(|tag| (self.special)(tag).is_some());
        let body = if closing && marks.close.starts_with('<') {
            self.rules.push(format!("THOUGHT: {ANY}"));
            format!("THOUGHT? {}", self.literal(&marks.close))
        } else {
            self.rules.push(format!("thought[lazy]: /(.|\\n)*/ {}", quote(&marks.close)));
            "thought".into()
        };
        self.closers.push(marks.close.clone());
        if thinks { format!("{body} GAP?") } else { format!("({} {body} GAP?)?", self.literal(&marks.open)) }
    }

    fn text(&mut self, dialect: &Dialect, opener: &str, control: bool) -> String {
        let marks = &dialect.speech.text;
        let without = match opener {
            // A text that begins like a call would be taken for one.
            "" => "/[^{\\[](.|\\n)*/".into(),
            _ if control => ANY.into(),
            opener => format!("{ANY} & ~/(.|\\n)*{}(.|\\n)*/", escaped(opener)),
        };
        self.rules.push(format!("TEXT: {without}"));
        if marks.open.is_empty() {
            "TEXT".into()
        } else {
            format!("{} TEXT {}", self.literal(&marks.open), self.literal(&marks.close))
        }
    }

    /// What follows the first call's opening mark.
    fn calls(&mut self, format: &CallFormat, tools: &[Tool], wanted: bool) -> String {
        if !wanted {
            return String::new();
        }
        let bodies: Vec<String> =
            tools.iter().enumerate().map(|(index, tool)| self.body(format, tool, index)).collect();
        self.rules.push(format!("body: {}", bodies.join(" | ")));
        let close = self.literal(&format.call.close);
        let next = self.literal(&format!("{}{}", format.separator, format.call.open));
        let more = if format.parallel {
            format!("({next} body {close}){{0,{}}}", MAX_CALLS - 1)
        } else {
            String::new()
        };
        format!("body {close} {more} {}", self.literal(&format.section.close))
    }

    fn body(&mut self, format: &CallFormat, tool: &Tool, index: usize) -> String {
        let rule = format!("tool_{index}");
        let content = match &format.body {
            Body::Json(members) => json_rule(&members_schema(members, tool)),
            Body::Named { before_id, between } => {
                let id = before_id.as_ref().map_or(String::new(), |before| {
                    let digits = if before == ":" { "/[0-9]{1,2}/" } else { "/[a-zA-Z0-9]{9}/" };
                    format!("{} {digits}", self.literal(before))
                });
                let arguments = json_rule(&bounded(&tool.parameters));
                self.rules.push(format!("{rule}_args: {arguments}"));
                format!("{} {id} {} {rule}_args", quote(&tool.name), self.literal(between))
            }
            Body::Tagged(tagged) => tagged::body(self, tagged, tool, &rule),
        };
        self.rules.push(format!("{rule}: {content}"));
        rule
    }

    /// `text` as terminals: control tokens by their number, everything else by its letters.
    pub(crate) fn literal(&self, text: &str) -> String {
        let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(first) = rest.chars().next() {
            let tag = if "<[".contains(first) {
                tags(rest).into_iter().next().filter(|tag| rest.starts_with(tag.as_str()))
            } else {
                None
            };
            match tag.and_then(|tag| Some(((self.special)(&tag)?, tag.len()))) {
                Some((id, length)) => {
                    parts.extend((!plain.is_empty()).then(|| quote(&std::mem::take(&mut plain))));
                    parts.push(format!("<[{id}]>"));
                    rest = &rest[length..];
                }
                None => {
                    plain.push(first);
                    rest = &rest[first.len_utf8()..];
                }
            }
        }
        parts.extend((!plain.is_empty()).then(|| quote(&plain)));
        parts.join(" ")
    }
}

fn members_schema(members: &[Member], tool: &Tool) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for member in members {
        let (key, schema) = match member {
            Member::Name(key) => (key, json!({"const": tool.name})),
            Member::Arguments(key) => (key, bounded(&tool.parameters)),
            Member::Id(key) => (key, json!({"type": "string", "pattern": "^[a-zA-Z0-9]{1,9}$"})),
            Member::Constant(key, value) => (key, json!({"const": value})),
        };
        properties.insert(key.clone(), schema);
        required.push(key.clone());
    }
    let mut schema = json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    // References lead from the root.
    let bounded = bounded(&tool.parameters);
    for key in ["$defs", "definitions"] {
        if let Some(definitions) = bounded.get(key) {
            schema[key] = definitions.clone();
        }
    }
    schema
}

/// JSON as templates write it: a space at most after a colon or a comma, and none elsewhere.
pub(crate) fn json_rule(schema: &Value) -> String {
    let mut schema = if schema.is_object() { schema.clone() } else { json!({}) };
    schema["x-guidance"] =
        json!({"whitespace_flexible": false, "item_separator": ", ?", "key_separator": ": ?"});
    format!("%json {schema}")
}

pub(crate) fn quote(text: &str) -> String {
    Value::from(text).to_string()
}

/// `text` within a regular expression.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, character| {
        match character {
            '\n' => escaped.push_str("\\n"),
            character if !character.is_ascii_punctuation() || "<>_=:".contains(character) => {
                escaped.push(character)
            }
            character => {
                escaped.push('\\');
                escaped.push(character);
            }
        }
        escaped
    })
}
