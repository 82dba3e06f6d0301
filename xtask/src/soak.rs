//! `cargo xtask bench soak`: a long restless session with the built server. It fails where a request is not answered
//! exactly once, a text differs from what was typed, the server does not leave in order, or its memory grows.

use crate::{bench, paint::Paint, workspace::Workspace};
use anyhow::Result;
use std::path::PathBuf;
use trust_client::soak::{Soak, run};

/// By how much memory may grow after the warm-up, as a share.
const GROWTH: f64 = 0.10;

/// Runs it and prints a table; false when memory grew.
pub fn soak(
    workspace: &Workspace,
    events: u64,
    seed: u64,
    server: Option<PathBuf>,
    paint: Paint,
) -> Result<bool> {
    let program = bench::server(workspace, server, paint)?;
    let soak = Soak {
        program,
        arguments: Vec::new(),
        sources: workspace.root.clone(),
        folder: workspace.target.join(format!("soak-{seed}")),
        events,
        seed,
    };
    let report = run(&soak, |line| eprintln!("{}", paint.dim(&line)))?;
    println!("|soak, seed {seed}||\n|---|--:|");
    println!("|events|{events}|");
    println!("|requests, each answered once|{}|", report.requests);
    println!("|of them given up after a cancel or an edit|{}|", report.given_up);
    println!("|completions shown|{}|", report.shown);
    println!("|minutes|{:.1}|", report.time.as_secs_f64() / 60.0);
    println!("\n|after event|resident, MiB|\n|--:|--:|\n{}", report.curve.rows());
    let growth = report.curve.growth();
    println!(
        "memory after the warm-up, from the second fifth of the events to the last: {:+.1} %",
        growth * 100.0
    );
    if growth > GROWTH {
        println!("{}", paint.red("that is more than it may grow"));
    }
    Ok(growth <= GROWTH)
}
