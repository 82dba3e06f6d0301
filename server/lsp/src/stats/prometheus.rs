//! The same in the text format of Prometheus: numbers, and names of languages, features and models.

use super::work::BOUNDS;
use super::{Fate, Summary};
use std::fmt::Write;

/// What was counted by all processes of this user.
pub fn metrics(summary: &Summary) -> String {
    let mut text = String::new();
    let head = |text: &mut String, name: &str, kind: &str, help: &str| {
        // A string takes all that is written to it.
        let _ = writeln!(text, "# HELP trust_lsp_{name} {help}\n# TYPE trust_lsp_{name} {kind}");
    };
    head(&mut text, "editor_completions_total", "counter", "Completions in editors, by what became of them.");
    for ((language, source), counts) in &summary.counts {
        for fate in Fate::ALL {
            let labels = labels(&[("language", language), ("source", source), ("fate", fate.name())]);
            let _ = writeln!(text, "trust_lsp_editor_completions_total{labels} {}", counts.get(fate));
        }
    }
    head(
        &mut text,
        "offers_total",
        "counter",
        "What was offered in editors, by feature and model, and what became of it.",
    );
    for ((feature, model), counts) in &summary.fates {
        for fate in Fate::ALL {
            let labels = labels(&[("feature", feature), ("model", model), ("fate", fate.name())]);
            let _ = writeln!(text, "trust_lsp_offers_total{labels} {}", counts.get(fate));
        }
    }
    head(&mut text, "answer_seconds", "histogram", "How long answers took.");
    for ((feature, model), work) in &summary.work {
        let mut below = 0;
        let bounds = BOUNDS.iter().map(|bound| format!("{}", *bound as f64 / 1e3)).chain(["+Inf".to_owned()]);
        for (count, bound) in work.buckets.iter().zip(bounds) {
            below += count;
            let labels = labels(&[("feature", feature), ("model", model), ("le", &bound)]);
            let _ = writeln!(text, "trust_lsp_answer_seconds_bucket{labels} {below}");
        }
        let labels = labels(&[("feature", feature), ("model", model)]);
        let seconds = work.milliseconds as f64 / 1e3;
        let _ = writeln!(text, "trust_lsp_answer_seconds_sum{labels} {seconds}");
        let _ = writeln!(text, "trust_lsp_answer_seconds_count{labels} {below}");
    }
    head(&mut text, "tokens_total", "counter", "Tokens of prompts that were read, and of answers.");
    for ((feature, model), work) in &summary.work {
        for (kind, count) in [("prompt", work.prompt), ("answer", work.answer)] {
            let labels = labels(&[("feature", feature), ("model", model), ("kind", kind)]);
            let _ = writeln!(text, "trust_lsp_tokens_total{labels} {count}");
        }
    }
    head(
        &mut text,
        "memory_bytes",
        "gauge",
        "Memory with a model: the most that was held, its weights, its KV cache.",
    );
    for (model, memory) in &summary.memory {
        for (kind, bytes) in [("resident", memory.resident), ("weights", memory.weights), ("kv", memory.kv)] {
            let labels = labels(&[("model", model), ("kind", kind)]);
            let _ = writeln!(text, "trust_lsp_memory_bytes{labels} {bytes}");
        }
    }
    text
}

fn labels(all: &[(&str, &str)]) -> String {
    let escaped = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let label = |(name, value): &(&str, &str)| format!("{name}=\"{}\"", escaped(value));
    format!("{{{}}}", all.iter().map(label).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::super::{Counts, Memory, Work};
    use super::*;

    #[test]
    fn every_line_has_the_form_that_prometheus_reads() {
        let mut summary = Summary::default();
        summary
            .counts
            .insert(("rust".into(), "model".into()), Counts { shown: 8, accepted: 4, kept: 3, rejected: 4 });
        let fates = Counts { shown: 9, accepted: 2, ..Counts::default() };
        summary.fates.insert(("next-edit".into(), "none".into()), fates);
        let mut work = Work { milliseconds: 1500, prompt: 12, answer: 5, ..Work::default() };
        (work.buckets[0], work.buckets[BOUNDS.len()]) = (2, 1);
        summary.work.insert(("chat".into(), "a\"b\\c".into()), work);
        summary.memory.insert("tiny".into(), Memory { resident: 9, weights: 8, kv: 7 });
        let text = metrics(&summary);
        let is_name = |name: &str| {
            !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !name.starts_with(char::is_numeric)
        };
        let mut typed: Vec<&str> = Vec::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap();
                assert!(
                    ["counter", "gauge", "histogram"].contains(&kind) && !typed.contains(&name),
                    "{line}"
                );
                typed.push(name);
                continue;
            }
            if line.starts_with("# HELP ") {
                continue;
            }
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let (name, rest) = series.split_once('{').unwrap();
            let bare =
                ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
            assert!(is_name(name) && (typed.last() == Some(&bare) || typed.last() == Some(&name)), "{line}");
            for label in rest.strip_suffix('}').unwrap().split("\",") {
                let (key, value) = label.split_once("=\"").unwrap();
                assert!(is_name(key) && !value.contains('\n'), "{line}");
            }
        }
        for expected in [
            "trust_lsp_editor_completions_total{language=\"rust\",source=\"model\",fate=\"accepted\"} 4\n",
            "trust_lsp_offers_total{feature=\"next-edit\",model=\"none\",fate=\"accepted\"} 2\n",
            "trust_lsp_answer_seconds_bucket{feature=\"chat\",model=\"a\\\"b\\\\c\",le=\"0.005\"} 2\n",
            "le=\"30\"} 2\n",
            "le=\"+Inf\"} 3\n",
            "trust_lsp_answer_seconds_count{feature=\"chat\",model=\"a\\\"b\\\\c\"} 3\n",
            "kind=\"answer\"} 5\n",
            "trust_lsp_memory_bytes{model=\"tiny\",kind=\"kv\"} 7\n",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }
}
