//! The same as a page of its own: no script, nothing that is fetched, light or dark as its reader has it.

use super::plot::bound;
use super::work::{Work, title};
use super::{Counts, Memory, Summary};
use std::fmt::Write;

const HEAD: &str = "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">
<meta name=\"color-scheme\" content=\"light dark\">
<title>trust-lsp: how it fares</title>
<style>
:root { --ink: #1f2328; --page: #ffffff; --bar: #2f6fb3; --line: #d0d7de; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --page: #0d1117; --bar: #6cb0f5; --line: #30363d; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } th, td { padding: .2rem .8rem; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; } svg { display: block; max-width: 100%; } svg rect { fill: var(--bar); } svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
</style>
</head>
<body>
<h1>How trust-lsp fares</h1>
<p>Counted on this machine, and sent nowhere: numbers, and names of languages, features and models.</p>
";

/// The page.
pub fn page(summary: &Summary) -> String {
    let mut page = HEAD.to_owned();
    if summary.is_empty() {
        page += "<p>Nothing was counted so far.</p>\n";
    }
    if !summary.counts.is_empty() {
        page += "<h2>Completions</h2>\n<table>\n<tr><th>language</th><th>source</th><th>shown</th><th>accepted</th><th>kept</th><th>rejected</th><th>accepted, %</th></tr>\n";
    }
    for ((language, source), counts) in &summary.counts {
        let Counts { shown, accepted, kept, rejected } = counts;
        let share = counts.accepted_share();
        let names = [language, source].map(|name| escaped(name));
        // A string takes all that is written to it.
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{shown}</td><td>{accepted}</td><td>{kept}</td><td>{rejected}</td><td>{share:.1}</td></tr>",
            names[0], names[1]
        );
    }
    if !summary.counts.is_empty() {
        page += "</table>\n";
    }
    if !summary.fates.is_empty() {
        page += "<h2>By feature and model</h2>\n<table>\n<tr><th>feature</th><th>model</th><th>shown</th><th>accepted</th><th>kept</th><th>rejected</th><th>accepted, %</th></tr>\n";
        for ((feature, model), counts) in &summary.fates {
            let Counts { shown, accepted, kept, rejected } = counts;
            let _ = writeln!(
                page,
                "<tr><td>{}</td><td>{}</td><td>{shown}</td><td>{accepted}</td><td>{kept}</td><td>{rejected}</td><td>{:.1}</td></tr>",
                escaped(feature),
                escaped(model),
                counts.accepted_share()
            );
        }
        page += "</table>\n";
    }
    for ((feature, model), work) in &summary.work {
        let mean = work.milliseconds as f64 / work.answers().max(1) as f64;
        let _ = writeln!(
            page,
            "<h2>{}, {}</h2>\n<p>{} answers, {mean:.0} ms on average; {} tokens read, {} written.</p>\n{}",
            escaped(title(feature)),
            escaped(model),
            work.answers(),
            work.prompt,
            work.answer,
            drawn(work)
        );
    }
    if !summary.memory.is_empty() {
        page += "<h2>Memory</h2>\n<table>\n<tr><th>model</th><th>held at most, MB</th><th>weights, MB</th><th>KV cache, MB</th></tr>\n";
        for (model, Memory { resident, weights, kv }) in &summary.memory {
            let cell = |bytes: &u64| format!("<td>{:.1}</td>", *bytes as f64 / 1e6);
            let cells: String = [resident, weights, kv].map(cell).concat();
            let _ = writeln!(page, "<tr><td>{}</td>{cells}</tr>", escaped(model));
        }
        page += "</table>\n";
    }
    page + "</body>\n</html>\n"
}

/// The histogram of times.
fn drawn(work: &Work) -> String {
    const ROW: usize = 20;
    const WIDEST: f64 = 420.0;
    let most = work.buckets.iter().copied().max().unwrap_or(0).max(1);
    let last = work.buckets.iter().rposition(|count| *count > 0).unwrap_or(0);
    let mut svg = format!(
        "<svg role=\"img\" aria-label=\"how long answers took\" viewBox=\"0 0 640 {0}\" width=\"640\" height=\"{0}\">\n",
        (last + 1) * ROW
    );
    for (bucket, count) in work.buckets.iter().enumerate().take(last + 1) {
        let (y, wide) = (bucket * ROW, *count as f64 / most as f64 * WIDEST);
        let _ = writeln!(
            svg,
            "<text x=\"90\" y=\"{}\" text-anchor=\"end\">{}</text><rect x=\"100\" y=\"{}\" width=\"{wide:.1}\" height=\"14\"/><text x=\"{:.1}\" y=\"{}\">{count}</text>",
            y + 14,
            bound(bucket),
            y + 3,
            106.0 + wide,
            y + 14
        );
    }
    svg + "</svg>"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_holds_all_that_was_counted_and_nothing_that_is_fetched_or_run() {
        let mut summary = Summary::default();
        let counts = Counts { shown: 8, accepted: 4, kept: 3, rejected: 4 };
        summary.counts.insert(("rust".into(), "model".into()), counts);
        summary.fates.insert(("menu".into(), "<b>".into()), Counts { accepted: 6, ..counts });
        let mut work = Work { milliseconds: 30, prompt: 12, answer: 5, ..Work::default() };
        work.buckets[2] = 3;
        summary.work.insert(("chat".into(), "<script>alert(1)</script>".into()), work);
        summary.memory.insert("tiny".into(), Memory { resident: 52_000_000, weights: 1_000_000, kv: 0 });
        let page = page(&summary);
        for part in [
            "50.0",
            "75.0",
            "<td>menu</td><td>&lt;b&gt;</td>",
            "&lt;script&gt;",
            "12 tokens read, 5 written",
            "to 20 ms",
            "<td>52.0</td>",
            "<svg ",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        for part in ["<script", "http://", "https://", "src=", "href=", "@import", "url("] {
            assert!(!page.contains(part), "{part}: {page}");
        }
        assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
    }
}
