//! What a team says: a folder with a signed manifest, verified whole before a word of it counts, and the last verified copy
//! of it, which holds where the folder is away or wrong.

mod copy;
mod folder;
mod layer;
mod manifest;
mod write;

use crate::actions::{UserAction, parse};
use crate::file::{Stamp, without_mark};
use crate::problem::Problem;
use manifest::{CONFIG, INSTRUCTIONS, Manifest, REVIEW};
use minisign_verify::PublicKey;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use write::{ManifestEdit, WrittenManifest, write_manifest};

/// The team as the machine's or the user's file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The folder of its configuration.
    pub source: PathBuf,
    /// The key that its manifest is signed with.
    pub key: String,
    /// The file that says so, and the line.
    pub by: (String, Option<usize>),
}

/// Where what holds of a team was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    Folder,
    /// The last that was verified.
    Copy,
}

/// A team's configuration, verified.
#[derive(Debug, Clone)]
pub struct Team {
    manifest: Manifest,
    signed: Signed,
    /// By their paths within the folder, as they are.
    files: BTreeMap<String, String>,
    pub held: Held,
}

/// The manifest as it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Signed {
    manifest: String,
    signature: String,
}

/// Why a folder is not what a team signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub file: String,
    pub line: Option<usize>,
    pub why: String,
    /// What to do.
    pub advice: &'static str,
}

impl Wrong {
    fn new(file: impl Into<String>, why: impl Into<String>, advice: &'static str) -> Self {
        Self { file: file.into(), line: None, why: why.into(), advice }
    }

    fn problem(self, then: &str) -> Problem {
        let Self { file, line, why, advice } = self;
        Problem::new(&file, line, None, format!("{why}; {then}; {advice}"))
    }
}

impl Team {
    /// The folder, where all of it is as it was signed with `key`. Reads all files of it.
    ///
    /// # Errors
    /// The first that is wrong with it.
    pub fn verify(folder: &Path, key: &str) -> Result<Self, Wrong> {
        let key = public(key).ok_or_else(|| Wrong::new("--key", NO_KEY, KEY_ADVICE))?;
        folder::verify(folder, &key, &mut Vec::new())
    }

    pub fn name(&self) -> &str {
        &self.manifest.name
    }

    pub fn version(&self) -> u64 {
        self.manifest.version
    }

    /// The keys and tables of keys that are locked, as the manifest names them.
    pub fn locked(&self) -> impl Iterator<Item = &str> {
        self.manifest.locked.iter().map(|(name, _)| name.as_str())
    }

    /// The files that were signed, by their paths within the folder.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), without_mark(text)))
    }

    pub(crate) fn config(&self) -> Option<&str> {
        self.file(CONFIG)
    }

    /// The rules of its reviews, in the form of a repository's own.
    pub fn review(&self) -> Option<&str> {
        self.file(REVIEW)
    }

    /// What a model is told before a conversation.
    pub fn instructions(&self) -> Option<&str> {
        self.file(INSTRUCTIONS).map(str::trim).filter(|text| !text.is_empty())
    }

    fn file(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(|text| without_mark(text))
    }

    /// What is locked, with the lines in the manifest: a name stands for all keys that begin with it and a dot too.
    pub(crate) fn locks(&self) -> &[(String, Option<usize>)] {
        &self.manifest.locked
    }

    /// What people know one of its files by.
    pub fn named(&self, path: &str) -> String {
        format!("team {}, {path}", self.name())
    }
}

const NO_KEY: &str = "is no public key of minisign";
const KEY_ADVICE: &str = "take the line of `minisign.pub` that begins with `RW`";

fn public(key: &str) -> Option<PublicKey> {
    PublicKey::from_base64(key.trim()).ok()
}

/// What holds of the team: the folder, where it is verified and no older than what was, or else the last that was. What was
/// looked at goes into `seen`.
pub(crate) fn hold(
    named: &Named,
    copies: Option<&Path>,
    last: Option<&Team>,
    seen: &mut Vec<(PathBuf, Stamp)>,
) -> (Option<Team>, Vec<Problem>) {
    let mut problems = Vec::new();
    let Some(key) = public(&named.key) else {
        let told = format!("{NO_KEY}; nothing of the team holds; {KEY_ADVICE}");
        problems.push(Problem::new(&named.by.0, named.by.1, Some("team.key"), told));
        return (None, problems);
    };
    let copy = copies.map(|folder| copy::path(folder, &named.key));
    let kept = match copy.as_deref().map(|file| copy::read(file, &key)) {
        Some(Ok(kept)) => kept,
        Some(Err(wrong)) => {
            problems.push(wrong.problem("it is passed over"));
            None
        }
        None => None,
    };
    let before = kept.as_ref().into_iter().chain(last).max_by_key(|team| team.version()).cloned();
    let found = folder::verify(&named.source, &key, seen)
        .and_then(|team| newer(&named.source, before.as_ref(), team));
    match found {
        Ok(team) => {
            let is_new = kept.is_none_or(|kept| kept.signed != team.signed);
            if let Some(file) = copy.filter(|_| is_new)
                && let Err(why) = copy::write(&file, &key, &team)
            {
                let told = format!(
                    "the verified copy cannot be kept: {why}; while the team's folder is away nothing of it will hold; \
                     free some space, or mend the rights of its folder"
                );
                problems.push(Problem::new(&file.display().to_string(), None, None, told));
            }
            (Some(team), problems)
        }
        Err(wrong) => {
            let then = match &before {
                Some(team) => format!("the last verified copy holds (version {})", team.version()),
                None => "there is no verified copy, so nothing of the team holds and what restricts is at its strictest".into(),
            };
            problems.push(wrong.problem(&then));
            (before.map(|team| Team { held: Held::Copy, ..team }), problems)
        }
    }
}

/// A team that was signed after what was verified last, or is it.
fn newer(folder: &Path, before: Option<&Team>, team: Team) -> Result<Team, Wrong> {
    let Some(before) = before else { return Ok(team) };
    let (old, new) = (before.version(), team.version());
    let why = if new < old {
        format!("is version {new}, older than version {old}, which was verified before")
    } else if new == old && team.signed.manifest != before.signed.manifest {
        format!("is another version {new} than the one that was verified before")
    } else {
        return Ok(team);
    };
    let file = folder.join(manifest::FILE).display().to_string();
    Err(Wrong::new(file, why, "have the team sign what is meant under a higher `version`"))
}

/// The code actions of a team, and what is wrong with files among them: file and reason.
pub fn team_actions(team: &Team) -> (Vec<UserAction>, Vec<String>) {
    let (mut actions, mut problems) = (Vec::new(), Vec::new());
    for (path, text) in team.files().filter(|(path, _)| path.starts_with(manifest::ACTIONS)) {
        match parse(text) {
            Ok(action) => {
                let title = format!("{} (team {})", action.title, team.name());
                actions.push(UserAction { title, ..action });
            }
            Err(why) => problems.push(format!("{}: {why}", team.named(path))),
        }
    }
    (actions, problems)
}
