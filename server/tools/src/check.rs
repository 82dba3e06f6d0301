//! Parameters against a tool's schema. What is wrong is said by place and by what was expected, and quotes no value.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;
use std::fmt;

/// More faults than this are not told.
const MOST: usize = 5;
/// The longest name of a parameter that is quoted.
const LONGEST: usize = 40;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The parameter, such as `edits[0].path`; empty for all of them together.
    pub place: String,
    pub told: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.as_str() {
            "" => formatter.write_str(&self.told),
            place => write!(formatter, "`{place}` {}", self.told),
        }
    }
}

/// Without members that are null: a model says so of what it leaves out.
pub(crate) fn without_nulls(given: &Value) -> Value {
    let mut given = given.clone();
    if let Some(object) = given.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    given
}

pub(crate) fn faults(validator: &jsonschema::Validator, schema: &Value, given: &Value) -> Vec<Fault> {
    let mut found = Vec::new();
    for error in validator.iter_errors(given) {
        let place = place(error.instance_path().as_str());
        let inside = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
        match error.kind() {
            ValidationErrorKind::Required { property } => found.push(Fault {
                place: inside(property.as_str().unwrap_or_default()),
                told: "is required".to_owned(),
            }),
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let names = properties(schema, error.instance_path().as_str());
                for name in unexpected.iter().filter(|name| name.len() <= LONGEST) {
                    let meant = match nearest(name, names.iter().map(String::as_str)) {
                        Some(nearest) => format!("; did you mean `{nearest}`?"),
                        None if names.is_empty() => "; there are none".to_owned(),
                        None => format!("; there are {}", names.join(", ")),
                    };
                    found.push(Fault { place: inside(name), told: format!("is no parameter{meant}") });
                }
                if unexpected.iter().all(|name| name.len() > LONGEST) {
                    found.push(Fault { place: place.clone(), told: "has unknown parameters".to_owned() });
                }
            }
            kind => found.push(Fault { place, told: expected(kind, error.instance()) }),
        }
    }
    found.truncate(MOST);
    found
}

fn expected(kind: &ValidationErrorKind, given: &Value) -> String {
    match kind {
        ValidationErrorKind::Type { kind } => {
            let wanted = match kind {
                TypeKind::Single(kind) => words(kind.as_str()).to_owned(),
                TypeKind::Multiple(kinds) => {
                    kinds.iter().map(|kind| words(kind.as_str())).collect::<Vec<_>>().join(" or ")
                }
            };
            format!("must be {wanted}, not {}", what(given))
        }
        ValidationErrorKind::Minimum { limit } => format!("must be {limit} or more"),
        ValidationErrorKind::Maximum { limit } => format!("must be {limit} or less"),
        ValidationErrorKind::MaxLength { limit } => format!("may have {limit} characters at most"),
        ValidationErrorKind::MinLength { limit } => format!("must have {limit} characters or more"),
        ValidationErrorKind::MaxItems { limit } => format!("may have {limit} items at most"),
        ValidationErrorKind::Enum { options } => format!("must be one of {options}"),
        other => format!("does not fit (`{}`)", other.keyword()),
    }
}

fn words(kind: &str) -> &str {
    match kind {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "an object",
        other => other,
    }
}

fn what(given: &Value) -> &'static str {
    match given {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A JSON pointer as people write it.
fn place(pointer: &str) -> String {
    let mut place = String::new();
    for part in pointer.split('/').skip(1) {
        match part.parse::<usize>() {
            Ok(index) => place.push_str(&format!("[{index}]")),
            Err(_) if place.is_empty() => place.push_str(part),
            Err(_) => place.push_str(&format!(".{part}")),
        }
    }
    place
}

/// The names that the schema has at a place.
fn properties(schema: &Value, pointer: &str) -> Vec<String> {
    let mut at = schema;
    for part in pointer.split('/').skip(1) {
        at = if part.parse::<usize>().is_ok() { &at["items"] } else { &at["properties"][part] };
    }
    at["properties"].as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default()
}

/// The name that was probably meant.
pub fn nearest<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Option<String> {
    const ALIKE: f64 = 0.8;
    let alike = |other: &str| strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase());
    let best = among.map(|other| (alike(other), other)).max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(alike, _)| *alike >= ALIKE).map(|(_, other)| other.to_owned())
}
