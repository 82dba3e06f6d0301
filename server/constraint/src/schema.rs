//! JSON Schemas: made ready for the grammar engine, and asked again once an answer is there.

use crate::ConstraintError;
use serde_json::{Value, json};

/// The longest free string and list that a tool's arguments are held to, so that no answer goes on for ever.
const MAX_LENGTH: u64 = 2000;
const MAX_ITEMS: u64 = 64;
/// A schema nested deeper is not looked into.
const MAX_DEPTH: usize = 64;

/// `schema` with the instruction to write no whitespace: a model that may write some can go on writing it.
pub(crate) fn compact(schema: &Value) -> Result<Value, ConstraintError> {
    let mut schema = match schema {
        Value::Object(_) => schema.clone(),
        Value::Bool(true) => json!({}),
        _ => return Err(ConstraintError::Form("a schema is an object".into())),
    };
    schema["x-guidance"] = json!({ "whitespace_flexible": false });
    Ok(schema)
}

/// `schema` with limits for strings and lists that have none. What has one keeps it.
pub fn bounded(schema: &Value) -> Value {
    let mut schema = schema.clone();
    bound(&mut schema, 0);
    schema
}

fn bound(schema: &mut Value, depth: usize) {
    let Some(object) = schema.as_object_mut().filter(|_| depth < MAX_DEPTH) else { return };
    let is = |name: &str| match object.get("type") {
        Some(Value::String(kind)) => kind == name,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == name),
        _ => false,
    };
    let free = |keys: &[&str]| keys.iter().all(|key| !object.contains_key(*key));
    let text = is("string") && free(&["maxLength", "pattern", "format", "enum", "const"]);
    let list = is("array") && free(&["maxItems", "enum", "const"]);
    let least = |key: &str| object.get(key).and_then(Value::as_u64).unwrap_or(0);
    let (length, items) = (MAX_LENGTH.max(least("minLength")), MAX_ITEMS.max(least("minItems")));
    if text {
        object.insert("maxLength".into(), length.into());
    }
    if list {
        object.insert("maxItems".into(), items.into());
    }
    for (key, part) in object.iter_mut() {
        match (key.as_str(), part) {
            ("properties" | "$defs" | "definitions" | "patternProperties", Value::Object(parts)) => {
                parts.values_mut().for_each(|part| bound(part, depth + 1));
            }
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(parts)) => {
                parts.iter_mut().for_each(|part| bound(part, depth + 1));
            }
            ("items" | "additionalProperties", part) => bound(part, depth + 1),
            _ => {}
        }
    }
}

/// Judges answers by a schema, as an implementation that the grammar engine shares nothing with.
pub struct Validator(jsonschema::Validator);

impl Validator {
    /// References to other documents are not followed, so such a schema is refused.
    pub fn new(schema: &Value) -> Result<Self, ConstraintError> {
        let validator = jsonschema::validator_for(schema);
        // The schema's own words may be in the message; the answer's are not, since there is none yet.
        validator.map(Self).map_err(|error| ConstraintError::form(&error))
    }

    /// Where in `answer` the schema is not met first: a JSON pointer, which quotes no value.
    pub fn fault(&self, answer: &Value) -> Option<String> {
        self.0.iter_errors(answer).next().map(|error| error.instance_path().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_free_is_bounded_and_what_is_not_stays() {
        let cases = [
            (json!({"type": "string"}), json!({"type": "string", "maxLength": 2000})),
            (json!({"type": "string", "maxLength": 9}), json!({"type": "string", "maxLength": 9})),
            (json!({"type": "string", "enum": ["a"]}), json!({"type": "string", "enum": ["a"]})),
            (
                json!({"type": "object", "properties": {"type": {"type": ["array", "null"], "items": {"type": "string"}}}}),
                json!({"type": "object", "properties": {"type": {"type": ["array", "null"],
                    "items": {"type": "string", "maxLength": 2000}, "maxItems": 64}}}),
            ),
            (json!(true), json!(true)),
        ];
        for (schema, expected) in cases {
            assert_eq!(bounded(&schema), expected);
        }
    }

    #[test]
    fn faults_are_told_by_their_place() {
        let schema =
            json!({"type": "object", "properties": {"a": {"type": "array", "items": {"type": "integer"}}}});
        let validator = Validator::new(&schema).unwrap();
        assert_eq!(validator.fault(&json!({"a": [1, 2]})), None);
        assert_eq!(validator.fault(&json!({"a": [1, "secret"]})).as_deref(), Some("/a/1"));
        assert!(Validator::new(&json!({"$ref": "https://example.com/other.json"})).is_err());
        assert!(compact(&json!([1])).is_err());
    }
}
