//! The model of a command about git: loaded once the facts are there, waited for no longer than the command does.

use super::layers::Flags;
use crate::model_slot::{Loaded, ModelChoice, ModelSlot, ModelState};
use crate::repository::voice::silence;
use crate::setup::{ModelSetup, model_setup};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Instant;
use trust_models::Task;

/// Which model the configuration and the flags say.
pub struct Own<'a> {
    pub flags: &'a Flags,
    /// Nothing is loaded in a hook: that would take as long as it may take altogether.
    pub in_hook: bool,
    pub task: Task,
}

impl Own<'_> {
    /// The model for a repository; none where nobody is to be asked by default.
    ///
    /// # Errors
    /// It cannot be loaded, or not in time.
    pub fn load(&self, root: &Path, deadline: Instant) -> Result<Option<Arc<Loaded>>, String> {
        self.chosen(root).map(|setup| loaded(setup, root, deadline)).transpose()
    }

    /// Which one that is, for [`loaded`]; nothing is loaded yet.
    pub fn chosen(&self, root: &Path) -> Option<ModelSetup> {
        let (setup, wanted) = self.setup(root);
        (wanted && silence(&setup.choice).is_none()).then_some(setup)
    }

    /// The same of one that was asked for.
    ///
    /// # Errors
    /// There is none that could be asked, too.
    pub fn demand(&self, root: &Path, deadline: Instant) -> Result<Arc<Loaded>, String> {
        let (setup, _) = self.setup(root);
        match silence(&setup.choice) {
            Some(why) => Err(why),
            None => loaded(setup, root, deadline),
        }
    }

    fn setup(&self, root: &Path) -> (ModelSetup, bool) {
        let settings = self.flags.settings(vec![root.to_owned()], None);
        crate::net::obey(&settings.privacy);
        let setup = model_setup(&settings, self.flags.scripted(), self.task);
        let is_file = !matches!(setup.choice, ModelChoice::Endpoint { .. } | ModelChoice::Scripted { .. });
        (setup, settings.git_model && !(self.in_hook && is_file))
    }
}

/// The model, waited for until then.
///
/// # Errors
/// It cannot be loaded, or not in time.
pub fn loaded(setup: ModelSetup, root: &Path, deadline: Instant) -> Result<Arc<Loaded>, String> {
    // What is sent of this repository needs a consent for it.
    crate::net::within(&[root.to_owned()]);
    let name = setup.choice.name();
    let (done, outcome) = channel();
    std::thread::spawn(move || {
        let slot = ModelSlot::new(setup, Arc::new(|| ()));
        slot.load(None);
        let model = slot.current().ok_or_else(|| match slot.state().as_ref() {
            ModelState::Failed(reason) => reason.clone(),
            _ => "it is not loaded".into(),
        });
        // Who waited may have given up.
        let _ = done.send(model);
    });
    let left = deadline.saturating_duration_since(Instant::now());
    outcome.recv_timeout(left).unwrap_or_else(|_| Err(format!("{name} was not loaded in time")))
}
