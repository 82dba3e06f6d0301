//! A shared clone of a repository in a temporary folder, and changes put into its files: each time the same.

use std::path::{Path, PathBuf};
use std::process::Command;
use trust_grammars::Language;

const KEYWORDS: &[&str] = &[
    "assert",
    "async",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "crate",
    "default",
    "delete",
    "else",
    "enum",
    "except",
    "export",
    "extends",
    "false",
    "finally",
    "from",
    "function",
    "global",
    "impl",
    "import",
    "interface",
    "lambda",
    "loop",
    "match",
    "move",
    "null",
    "pass",
    "raise",
    "return",
    "self",
    "static",
    "struct",
    "super",
    "switch",
    "this",
    "throw",
    "trait",
    "true",
    "type",
    "typeof",
    "unsafe",
    "void",
    "where",
    "while",
    "with",
    "yield",
];

/// A line in so many is changed.
const STRIDE: usize = 4;

pub struct Clone {
    folder: PathBuf,
    _folder: tempfile::TempDir,
}

/// How many lines are to be added or removed, in how many files at most.
pub struct Edits {
    pub lines: usize,
    pub files: usize,
}

impl Clone {
    pub fn of(repository: &Path) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let clone = Self { folder: folder.path().join("clone"), _folder: folder };
        let repository = repository.canonicalize().map_err(|error| error.to_string())?;
        let (from, to) = (repository.to_string_lossy(), clone.folder.to_string_lossy());
        run(Path::new("/"), &["clone", "--quiet", "--shared", &from, &to])?;
        Ok(clone)
    }

    pub fn path(&self) -> &Path {
        &self.folder
    }

    pub fn git(&self, arguments: &[&str]) -> Result<String, String> {
        run(&self.folder, arguments)
    }

    pub fn write(&self, path: &str, text: &str) -> Result<(), String> {
        let path = self.folder.join(path);
        let folder = path.parent().unwrap_or(&self.folder);
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, text))
            .map_err(|error| error.to_string())
    }

    /// Changes lines of sources that are spread over the repository. Says how many lines are less and more.
    pub fn edit(&self, edits: &Edits) -> Result<usize, String> {
        let listed = self.git(&["ls-files"])?;
        let sources: Vec<&str> =
            listed.lines().filter(|path| Language::from_path(Path::new(path)).is_some()).collect();
        let step = (sources.len() / edits.files.max(1)).max(1);
        let share = edits.lines.div_ceil(edits.files.min(sources.len()).max(1));
        let mut changed = 0;
        for start in 0..step {
            for path in sources.iter().skip(start).step_by(step) {
                if changed >= edits.lines {
                    return Ok(changed);
                }
                let Ok(text) = std::fs::read_to_string(self.folder.join(path)) else { continue };
                if text.lines().count() < share.min(200) * 2 && edits.files < sources.len() {
                    continue;
                }
                let most = if edits.files < sources.len() { share } else { usize::MAX };
                let (text, count) = altered(&text, most.min(edits.lines - changed));
                self.write(path, &text)?;
                changed += count;
            }
        }
        // More than there is to change is new.
        let mut number = 0;
        while changed < edits.lines && !sources.is_empty() {
            let path = sources.get(number % sources.len()).copied().unwrap_or_default();
            let text = std::fs::read_to_string(self.folder.join(path)).unwrap_or_default();
            self.write(&format!("more/{number}/{path}"), &text)?;
            (changed, number) = (changed + text.lines().count(), number + 1);
        }
        Ok(changed)
    }
}

/// Calls a word of every fourth line otherwise, which leaves the syntax as it was: a line less and a line more.
fn altered(text: &str, most: usize) -> (String, usize) {
    let (mut new, mut changed) = (String::with_capacity(text.len()), 0);
    for (at, line) in text.split_inclusive('\n').enumerate() {
        let place = if at % STRIDE == 0 && changed + 2 <= most { word_end(line) } else { None };
        match place.and_then(|place| line.split_at_checked(place)) {
            Some((before, after)) => {
                new.extend([before, "_now", after]);
                changed += 2;
            }
            None => new.push_str(line),
        }
    }
    (new, changed)
}

/// Where a word ends that may be a name.
fn word_end(line: &str) -> Option<usize> {
    let mut start = 0;
    for (at, c) in line.char_indices() {
        if c.is_ascii_alphanumeric() || c == '_' {
            continue;
        }
        let word = line.get(start..at).unwrap_or_default();
        if word.len() > 3 && word.bytes().all(|byte| byte.is_ascii_lowercase()) && !KEYWORDS.contains(&word) {
            return Some(at);
        }
        start = at + c.len_utf8();
    }
    None
}

fn run(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git").args(arguments).current_dir(folder).output();
    let output = output.map_err(|error| format!("git: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
    }
}
