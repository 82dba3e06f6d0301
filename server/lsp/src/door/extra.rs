//! What a client quotes of other files beside its hole (`input_extra`, files before the hole in a prompt): quoted to the model before
//! what the index has to say, within half of its room.
//!
//! *Invariant:* a file that the rules exclude is not quoted, whoever sends it; secrets are masked.

use std::sync::{Arc, Mutex, PoisonError};
use trust_complete::{Block, Context, Mix, Query, Room};
use trust_index::{FileBroker, Refusal, Snapshot};
use trust_redact::masked;

/// Blocks of one hole.
const MOST: usize = 32;

#[derive(Clone, Default)]
pub struct Extra {
    said: Arc<Mutex<Vec<Block>>>,
}

impl Extra {
    /// What holds for the next hole.
    pub fn set(&self, extra: &[(String, String)], broker: &FileBroker) {
        let may_be = |path: &str| {
            let inside = broker.roots().map(|root| root.join(path));
            path.is_empty() || !inside.into_iter().any(|path| is_excluded(broker, &path))
        };
        let blocks = extra.iter().rev().filter(|(path, text)| !text.trim().is_empty() && may_be(path));
        let block = |(path, text): &(String, String)| Block {
            path: if path.is_empty() { "context".into() } else { masked(path.clone()) },
            text: masked(text.replace("\r\n", "\n").trim_end().to_owned()),
        };
        let mut blocks: Vec<Block> = blocks.take(MOST).map(block).collect();
        blocks.reverse();
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) = blocks;
    }
}

fn is_excluded(broker: &FileBroker, path: &std::path::Path) -> bool {
    matches!(broker.allows(path), Err(Refusal::Excluded { .. }))
}

impl Context for Extra {
    fn blocks(&self, query: &Query, before: &str, after: &str, index: &Snapshot, room: Room) -> Vec<Block> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let cost = |block: &Block| (room.cost)(&format!("{}\n{}\n", block.path, block.text)) + 1;
        let mut left = room.most / 2;
        let mut blocks = Vec::new();
        // The last ones are the newest; a cursor's own lines would be told twice.
        for block in said.into_iter().rev().filter(|block| !before.contains(&block.text)) {
            let cost = cost(&block);
            if cost <= left {
                left -= cost;
                blocks.push(block);
            }
        }
        blocks.reverse();
        let used: usize = room.most / 2 - left;
        blocks.extend(Mix.blocks(query, before, after, index, Room { most: room.most - used, ..room }));
        blocks
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "tests make the files that they need")]
    use super::*;
    use std::time::Instant;
    use trust_index::{Index, IndexOptions};
    use trust_inference::CancelToken;
    use trust_text::Text;

    #[test]
    fn the_newest_that_fit_are_quoted_and_no_excluded_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".trustignore"), "hidden.rs\n").unwrap();
        std::fs::write(folder.path().join("hidden.rs"), "x\n").unwrap();
        let roots = vec![folder.path().to_path_buf()];
        let index = Index::start(IndexOptions { roots, cache: None, on_state: Box::new(|_| ()) });
        let query = Query {
            path: folder.path().join("a.rs"),
            relative: "a.rs".into(),
            repository: "p".into(),
            language: None,
            text: Text::new("fn here() {}\n"),
            offset: 0,
            invoked: false,
            may_replace: false,
            deadline: Instant::now(),
            cancel: CancelToken::new(),
            superseded: CancelToken::new(),
            edited: Vec::new(),
        };
        let said = [
            ("old.rs", "fn old() {}\n"),
            ("hidden.rs", "fn hidden() {}\n"),
            ("here.rs", "fn here() {}\n"),
            ("b.rs", "fn b() {}\n"),
            ("", "fn nameless() {}\n"),
            ("c.rs", " \n"),
        ]
        .map(|(path, text)| (path.to_owned(), text.to_owned()));
        let extra = Extra::default();
        extra.set(&said, index.broker());
        let quoted = |most: usize| {
            let room = Room { most, cost: &|text| text.len() };
            let blocks = extra.blocks(&query, "fn here() {}\n", "", &index.snapshot(), room);
            blocks.into_iter().map(|block| block.path).collect::<Vec<_>>()
        };
        assert_eq!(quoted(1000), ["old.rs", "b.rs", "context"]);
        assert_eq!(quoted(100), ["b.rs", "context"]);
        assert_eq!(quoted(0), [""; 0]);
    }
}
