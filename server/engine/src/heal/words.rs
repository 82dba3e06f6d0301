//! Every cut of ten thousand names, with the bundled model's vocabulary: what was typed can be spelled again, and nothing is ruled
//! out that a tokenizer would write of the whole name.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests may fail, and say what they measured")]

use super::Pieces;
use crate::choose::{Choose, Chooser};
use crate::decode::tests::model;
use crate::ends::Ends;
use crate::vocabulary::Vocabulary;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

const NAMES: usize = 10_000;
/// Cuts that are healed by random logits too.
const CHOSEN: usize = 400;

/// Numbers that look random, the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % bound
    }
}

/// The names in this repository's sources.
#[allow(clippy::disallowed_methods, reason = "reads the repository that it is a test of")]
fn written() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders: Vec<PathBuf> =
        ["server", "grammars", "tests", "xtask", "editors"].map(|name| root.join(name)).to_vec();
    let mut names = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let is_source = ["rs", "ts", "py", "lua", "el", "js"]
                .iter()
                .any(|kind| path.extension() == Some(kind.as_ref()));
            if path.is_dir() && !["target", "node_modules"].iter().any(|other| name == *other) {
                folders.push(path);
            } else if is_source && let Ok(text) = std::fs::read_to_string(&path) {
                let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
                let is_name = |word: &&str| word.len() > 2 && !word.starts_with(|c: char| c.is_ascii_digit());
                names.extend(words.filter(is_name).map(str::to_owned));
            }
        }
    }
    names
}

/// Names as people make them, in any case, some with letters and digits that are rare.
fn made(dice: &mut Dice) -> String {
    const PARTS: [&str; 24] = [
        "get",
        "http",
        "Parser",
        "x",
        "utf",
        "größe",
        "max",
        "Of",
        "id",
        "tmp",
        "Über",
        "naïve",
        "row",
        "kv",
        "q8",
        "SHA",
        "256",
        "данные",
        "值",
        "is",
        "Buffer",
        "zz",
        "_",
        "Config",
    ];
    let (count, style) = (1 + dice.below(4), dice.below(3));
    let parts = (0..count).map(|_| PARTS[dice.below(PARTS.len())]);
    let name = match style {
        0 => parts.collect::<Vec<_>>().join("_"),
        1 => parts.collect(),
        _ => parts.map(str::to_uppercase).collect::<Vec<_>>().join("_"),
    };
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("n{name}") } else { name }
}

fn names() -> Vec<String> {
    let (mut dice, written) = (Dice(7), written());
    assert!(written.len() > NAMES / 2, "{}", written.len());
    let step = written.len() / (NAMES / 2);
    let mut names: BTreeSet<String> = written.into_iter().step_by(step).take(NAMES / 2).collect();
    while names.len() < NAMES {
        names.insert(format!(
            "{}{}",
            made(&mut dice),
            if dice.below(3) == 0 { dice.below(99).to_string() } else { String::new() }
        ));
    }
    names.into_iter().collect()
}

#[test]
fn every_cut_of_ten_thousand_names_can_be_spelled() {
    let started = std::time::Instant::now();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/bundled/nano.gguf");
    let model = model(&path);
    let vocabulary = Vocabulary::new(&model);
    let pieces = Pieces::new(vocabulary.pieces());
    let ends = std::rc::Rc::new(Ends::new(&pieces, &[], Vec::new(), vocabulary.end_of_text()));
    // Which tokens spell a text, or begin it; asked once for each.
    let mut compatible: HashMap<Vec<u8>, Vec<i32>> = HashMap::new();
    let mut spelling = |text: &[u8]| -> Vec<i32> {
        let find = || {
            let mut found: Vec<i32> = pieces.compatible(text).iter().map(|token| token.0).collect();
            found.sort_unstable();
            found
        };
        compatible.entry(text.to_vec()).or_insert_with(find).clone()
    };
    let before = ["let x = ", "self.", "(", "\n    "];
    let (mut cuts, mut long, mut dice) = (0, 0, Dice(3));
    let names = names();
    for (name, before) in names.iter().zip(before.iter().cycle()) {
        for (cut, _) in name.char_indices().skip(1) {
            let (typed, rest) = name.split_at(cut);
            let mut prompt = vocabulary.text(&format!("{before}{typed}"));
            let whole: Vec<u8> = prompt.iter().flat_map(|token| vocabulary.bytes(*token)).collect();
            cuts += 1;
            let taken = vocabulary.take_back(&mut prompt, typed.len()).unwrap();
            // Of a long word its last tokens.
            long += usize::from(taken.len() < typed.len());
            assert!(whole.ends_with(&taken) && std::str::from_utf8(&taken).is_ok(), "{name} {cut}");
            let kept: Vec<u8> = prompt.iter().flat_map(|token| vocabulary.bytes(*token)).collect();
            assert_eq!([kept, taken.clone()].concat(), whole, "{name} {cut}");
            // Wherever it has been spelled to, there is a token to go on with.
            for start in 0..taken.len() {
                assert!(!spelling(&taken[start..]).is_empty(), "{name} {cut}: {start}");
            }
            // What a tokenizer makes of the whole name is among what may be chosen.
            let mut spelled = 0;
            for token in vocabulary.text(&(String::from_utf8(taken.clone()).unwrap() + rest)) {
                if spelled >= taken.len() {
                    break;
                }
                assert!(
                    spelling(&taken[spelled..]).binary_search(&token.0).is_ok(),
                    "{name} {cut}: {spelled}"
                );
                spelled += vocabulary.bytes(token).len();
            }
            assert!(spelled >= taken.len(), "{name} {cut}");
            if cuts % (NAMES * 8 / CHOSEN) == 0 {
                let mut chooser = Chooser::new(&vocabulary, &pieces, (ends.clone(), ""), taken.clone(), None);
                let (mut said, mut beyond) = (Vec::new(), Vec::new());
                while chooser.is_healing() {
                    let logits: Vec<f32> =
                        (0..model.n_vocab()).map(|_| dice.below(1000) as f32 / 50.0).collect();
                    let next = chooser.choose(&logits).unwrap();
                    said.extend(vocabulary.bytes(next.token));
                    beyond.extend(next.bytes);
                }
                assert_eq!(said, [taken, beyond].concat(), "{name} {cut}");
            }
        }
    }
    println!("{cuts} cuts, {long} of words too long to be taken back whole; {:?}", started.elapsed());
    assert!(names.len() == NAMES && cuts > 5 * NAMES && long < cuts / 2, "{cuts} {long}");
}
