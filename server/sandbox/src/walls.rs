//! What another program may reach, and what there is on this machine to hold it to that.

use crate::bubblewrap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Folders that programs are made of. What else lies on the machine is out of reach, the home folder too.
pub(crate) const SYSTEM: [&str; 12] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc",
    "/opt",
    "/nix/store",
    "/gnu/store",
    "/run/current-system",
];

/// What of them is nobody's business, and readable to some.
pub(crate) const SYSTEM_SECRETS: [&str; 8] = [
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/sudoers",
    "/etc/ssh",
    "/etc/ssl/private",
    "/etc/trust-lsp",
];

/// Where a program is, and what lies there. All paths are canonical and exist.
#[derive(Debug, Clone, Default)]
pub struct Walls {
    /// The folders that it works in.
    pub roots: Vec<PathBuf>,
    /// It may change what lies in them.
    pub writable: bool,
    /// Others that it may read, and run programs from.
    pub readable: Vec<PathBuf>,
    /// Files and folders that it may not read, wherever they lie.
    pub hidden: Vec<PathBuf>,
    /// Files and folders in the roots that it may read and not change.
    pub kept: Vec<PathBuf>,
}

/// What holds a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// The program of this path: namespaces, in which nothing else is there.
    Bubblewrap(PathBuf),
    /// Landlock and a filter of system calls.
    Kernel,
    /// Nothing: it has all the rights of its user.
    Nothing,
}

/// What holds a program at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Bubblewrap,
    /// That, or else what the kernel itself has.
    Any,
    /// Whatever there is, and nothing where there is nothing.
    Nothing,
}

impl Means {
    /// In words, for whoever reads what a program said.
    pub fn told(&self) -> &'static str {
        match self {
            Self::Bubblewrap(_) => "bubblewrap",
            Self::Kernel => "Landlock and seccomp",
            Self::Nothing => "no sandbox",
        }
    }
}

/// The best that works here. It is tried once.
///
/// # Errors
/// There is nothing that is wanted; what to do about it, in words.
pub fn means(wanted: Wanted) -> Result<Means, String> {
    static BUBBLEWRAP: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let why = match BUBBLEWRAP.get_or_init(bubblewrap::find) {
        Ok(path) => return Ok(Means::Bubblewrap(path.clone())),
        Err(why) => why,
    };
    let kernel = kernel();
    match (wanted, kernel) {
        (Wanted::Bubblewrap, _) => Err(format!("{why}; `command.sandbox` wants nothing else")),
        (_, Ok(())) => Ok(Means::Kernel),
        (Wanted::Nothing, Err(_)) => Ok(Means::Nothing),
        (Wanted::Any, Err(other)) => Err(format!("there is no sandbox: {why}; {other}")),
    }
}

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
fn kernel() -> Result<(), String> {
    static KERNEL: OnceLock<Result<(), String>> = OnceLock::new();
    KERNEL.get_or_init(crate::kernel::works).clone()
}

#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
)))]
fn kernel() -> Result<(), String> {
    Err("on this system the kernel has nothing that is known here".to_owned())
}

impl Walls {
    pub(crate) fn is_in_roots(&self, path: &Path) -> bool {
        self.roots.iter().any(|root| path.starts_with(root))
    }
}
