//! Reading a file from its first byte to its last tensor's entry, and what is known afterwards.

use crate::element::file_type;
use crate::source::Source;
use crate::tensor::{self, Tensor};
use crate::{GgufError, Metadata, model};
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;

pub use crate::model::FimTokens;

const DEFAULT_ALIGNMENT: u64 = 32;
const MAX_ALIGNMENT: u64 = 1 << 16;

/// What is known of a model whose file passed every check.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Version of the format, 2 or 3.
    pub version: u32,
    pub metadata: Metadata,
    /// Number of tensors.
    pub tensors: u64,
    /// Number of weights.
    pub parameters: u64,
    /// `general.architecture`, such as `llama`.
    pub architecture: String,
    /// `general.name`.
    pub name: Option<String>,
    /// Tokens it was trained to see at once.
    pub context_length: u32,
    /// Size of a token's vector.
    pub embedding_length: u32,
    /// Number of layers.
    pub block_count: u32,
    /// Number of tokens it knows.
    pub vocabulary: u64,
    /// Such as `Q4_K_M`: from `general.file_type`, else the type of most weights.
    pub quantisation: String,
    /// Length of the file.
    pub size_bytes: u64,
    /// Ids of its fill-in-the-middle tokens; `None` for a model that cannot fill a hole.
    pub fim: Option<FimTokens>,
}

/// Architectures whose every layer keeps one key and one value of each token, for all of its context.
const PLAIN_CACHES: [&str; 53] = [
    "apertus",
    "arcee",
    "arctic",
    "baichuan",
    "bitnet",
    "bloom",
    "chatglm",
    "codeshell",
    "command-r",
    "dbrx",
    "deepseek",
    "dots1",
    "ernie4_5",
    "ernie4_5-moe",
    "exaone",
    "falcon",
    "gemma",
    "glm4",
    "gpt2",
    "gptneox",
    "granite",
    "granitemoe",
    "grok",
    "grovemoe",
    "hunyuan-dense",
    "hunyuan-moe",
    "internlm2",
    "jais",
    "llama",
    "minicpm",
    "mistral3",
    "mpt",
    "nemotron",
    "olmo",
    "olmoe",
    "orion",
    "phi2",
    "plamo",
    "qwen",
    "qwen2",
    "qwen2moe",
    "qwen2vl",
    "qwen3",
    "qwen3moe",
    "qwen3vl",
    "qwen3vlmoe",
    "refact",
    "seed_oss",
    "smollm3",
    "stablelm",
    "starcoder",
    "starcoder2",
    "xverse",
];

/// Bytes of a number in half precision.
const HALF: u64 = 2;

impl Facts {
    /// Bytes that the keys and values of one token take, in half precision. `None` where the file does not say it, or the
    /// architecture keeps something else (windows, states, compressed vectors).
    pub fn kv_bytes_per_token(&self) -> Option<u64> {
        let of = |name: &str| self.metadata.u64(&format!("{}.attention.{name}", self.architecture));
        if !PLAIN_CACHES.contains(&self.architecture.as_str()) {
            return None;
        }
        let heads = of("head_count").filter(|&heads| heads > 0)?;
        let has_list =
            self.metadata.array_len(&format!("{}.attention.head_count_kv", self.architecture)).is_some();
        let shared = of("head_count_kv").or((!has_list).then_some(heads))?;
        let head = u64::from(self.embedding_length) / heads;
        let both = of("key_length").unwrap_or(head).checked_add(of("value_length").unwrap_or(head))?;
        both.checked_mul(shared)?.checked_mul(u64::from(self.block_count) * HALF)
    }

    /// Bytes that they take at most, whatever the architecture keeps: a key and a value as wide as all heads together, and as a
    /// token's vector, in each layer. Windows, states and compressed vectors take less.
    pub fn kv_bytes_at_most(&self) -> Option<u64> {
        let of = |name: &str| self.metadata.u64(&format!("{}.attention.{name}", self.architecture));
        let (heads, least) = (of("head_count").unwrap_or(0), u64::from(self.embedding_length));
        let width = |name: &str| Some(of(name).unwrap_or(0).checked_mul(heads)?.max(least));
        let both = width("key_length")?.checked_add(width("value_length")?)?;
        let widest = both.checked_mul(u64::from(self.block_count) * HALF)?;
        Some(widest.max(self.kv_bytes_per_token().unwrap_or(0)))
    }
}

/// Checks the file at `path`. Of its tensors only the directory is read, so this takes milliseconds.
#[allow(clippy::disallowed_methods, reason = "models lie outside workspaces, and this crate is their door")]
pub fn inspect(path: &Path) -> Result<Facts, GgufError> {
    let file = std::fs::File::open(path)?;
    let length = file.metadata()?.len();
    inspect_reader(BufReader::new(file), length)
}

/// [`inspect`] for bytes from elsewhere, `length` of them in all.
pub fn inspect_reader(reader: impl BufRead, length: u64) -> Result<Facts, GgufError> {
    let mut source = Source::new(reader, length);
    let magic = source.magic()?;
    if &magic != b"GGUF" {
        return Err(GgufError::NotGguf { found: String::from_utf8_lossy(&magic).into_owned() });
    }
    let version = source.u32("the version")?;
    match version {
        2 | 3 => {}
        // No version will ever need the upper half, so this is a small number seen from the wrong end.
        _ if version & 0xffff == 0 && version != 0 => return Err(GgufError::BigEndian),
        _ => return Err(GgufError::Version(version)),
    }
    let tensor_count = source.u64("the number of tensors")?;
    let key_count = source.u64("the number of metadata keys")?;
    tensor::check_count(&source, tensor_count)?;
    let metadata = Metadata::read(&mut source, key_count)?;
    let alignment = alignment(&metadata)?;
    let tensors = tensor::read_all(&mut source, tensor_count)?;
    let data = source.offset().next_multiple_of(alignment);
    tensor::check_layout(&tensors, data, alignment, length)?;

    let model = model::check(&metadata, &tensors)?;
    let parameters = tensors.iter().try_fold(0u64, |sum, tensor| sum.checked_add(tensor.elements));
    let parameters = parameters.ok_or_else(|| GgufError::TooLarge {
        what: "the number of weights".into(),
        offset: data,
        limit: "what can be counted".into(),
    })?;
    let named = metadata.u64("general.file_type").and_then(file_type);
    Ok(Facts {
        version,
        tensors: tensor_count,
        parameters,
        architecture: model.architecture,
        name: metadata.str("general.name").map(str::to_string),
        context_length: model.context_length,
        embedding_length: model.embedding_length,
        block_count: model.block_count,
        vocabulary: model.vocabulary,
        quantisation: named.unwrap_or_else(|| most_weights(&tensors)).to_string(),
        size_bytes: length,
        fim: model.fim,
        metadata,
    })
}

fn alignment(metadata: &Metadata) -> Result<u64, GgufError> {
    const KEY: &str = "general.alignment";
    if metadata.get(KEY).is_none() {
        return Ok(DEFAULT_ALIGNMENT);
    }
    match metadata.u64(KEY) {
        Some(bytes) if bytes.is_power_of_two() && bytes <= MAX_ALIGNMENT => Ok(bytes),
        Some(bytes) => {
            Err(GgufError::metadata(KEY, format!("{bytes} is no power of two up to {MAX_ALIGNMENT}")))
        }
        None => Err(GgufError::metadata(KEY, "not a positive whole number")),
    }
}

/// The element type that most weights have.
fn most_weights(tensors: &[Tensor]) -> &'static str {
    let mut weights: HashMap<&str, u128> = HashMap::new();
    for tensor in tensors {
        *weights.entry(tensor.element.name).or_default() += u128::from(tensor.elements);
    }
    // By name where two have the same number, so that the answer is the same on every run.
    weights.into_iter().max_by_key(|&(name, count)| (count, name)).map_or("unknown", |(name, _)| name)
}
