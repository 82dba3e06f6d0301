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

/// The least time between two notifications that tell of the same states.
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
        if let Some(reason) = status.model.message.clone().filter(|_| !apologised) {
            let message = format!("trust-lsp completes without a model: {reason}");
            client.show_message(MessageType::Error, message).await;
            apologised = true;
        }
        pause(&changed, PAUSE, || is_turned(&status, &of(&assistant))).await;
    }
}

/// Whether a model or the index is in another state: others wait for that, and not for counts.
fn is_turned(told: &Status, now: &Status) -> bool {
    let states = |status: &Status| {
        let models = [Some(&status.model), status.chat_model.as_ref(), status.review_model.as_ref()];
        (models.map(|model| model.map(|model| model.state.clone())), status.index.state.clone())
    };
    states(told) != states(now)
}

/// Waits until there may be something to tell, and for a while at least, unless `is_due` says that it cannot wait.
async fn pause(changed: &Notify, least: Duration, is_due: impl Fn() -> bool) {
    let while_nothing_is_told = tokio::time::sleep(least);
    tokio::pin!(while_nothing_is_told);
    let mut may_have = false;
    loop {
        tokio::select! {
            () = &mut while_nothing_is_told, if !while_nothing_is_told.is_elapsed() => {
                if may_have {
                    return;
                }
            }
            () = changed.notified() => {
                if while_nothing_is_told.is_elapsed() || is_due() {
                    return;
                }
                may_have = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_cannot_wait_is_told_at_once_and_the_rest_after_a_while() {
        const LONG: Duration = Duration::from_secs(3600);
        let changed = Notify::new();
        changed.notify_one();
        pause(&changed, LONG, || true).await;
        changed.notify_one();
        let told = tokio::time::timeout(Duration::from_millis(20), pause(&changed, LONG, || false)).await;
        assert!(told.is_err());
        let start = std::time::Instant::now();
        changed.notify_one();
        pause(&changed, PAUSE, || false).await;
        assert!(start.elapsed() >= PAUSE);
        // Nothing happens for longer than that.
        let later = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            changed.notify_one();
        };
        tokio::join!(pause(&changed, Duration::ZERO, || false), later);
    }
}
