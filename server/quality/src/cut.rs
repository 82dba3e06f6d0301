//! Cuts tasks: the same number of each kind and language, dealt over packages and files by a seed.

use crate::packages::Sources;
use crate::task::{Kind, Package, Task, crc};
use anyhow::{Result, bail};
use std::path::Path;

const MAX_BYTES: usize = 200_000;
const MAX_LINE: usize = 400;
const BLOCK: std::ops::RangeInclusive<usize> = 2..=5;
const SPAN: std::ops::RangeInclusive<usize> = 5..=60;
/// Places tried in a file before another is taken.
const TRIES: usize = 40;

pub fn cut(sources: &Sources, packages: &[Package], count: usize, seed: u64) -> Result<Vec<Task>> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut ecosystems: Vec<Vec<(&Package, Vec<String>)>> = Vec::new();
    for ecosystem in ["rust", "python", "typescript"] {
        let mut listed = Vec::new();
        for package in packages.iter().filter(|package| package.ecosystem == ecosystem) {
            let files = suitable(&sources.folder(package)?, package)?;
            if files.is_empty() {
                bail!("{} {} holds no file to cut from", package.name, package.version);
            }
            listed.push((package, files));
        }
        if !listed.is_empty() {
            ecosystems.push(listed);
        }
    }
    let mut tasks = Vec::new();
    while !ecosystems.is_empty() && tasks.len() < count {
        let id = tasks.len();
        let kind = Kind::ALL[id % Kind::ALL.len()];
        let round = id / Kind::ALL.len();
        let ecosystem = &ecosystems[round % ecosystems.len()];
        let (package, files) = &ecosystem[(round / ecosystems.len()) % ecosystem.len()];
        let path = random.choice(files).cloned().unwrap_or_default();
        let text = sources.read(package, &path)?;
        let place = (0..TRIES).find_map(|_| place(&text, kind, &mut random));
        let Some((start, end)) = place else { continue };
        tasks.push(Task {
            id,
            package: (*package).clone(),
            path,
            start,
            end,
            kind,
            check: crc(text.as_bytes()),
        });
    }
    Ok(tasks)
}

/// Files that people wrote, relative to `folder`.
fn suitable(folder: &Path, package: &Package) -> Result<Vec<String>> {
    let endings: &[&str] = match package.ecosystem.as_str() {
        "rust" => &[".rs"],
        "python" => &[".py"],
        _ => &[".ts", ".tsx"],
    };
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next)? {
            let path = entry?.path();
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            if path.is_dir() {
                if !["target", "node_modules", "vendor"].iter().any(|skipped| path.ends_with(skipped)) {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending))
                && !name.ends_with(".d.ts")
                && std::fs::read_to_string(&path).is_ok_and(|text| is_written(&text))
            {
                found.push(name);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_written(text: &str) -> bool {
    let generated =
        text.lines().take(5).any(|line| line.contains("@generated") || line.contains("DO NOT EDIT"));
    text.len() <= MAX_BYTES
        && text.lines().count() >= 20
        && text.lines().all(|line| line.len() <= MAX_LINE)
        && !generated
}

/// A hole of this kind at a random place; none where the line that was drawn offers none.
fn place(text: &str, kind: Kind, random: &mut fastrand::Rng) -> Option<(usize, usize)> {
    let starts: Vec<usize> =
        std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let number = random.usize(..starts.len());
    let end_of = |number: usize| starts.get(number + 1).map_or(text.len(), |next| next - 1);
    let (start, end) = (starts[number], end_of(number));
    let line = text[start..end].trim_end();
    let end = start + line.len();
    let indent = line.len() - line.trim_start().len();
    let code = line.trim_start();
    if code.chars().filter(|c| !c.is_whitespace()).count() < 4
        || ["//", "#", "*", "/*", "\"\"\""].iter().any(|mark| code.starts_with(mark))
    {
        return None;
    }
    let letter = |index: usize| {
        line.as_bytes().get(index).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    let enough = |index: usize| line[index..].chars().filter(|c| !c.is_whitespace()).count() >= 3;
    let inside: Vec<usize> = (indent..line.len()).filter(|&index| line.is_char_boundary(index)).collect();
    match kind {
        Kind::Line => Some((start + indent, end)),
        Kind::Rest => {
            let cuts: Vec<usize> = inside
                .into_iter()
                .filter(|&i| i > indent && !(letter(i - 1) && letter(i)) && enough(i))
                .collect();
            Some((start + random.choice(cuts)?, end))
        }
        Kind::Half => {
            let cuts: Vec<usize> = inside
                .into_iter()
                .filter(|&i| i > indent && letter(i - 1) && letter(i) && enough(i))
                .collect();
            let cut = random.choice(cuts)?;
            let from = (0..cut).rev().take_while(|&i| letter(i)).last()?;
            let to = (cut..line.len()).take_while(|&i| letter(i)).last()? + 1;
            (to - from >= 4 && !line.as_bytes()[from].is_ascii_digit()).then_some((start + cut, end))
        }
        Kind::Block => {
            let last = number + random.usize(BLOCK) - 1;
            (last < starts.len())
                .then(|| (start + indent, starts[last] + text[starts[last]..end_of(last)].trim_end().len()))
                .filter(|(from, to)| from < to && !text[..*to].ends_with('\n'))
        }
        Kind::Span => {
            let length = random.usize(SPAN);
            let from = random.choice(inside)?;
            let to = from + length;
            (to < line.len()
                && line.is_char_boundary(to)
                && !line[to..].trim().is_empty()
                && !line[from..to].trim().is_empty())
            .then_some((start + from, start + to))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "fn main() {\n    let largest = values.iter().max();\n    // a comment\n    print(largest);\n\n}\n";

    #[test]
    fn holes_are_what_their_kind_says() {
        let mut random = fastrand::Rng::with_seed(7);
        for kind in Kind::ALL {
            let mut found = 0;
            for _ in 0..400 {
                let Some((start, end)) = place(TEXT, kind, &mut random) else { continue };
                found += 1;
                let (hole, before) = (&TEXT[start..end], TEXT[..start].chars().next_back());
                let word = |c: char| c.is_alphanumeric() || c == '_';
                let inside = before.is_some_and(word) && hole.starts_with(word);
                assert!(!hole.starts_with("//") && !hole.trim().is_empty(), "{kind:?} {hole:?}");
                match kind {
                    Kind::Rest => assert!(!inside && TEXT[end..].starts_with('\n'), "{hole:?}"),
                    Kind::Half => assert!(inside && TEXT[end..].starts_with('\n'), "{hole:?}"),
                    Kind::Line => {
                        assert!(TEXT[..start].lines().last().is_none_or(|l| start == 0
                            || l.trim().is_empty()
                            || TEXT[..start].ends_with('\n')))
                    }
                    Kind::Block => assert!(hole.contains('\n'), "{hole:?}"),
                    Kind::Span => assert!(!hole.contains('\n') && !TEXT[end..].starts_with('\n'), "{hole:?}"),
                }
            }
            assert!(found > 10, "{kind:?}");
        }
    }

    #[test]
    fn generated_and_minified_files_are_no_sources() {
        let body = "let a = 1;\n".repeat(30);
        assert!(is_written(&body));
        for text in [format!("// @generated\n{body}"), format!("{body}{}", "x".repeat(500)), "a\n".into()] {
            assert!(!is_written(&text));
        }
    }
}
