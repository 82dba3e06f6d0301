//! Work-done progress on builds of the index that last: counts while it runs, and a button that ends it.

use crate::assistant::Assistant;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tower_lsp::Client;
use tower_lsp::gen_lsp_types::ProgressToken;
use trust_index::{IndexState, Phase};

/// The least time between two reports.
const PAUSE: Duration = Duration::from_millis(200);

/// The progress that is shown at the moment.
#[derive(Default)]
pub struct Shown(Mutex<Option<ProgressToken>>);

impl Shown {
    /// Whether it is the one of `token`.
    pub fn is(&self, token: &ProgressToken) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref() == Some(token)
    }

    fn set(&self, token: Option<ProgressToken>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = token;
    }
}

/// Shows each build that lasts longer than `patience`. `changed` tells that a state may have changed. Never ends
/// by itself; a client that refuses is asked again at the next build.
pub async fn publish(
    assistant: Arc<Assistant>,
    client: Client,
    changed: Arc<Notify>,
    shown: Arc<Shown>,
    patience: Duration,
) {
    for number in 1.. {
        wait_for(&assistant, &changed, is_building).await;
        let started = Instant::now();
        let over = wait_for(&assistant, &changed, |state| !is_building(state));
        if tokio::time::timeout(patience, over).await.is_ok() {
            continue;
        }
        let token = ProgressToken::String(format!("trust-index-{number}"));
        if let Err(error) = client.create_work_done_progress(token.clone()).await {
            tracing::debug!(%error, "the client shows no progress");
            wait_for(&assistant, &changed, |state| !is_building(state)).await;
            continue;
        }
        shown.set(Some(token.clone()));
        let progress = client.progress(token, "Indexing").with_percentage(0).with_cancel_button();
        let progress = progress.with_message(words(&assistant.index_state())).begin().await;
        let (mut last, mut percent) = (assistant.index_state(), 0);
        while is_building(&last) {
            tokio::time::sleep(PAUSE).await;
            let state = assistant.index_state();
            if state == last {
                // A build that goes on says so; one that ended too.
                let _ = tokio::time::timeout(PAUSE, changed.notified()).await;
            } else if is_building(&state) {
                // Names come first, definitions then; the number never falls.
                percent = percent.max(percentage(&state));
                progress.report_with_message(words(&state), percent, None).await;
            }
            last = state;
        }
        shown.set(None);
        progress.finish_with_message(words(&assistant.index_state())).await;
        tracing::debug!(elapsed = ?started.elapsed(), "a long build was shown");
    }
}

async fn wait_for(assistant: &Assistant, changed: &Notify, wanted: impl Fn(&IndexState) -> bool) {
    while !wanted(&assistant.index_state()) {
        changed.notified().await;
    }
}

fn is_building(state: &IndexState) -> bool {
    matches!(state.phase, Phase::Walking | Phase::Indexing)
}

fn words(state: &IndexState) -> String {
    match state.phase {
        Phase::Idle | Phase::Walking => "looking for files".into(),
        Phase::Indexing => format!("{} of {} files", state.files, state.total),
        Phase::Ready => format!("{} files, {} definitions", state.files, state.symbols),
        Phase::Cancelled => format!("cancelled; {} files can be searched", state.files),
    }
}

fn percentage(state: &IndexState) -> u32 {
    let share = state.files.min(state.total) * 100;
    share.checked_div(state.total).map_or(0, |percent| percent as u32)
}
