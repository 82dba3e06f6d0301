//! Tells the client how far model and index are.

use crate::assistant::{Assistant, ModelState};
use crate::protocol::{IndexStatus, ModelStatus, Status, StatusNotification};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tower_lsp::Client;
use trust_index::Phase;

/// The least time between two notifications.
const PAUSE: Duration = Duration::from_millis(100);

pub fn of(assistant: &Assistant) -> Status {
    let (state, name, message) = match assistant.model_state().as_ref() {
        ModelState::Loading => ("loading", None, None),
        ModelState::Ready(name) => ("ready", Some(name.clone()), None),
        ModelState::Failed(reason) => ("failed", None, Some(reason.clone())),
        ModelState::None => ("none", None, None),
    };
    let index = assistant.index_state();
    let phase = match index.phase {
        Phase::Idle => "idle",
        Phase::Walking => "walking",
        Phase::Indexing => "indexing",
        Phase::Ready => "ready",
    };
    Status {
        model: ModelStatus { state: state.into(), name, message },
        index: IndexStatus {
            state: phase.into(),
            files: index.files,
            symbols: index.symbols,
            total: index.total,
            skipped: index.skipped,
        },
    }
}

/// Sends the status whenever `changed` says that it may be another. Never ends by itself.
pub async fn publish(assistant: Arc<Assistant>, client: Client, changed: Arc<Notify>) {
    let mut told = None;
    loop {
        let status = of(&assistant);
        if told.as_ref() != Some(&status) {
            client.send_notification::<StatusNotification>(status.clone()).await;
            told = Some(status);
        }
        tokio::time::sleep(PAUSE).await;
        changed.notified().await;
    }
}
