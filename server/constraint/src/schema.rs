//! JSON Schemas: made ready for the grammar engine, and asked again once an answer is there.

use crate::ConstraintError;
use serde_json::{Map, Value, json};

/// The longest free string and list that a tool's arguments are held to, so that no answer goes on for ever.
const MAX_LENGTH: u64 = 2000;
const MAX_ITEMS: u64 = 64;
/// The largest number that one without a limit may be. Digits without end would be JSON, and no number that anybody can read.
const MAX_NUMBER: i64 = 1_000_000_000_000_000_000;
/// A schema nested deeper is not looked into.
const MAX_DEPTH: usize = 64;
const TYPES: [&str; 6] = ["null", "boolean", "number", "string", "array", "object"];
/// What asks for nothing.
const REMARKS: [&str; 8] =
    ["title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment"];
/// What asks something of values of one type, and lets all others stand.
const OF_ONE_TYPE: [&str; 18] = [
    "properties",
    "patternProperties",
    "additionalProperties",
    "required",
    "minProperties",
    "maxProperties",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
];

/// `schema` with limits for numbers, and the instruction to write no whitespace: a model that may write some can go on writing it.
pub(crate) fn compact(schema: &Value) -> Result<Value, ConstraintError> {
    let mut schema = match schema {
        Value::Object(_) => schema.clone(),
        Value::Bool(true) => json!({}),
        _ => return Err(ConstraintError::Form("a schema is an object".into())),
    };
    bound(&mut schema, 0, false);
    schema["x-guidance"] = json!({ "whitespace_flexible": false });
    Ok(schema)
}

/// `schema` with limits for strings, lists and numbers that have none, where any value may stand too. What has one keeps it.
pub fn bounded(schema: &Value) -> Value {
    let mut schema = schema.clone();
    bound(&mut schema, 0, true);
    schema
}

/// Limits numbers, and with `all` whatever can go on without end.
fn bound(schema: &mut Value, depth: usize, all: bool) {
    let Some(object) = schema.as_object_mut().filter(|_| depth < MAX_DEPTH) else { return };
    if all && object.keys().all(|key| REMARKS.contains(&key.as_str())) {
        object.insert("type".into(), json!(TYPES));
    }
    let is = |name: &str| match object.get("type") {
        Some(Value::String(kind)) => kind == name,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == name),
        _ => false,
    };
    let free = |keys: &[&str]| keys.iter().all(|key| !object.contains_key(*key));
    let untyped = all && free(&["type", "$ref"]) && OF_ONE_TYPE.iter().any(|key| object.contains_key(*key));
    let number = (is("number") || is("integer") || untyped) && free(&["enum", "const", "multipleOf"]);
    let text = all && is("string") && free(&["maxLength", "pattern", "format", "enum", "const"]);
    let list = all && is("array") && free(&["maxItems", "enum", "const"]);
    let least = |key: &str| object.get(key).and_then(Value::as_u64).unwrap_or(0);
    let (length, items) = (MAX_LENGTH.max(least("minLength")), MAX_ITEMS.max(least("minItems")));
    if number {
        bound_number(object);
    }
    if text {
        object.insert("maxLength".into(), length.into());
    }
    if list {
        object.insert("maxItems".into(), items.into());
    }
    for (key, part) in object.iter_mut() {
        match (key.as_str(), part) {
            ("properties" | "$defs" | "definitions" | "patternProperties", Value::Object(parts)) => {
                parts.values_mut().for_each(|part| bound(part, depth + 1, all));
            }
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(parts)) => {
                parts.iter_mut().for_each(|part| bound(part, depth + 1, all));
            }
            ("items" | "additionalProperties", part) => bound(part, depth + 1, all),
            _ => {}
        }
    }
}

/// The limits that a number has not, where what it has leaves room for them.
fn bound_number(object: &mut Map<String, Value>) {
    let limit = |keys: [&str; 2]| keys.iter().find_map(|key| object.get(*key)).map(Value::as_f64);
    let (least, most) = (limit(["minimum", "exclusiveMinimum"]), limit(["maximum", "exclusiveMaximum"]));
    let largest = MAX_NUMBER as f64;
    if least.is_none() && most.flatten().is_none_or(|most| most > -largest) {
        object.insert("minimum".into(), (-MAX_NUMBER).into());
    }
    if most.is_none() && least.flatten().is_none_or(|least| least < largest) {
        object.insert("maximum".into(), MAX_NUMBER.into());
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
            (
                json!({"anyOf": [{"type": ["number", "null"]}, {"type": "integer", "minimum": 3}]}),
                json!({"anyOf": [{"type": ["number", "null"], "minimum": -MAX_NUMBER, "maximum": MAX_NUMBER},
                    {"type": "integer", "minimum": 3, "maximum": MAX_NUMBER}]}),
            ),
            (
                json!({"type": "number", "exclusiveMaximum": 2.5}),
                json!({"type": "number", "exclusiveMaximum": 2.5, "minimum": -MAX_NUMBER}),
            ),
            (json!({"type": "number", "minimum": 1e300}), json!({"type": "number", "minimum": 1e300})),
            (json!({"type": "number", "multipleOf": 0.5}), json!({"type": "number", "multipleOf": 0.5})),
            (json!({"type": "number", "const": 3}), json!({"type": "number", "const": 3})),
            (
                json!({"properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"description": "anything"}}}),
                json!({"properties": {"a": {"$ref": "#/$defs/a"}}, "minimum": -MAX_NUMBER, "maximum": MAX_NUMBER,
                    "$defs": {"a": {"description": "anything", "type": TYPES, "minimum": -MAX_NUMBER,
                        "maximum": MAX_NUMBER, "maxLength": 2000, "maxItems": 64}}}),
            ),
            (json!({"enum": [1, "a"]}), json!({"enum": [1, "a"]})),
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
