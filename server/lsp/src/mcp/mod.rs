//! The Model Context Protocol on stdin and stdout, for agents: the tools that read, and nothing else. Only this module
//! names the protocol's types.

mod lines;
mod server;

use crate::assistant::cache_folder;
use crate::tools::{engine, registry};
use anyhow::Context;
use lines::Lines;
use server::Server;
use std::path::Path;
use std::time::Duration;
use trust_index::{Index, IndexOptions};
use trust_tools::Class;

/// How long the runtime may take to let go of its threads.
const LAST_BREATH: Duration = Duration::from_millis(100);

/// Runs until the agent closes stdin.
pub fn serve(root: &Path) -> anyhow::Result<()> {
    let root = root.canonicalize().with_context(|| root.display().to_string())?;
    let roots = vec![root.clone()];
    let index = Index::start(IndexOptions { roots, cache: cache_folder(), on_state: Box::new(|_| ()) });
    index.watch();
    let server = Server::new(engine(registry(None).only(&[Class::Read]), &root, index)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        let lines = Lines::new(tokio::io::stdin(), tokio::io::stdout());
        match rmcp::serve_server(server, lines).await {
            Ok(session) => session.waiting().await.map(drop).context("the session broke off"),
            // An agent that has gone before it said anything has done nothing wrong.
            Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    });
    runtime.shutdown_timeout(LAST_BREATH);
    ended
}
