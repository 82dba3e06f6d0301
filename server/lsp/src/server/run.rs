//! Serves one client on stdin and stdout, from the first byte to the exit code.

use crate::handlers;
use crate::model_slot::ModelChoice;
use crate::server::Session;
use crate::server::input::sound_messages;
use crate::server::lifecycle::Ending;
use crate::server::middleware::Middleware;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tower_lsp::{LspService, Server};
use trust_config::Inputs;

/// How long answers in flight may take to be written once the session is over.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// How long the runtime may take to let go of its threads.
const LAST_BREATH: Duration = Duration::from_millis(100);

#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// What configuration is read from, but for what the client says.
    pub inputs: Inputs,
    /// For tests: a model instead of the configured one.
    pub scripted: Option<ModelChoice>,
    /// Offers the `trust/debug/*` requests that tests use.
    pub debug_requests: bool,
    /// When an accepted completion that is still there counts as kept.
    pub kept_after: Duration,
    /// How long a build may last before its progress is shown.
    pub progress_after: Duration,
}

/// Runs until the client says `exit`, closes stdin or dies. The exit code is the specification's: 0 after
/// `shutdown`, else 1.
pub fn serve(options: ServeOptions) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the server cannot start");
            return ExitCode::FAILURE;
        }
    };
    let ending = Arc::new(Ending::default());
    let session = runtime.block_on(run(options, ending.clone()));
    runtime.shutdown_timeout(LAST_BREATH);
    session.close();
    if ending.was_orderly() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run(options: ServeOptions, ending: Arc<Ending>) -> Arc<Session> {
    let (service, socket) = handlers::register(
        LspService::build_with_lifecycle_methods(|client| {
            handlers::Backend(Session::new(client, options.clone(), ending.clone()))
        }),
        options.debug_requests,
    )
    .finish();
    let session = service.inner().0.clone();
    let input = sound_messages(tokio::io::stdin(), ending.clone());
    let serving = Server::new(input, tokio::io::stdout(), socket)
        .concurrency_level(usize::MAX)
        .serve(Middleware::new(service, ending.clone()));
    tokio::pin!(serving);
    let over = tokio::select! {
        () = &mut serving => true,
        () = ending.reached() => false,
    };
    session.cancel_all();
    if !over && tokio::time::timeout(LAST_WORDS, serving).await.is_err() {
        tracing::warn!("left with requests unanswered");
    }
    session
}
