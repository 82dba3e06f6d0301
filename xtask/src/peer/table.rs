//! What each key took, by its kind and by who answered, as a table or as JSON.

use super::keys::Kind;
use super::llama::Took;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Who answers, and how it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    Ours,
    LlamaVim,
    /// llama.vim's request once more, with nothing changed: one token is read.
    Floor,
    Usual,
}

impl Way {
    const ALL: [Self; 4] = [Self::Ours, Self::LlamaVim, Self::Floor, Self::Usual];

    fn name(self) -> &'static str {
        match self {
            Self::Ours => "trust-lsp",
            Self::LlamaVim => "llama-server by llama.vim",
            Self::Floor => "the same again (one token)",
            Self::Usual => "prefix, suffix, middle",
        }
    }
}

pub struct Table {
    title: String,
    took: BTreeMap<(Way, Kind), Vec<Took>>,
}

/// Milliseconds and tokens of some keys.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Summary {
    keys: usize,
    mean: f64,
    p99: f64,
    read: f64,
}

impl Table {
    pub fn new(title: String) -> Self {
        Self { title, took: BTreeMap::new() }
    }

    pub fn note(&mut self, kind: Kind, way: Way, took: Took) {
        self.took.entry((way, kind)).or_default().push(took);
    }

    fn of(&self, way: Way, kind: Option<Kind>) -> Option<Summary> {
        // The first key is in no sum: it is cold.
        let wanted = |of: &Kind| kind.map_or(*of != Kind::Opened, |kind| kind == *of);
        let found = self.took.iter().filter(|((found, of), _)| *found == way && wanted(of));
        let all: Vec<Took> = found.flat_map(|(_, all)| all.iter().copied()).collect();
        let mut times: Vec<f64> = all.iter().map(|took| took.time.as_secs_f64() * 1000.0).collect();
        times.sort_by(f64::total_cmp);
        let keys = times.len();
        let last = *times.get((keys * 99).div_ceil(100).checked_sub(1)?)?;
        let read = all.iter().map(|took| took.read as f64).sum::<f64>() / keys as f64;
        Some(Summary { keys, mean: times.iter().sum::<f64>() / keys as f64, p99: last, read })
    }

    pub fn markdown(&self) -> String {
        let mut text = format!("|{}|keys|mean ms|p99 ms|tokens read|\n|---|--:|--:|--:|--:|\n", self.title);
        for (kind, name) in rows() {
            for way in Way::ALL {
                let Some(Summary { keys, mean, p99, read }) = self.of(way, kind) else { continue };
                let _ = writeln!(text, "|{name}: {}|{keys}|{mean:.1}|{p99:.1}|{read:.1}|", way.name());
            }
        }
        text
    }

    pub fn json(&self) -> Value {
        let rows = rows().flat_map(|(kind, name)| {
            Way::ALL.into_iter().filter_map(move |way| {
                let Summary { keys, mean, p99, read } = self.of(way, kind)?;
                Some(json!({
                    "keys_of": name, "way": way.name(), "keys": keys, "mean_ms": mean, "p99_ms": p99,
                    "tokens_read": read,
                }))
            })
        });
        json!({ "title": self.title, "rows": rows.collect::<Vec<_>>() })
    }
}

fn rows() -> impl Iterator<Item = (Option<Kind>, &'static str)> {
    std::iter::once((None, "all warm keys")).chain(Kind::ALL.map(|kind| (Some(kind), kind.name())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_cold_key_is_in_no_sum() {
        let mut table = Table::new("m".into());
        for (kind, milliseconds) in
            [(Kind::Opened, 900), (Kind::Append, 10), (Kind::Append, 20), (Kind::Jump, 60)]
        {
            let time = Duration::from_millis(milliseconds);
            table.note(kind, Way::Ours, Took { time, read: milliseconds });
        }
        let all = table.of(Way::Ours, None).unwrap();
        assert_eq!(all, Summary { keys: 3, mean: 30.0, p99: 60.0, read: 30.0 });
        assert_eq!(table.of(Way::Usual, None), None);
        assert!(table.markdown().contains("|jump: trust-lsp|1|60.0|60.0|60.0|"), "{}", table.markdown());
        assert_eq!(table.json()["rows"].as_array().map(Vec::len), Some(4));
    }
}
