//! The parameters of a call, as somebody types them.

use anyhow::{Context, bail};
use serde_json::{Map, Value};
use std::io::Read;

/// How much is read for one parameter, in bytes.
const LARGEST: u64 = 1 << 20;

/// `-` is standard input.
pub fn object_of(text: &str) -> anyhow::Result<Value> {
    let text = if text == "-" { read(&mut std::io::stdin().lock())? } else { text.to_owned() };
    serde_json::from_str(&text).context("--json takes a JSON object")
}

/// `KEY=VALUE`, each as the schema has it. What cannot be that stays text, so that the check names it.
pub fn parameters(given: &[String], schema: &Value) -> anyhow::Result<Value> {
    let mut object = Map::new();
    for pair in given {
        let Some((key, value)) = pair.split_once('=') else {
            bail!("expected KEY=VALUE, such as path=src/main.rs, not {pair:?}");
        };
        let text = match value.strip_prefix('@') {
            Some("-") => read(&mut std::io::stdin().lock())?,
            #[allow(clippy::disallowed_methods, reason = "a file that the user named as a parameter")]
            Some(path) => std::fs::File::open(path)
                .map_err(anyhow::Error::from)
                .and_then(|mut file| read(&mut file))
                .with_context(|| format!("{key}: {path}"))?,
            None => value.to_owned(),
        };
        let value = match schema["properties"][key]["type"].as_str() {
            Some("integer" | "number" | "boolean" | "array" | "object") => serde_json::from_str(&text).ok(),
            _ => None,
        };
        object.insert(key.to_owned(), value.unwrap_or(Value::String(text)));
    }
    Ok(Value::Object(object))
}

fn read(from: &mut dyn Read) -> anyhow::Result<String> {
    let mut text = String::new();
    from.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        bail!("longer than {} KiB", LARGEST >> 10);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pairs_become_what_the_schema_has() {
        let schema = json!({"properties": {
            "n": {"type": "integer"}, "b": {"type": "boolean"}, "s": {"type": "string"}, "l": {"type": "array"},
        }});
        let given = ["n=7", "b=true", "s=7", "l=[1]", "x=1"].map(str::to_owned);
        let expected = json!({"n": 7, "b": true, "s": "7", "l": [1], "x": "1"});
        assert_eq!(parameters(&given, &schema).unwrap(), expected);
        assert_eq!(parameters(&["n=seven".to_owned()], &schema).unwrap(), json!({"n": "seven"}));
        assert_eq!(parameters(&["s=a=b".to_owned()], &schema).unwrap(), json!({"s": "a=b"}));
        for bad in ["path", "", "s=@/no/such/file"] {
            assert!(parameters(&[bad.to_owned()], &schema).is_err(), "{bad}");
        }
    }
}
