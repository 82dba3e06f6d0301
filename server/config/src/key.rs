//! What a key is, and what values it takes.

use serde_json::{Number, Value};

/// One key that may be set.
#[derive(Debug)]
pub struct Key {
    /// The same in every layer, with dots: `completion.enable`.
    pub name: &'static str,
    /// Lines, as they stand in the table.
    pub documentation: &'static str,
    pub kind: Kind,
    /// Null where nothing is said.
    pub default: fn() -> Value,
    pub safety: Safety,
    pub change: Change,
    pub reach: Reach,
}

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// `wrong`: what somebody means who gives anything else. Whoever tries to switch off what is kept about him is obeyed.
    Bool {
        wrong: Option<bool>,
    },
    Integer {
        least: i64,
        most: i64,
    },
    Number {
        least: f64,
        most: f64,
    },
    Text,
    Texts,
    /// An absolute path, or one of these words.
    Path {
        words: &'static [&'static str],
    },
    /// The same, or the name of a model in the store.
    Model {
        words: &'static [&'static str],
    },
    /// Engines elsewhere, each a table.
    Endpoints,
    /// Servers of the Model Context Protocol, each a table.
    Servers,
    /// One of these.
    Choice(&'static [&'static str]),
    /// One of these, the most restrictive first. Of what the layers say, that one holds which restricts most.
    Restriction(&'static [&'static str]),
    /// One of these, or a table of them by language.
    ChoiceByLanguage(&'static [&'static str]),
}

/// What a workspace that is not trusted may do with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    Safe,
    /// Switch it off, and not on; of a restriction: choose the first.
    Off,
    Unsafe,
}

/// When a change is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    AtOnce,
    /// When the server is started again.
    AtStart,
}

/// Whether a key may be set for one language or one folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    Places,
    Session,
}

impl Key {
    /// The variable of the environment that sets it: `TRUST_LSP_COMPLETION_ENABLE`.
    pub fn variable(&self) -> String {
        let mut name = String::from("TRUST_LSP_");
        for letter in self.name.chars() {
            match letter {
                '.' => name.push('_'),
                upper if upper.is_ascii_uppercase() => name.extend(['_', upper]),
                other => name.push(other.to_ascii_uppercase()),
            }
        }
        name
    }

    /// Whether it says which team this is of: only the machine's and the user's file may.
    pub fn names_the_team(&self) -> bool {
        self.name.starts_with("team.")
    }

    /// Whether an editor's settings may say anything of it.
    pub fn is_heard_of_editors(&self) -> bool {
        !OWN.contains(&self.name)
    }

    /// Whether a workspace that nobody trusted may set it so.
    pub fn is_safe(&self, value: &Value) -> bool {
        match self.safety {
            Safety::Safe => true,
            Safety::Off => *value == self.kind.off(),
            Safety::Unsafe => false,
        }
    }

    /// The documentation in one line.
    pub fn summary(&self) -> String {
        self.documentation.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl Kind {
    /// What restricts most.
    fn off(self) -> Value {
        match self {
            Self::Restriction(choices) => choices.first().copied().into(),
            _ => false.into(),
        }
    }

    /// Whether one word of a restriction restricts more than another.
    pub(crate) fn is_stricter(self, one: &Value, other: &Value) -> bool {
        let Self::Restriction(choices) = self else { return false };
        let rank = |value: &Value| choices.iter().position(|choice| value.as_str() == Some(choice));
        rank(one) < rank(other)
    }

    /// What is meant by a value that is wrong; `None` where such a value is passed over.
    pub fn when_wrong(self) -> Option<Value> {
        match self {
            Self::Bool { wrong } => wrong.map(Value::from),
            Self::Restriction(_) => Some(self.off()),
            _ => None,
        }
    }

    /// Whether a value is one that this kind takes.
    ///
    /// # Errors
    /// What it takes instead, in words; nothing of the value.
    pub fn check(self, value: &Value) -> Result<(), String> {
        let fits = match (self, value) {
            (Self::Bool { .. }, Value::Bool(_)) | (Self::Text, Value::String(_)) => true,
            (Self::Integer { least, most }, Value::Number(number)) => {
                number.as_i64().is_some_and(|number| (least..=most).contains(&number))
            }
            (Self::Number { least, most }, Value::Number(number)) => {
                number.as_f64().is_some_and(|number| (least..=most).contains(&number))
            }
            (Self::Texts, Value::Array(items)) => items.iter().all(Value::is_string),
            (Self::Path { words }, Value::String(path)) => is_path(path, words),
            (Self::Model { words }, Value::String(name)) => {
                let named = name.strip_prefix(ENDPOINT).unwrap_or(name);
                is_path(name, words) || is_model_name(named)
            }
            (Self::Endpoints, Value::Array(items)) => items.iter().all(is_endpoint),
            (Self::Servers, Value::Array(items)) => items.iter().all(is_server),
            (
                Self::Choice(choices) | Self::ChoiceByLanguage(choices) | Self::Restriction(choices),
                Value::String(choice),
            ) => choices.contains(&choice.as_str()),
            (Self::ChoiceByLanguage(choices), Value::Object(by_language)) => by_language
                .values()
                .all(|choice| choice.as_str().is_some_and(|choice| choices.contains(&choice))),
            _ => false,
        };
        if fits { Ok(()) } else { Err(format!("takes {}, not {}", self.takes(), name_of(self, value))) }
    }

    /// The words that stand for something where a path or a model is named.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::Path { words } | Self::Model { words } => words,
            _ => &[],
        }
    }

    /// What it takes, in words.
    pub fn takes(self) -> String {
        let quoted = |words: &[&str]| words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>();
        match self {
            Self::Bool { .. } => "true or false".into(),
            Self::Integer { least, most } => format!("a whole number from {least} to {most}"),
            Self::Number { least, most } => format!("a number from {least} to {most}"),
            Self::Text => "text".into(),
            Self::Texts => "a list of texts".into(),
            Self::Path { words } => format!("{} or an absolute path", quoted(words).join(", ")),
            Self::Model { words } => {
                let words = quoted(words).join(", ");
                format!("{words}, the name of a model in the store, an absolute path, or endpoint:NAME")
            }
            Self::Endpoints => "tables [[endpoints]], each with name, url and class".into(),
            Self::Servers => "tables [[servers]], each with name and command".into(),
            Self::Choice(choices) | Self::Restriction(choices) => {
                let (last, first) = choices.split_last().unwrap_or((&"", &[]));
                format!("{} or \"{last}\"", quoted(first).join(", "))
            }
            Self::ChoiceByLanguage(choices) => {
                let (last, first) = choices.split_last().unwrap_or((&"", &[]));
                format!("{} or \"{last}\", or a table of these by language", quoted(first).join(", "))
            }
        }
    }

    /// The value that a command line or a variable of the environment spells. Any text is a value; whether it is one that
    /// this kind takes, [`Kind::check`] says.
    pub fn spelled(self, text: &str) -> Value {
        let trimmed = text.trim();
        match self {
            Self::Text | Self::Path { .. } | Self::Model { .. } => Value::String(text.into()),
            Self::Bool { .. } => match trimmed {
                "true" | "1" | "on" | "yes" => true.into(),
                "false" | "0" | "off" | "no" => false.into(),
                _ => text.into(),
            },
            Self::Integer { .. } => trimmed.parse::<i64>().map_or_else(|_| text.into(), Value::from),
            Self::Number { .. } => trimmed
                .parse::<f64>()
                .ok()
                .and_then(Number::from_f64)
                .map_or_else(|| text.into(), Value::Number),
            Self::Endpoints | Self::Servers => serde_json::from_str(trimmed).unwrap_or_else(|_| text.into()),
            Self::Texts => trimmed.split(',').map(str::trim).filter(|item| !item.is_empty()).collect(),
            Self::ChoiceByLanguage(_) if trimmed.contains('=') => {
                let pairs = trimmed.split(',').filter_map(|pair| pair.split_once('='));
                pairs
                    .map(|(language, choice)| (language.trim().to_owned(), Value::from(choice.trim())))
                    .collect()
            }
            Self::Choice(_) | Self::ChoiceByLanguage(_) | Self::Restriction(_) => trimmed.into(),
        }
    }
}

/// Keys that count in the machine's and the user's file, in the environment and partly in flags, and nowhere else.
const OWN: [&str; 10] = [
    "model.dialects",
    "endpoints",
    "network.allow",
    "network.hubs",
    "command.enable",
    "command.sandbox",
    "command.readable",
    "servers",
    "team.source",
    "team.key",
];

/// What stands before the name of an endpoint where a model is chosen.
pub const ENDPOINT: &str = "endpoint:";

/// An engine elsewhere: its name, its address and its class, and what else there may be to say of it.
fn is_endpoint(value: &Value) -> bool {
    const CLASSES: [&str; 3] = ["loopback", "team", "cloud"];
    const ENGINES: [&str; 2] = ["openai", "llama-server"];
    let Value::Object(fields) = value else { return false };
    let has =
        |name: &str, fits: &dyn Fn(&str) -> bool| fields.get(name).and_then(Value::as_str).is_some_and(fits);
    let is_right = |(name, value): (&String, &Value)| match (name.as_str(), value) {
        ("name" | "url" | "class", Value::String(_)) => true,
        ("engine", Value::String(engine)) => ENGINES.contains(&engine.as_str()),
        ("model" | "keyVariable", Value::String(text)) => !text.trim().is_empty(),
        ("tools", Value::Bool(_)) => true,
        ("context", Value::Number(number)) => number.as_u64().is_some_and(|n| (64..=1 << 24).contains(&n)),
        _ => false,
    };
    has("name", &is_model_name)
        && has("url", &|url| url.starts_with("http://") || url.starts_with("https://"))
        && has("class", &|class| CLASSES.contains(&class))
        && fields.iter().all(is_right)
}

/// A server that is started here: its name, its command, and what else there may be to say of it.
fn is_server(value: &Value) -> bool {
    let Value::Object(fields) = value else { return false };
    let texts = |value: &Value| value.as_array().is_some_and(|all| all.iter().all(Value::is_string));
    let is_right = |(name, value): (&String, &Value)| match (name.as_str(), value) {
        ("name", Value::String(name)) => is_server_name(name),
        ("command", Value::String(command)) => !command.trim().is_empty() && !command.contains('\0'),
        ("arguments" | "readable" | "tools", value) => texts(value),
        ("environment", Value::Object(all)) => all.values().all(Value::is_string),
        ("write", Value::Bool(_)) => true,
        _ => false,
    };
    fields.contains_key("name") && fields.contains_key("command") && fields.iter().all(is_right)
}

/// Lower case letters, digits and `-`: what its tools are called begins with it, and must be no other server's.
fn is_server_name(name: &str) -> bool {
    const LONGEST: usize = 20;
    let of_names = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LONGEST).contains(&name.len()) && name.bytes().all(of_names)
}

fn is_path(path: &str, words: &[&str]) -> bool {
    let absolute = path.starts_with("~/") || std::path::Path::new(path).is_absolute();
    words.contains(&path) || absolute && !path.contains('\0')
}

/// Whether a text can be the name of a model in the store: lower case letters, digits, `.`, `-` and `_`, which no path to a
/// model's file is.
pub fn is_model_name(name: &str) -> bool {
    const LONGEST: usize = 80;
    let of_names = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(byte);
    let first = name.as_bytes().first();
    name.len() <= LONGEST
        && first.is_some_and(u8::is_ascii_alphanumeric)
        && name.as_bytes().iter().all(of_names)
        && !name.ends_with(".gguf")
}

/// What a value is; of one whose type is right, that it is another one.
fn name_of(kind: Kind, value: &Value) -> &'static str {
    match (kind, value) {
        (Kind::Integer { .. } | Kind::Number { .. }, Value::Number(_)) => "this number",
        (
            Kind::Path { .. }
            | Kind::Model { .. }
            | Kind::Choice(_)
            | Kind::ChoiceByLanguage(_)
            | Kind::Restriction(_),
            Value::String(_),
        ) => "this text",
        (_, Value::Null) => "a date, or a number that is none",
        (_, Value::Bool(_)) => "true or false",
        (_, Value::Number(_)) => "a number",
        (_, Value::String(_)) => "text",
        (_, Value::Array(_)) => "a list",
        (_, Value::Object(_)) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KEYS;
    use serde_json::json;

    #[test]
    fn values_are_taken_or_refused_without_being_repeated() {
        let cases = [
            ("statistics", json!(true), None),
            ("statistics", json!("s3cret"), Some("takes true or false, not text")),
            ("completion.deadline", json!(50), None),
            ("completion.deadline", json!(49), Some("not this number")),
            ("completion.deadline", json!(1.5), Some("not this number")),
            ("completion.deadline", json!([1]), Some("not a list")),
            ("gate.shift", json!(0), None),
            ("gate.shift", json!(-1), Some("from -0.25 to 0.45, not this number")),
            ("navigation", json!("on"), None),
            ("navigation", json!({"rust": "off", "*": "auto"}), None),
            ("navigation", json!("s3cret"), Some("not this text")),
            ("navigation", json!({"rust": 1}), Some("not a table")),
            ("otherServers", json!(["rust"]), None),
            ("otherServers", json!("rust"), Some("a list of texts, not text")),
            ("otherServers", json!([1]), Some("not a list")),
            ("model.path", json!("none"), None),
            ("model.path", json!("/m.gguf"), None),
            ("model.path", json!("~/m.gguf"), None),
            ("model.path", json!("m.gguf"), Some("endpoint:NAME, not this text")),
            ("model.path", json!("qwen2.5-coder-0.5b-q8_0"), None),
            ("model.path", json!("models/m"), Some("not this text")),
            ("model.path", json!("Qwen"), Some("the name of a model in the store")),
            ("model.path", json!(""), Some("not this text")),
            ("model.path", json!("endpoint:box"), None),
            ("model.path", json!("endpoint:"), Some("not this text")),
            ("endpoints", json!([]), None),
            ("endpoints", json!([{"name": "box", "url": "http://[::1]:8080", "class": "loopback"}]), None),
            (
                "endpoints",
                json!([{"name": "b", "url": "https://a", "class": "team", "context": 8192, "keyVariable": "K"}]),
                None,
            ),
            ("endpoints", json!([{"name": "b", "url": "https://a", "class": "near"}]), Some("[[endpoints]]")),
            ("endpoints", json!([{"name": "b", "url": "a", "class": "team"}]), Some("not a list")),
            ("endpoints", json!([{"name": "b", "url": "https://a", "class": "team", "tools": true}]), None),
            (
                "endpoints",
                json!([{"name": "b", "url": "https://a", "class": "team", "tools": "all"}]),
                Some("not a list"),
            ),
            ("endpoints", json!([{"name": "b", "url": "https://a"}]), Some("not a list")),
            (
                "endpoints",
                json!([{"name": "b", "url": "https://a", "class": "team", "key": "s3cret"}]),
                Some("not a list"),
            ),
            ("endpoints", json!("https://a"), Some("not text")),
            (
                "servers",
                json!([{"name": "a-1", "command": "python3", "arguments": ["s.py"], "write": true}]),
                None,
            ),
            (
                "servers",
                json!([{"name": "a", "command": "x", "environment": {"A": "b"}, "tools": [], "readable": ["~/x"]}]),
                None,
            ),
            ("servers", json!([{"name": "a"}]), Some("[[servers]], each with name and command, not a list")),
            ("servers", json!([{"name": "a_b", "command": "x"}]), Some("not a list")),
            ("servers", json!([{"name": "a", "command": ""}]), Some("not a list")),
            ("servers", json!([{"name": "a", "command": "x", "url": "s3cret"}]), Some("not a list")),
            ("secrets.rules", json!("rules"), Some("not this text")),
            ("model.path", json!("/m\0.gguf"), Some("not this text")),
            ("profile", json!(null), Some("takes text")),
            ("privacy", json!("moderate"), None),
            ("privacy", json!("s3cret"), Some("takes \"strict\", \"moderate\" or \"open\", not this text")),
            ("privacy", json!(false), Some("not true or false")),
        ];
        for (name, value, expected) in cases {
            let result = crate::key(name).unwrap().kind.check(&value);
            match (&result, expected) {
                (Ok(()), None) => {}
                (Err(found), Some(expected)) => assert!(found.contains(expected), "{name}: {found}"),
                _ => panic!("{name} {value}: {result:?}"),
            }
            assert!(!result.is_err_and(|text| text.contains("s3cret")));
        }
    }

    #[test]
    fn values_are_spelled_on_a_command_line() {
        let cases = [
            ("statistics", "false", json!(false)),
            ("statistics", " off ", json!(false)),
            ("statistics", "maybe", json!("maybe")),
            ("completion.deadline", "800", json!(800)),
            ("gate.shift", "0.1", json!(0.1)),
            ("gate.shift", "NaN", json!("NaN")),
            ("otherServers", "rust, python", json!(["rust", "python"])),
            ("otherServers", "", json!([])),
            ("navigation", "on", json!("on")),
            ("navigation", "rust=off,*=on", json!({"rust": "off", "*": "on"})),
            ("model.path", "/a b.gguf", json!("/a b.gguf")),
        ];
        for (name, text, expected) in cases {
            assert_eq!(crate::key(name).unwrap().kind.spelled(text), expected, "{name} {text}");
        }
        let variables: Vec<String> = KEYS.iter().map(Key::variable).collect();
        assert!(variables.contains(&"TRUST_LSP_COMMENTS_AND_STRINGS".into()), "{variables:?}");
        assert!(variables.contains(&"TRUST_LSP_COMPLETION_DEADLINE_INVOKED".into()));
    }
}
