//! What one entry says. No field holds code or what was said to a model: that is [`Content`], which is kept only where
//! somebody wants it, and sealed.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One interaction, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Of the process, a dash, and its number there.
    pub id: String,
    /// Microseconds since 1970, UTC.
    pub time: u64,
    pub actor: Actor,
    pub feature: Feature,
    pub action: Action,
    /// The entry that this one is about, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The workspace folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelUsed>,
    /// What may leave the machine: `strict`, `moderate` or `open`.
    pub privacy: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileUsed>,
    #[serde(default, skip_serializing_if = "Sizes::is_empty")]
    pub sizes: Sizes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<ToolUsed>,
    /// What was asked of another host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Requested>,
    /// Bytes that left this machine for it; `None` where whoever records it cannot know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_bytes: Option<u64>,
    /// Of an entry that sums up: how often what happened.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u64>,
    /// A few words, without secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<Erased>,
}

impl Entry {
    /// Who, when and where of this entry, for one that the log itself makes.
    pub(crate) fn of_the_log(&self, action: Action, note: &str) -> Self {
        Self {
            id: format!("{}-{}", self.id, action.name()),
            time: self.time,
            actor: Actor { by: By::Program, ..self.actor.clone() },
            feature: Feature::Audit,
            action,
            of: None,
            workspace: self.workspace.clone(),
            model: None,
            privacy: self.privacy.clone(),
            files: Vec::new(),
            sizes: Sizes::default(),
            tool: None,
            request: None,
            sent_bytes: Some(0),
            counts: BTreeMap::new(),
            note: Some(note.to_owned()),
            erased: None,
        }
    }
}

/// Who acted, as far as the system and the client say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The number of the system's user; empty where there is none.
    pub user: String,
    /// The program that he used, with its version.
    pub client: String,
    pub by: By,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $(#[serde(rename = $word)] $variant,)+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }
    };
}

words! {
    /// Whose act it was.
    By { Person = "person", Model = "model", Agent = "agent", Program = "program", }
}

words! {
    /// What was used.
    Feature {
        Completion = "completion", Chat = "chat", CommitMessage = "commit-message", Explain = "explain",
        Review = "review", Action = "code-action", Tool = "tool", Model = "model", Configuration = "configuration",
        Audit = "audit", Network = "network", NextEdit = "next-edit",
    }
}

words! {
    /// What happened. `Summed` stands for many at once, `Gap` for what could not be recorded; `Identified` gives the model of an
    /// earlier entry its hash.
    Action {
        Answered = "answered", Shown = "shown", Accepted = "accepted", Kept = "kept", Rejected = "rejected",
        Called = "called", Refused = "refused", Failed = "failed", Chosen = "chosen", Loaded = "loaded", Changed = "changed",
        Trusted = "trusted", Revoked = "revoked", Summed = "summed", Gap = "gap", Erased = "erased", Alarm = "alarm",
        Exported = "exported", Verified = "verified", Began = "began", Ended = "ended", Identified = "identified",
        Sent = "sent",
    }
}

words! {
    /// By what a call of a tool was let through, or not.
    Permission {
        Free = "free", Remembered = "remembered", Once = "once", Session = "session", Workspace = "workspace",
        Refused = "refused", Never = "never", Nobody = "nobody", NotAsked = "not-asked",
    }
}

words! {
    /// How much of entries was erased.
    What { Content = "content", Records = "records", }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelUsed {
    pub name: String,
    /// Of its file; `None` where it is not known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileUsed {
    /// From the workspace folder, with `/`, without secrets.
    pub path: String,
    /// Of its text as it was then; `None` where it could not be read again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    #[serde(default, skip_serializing_if = "is_zero")]
    pub prompt_tokens: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub answer_tokens: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub asked_bytes: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub answer_bytes: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub milliseconds: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Sizes {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolUsed {
    pub name: String,
    pub class: String,
    pub permission: Permission,
}

/// A request that left this machine, or all those of a download.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requested {
    pub host: String,
    /// `download`, or of the engine: `loopback`, `team`, `cloud`.
    pub class: String,
    /// What it was for, in a word.
    pub purpose: String,
    /// Of its lines in the record that `trust-net` keeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Secrets that were masked in what was sent.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub masked: u64,
}

/// Which entries lost what: ranges of numbers, each from its first to its last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    pub what: What,
    pub entries: Vec<(u64, u64)>,
    /// Why: `asked`, or `retention`.
    pub why: String,
}

impl Erased {
    pub(crate) fn holds(&self, seq: u64) -> bool {
        let at = self.entries.partition_point(|(_, last)| *last < seq);
        self.entries.get(at).is_some_and(|(first, _)| *first <= seq)
    }
}

/// What was said, with its secrets masked: it is kept sealed, and only where the user wants it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// What is handed to the writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub entry: Entry,
    pub content: Option<Content>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_what_lies_in_them() {
        let entries = vec![(2, 4), (6, 6), (9, 20)];
        let erased = Erased { what: What::Records, entries, why: "asked".into() };
        let held: Vec<u64> = (0..25).filter(|seq| erased.holds(*seq)).collect();
        assert_eq!(held, [2, 3, 4, 6].into_iter().chain(9..=20).collect::<Vec<_>>());
    }
}
