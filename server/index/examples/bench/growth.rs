//! How the index's cost grows with the tree: the same measures on trees of 0.1 to 10 million lines.

use crate::made::{sources, write};
use crate::{build, keep, latency, median};
use std::fmt::Write as _;
use std::io;
use std::path::Path;

/// Lines of the trees.
const TREES: [usize; 4] = [100_000, 1_000_000, 3_000_000, 10_000_000];
/// Longer files would make steps in the smallest tree.
const LONGEST: usize = 200_000;
const ROUNDS: usize = 3;

/// What one tree took.
struct Tree {
    million_lines: f64,
    /// Seconds until names, and until definitions can be searched; and both from disk.
    seconds: [f64; 3],
}

const NAMES: [(&str, &str); 3] =
    [("tier 0: names", "#76b7b2"), ("tier 1: definitions too", "#4e79a7"), ("warm start", "#e15759")];

/// `--growth [--plot FILE]`: makes the trees of the files below `root`, prints what each took, and draws it.
pub fn measure(root: &Path, plot: Option<&Path>) -> io::Result<()> {
    let sources = sources(&build(root, None).snapshot(), LONGEST);
    println!(
        "| lines | files | MB | tier 0 s | tier 1 s | warm s | tier 1, M lines/s | heap MB a M lines | disk % | \
         BM25 p50 ms | p99 ms | definitions of 32 names p50 ms | p99 ms |\n\
         |--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    );
    let mut trees = Vec::new();
    for enough in TREES {
        let (folder, cache) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let root = folder.path().canonicalize()?;
        write(&root, &sources, |_, lines| lines >= enough)?;
        let disk = keep(&root, cache.path());
        let mut times: [Vec<f64>; 3] = Default::default();
        let mut told = None;
        for _ in 0..ROUNDS {
            let index = build(&root, None);
            let cold = index.timings();
            told = Some((index.snapshot().size(), latency::questions(&index.snapshot())));
            drop(index);
            let warm = build(&root, Some(cache.path())).timings().ready;
            for (times, time) in times.iter_mut().zip([cold.searchable, cold.ready, warm]) {
                times.push(time.as_secs_f64());
            }
        }
        let Some((size, questions)) = told else { continue };
        let million_lines = size.lines as f64 / 1e6;
        let seconds = times.map(|mut times| median(&mut times));
        let [tier0, tier1, warm] = seconds;
        println!(
            "| {:.2} M | {} | {:.0} | {tier0:.3} | {tier1:.3} | {warm:.3} | {:.2} | {:.1} | {:.1} | {:.3} | {:.3} | \
             {:.4} | {:.4} |",
            million_lines,
            size.files,
            size.bytes as f64 / 1e6,
            million_lines / tier1,
            size.heap_bytes as f64 / 1e6 / million_lines,
            100.0 * disk as f64 / size.bytes as f64,
            questions[0].1,
            questions[0].2,
            questions[1].1,
            questions[1].2,
        );
        trees.push(Tree { million_lines, seconds });
    }
    match plot {
        Some(file) => std::fs::write(file, draw(&trees)),
        None => Ok(()),
    }
}

/// Seconds by lines, both in logarithms, so that what grows in proportion is parallel to the grey lines.
fn draw(trees: &[Tree]) -> String {
    let (left, top, width, height) = (70.0, 20.0, 480.0, 320.0);
    let (decades_across, decades_up) = (2.2, 3.2);
    let x = |million: f64| left + width * (million.log10() + 1.1) / decades_across;
    let y = |seconds: f64| top + height * (1.0 - (seconds.log10() + 2.2) / decades_up);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"400\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"760\" height=\"400\" fill=\"#fff\"/>\n\
         <path d=\"M{left},{top} v{height} h{width}\" fill=\"none\" stroke=\"#222\"/>\n"
    );
    for per_million in [0.1, 1.0] {
        let points = [0.08, 10.0].map(|million| format!("{:.1},{:.1}", x(million), y(million * per_million)));
        let _ = writeln!(svg, "<polyline points=\"{}\" fill=\"none\" stroke=\"#ddd\"/>", points.join(" "));
    }
    for million in [0.1, 1.0, 3.0, 10.0] {
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{million} M</text>",
            x(million),
            top + height + 18.0
        );
    }
    for seconds in [0.01, 0.1, 1.0, 10.0] {
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{seconds} s</text>",
            left - 6.0,
            y(seconds) + 4.0
        );
    }
    for (line, (name, colour)) in NAMES.into_iter().enumerate() {
        let point =
            |tree: &Tree| format!("{:.1},{:.1}", x(tree.million_lines), y(tree.seconds[line].max(0.007)));
        let points: Vec<String> = trees.iter().map(point).collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\
             <text x=\"{}\" y=\"{}\" fill=\"{colour}\">{name}</text>",
            points.join(" "),
            left + width + 20.0,
            top + 18.0 * (line as f64 + 1.0)
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{left}\" y=\"388\">lines of code, and seconds; grey: in proportion</text>\n</svg>"
    );
    svg
}
