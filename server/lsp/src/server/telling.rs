//! Work that tells how far it is: partial results and progress, by the tokens that the client sent. The answer is
//! complete all the same; who does not listen misses nothing.

use crate::protocol::Tokens;
use crate::server::blocking::blocking;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tower_lsp::gen_lsp_types::{ProgressNotification, ProgressParams, ProgressToken};
use tower_lsp::jsonrpc::Result;
use trust_changes::Problem;
use trust_inference::CancelToken;

/// The least time between two reports of progress.
const PAUSE: Duration = Duration::from_millis(100);

/// What the work says while it goes on.
pub enum News {
    /// A part of the answer.
    Part(Value),
    /// So many files, of so many.
    Files(usize, usize),
}

pub type Teller = UnboundedSender<News>;

/// Runs `work` as [`blocking`] does, and passes its news on.
pub async fn telling<T: Send + 'static>(
    client: &tower_lsp::Client,
    tokens: Tokens,
    title: &str,
    work: impl FnOnce(&CancelToken, &Teller) -> std::result::Result<T, Problem> + Send + 'static,
) -> Result<T> {
    let (teller, news) = unbounded_channel();
    let work = blocking(move |cancel| work(cancel, &teller));
    // The channel ends with the work, so both are over together.
    let (answer, ()) = tokio::join!(work, pass_on(client, &tokens, title, news));
    // What was said last is to be written before the answer is.
    tokio::task::yield_now().await;
    answer
}

async fn pass_on(
    client: &tower_lsp::Client,
    tokens: &Tokens,
    title: &str,
    mut news: UnboundedReceiver<News>,
) {
    let send = |token: &Option<ProgressToken>, value: Value| {
        let params = token.clone().map(|token| ProgressParams { token, value });
        async move {
            if let Some(params) = params {
                client.send_notification::<ProgressNotification>(params).await;
            }
        }
    };
    send(&tokens.work_done_token, json!({ "kind": "begin", "title": title, "cancellable": true })).await;
    let mut last = Instant::now();
    while let Some(said) = news.recv().await {
        match said {
            News::Part(value) => send(&tokens.partial_result_token, value).await,
            News::Files(at, of) if last.elapsed() >= PAUSE => {
                last = Instant::now();
                let percentage = at * 100 / of.max(1);
                let message = format!("{at} of {of} files");
                let report = json!({ "kind": "report", "message": message, "percentage": percentage });
                send(&tokens.work_done_token, report).await;
            }
            News::Files(..) => {}
        }
    }
    send(&tokens.work_done_token, json!({ "kind": "end" })).await;
}
