//! The metadata: keys with typed values. Arrays are walked and checked; only their length is kept.

use crate::GgufError;
use crate::model::FimTokens;
use crate::source::Source;
use std::collections::HashMap;
use std::io::BufRead;

/// The format allows keys of this many bytes.
const MAX_KEY: u64 = 65_535;
/// A chat template, the longest string in use, takes 20 KiB; a vocabulary's token a few hundred bytes.
const MAX_STRING: u64 = 1 << 20;
/// Far above the hundred or so keys of today's models.
const MAX_KEYS: u64 = 1 << 16;
/// A key of one letter with a value of one byte.
const MIN_ENTRY: u64 = 8 + 1 + 4 + 1;
/// All strings kept, in bytes.
const MAX_KEPT: u64 = 4 << 20;

pub(crate) const TOKENS: &str = "tokenizer.ggml.tokens";

/// The types of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    String,
    Array,
    U64,
    I64,
    F64,
}

impl ValueType {
    fn read<R: BufRead>(source: &mut Source<R>, key: &str) -> Result<Self, GgufError> {
        use ValueType::*;
        const BY_ID: [ValueType; 13] = [U8, I8, U16, I16, U32, I32, F32, Bool, String, Array, U64, I64, F64];
        let id = source.u32("a value's type")?;
        let known = BY_ID.get(id as usize).copied();
        known.ok_or_else(|| GgufError::metadata(key, format!("a value of unknown type {id}")))
    }

    /// The least bytes one value takes.
    fn size(self) -> u64 {
        match self {
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 | Self::String => 8,
            Self::Array => 12,
        }
    }
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Bool(bool),
    String(String),
    /// An array's elements are not kept.
    Array {
        of: ValueType,
        len: u64,
    },
}

/// All keys with their values.
#[derive(Debug, Clone, Default)]
pub struct Metadata {
    values: HashMap<String, Value>,
    pub(crate) fim_by_name: FimTokens<Option<u64>>,
}

impl Metadata {
    pub(crate) fn read<R: BufRead>(source: &mut Source<R>, count: u64) -> Result<Self, GgufError> {
        if count > MAX_KEYS {
            let (what, offset) = (format!("the number of metadata keys ({count})"), source.offset());
            return Err(GgufError::TooLarge { what, offset, limit: MAX_KEYS.to_string() });
        }
        source.claim_items(count, MIN_ENTRY, "metadata keys")?;
        let mut metadata = Self::default();
        let mut kept = 0;
        for _ in 0..count {
            let offset = source.offset();
            let key = source.string(MAX_KEY, "a metadata key")?;
            if key.is_empty() {
                return Err(GgufError::Damaged { problem: "an empty metadata key".into(), offset });
            }
            let value = metadata.value(source, &key)?;
            kept += key.len() as u64;
            if let Value::String(text) = &value {
                kept += text.len() as u64;
            }
            if kept > MAX_KEPT {
                let what = "the text of all keys and values".into();
                return Err(GgufError::TooLarge { what, offset, limit: format!("{MAX_KEPT} bytes") });
            }
            if metadata.values.contains_key(&key) {
                return Err(GgufError::metadata(&key, "present twice"));
            }
            metadata.values.insert(key, value);
        }
        Ok(metadata)
    }

    fn value<R: BufRead>(&mut self, source: &mut Source<R>, key: &str) -> Result<Value, GgufError> {
        let what = "a metadata value";
        let value = match ValueType::read(source, key)? {
            ValueType::U8 => Value::Unsigned(source.u8(what)?.into()),
            ValueType::U16 => Value::Unsigned(source.u16(what)?.into()),
            ValueType::U32 => Value::Unsigned(source.u32(what)?.into()),
            ValueType::U64 => Value::Unsigned(source.u64(what)?),
            ValueType::I8 => Value::Signed(source.u8(what)?.cast_signed().into()),
            ValueType::I16 => Value::Signed(source.u16(what)?.cast_signed().into()),
            ValueType::I32 => Value::Signed(source.u32(what)?.cast_signed().into()),
            ValueType::I64 => Value::Signed(source.u64(what)?.cast_signed()),
            ValueType::F32 => Value::Float(f32::from_bits(source.u32(what)?).into()),
            ValueType::F64 => Value::Float(f64::from_bits(source.u64(what)?)),
            ValueType::Bool => match source.u8(what)? {
                0 => Value::Bool(false),
                1 => Value::Bool(true),
                other => return Err(GgufError::metadata(key, format!("a truth value of {other}"))),
            },
            ValueType::String => Value::String(source.string(MAX_STRING, what)?),
            ValueType::Array => self.array(source, key)?,
        };
        Ok(value)
    }

    fn array<R: BufRead>(&mut self, source: &mut Source<R>, key: &str) -> Result<Value, GgufError> {
        let of = ValueType::read(source, key)?;
        let len = source.u64("an array's length")?;
        match of {
            // The format allows it, but no key is defined so and llama.cpp refuses it.
            ValueType::Array => return Err(GgufError::metadata(key, "an array of arrays")),
            ValueType::String => {
                source.claim_items(len, of.size(), "strings of an array")?;
                let mut buffer = Vec::new();
                for id in 0..len {
                    source.bytes(&mut buffer, MAX_STRING, "a string of an array")?;
                    if key == TOKENS {
                        self.fim_by_name.note(&buffer, id);
                    }
                }
            }
            scalar => source.skip(len.saturating_mul(scalar.size()), "the elements of an array")?,
        }
        Ok(Value::Array { of, len })
    }

    /// All keys, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    pub fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    pub fn str(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// An integer of any width; `None` for a negative one.
    pub fn u64(&self, key: &str) -> Option<u64> {
        match *self.get(key)? {
            Value::Unsigned(number) => Some(number),
            Value::Signed(number) => u64::try_from(number).ok(),
            _ => None,
        }
    }

    pub fn f32(&self, key: &str) -> Option<f32> {
        match *self.get(key)? {
            Value::Float(number) => Some(number as f32),
            _ => None,
        }
    }

    pub fn bool(&self, key: &str) -> Option<bool> {
        match *self.get(key)? {
            Value::Bool(truth) => Some(truth),
            _ => None,
        }
    }

    pub fn array_len(&self, key: &str) -> Option<u64> {
        match *self.get(key)? {
            Value::Array { len, .. } => Some(len),
            _ => None,
        }
    }
}
