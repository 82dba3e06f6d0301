//! Plots of a report, as SVG.

use crate::metrics::Estimate;
use crate::report::Report;
use crate::run::Row;
use crate::systems::System;
use std::fmt::Write as _;

/// Exact match of each system, with its interval.
pub fn exact_match(report: &Report<'_>) -> String {
    let (left, scale, step) = (220.0, 6.0, 28.0);
    let height = step * (report.systems.len() as f64 + 1.5);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"860\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\">\n"
    );
    for (line, one) in report.systems.iter().enumerate() {
        let y = step * (line as f64 + 1.0);
        let Some((_, Some(Estimate { mean, low, high, .. }))) = one.metrics.first() else { continue };
        let x = |share: f64| left + share * 100.0 * scale;
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text><rect x=\"{left}\" y=\"{}\" width=\"{:.1}\" height=\"16\" \
             fill=\"#4a78b5\"/><line x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{y}\" y2=\"{y}\" stroke=\"#222\"/>\
             <text x=\"{:.1}\" y=\"{}\">{:.1} %</text>",
            left - 8.0,
            y + 4.0,
            one.system.name(),
            y - 8.0,
            x(*mean) - left,
            x(*low),
            x(*high),
            x(*high) + 6.0,
            y + 4.0,
            100.0 * mean
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{left}\" y=\"{}\">exact match when asked, with 95 % interval</text>\n</svg>",
        height - 8.0
    );
    svg
}

const COLOURS: [&str; 8] = ["#888", "#b07aa1", "#e15759", "#4e79a7", "#222", "#76b7b2", "#f28e2b", "#59a14f"];

/// How many answers are right of those that a system is surest of, by the share of places that these are. Systems that
/// do not say how sure they are have no curve.
pub fn precision(systems: &[System], rows: &[Row]) -> String {
    let (left, top, width, height) = (60.0, 20.0, 480.0, 320.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"860\" height=\"400\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <path d=\"M{left},{top} v{height} h{width}\" fill=\"none\" stroke=\"#222\"/>\n"
    );
    for tenth in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let (x, y) = (left + width * tenth, top + height * (1.0 - tenth));
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{:.0} %</text><text x=\"{}\" y=\"{}\" text-anchor=\"end\">{:.0} %</text>",
            top + height + 18.0,
            100.0 * tenth,
            left - 6.0,
            y + 4.0,
            100.0 * tenth
        );
    }
    for (line, system) in systems.iter().enumerate() {
        let mut answers: Vec<&Row> = rows.iter().filter(|row| row.system == *system).collect();
        let places = answers.len() as f64;
        answers.retain(|row| row.probability > 0.0);
        if answers.is_empty() {
            continue;
        }
        answers.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        let mut right = 0.0;
        let points: Vec<String> = answers
            .iter()
            .enumerate()
            .map(|(index, row)| {
                right += f64::from(row.exact);
                let count = index as f64 + 1.0;
                format!("{:.1},{:.1}", left + width * count / places, top + height * (1.0 - right / count))
            })
            .collect();
        let colour = COLOURS[line % COLOURS.len()];
        let y = top + 18.0 * (line as f64 + 1.0);
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/><text x=\"{}\" y=\"{y}\" fill=\"{colour}\">{}</text>",
            points.join(" "),
            left + width + 20.0,
            system.name()
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{left}\" y=\"392\">share of the places answered, the surest first, and how many of those answers are exactly right</text>\n</svg>"
    );
    svg
}
