//! What was offered beside completions, and what became of it: told to the counts and to the audit log alike.

use crate::audit::{self, Event};
use crate::stats::{self, Fate};
use trust_audit::{Action, Feature};

/// Something that was offered.
#[derive(Debug, Clone)]
pub struct Offered {
    feature: Feature,
    /// The model that made it, if one did.
    model: Option<String>,
    /// Somebody saw it: then it counts, too, if he passes it over.
    is_shown: bool,
    /// The entry of the audit log that tells of it.
    entry: Option<String>,
    /// What is said of it where no entry tells of it.
    note: Option<String>,
}

impl Offered {
    /// It is shown, as this entry of the audit log says.
    pub fn shown(feature: Feature, model: Option<String>, entry: Option<String>) -> Self {
        stats::fared(feature.name(), model.as_deref(), Fate::Shown);
        Self { feature, model, is_shown: true, entry, note: None }
    }

    /// It stands in a list that nobody may ever open: editors ask for those wherever the cursor rests.
    pub fn listed(feature: Feature, note: String) -> Self {
        Self { feature, model: None, is_shown: false, entry: None, note: Some(note) }
    }

    pub fn is_shown(&self) -> bool {
        self.is_shown
    }

    /// What became of it. Of what may never have been seen only is told that it was taken.
    pub fn fared(&self, fate: Fate) {
        let action = match fate {
            Fate::Accepted => Action::Accepted,
            Fate::Kept => Action::Kept,
            Fate::Rejected if self.is_shown => Action::Rejected,
            Fate::Shown | Fate::Rejected => return,
        };
        stats::fared(self.feature.name(), self.model.as_deref(), fate);
        let event = Event::new(self.feature, action).of(self.entry.clone()).model(self.model.clone());
        audit::record(match &self.note {
            Some(note) => event.note(note.clone()),
            None => event,
        });
    }
}
