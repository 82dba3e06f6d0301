//! What is compared: the product, and the product with a part taken out or replaced.

use crate::metrics::identifiers;
use crate::ngram::Ngram;
use crate::task::{Hole, Task};
use anyhow::{Context as _, Result};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use trust_complete::{Block, Completer, Completion, Context, Outcome, Query, Room, Stages};
use trust_index::{Index, IndexOptions, Snapshot};
use trust_inference::{CancelToken, Model};
use trust_text::Text;

#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum System {
    Nothing,
    Ngram,
    Copy,
    Model,
    Hybrid,
    HybridNoRecall,
    HybridNoProject,
    HybridJaccard,
}

impl System {
    pub const ALL: [Self; 8] = [
        Self::Nothing,
        Self::Ngram,
        Self::Copy,
        Self::Model,
        Self::Hybrid,
        Self::HybridNoRecall,
        Self::HybridNoProject,
        Self::HybridJaccard,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Ngram => "6-gram of file and project",
            Self::Copy => "copy predictor alone",
            Self::Model => "model alone",
            Self::Hybrid => "hybrid",
            Self::HybridNoRecall => "hybrid without recall",
            Self::HybridNoProject => "hybrid without the project",
            Self::HybridJaccard => "hybrid, context by Jaccard",
        }
    }

    /// Whether it can answer at a file alone.
    pub fn needs_no_project(self) -> bool {
        matches!(self, Self::Copy | Self::Model | Self::Hybrid | Self::HybridNoRecall)
    }

    fn completer(self) -> Completer {
        let stages = Stages::default();
        Completer::with(match self {
            Self::Model => Stages { copy: false, prior: Box::new(|_| None), ..stages },
            Self::HybridNoRecall => Stages { prior: Box::new(|_| None), ..stages },
            Self::HybridJaccard => Stages { context: Box::new(Jaccard), ..stages },
            _ => stages,
        })
    }
}

/// One package, indexed.
pub struct Project {
    folder: PathBuf,
    index: Index,
    empty: Index,
    /// Of all files, where that system takes part.
    ngram: Option<Ngram>,
}

/// What was answered when asked for it, with its own estimate of being right, and to mere typing: empty for silence.
#[derive(Default)]
pub struct Answers {
    pub asked: String,
    pub probability: f64,
    /// What else was offered to whom asked, the most probable first, each as sure.
    pub others: Vec<(String, f32)>,
    pub typing: String,
}

impl Project {
    pub fn open(folder: &Path, ngram: bool) -> Result<Self> {
        let start = |roots| Index::start(IndexOptions { roots, cache: None, on_state: Box::new(|_| ()) });
        let (index, empty) = (start(vec![folder.to_path_buf()]), start(Vec::new()));
        let ready = index.wait_ready(Duration::from_secs(120)) && empty.wait_ready(Duration::from_secs(10));
        ready.then_some(()).context("the index of a package is not ready after two minutes")?;
        let snapshot = index.snapshot();
        let ngram = ngram.then(|| {
            let mut ngram = Ngram::default();
            let texts = snapshot.file_ids().filter_map(|file| snapshot.reader().text(file));
            texts.for_each(|text| ngram.learn(&text));
            ngram
        });
        Ok(Self { folder: folder.to_path_buf(), index, empty, ngram })
    }

    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.index.snapshot()
    }

    pub fn answer(&mut self, system: System, task: &Task, hole: &Hole, model: Option<&dyn Model>) -> Answers {
        match system {
            System::Nothing => Answers::default(),
            System::Ngram => {
                let asked = self.ngram(task, hole);
                Answers { typing: asked.clone(), asked, ..Answers::default() }
            }
            _ => {
                let index =
                    if system == System::HybridNoProject { &self.empty } else { &self.index }.snapshot();
                let ask = |invoked| ask(system, &self.query(task, hole, invoked), &index, model);
                let typing = ask(false).map_or_else(String::new, |shown| shown.text);
                let Some(shown) = ask(true) else { return Answers { typing, ..Answers::default() } };
                let others = shown.others.into_iter().map(|other| (other.text, other.probability)).collect();
                Answers { asked: shown.text, probability: shown.probability.into(), others, typing }
            }
        }
    }

    pub fn query(&self, task: &Task, hole: &Hole, invoked: bool) -> Query {
        Query {
            path: self.folder.join(&task.path),
            relative: task.path.clone(),
            repository: task.package.name.clone(),
            language: task.language(),
            text: Text::new(&hole.text),
            offset: hole.offset,
            invoked,
            may_replace: false,
            deadline: Instant::now() + Duration::from_secs(60),
            cancel: CancelToken::new(),
            superseded: CancelToken::new(),
            edited: Vec::new(),
        }
    }

    fn ngram(&mut self, task: &Task, hole: &Hole) -> String {
        let index = self.index.snapshot();
        let Some(project) = &mut self.ngram else { return String::new() };
        // The open file as it was must not be known.
        let own = index.file(&self.folder.join(&task.path)).and_then(|file| index.reader().text(file));
        let mut cache = Ngram::default();
        cache.learn(&hole.text[..hole.offset]);
        cache.learn(&hole.text[hole.offset..]);
        own.iter().for_each(|text| project.forget(text));
        let answer = project.rest_of_line(&cache, &hole.text[..hole.offset]);
        own.iter().for_each(|text| project.learn(text));
        answer
    }
}

/// What a system that is the product, or the product without a part, shows.
pub fn ask(
    system: System,
    query: &Query,
    index: &Arc<Snapshot>,
    model: Option<&dyn Model>,
) -> Option<Completion> {
    let model = model.filter(|_| system != System::Copy);
    // A completer for each question: what it showed before must not help it.
    match system.completer().complete(query, index, model) {
        Outcome::Show(completion) => Some(completion),
        Outcome::Quiet(_) => None,
    }
}

/// Context as published of GitHub Copilot: windows of 60 lines of other files, those whose identifiers are most like
/// the last 60 lines before the cursor (Jaccard similarity).
struct Jaccard;

const WINDOW: usize = 60;
const WINDOWS: usize = 4;

impl Context for Jaccard {
    fn blocks(&self, query: &Query, before: &str, _: &str, index: &Snapshot, _: Room) -> Vec<Block> {
        let names = |text: &str| identifiers(text).map(str::to_string).collect::<HashSet<_>>();
        let lines: Vec<&str> = before.lines().collect();
        let here = names(&lines[lines.len().saturating_sub(WINDOW)..].join("\n"));
        let own = index.file(&query.path);
        let mut scored = Vec::new();
        for file in index.file_ids().filter(|file| Some(*file) != own) {
            let Some(text) = index.reader().text(file) else { continue };
            let lines: Vec<&str> = text.lines().collect();
            for window in lines.chunks(WINDOW) {
                let text = window.join("\n");
                let there = names(&text);
                let common = here.intersection(&there).count() as f64;
                scored.push((common / (here.len() + there.len()).max(1) as f64, file, text));
            }
        }
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored.truncate(WINDOWS);
        scored.into_iter().rev().map(|(_, file, text)| Block { path: index.relative(file), text }).collect()
    }
}
