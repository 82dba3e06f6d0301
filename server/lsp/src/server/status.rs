//! Tells the client how far model and index are.

use crate::assistant::Assistant;
use crate::model_slot::ModelState;
use crate::protocol::{CompletionStatus, IndexStatus, ModelStatus, Status, StatusNotification};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tower_lsp::Client;
use tower_lsp::gen_lsp_types::MessageType;
use trust_index::Phase;
use trust_models::Task;

/// The least time between two notifications.
const PAUSE: Duration = Duration::from_millis(100);

pub fn of(assistant: &Assistant) -> Status {
    let index = assistant.index_state();
    let phase = match index.phase {
        Phase::Idle => "idle",
        Phase::Walking => "walking",
        Phase::Indexing => "indexing",
        Phase::Ready => "ready",
        Phase::Cancelled => "cancelled",
    };
    let apart = |task| assistant.models().is_apart(task).then(|| model(assistant, task));
    Status {
        model: model(assistant, Task::Completion),
        chat_model: apart(Task::Chat),
        review_model: apart(Task::Review),
        index: IndexStatus {
            state: phase.into(),
            files: index.files,
            symbols: index.symbols,
            total: index.total,
            skipped: index.skipped,
        },
        completions: {
            let counters = assistant.counters();
            CompletionStatus {
                queries: counters.queries,
                to_model: counters.to_model,
                taken_over: counters.taken_over,
                prefilled_tokens: counters.prefilled,
                read_ahead: counters.ahead,
                first_text_us: u64::try_from(counters.first.as_micros()).unwrap_or(u64::MAX),
            }
        },
    }
}

/// How far the model of a task is.
fn model(assistant: &Assistant, task: Task) -> ModelStatus {
    let slot = assistant.model_of(task);
    let (state, name, message) = match slot.state().as_ref() {
        ModelState::Loading => ("loading", None, None),
        ModelState::Ready(name) => ("ready", Some(name.clone()), None),
        ModelState::Resting(name) => ("resting", Some(name.clone()), None),
        ModelState::Failed(reason) => ("failed", None, Some(reason.clone())),
        ModelState::None => ("none", None, None),
    };
    let placement = slot.current().and_then(|loaded| loaded.model().placement());
    let why = assistant.models().why(task);
    let warning = assistant.models().warning(task);
    ModelStatus { state: state.into(), name, message, warning, next: slot.next(), placement, why }
}

/// Tells the client, whenever `changed` says that something may have, what is new: the status where it wants
/// that, and once that the model failed, which nobody should have to find out by missing it. Never ends by
/// itself.
pub async fn publish(assistant: Arc<Assistant>, client: Client, changed: Arc<Notify>, wants_status: bool) {
    let (mut told, mut apologised) = (None, false);
    loop {
        let status = of(&assistant);
        if wants_status && told.as_ref() != Some(&status) {
            client.send_notification::<StatusNotification>(status.clone()).await;
            told = Some(status.clone());
        }
        if let Some(reason) = status.model.message.filter(|_| !apologised) {
            let message = format!("trust-lsp completes without a model: {reason}");
            client.show_message(MessageType::Error, message).await;
            apologised = true;
        }
        tokio::time::sleep(PAUSE).await;
        changed.notified().await;
    }
}
