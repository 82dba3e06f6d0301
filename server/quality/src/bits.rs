//! Bits per byte: how many bits a compressor or a model needs for a byte of held-out code. Both see one file alone.

use crate::metrics::estimate;
use crate::packages::Sources;
use crate::report::Bits;
use crate::task::Task;
use anyhow::Result;
use flate2::{Compression, write::ZlibEncoder};
use std::collections::BTreeSet;
use std::io::Write;
use trust_engine::Engine;
use trust_inference::Model;

/// Bytes of a file that are read.
const HEAD: usize = 2048;

/// Of the beginnings of the files that `tasks` are cut from, at most `files` a language.
pub fn measure(engine: &Engine, sources: &Sources, tasks: &[Task], files: usize) -> Result<Vec<Bits>> {
    let mut measured = Vec::new();
    for ecosystem in ["rust", "python", "typescript"] {
        let (mut seen, mut model, mut zlib) = (BTreeSet::new(), Vec::new(), Vec::new());
        for task in tasks.iter().filter(|task| task.package.ecosystem == ecosystem) {
            if seen.len() == files || !seen.insert((&task.package.name, &task.path)) {
                continue;
            }
            let text = sources.read(&task.package, &task.path)?;
            let end = (0..=HEAD.min(text.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
            let text = &text[..end];
            let tokens = engine.tokenize(text);
            let tokens = &tokens[..tokens.len().min(engine.card().context_length as usize)];
            let bits =
                engine.mean_nll(tokens)? * tokens.len().saturating_sub(1) as f64 / std::f64::consts::LN_2;
            model.push((task.package.name.as_str(), bits, text.len() as f64));
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(text.as_bytes())?;
            zlib.push((task.package.name.as_str(), 8.0 * encoder.finish()?.len() as f64, text.len() as f64));
        }
        measured.push(Bits {
            ecosystem: ecosystem.into(),
            model: estimate(model.into_iter()),
            zlib: estimate(zlib.into_iter()),
        });
    }
    Ok(measured)
}
