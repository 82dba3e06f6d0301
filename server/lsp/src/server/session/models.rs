//! The session's models: exchanged when that is asked for or the settings mean others, let go when nobody asks them.

use super::Session;
use crate::assistant::Assistant;
use crate::model_slot::NotLoaded;
use crate::server::pressure::{self, Pressure};
use crate::setup::models;
use std::sync::{Arc, PoisonError};
use std::time::Instant;
use trust_config::Settings;

impl Session {
    /// Has other models answer, or the same with another context, once they are loaded. What goes on without one is told by
    /// the error.
    pub async fn exchange_models(&self, settings: &Settings) -> Result<(), NotLoaded> {
        let scripted = self.options.scripted.clone();
        let settings = settings.clone();
        self.load(move |assistant| {
            let slots = assistant.models();
            let wanted = models(&settings, scripted, &slots.held());
            slots.exchange(&wanted, assistant.snapshot_folder(), true)
        })
        .await
    }

    /// The same of those that the settings mean now, where these are others than a moment ago; each is loaded when it is asked.
    pub async fn follow_models(self: &Arc<Self>, settings: &Settings) -> Result<(), NotLoaded> {
        let (session, settings) = (self.clone(), settings.clone());
        self.load(move |assistant| {
            let Some(started) = session.started.get() else { return Ok(()) };
            let slots = assistant.models();
            let find = || models(&settings, session.options.scripted.clone(), &slots.held());
            let mut automatic = started.automatic.lock().unwrap_or_else(PoisonError::into_inner);
            let wanted = automatic.look(&settings, Instant::now(), find);
            drop(automatic);
            wanted.map_or(Ok(()), |wanted| slots.exchange(&wanted, assistant.snapshot_folder(), false))
        })
        .await
    }

    async fn load(
        &self,
        load: impl FnOnce(&Assistant) -> Result<(), NotLoaded> + Send + 'static,
    ) -> Result<(), NotLoaded> {
        let Some(assistant) = self.assistant().cloned() else { return Err(NotLoaded::Overtaken) };
        tokio::task::spawn_blocking(move || load(&assistant))
            .await
            .unwrap_or_else(|_| Err(NotLoaded::Failed("loading it panicked; the log says more".into())))
    }

    /// Lets go of the model in the background, if nobody asked it for as long as the settings say, or for a while where memory is
    /// short.
    pub fn rest_when_idle(&self, settings: &Settings) {
        let Some(assistant) = self.assistant().cloned() else { return };
        let (minutes, budget) = (settings.model_idle_unload, settings.model_memory_budget);
        let keep = settings.keep_cache;
        tokio::task::spawn_blocking(move || {
            let short = Pressure::here().is_short(budget);
            if let Some(idle) = pressure::patience(minutes, short) {
                assistant.models().rest_after(idle, keep);
            }
        });
    }
}
