//! Models of random weights, of a size that is asked for, with the bundled model's vocabulary. What they say is
//! noise; how long they take depends on their shape alone.

use anyhow::{Context, Result, ensure};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Metadata of the bundled model that is taken over as it stands.
const KEPT: &str = "tokenizer.";
/// Where the model's chat template stands.
const TEMPLATE: &str = "tokenizer.chat_template";
/// Weights in a block of Q8_0, and the block's bytes: a scale of half precision, and a byte for each weight.
const BLOCK: usize = 32;
/// 2^-11, as half precision writes it: weights between -0.06 and 0.06.
const SCALE: [u8; 2] = [0x00, 0x10];
const ALIGNMENT: usize = 32;
const F32: u32 = 0;
const Q8_0: u32 = 8;

/// The shape of a transformer of the kind that the bundled model is.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub name: &'static str,
    width: usize,
    layers: usize,
    inner: usize,
    heads: usize,
    shared_heads: usize,
}

const HEAD: usize = 64;

/// About 100 and 500 million weights.
pub const SHAPES: [Shape; 2] = [
    Shape { name: "100 M", width: 768, layers: 15, inner: 2048, heads: 12, shared_heads: 4 },
    Shape { name: "500 M", width: 1280, layers: 25, inner: 4096, heads: 20, shared_heads: 4 },
];

impl Shape {
    /// Name, dimensions and element type of each tensor, for a vocabulary of so many tokens.
    fn tensors(self, vocabulary: usize) -> Vec<(String, Vec<usize>, u32)> {
        let (width, own, shared) = (self.width, self.heads * HEAD, self.shared_heads * HEAD);
        let mut tensors = vec![
            ("token_embd.weight".to_owned(), vec![width, vocabulary], Q8_0),
            ("output_norm.weight".to_owned(), vec![width], F32),
        ];
        for layer in 0..self.layers {
            let parts: [(&str, Vec<usize>, u32); 11] = [
                ("attn_norm", vec![width], F32),
                ("attn_q", vec![width, own], Q8_0),
                ("attn_k", vec![width, shared], Q8_0),
                ("attn_v", vec![width, shared], Q8_0),
                ("attn_q_norm", vec![HEAD], F32),
                ("attn_k_norm", vec![HEAD], F32),
                ("attn_output", vec![own, width], Q8_0),
                ("ffn_norm", vec![width], F32),
                ("ffn_gate", vec![width, self.inner], Q8_0),
                ("ffn_up", vec![width, self.inner], Q8_0),
                ("ffn_down", vec![self.inner, width], Q8_0),
            ];
            tensors.extend(
                parts.into_iter().map(|(part, shape, of)| (format!("blk.{layer}.{part}.weight"), shape, of)),
            );
        }
        tensors
    }
}

/// Writes a model of `shape` that holds `context` tokens to `path`; its vocabulary is that of the model `like`, and so is its
/// chat template, but where another is given.
pub fn write(path: &Path, shape: Shape, context: u32, like: &Path, template: Option<&str>) -> Result<()> {
    let bytes = std::fs::read(like).with_context(|| format!("cannot read {}", like.display()))?;
    let left_out = template.map(|_| TEMPLATE);
    let (kept, count, vocabulary) =
        kept(&bytes, left_out).with_context(|| format!("{} is odd", like.display()))?;
    let mut head = Vec::new();
    let text = |head: &mut Vec<u8>, text: &str| {
        head.extend((text.len() as u64).to_le_bytes());
        head.extend(text.as_bytes());
    };
    let mut texts =
        vec![("general.architecture", "qwen3"), ("general.type", "model"), ("general.name", shape.name)];
    texts.extend(template.map(|template| (TEMPLATE, template)));
    let numbers = [
        ("general.file_type", 7),
        ("qwen3.context_length", context),
        ("qwen3.embedding_length", shape.width as u32),
        ("qwen3.block_count", shape.layers as u32),
        ("qwen3.feed_forward_length", shape.inner as u32),
        ("qwen3.attention.head_count", shape.heads as u32),
        ("qwen3.attention.head_count_kv", shape.shared_heads as u32),
        ("qwen3.attention.key_length", HEAD as u32),
        ("qwen3.attention.value_length", HEAD as u32),
        ("qwen3.vocab_size", vocabulary as u32),
    ];
    let fractions = [("qwen3.attention.layer_norm_rms_epsilon", 1e-6f32), ("qwen3.rope.freq_base", 10_000.0)];
    let tensors = shape.tensors(vocabulary);
    let keys = texts.len() + numbers.len() + fractions.len() + count;
    head.extend(b"GGUF");
    head.extend(3u32.to_le_bytes());
    head.extend((tensors.len() as u64).to_le_bytes());
    head.extend((keys as u64).to_le_bytes());
    for (key, value) in texts {
        text(&mut head, key);
        head.extend(8u32.to_le_bytes());
        text(&mut head, value);
    }
    for (key, value) in numbers {
        text(&mut head, key);
        head.extend([4u32, value].map(u32::to_le_bytes).concat());
    }
    for (key, value) in fractions {
        text(&mut head, key);
        head.extend(6u32.to_le_bytes());
        head.extend(value.to_le_bytes());
    }
    head.extend(kept);
    let mut offset = 0;
    for (name, shape, element) in &tensors {
        text(&mut head, name);
        head.extend((shape.len() as u32).to_le_bytes());
        shape.iter().for_each(|length| head.extend((*length as u64).to_le_bytes()));
        head.extend(element.to_le_bytes());
        head.extend((offset as u64).to_le_bytes());
        offset += size(shape, *element).next_multiple_of(ALIGNMENT);
    }
    head.resize(head.len().next_multiple_of(ALIGNMENT), 0);

    let mut file =
        BufWriter::new(File::create(path).with_context(|| format!("cannot write {}", path.display()))?);
    file.write_all(&head)?;
    let mut dice = fastrand::Rng::with_seed(1);
    for (_, shape, element) in &tensors {
        let mut data = vec![0; size(shape, *element).next_multiple_of(ALIGNMENT)];
        if *element == Q8_0 {
            dice.fill(&mut data);
            data.chunks_exact_mut(2 + BLOCK).for_each(|block| block[..2].copy_from_slice(&SCALE));
        } else {
            data.chunks_exact_mut(4).for_each(|number| number.copy_from_slice(&1f32.to_le_bytes()));
        }
        file.write_all(&data)?;
    }
    Ok(file.flush()?)
}

fn size(shape: &[usize], element: u32) -> usize {
    let weights: usize = shape.iter().product();
    if element == Q8_0 { weights / BLOCK * (2 + BLOCK) } else { weights * 4 }
}

/// The metadata to keep, as bytes, how many keys those are, and the number of tokens in the vocabulary.
fn kept(bytes: &[u8], left_out: Option<&str>) -> Result<(Vec<u8>, usize, usize)> {
    let mut reader = Reader { bytes, at: 8 };
    let (_, keys) = (reader.number(8)?, reader.number(8)?);
    let (mut kept, mut count, mut vocabulary) = (Vec::new(), 0, 0);
    for _ in 0..keys {
        let start = reader.at;
        let key = reader.text()?;
        let kind = reader.number(4)?;
        if key == b"tokenizer.ggml.tokens" {
            let mut head = Reader { bytes, at: reader.at + 4 };
            vocabulary = head.number(8)?;
        }
        reader.skip(kind)?;
        if key.starts_with(KEPT.as_bytes()) && left_out.is_none_or(|name| key != name.as_bytes()) {
            kept.extend(&bytes[start..reader.at]);
            count += 1;
        }
    }
    ensure!(vocabulary > 0, "it has no vocabulary");
    Ok((kept, count, vocabulary))
}

/// Walks over the metadata of a GGUF file.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(length).context("a length beyond all bounds")?;
        let taken = self.bytes.get(self.at..end).context("it ends too early")?;
        self.at = end;
        Ok(taken)
    }

    fn number(&mut self, width: usize) -> Result<usize> {
        let bytes = self.take(width)?;
        Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    fn text(&mut self) -> Result<&'a [u8]> {
        let length = self.number(8)?;
        self.take(length)
    }

    fn skip(&mut self, kind: usize) -> Result<()> {
        match kind {
            0 | 1 | 7 => self.take(1).map(drop),
            2 | 3 => self.take(2).map(drop),
            4..=6 => self.take(4).map(drop),
            10..=12 => self.take(8).map(drop),
            8 => self.text().map(drop),
            9 => {
                let (kind, count) = (self.number(4)?, self.number(8)?);
                ensure!(kind != 9, "a list of lists");
                (0..count).try_for_each(|_| self.skip(kind))
            }
            _ => anyhow::bail!("a value of kind {kind}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_has_the_weights_that_its_name_says_and_our_vocabulary() {
        let like = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/models/bundled/nano.gguf");
        let (_, keys, vocabulary) = kept(&std::fs::read(&like).unwrap(), None).unwrap();
        assert!(keys > 10 && vocabulary > 1000, "{keys} {vocabulary}");
        for shape in SHAPES {
            let weights: usize =
                shape.tensors(vocabulary).iter().map(|tensor| tensor.1.iter().product::<usize>()).sum();
            let wanted: f64 = shape.name.trim_end_matches(" M").parse().unwrap();
            assert!((weights as f64 / 1e6 / wanted - 1.0).abs() < 0.05, "{}: {weights}", shape.name);
        }
        let folder = std::env::temp_dir().join(format!("trust-peer-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let tiny = Shape { name: "tiny", width: 64, layers: 1, inner: 64, heads: 1, shared_heads: 1 };
        for template in [None, Some("{{ messages }}")] {
            write(&folder.join("tiny.gguf"), tiny, 512, &like, template).unwrap();
            // What was written is read again the same way.
            let written = std::fs::read(folder.join("tiny.gguf")).unwrap();
            let (again, found, tokens) = kept(&written, None).unwrap();
            assert_eq!((found, tokens), (keys, vocabulary));
            assert_eq!(again.windows(14).any(|part| part == b"{{ messages }}"), template.is_some());
            assert!(kept(&written[..2000], None).is_err());
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
