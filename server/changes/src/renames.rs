//! Joins deletions and additions that are one file with a new name: equal objects first, then texts of which
//! half or more is the same, the most similar first.

use crate::content::of_text;
use crate::file::{FileChange, Mode, Status};
use crate::{Reader, Repository};
use gix::ObjectId;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The least part of two texts, in percent, that has to be the same.
const SIMILAR: u64 = 50;
/// The most pairs that are compared.
const MAX_PAIRS: usize = 40_000;
/// The longest file that is compared, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Lines by hash, with the bytes they hold.
type Lines = HashMap<u64, u64>;

pub(crate) fn join(repository: &Repository, files: &mut Vec<FileChange>, reader: &dyn Reader) {
    let of = |files: &[FileChange], status| -> Vec<usize> {
        let candidates = files.iter().enumerate().filter(|(_, file)| file.status == status);
        candidates.filter(|(_, file)| !file.is_submodule() && is_object(file)).map(|(at, _)| at).collect()
    };
    let (mut gone, mut come) = (of(files, Status::Deleted), of(files, Status::Added));
    let name = |at: usize, files: &[FileChange]| files.get(at).map(|file| file_name(&file.path).to_owned());
    let mut joined = equal(files, &mut gone, &mut come);
    if gone.len() * come.len() <= MAX_PAIRS && !gone.is_empty() {
        let text = |at: usize| files.get(at).and_then(|file| lines(repository, file, reader));
        let old: Vec<(usize, Lines)> = gone.iter().filter_map(|at| Some((*at, text(*at)?))).collect();
        let mut scored = Vec::new();
        for &new in &come {
            let Some(new_lines) = text(new) else { continue };
            for (old, old_lines) in &old {
                let score = similarity(old_lines, &new_lines);
                if score >= SIMILAR {
                    scored.push((score, name(*old, files) == name(new, files), *old, new));
                }
            }
        }
        scored.sort_by(|a, b| b.cmp(a));
        let mut taken = HashSet::new();
        for (_, _, old, new) in scored {
            if !taken.contains(&old) && !taken.contains(&new) {
                taken.extend([old, new]);
                joined.push((old, new));
            }
        }
    }
    let mut left: HashSet<usize> = HashSet::new();
    for (old, new) in joined {
        let Some(source) = files.get(old).cloned() else { continue };
        if let Some(file) = files.get_mut(new) {
            file.status = Status::Renamed;
            file.old_path = Some(source.path);
            file.old_raw = Some(source.raw);
            file.old = source.old;
            left.insert(old);
        }
    }
    let mut at = 0;
    files.retain(|_| {
        at += 1;
        !left.contains(&(at - 1))
    });
}

/// Pairs of one object, in the order in which they are listed; takes them off both lists. The same name in another
/// folder is the better guess where several files are equal.
fn equal(files: &[FileChange], gone: &mut Vec<usize>, come: &mut Vec<usize>) -> Vec<(usize, usize)> {
    let mut joined = Vec::new();
    for same_name in [true, false] {
        let key = |at: usize| -> Option<(ObjectId, &str)> {
            let file = files.get(at)?;
            let id = file.old.or(file.new)?.id()?;
            Some((id, if same_name { file_name(&file.path) } else { "" }))
        };
        let mut waiting: HashMap<(ObjectId, &str), VecDeque<usize>> = HashMap::new();
        for &old in gone.iter() {
            if let Some(key) = key(old) {
                waiting.entry(key).or_default().push_back(old);
            }
        }
        let mut taken = HashSet::new();
        come.retain(|&new| {
            let old = key(new).and_then(|key| waiting.get_mut(&key)?.pop_front());
            joined.extend(old.map(|old| (old, new)));
            taken.extend(old);
            old.is_none()
        });
        gone.retain(|old| !taken.contains(old));
    }
    joined
}

fn is_object(file: &FileChange) -> bool {
    file.old.or(file.new).is_some_and(|side| side.id().is_some() && side.mode != Mode::Link)
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The file's lines; `None` for one that may not be read, is large, or is not text.
fn lines(repository: &Repository, file: &FileChange, reader: &dyn Reader) -> Option<Lines> {
    if file.places(repository.root()).any(|place| reader.allows(&place).is_err()) {
        return None;
    }
    let id = file.old.or(file.new)?.id()?;
    let header = repository.git.try_find_header(id).ok()??;
    if header.size() > MAX_BYTES || header.size() == 0 {
        return None;
    }
    let text = of_text(repository.git.find_object(id).ok()?.detach().data).ok()?;
    let mut lines = Lines::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut hasher = DefaultHasher::new();
        line.hash(&mut hasher);
        *lines.entry(hasher.finish()).or_default() += line.len() as u64;
    }
    Some(lines)
}

/// The common part of both, in percent of the longer.
fn similarity(old: &Lines, new: &Lines) -> u64 {
    let common: u64 =
        old.iter().filter_map(|(line, bytes)| new.get(line).map(|other| other.min(bytes))).sum();
    let longer = old.values().sum::<u64>().max(new.values().sum());
    (common * 100).checked_div(longer).unwrap_or(0)
}
