//! What is quoted for a prompt, over an index of a small project.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "the helpers of tests may fail them, and write the files they need"
)]

use std::path::Path;
use std::time::{Duration, Instant};
use trust_complete::{Block, Context, Mix, Query, Room};
use trust_index::{Index, IndexOptions};
use trust_inference::CancelToken;
use trust_text::Text;

struct Project {
    folder: tempfile::TempDir,
    index: Index,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let roots = vec![folder.path().to_path_buf()];
        let index = Index::start(IndexOptions { roots, cache: None, on_state: Box::new(|_| ()) });
        assert!(index.wait_ready(Duration::from_secs(20)));
        Self { folder, index }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    fn blocks(&self, marked: &str, most: usize) -> Vec<Block> {
        let (before, after) = marked.split_once('|').unwrap();
        let query = query(&self.path("open.rs"), before, after);
        let room = Room { most, cost: &words };
        Mix.blocks(&query, before, after, &self.index.snapshot(), room)
    }
}

fn query(path: &Path, before: &str, after: &str) -> Query {
    Query {
        path: path.to_owned(),
        relative: "open.rs".into(),
        repository: "project".into(),
        language: Some(trust_grammars::Language::Rust),
        text: Text::new(&format!("{before}{after}")),
        offset: before.len(),
        invoked: false,
        may_replace: false,
        deadline: Instant::now() + Duration::from_secs(20),
        cancel: CancelToken::new(),
        superseded: CancelToken::new(),
        edited: Vec::new(),
    }
}

/// A tokenizer of three bytes a token.
fn words(text: &str) -> usize {
    text.len().div_ceil(3)
}

fn like(name: &str, brings: &str) -> String {
    format!(
        "fn {name}(basket: Basket) {{\n    let {brings} = basket.price(Money::zero());\n    {brings}.settle()\n}}\n"
    )
}

const OPEN: &str =
    "use shop::Basket;\nfn total(basket: Basket) {\n    basket.price(Money::zero());\n    |\n}\n";

#[test]
fn quotations_fit_their_room_whatever_counts_it() {
    let chunks: Vec<(String, String)> = (0..30)
        .map(|at| (format!("f{at}.rs"), like(&format!("buy{at}"), &format!("bill{at}")).repeat(9)))
        .collect();
    let files: Vec<(&str, &str)> = chunks.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let project = Project::new(&files);
    let long =
        format!("{}{OPEN}", (0..200).map(|at| format!("fn far{at}(a: A{at}) {{}}\n")).collect::<String>());
    let mut before = 0;
    for most in [0, 5, 40, 200, 600, 1_300] {
        let blocks = project.blocks(&long, most);
        let cost = |block: &Block| words(&format!("{}\n{}\n", block.path, block.text)) + 1;
        let all: usize = blocks.iter().map(cost).sum();
        assert!(all <= most, "{all} of {most}");
        assert!(all >= before && (most < 200 || all > most / 2), "{all} of {most}");
        before = all;
    }
}

#[test]
fn what_was_edited_lately_comes_nearest_to_the_window() {
    let (one, other) = (like("buy", "bill"), like("sell", "offer"));
    let project = Project::new(&[("a.rs", &one), ("b.rs", &other)]);
    let nearest = || project.blocks(OPEN, 400).last().unwrap().path.clone();
    for name in ["a.rs", "b.rs", "a.rs"] {
        let text = std::fs::read_to_string(project.path(name)).unwrap();
        // Two texts of one document: only what changes is an edit.
        for text in [text.clone(), text.replace("settle", "settled")] {
            project.index.set_open(&project.path(name), Text::new(&text));
            assert!(project.index.wait_ready(Duration::from_secs(20)));
        }
        assert_eq!(nearest(), name);
        project.index.set_closed(&project.path(name));
        assert!(project.index.wait_ready(Duration::from_secs(20)));
        (0..9).for_each(|at| {
            // Elsewhere, until the edit is forgotten.
            let path = project.path("open.rs");
            for word in ["", "x"] {
                project.index.set_open(&path, Text::new(&format!("{}{word}", "\n".repeat(30 * at))));
                assert!(project.index.wait_ready(Duration::from_secs(20)));
            }
        });
    }
}

#[test]
fn where_nothing_is_alike_nothing_is_quoted() {
    let far = "fn far() {\n    let gamma = delta(epsilon, zeta, eta);\n    Money::other(theta, iota)\n}\n";
    let names: String = (0..25).map(|at| format!("    unknown{at}(alpha{at});\n")).collect();
    let unlike = format!("fn f() {{\n    Money;\n{names}    |\n}}\n");
    for (marked, quoted) in [(unlike.as_str(), None), (OPEN, Some("b.rs"))] {
        let own = marked.replace('|', "");
        let project = Project::new(&[("a.rs", far), ("b.rs", &like("buy", "bill")), ("open.rs", &own)]);
        let last = project.blocks(marked, 900).last().map(|block| block.path.clone());
        assert_eq!(last.as_deref(), quoted);
    }
}
