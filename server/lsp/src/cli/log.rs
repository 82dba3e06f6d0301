//! Where the log goes: stderr, or a file.

use anyhow::Context;
use clap::Args;
use std::path::PathBuf;
use std::sync::Mutex;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Where the framework logs messages, and as much as it may.
const MESSAGES: &str = "tower_lsp_server::codec=info";

#[derive(Args)]
pub struct Log {
    /// Append the log to this file instead of standard error.
    #[arg(long, value_name = "PATH")]
    log_file: Option<PathBuf>,
}

impl Log {
    /// Starts logging. What is logged is chosen by `RUST_LOG`, but for the messages themselves: the texts of documents
    /// are in them, those of excluded files too.
    pub fn start(&self) -> anyhow::Result<()> {
        let filter = EnvFilter::builder().with_default_directive(LevelFilter::WARN.into()).from_env_lossy();
        let filter = filter.add_directive(MESSAGES.parse()?);
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
        match &self.log_file {
            None => log.with_writer(std::io::stderr).init(),
            Some(path) => {
                let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
                let file =
                    file.with_context(|| format!("the log file {} cannot be opened", path.display()))?;
                log.with_writer(Mutex::new(file)).init();
            }
        }
        Ok(())
    }
}
