//! The `git` program, for the one thing that it does better than a library: blame. It is run so that nothing which
//! a repository configures runs with it: on commits only, so that no filter is asked; without text conversions,
//! pager, hooks, file monitor and lazy fetches; in an environment of our own, and no longer than its time.

use crate::{Problem, Stop};
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long it may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How often it is looked at whether it has ended, or is to be ended.
const GLANCE: Duration = Duration::from_millis(4);
/// The most that is read of what it says, in bytes.
const MOST: u64 = 256 << 20;

/// What stands before every command. A setting given here wins over the repository's own.
const SAFE: [&str; 16] = [
    "--no-pager",
    "--no-optional-locks",
    "--literal-pathspecs",
    "--no-replace-objects",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.attributesFile=/dev/null",
    "-c",
    "core.pager=cat",
    "-c",
    "log.showSignature=false",
    "-c",
    "core.alternateRefsCommand=",
];

/// The whole environment, besides the user's home, where the repositories of others are declared safe.
const ENVIRONMENT: [(&str, &str); 7] = [
    ("LC_ALL", "C"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_NO_LAZY_FETCH", "1"),
    // No transport has this name: nothing is fetched by any.
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_PAGER", "cat"),
    ("GIT_ASKPASS", "true"),
];

/// What `git ARGUMENTS` prints in the working tree `root`.
///
/// # Errors
/// [`Problem::NoProgram`], [`Problem::TooSlow`], [`Problem::Cancelled`], or [`Problem::Unreadable`] with git's own
/// last word.
pub(crate) fn run(root: &Path, arguments: &[&OsStr], stop: Stop) -> Result<Vec<u8>, Problem> {
    let program = program().ok_or(Problem::NoProgram)?;
    let mut command = Command::new(program);
    command.arg("-C").arg(root).args(SAFE).args(arguments).env_clear().envs(ENVIRONMENT);
    for name in ["HOME", "XDG_CONFIG_HOME"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| Problem::Unreadable(error.to_string()))?;
    let (out, err) = (collect(child.stdout.take()), collect(child.stderr.take()));
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| Problem::Unreadable(error.to_string()))? {
            break status;
        }
        let late = started.elapsed() > LIMIT;
        if late || stop() {
            end(&mut child);
            return Err(if late { Problem::TooSlow } else { Problem::Cancelled });
        }
        std::thread::sleep(GLANCE);
    };
    let text = |thread: JoinHandle<Vec<u8>>| thread.join().unwrap_or_default();
    let (out, err) = (text(out), text(err));
    if status.success() {
        return Ok(out);
    }
    let said = String::from_utf8_lossy(&err);
    let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("git failed and said nothing");
    Err(Problem::Unreadable(last.chars().filter(|c| !c.is_control()).collect()))
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before it broke off is still what it said.
        let _ = pipe.map(|pipe| pipe.take(MOST).read_to_end(&mut bytes));
        bytes
    })
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// The first `git` in an absolute folder of the search path: a relative one would be the repository's.
fn program() -> Option<PathBuf> {
    let path: OsString = std::env::var_os("PATH")?;
    let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join("git")).find(|program| program.is_file())
}
