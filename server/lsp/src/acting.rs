//! Edits that a model makes, as the server and the command line both have them made: what is read, what the audit log is
//! told, and what is open in an editor.

use crate::assistant::Assistant;
use crate::audit::{self, Event, File};
use crate::net::Ledger;
use crate::offered::Offered;
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use trust_assist::actions::{Made, Wish, Work, act};
use trust_audit::{Action, Feature};
use trust_grammars::Language;
use trust_index::{FileBroker, Refusal};
use trust_inference::CancelToken;
use trust_models::Task;
use trust_text::Text;
use trust_tools::{Change, Documents};

/// A place in a file, as it was when somebody asked.
pub struct Site {
    pub path: PathBuf,
    pub language: Language,
    pub text: Arc<str>,
    /// Of the document that an editor has open.
    pub version: Option<i32>,
    /// In bytes.
    pub selection: Range<usize>,
}

/// What an editor has open, by canonical paths. It takes changes itself.
#[derive(Default)]
pub struct OpenTexts(pub HashMap<PathBuf, (Arc<str>, i32)>);

impl Documents for OpenTexts {
    fn open(&self, path: &Path) -> Option<(Arc<str>, i32)> {
        self.0.get(path).cloned()
    }

    fn apply(&self, _: &[Change]) -> Result<(), String> {
        Err("the editor makes its changes itself".into())
    }
}

/// Whether a model may be shown a file, and its canonical path where it lies in the workspace.
///
/// # Errors
/// Why not, in words.
pub fn readable(assistant: &Assistant, path: &Path, text: &str) -> Result<PathBuf, String> {
    FileBroker::check_text(text).map_err(|refusal| refusal.to_string())?;
    match assistant.index().broker().allows(path) {
        Ok(canonical) => Ok(canonical),
        Err(refusal @ Refusal::Excluded { .. }) => Err(refusal.to_string()),
        Err(_) => Ok(path.to_owned()),
    }
}

/// What a model made, and how it was told of.
pub struct Performed {
    pub made: Made,
    model: Option<String>,
    /// The entry of the audit log that tells of it.
    entry: Option<String>,
}

impl Performed {
    /// Somebody sees it, and may take it: it counts from now on.
    pub fn offer(&self) -> Offered {
        Offered::shown(Feature::Action, self.model.clone(), self.entry.clone())
    }

    /// Nobody can take it, and nobody has seen it: the log says so, and it counts for nothing.
    pub fn missed(&self) {
        let event = Event::new(Feature::Action, Action::Rejected);
        audit::record(event.of(self.entry.clone()).model(self.model.clone()));
    }
}

/// Has the model do it. Blocks; `cancel` ends it at any token.
///
/// # Errors
/// Why there is no edit, in words.
pub fn perform(
    assistant: &Assistant,
    wish: &Wish,
    site: &Site,
    documents: &dyn Documents,
    cancel: &CancelToken,
) -> Result<Performed, String> {
    let path = readable(assistant, &site.path, &site.text)?;
    let model = assistant.wait_for_model(Task::Chat, cancel).ok_or("there is no model")?;
    let shown = assistant.relative(&site.path).1;
    let work = Work {
        index: &assistant.index(),
        documents,
        path: &path,
        shown: &shown,
        language: site.language,
        text: &site.text,
        version: site.version,
        selection: site.selection.clone(),
        remark: "",
    };
    let start = Instant::now();
    let ledger = Ledger::default();
    let made = ledger.during(|| act(wish, &work, model.model(), cancel));
    let action = if made.is_ok() { Action::Shown } else { Action::Failed };
    let parts = made.iter().flat_map(|made| made.changes.iter().flat_map(|change| &change.parts));
    let answer: Vec<&str> = parts.map(|(_, text)| text.as_str()).collect();
    let name = Some(model.model().card().name.clone());
    let entry = audit::record(
        Event::new(Feature::Action, action)
            .within(assistant.root_of(&site.path))
            .model(name.clone())
            .files(vec![File::Open(shown.clone(), Text::new(&site.text))])
            .took(start.elapsed())
            .sent(ledger.take())
            .said(wish.instruction(), &answer.join("\n"))
            .note(wish.word()),
    );
    let made = made.map_err(|error| error.to_string())?;
    Ok(Performed { made, model: name, entry })
}
