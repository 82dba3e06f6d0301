//! What fuzzing begins with: files of our own making, each with one thing that another code reads.

#[path = "../../../server/gguf/tests/inspect/writer.rs"]
#[allow(dead_code, reason = "the tests of the crate use the rest of it")]
mod writer;

use anyhow::Result;
use std::path::Path;
use writer::{File, T, V, array};

/// Sound files of every kind, and files with one thing wrong.
pub fn files(folder: &Path) -> Result<()> {
    type Change = fn(&mut File);
    let changes: [(&str, Change); 18] = [
        ("sound", |_| ()),
        ("version-2", |file| file.version = 2),
        ("big-endian", |file| file.version = 3u32.swap_bytes()),
        ("wide", |file| {
            file.set("general.alignment", V::U32(64));
            file.alignment = 64;
        }),
        ("own-heads", |file| {
            file.set("llama.attention.key_length", V::U32(4));
            file.set("llama.attention.value_length", V::U32(4));
            file.set("llama.attention.head_count_kv", V::U64(1));
        }),
        ("heads-per-layer", |file| file.set("llama.attention.head_count", V::F32s(vec![2.0]))),
        ("named-fim", |file| {
            file.set("tokenizer.ggml.fim_pre_token_id", V::U32(2));
            file.set("tokenizer.ggml.fim_suf_token_id", V::U32(3));
            file.set("tokenizer.ggml.middle_token_id", V::U32(4));
        }),
        ("split", |file| file.set("split.count", V::U32(3))),
        ("an-adapter", |file| file.set("general.type", V::Str(b"adapter"))),
        ("no-name", |file| file.remove("general.name")),
        ("unknown-type", |file| file.set("general.file_type", V::U32(999))),
        ("strings-without-end", |file| file.set("x", array(8, 1 << 40))),
        ("bytes", |file| file.set("x", array(0, 3))),
        ("arrays", |file| file.set("x", array(9, 1))),
        ("many-keys", |file| file.key_count = Some(65_000)),
        ("many-tensors", |file| file.tensor_count = Some(100_000)),
        ("rank-4", |file| file.tensors[2].shape = vec![2, 2, 2, 1]),
        ("twice", |file| {
            file.tensors.push(T { offset: 320, ..file.tensors[2].clone() });
            file.data += 32;
        }),
    ];
    for (name, change) in changes {
        let mut file = File::valid();
        change(&mut file);
        std::fs::write(folder.join(name), file.bytes())?;
    }
    Ok(())
}

/// The templates of the house's fixtures with answers in the forms that they render.
pub fn templates(root: &Path, folder: &Path) -> Result<()> {
    const ANSWERS: [&str; 6] = [
        "<tool_call>\n{\"name\": \"read\", \"arguments\": {\"path\": \"a.rs\", \"limit\": 3}}\n</tool_call>",
        "[TOOL_CALLS][{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}, \"id\": \"call00000\"}]",
        "<tool_call>\n<function=read>\n<parameter=path>\na.rs\n</parameter>\n</function>\n</tool_call>",
        "<|tool_call_start|>[read(path=\"a\", limit=2)]<|tool_call_end|>",
        "<tool_call>read\n<arg_key>path</arg_key>\n<arg_value>a</arg_value>\n</tool_call>",
        "<think>\nhm\n</think>\nNothing to call: a < b, {c}.",
    ];
    let entries = std::fs::read_dir(root.join("server/dialect/fixtures"))?;
    let mut sources: Vec<_> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    sources.retain(|path| path.extension().is_some_and(|end| end == "jinja"));
    sources.sort();
    for (index, answer) in ANSWERS.iter().enumerate() {
        std::fs::write(folder.join(format!("plain-{index}")), format!("\n%%%%\n{answer}"))?;
    }
    for path in sources {
        let source = std::fs::read_to_string(&path)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for (index, answer) in ANSWERS.iter().enumerate().take(3) {
            std::fs::write(folder.join(format!("{name}-{index}")), format!("{source}\n%%%%\n{answer}"))?;
        }
    }
    Ok(())
}
