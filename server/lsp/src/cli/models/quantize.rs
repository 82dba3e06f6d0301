//! `trust-lsp models quantize`: a smaller model of a larger one, and what it lost.

use super::size;
use crate::audit;
use crate::cli::meter::Meter;
use crate::cli::{layers, workspace};
use crate::library;
use anyhow::{Context, bail};
use std::path::Path;
use std::time::Duration;
use trust_audit::Action;
use trust_engine::{Engine, EngineOptions, Quantisation, quantise};
use trust_models::{SAMPLE, Wanted};

/// How often one looks how much is written.
const LOOK: Duration = Duration::from_millis(100);

pub fn quantize(model: &str, into: Quantisation, name: Option<&str>) -> anyhow::Result<()> {
    let said = library::spelled(model);
    let source = library::open(&said)?.context("`none` is no model")?;
    if source.facts.quantisation == into.name() {
        bail!("{model} is {} already", into.name());
    }
    let store = library::store()?;
    let file = store.workplace()?;
    let settings = layers::Flags::default().settings(workspace::here(), None);
    let threads = settings.model_threads.try_into().unwrap_or(usize::MAX);
    // About, since some tensors keep more bits.
    let total = (source.facts.parameters as f64 * into.bits() / 8.0) as u64;
    let mut meter = Meter::new(format!("quantize {model}"));
    std::thread::scope(|scope| {
        let work = scope.spawn(|| quantise(&source.path, file.path(), into, threads));
        while !work.is_finished() {
            meter.step(written(file.path()).min(total), total);
            std::thread::sleep(LOOK);
        }
        meter.end();
        work.join().map_err(|_| anyhow::anyhow!("it ended before it was done"))?.map_err(anyhow::Error::from)
    })?;
    file.as_file().sync_all()?;
    let (before, after) = (bits(&source.path)?, bits(file.path())?);
    let wanted = Wanted { name, made_from: Some(&source.path), ..Wanted::default() };
    let entry = store.import(file.path(), wanted, &mut |step| meter.step(step.done, step.total))?.entry;
    meter.end();
    audit::models_changed(Action::Changed, format!("quantised {}, sha256 {}", entry.name, entry.sha256));
    println!(
        "{} ({}, {} of what it was)",
        entry.name,
        size(entry.size_bytes),
        percent(entry.size_bytes as f64 / source.facts.size_bytes as f64)
    );
    println!(
        "bits per byte: {before:.4} before, {after:.4} after ({:+.2} %), on {} bytes of code",
        (after / before - 1.0) * 100.0,
        SAMPLE.len()
    );
    Ok(())
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn written(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn bits(path: &Path) -> anyhow::Result<f64> {
    let engine = Engine::load(path, EngineOptions { context: 1024, ..EngineOptions::default() })?;
    Ok(engine.bits_per_byte(SAMPLE)?)
}
