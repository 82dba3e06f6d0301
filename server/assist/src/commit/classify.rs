//! Which type a change has: what its facts suggest, weighed with what changes of such files were called before
//! (`learner.rs`, over `features.rs`).

use super::features::features;
use super::learner::Learner;
use crate::paths::{Purpose, purpose};
use trust_changes::{Aspect, FileFacts, Status, Verdict};

/// A commit of the past: what it was called, and what it touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    pub kind: String,
    pub scope: Option<String>,
    pub paths: Vec<(String, Status)>,
}

/// How much facts count where the history says little; the more it has taught, the less.
const FACTS: f64 = 0.3;
const ENOUGH: f64 = 100.0;

#[derive(Debug, Clone, Default)]
pub struct Classifier {
    kinds: Learner,
    taught: f64,
}

impl Classifier {
    /// From examples in the order in which a log has them: the newest first.
    pub fn learn(examples: &[Example]) -> Self {
        let mut learned = Self { taught: examples.len() as f64, ..Self::default() };
        for example in examples.iter().rev() {
            learned.kinds.learn(&features(&example.paths), &example.kind);
        }
        learned
    }

    /// The types, the most probable first. `types` are those in use.
    pub fn rank(&self, files: &[FileFacts], types: &[String]) -> Vec<String> {
        let defaults =
            ["feat", "fix", "docs", "refactor", "test", "chore", "build", "ci", "style"].map(String::from);
        let types = if types.is_empty() { &defaults[..] } else { types };
        let paths: Vec<_> = files.iter().map(|file| (file.change.path.clone(), file.change.status)).collect();
        let features = features(&paths);
        let learned = self.kinds.ask(&features);
        let facts = suggestions(files);
        let weight = FACTS + (1.0 - FACTS) / (1.0 + self.taught / ENOUGH * 10.0);
        let score = |kind: &str| {
            let known = learned.iter().find(|(label, _)| *label == kind);
            let likely = known.map_or(RARE, |(_, probability)| probability.max(RARE)).ln();
            likely
                + weight
                    * facts.iter().filter(|(name, _)| same(name, kind)).map(|(_, weight)| weight).sum::<f64>()
        };
        let mut ranked: Vec<(f64, &String)> = types.iter().map(|kind| (score(kind), kind)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        ranked.into_iter().map(|(_, kind)| kind.clone()).collect()
    }
}

/// The probability of what was never seen.
const RARE: f64 = 1e-3;

/// Names that repositories give the same type.
fn same(canonical: &str, kind: &str) -> bool {
    canonical == kind
        || match canonical {
            "feat" => matches!(kind, "feature" | "add" | "new"),
            "refactor" => matches!(kind, "internal" | "cleanup" | "clean"),
            "docs" => matches!(kind, "doc"),
            "test" => matches!(kind, "tests"),
            "chore" => matches!(kind, "minor" | "deps" | "bump"),
            "build" => matches!(kind, "deps"),
            _ => false,
        }
}

/// What the facts say for and against each type, as weights of evidence in nats.
fn suggestions(files: &[FileFacts]) -> Vec<(&'static str, f64)> {
    let mut weights = Vec::new();
    let all = |wanted: &[Purpose]| {
        !files.is_empty() && files.iter().all(|file| wanted.contains(&purpose(&file.change.path)))
    };
    let any = |wanted: Purpose| files.iter().any(|file| purpose(&file.change.path) == wanted);
    if all(&[Purpose::Documentation]) {
        weights.push(("docs", 4.0));
    }
    if all(&[Purpose::Test]) {
        weights.push(("test", 3.0));
    }
    if all(&[Purpose::Pipeline]) {
        weights.push(("ci", 3.0));
    }
    if all(&[Purpose::Lock, Purpose::Manifest]) {
        weights.extend([("chore", 2.0), ("build", 1.5)]);
    }
    let source = |file: &&FileFacts| purpose(&file.change.path) == Purpose::Source;
    let symbols: Vec<_> =
        files.iter().filter(source).flat_map(|file| file.symbols.iter().flatten()).collect();
    let count = |test: &dyn Fn(&trust_changes::SymbolChange) -> bool| {
        symbols.iter().filter(|symbol| test(symbol)).count()
    };
    let added = count(&|symbol| symbol.verdict == Verdict::Added);
    let public = count(&|symbol| symbol.verdict == Verdict::Added && symbol.public);
    let removed = count(&|symbol| symbol.verdict == Verdict::Removed);
    let moved = count(&|symbol| {
        matches!(
            symbol.verdict,
            Verdict::Moved { .. } | Verdict::Renamed { .. } | Verdict::Split { .. } | Verdict::Merged { .. }
        )
    });
    let bodies = count(&|symbol| symbol.verdict == Verdict::Changed && symbol.has(Aspect::Body));
    let cosmetic = count(&|symbol| symbol.is_cosmetic());
    let lines: u32 = files.iter().filter(source).map(|file| file.added + file.removed).sum();
    let new_source = files.iter().filter(source).any(|file| file.change.status == Status::Added);
    if !symbols.is_empty() {
        if cosmetic == symbols.len() {
            weights.extend([("docs", 1.5), ("style", 1.0), ("fix", -1.5), ("feat", -2.0)]);
        } else if added == 0 && removed == 0 && moved == 0 && bodies > 0 {
            weights.extend([("fix", 0.8), ("feat", -0.8)]);
        }
        if public > 0 || new_source {
            weights.extend([("feat", 0.6), ("fix", -0.5)]);
        }
        if added > 4 || lines > 300 {
            weights.extend([("feat", 0.5), ("fix", -0.6)]);
        }
        if moved * 2 > symbols.len() || removed > added + 1 {
            weights.extend([("refactor", 1.2), ("feat", -0.6), ("fix", -0.4)]);
        }
        if lines <= 12 {
            weights.extend([("fix", 0.4), ("feat", -0.6)]);
        }
    }
    if any(Purpose::Test) && any(Purpose::Source) {
        weights.extend([("fix", 0.3), ("feat", 0.2), ("chore", -0.8)]);
    }
    weights
}
