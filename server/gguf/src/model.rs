//! Whether metadata and tensors describe a language model that can be loaded: what llama.cpp would trust.

use crate::metadata::TOKENS;
use crate::tensor::Tensor;
use crate::{GgufError, Metadata, Value, ValueType};

/// Lengths and counts at or above this are damage, not ambition.
const SANE: u64 = 1 << 24;
const EMBEDDING: &str = "token_embd.weight";

/// The tokens around a hole to fill: ids once known, candidates while a vocabulary is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FimTokens<T = u64> {
    pub prefix: T,
    pub suffix: T,
    pub middle: T,
}

impl FimTokens<Option<u64>> {
    /// Notes `id` if `token` is one that known models mark a hole with. Many files name no such id in
    /// their metadata, though the model was trained to fill holes.
    pub(crate) fn note(&mut self, token: &[u8], id: u64) {
        let slot = match std::str::from_utf8(token) {
            Ok(
                "<|fim_prefix|>"
                | "<fim-prefix>"
                | "<fim_prefix>"
                | "<｜fim▁begin｜>"
                | "<PRE>"
                | "▁<PRE>"
                | "<|code_prefix|>",
            ) => &mut self.prefix,
            Ok(
                "<|fim_suffix|>" | "<fim-suffix>" | "<fim_suffix>" | "<｜fim▁hole｜>" | "<SUF>" | "▁<SUF>"
                | "<|code_suffix|>",
            ) => &mut self.suffix,
            Ok(
                "<|fim_middle|>" | "<fim-middle>" | "<fim_middle>" | "<｜fim▁end｜>" | "<MID>" | "▁<MID>"
                | "<|code_middle|>",
            ) => &mut self.middle,
            _ => return,
        };
        slot.get_or_insert(id);
    }
}

/// What [`check`] found.
pub struct Model {
    pub architecture: String,
    pub context_length: u32,
    pub embedding_length: u32,
    pub block_count: u32,
    pub vocabulary: u64,
    pub fim: Option<FimTokens>,
}

pub fn check(metadata: &Metadata, tensors: &[Tensor]) -> Result<Model, GgufError> {
    if let Some(kind) = metadata.str("general.type").filter(|&kind| kind != "model") {
        return Err(GgufError::NotAModel { kind: kind.to_string() });
    }
    if let Some(parts) = metadata.u64("split.count").filter(|&parts| parts > 1) {
        return Err(GgufError::Split { parts });
    }
    let architecture = text(metadata, "general.architecture")?;
    let size = |name: &str| size(metadata, &format!("{architecture}.{name}"));
    let context_length = size("context_length")?;
    let embedding_length = size("embedding_length")?;
    let block_count = size("block_count")?;
    check_heads(metadata, architecture, embedding_length)?;
    let vocabulary = check_tokenizer(metadata)?;
    check_embedding(tensors, u64::from(embedding_length), vocabulary)?;
    let fim = fim(metadata);
    let architecture = architecture.to_string();
    Ok(Model { architecture, context_length, embedding_length, block_count, vocabulary, fim })
}

fn text<'a>(metadata: &'a Metadata, key: &str) -> Result<&'a str, GgufError> {
    let missing = || GgufError::metadata(key, "missing, or not a text");
    metadata.str(key).filter(|text| !text.is_empty()).ok_or_else(missing)
}

fn size(metadata: &Metadata, key: &str) -> Result<u32, GgufError> {
    match metadata.u64(key) {
        Some(number) if number > 0 && number < SANE => Ok(number as u32),
        Some(number) => Err(GgufError::metadata(key, format!("{number} is not between 1 and {}", SANE - 1))),
        None => Err(GgufError::metadata(key, "missing, or not a positive whole number")),
    }
}

fn check_heads(metadata: &Metadata, architecture: &str, embedding: u32) -> Result<(), GgufError> {
    let key = format!("{architecture}.attention.head_count");
    // Some architectures give a number per layer.
    if metadata.array_len(&key).is_some_and(|len| len > 0) {
        return Ok(());
    }
    let heads = size(metadata, &key)?;
    let own_length = metadata.get(&format!("{architecture}.attention.key_length")).is_some();
    if !own_length && !embedding.is_multiple_of(heads) {
        let problem = format!("{heads} heads do not divide the embedding length {embedding}");
        return Err(GgufError::metadata(&key, problem));
    }
    Ok(())
}

/// Returns the number of tokens.
fn check_tokenizer(metadata: &Metadata) -> Result<u64, GgufError> {
    text(metadata, "tokenizer.ggml.model")?;
    let vocabulary = match metadata.get(TOKENS) {
        Some(&Value::Array { of: ValueType::String, len }) if len > 0 => len,
        _ => return Err(GgufError::metadata(TOKENS, "missing, empty, or not a list of texts")),
    };
    // llama.cpp reads these by the number of tokens, whatever their own length.
    let columns = [("scores", ValueType::F32), ("token_type", ValueType::I32)];
    for (name, element) in columns {
        let key = format!("tokenizer.ggml.{name}");
        match metadata.get(&key) {
            None => {}
            Some(&Value::Array { of, len }) if of == element && len == vocabulary => {}
            Some(&Value::Array { of, len }) if of == element => {
                let problem = format!("{len} entries for {vocabulary} tokens");
                return Err(GgufError::metadata(&key, problem));
            }
            Some(_) => return Err(GgufError::metadata(&key, format!("not a list of {element:?}"))),
        }
    }
    let mut ids: Vec<&str> = metadata.keys().filter(|key| is_token_id(key)).collect();
    ids.sort_unstable();
    for key in ids {
        match metadata.u64(key) {
            Some(id) if id < vocabulary => {}
            Some(id) => {
                let problem = format!("token {id} of a vocabulary of {vocabulary}");
                return Err(GgufError::metadata(key, problem));
            }
            None => return Err(GgufError::metadata(key, "not a token's number")),
        }
    }
    Ok(vocabulary)
}

fn is_token_id(key: &str) -> bool {
    key.starts_with("tokenizer.ggml.") && key.ends_with("_token_id")
}

fn check_embedding(tensors: &[Tensor], embedding: u64, vocabulary: u64) -> Result<(), GgufError> {
    let Some(tensor) = tensors.iter().find(|tensor| tensor.name == EMBEDDING) else {
        return Err(GgufError::tensor(EMBEDDING, "missing"));
    };
    if tensor.shape != [embedding, vocabulary] {
        let problem = format!(
            "shape {:?} where {vocabulary} tokens of {embedding} numbers need [{embedding}, {vocabulary}]",
            tensor.shape
        );
        return Err(GgufError::tensor(EMBEDDING, problem));
    }
    Ok(())
}

/// The ids that the metadata names (by either of two generations of keys), else those of known spellings.
fn fim(metadata: &Metadata) -> Option<FimTokens> {
    let id = |name: &str| metadata.u64(&format!("tokenizer.ggml.{name}_token_id"));
    let found = metadata.fim_by_name;
    Some(FimTokens {
        prefix: id("fim_pre").or_else(|| id("prefix")).or(found.prefix)?,
        suffix: id("fim_suf").or_else(|| id("suffix")).or(found.suffix)?,
        middle: id("fim_mid").or_else(|| id("middle")).or(found.middle)?,
    })
}
