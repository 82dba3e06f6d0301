//! Values that are not spelled as JSON: literals of Python, and strings between marks.

use crate::format::Values;
use serde_json::{Map, Number, Value};

const MAX_DEPTH: usize = 32;

/// What one value turned out to be, and where it ends.
#[derive(Debug, PartialEq)]
pub(crate) enum Read {
    Whole(Value, usize),
    Open,
    Bad,
}

/// Reads the value at the beginning of `text`. `mark` stands around strings where they are marked.
pub(crate) fn read(text: &str, values: Values, mark: (&str, &str)) -> Read {
    let mut reader = Reader { text, at: 0, values, mark };
    match reader.value(0) {
        Ok(value) => Read::Whole(value, reader.at),
        Err(Stop::Open) => Read::Open,
        Err(Stop::Bad) => Read::Bad,
    }
}

/// `value` with quotes around those keys in it that would be read as another text where keys stand as they are.
pub(crate) fn quoted_keys(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(quoted_keys).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| (quoted_key(key), quoted_keys(value))).collect()
        }
        other => other.clone(),
    }
}

fn quoted_key(key: &str) -> String {
    let is_plain = key.trim() == key && !key.contains(':') && !key.starts_with(['"', '\'', '}']);
    if is_plain { key.into() } else { Value::from(key).to_string() }
}

/// Spells `value`.
#[cfg(test)]
pub(crate) fn write(value: &Value, values: Values, mark: (&str, &str)) -> String {
    match (value, values) {
        (_, Values::Raw) => crate::template::json_text(value),
        (Value::String(text), Values::Marked) => format!("{}{text}{}", mark.0, mark.1),
        (Value::Bool(true), Values::Python) => "True".into(),
        (Value::Bool(false), Values::Python) => "False".into(),
        (Value::Null, Values::Python) => "None".into(),
        (Value::Array(items), _) => {
            let items: Vec<_> = items.iter().map(|item| write(item, values, mark)).collect();
            format!("[{}]", items.join(if values == Values::Python { ", " } else { "," }))
        }
        (Value::Object(members), _) => {
            let member = |(key, value): (&String, &Value)| {
                let value = write(value, values, mark);
                match values {
                    Values::Python => format!("{}: {value}", Value::from(key.as_str())),
                    _ => format!("{key}:{value}"),
                }
            };
            let members: Vec<_> = members.iter().map(member).collect();
            format!("{{{}}}", members.join(if values == Values::Python { ", " } else { "," }))
        }
        (other, _) => other.to_string(),
    }
}

enum Stop {
    Open,
    Bad,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    values: Values,
    mark: (&'a str, &'a str),
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Value, Stop> {
        if depth > MAX_DEPTH {
            return Err(Stop::Bad);
        }
        self.space();
        if self.values == Values::Marked && !self.mark.0.is_empty() {
            if self.rest().starts_with(self.mark.0) {
                return self.marked().map(Value::String);
            }
            if self.mark.0.starts_with(self.rest()) {
                return Err(Stop::Open);
            }
        }
        match self.peek()? {
            quote @ ('"' | '\'') => self.quoted(quote).map(Value::String),
            '[' => {
                self.at += 1;
                let mut items = Vec::new();
                while !self.ends(']')? {
                    items.push(self.value(depth + 1)?);
                    self.comma(']')?;
                }
                Ok(items.into())
            }
            '{' => {
                self.at += 1;
                let mut members = Map::new();
                while !self.ends('}')? {
                    let key = self.key()?;
                    let value = self.value(depth + 1)?;
                    members.insert(key, value);
                    self.comma('}')?;
                }
                Ok(members.into())
            }
            _ => self.word(),
        }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Result<char, Stop> {
        self.rest().chars().next().ok_or(Stop::Open)
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn ends(&mut self, close: char) -> Result<bool, Stop> {
        self.space();
        let ends = self.peek()? == close;
        self.at += usize::from(ends);
        Ok(ends)
    }

    fn comma(&mut self, close: char) -> Result<(), Stop> {
        self.space();
        match self.peek()? {
            ',' => self.at += 1,
            other if other == close => {}
            _ => return Err(Stop::Bad),
        }
        Ok(())
    }

    fn key(&mut self) -> Result<String, Stop> {
        let key = match self.peek()? {
            quote @ ('"' | '\'') => self.quoted(quote)?,
            _ => {
                let length = self.rest().find(':').ok_or(Stop::Open)?;
                let key = self.rest()[..length].trim().to_string();
                self.at += length;
                key
            }
        };
        self.space();
        if self.peek()? != ':' {
            return Err(Stop::Bad);
        }
        self.at += 1;
        Ok(key)
    }

    fn marked(&mut self) -> Result<String, Stop> {
        let start = self.at + self.mark.0.len();
        let length = self.text[start..].find(self.mark.1).ok_or(Stop::Open)?;
        self.at = start + length + self.mark.1.len();
        Ok(self.text[start..start + length].to_string())
    }

    fn quoted(&mut self, quote: char) -> Result<String, Stop> {
        let (mut text, mut characters) = (String::new(), self.rest().char_indices().skip(1));
        while let Some((index, character)) = characters.next() {
            match character {
                _ if character == quote => {
                    self.at += index + 1;
                    return Ok(text);
                }
                '\\' => {
                    let (_, escaped) = characters.next().ok_or(Stop::Open)?;
                    match escaped {
                        'n' => text.push('\n'),
                        't' => text.push('\t'),
                        'r' => text.push('\r'),
                        'b' => text.push('\u{8}'),
                        'f' => text.push('\u{c}'),
                        'u' => {
                            let digits: String =
                                characters.by_ref().take(4).map(|(_, digit)| digit).collect();
                            if digits.len() < 4 {
                                return Err(Stop::Open);
                            }
                            let code = u32::from_str_radix(&digits, 16).map_err(|_| Stop::Bad)?;
                            text.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                        }
                        other => text.push(other),
                    }
                }
                other => text.push(other),
            }
        }
        Err(Stop::Open)
    }

    fn word(&mut self) -> Result<Value, Stop> {
        let ends = |character: char| !(character.is_ascii_alphanumeric() || "+-._".contains(character));
        let length = self.rest().find(ends).ok_or(Stop::Open)?;
        let word = &self.text[self.at..self.at + length];
        let value = match word {
            "True" | "true" => Value::Bool(true),
            "False" | "false" => Value::Bool(false),
            "None" | "null" => Value::Null,
            _ => word.parse::<Number>().map(Value::Number).map_err(|_| Stop::Bad)?,
        };
        self.at += length;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_written_is_read_again() {
        let values = [
            json!(null),
            json!(true),
            json!(-3),
            json!(2.5),
            json!("a \"b\"\n'c' \\ é"),
            json!([1, ["x", {}], {"k": "v", "n": [null, false]}]),
            json!({"a b": {"c": "d,e}"}}),
            json!([]),
        ];
        for value in values {
            for (kind, mark) in [(Values::Python, ("\"", "\"")), (Values::Marked, ("<escape>", "<escape>"))] {
                let text = format!("{})", write(&value, kind, mark));
                assert_eq!(read(&text, kind, mark), Read::Whole(value.clone(), text.len() - 1), "{text}");
                // Half of it is not taken for the whole.
                for end in (0..text.len() - 1).filter(|&end| text.is_char_boundary(end)) {
                    assert!(matches!(read(&text[..end], kind, mark), Read::Open), "{}", &text[..end]);
                }
            }
        }
        let mark = ("<escape>", "<escape>");
        let keys = ["a:b", " a ", "\"a\"", "'a", "}", "", "a\\\n:é", "a, b {c} \"d\"", ",a", "a\u{a0}"];
        for key in keys {
            let value = json!([{key: {key: "a:\"b\""}, "other": 1}]);
            let text = format!("{})", write(&quoted_keys(&value), Values::Marked, mark));
            assert_eq!(read(&text, Values::Marked, mark), Read::Whole(value, text.len() - 1), "{text}");
        }
        assert_eq!(read("{1 2}", Values::Python, ("", "")), Read::Open);
        assert_eq!(read("[1 2]", Values::Python, ("", "")), Read::Bad);
        assert_eq!(read("nothing)", Values::Python, ("", "")), Read::Bad);
    }
}
