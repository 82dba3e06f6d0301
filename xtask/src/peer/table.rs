//! What each key took, by its kind and by who answered, and what that is beside what is asked, as a table or as JSON.

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

/// How many times less we are to take: in the mean by llama.vim's way, at the 99th of a hundred where what has been read has
/// to be read again, and in the mean by the usual way.
const MEAN: f64 = 2.0;
const REREAD: f64 = 10.0;
const USUAL: f64 = 15.0;
/// How much of the floor a plain append may take.
const FLOOR: f64 = 1.1;
/// Keys after which a prompt is another one before its end.
const REREADS: [Kind; 3] = [Kind::LineBreak, Kind::Jump, Kind::EditAbove];
/// All but the first, which is cold.
const WARM: [Kind; 4] = [Kind::Append, Kind::LineBreak, Kind::Jump, Kind::EditAbove];

/// What is asked of the times, and what it is.
struct Verdict {
    what: &'static str,
    ratio: f64,
    asked: f64,
    met: bool,
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
        match kind {
            Some(kind) => self.among(way, &[kind]),
            None => self.among(way, &WARM),
        }
    }

    fn among(&self, way: Way, kinds: &[Kind]) -> Option<Summary> {
        let found = self.took.iter().filter(|((found, of), _)| *found == way && kinds.contains(of));
        let all: Vec<Took> = found.flat_map(|(_, all)| all.iter().copied()).collect();
        let mut times: Vec<f64> = all.iter().map(|took| took.time.as_secs_f64() * 1000.0).collect();
        times.sort_by(f64::total_cmp);
        let keys = times.len();
        let last = *times.get((keys * 99).div_ceil(100).checked_sub(1)?)?;
        let read = all.iter().map(|took| took.read as f64).sum::<f64>() / keys as f64;
        Some(Summary { keys, mean: times.iter().sum::<f64>() / keys as f64, p99: last, read })
    }

    /// As far as the peer was there.
    fn verdicts(&self) -> Vec<Verdict> {
        let ratio =
            |above: Option<f64>, below: Option<f64>| Some(above? / below?).filter(|one| one.is_finite());
        let mean = |way, kinds: &[Kind]| self.among(way, kinds).map(|summary| summary.mean);
        let p99 = |way| self.among(way, &REREADS).map(|summary| summary.p99);
        let least = |what, found: Option<f64>, asked| {
            found.map(|ratio| Verdict { what, ratio, asked, met: ratio >= asked })
        };
        let append = ratio(mean(Way::Ours, &[Kind::Append]), mean(Way::Floor, &[Kind::Append]));
        let all = [
            least(
                "mean by llama.vim, to ours",
                ratio(mean(Way::LlamaVim, &WARM), mean(Way::Ours, &WARM)),
                MEAN,
            ),
            least(
                "p99 of line breaks, jumps and edits above by llama.vim, to ours",
                ratio(p99(Way::LlamaVim), p99(Way::Ours)),
                REREAD,
            ),
            least(
                "mean by prefix, suffix, middle, to ours",
                ratio(mean(Way::Usual, &WARM), mean(Way::Ours, &WARM)),
                USUAL,
            ),
            append.map(|ratio| Verdict {
                what: "our mean of a plain append, to one token of theirs",
                ratio,
                asked: FLOOR,
                met: ratio <= FLOOR,
            }),
        ];
        all.into_iter().flatten().collect()
    }

    pub fn markdown(&self) -> String {
        let mut text = format!("|{}|keys|mean ms|p99 ms|tokens read|\n|---|--:|--:|--:|--:|\n", self.title);
        for (kind, name) in rows() {
            for way in Way::ALL {
                let Some(Summary { keys, mean, p99, read }) = self.of(way, kind) else { continue };
                let _ = writeln!(text, "|{name}: {}|{keys}|{mean:.1}|{p99:.1}|{read:.1}|", way.name());
            }
        }
        let verdicts = self.verdicts();
        if !verdicts.is_empty() {
            text.push_str("\n|times|found|asked||\n|---|--:|--:|---|\n");
        }
        for Verdict { what, ratio, asked, met } in verdicts {
            let _ = writeln!(text, "|{what}|{ratio:.1}|{asked}|{}|", if met { "met" } else { "not met" });
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
        let asked = self.verdicts().into_iter().map(|Verdict { what, ratio, asked, met }| {
            json!({ "what": what, "found": ratio, "asked": asked, "met": met })
        });
        json!({
            "title": self.title, "rows": rows.collect::<Vec<_>>(), "asked": asked.collect::<Vec<_>>(),
        })
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
    fn what_is_asked_stands_below() {
        let mut table = Table::new("m".into());
        assert!(table.verdicts().is_empty() && !table.markdown().contains("asked"));
        for (way, append, jump) in
            [(Way::Ours, 10, 20), (Way::LlamaVim, 20, 100), (Way::Floor, 10, 10), (Way::Usual, 400, 500)]
        {
            for (kind, milliseconds) in [(Kind::Append, append), (Kind::Jump, jump), (Kind::Opened, 9_000)] {
                let time = Duration::from_millis(milliseconds);
                table.note(kind, way, Took { time, read: 1 });
            }
        }
        let found: Vec<(f64, bool)> =
            table.verdicts().iter().map(|verdict| (verdict.ratio, verdict.met)).collect();
        assert_eq!(found, [(4.0, true), (5.0, false), (30.0, true), (1.0, true)]);
        assert!(table.markdown().contains("|5.0|10|not met|"), "{}", table.markdown());
        assert_eq!(table.json()["asked"][3]["met"], true);
    }

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
