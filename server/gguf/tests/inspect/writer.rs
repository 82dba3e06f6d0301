//! A small writer of GGUF files, which writes what it is told, right or wrong.

/// A metadata value.
#[derive(Debug, Clone)]
pub enum V {
    U32(u32),
    I32(i32),
    U64(u64),
    F32(f32),
    Bool(u8),
    Str(&'static [u8]),
    Strings(Vec<&'static str>),
    F32s(Vec<f32>),
    /// Type number and the bytes that follow it.
    Raw(u32, Vec<u8>),
}

#[derive(Debug, Clone)]
pub struct T {
    pub name: &'static str,
    pub shape: Vec<u64>,
    pub element: u32,
    pub offset: u64,
}

#[derive(Debug, Clone)]
pub struct File {
    pub magic: &'static [u8; 4],
    pub version: u32,
    /// `None`: as many as there are.
    pub tensor_count: Option<u64>,
    pub key_count: Option<u64>,
    pub metadata: Vec<(&'static str, V)>,
    pub tensors: Vec<T>,
    pub alignment: u64,
    /// Bytes of the data section.
    pub data: usize,
}

pub const TOKENS: [&str; 6] = ["<s>", "</s>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "fn"];

impl File {
    /// A model of one layer, six tokens and eight-number vectors.
    pub fn valid() -> Self {
        let metadata = vec![
            ("general.architecture", V::Str(b"llama")),
            ("general.name", V::Str(b"Tiny")),
            ("general.file_type", V::U32(7)),
            ("llama.context_length", V::U32(512)),
            ("llama.embedding_length", V::U64(8)),
            ("llama.block_count", V::I32(1)),
            ("llama.attention.head_count", V::U32(2)),
            ("llama.rope.freq_base", V::F32(10000.0)),
            ("tokenizer.ggml.model", V::Str(b"gpt2")),
            ("tokenizer.ggml.tokens", V::Strings(TOKENS.to_vec())),
            ("tokenizer.ggml.scores", V::F32s(vec![0.0; TOKENS.len()])),
            ("tokenizer.ggml.eos_token_id", V::U32(1)),
            ("tokenizer.ggml.add_bos_token", V::Bool(1)),
        ];
        let tensor =
            |name, shape: &[u64], element, offset| T { name, shape: shape.to_vec(), element, offset };
        let tensors = vec![
            tensor("token_embd.weight", &[8, 6], 0, 0),
            tensor("blk.0.attn_q.weight", &[32, 2], 8, 192),
            tensor("output_norm.weight", &[8], 0, 288),
        ];
        Self {
            magic: b"GGUF",
            version: 3,
            tensor_count: None,
            key_count: None,
            metadata,
            tensors,
            alignment: 32,
            data: 320,
        }
    }

    pub fn set(&mut self, key: &'static str, value: V) {
        self.metadata.retain(|(name, _)| *name != key);
        self.metadata.push((key, value));
    }

    pub fn remove(&mut self, key: &str) {
        self.metadata.retain(|(name, _)| *name != key);
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = self.magic.to_vec();
        out.extend(self.version.to_le_bytes());
        out.extend(self.tensor_count.unwrap_or(self.tensors.len() as u64).to_le_bytes());
        out.extend(self.key_count.unwrap_or(self.metadata.len() as u64).to_le_bytes());
        for (key, value) in &self.metadata {
            string(&mut out, key.as_bytes());
            value.write(&mut out);
        }
        for tensor in &self.tensors {
            string(&mut out, tensor.name.as_bytes());
            out.extend((tensor.shape.len() as u32).to_le_bytes());
            tensor.shape.iter().for_each(|dim| out.extend(dim.to_le_bytes()));
            out.extend(tensor.element.to_le_bytes());
            out.extend(tensor.offset.to_le_bytes());
        }
        out.resize(out.len().next_multiple_of(self.alignment as usize) + self.data, 0);
        out
    }
}

impl V {
    fn write(&self, out: &mut Vec<u8>) {
        let mut tagged = |tag: u32, bytes: &[u8]| {
            out.extend(tag.to_le_bytes());
            out.extend(bytes);
        };
        match self {
            Self::U32(number) => tagged(4, &number.to_le_bytes()),
            Self::I32(number) => tagged(5, &number.to_le_bytes()),
            Self::F32(number) => tagged(6, &number.to_le_bytes()),
            Self::Bool(byte) => tagged(7, &[*byte]),
            Self::U64(number) => tagged(10, &number.to_le_bytes()),
            Self::Raw(tag, bytes) => tagged(*tag, bytes),
            Self::Str(text) => {
                tagged(8, &[]);
                string(out, text);
            }
            Self::Strings(texts) => {
                tagged(9, &8u32.to_le_bytes());
                out.extend((texts.len() as u64).to_le_bytes());
                texts.iter().for_each(|text| string(out, text.as_bytes()));
            }
            Self::F32s(numbers) => {
                tagged(9, &6u32.to_le_bytes());
                out.extend((numbers.len() as u64).to_le_bytes());
                numbers.iter().for_each(|number| out.extend(number.to_le_bytes()));
            }
        }
    }
}

/// An array's head: element type and a claimed length.
pub fn array(element: u32, len: u64) -> V {
    let mut bytes = element.to_le_bytes().to_vec();
    bytes.extend(len.to_le_bytes());
    V::Raw(9, bytes)
}

fn string(out: &mut Vec<u8>, text: &[u8]) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text);
}
