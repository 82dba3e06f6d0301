//! A server that runs: within walls, asked one thing at a time, and ended with this.

use super::consent::Pinned;
use super::lines::{Lines, Trouble};
use super::{Spec, said};
use rmcp::model::{CallToolRequestParams, CallToolResult};
use rmcp::service::{RoleClient, RunningService, ServiceError, serve_client};
use serde_json::Value;
use std::future::Future;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use trust_inference::CancelToken;
use trust_redact::masked;
use trust_sandbox::{Program, Running, start};
use trust_tools::{Failure, Kept, reduced, sandbox};

/// How much of what it says of errors is kept, and told.
const ERRORS: usize = 1_000;
const LINE: usize = 200;
/// How long, and how often, it is waited for what it says at its end.
const LOOK: Duration = Duration::from_millis(10);
const HEARING: usize = 20;

pub struct Session {
    name: String,
    service: RunningService<RoleClient, ()>,
    runtime: Runtime,
    trouble: Trouble,
    errors: Errors,
    _running: Running,
}

/// What it says of errors, and the thread that hears it.
struct Errors {
    kept: Arc<Mutex<Kept>>,
    listener: JoinHandle<()>,
}

impl Session {
    /// Starts the server and shakes hands with it.
    ///
    /// # Errors
    /// Why that cannot be, in words.
    pub fn start(spec: &Spec, root: &Path, time: Duration, cancel: &CancelToken) -> Result<Self, Failure> {
        let told = |why: &str| Failure::told(format!("the server {} cannot be started: {why}", spec.name));
        let settings = crate::tools::own_settings();
        let (means, walls) = sandbox(
            crate::tools::wanted(&settings),
            vec![root.to_owned()],
            spec.readable(),
            spec.write,
            cancel,
        )?;
        let mut environment = reduced(&crate::tools::environment());
        environment.extend(spec.environment.clone());
        let command = std::iter::once(&spec.command).chain(&spec.arguments).cloned().collect();
        let program = Program { command, folder: root.to_owned(), environment, asked: true, merged: false };
        let mut running = start(program, &walls, &means).map_err(|error| told(&error.to_string()))?;
        let (Some(input), Some(output), Some(mut errors)) =
            (running.input.take(), running.output.take(), running.errors.take())
        else {
            return Err(Failure::Panicked);
        };
        let kept = Arc::new(Mutex::new(Kept::new(ERRORS)));
        let listening = Arc::clone(&kept);
        let listen = move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = errors.read(&mut buffer) {
                listening.lock().unwrap_or_else(PoisonError::into_inner).push(&buffer[..count]);
            }
        };
        let listener = std::thread::Builder::new()
            .name("trust-server".to_owned())
            .spawn(listen)
            .map_err(|error| told(&error.to_string()))?;
        let errors = Errors { kept, listener };
        let trouble = Trouble::default();
        let lines = Lines::new(output, input, trouble.clone()).map_err(|error| told(&error.to_string()))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| told(&error.to_string()))?;
        match within(&runtime, time, cancel, serve_client((), lines)) {
            Err(Failure::TimedOut(_)) => {
                Err(told(&format!("it has not answered for {} s{}", time.as_secs(), errors.last_words())))
            }
            Err(failure) => Err(failure),
            Ok(Ok(service)) => {
                Ok(Self { name: spec.name.clone(), service, runtime, trouble, errors, _running: running })
            }
            Ok(Err(error)) => {
                let why = trouble.told().unwrap_or_else(|| said::plain(&error.to_string()));
                Err(told(&format!("{why}{}", errors.last_words())))
            }
        }
    }

    /// What it offers today, of what may be offered.
    ///
    /// # Errors
    /// It does not say so in time.
    pub fn tools(&mut self, time: Duration, cancel: &CancelToken) -> Result<Vec<Pinned>, Failure> {
        let listed = within(&self.runtime, time, cancel, self.service.peer().list_all_tools());
        let listed = listed.map_err(|failure| self.silent(failure))?;
        let (tools, left_out) = said::pinned(listed.map_err(|error| self.failed(error))?);
        if left_out > 0 {
            tracing::warn!(server = self.name, left_out, "tools of names or schemas that cannot be offered");
        }
        Ok(tools)
    }

    /// # Errors
    /// Why there is no answer; the session may be over then.
    pub fn call(
        &mut self,
        tool: &str,
        arguments: Value,
        time: Duration,
        cancel: &CancelToken,
    ) -> Result<CallToolResult, Failure> {
        let mut params = CallToolRequestParams::new(tool.to_owned());
        params.arguments = arguments.as_object().cloned();
        let called = within(&self.runtime, time, cancel, self.service.peer().call_tool(params));
        called.map_err(|failure| self.silent(failure))?.map_err(|error| self.failed(error))
    }

    pub fn is_over(&self) -> bool {
        self.trouble.told().is_some() || self.service.is_closed()
    }

    fn failed(&self, error: ServiceError) -> Failure {
        let why = match error {
            ServiceError::McpError(error) => {
                return Failure::told(masked(said::plain(&format!(
                    "the server {} refused: {}",
                    self.name, error.message
                ))));
            }
            other => self.trouble.told().unwrap_or_else(|| said::plain(&other.to_string())),
        };
        self.broke_off(&why)
    }

    /// One that says nothing in its time is over.
    fn silent(&self, failure: Failure) -> Failure {
        match failure {
            Failure::TimedOut(time) => {
                let why = format!("it has not answered for {} s", time.as_secs());
                self.trouble.tell(&why);
                self.broke_off(&why)
            }
            other => other,
        }
    }

    fn broke_off(&self, why: &str) -> Failure {
        Failure::told(format!(
            "the server {} broke off: {why}{}; it is started again when it is needed",
            self.name,
            self.errors.last_words()
        ))
    }
}

impl Errors {
    /// The last line, where it said anything. What has just ended may not have been heard out yet.
    fn last_words(&self) -> String {
        for _ in 0..HEARING {
            if self.listener.is_finished() {
                break;
            }
            std::thread::sleep(LOOK);
        }
        let text = self.kept.lock().unwrap_or_else(PoisonError::into_inner).text();
        let text = masked(said::plain(&text));
        let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let line: String = line.chars().take(LINE).collect();
        if line.is_empty() { line } else { format!(" (its last words: {line})") }
    }
}

/// Runs what it is asked, as long as somebody waits for it.
fn within<T>(
    runtime: &Runtime,
    time: Duration,
    cancel: &CancelToken,
    work: impl Future<Output = T>,
) -> Result<T, Failure> {
    let given_up = Arc::new(Notify::new());
    let give_up = Arc::clone(&given_up);
    cancel.on_cancel(move || give_up.notify_one());
    runtime.block_on(async {
        tokio::select! {
            done = work => Ok(done),
            () = given_up.notified() => Err(Failure::Cancelled),
            () = tokio::time::sleep(time) => Err(Failure::TimedOut(time)),
        }
    })
}
