//! Schemas by number, as tools have them: for tests and for measuring, the same on every machine.

pub mod babble;

use serde_json::{Map, Value, json};

/// Numbers that look random (splitmix64).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }

    pub fn one_of<T: Clone>(&mut self, options: &[T]) -> T {
        options[self.below(options.len() as u64) as usize].clone()
    }
}

const NAMES: [&str; 16] = [
    "path",
    "query",
    "line",
    "symbol",
    "limit",
    "text",
    "kind",
    "options",
    "range",
    "start",
    "end",
    "case_sensitive",
    "größe",
    "file name",
    "a\"b",
    "x-1",
];

/// The schema of number `seed`: an object's, with whatever arguments of tools are made of.
pub fn schema(seed: u64) -> Value {
    let mut random = Random::new(seed);
    let mut schema = object(&mut random, 0);
    if random.below(4) == 0 {
        // A list of itself, through a reference.
        schema["$defs"] = json!({"node": {
            "type": "object",
            "properties": {"name": {"type": "string", "maxLength": 12},
                           "children": {"type": "array", "items": {"$ref": "#/$defs/node"}, "maxItems": 2}},
            "required": ["name"],
            "additionalProperties": false
        }});
        schema["properties"]["tree"] = json!({"$ref": "#/$defs/node"});
    }
    schema
}

fn object(random: &mut Random, depth: u32) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for _ in 0..random.below(5) + u64::from(depth == 0) {
        let name = random.one_of(&NAMES);
        properties.insert(name.into(), value(random, depth + 1));
        if random.below(2) == 0 && !required.iter().any(|other| other == name) {
            required.push(json!(name));
        }
    }
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn value(random: &mut Random, depth: u32) -> Value {
    match random.below(if depth < 4 { 14 } else { 10 }) {
        0 => json!({"type": "string", "maxLength": 24}),
        1 => json!({"type": "string", "minLength": 2, "maxLength": 5}),
        2 => json!({"enum": ["read", "write", "read-write", "größer", 7, null, "a\nb"]}),
        3 => json!({"type": "integer", "minimum": -20, "maximum": 4000}),
        4 => json!({"type": "number", "minimum": 0.5, "maximum": 99.5}),
        5 => json!({"type": "boolean"}),
        6 => json!({"type": ["string", "null"], "maxLength": 9}),
        7 => json!({"const": {"fixed": [1, "two", {"three": 3.5}]}}),
        8 => json!({"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3,5}$"}),
        9 => {
            json!({"type": "string", "format": random.one_of(&["date", "date-time", "uuid", "ipv4", "email"])})
        }
        10 => {
            json!({"type": "array", "items": value(random, depth + 1), "minItems": random.below(3), "maxItems": 3})
        }
        11 => json!({"anyOf": [{"type": "integer"}, object(random, depth + 1)]}),
        12 => {
            json!({"type": "object", "additionalProperties": {"type": "integer", "minimum": 0, "maximum": 9},
                     "maxProperties": 3})
        }
        _ => object(random, depth + 1),
    }
}
