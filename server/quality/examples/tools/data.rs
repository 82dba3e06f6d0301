//! Schemas that others collected: functions as the Berkeley function-calling set describes them, and MaskBench's schemas with
//! what is to be accepted and refused by them. Which of them a record is, its shape tells.

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// One schema.
pub struct Record {
    pub name: String,
    pub schema: Value,
    pub tests: Tests,
}

pub enum Tests {
    /// A function's arguments: no answers are known.
    Function,
    /// Answers, and whether they fit.
    Mask(Vec<(bool, Value)>),
}

#[derive(Default)]
pub struct Data {
    pub records: Vec<Record>,
    /// Files that are no JSON, and records of another shape.
    pub passed_over: Vec<String>,
}

/// What lies in a file, or in the files of a folder and of those in it.
pub fn read(path: &Path) -> Result<Data> {
    let mut files = Vec::new();
    collect(path, &mut files)?;
    files.sort_unstable();
    let mut data = Data::default();
    for file in files {
        let name = file.strip_prefix(path).unwrap_or(&file).display().to_string();
        let name = if name.is_empty() { file.display().to_string() } else { name };
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        data.take(&name, &text);
    }
    ensure!(
        !data.records.is_empty(),
        "{} holds no schema: neither records with `function`, as the Berkeley function-calling set has them, nor with \
         `schema` and `tests`, as MaskBench has them",
        path.display()
    );
    Ok(data)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let facts = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    if facts.is_file() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    for entry in std::fs::read_dir(path)? {
        let entry = entry?.path();
        let json = entry.extension().is_some_and(|extension| extension == "json" || extension == "jsonl");
        if json || entry.is_dir() {
            collect(&entry, files)?;
        }
    }
    Ok(())
}

impl Data {
    fn take(&mut self, file: &str, text: &str) {
        if let Ok(value) = serde_json::from_str(text) {
            return self.value(file, value);
        }
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let name = format!("{file}:{}", number + 1);
            match serde_json::from_str(line) {
                Ok(value) => self.value(&name, value),
                Err(_) => self.passed_over.push(name),
            }
        }
    }

    fn value(&mut self, name: &str, value: Value) {
        let Value::Object(mut record) = value else {
            match value {
                Value::Array(items) => items.into_iter().for_each(|item| self.value(name, item)),
                _ => self.passed_over.push(name.to_owned()),
            }
            return;
        };
        match (record.remove("function"), record.remove("schema"), record.remove("tests")) {
            (Some(Value::Array(functions)), ..) => {
                functions.into_iter().for_each(|one| self.function(name, one));
            }
            (Some(one), ..) => self.function(name, one),
            (None, Some(schema), Some(Value::Array(tests))) => {
                let test = |test: Value| Some((test["valid"].as_bool()?, test.get("data")?.clone()));
                let tests = Tests::Mask(tests.into_iter().filter_map(test).collect());
                self.records.push(Record { name: name.to_owned(), schema, tests });
            }
            (None, None, None) if record.contains_key("parameters") => {
                self.function(name, Value::Object(record));
            }
            _ => self.passed_over.push(name.to_owned()),
        }
    }

    fn function(&mut self, name: &str, mut function: Value) {
        let said = function["name"].as_str().unwrap_or("unnamed").to_owned();
        let parameters = function.get_mut("parameters").map(Value::take);
        let Some(Value::Object(parameters)) = parameters else {
            return self.passed_over.push(format!("{name} {said}"));
        };
        let schema = as_json_schema(parameters);
        self.records.push(Record { name: format!("{name} {said}"), schema, tests: Tests::Function });
    }
}

/// Types as languages spell them, by those of JSON; one that means anything has none.
const TYPES: [(&str, &[&str]); 6] = [
    ("object", &["dict", "map", "hashmap", "hashtable", "object"]),
    ("array", &["list", "tuple", "set", "array", "arraylist", "queue", "stack"]),
    ("number", &["float", "double", "number"]),
    ("integer", &["int", "long", "short", "byte", "bigint", "integer"]),
    ("boolean", &["bool", "boolean"]),
    ("string", &["str", "char", "string"]),
];
const ANY: [&str; 2] = ["any", ""];

/// A function's parameters as a JSON Schema: only where a schema stands, since a parameter may be called `type`.
fn as_json_schema(mut schema: Map<String, Value>) -> Value {
    if let Some(Value::String(said)) = schema.get("type") {
        let said = said.to_lowercase();
        match TYPES.iter().find(|(_, spellings)| spellings.contains(&said.as_str())) {
            Some((kind, _)) => drop(schema.insert("type".into(), (*kind).into())),
            None if ANY.contains(&said.as_str()) => drop(schema.shift_remove("type")),
            // What it is nobody says, so it is refused later.
            None => {}
        }
    }
    // A function takes what it lists, and nothing else.
    if schema.get("properties").is_some_and(Value::is_object) {
        schema.entry("additionalProperties").or_insert(false.into());
    }
    for (key, part) in &mut schema {
        match (key.as_str(), part) {
            ("properties" | "$defs" | "definitions", Value::Object(parts)) => {
                parts.values_mut().for_each(turn)
            }
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(parts)) => {
                parts.iter_mut().for_each(turn);
            }
            ("items" | "additionalProperties", part) => turn(part),
            _ => {}
        }
    }
    schema.into()
}

fn turn(part: &mut Value) {
    if let Value::Object(schema) = part {
        *part = as_json_schema(std::mem::take(schema));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_shape_is_known_and_what_is_none_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write(
            "BFCL_simple.json",
            concat!(
                "{\"id\": \"simple_0\", \"question\": [[]], \"function\": [{\"name\": \"math.area\", \"description\": \"d\", ",
                "\"parameters\": {\"type\": \"dict\", \"properties\": {\"type\": {\"type\": \"float\"}, ",
                "\"at\": {\"type\": \"tuple\", \"items\": {\"type\": \"any\"}}, \"to\": {\"type\": \"HashMap\", ",
                "\"properties\": {\"n\": {\"type\": \"long\"}}}}, \"required\": [\"type\"]}}]}\n\n",
                "{\"id\": \"simple_1\", \"function\": {\"name\": \"b\", \"parameters\": {\"type\": \"dict\", \"properties\": {}}}}\n",
                "{\"id\": \"simple_0\", \"ground_truth\": [{\"math.area\": {\"type\": [1.0]}}]}\nno json\n"
            ),
        );
        write("doc.json", "{\"name\": \"c\", \"parameters\": {\"type\": \"dict\", \"properties\": {}}}");
        std::fs::create_dir(folder.path().join("mask")).unwrap();
        let mask = json!({"description": "d", "meta": {}, "schema": {"type": "string"}, "tests": [
            {"description": "t", "valid": true, "data": "a"}, {"valid": false, "data": 1, "rust_error": "e"}]});
        write("mask/one.json", &serde_json::to_string_pretty(&mask).unwrap());
        write("mask/many.jsonl", &format!("{mask}\n{mask}\n"));
        write("README.md", "not looked at");

        let data = read(folder.path()).unwrap();
        let names: Vec<_> = data.records.iter().map(|record| record.name.as_str()).collect();
        let expected = [
            "BFCL_simple.json:1 math.area",
            "BFCL_simple.json:3 b",
            "doc.json c",
            "mask/many.jsonl:1",
            "mask/many.jsonl:2",
            "mask/one.json",
        ];
        assert_eq!(names, expected);
        assert_eq!(data.passed_over, ["BFCL_simple.json:4", "BFCL_simple.json:5"]);
        let area = json!({"type": "object", "properties": {"type": {"type": "number"},
            "at": {"type": "array", "items": {}}, "to": {"type": "object", "properties": {"n": {"type": "integer"}}, "additionalProperties": false}},
            "required": ["type"], "additionalProperties": false});
        assert_eq!(data.records[0].schema, area);
        let Tests::Mask(tests) = &data.records[5].tests else { panic!("a function") };
        assert_eq!(*tests, [(true, json!("a")), (false, json!(1))]);
        // A file by itself, too.
        assert_eq!(read(&folder.path().join("doc.json")).unwrap().records.len(), 1);
        let empty = folder.path().join("empty");
        std::fs::create_dir(&empty).unwrap();
        assert!(read(&empty).err().unwrap().to_string().contains("holds no schema"));
        assert!(read(&folder.path().join("none")).err().unwrap().to_string().contains("cannot read"));
    }
}
