//! The bytes of a record that are hashed: JSON as RFC 8785 writes it, so that the same record has the same bytes
//! whoever writes it. Its numbers are whole ones that a double holds exactly.

use serde_json::Value;

/// The largest whole number up to which each is a double of its own.
const LARGEST: u64 = 1 << 53;

/// `None` for a value that has no such form here: a fraction, or a number beyond 2^53.
pub fn canonical(value: &Value) -> Option<String> {
    let mut text = String::new();
    write(value, &mut text)?;
    Some(text)
}

fn write(value: &Value, text: &mut String) -> Option<()> {
    match value {
        Value::Number(number) => {
            let within = number.as_i64().is_some_and(|number| number.unsigned_abs() <= LARGEST);
            within.then(|| text.push_str(&number.to_string()))?;
        }
        // The escapes of `serde_json` are those of RFC 8785.
        Value::Null | Value::Bool(_) | Value::String(_) => text.push_str(&value.to_string()),
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write(item, text)?;
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
            text.push('{');
            for (at, (name, member)) in members.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(member, text)?;
            }
            text.push('}');
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_are_in_order_and_nothing_is_in_between() {
        let cases = [
            (json!({"b": 1, "a": [true, null, "x"]}), Some(r#"{"a":[true,null,"x"],"b":1}"#)),
            // The example of RFC 8785, section 3.2.3.
            (
                json!({"\u{20ac}": "e", "\r": "r", "\u{fb33}": "d", "1": "o", "\u{1f600}": "s", "\u{80}": "c", "\u{f6}": "u"}),
                Some(
                    "{\"\\r\":\"r\",\"1\":\"o\",\"\u{80}\":\"c\",\"ö\":\"u\",\"€\":\"e\",\"😀\":\"s\",\"\u{fb33}\":\"d\"}",
                ),
            ),
            (json!("\u{8}\t\n\u{c}\r\"\\/\u{1f}é"), Some("\"\\b\\t\\n\\f\\r\\\"\\\\/\\u001fé\"")),
            (json!(9_007_199_254_740_992_u64), Some("9007199254740992")),
            (json!(9_007_199_254_740_993_u64), None),
            (json!([1.5]), None),
        ];
        for (value, expected) in cases {
            assert_eq!(canonical(&value).as_deref(), expected, "{value}");
        }
    }
}
