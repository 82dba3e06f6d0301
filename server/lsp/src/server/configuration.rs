//! The session's configuration: read when it begins, and again whenever a file, the editor or its folders change.
//!
//! Files are looked at every two seconds, a `stat` each: they are often links into a folder of settings that is managed
//! elsewhere, which watches do not see through.

use crate::server::effects::{follow_models, offer_changes, take_effect};
use crate::server::{Document, Session};
use arc_swap::ArcSwap;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tower_lsp::gen_lsp_types::{ConfigurationItem, LspAny, MessageType};
use trust_config::{
    Config, Inputs, Key, Place, Problem, Settings, Trusted, UserAction, team_actions, user_actions,
};

/// How often files are looked at.
const LOOK: Duration = Duration::from_secs(2);
/// How long a client may take to answer.
pub const ANSWER: Duration = Duration::from_secs(10);
/// What stands for a flag where a request of the client sets a key.
const REQUEST: &str = "trust/useModel";
/// Problems that one message tells of.
const SHOWN: usize = 5;

pub struct Configuration {
    inputs: Mutex<Inputs>,
    config: ArcSwap<Config>,
    /// What was told already.
    said: Mutex<HashSet<String>>,
    changed: Notify,
    /// What it is read from is another than when it was read.
    stale: AtomicBool,
    /// The client has news that it must be asked for.
    pull: AtomicBool,
    /// How often something was said here that it is to be read with, and what of that has taken effect.
    said_here: AtomicU64,
    in_effect: watch::Sender<u64>,
}

impl Configuration {
    pub fn new(inputs: Inputs) -> Self {
        Self {
            inputs: Mutex::new(inputs),
            config: ArcSwap::default(),
            said: Mutex::default(),
            changed: Notify::new(),
            stale: AtomicBool::new(false),
            pull: AtomicBool::new(true),
            said_here: AtomicU64::new(0),
            in_effect: watch::Sender::new(0),
        }
    }

    /// Reads all of it for the first time. What holds for the session. An editor that does not trust the workspace is
    /// believed, whatever the user's list says; one that does changes nothing.
    pub fn begin(&self, roots: Vec<PathBuf>, sent: Option<LspAny>) -> Settings {
        let mut sent = sent.unwrap_or_default();
        let trusts = take_trust(&mut sent);
        {
            let mut inputs = self.inputs();
            inputs.roots = roots;
            inputs.editor = vec![sent, LspAny::Null];
            if !trusts {
                inputs.files.trusted = None;
            }
        }
        self.read();
        self.settings()
    }

    /// What holds in general.
    pub fn settings(&self) -> Settings {
        self.config.load().settings(Place::default())
    }

    /// The profiles that may be chosen, with the files that define them.
    pub fn profiles(&self) -> Vec<(String, Vec<String>)> {
        let config = self.config.load();
        let owned = |files: Vec<&str>| files.into_iter().map(str::to_owned).collect();
        config.profiles().into_iter().map(|(name, files)| (name.to_owned(), owned(files))).collect()
    }

    /// What holds in a document.
    pub fn at(&self, document: &Document) -> Settings {
        let path = document.on_disk.then_some(document.path.as_path());
        self.config.load().settings(Place { language: Some(&document.language_id), path })
    }

    /// Code actions that the team and those workspace folders define which are trusted, and what is wrong that was not told
    /// yet. Blocks for a few small files.
    pub fn user_actions(&self) -> (Vec<UserAction>, Vec<String>) {
        let inputs = self.inputs().clone();
        // A problem with that file is told where the configuration is read.
        let trusted = inputs.files.trusted.and_then(|file| Trusted::read(&file).ok()).unwrap_or_default();
        let (mut actions, mut problems) = self.config.load().team().map(team_actions).unwrap_or_default();
        for root in inputs.roots.iter().filter(|root| trusted.holds(root)) {
            let (own, wrong) = user_actions(root);
            actions.extend(own);
            problems.extend(wrong);
        }
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        problems.retain(|problem| said.insert(problem.clone()));
        (actions, problems)
    }

    /// Files may have changed.
    pub fn look(&self) {
        self.changed.notify_one();
    }

    pub fn set_roots(&self, roots: Vec<PathBuf>) {
        self.inputs().roots = roots;
        self.stale.store(true, Ordering::Release);
        self.look();
    }

    /// The client says that its settings are others: these, unless it must be asked. Null says nothing.
    pub fn told(&self, settings: LspAny, pulls: bool) {
        if pulls {
            self.pull.store(true, Ordering::Release);
        } else if settings.is_object() {
            self.set_editor(settings);
        }
        self.look();
    }

    /// A request of the client sets a key for this session, or takes back what it said of it.
    pub fn say(&self, key: &Key, value: Option<String>) {
        let mut inputs = self.inputs();
        inputs.session.retain(|(flag, name, _)| flag != REQUEST || name != key.name);
        if let Some(value) = value {
            inputs.session.push((REQUEST.into(), key.name.into(), value));
        }
        drop(inputs);
        self.stale.store(true, Ordering::Release);
    }

    /// What would hold if no request had set anything. Reads a few small files.
    pub fn unsaid(&self) -> Settings {
        let mut inputs = self.inputs().clone();
        inputs.session.retain(|(flag, ..)| flag != REQUEST);
        Config::load(&inputs, None).settings(Place::default())
    }

    /// The user's file, if he has a home.
    pub fn user_file(&self) -> Option<PathBuf> {
        self.inputs().files.user.clone()
    }

    /// Has all of it be read anew, and waits until that has taken effect.
    pub async fn reread(&self) {
        let mut in_effect = self.in_effect.subscribe();
        let number = self.said_here.fetch_add(1, Ordering::AcqRel) + 1;
        self.stale.store(true, Ordering::Release);
        self.look();
        let done = in_effect.wait_for(|done| *done >= number);
        if tokio::time::timeout(ANSWER, done).await.is_err() {
            tracing::warn!("the configuration is not read anew; the client may not answer");
        }
    }

    fn set_editor(&self, settings: LspAny) {
        if let Some(last) = self.inputs().editor.last_mut() {
            *last = settings;
        }
        self.stale.store(true, Ordering::Release);
    }

    /// Reads all of it anew. Blocks for a few small files.
    fn read(&self) {
        let inputs = self.inputs().clone();
        let before = self.config.load_full();
        self.config.store(Arc::new(Config::load(&inputs, Some(&before))));
    }

    /// Reads it anew where it is another; what held before, if so.
    fn refresh(&self) -> Option<Settings> {
        let is_stale = self.stale.swap(false, Ordering::AcqRel);
        if !is_stale && self.config.load().is_current() {
            return None;
        }
        let before = self.settings();
        self.read();
        Some(before)
    }

    /// What is wrong and was not told yet, in one message.
    fn news(&self) -> Option<String> {
        let config = self.config.load_full();
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let all: HashSet<String> = config.problems().iter().map(Problem::to_string).collect();
        // What was mended is told again when it comes back.
        said.retain(|problem| all.contains(problem));
        let texts = config.problems().iter().map(Problem::to_string);
        let new: Vec<String> = texts.filter(|problem| said.insert(problem.clone())).collect();
        let more = new.len().saturating_sub(SHOWN);
        let mut shown = new[..new.len() - more].join("\n");
        if more > 0 {
            shown.push_str(&format!("\n… and {more} more: `trust-lsp config check`"));
        }
        (!new.is_empty()).then(|| format!("trust-lsp, configuration: {shown}"))
    }

    fn inputs(&self) -> MutexGuard<'_, Inputs> {
        self.inputs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Follows the configuration for as long as the session lasts: asks the client for its part, tells what is wrong, and has
/// changes take effect.
pub async fn follow(session: Arc<Session>) {
    let (configuration, client) = (&session.configuration, session.client());
    let mut lenses = client.last_change_lens;
    if client.hears_configuration {
        offer_changes(&session).await;
    }
    loop {
        if client.pulls_configuration && configuration.pull.swap(false, Ordering::AcqRel) {
            let item = ConfigurationItem { scope_uri: None, section: Some("trust".into()) };
            match tokio::time::timeout(ANSWER, session.lsp.configuration(vec![item])).await {
                Ok(Ok(mut answers)) if !answers.is_empty() => {
                    configuration.set_editor(answers.swap_remove(0))
                }
                _ => tracing::warn!("the client does not say what its settings are"),
            }
        }
        let said = configuration.said_here.load(Ordering::Acquire);
        let own = session.clone();
        let read = tokio::task::spawn_blocking(move || own.configuration.refresh()).await;
        if let Some(problems) = configuration.news() {
            tracing::warn!(problems);
            session.lsp.show_message(MessageType::Warning, problems).await;
        }
        if let Ok(Some(before)) = read {
            take_effect(&session, &before, &configuration.settings(), &mut lenses).await;
        }
        configuration.in_effect.send_replace(said);
        follow_models(session.clone(), configuration.settings());
        session.rest_when_idle(&configuration.settings());
        // Whatever woke us, we look; whoever sleeps longer than this is not asked more often.
        let _ = tokio::time::timeout(LOOK, configuration.changed.notified()).await;
    }
}

/// Takes what an editor says of the workspace out of its options: false where it does not trust it. What is no yes or no is
/// a no.
fn take_trust(sent: &mut LspAny) -> bool {
    const NAME: &str = "workspaceTrusted";
    let own = match sent.get("trust").is_some_and(LspAny::is_object) {
        true => sent.get_mut("trust"),
        false => Some(sent),
    };
    let Some(options) = own.and_then(LspAny::as_object_mut) else { return true };
    let Some(said) = options.remove(NAME) else { return true };
    said.as_bool().unwrap_or_else(|| {
        tracing::warn!("{NAME} takes true or false; the workspace is not trusted");
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_editor_says_that_it_does_not_trust_a_workspace() {
        let cases = [
            (json!(null), true, json!(null)),
            (json!({ "adapt": true }), true, json!({ "adapt": true })),
            (json!({ "adapt": true, "workspaceTrusted": false }), false, json!({ "adapt": true })),
            (json!({ "trust": { "workspaceTrusted": false } }), false, json!({ "trust": {} })),
            (json!({ "workspaceTrusted": true }), true, json!({})),
            (json!({ "workspaceTrusted": "yes" }), false, json!({})),
        ];
        for (mut sent, expected, rest) in cases {
            assert_eq!((take_trust(&mut sent), sent), (expected, rest));
        }
    }
}
