//! The model that words what is said of changes: which one, whether it is to be asked at all, and when it has to be done.

use crate::assistant::Assistant;
use crate::audit::{self, Event};
use crate::model_slot::{Loaded, ModelChoice, ModelState};
use crate::net::Ledger;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use trust_assist::Changes;
use trust_assist::commit::Draft;
use trust_assist::review::{HouseRules, Judged, model_findings};
use trust_audit::{Action, Feature};
use trust_inference::CancelToken;
use trust_models::Task;

/// How a model is come by, once the facts are there.
pub struct Voice<'a> {
    /// The model for a repository; none where nobody is to be asked; or why it cannot be. Blocks while it is loaded.
    pub model: &'a dyn Fn(&Path) -> Result<Option<Arc<Loaded>>, String>,
    /// When words come too late.
    pub deadline: Instant,
}

/// What a model made of messages, beside these.
#[derive(Debug, Default)]
pub struct Words {
    /// Which one was asked.
    pub model: Option<String>,
    /// Files of which it was not shown everything.
    pub not_shown: Vec<String>,
    /// Why there are no words of it.
    pub note: Option<String>,
}

/// Hears the messages of code before a model is asked.
pub type First<'a> = &'a dyn Fn(&[Draft]);

/// Why a model that is chosen has nothing to say of changes.
pub fn silence(choice: &ModelChoice) -> Option<String> {
    match choice {
        ModelChoice::None => Some("no model is in use; `model.chat` names one".into()),
        ModelChoice::Bundled => Some(
            "the bundled model completes code and has no words for changes; `model.chat` names a model that converses"
                .into(),
        ),
        _ => None,
    }
}

/// Whether the session's model is asked by a request that leaves it open (`None`).
///
/// # Errors
/// It was asked for, and cannot be.
pub fn is_wanted(assistant: &Assistant, asked: Option<bool>, by_default: bool) -> Result<bool, String> {
    let slot = assistant.model_of(Task::Chat);
    let silence = silence(&slot.choice());
    let ready = || matches!(slot.state().as_ref(), ModelState::Ready(_) | ModelState::Resting(_));
    match (asked, silence) {
        (Some(true), Some(why)) => Err(why),
        (Some(asked), _) => Ok(asked),
        (None, silence) => Ok(by_default && silence.is_none() && ready()),
    }
}

/// The session's model of a task for what is in a repository.
///
/// # Errors
/// It is not loaded, or may not read that.
pub fn of_session(
    assistant: &Assistant,
    task: Task,
    root: &Path,
    cancel: &CancelToken,
) -> Result<Arc<Loaded>, String> {
    let loaded = assistant.wait_for_model(task, cancel).ok_or("the model is not loaded")?;
    let inside = |folder: &Path| folder.canonicalize().is_ok_and(|folder| root.starts_with(folder));
    if loaded.model().is_elsewhere() && !assistant.roots().iter().any(|folder| inside(folder)) {
        let name = &loaded.model().card().name;
        return Err(format!(
            "{} reaches beyond the workspace, so nothing of it was sent to {name}; open the whole of it",
            root.display()
        ));
    }
    Ok(loaded)
}

/// What a model finds, and a line for the audit log.
///
/// # Errors
/// It cannot be asked so, in words.
pub fn judged(
    loaded: &Loaded,
    changes: &Changes,
    house: &HouseRules,
    cancel: &CancelToken,
) -> Result<Judged, String> {
    let (start, ledger) = (Instant::now(), Ledger::default());
    let found = ledger.during(|| model_findings(changes, house, loaded.model(), cancel));
    let action = if found.is_ok() { Action::Answered } else { Action::Failed };
    let findings = found.iter().flat_map(|judged| &judged.findings);
    let answer: Vec<&str> = findings.map(|finding| finding.message.as_str()).collect();
    let event = Event::new(Feature::Review, action).model(Some(loaded.model().card().name.clone()));
    audit::record(event.took(start.elapsed()).sent(ledger.take()).said("", &answer.join("\n")));
    found.map_err(|error| error.to_string())
}
