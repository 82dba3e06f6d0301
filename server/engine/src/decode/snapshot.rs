//! The KV cache on disk between two runs: the sequences used last, each in a file of llama.cpp's format, and a list that
//! says what they belong to.
//!
//! *Invariant:* no token of a conversation: the files hold texts as good as plain. Kept is what completions read.
//!
//! What is read back counts only if it was written by the same program for the same file, sizes and layout, is whole by its
//! hash, and foretells the next token as it did when it was written. A snapshot is taken away before it is read: two
//! servers never share one, and one that brings a process down is not met again.
#![allow(clippy::disallowed_methods, reason = "the cache folder is this module's to read and write")]

use super::{Decoder, Logits, log_sum_exp};
use llama_cpp_2::context::session::LlamaStateSeqFlags;
use llama_cpp_2::token::LlamaToken;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;
use trust_inference::FimLayout;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

const LIST: &str = "list.json";
/// Sequences that are kept, and bytes that one may take.
const KEPT: usize = 2;
const BYTES: usize = 128 << 20;
/// Tokens whose probabilities are compared, and how far the logarithms may be apart.
const COMPARED: usize = 8;
const TOLERANCE: f32 = 0.05;
/// Nobody writes or reads for so long.
const LEFT_BEHIND: Duration = Duration::from_secs(600);

/// Where a snapshot lies, and what it must belong to.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    folder: PathBuf,
    fingerprint: u64,
}

#[derive(Serialize, Deserialize)]
struct List {
    fingerprint: u64,
    sequences: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    file: String,
    hash: u64,
    /// The likeliest tokens after the sequence's last one, with the logarithms of their probabilities.
    next: Vec<(i32, f32)>,
}

/// How a model is run, beside its file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// Tokens of a sequence.
    pub(crate) length: u32,
    /// In which order it is told of a hole.
    pub(crate) layout: Option<FimLayout>,
    /// Layers that a GPU computes, which rounds otherwise.
    pub(crate) gpu_layers: u32,
}

impl Snapshot {
    /// The snapshot in `folder` for the model file `model`, run in such a manner.
    pub(crate) fn new(folder: &Path, model: &Path, manner: Manner) -> io::Result<Self> {
        let mut hash = Xxh3::new();
        hash.update(concat!(env!("CARGO_PKG_VERSION"), " 2").as_bytes());
        hash.update(&manner.length.to_le_bytes());
        hash.update(&manner.gpu_layers.to_le_bytes());
        hash.update(match manner.layout {
            None => b"none",
            Some(FimLayout::Spm) => b"spm ",
            Some(FimLayout::Psm) => b"psm ",
        });
        let mut file = File::open(model)?;
        let size = file.metadata()?.len();
        hash.update(&size.to_le_bytes());
        // A file's ends and its length tell it from others; the comparison of what it foretells settles the rest.
        for start in [0, size.saturating_sub(1 << 20)] {
            let mut part = Vec::new();
            file.seek(SeekFrom::Start(start))?;
            (&file).take(1 << 20).read_to_end(&mut part)?;
            hash.update(&part);
        }
        Ok(Self { folder: folder.into(), fingerprint: hash.digest() })
    }

    /// Removes what servers have left behind that were killed while they wrote or read.
    fn tidy(&self) {
        let (Some(parent), Some(name)) = (self.folder.parent(), self.folder.file_name()) else { return };
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let left = Path::new(&entry.file_name()).file_stem() == Some(name) && entry.path() != self.folder;
            let age = entry.metadata().and_then(|data| data.modified()).map(|time| time.elapsed());
            if left && age.is_ok_and(|age| age.is_ok_and(|age| age > LEFT_BEHIND)) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    fn beside(&self, what: &str) -> PathBuf {
        self.folder.with_extension(format!("{what}-{}", std::process::id()))
    }
}

impl Decoder<'_> {
    /// Writes the sequences used last that may be kept, and returns how many. What was there before is replaced at once or not at all.
    pub(crate) fn save(&mut self, snapshot: &Snapshot) -> Result<usize, String> {
        let mut used: Vec<(usize, Vec<LlamaToken>)> =
            self.sequences.by_use().into_iter().map(|(id, tokens)| (id, tokens.to_vec())).collect();
        used.truncate(KEPT);
        // Two tokens at least: the last one is read again to see what it foretells.
        used.retain(|(_, tokens)| tokens.len() > 1);
        if used.is_empty() || !self.rewindable {
            return Ok(0);
        }
        let folder = snapshot.beside("new");
        let result = self.write(&folder, snapshot, &used).and_then(|()| {
            let _ = fs::remove_dir_all(&snapshot.folder);
            fs::rename(&folder, &snapshot.folder).map_err(|error| error.to_string())
        });
        if result.is_err() {
            let _ = fs::remove_dir_all(&folder);
        }
        result.map(|()| used.len())
    }

    fn write(
        &mut self,
        folder: &Path,
        snapshot: &Snapshot,
        used: &[(usize, Vec<LlamaToken>)],
    ) -> Result<(), String> {
        let failed = |error: io::Error| format!("{}: {error}", folder.display());
        let _ = fs::remove_dir_all(folder);
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(folder).map_err(failed)?;
        let mut sequences = Vec::new();
        // The one used last comes last, so that it is that again when they are read.
        for (id, tokens) in used.iter().rev() {
            self.sequences.turn_to(*id);
            let next = self.foretold(tokens)?;
            if self.context.state_seq_get_size_ext(*id as i32, LlamaStateSeqFlags::empty()) > BYTES {
                continue;
            }
            let file = format!("{}.kv", sequences.len());
            let path = folder.join(&file);
            let saved = self.context.state_seq_save_file(&path, *id as i32, tokens);
            saved.map_err(|error| error.to_string())?;
            sequences.push(Entry { file, hash: xxh3_64(&fs::read(&path).map_err(failed)?), next });
        }
        let list = List { fingerprint: snapshot.fingerprint, sequences };
        let list = serde_json::to_vec(&list).map_err(|error| error.to_string())?;
        fs::write(folder.join(LIST), list).map_err(failed)
    }

    /// Reads what [`Decoder::save`] wrote, and returns how many sequences it was. After an error there are none.
    pub(crate) fn restore(&mut self, snapshot: &Snapshot) -> Result<usize, String> {
        snapshot.tidy();
        let folder = snapshot.beside("taken");
        if fs::rename(&snapshot.folder, &folder).is_err() {
            return Ok(0);
        }
        let result = self.read(&folder, snapshot);
        let _ = fs::remove_dir_all(&folder);
        if result.is_err() {
            self.forget_all();
        }
        result
    }

    fn read(&mut self, folder: &Path, snapshot: &Snapshot) -> Result<usize, String> {
        let failed = |error: io::Error| format!("{}: {error}", folder.display());
        let list = fs::read(folder.join(LIST)).map_err(failed)?;
        let list: List = serde_json::from_slice(&list).map_err(|error| format!("its list: {error}"))?;
        if list.fingerprint != snapshot.fingerprint {
            return Err("it belongs to another model, another size or layout, or another version".into());
        }
        let count = list.sequences.len().min(self.sequences.count());
        for (id, entry) in list.sequences.into_iter().take(count).enumerate() {
            // A name from the list stays in the folder.
            let name = Path::new(&entry.file).file_name().ok_or("its list names no file")?;
            let path = folder.join(name);
            if xxh3_64(&fs::read(&path).map_err(failed)?) != entry.hash {
                return Err(format!("{} is damaged", entry.file));
            }
            self.sequences.turn_to(id);
            let loaded = self.context.state_seq_load_file(&path, id as i32, self.length);
            let (tokens, _) = loaded.map_err(|error| error.to_string())?;
            *self.sequences.tokens_mut() = tokens.clone();
            let now = self.foretold(&tokens)?;
            let same =
                |(was, now): (&(i32, f32), &(i32, f32))| was.0 == now.0 && (was.1 - now.1).abs() < TOLERANCE;
            if now.len() != entry.next.len() || !entry.next.iter().zip(&now).all(same) {
                return Err("it foretells another text than it did".into());
            }
        }
        // What nobody comes back to is not kept for another time: a file that it quotes may be excluded by now.
        self.sequences.settle();
        Ok(count)
    }

    /// Reads the last token of the sequence in use once more, and returns what is likeliest to follow.
    fn foretold(&mut self, tokens: &[LlamaToken]) -> Result<Vec<(i32, f32)>, String> {
        let (last, _) = tokens.split_last().ok_or("an empty sequence")?;
        self.forget_from(tokens.len() - 1);
        if self.cached() + 1 != tokens.len() {
            return Err("it holds fewer tokens than it says".into());
        }
        self.decode(&[*last], Logits::Last).map_err(|error| error.to_string())?;
        let logits = self.context.get_logits_ith(-1);
        let sum = log_sum_exp(logits) as f32;
        let mut all: Vec<(i32, f32)> = (0..).zip(logits.iter().map(|logit| logit - sum)).collect();
        all.sort_by(|one, other| other.1.total_cmp(&one.1));
        all.truncate(COMPARED);
        Ok(all)
    }
}
