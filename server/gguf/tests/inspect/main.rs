//! What `inspect` accepts, what it refuses and in which words, and what hostile bytes cannot make it do.

#![allow(clippy::expect_used, reason = "the helpers of tests may fail them")]

mod corpus;
mod hostile;
mod refused;
mod writer;

use trust_gguf::{FimTokens, inspect, inspect_reader};
use writer::{File, T, V};

#[test]
fn a_valid_file_gives_its_facts() {
    let bytes = File::valid().bytes();
    let facts = inspect_reader(bytes.as_slice(), bytes.len() as u64).unwrap();
    assert_eq!((facts.version, facts.tensors, facts.parameters), (3, 3, 48 + 64 + 8));
    assert_eq!((facts.architecture.as_str(), facts.name.as_deref()), ("llama", Some("Tiny")));
    assert_eq!((facts.context_length, facts.embedding_length, facts.block_count), (512, 8, 1));
    assert_eq!((facts.vocabulary, facts.quantisation.as_str()), (6, "Q8_0"));
    assert_eq!(facts.size_bytes, bytes.len() as u64);
    assert_eq!(facts.fim, Some(FimTokens { prefix: 2, suffix: 3, middle: 4 }));
    let metadata = &facts.metadata;
    assert_eq!(metadata.str("tokenizer.ggml.model"), Some("gpt2"));
    assert_eq!(metadata.u64("llama.block_count"), Some(1));
    assert_eq!(metadata.f32("llama.rope.freq_base"), Some(10000.0));
    assert_eq!(metadata.bool("tokenizer.ggml.add_bos_token"), Some(true));
    assert_eq!(metadata.array_len("tokenizer.ggml.tokens"), Some(6));
    assert_eq!(metadata.str("llama.block_count"), None);
}

#[test]
fn a_file_on_disk_is_read_by_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.gguf");
    std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), &File::valid().bytes()).unwrap();
    assert_eq!(inspect(&path).unwrap().vocabulary, 6);
    let missing = inspect(&folder.path().join("none.gguf")).unwrap_err().to_string();
    assert!(missing.starts_with("cannot read the model file: "), "{missing}");
}

/// Variations that must be accepted.
#[test]
fn unusual_but_sound_files_are_accepted() {
    type Case = (&'static str, fn(&mut File));
    let cases: [Case; 8] = [
        ("version 2", |file| file.version = 2),
        ("a wider alignment", |file| {
            file.set("general.alignment", V::U32(64));
            file.alignment = 64;
            file.tensors.retain(|tensor| tensor.offset.is_multiple_of(64));
        }),
        ("heads that do not divide the embedding but have their own length", |file| {
            file.set("llama.attention.head_count", V::U32(3));
            file.set("llama.attention.key_length", V::U32(4));
        }),
        ("heads given per layer", |file| {
            file.set("llama.attention.head_count", V::F32s(vec![2.0]));
        }),
        ("no name and no file type", |file| {
            file.remove("general.name");
            file.remove("general.file_type");
        }),
        ("a gap between tensors", |file| {
            file.tensors[2].offset += 32;
            file.data += 32;
        }),
        ("a tensor of rank 4", |file| file.tensors[2].shape = vec![2, 2, 2, 1]),
        ("bytes after the last tensor", |file| file.data += 100),
    ];
    for (name, change) in cases {
        let mut file = File::valid();
        change(&mut file);
        let bytes = file.bytes();
        let result = inspect_reader(bytes.as_slice(), bytes.len() as u64);
        assert!(result.is_ok(), "{name}: {}", result.unwrap_err());
    }
}

#[test]
fn keys_and_values_are_counted_where_the_file_says_enough() {
    type Case = (&'static str, fn(&mut File), Option<u64>);
    let cases: [Case; 7] = [
        ("as many heads for keys", |_| (), Some((4 + 4) * 2 * 2)),
        ("fewer", |file| file.set("llama.attention.head_count_kv", V::U32(1)), Some((4 + 4) * 2)),
        (
            "a length of their own",
            |file| file.set("llama.attention.key_length", V::U32(6)),
            Some((6 + 4) * 2 * 2),
        ),
        (
            "another number in each layer",
            |file| file.set("llama.attention.head_count_kv", V::F32s(vec![1.0])),
            None,
        ),
        (
            "a number beyond all bounds",
            |file| {
                file.set("llama.attention.head_count_kv", V::U64(u64::MAX));
            },
            None,
        ),
        (
            "another architecture that keeps the same",
            |file| {
                for (key, _) in &mut file.metadata {
                    *key = Box::leak(key.replace("llama.", "gemma.").into_boxed_str());
                }
                file.set("general.architecture", V::Str(b"gemma"));
                file.set("gemma.attention.key_length", V::U32(16));
            },
            Some((16 + 4) * 2 * 2),
        ),
        (
            "an architecture that keeps something else",
            |file| {
                for (key, _) in &mut file.metadata {
                    *key = Box::leak(key.replace("llama.", "mamba.").into_boxed_str());
                }
                file.set("general.architecture", V::Str(b"mamba"));
            },
            None,
        ),
    ];
    for (name, change, expected) in cases {
        let mut file = File::valid();
        change(&mut file);
        let bytes = file.bytes();
        let facts = inspect_reader(bytes.as_slice(), bytes.len() as u64).unwrap();
        assert_eq!(facts.kv_bytes_per_token(), expected, "{name}");
        // It is never more than what is told of those whose cache is not known.
        let most = facts.kv_bytes_at_most().unwrap();
        assert!(most >= expected.unwrap_or(0) && most >= (8 + 8) * 2, "{name}: {most}");
    }
}

#[test]
fn ids_in_the_metadata_come_before_spellings() {
    let mut file = File::valid();
    file.set("tokenizer.ggml.fim_pre_token_id", V::U32(5));
    file.set("tokenizer.ggml.middle_token_id", V::U32(0));
    let bytes = file.bytes();
    let facts = inspect_reader(bytes.as_slice(), bytes.len() as u64).unwrap();
    assert_eq!(facts.fim, Some(FimTokens { prefix: 5, suffix: 3, middle: 0 }));
}

#[test]
fn without_a_file_type_most_weights_decide() {
    let mut file = File::valid();
    file.set("general.file_type", V::U32(999));
    file.tensors.push(T { name: "output.weight", shape: vec![32, 6], element: 8, offset: 320 });
    file.data += 204;
    let bytes = file.bytes();
    let facts = inspect_reader(bytes.as_slice(), bytes.len() as u64).unwrap();
    assert_eq!(facts.quantisation, "Q8_0");
}

/// The model in the repository, where it has been fetched or built.
#[test]
fn the_bundled_model_is_accepted() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/bundled/nano.gguf");
    if !path.exists() {
        return;
    }
    let facts = inspect(&path).unwrap();
    assert!(facts.fim.is_some(), "the bundled model fills holes");
    assert!(facts.parameters > 1_000_000 && facts.context_length >= 512, "{facts:?}");
}
