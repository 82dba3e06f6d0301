//! Takes the right to open sockets from this process and from every program it starts, for good. On Linux the kernel
//! refuses them (seccomp); elsewhere nothing is taken, and whoever asks is told so. Starts other programs within walls
//! ([`start`]): without sockets, without the home folder, and with an end that all they started shares.

mod bubblewrap;
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
mod filter;
mod inherited;
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
mod kernel;
mod path;
mod probe;
mod running;
mod walls;

pub use inherited::inherited_sockets;
pub use probe::{Attempt, attempts};
pub use running::{Program, Running, start};
pub use walls::{Means, Walls, Wanted, means};

use std::sync::OnceLock;

/// Whether sockets are refused to this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The kernel refuses them.
    Refused,
    /// This command was left as it is.
    NotAsked,
    Unprotected(Unprotected),
}

/// Why the right to sockets could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unprotected {
    #[error("on this system nothing is known that takes the right to sockets from a process")]
    Platform,
    #[error("the kernel refused the filter ({0})")]
    Kernel(String),
}

static STATE: OnceLock<State> = OnceLock::new();

/// Takes the right from all threads of this process and from all that it starts. Once: it cannot be given back.
pub fn refuse_sockets() -> &'static State {
    STATE.get_or_init(|| match install() {
        Ok(()) => State::Refused,
        Err(unprotected) => State::Unprotected(unprotected),
    })
}

/// How it stands.
pub fn state() -> State {
    STATE.get().cloned().unwrap_or(State::NotAsked)
}

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
fn install() -> Result<(), Unprotected> {
    filter::install().map_err(|error| Unprotected::Kernel(error.to_string()))
}

#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
)))]
fn install() -> Result<(), Unprotected> {
    Err(Unprotected::Platform)
}
