//! A thousand changes of known kind on real files: how many are named rightly.

use super::mutations::{Change, Kind, Random, Source};
use crate::is_known_best;
use crate::symbols::changes_in_whole;
use crate::{Aspect, SymbolChange, Verdict, symbol_changes};
use std::path::{Path, PathBuf};
use trust_grammars::Language;

const CHANGES: usize = 1_000;

/// The sources of this repository, and of what `TRUST_CHANGES_SOURCES` names.
fn sources() -> Vec<(Language, PathBuf, String)> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let more = std::env::var_os("TRUST_CHANGES_SOURCES").map(PathBuf::from);
    let mut folders: Vec<PathBuf> = more.map_or_else(|| vec![own], |more| vec![more]);
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir()
                && !name.starts_with(['.', '_'])
                && !name.starts_with("target")
                && name != "node_modules"
            {
                folders.push(path);
            } else if let (Some(language), Ok(text)) =
                (Language::from_path(&path).filter(is_known_best), std::fs::read_to_string(&path))
                && text.len() < 60_000
                && text.lines().count() > 30
            {
                files.push((language, path, text));
            }
        }
    }
    files.sort_by(|a, b| a.1.cmp(&b.1));
    files
}

fn named_rightly(change: &Change, found: &[SymbolChange]) -> bool {
    let Some(about) = found.iter().find(|symbol| symbol.name == change.name) else { return false };
    let last = |path: &str| path.rsplit(['.', ':']).next().unwrap_or_default().to_owned();
    let only = |aspect: Aspect| about.verdict == Verdict::Changed && about.aspects == [aspect];
    match change.kind {
        Kind::Rename => matches!(&about.verdict, Verdict::Renamed { from } if last(from) == change.other),
        Kind::Move => {
            matches!(about.verdict, Verdict::Moved { .. })
                && found.iter().filter(|symbol| matches!(symbol.verdict, Verdict::Moved { .. })).count() == 1
        }
        Kind::Signature => only(Aspect::Signature),
        Kind::Body => only(Aspect::Body),
        Kind::Comment => only(Aspect::Documentation),
        Kind::Whitespace => only(Aspect::Whitespace),
        Kind::Split => matches!(&about.verdict, Verdict::Split { from } if last(from) == change.other),
        Kind::Merge => matches!(&about.verdict, Verdict::Merged { into } if last(into) == change.other),
        Kind::Add => about.verdict == Verdict::Added,
        Kind::Remove => about.verdict == Verdict::Removed,
    }
}

#[test]
fn changes_of_known_kind_are_named_rightly() {
    let (files, mut random) = (sources(), Random(0x5eed_2026));
    let (mut right, mut tried, mut wrong) = ([0; 10], [0; 10], Vec::new());
    let mut attempts = 0;
    while tried.iter().sum::<usize>() < CHANGES && attempts < 200_000 {
        attempts += 1;
        let number = attempts % Kind::ALL.len();
        if tried[number] >= CHANGES / 10 {
            continue;
        }
        let (language, path, text) = &files[random.below(files.len())];
        let Some(change) = (Source { language: *language, text }).change(Kind::ALL[number], &mut random)
        else {
            continue;
        };
        tried[number] += 1;
        let found = symbol_changes(*language, &change.old, &change.new, &|| false).unwrap();
        if named_rightly(&change, &found) {
            right[number] += 1;
        } else {
            let told: Vec<String> = found
                .iter()
                .map(|symbol| format!("{} {:?} {:?}", symbol.path, symbol.verdict, symbol.aspects))
                .collect();
            wrong.push(format!("{:?} of {} in {}: {told:?}", change.kind, change.name, path.display()));
        }
    }
    for (number, kind) in Kind::ALL.iter().enumerate() {
        println!("{kind:?}: {} of {}", right[number], tried[number]);
    }
    let (right, tried): (usize, usize) = (right.iter().sum(), tried.iter().sum());
    println!("{right} of {tried} named rightly\n{}", wrong.join("\n"));
    assert!(tried >= CHANGES * 9 / 10, "only {tried} changes could be made");
    assert!(right * 100 >= tried * 99, "{right} of {tried} named rightly");
}

#[test]
fn what_is_left_out_of_the_parse_changes_nothing() {
    let (files, mut random) = (sources(), Random(0x5eed_2027));
    let (mut compared, mut attempts) = (0, 0);
    while compared < 300 && attempts < 20_000 {
        attempts += 1;
        let (language, path, text) = &files[random.below(files.len())];
        let kind = Kind::ALL[attempts % Kind::ALL.len()];
        let Some(change) = (Source { language: *language, text }).change(kind, &mut random) else { continue };
        let (whole, left_out) = changes_in_whole(*language, &change.old, &change.new);
        if !left_out {
            continue;
        }
        compared += 1;
        let found = symbol_changes(*language, &change.old, &change.new, &|| false).unwrap();
        let told = |symbols: &[SymbolChange]| -> Vec<String> {
            let told = |one: &SymbolChange| {
                let (old, new) = (&one.old_signature, &one.new_signature);
                let lines = (&one.old_lines, &one.new_lines, one.added, one.removed);
                let what = (&one.path, &one.verdict, &one.aspects, one.kind, one.public);
                format!("{what:?} {old:?} {new:?} {lines:?}")
            };
            symbols.iter().map(told).collect()
        };
        assert_eq!(told(&found), told(&whole.unwrap()), "{kind:?} of {} in {}", change.name, path.display());
    }
    assert!(compared >= 100, "only {compared} of {attempts} were long enough");
}
