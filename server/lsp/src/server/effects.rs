//! What a change of the configuration does while the server runs, and what it says where it does nothing until the next
//! start.

use crate::assistant::Assistant;
use crate::audit::{self, Event};
use crate::model_slot::{ModelState, NotLoaded};
use crate::server::Session;
use crate::server::configuration::ANSWER;
use crate::setup::{pace, use_index_threads};
use serde_json::json;
use std::sync::Arc;
use tower_lsp::gen_lsp_types::{MessageType, Registration};
use tower_lsp::jsonrpc::Request;
use tower_service::Service;
use trust_audit::{Action, Feature};
use trust_config::Settings;
use trust_models::Task;

/// Asks the client to tell of changes of its settings.
pub async fn offer_changes(session: &Session) {
    let options = json!({"section": "trust"});
    register(session, "trust-configuration", "workspace/didChangeConfiguration", options).await;
}

/// Has what changed from `before` to `after` take effect. `lenses`: whether the client was offered code lenses.
pub async fn take_effect(session: &Arc<Session>, before: &Settings, after: &Settings, lenses: &mut bool) {
    crate::net::obey(&after.privacy);
    let changed = before.differences(after);
    if !changed.is_empty() {
        // Told by the old settings: that the log is switched off is its last entry.
        audit::record(Event::new(Feature::Configuration, Action::Changed).note(changed.join(", ")));
        audit::change(after);
    }
    if before.statistics != after.statistics {
        session.count_or_not(after.statistics);
    }
    if (before.adapt, before.statistics) != (after.adapt, after.statistics) {
        session.relearn();
    }
    use_index_threads(after);
    session.completions.follow(pace(after));
    let no_more = before.keep_cache && !after.keep_cache;
    if let Some(assistant) = session.assistant().filter(|_| no_more).cloned() {
        // A thread that cannot be had leaves it to the next start.
        let _ = tokio::task::spawn_blocking(move || assistant.remove_snapshot()).await;
    }
    let mut late = late(before, after);
    if before.last_change_lens != after.last_change_lens {
        let client = session.client();
        if after.last_change_lens && !*lenses && client.registers_lenses {
            let everything = json!({"documentSelector": null});
            *lenses = register(session, "trust-code-lens", "textDocument/codeLens", everything).await;
        }
        if after.last_change_lens && !*lenses {
            late.push("codeLens.lastChange");
        } else if client.refreshes_lenses {
            // The framework's own method sends null for parameters, which JSON-RPC forbids.
            let request = Request::build("workspace/codeLens/refresh").id(session.lsp.next_request_id());
            let refreshed = tokio::time::timeout(ANSWER, session.lsp.clone().call(request.finish())).await;
            if !matches!(refreshed, Ok(Ok(Some(answer))) if answer.is_ok()) {
                tracing::warn!("the client does not ask for code lenses anew");
            }
        }
    }
    if !late.is_empty() {
        let message = format!(
            "trust-lsp: {} cannot change while the server runs. Start it again; from an editor, only what stands in its \
             initializationOptions is heard then",
            late.join(", ")
        );
        session.lsp.show_message(MessageType::Info, message).await;
    }
}

/// In the background: has the models answer that the settings mean now. Those that answer go on until others can, and longer if
/// these cannot.
pub fn follow_models(session: Arc<Session>, settings: Settings) {
    tokio::spawn(async move {
        let Err(NotLoaded::Failed(reason)) = session.follow_models(&settings).await else { return };
        tracing::error!(reason, "the model stays as it is");
        // Where there is none, that is told with the status.
        if let Some(message) =
            session.assistant().and_then(|assistant| goes_on(assistant, Task::Completion, &reason))
        {
            session.lsp.show_message(MessageType::Error, message).await;
        }
    });
}

/// That another model could not be loaded for a task, where one goes on.
pub fn goes_on(assistant: &Assistant, task: Task, reason: &str) -> Option<String> {
    match assistant.model_of(task).state().as_ref() {
        ModelState::Ready(name) | ModelState::Resting(name) => {
            Some(format!("trust-lsp goes on with {name}: {reason}"))
        }
        _ => None,
    }
}

/// The keys that changed, and are heard only when the server starts.
fn late(before: &Settings, after: &Settings) -> Vec<&'static str> {
    let changed = [
        ("navigation", before.navigation != after.navigation),
        ("otherServers", before.other_servers != after.other_servers),
        ("model.dialects", before.model_dialects != after.model_dialects),
        ("secrets.rules", before.secret_rules != after.secret_rules),
        ("endpoints", before.endpoints != after.endpoints),
        ("network.allow", before.network_allow != after.network_allow),
        ("network.hubs", before.network_hubs != after.network_hubs),
        ("command.enable", before.command_enable != after.command_enable),
        ("command.sandbox", before.command_sandbox != after.command_sandbox),
        ("command.readable", before.command_readable != after.command_readable),
        ("servers", before.servers != after.servers),
    ];
    changed.into_iter().filter(|(_, changed)| *changed).map(|(key, _)| key).collect()
}

/// Whether the client took it.
async fn register(session: &Session, id: &str, method: &str, options: serde_json::Value) -> bool {
    let registration = Registration { id: id.into(), method: method.into(), register_options: Some(options) };
    let taken = tokio::time::timeout(ANSWER, session.lsp.register_capability(vec![registration])).await;
    let is_taken = matches!(taken, Ok(Ok(())));
    if !is_taken {
        tracing::warn!(method, "the client takes no registration");
    }
    is_taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use trust_config::{Change, KEYS};

    #[test]
    fn every_key_that_is_heard_late_is_told() {
        let before = Settings::default();
        let after = Settings {
            navigation: trust_config::ByLanguage::All("on".into()),
            other_servers: Some(Vec::new()),
            secret_rules: "/rules.toml".into(),
            endpoints: vec![json!({})],
            network_allow: Vec::new(),
            network_hubs: Vec::new(),
            command_enable: true,
            command_sandbox: "bubblewrap".into(),
            command_readable: vec!["/tools".into()],
            model_dialects: vec!["0123456789abcdef=json".into()],
            servers: vec![json!({})],
            ..Settings::default()
        };
        let late_keys = KEYS.iter().filter(|key| key.change == Change::AtStart).map(|key| key.name);
        assert_eq!(late(&before, &after), late_keys.collect::<Vec<_>>());
        assert!(late(&before, &before).is_empty());
    }
}
