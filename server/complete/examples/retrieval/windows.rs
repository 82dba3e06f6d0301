//! What the context is compared with: windows of 60 lines in other files, by Jaccard similarity of their names to those of
//! the window around the line, the best of each file, as GitHub Copilot's published source has it. The 20 files of the
//! same folder whose names stand nearest are taken for those that an editor has open.

use crate::places::{Place, code_names};
use trust_complete::Block;
use trust_index::{FileId, Snapshot};

const LINES: usize = 60;
/// How far apart the windows begin.
const STEP: usize = 15;
const SIBLINGS: usize = 20;

/// The best last.
pub fn windows(snapshot: &Snapshot, place: &Place) -> Vec<Block> {
    let own = snapshot.path(place.file);
    let in_folder = |file: &FileId| {
        *file != place.file
            && snapshot.path(*file).parent() == own.parent()
            && snapshot.language(*file) == Some(place.language)
    };
    let mut siblings: Vec<FileId> = snapshot.file_ids().filter(in_folder).collect();
    siblings.sort_by_key(|file| snapshot.path(*file).to_owned());
    let here = siblings.partition_point(|file| snapshot.path(*file) < own);
    let mut near: Vec<(usize, FileId)> = siblings
        .into_iter()
        .enumerate()
        .map(|(at, file)| (if at < here { here - at } else { at - here + 1 }, file))
        .collect();
    near.sort_unstable();
    let mut scored = Vec::new();
    for (_, file) in near.into_iter().take(SIBLINGS) {
        let Some(text) = snapshot.reader().text(file) else { continue };
        let lines: Vec<&str> = text.lines().collect();
        let window = |start: usize| {
            let text = lines[start..(start + LINES).min(lines.len())].join("\n");
            let there = code_names(place.language, &text);
            let common = there.iter().filter(|name| place.window.contains(**name)).count();
            let all = place.window.len() + there.len() - common;
            (common as f64 / all.max(1) as f64, text)
        };
        scored.extend((0..lines.len()).step_by(STEP).map(window).max_by(|a, b| a.0.total_cmp(&b.0)));
    }
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    scored.into_iter().map(|(_, text)| Block { path: String::new(), text }).collect()
}
