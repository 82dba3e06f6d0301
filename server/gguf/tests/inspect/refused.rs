//! One wrong thing at a time, and the words in which it is refused.

use crate::writer::{File, T, V, array};
use trust_gguf::inspect_reader;

fn refusal(bytes: &[u8]) -> String {
    inspect_reader(bytes, bytes.len() as u64).expect_err("accepted").to_string()
}

#[test]
fn every_fault_is_named() {
    type Case = (&'static str, fn(&mut File));
    let cases: &[Case] = &[
        ("it begins with \"<!DO\" instead of \"GGUF\"; check that this is a model", |f| f.magic = b"<!DO"),
        ("a big-endian GGUF file", |f| f.version = 3u32.swap_bytes()),
        ("GGUF version 1", |f| f.version = 1),
        ("GGUF version 4", |f| f.version = 4),
        ("GGUF version 0", |f| f.version = 0),
        ("the number of tensors (1000000) at byte 24 goes past the limit of 131072", |f| {
            f.tensor_count = Some(1_000_000)
        }),
        ("the number of metadata keys (18446744073709551615) at byte 24", |f| f.key_count = Some(u64::MAX)),
        ("expected 910024 bytes or more (65000 metadata keys at byte 24)", |f| f.key_count = Some(65_000)),
        ("(100000 tensors at byte 24)", |f| f.tensor_count = Some(100_000)),
        ("metadata \"general.name\": present twice", |f| f.metadata.push(("general.name", V::U32(1)))),
        ("an empty metadata key", |f| f.metadata.push(("", V::U32(1)))),
        ("metadata \"x\": a value of unknown type 13", |f| f.set("x", V::Raw(13, vec![]))),
        ("metadata \"x\": a truth value of 2", |f| f.set("x", V::Bool(2))),
        ("metadata \"x\": an array of arrays", |f| f.set("x", array(9, 0))),
        ("metadata \"x\": a value of unknown type 77", |f| f.set("x", array(77, 0))),
        ("goes past the limit of any file's length", |f| f.set("x", array(10, u64::MAX))),
        ("(1099511627776 strings of an array at byte", |f| f.set("x", array(8, 1 << 40))),
        ("a metadata value is not utf-8 at byte", |f| f.set("general.name", V::Str(b"\xff\xfe"))),
        ("metadata \"general.alignment\": 48 is no power of two", |f| f.set("general.alignment", V::U32(48))),
        ("metadata \"general.alignment\": 0 is no power", |f| f.set("general.alignment", V::U32(0))),
        ("metadata \"general.alignment\": 1048576 is", |f| f.set("general.alignment", V::U32(1 << 20))),
        ("metadata \"general.alignment\": not a", |f| f.set("general.alignment", V::I32(-32))),
        ("tensor \"output_norm.weight\": 0 dimensions", |f| f.tensors[2].shape.clear()),
        ("tensor \"output_norm.weight\": 5 dimensions", |f| f.tensors[2].shape = vec![1; 5]),
        ("shape [8, 0] has an empty dimension", |f| f.tensors[2].shape.push(0)),
        ("shape [4294967296, 4294967296] has more elements than", |f| f.tensors[2].shape = vec![1 << 32; 2]),
        ("shape [9223372036854775808] has more", |f| f.tensors[2].shape = vec![1 << 63]),
        ("shape [4611686018427387904] has more", |f| f.tensors[2].shape = vec![1 << 62]),
        ("tensor \"output_norm.weight\": element type 4 is unknown", |f| f.tensors[2].element = 4),
        ("element type 4000000000 is unknown", |f| f.tensors[2].element = 4_000_000_000),
        ("rows of 8 elements are no whole number of Q6_K blocks of 256", |f| f.tensors[2].element = 14),
        ("tensor \"output_norm.weight\": its offset 289 is no multiple of 32", |f| f.tensors[2].offset = 289),
        ("tensor \"blk.0.attn_q.weight\": its data overlaps that of \"output_norm.weight\"", |f| {
            f.tensors[2].offset = 224
        }),
        ("tensor \"token_embd.weight\": its data overlaps", |f| f.tensors[1].offset = 0),
        ("is past the end of any file", |f| f.tensors[2].offset = u64::MAX - 31),
        ("(the data of tensor \"output_norm.weight\" at byte", |f| f.tensors[2].offset = 1 << 40),
        ("the download may be incomplete: expected", |f| f.data = 100),
        ("tensor \"output_norm.weight\": present twice", |f| {
            let offset = 320;
            f.tensors.push(T { offset, ..f.tensors[2].clone() });
            f.data += 32;
        }),
        ("a tensor without a name", |f| f.tensors[2].name = ""),
        ("a tensor's name at byte", |f| {
            f.tensors[2].name = "sixty-four-letters-are-one-too-many-for-the-name-of-a-ggml-tensor"
        }),
        ("metadata \"general.architecture\": missing", |f| f.remove("general.architecture")),
        ("metadata \"general.architecture\": missing", |f| f.set("general.architecture", V::U32(1))),
        ("metadata \"llama.context_length\": missing", |f| f.remove("llama.context_length")),
        ("metadata \"llama.context_length\": 0 is not between", |f| f.set("llama.context_length", V::U32(0))),
        ("metadata \"llama.context_length\": missing, or not", |f| f.set("llama.context_length", V::I32(-1))),
        ("metadata \"llama.embedding_length\": 16777216 is not", |f| {
            f.set("llama.embedding_length", V::U32(1 << 24))
        }),
        ("metadata \"llama.block_count\": missing", |f| f.remove("llama.block_count")),
        ("metadata \"llama.attention.head_count\": missing", |f| f.remove("llama.attention.head_count")),
        ("3 heads do not divide the embedding length 8", |f| f.set("llama.attention.head_count", V::U32(3))),
        ("metadata \"tokenizer.ggml.model\": missing", |f| f.remove("tokenizer.ggml.model")),
        ("metadata \"tokenizer.ggml.tokens\": missing", |f| f.remove("tokenizer.ggml.tokens")),
        ("metadata \"tokenizer.ggml.tokens\": missing, empty", |f| {
            f.set("tokenizer.ggml.tokens", V::Strings(vec![]))
        }),
        ("metadata \"tokenizer.ggml.scores\": 5 entries for 6 tokens", |f| {
            f.set("tokenizer.ggml.scores", V::F32s(vec![0.0; 5]))
        }),
        ("metadata \"tokenizer.ggml.token_type\": not a list of I32", |f| {
            f.set("tokenizer.ggml.token_type", V::F32s(vec![0.0; 6]))
        }),
        ("metadata \"tokenizer.ggml.eos_token_id\": token 6 of a vocabulary of 6", |f| {
            f.set("tokenizer.ggml.eos_token_id", V::U32(6))
        }),
        ("metadata \"tokenizer.ggml.eos_token_id\": not a token's", |f| {
            f.set("tokenizer.ggml.eos_token_id", V::I32(-1))
        }),
        ("tensor \"token_embd.weight\": missing", |f| f.tensors[0].name = "other.weight"),
        ("shape [8, 5] where 6 tokens of 8 numbers need [8, 6]", |f| f.tensors[0].shape = vec![8, 5]),
        ("part of a model that was split into 3 files; join them", |f| f.set("split.count", V::U32(3))),
        ("holds \"adapter\" and not a language model", |f| f.set("general.type", V::Str(b"adapter"))),
    ];
    for (expected, change) in cases {
        let mut file = File::valid();
        change(&mut file);
        let message = refusal(&file.bytes());
        assert!(message.contains(expected), "expected {expected:?}\n     got {message:?}");
    }
}

#[test]
fn no_prefix_of_a_file_is_accepted() {
    let bytes = File::valid().bytes();
    let end = bytes.len();
    let cuts = (0..end).step_by(97).chain(0..64).chain([end - 1]);
    for cut in cuts {
        let message = refusal(&bytes[..cut]);
        assert!(message.contains("the download may be incomplete: expected "), "{cut}: {message}");
        assert!(message.contains(&format!("found {cut};")), "{cut}: {message}");
    }
}

#[test]
fn a_file_that_shrinks_while_read_is_an_error() {
    let bytes = File::valid().bytes();
    let message = inspect_reader(&bytes[..200], bytes.len() as u64).unwrap_err().to_string();
    assert!(message.starts_with("cannot read the model file: "), "{message}");
}
