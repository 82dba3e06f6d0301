//! How well secrets are found in a made corpus, and how fast texts are searched. `cargo xtask bench secrets` runs it.
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a measuring program")]

#[path = "made.rs"]
mod made;
mod measure;

use measure::{Scores, measure, throughput};
use std::path::PathBuf;

fn main() -> Result<(), String> {
    let (mut seed, mut cases, mut json, mut dir, mut show) =
        (1_u64, 2_000_usize, false, None::<PathBuf>, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} takes a value"));
        match argument.as_str() {
            "--seed" => seed = value()?.parse().map_err(|_| "--seed takes a number")?,
            "--cases" => cases = value()?.parse().map_err(|_| "--cases takes a number")?,
            "--dir" => dir = Some(value()?.into()),
            "--json" => json = true,
            "--show" => show = true,
            _ => return Err(format!("{argument} is no option")),
        }
    }
    let scores = measure(seed, cases);
    if show {
        scores.wrong.iter().for_each(|(kind, text)| println!("{kind}: {}", text.trim_end()));
    }
    let speed = throughput(dir.as_deref());
    if json {
        println!(
            "{}",
            serde_json::json!({
                "seed": seed, "positives": scores.positives, "negatives": scores.negatives, "found": scores.found,
                "falsePositives": scores.false_positives, "recall": scores.recall(), "falsePositiveRate": scores.false_rate(),
                "bytes": speed.bytes, "megabytesPerCpuSecond": speed.rate, "foundThere": speed.found,
            })
        );
        return Ok(());
    }
    table(&scores, seed);
    println!(
        "\n{:.0} MB a second of processor time, over {:.1} MB; {} found there",
        speed.rate,
        speed.bytes as f64 / 1e6,
        speed.found
    );
    Ok(())
}

fn table(scores: &Scores, seed: u64) {
    println!("|seed {seed}|cases|found|%|\n|---|--:|--:|--:|");
    let row = |name: &str, cases: usize, found: usize| {
        println!("|{name}|{cases}|{found}|{:.2}|", 100.0 * found as f64 / cases.max(1) as f64);
    };
    row("secrets", scores.positives, scores.found);
    row("what is like them", scores.negatives, scores.false_positives);
    for (kind, (cases, found)) in &scores.kinds {
        row(&format!("- {kind}"), *cases, *found);
    }
}
