//! Who may do what: the class of a tool, the decision of a person, and how long it holds.

use crate::store;
use crate::{Failure, Tool, escaped};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// What a tool does to the world. It is said by our own registry, never by the tool's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Reads what the rules let be read.
    Read,
    /// Changes files, or makes them.
    Edit,
    Delete,
    /// Starts a program.
    Execute,
    /// Sends something away.
    Network,
    /// Has a server of the Model Context Protocol do it.
    Mcp,
}

impl Class {
    pub const ALL: [Self; 6] =
        [Self::Read, Self::Edit, Self::Delete, Self::Execute, Self::Network, Self::Mcp];

    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Edit => "edit",
            Self::Delete => "delete",
            Self::Execute => "execute",
            Self::Network => "network",
            Self::Mcp => "mcp",
        }
    }

    /// Whether permission may last longer than a session, and for more than the very same deed.
    pub fn may_last(self) -> bool {
        self != Self::Execute
    }

    /// What somebody is asked to permit.
    pub fn deed(self) -> &'static str {
        match self {
            Self::Read => "reading files",
            Self::Edit => "changing files",
            Self::Delete => "deleting files",
            Self::Execute => "running a program",
            Self::Network => "sending something away",
            Self::Mcp => "calling another server's tool",
        }
    }
}

/// What a person answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Once,
    /// Until this process ends; of a program that is run: this very command.
    Session,
    /// In this workspace, until it is taken back or the tool changes.
    Workspace,
    /// Not this time.
    No,
    /// Not in this workspace, until it is taken back.
    Never,
}

/// By what something was permitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permitted {
    /// Reading needs no permission.
    Free,
    /// By what was decided before.
    Before,
    Now(Decision),
}

/// What is to be permitted.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub tool: &'a str,
    pub class: Class,
    /// All that would be done: of an edit its diff. What would not be seen is spelled out.
    pub deed: &'a str,
}

/// Somebody who can be asked.
pub trait Ask: Send + Sync {
    /// `None` where there is nobody.
    fn ask(&self, question: &Question<'_>) -> Option<Decision>;
}

/// There is nobody.
pub struct Nobody;

impl Ask for Nobody {
    fn ask(&self, _question: &Question<'_>) -> Option<Decision> {
        None
    }
}

/// The decisions of one session in one workspace.
pub struct Permissions {
    /// Canonical.
    workspace: PathBuf,
    /// Where lasting decisions are kept; without it they last for the session.
    file: Option<PathBuf>,
    session: Mutex<HashMap<String, bool>>,
}

impl Permissions {
    pub fn new(workspace: PathBuf, file: Option<PathBuf>) -> Self {
        Self { workspace, file, session: Mutex::default() }
    }

    /// Whether what the tool would do may be done; asks where nothing is decided. A decision holds for the tool as it is:
    /// one whose parameters changed is asked about anew.
    ///
    /// # Errors
    /// [`Failure::Denied`].
    pub fn permit(&self, tool: &Tool, deed: &str, ask: &dyn Ask) -> Result<Permitted, Failure> {
        let class = tool.class();
        let denied = |why| Err(Failure::Denied { class, why });
        match self.decided(tool, deed) {
            Some(true) => return Ok(Permitted::Before),
            Some(false) => return denied("was refused in this workspace"),
            None if class == Class::Read => return Ok(Permitted::Free),
            None => {}
        }
        let shown = escaped(deed);
        let question = Question { tool: tool.name(), class, deed: &shown };
        let Some(decision) = ask.ask(&question) else {
            return denied("must be permitted, and there is nobody to ask");
        };
        let decision = match decision {
            Decision::Workspace if !class.may_last() => Decision::Session,
            other => other,
        };
        match decision {
            Decision::Once => {}
            Decision::No => return denied("was refused"),
            Decision::Session => self.remember(tool, deed, true),
            Decision::Workspace | Decision::Never => {
                let allow = decision == Decision::Workspace;
                self.remember(tool, deed, allow);
                if let Some(file) = &self.file
                    && let Err(why) = store::keep(file, self.stored(tool, allow))
                {
                    tracing::warn!(%why, "a decision lasts for this session only");
                }
                if !allow {
                    return denied("was refused");
                }
            }
        }
        Ok(Permitted::Now(decision))
    }

    fn decided(&self, tool: &Tool, deed: &str) -> Option<bool> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session.get(&key(tool, deed)).copied().or_else(|| {
            let all = store::stored(self.file.as_ref()?).unwrap_or_default();
            let same = |one: &&store::Stored| one.is_about(&self.stored(tool, one.allow));
            let lasting = all.iter().find(same).map(|one| one.allow);
            lasting.filter(|allow| !allow || tool.class().may_last())
        })
    }

    fn remember(&self, tool: &Tool, deed: &str, allow: bool) {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session.insert(key(tool, deed), allow);
    }

    fn stored(&self, tool: &Tool, allow: bool) -> store::Stored {
        store::Stored {
            workspace: self.workspace.clone(),
            tool: tool.name().to_owned(),
            class: tool.class(),
            schema: tool.fingerprint(),
            allow,
        }
    }
}

/// What a decision of the session is about. A tool whose parameters are others is another one.
fn key(tool: &Tool, deed: &str) -> String {
    let deed = if tool.class().may_last() { "" } else { deed };
    format!("{} {}\n{deed}", tool.name(), tool.fingerprint())
}
