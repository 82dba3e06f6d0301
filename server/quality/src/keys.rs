//! The keys of a replay as a file, for real editors to press: trees of files, and the places in them that are typed in.

use crate::commits::Tree;
use crate::replay::{self, Answer, Hole, Server};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A tree of files, and what is typed into it.
#[derive(Serialize)]
struct Session {
    folder: PathBuf,
    holes: Vec<Place>,
}

/// What stands before the cursor and behind it; each key is what it adds, a line break with the indentation of its line.
#[derive(Serialize)]
struct Place {
    path: String,
    above: String,
    below: String,
    keys: Vec<String>,
}

/// Answers nothing, and so sees every key.
struct Recorder {
    out: PathBuf,
    sessions: Vec<Session>,
    /// In the last place.
    typed: String,
    /// Keys that are still to be written: a commit may have more.
    left: usize,
}

impl Server for Recorder {
    fn start(&mut self, tree: &Tree) -> Result<()> {
        let folder = self.out.join(self.sessions.len().to_string());
        let copied = Command::new("cp").arg("-R").arg(&tree.folder).arg(&folder).status()?;
        if !copied.success() {
            bail!("cp failed on {}", folder.display());
        }
        self.sessions.push(Session { folder, holes: Vec::new() });
        Ok(())
    }

    fn ask(&mut self, hole: &Hole<'_>, typed: &str) -> Result<Answer> {
        let holes = &mut self.sessions.last_mut().context("no tree")?.holes;
        match (holes.last_mut(), typed.strip_prefix(self.typed.as_str())) {
            (Some(place), Some(key))
                if place.path == hole.path && place.above.starts_with(hole.above) && !key.is_empty() =>
            {
                place.keys.extend((self.left > 0).then(|| key.to_owned()));
                self.left = self.left.saturating_sub(1);
            }
            _ if self.left > 0 => holes.push(Place {
                path: hole.path.to_owned(),
                // The indentation of the first line is there.
                above: format!("{}{typed}", hole.above),
                below: hole.below.to_owned(),
                keys: Vec::new(),
            }),
            _ => {}
        }
        typed.clone_into(&mut self.typed);
        Ok(Answer::default())
    }
}

/// Writes into `out` the trees of commits of the repository at `folder`, and about so many keys as `keys.json`.
pub fn write(folder: &Path, work: &Path, out: &Path, keys: usize) -> Result<()> {
    let _ = std::fs::remove_dir_all(out);
    std::fs::create_dir_all(out)?;
    let out = std::path::absolute(out)?;
    let mut recorder = Recorder { out, sessions: Vec::new(), typed: String::new(), left: keys };
    replay::replay(folder, work, keys, &mut recorder)?;
    Ok(std::fs::write(recorder.out.join("keys.json"), serde_json::to_string(&recorder.sessions)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_what_it_adds_and_so_many_are_written_as_were_asked_for() {
        let mut recorder = Recorder {
            out: PathBuf::new(),
            sessions: vec![Session { folder: PathBuf::new(), holes: Vec::new() }],
            typed: String::new(),
            left: 3,
        };
        let asked = [
            ("a", "x\n", "    "),
            ("a", "x\n", "    f"),
            ("a", "x\n", "    f\n    "),
            ("a", "y\n", ""),
            ("a", "y\n", "g"),
            ("a", "y\n", "gh"),
            ("b", "", ""),
        ];
        for (path, above, typed) in asked {
            let hole = Hole { folder: Path::new("/"), path, above, below: "\n}" };
            recorder.ask(&hole, typed).unwrap();
        }
        let seen: Vec<_> = recorder.sessions[0]
            .holes
            .iter()
            .map(|place| (place.path.as_str(), place.above.as_str(), place.keys.join("|")))
            .collect();
        assert_eq!(
            seen,
            [("a", "x\n    ", "f|\n    ".to_owned()), ("a", "y\n", "g".to_owned())],
            "three keys, and no more"
        );
    }
}
