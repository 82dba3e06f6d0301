//! The way to `trust-net`, the program that sends. It is started before the right to sockets is taken from this process and all
//! that it starts later, where the user's own configuration says `moderate` or `open`, and then waits on a pipe. In `strict`
//! there is none, and none can be had any more.
//!
//! *Invariant:* what it may send is said to it in the first line, of which a workspace and an editor say nothing; all that
//! is said later can only restrict it.

pub mod consent;
mod ledger;
mod pipe;
mod policy;
mod record;
mod remote;

pub use ledger::Ledger;
pub use pipe::Net;
pub use policy::{Purpose, endpoints, mode, sent};
pub use record::{Left, left};
pub use remote::{RemoteModel, facts, is_only_shown, only_show, previewed};

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use trust_config::Inputs;
use trust_wire::Mode;

/// Why there is no way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Absent {
    #[error(
        "the privacy mode is `strict` ({0}), in which nothing leaves and nothing is fetched; `trust-lsp config set privacy \
         moderate` allows downloads that you ask for, and engines that you configure"
    )]
    Strict(String),
    #[error("nothing that this command does needs it")]
    NotAsked,
    #[error("no endpoint is configured; docs/network.md says how")]
    NoEndpoint,
    #[error("{} is not there; it comes with trust-lsp, and lies beside it", .0.display())]
    Missing(PathBuf),
    #[error("trust-net does not start: {0}")]
    Failed(String),
    #[error("trust-net is gone; the next start has it again")]
    Gone,
}

static NET: OnceLock<Result<Net, Absent>> = OnceLock::new();

/// Starts `trust-net`, where it may be and there is something for it to do. Before the right to sockets is taken, and before
/// there is a thread.
pub fn start(purpose: Purpose, inputs: &Inputs) {
    let started = policy::of(purpose, inputs).and_then(|policy| {
        let program = program()?;
        let mut command = Command::new(&program);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // Ctrl-C ends an answer, not the program that brings it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Absent::Missing(program),
            _ => Absent::Failed(error.to_string()),
        })?;
        Net::of(child, &policy)
    });
    // A process does this once.
    let _ = NET.set(started);
}

/// The way to it.
///
/// # Errors
/// Why there is none.
pub fn net() -> Result<&'static Net, Absent> {
    let net = NET.get().map_or(Err(Absent::NotAsked), |net| net.as_ref().map_err(Absent::clone))?;
    match net.is_closed() {
        true => Err(Absent::Strict("as this workspace, the editor or a file says by now".into())),
        false if net.is_gone() => Err(Absent::Gone),
        false => Ok(net),
    }
}

/// Holds it to a mode that was read later, of a workspace or an editor, which may be stricter than the one that it began with.
pub fn obey(mode: &str) {
    if let Ok(net) = net() {
        match Mode::named(mode) {
            Some(mode) => net.restrict(mode),
            None => net.close(),
        }
    }
}

static ROOTS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// What is sent from now on may be of these workspaces beside those before: each needs its consent. One that is left counts on, since
/// what was gathered of it may be sent later, in a conversation that goes on.
pub fn within(roots: &[PathBuf]) {
    let mut all = ROOTS.lock().unwrap_or_else(PoisonError::into_inner);
    for root in roots.iter().map(|root| canonical(root)) {
        if !all.contains(&root) {
            all.push(root);
        }
    }
}

fn canonical(root: &Path) -> PathBuf {
    root.canonicalize().unwrap_or_else(|_| root.to_path_buf())
}

fn roots() -> Vec<PathBuf> {
    ROOTS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Beside this program, and nowhere else.
fn program() -> Result<PathBuf, Absent> {
    let own = std::env::current_exe().map_err(|error| Absent::Failed(error.to_string()))?;
    Ok(own.with_file_name(format!("trust-net{}", std::env::consts::EXE_SUFFIX)))
}
