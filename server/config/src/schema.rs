//! The table of keys as JSON Schema (draft 7, which TOML servers of editors know), and as the settings of editors.

use crate::KEYS;
use crate::key::{Change, Key, Kind, Reach, Safety};
use serde_json::{Map, Value, json};

/// What the schema is called. A name and no address: nobody has to fetch it.
const SCHEMA_ID: &str = "urn:trust-lsp:configuration";

/// The schema of a file of the configuration.
pub fn schema() -> Value {
    let places = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties(Reach::Places),
    });
    let mut directory = places.clone();
    directory["required"] = json!(["path"]);
    directory["properties"]["path"] = json!({
        "type": "string",
        "description": "The folder: absolute, or from `~/`; in a workspace's file from its root.",
    });
    let mut profile = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties(Reach::Session),
    });
    let team = profile["properties"].as_object_mut().and_then(|properties| properties.remove("team"));
    let overrides = [
        (
            "language",
            json!({
                "description": "What holds for one language only, by its id.",
                "type": "object",
                "additionalProperties": {"$ref": "#/definitions/language"},
            }),
        ),
        (
            "directory",
            json!({
                "description": "What holds in one folder only.",
                "type": "array",
                "items": {"$ref": "#/definitions/directory"},
            }),
        ),
    ];
    for (name, part) in overrides {
        profile["properties"][name] = part;
    }
    let mut whole = profile.clone();
    whole["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    whole["$id"] = SCHEMA_ID.into();
    whole["title"] = "Configuration of trust-lsp".into();
    // Which team this is of, no profile says.
    whole["properties"]["team"] = team.unwrap_or_default();
    whole["properties"]["profiles"] = json!({
        "description": "Named sets of keys, in the machine's, the team's and the user's file; `trust-lsp profile use NAME` chooses one.",
        "type": "object",
        "additionalProperties": {"$ref": "#/definitions/profile"},
    });
    whole["definitions"] = json!({"language": places, "directory": directory, "profile": profile});
    whole
}

/// The schema of an editor's settings as JSON: what the server asks for is the section `trust`.
pub fn section() -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Settings of trust-lsp",
        "type": "object",
        "properties": {"trust": {"type": "object", "additionalProperties": false, "properties": nested(offered())}},
    })
}

/// All keys, or those that may be set for a place.
fn properties(reach: Reach) -> Value {
    nested(KEYS.iter().filter(|key| reach == Reach::Session || key.reach == Reach::Places))
}

/// Keys as nested properties.
fn nested(keys: impl Iterator<Item = &'static Key>) -> Value {
    let mut root = Map::new();
    for key in keys {
        let mut parts = key.name.split('.').peekable();
        let mut place = &mut root;
        while let Some(part) = parts.next() {
            let is_last = parts.peek().is_none();
            let made = if is_last {
                one(key)
            } else {
                json!({"type": "object", "additionalProperties": false, "properties": {}})
            };
            let property = place.entry(part).or_insert(made);
            if is_last {
                break;
            }
            let Some(Value::Object(inner)) = property.get_mut("properties") else { break };
            place = inner;
        }
    }
    root.into()
}

fn one(key: &Key) -> Value {
    let mut property = takes(key.kind);
    property["description"] = key.summary().into();
    let default = (key.default)();
    if !default.is_null() {
        property["default"] = default;
    }
    property
}

fn takes(kind: Kind) -> Value {
    match kind {
        Kind::Bool { .. } => json!({"type": "boolean"}),
        Kind::Integer { least, most } => json!({"type": "integer", "minimum": least, "maximum": most}),
        Kind::Number { least, most } => json!({"type": "number", "minimum": least, "maximum": most}),
        Kind::Text | Kind::Path { .. } | Kind::Model { .. } => json!({"type": "string"}),
        Kind::Endpoints => json!({"type": "array", "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["name", "url", "class"],
            "properties": {
                "name": {"type": "string"},
                "url": {"type": "string"},
                "class": {"type": "string", "enum": ["loopback", "team", "cloud"]},
                "engine": {"type": "string", "enum": ["openai", "llama-server"]},
                "model": {"type": "string"},
                "context": {"type": "integer", "minimum": 64},
                "keyVariable": {"type": "string"},
                "tools": {"type": "boolean"},
            },
        }}),
        Kind::Servers => json!({"type": "array", "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["name", "command"],
            "properties": {
                "name": {"type": "string", "pattern": "^[a-z0-9-]{1,20}$"},
                "command": {"type": "string"},
                "arguments": {"type": "array", "items": {"type": "string"}},
                "environment": {"type": "object", "additionalProperties": {"type": "string"}},
                "write": {"type": "boolean"},
                "readable": {"type": "array", "items": {"type": "string"}},
                "tools": {"type": "array", "items": {"type": "string"}},
            },
        }}),
        Kind::Texts => json!({"type": "array", "items": {"type": "string"}}),
        Kind::Choice(choices) | Kind::Restriction(choices) => json!({"type": "string", "enum": choices}),
        Kind::ChoiceByLanguage(choices) => json!({"anyOf": [
            {"type": "string", "enum": choices},
            {"type": "object", "additionalProperties": {"type": "string", "enum": choices}},
        ]}),
    }
}

/// `contributes.configuration.properties` of VS Code, but for those that concern the extension itself. What would do nothing
/// there is not offered.
pub fn vscode() -> Map<String, Value> {
    offered().map(|key| (format!("trust.{}", key.name), setting(key))).collect()
}

fn offered() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(|key| key.is_heard_of_editors())
}

fn setting(key: &Key) -> Value {
    let mut setting = takes(key.kind);
    // VS Code shows a form for these, and a link to the file for what `anyOf` says.
    if let Kind::ChoiceByLanguage(choices) = key.kind {
        setting =
            json!({"type": ["string", "object"], "enum": null, "additionalProperties": {"enum": choices}});
        setting["anyOf"] = takes(key.kind)["anyOf"].clone();
        setting.as_object_mut().map(|setting| setting.remove("enum"));
    }
    let mut told = key.summary();
    if matches!(key.kind, Kind::Restriction(_)) {
        told.push_str(" An editor can only restrict: more than the machine's and the user's file allow does nothing here.");
    }
    if key.change == Change::AtStart {
        told.push_str(" Holds from the next start of the server on.");
    }
    setting["markdownDescription"] = told.into();
    setting["default"] = match (key.kind, (key.default)()) {
        (Kind::Texts, Value::Null) => json!([]),
        (_, default) => default,
    };
    // Only what may differ from folder to folder is asked for each.
    let scope = match (key.safety, key.reach) {
        (Safety::Unsafe, _) => "machine-overridable",
        (_, Reach::Places) => "resource",
        _ => "window",
    };
    setting["scope"] = scope.into();
    setting
}

/// The settings that a workspace which VS Code does not trust may not set.
pub fn restricted() -> Vec<String> {
    let unsafe_keys = offered().filter(|key| key.safety != Safety::Safe);
    unsafe_keys.map(|key| format!("trust.{}", key.name)).collect()
}
