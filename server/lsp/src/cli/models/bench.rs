//! `trust-lsp models bench`: how fast a model is on this machine.

use super::in_use::InUse;
use super::size;
use crate::cli::{layers, workspace};
use crate::library;
use crate::model_slot::ModelChoice;
use crate::setup::model_setup;
use anyhow::Context;
use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use trust_engine::Engine;
use trust_inference::Model;
use trust_models::{Machine, Measured, SAMPLE, Task, bundled_sha256, hash, speed};

pub fn bench(model: Option<&str>, json: bool) -> anyhow::Result<()> {
    let said = match model {
        Some(typed) => library::spelled(typed),
        None => InUse::here()?.value(Task::Completion).to_owned(),
    };
    let model = library::open(&said)?.context("`none` is no model; name one")?;
    let sha256 = sha256(&said, &model.path)?;
    let settings = layers::Flags::default().settings(workspace::here(), None);
    let options = model_setup(&settings, None, Task::Completion).engine();
    let (load, start) = (Machine::load(), Instant::now());
    let engine = Engine::load(&model.path, options).with_context(|| model.path.display().to_string())?;
    let load_milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let placement = engine.placement().unwrap_or_default();
    eprintln!("trust-lsp: loaded in {load_milliseconds} ms, {placement}; it reads and writes three times");
    let speed = speed(&engine)?;
    eprintln!("trust-lsp: now it reads {} bytes of code, for how well it foretells them", SAMPLE.len());
    let bits_per_byte = engine.bits_per_byte(SAMPLE)?;
    let measured = Measured {
        sha256,
        machine: Machine::this(),
        version: env!("CARGO_PKG_VERSION").into(),
        measured: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        threads: settings.model_threads,
        context: engine.card().context_length,
        load,
        load_milliseconds,
        prompt_tokens: speed.prompt,
        prefill_tokens_per_second: speed.prefill,
        decode_tokens_per_second: speed.decode,
        weights_bytes: model.facts.size_bytes,
        kv_bytes_per_token: model.facts.kv_bytes_per_token(),
        peak_bytes: Machine::peak(),
        bits_per_byte: Some(bits_per_byte).filter(|bits| bits.is_finite()),
    };
    // It was asked for to be seen, first of all.
    if let Err(error) = library::store().and_then(|store| Ok(store.keep_measured(measured.clone())?)) {
        eprintln!("trust-lsp: not kept: {error}");
    }
    if json {
        println!("{}", serde_json::to_string_pretty(&measured)?);
        return Ok(());
    }
    for (name, value) in rows(&said, &measured) {
        println!("{name:<14}{value}");
    }
    Ok(())
}

/// The hash by which what was measured of a model is kept; of a file outside of the store it takes reading all of it.
fn sha256(said: &str, path: &Path) -> anyhow::Result<String> {
    Ok(match library::choice(said) {
        ModelChoice::Named(name) => library::store()?.find(&name)?.sha256,
        ModelChoice::Bundled => bundled_sha256(),
        _ => hash(path, &mut |_| ())?,
    })
}

/// What was measured of a model on this machine.
pub fn known(said: &str, model: &library::Model) -> Option<Measured> {
    let all = library::store().ok()?.measured(&Machine::this());
    // Nothing large is read for one that cannot be among them.
    if !all.iter().any(|one| one.weights_bytes == model.facts.size_bytes) {
        return None;
    }
    let sha256 = sha256(said, &model.path).ok()?;
    all.into_iter().find(|one| one.sha256 == sha256)
}

fn rows(said: &str, measured: &Measured) -> Vec<(&'static str, String)> {
    let cache = measured.kv_bytes_per_token.map_or("not known of this architecture".into(), |bytes| {
        let whole = bytes.saturating_mul(measured.context.into());
        format!("{bytes} bytes a token, {} for {} tokens", size(whole), measured.context)
    });
    let mut rows = vec![("model", said.into()), ("machine", measured.machine.told())];
    rows.extend(speeds(measured));
    rows.push(("weights", size(measured.weights_bytes)));
    rows.push(("cache", cache));
    rows.push(held(measured));
    rows
}

/// What the process held that measured it.
pub fn held(measured: &Measured) -> (&'static str, String) {
    let told =
        measured.peak_bytes.map_or("not known here".into(), |bytes| format!("{} at most", size(bytes)));
    ("process held", told)
}

/// How fast and how good it was.
pub fn speeds(measured: &Measured) -> Vec<(&'static str, String)> {
    let load = measured.load.map_or("not known".into(), |load| format!("{load:.1}"));
    vec![
        ("load before", format!("{load}; beside other work all of this takes longer")),
        ("loaded in", format!("{} ms", measured.load_milliseconds)),
        (
            "reads",
            format!(
                "{:.0} tokens a second, of a prompt of {}",
                measured.prefill_tokens_per_second, measured.prompt_tokens
            ),
        ),
        (
            "writes",
            measured.decode_tokens_per_second.map_or("not measured: it ended at once".into(), |speed| {
                format!("{speed:.0} tokens a second")
            }),
        ),
        (
            "foretells",
            measured.bits_per_byte.map_or("not measured: it gives no numbers".into(), |bits| {
                format!("{bits:.3} bits for a byte of code; fewer are better")
            }),
        ),
    ]
}
