//! A second start on many small files: how soon the first question is answered.

use crate::made::{sources, write};
use crate::{build, cpu, keep};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};
use trust_index::{Index, IndexOptions};

/// Bytes of the files that count as small.
const SMALL: usize = 4_000;
const STARTS: usize = 3;

/// `--files N`: makes the tree of the small files below `root`, and prints what starts on it take.
pub fn measure(root: &Path, files: usize) -> io::Result<()> {
    let (tree, cache) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let tree_root = tree.path().canonicalize()?;
    write(&tree_root, &sources(&build(root, None).snapshot(), SMALL), |made, _| made >= files)?;
    let disk_bytes = keep(&tree_root, cache.path());
    let size = build(&tree_root, Some(cache.path())).snapshot().size();
    println!(
        "{} files, {:.2} M lines, {:.0} MB; {:.1} MB on disk\n",
        size.files,
        size.lines as f64 / 1e6,
        size.bytes as f64 / 1e6,
        disk_bytes as f64 / 1e6
    );
    println!(
        "| start | first answer s | CPU s until then | all files looked at s | CPU s |\n|---|--:|--:|--:|--:|"
    );
    for number in 1..=STARTS {
        let (started, before) = (Instant::now(), cpu());
        let (roots, kept) = (vec![tree_root.clone()], Some(cache.path().to_owned()));
        let index = Index::start(IndexOptions { roots, cache: kept, on_state: Box::new(|_| {}) });
        while index.snapshot().search(&[("self", 1.0), ("name", 1.0)], None, 8).is_empty() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let (first, until) = (started.elapsed(), cpu() - before);
        assert!(index.wait_ready(Duration::from_secs(600)), "not ready after ten minutes");
        let (all, worked) = (started.elapsed(), cpu() - before);
        println!(
            "| {number} | {:.2} | {until:.2} | {:.2} | {worked:.2} |",
            first.as_secs_f64(),
            all.as_secs_f64()
        );
    }
    Ok(())
}
