//! A program that runs within walls. A thread of its own starts it and stays as long as it runs: what Landlock and filters
//! hold is a thread and what it starts, and bubblewrap ends with the thread that started it.

use crate::{Means, Walls, bubblewrap};
use std::io::{Error, PipeReader, PipeWriter, Read, Result, Write, pipe};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How often it is looked whether a program has ended, or is to end.
const LOOK: Duration = Duration::from_millis(10);
/// How long it is waited for one that nobody wants any more.
const ENDING: Duration = Duration::from_secs(2);

/// What is to run, and where.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// The program and its arguments.
    pub command: Vec<String>,
    pub folder: PathBuf,
    /// All of it; where the temporary and the home folder are is added.
    pub environment: Vec<(String, String)>,
    /// It is asked things on its standard input.
    pub asked: bool,
    /// What it says of errors goes where all else goes.
    pub merged: bool,
}

/// Ends with all that it started, at the latest when this is dropped.
#[derive(Debug)]
pub struct Running {
    pub input: Option<PipeWriter>,
    pub output: Option<PipeReader>,
    pub errors: Option<PipeReader>,
    stopped: Arc<AtomicBool>,
    ended: Receiver<Option<ExitStatus>>,
    status: Option<Option<ExitStatus>>,
    /// Goes last, and by a thread that nothing holds: within the walls it could not be deleted.
    _temporary: Option<TempDir>,
}

impl Running {
    /// How it ended; `None` where it runs on after `most`, or `stop` says that nobody wants it any more.
    pub fn wait(&mut self, most: Duration, stop: &dyn Fn() -> bool) -> Option<ExitStatus> {
        let start = Instant::now();
        while self.status.is_none() && start.elapsed() < most && !stop() {
            match self.ended.recv_timeout(LOOK) {
                Ok(status) => self.status = Some(status),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => self.status = Some(None),
            }
        }
        self.status.flatten()
    }

    /// Ends it and all that it started, and waits until that is done.
    pub fn stop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        if self.status.is_none() {
            self.status = Some(self.ended.recv().ok().flatten());
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        if self.status.is_none() {
            // What takes longer ends by itself.
            let _ = self.ended.recv_timeout(ENDING);
        }
    }
}

/// The ends of the pipes that the program gets.
struct Ends {
    input: Stdio,
    output: Stdio,
    errors: Stdio,
    gate: Option<Gate>,
    /// The temporary folder, but for bubblewrap, which has one within.
    scratch: Option<PathBuf>,
}

/// Our ends of what speaks first within bubblewrap.
struct Gate {
    input: PipeWriter,
    output: PipeReader,
    errors: PipeReader,
}

impl Gate {
    /// How long bubblewrap may take to build its walls, how often it is looked, and how much is told of what it says instead.
    const TIME: Duration = Duration::from_secs(30);
    const LOOK: Duration = Duration::from_millis(1);
    const TOLD: u64 = 1_000;

    /// Lets the program begin, once all of it is sure to end with this thread.
    fn open(mut self, child: &mut Child) -> Result<()> {
        let start = Instant::now();
        let mut lives = matches!(child.try_wait(), Ok(None));
        while lives && self.waiting() == 0 && start.elapsed() < Self::TIME {
            std::thread::sleep(Self::LOOK);
            lives = matches!(child.try_wait(), Ok(None));
        }
        let mut first = [0];
        let spoke = self.waiting() > 0 && self.output.read_exact(&mut first).is_ok() && first == *b"\n";
        // Looked at after that: only one that lives then takes along what spoke.
        if spoke && matches!(child.try_wait(), Ok(None)) {
            return self.input.write_all(b"\n");
        }
        end_within(child);
        let _ = child.kill();
        let mut said = Vec::new();
        let _ = self.errors.take(Self::TOLD).read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said);
        let why = if said.trim().is_empty() { "it did not begin" } else { said.trim() };
        Err(Error::other(format!("bubblewrap: {}", why.trim_start_matches("bwrap: "))))
    }

    /// How many bytes wait to be read.
    #[cfg(unix)]
    fn waiting(&self) -> u64 {
        rustix::io::ioctl_fionread(&self.output).unwrap_or_default()
    }

    #[cfg(not(unix))]
    fn waiting(&self) -> u64 {
        0
    }
}

/// Ends what bubblewrap started, and waits for bubblewrap to follow: it has left the group of the process that waits for it.
#[cfg_attr(
    unix,
    allow(clippy::disallowed_methods, reason = "it asks the kernel for the processes of its own")
)]
fn end_within(child: &mut Child) {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process};
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        let id = child.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        for pid in children.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)) {
            // It may have ended by now.
            let _ = kill_process(pid, Signal::KILL);
        }
        let start = Instant::now();
        while !children.trim().is_empty()
            && start.elapsed() < ENDING / 2
            && matches!(child.try_wait(), Ok(None))
        {
            std::thread::sleep(Gate::LOOK);
        }
    }
    #[cfg(not(unix))]
    let _ = child;
}

/// # Errors
/// It cannot be started, or not be held.
pub fn start(program: Program, walls: &Walls, means: &Means) -> Result<Running> {
    let gated = matches!(means, Means::Bubblewrap(_));
    let (output, output_end) = pipe()?;
    let (mut errors, errors_end) = if program.merged && !gated {
        (None, Stdio::from(output_end.try_clone()?))
    } else {
        let (errors, end) = pipe()?;
        (Some(errors), Stdio::from(end))
    };
    let (mut input, input_end) = if program.asked || gated {
        let (end, input) = pipe()?;
        (Some(input), Stdio::from(end))
    } else {
        (None, Stdio::null())
    };
    let gate = match (&input, &errors) {
        (Some(input), Some(errors)) if gated => {
            Some(Gate { input: input.try_clone()?, output: output.try_clone()?, errors: errors.try_clone()? })
        }
        _ => None,
    };
    if gated && !program.asked {
        input = None;
    }
    if gated && program.merged {
        errors = None;
    }
    let temporary = match gated {
        true => None,
        false => Some(tempfile::Builder::new().prefix("trust-lsp-").tempdir()?),
    };
    let scratch = temporary.as_ref().map(|folder| folder.path().to_owned());
    let ends = Ends { input: input_end, output: output_end.into(), errors: errors_end, gate, scratch };
    let (started, start) = channel();
    let (tell, ended) = channel();
    let stopped = Arc::new(AtomicBool::new(false));
    let (stop, walls, means) = (Arc::clone(&stopped), walls.clone(), means.clone());
    std::thread::Builder::new()
        .name("trust-program".to_owned())
        .spawn(move || keep(program, &walls, &means, ends, &stop, &started, &tell))?;
    start.recv().map_err(Error::other)??;
    Ok(Running { input, output: Some(output), errors, stopped, ended, status: None, _temporary: temporary })
}

/// Starts it, and stays with it to its end.
fn keep(
    program: Program,
    walls: &Walls,
    means: &Means,
    mut ends: Ends,
    stop: &AtomicBool,
    started: &Sender<Result<()>>,
    tell: &Sender<Option<ExitStatus>>,
) {
    let gate = ends.gate.take();
    let gated = gate.is_some();
    let (mut child, group) = match spawn(program, walls, means, ends) {
        Ok(spawned) => spawned,
        Err(error) => return drop(started.send(Err(error))),
    };
    if let Some(gate) = gate
        && let Err(error) = gate.open(&mut child)
    {
        group.end(&mut child);
        return drop(started.send(Err(error)));
    }
    // Whoever asked is waiting.
    let _ = started.send(Ok(()));
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            Err(_) => break None,
            Ok(None) if stop.load(Ordering::Acquire) => break None,
            Ok(None) => std::thread::sleep(LOOK),
        }
    };
    if gated {
        end_within(&mut child);
    }
    group.end(&mut child);
    let _ = tell.send(status);
}

fn spawn(program: Program, walls: &Walls, means: &Means, ends: Ends) -> Result<(Child, Group)> {
    let nothing = || Error::new(std::io::ErrorKind::InvalidInput, "no program is named");
    let (first, rest) = program.command.split_first().ok_or_else(nothing)?;
    let mut command;
    let (mut home, mut scratch) = (PathBuf::from(bubblewrap::HOME), PathBuf::from(bubblewrap::TEMPORARY));
    if let Means::Bubblewrap(path) = means {
        command = Command::new(path);
        command.args(bubblewrap::arguments(walls, &program, refuse_sockets().is_err()));
        command.arg(first).args(rest);
    } else {
        if let Some(folder) = ends.scratch {
            (home, scratch) = (folder.clone(), folder);
        }
        command = Command::new(crate::path::find(first, &program.environment)?);
        command.args(rest).current_dir(&program.folder);
    }
    let group = Group::new(means)?;
    if *means == Means::Kernel {
        confine(walls, &scratch, group.number()).map_err(Error::other)?;
    }
    command.env_clear().envs(program.environment).env("HOME", home).env("TMPDIR", scratch);
    command.stdin(ends.input).stdout(ends.output).stderr(ends.errors);
    group.take(&mut command);
    let child = command.spawn()?;
    let group = group.of(&child);
    Ok((child, group))
}

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
fn confine(walls: &Walls, temporary: &Path, group: Option<u32>) -> std::result::Result<(), String> {
    crate::kernel::confine(walls, temporary, group)
}

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
fn refuse_sockets() -> std::result::Result<(), String> {
    crate::filter::install_here(None).map_err(|error| error.to_string())
}

#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
)))]
fn confine(_walls: &Walls, _temporary: &Path, _group: Option<u32>) -> std::result::Result<(), String> {
    Err("on this system there is nothing to hold a program".to_owned())
}

#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
)))]
fn refuse_sockets() -> std::result::Result<(), String> {
    Err("on this system there is no filter of sockets".to_owned())
}

/// The processes that end together.
#[cfg(unix)]
struct Group {
    number: Option<u32>,
    /// Holds the group's number, so that a filter can name it before the program is there, and ends the group where this process
    /// is gone: then its standard input ends.
    anchor: Option<Child>,
}

#[cfg(unix)]
impl Group {
    fn new(means: &Means) -> Result<Self> {
        use std::os::unix::process::CommandExt;
        // Bubblewrap sees to both itself.
        if let Means::Bubblewrap(_) = means {
            return Ok(Self { number: None, anchor: None });
        }
        let mut waits = Command::new("/bin/sh");
        waits.args(["-c", "read nothing; kill -9 0"]).env_clear().current_dir("/");
        waits.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let anchor = waits.process_group(0).spawn()?;
        Ok(Self { number: Some(anchor.id()), anchor: Some(anchor) })
    }

    fn number(&self) -> Option<u32> {
        self.number
    }

    fn take(&self, command: &mut Command) {
        use std::os::unix::process::CommandExt;
        command.process_group(self.number.and_then(|number| number.try_into().ok()).unwrap_or(0));
    }

    fn of(self, child: &Child) -> Self {
        Self { number: self.number.or(Some(child.id())), anchor: self.anchor }
    }

    fn end(self, child: &mut Child) {
        use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
        let pid = self.number.and_then(|number| number.try_into().ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // There may be nobody left in it.
            let _ = kill_process_group(pid, Signal::KILL);
        }
        if let Some(mut anchor) = self.anchor {
            let _ = anchor.wait();
        }
        // Ended by now, if it was not before.
        let _ = child.kill();
        let _ = child.wait();
        // The others are killed, but may take a moment to be gone.
        let start = Instant::now();
        while pid.is_some_and(|pid| test_kill_process_group(pid).is_ok()) && start.elapsed() < ENDING / 20 {
            std::thread::sleep(Gate::LOOK);
        }
    }
}

#[cfg(not(unix))]
struct Group;

#[cfg(not(unix))]
impl Group {
    fn new(_means: &Means) -> Result<Self> {
        Ok(Self)
    }

    fn number(&self) -> Option<u32> {
        None
    }

    fn take(&self, _command: &mut Command) {}

    fn of(self, _child: &Child) -> Self {
        self
    }

    fn end(self, child: &mut Child) {
        let _ = child.kill();
        let _ = child.wait();
    }
}
