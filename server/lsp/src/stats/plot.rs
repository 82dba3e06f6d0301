//! Histograms for a terminal: bars of block characters, as wide as there is room.

use super::work::{BOUNDS, Work, title};
use super::{Memory, Summary};
use std::fmt::Write;

/// Eighths of a column.
const BLOCKS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
/// Columns of a bar's words, and of its number.
const AROUND: usize = 24;

/// A plot for each feature and model, and a table of memory, in `width` columns.
pub fn plots(summary: &Summary, width: usize) -> String {
    let mut text = String::new();
    for ((feature, model), work) in &summary.work {
        let mean = work.milliseconds as f64 / work.answers().max(1) as f64;
        // A string takes all that is written to it.
        let _ = writeln!(
            text,
            "\n{}, {model}: {} answers, {mean:.0} ms on average, {} tokens read, {} written",
            title(feature),
            work.answers(),
            work.prompt,
            work.answer
        );
        text += &histogram(work, width);
    }
    if !summary.memory.is_empty() {
        let _ =
            writeln!(text, "\n{:<32}{:>13}{:>13}{:>13}", "memory, MB", "held at most", "weights", "KV cache");
    }
    for (model, Memory { resident, weights, kv }) in &summary.memory {
        let cells = [resident, weights, kv].map(|bytes| megabytes(*bytes));
        let _ = writeln!(text, "{model:<32}{:>13}{:>13}{:>13}", cells[0], cells[1], cells[2]);
    }
    text
}

fn megabytes(bytes: u64) -> String {
    if bytes == 0 { "-".into() } else { format!("{:.1}", bytes as f64 / 1e6) }
}

fn histogram(work: &Work, width: usize) -> String {
    let most = work.buckets.iter().copied().max().unwrap_or(0).max(1);
    let last = work.buckets.iter().rposition(|count| *count > 0).unwrap_or(0);
    let columns = width.saturating_sub(AROUND).max(8);
    let mut text = String::new();
    for (bucket, count) in work.buckets.iter().enumerate().take(last + 1) {
        let bar = bar(*count, most, columns);
        let _ =
            writeln!(text, "  {:>11} {bar}{}{count}", bound(bucket), if bar.is_empty() { "" } else { " " });
    }
    text
}

/// What a bucket holds, in words.
pub(super) fn bound(bucket: usize) -> String {
    let time = |milliseconds: u64| match milliseconds {
        1000.. => format!("{} s", milliseconds / 1000),
        _ => format!("{milliseconds} ms"),
    };
    match BOUNDS.get(bucket) {
        Some(bound) => format!("to {}", time(*bound)),
        None => format!("over {}", time(BOUNDS[BOUNDS.len() - 1])),
    }
}

fn bar(count: u64, most: u64, columns: usize) -> String {
    let eighths = (count as f64 / most as f64 * (columns * 8) as f64).round() as usize;
    // What is there is seen.
    let eighths = if count > 0 { eighths.max(1) } else { 0 };
    let mut bar: String = std::iter::repeat_n(BLOCKS[7], eighths / 8).collect();
    if !eighths.is_multiple_of(8) {
        bar.push(BLOCKS[eighths % 8 - 1]);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_wide_as_there_is_room_and_what_is_there_is_seen() {
        let cases = [(0, 9, 10, ""), (9, 9, 3, "███"), (1, 1000, 10, "▏"), (1, 2, 3, "█▌"), (3, 4, 4, "███")];
        for (count, most, columns, expected) in cases {
            assert_eq!(bar(count, most, columns), expected, "{count} of {most}");
        }
        let mut work = Work { milliseconds: 120, prompt: 70, answer: 9, ..Work::default() };
        (work.buckets[1], work.buckets[3]) = (4, 1);
        let mut summary = Summary::default();
        summary.work.insert(("chat".into(), "tiny".into()), work);
        summary.memory.insert("tiny".into(), Memory { resident: 52_000_000, weights: 1_500_000, kv: 0 });
        let text = plots(&summary, 40);
        let expected = "\nchat, tiny: 5 answers, 24 ms on average, 70 tokens read, 9 written\n      to 5 ms 0\n     to 10 ms \
                        ████████████████ 4\n     to 20 ms 0\n     to 50 ms ████ 1\n";
        assert!(text.starts_with(expected), "{text}");
        assert!(text.contains("52.0          1.5            -"), "{text}");
        for width in [0, 40, 80, 200] {
            let widest = plots(&summary, width)
                .lines()
                .filter(|line| line.contains('█'))
                .map(|line| line.chars().count())
                .max();
            assert!(widest.unwrap() <= width.max(32), "{width}");
        }
    }
}
