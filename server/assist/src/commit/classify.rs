//! Which type a change has: what its facts suggest, weighed with what changes of such files were called before
//! (naive Bayes with add-one smoothing over paths, as for documents over words).

use crate::paths::{Purpose, purpose};
use std::collections::{BTreeSet, HashMap};
use trust_changes::{Aspect, FileFacts, Status, Verdict};

/// A commit of the past: what it was called, and what it touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    pub kind: String,
    pub scope: Option<String>,
    pub paths: Vec<(String, Status)>,
}

/// How much the evidence of paths counts against that of facts: paths repeat each other.
const PATHS: f64 = 0.5;

#[derive(Debug, Clone, Default)]
pub struct Classifier {
    kinds: HashMap<String, f64>,
    features: HashMap<String, HashMap<String, f64>>,
    total: f64,
}

impl Classifier {
    pub fn learn(examples: &[Example]) -> Self {
        let mut learned = Self::default();
        for example in examples {
            learned.total += 1.0;
            *learned.kinds.entry(example.kind.clone()).or_default() += 1.0;
            for feature in features(&example.paths) {
                *learned.features.entry(feature).or_default().entry(example.kind.clone()).or_default() += 1.0;
            }
        }
        learned
    }

    /// The types, the most probable first. `types` are those in use.
    pub fn rank(&self, files: &[FileFacts], types: &[String]) -> Vec<String> {
        let defaults =
            ["feat", "fix", "docs", "refactor", "test", "chore", "build", "ci", "style"].map(String::from);
        let types = if types.is_empty() { &defaults[..] } else { types };
        let paths: Vec<_> = files.iter().map(|file| (file.change.path.clone(), file.change.status)).collect();
        let seen = features(&paths);
        let facts = suggestions(files);
        let score = |kind: &str| {
            let count = self.kinds.get(kind).copied().unwrap_or(0.0);
            let mut score = ((count + 0.5) / (self.total + 0.5 * types.len() as f64)).ln();
            let mut evidence = 0.0;
            for feature in &seen {
                if let Some(counts) = self.features.get(feature) {
                    let with = counts.get(kind).copied().unwrap_or(0.0);
                    let all: f64 = counts.values().sum();
                    let expected = (count + 0.5) / (self.total + 1.0);
                    evidence += ((with + expected * 2.0) / (all + 2.0) / expected).ln();
                }
            }
            score += PATHS * evidence;
            score + facts.iter().filter(|(name, _)| same(name, kind)).map(|(_, weight)| weight).sum::<f64>()
        };
        let mut ranked: Vec<(f64, &String)> = types.iter().map(|kind| (score(kind), kind)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        ranked.into_iter().map(|(_, kind)| kind.clone()).collect()
    }
}

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

fn features(paths: &[(String, Status)]) -> BTreeSet<String> {
    let mut features = BTreeSet::new();
    for (path, status) in paths.iter().take(50) {
        let mut parts: Vec<&str> = path.split('/').collect();
        let name = parts.pop().unwrap_or_default();
        if let Some((_, extension)) = name.rsplit_once('.') {
            features.insert(format!("ext {extension}"));
        }
        for depth in 1..=parts.len().min(3) {
            features.insert(format!("dir {}", parts.get(..depth).unwrap_or_default().join("/")));
        }
        features.insert(format!("file {path}"));
        features.insert(format!("purpose {:?}", purpose(path)));
        if *status != Status::Modified {
            features.insert(format!("status {status:?}"));
        }
    }
    let purposes: BTreeSet<Purpose> = paths.iter().map(|(path, _)| purpose(path)).collect();
    features.insert(format!("purposes {purposes:?}"));
    features.insert(format!("many {}", paths.len().ilog2_or_zero()));
    features
}

trait Log {
    fn ilog2_or_zero(self) -> u32;
}

impl Log for usize {
    fn ilog2_or_zero(self) -> u32 {
        self.checked_ilog2().unwrap_or(0)
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
