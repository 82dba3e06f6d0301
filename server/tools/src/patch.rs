//! Unified diffs as models write them: the numbers of their hunks are seldom right, so each hunk is found by its lines,
//! and must stand in one place only.

use crate::edit::{Replacement, lines_replaced};
use crate::lines::Lines;

/// What is to be done to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilePatch {
    pub path: String,
    /// The file is to be made.
    pub is_new: bool,
    pub hunks: Vec<Hunk>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hunk {
    /// Where it says that it begins, from 1.
    start: Option<usize>,
    lines: Vec<(Kind, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Context,
    /// Context without its blank; at the end of a hunk it is no line at all.
    Bare,
    Removed,
    Added,
}

/// # Errors
/// What is wrong with the patch, in words.
pub(crate) fn parse(patch: &str) -> Result<Vec<FilePatch>, String> {
    let mut files: Vec<FilePatch> = Vec::new();
    let lines: Vec<&str> = patch.lines().collect();
    let mut in_hunk = false;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        // Within a hunk two such lines may be a removed and an added one.
        let is_header = !in_hunk || lines.get(at + 1).is_some_and(|behind| behind.starts_with("@@"));
        let new = lines.get(at).and_then(|next| next.strip_prefix("+++ ")).filter(|_| is_header);
        if let (Some(old), Some(new)) = (line.strip_prefix("--- "), new) {
            at += 1;
            if name(new) == "/dev/null" {
                return Err(format!("`{}`: files are not deleted by a patch", name(old)));
            }
            let is_new = name(old) == "/dev/null";
            files.push(FilePatch { path: name(new).to_owned(), is_new, hunks: Vec::new() });
            in_hunk = false;
        } else if line.starts_with("@@") {
            let file = files.last_mut().ok_or("a hunk before `--- a/FILE` and `+++ b/FILE`")?;
            file.hunks.push(Hunk { start: start(line), lines: Vec::new() });
            in_hunk = true;
        } else if line.starts_with("rename ")
            || line.starts_with("deleted file")
            || line.starts_with("Binary ")
        {
            return Err(format!("line {at}: only texts are changed and made by a patch"));
        } else if line.starts_with("diff ") {
            in_hunk = false;
        } else if let Some(hunk) = files.last_mut().and_then(|file| file.hunks.last_mut()).filter(|_| in_hunk)
        {
            let (kind, text) = match line.split_at_checked(1) {
                Some(("+", text)) => (Kind::Added, text),
                Some(("-", text)) => (Kind::Removed, text),
                Some((" ", text)) => (Kind::Context, text),
                None => (Kind::Bare, ""),
                Some(("\\", _)) => continue,
                _ => return Err(format!("line {at} of the patch begins with none of `+`, `-` and a blank")),
            };
            hunk.lines.push((kind, text.to_owned()));
        }
    }
    for file in &mut files {
        for hunk in &mut file.hunks {
            while hunk.lines.pop_if(|(kind, _)| *kind == Kind::Bare).is_some() {}
        }
        file.hunks.retain(|hunk| !hunk.lines.is_empty());
        if file.hunks.is_empty() {
            return Err(format!("`{}` has no hunk that begins with `@@`", file.path));
        }
    }
    if files.is_empty() {
        return Err("no `--- a/FILE` and `+++ b/FILE`: a unified diff is needed".into());
    }
    Ok(files)
}

/// A path without what git puts before it and others put behind it.
fn name(header: &str) -> &str {
    let path = header.split('\t').next().unwrap_or_default().trim().trim_matches('"');
    path.strip_prefix("a/").or(path.strip_prefix("b/")).unwrap_or(path)
}

fn start(header: &str) -> Option<usize> {
    header.split('-').nth(1)?.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

impl FilePatch {
    /// The text of a file that is made.
    ///
    /// # Errors
    /// It says that something was there before.
    pub fn text(&self) -> Result<String, String> {
        let lines = self.hunks.iter().flat_map(|hunk| &hunk.lines);
        let added = |(kind, text): &(Kind, String)| match kind {
            Kind::Added => Ok(format!("{text}\n")),
            _ => Err(format!("`{}` is new, so all lines begin with `+`", self.path)),
        };
        lines.map(added).collect()
    }

    /// What is replaced in `text`, in order.
    ///
    /// # Errors
    /// Which hunk stands nowhere, or in several places.
    pub fn replacements(&self, text: &str) -> Result<Vec<Replacement>, String> {
        let lines = Lines::of(text);
        let (mut from, mut drift, mut found) = (1, 0_isize, Vec::new());
        for (number, hunk) in self.hunks.iter().enumerate() {
            let at = hunk.place(&lines, from, drift);
            let at = at.map_err(|why| format!("hunk {} of `{}` {why}", number + 1, self.path))?;
            drift = hunk.start.map_or(drift, |said| at as isize - said as isize);
            from = hunk.replacements(text, at, &mut found);
        }
        Ok(found)
    }
}

impl Hunk {
    /// The line where it stands, from 1.
    fn place(&self, lines: &Lines<'_>, from: usize, drift: isize) -> Result<usize, String> {
        let old = self.lines.iter().filter(|(kind, _)| *kind != Kind::Added);
        let old: Vec<&str> = old.map(|(_, text)| text.as_str()).collect();
        if old.is_empty() {
            return match lines.count() {
                0 => Ok(1),
                _ => {
                    Err("has no line of the file, so its place is not known; give some lines around it"
                        .into())
                }
            };
        }
        let exact: fn(&str) -> &str = |line| line;
        for seen in [exact, str::trim_end] {
            let stands = |at: &usize| {
                old.iter().enumerate().all(|(nth, line)| seen(lines.line(at + nth)) == seen(line))
            };
            let last = (lines.count() + 1).saturating_sub(old.len());
            let places: Vec<usize> = (from..=last).filter(stands).collect();
            match &places[..] {
                [] => {}
                [place] => return Ok(*place),
                several => {
                    let said = self.start.and_then(|start| start.checked_add_signed(drift));
                    return said.filter(|said| several.contains(said)).ok_or_else(|| {
                        format!("fits in {} places; give more lines around it", several.len())
                    });
                }
            }
        }
        let first = old.iter().find(|line| !line.trim().is_empty()).unwrap_or(&"");
        let alike = (1..=lines.count()).find(|at| lines.line(*at).trim() == first.trim());
        Err(match alike {
            Some(line) => {
                format!("does not stand in the file as it is now; its first line is like line {line}")
            }
            None => "does not stand in the file as it is now; read the file again".into(),
        })
    }

    /// Adds what is replaced; gives the first line behind the hunk. Lines that stay are not touched.
    fn replacements(&self, text: &str, at: usize, found: &mut Vec<Replacement>) -> usize {
        let (mut line, mut removed, mut added) = (at, 0, Vec::<&str>::new());
        let mut flush = |line: usize, removed: &mut usize, added: &mut Vec<&str>| {
            if *removed > 0 || !added.is_empty() {
                found.push(lines_replaced(text, line - *removed, line - 1, added));
            }
            *removed = 0;
            added.clear();
        };
        for (kind, content) in &self.lines {
            match kind {
                Kind::Context | Kind::Bare => {
                    flush(line, &mut removed, &mut added);
                    line += 1;
                }
                Kind::Removed => {
                    // What was added before a removed line stands before it.
                    if !added.is_empty() {
                        flush(line, &mut removed, &mut added);
                    }
                    removed += 1;
                    line += 1;
                }
                Kind::Added => added.push(content),
            }
        }
        flush(line, &mut removed, &mut added);
        line
    }
}
