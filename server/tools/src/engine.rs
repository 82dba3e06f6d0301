//! Runs calls: checks them, keeps time, asks, has changes carried out. Whoever calls, this is the way.

use crate::permission::Permitted;
use crate::tool::Action;
use crate::{Answer, Ask, Class, Context, Deed, Failure, Page, Permissions, Plan, Registry, Workspace, diff};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use trust_inference::CancelToken;

/// Calls whose threads have not ended; those that were given up count until they notice.
const RUNNING: usize = 8;

/// A call, whoever makes it.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    pub name: &'a str,
    pub arguments: &'a Value,
    /// It is all that its maker meant to say; one that was cut or closed for its budget is not.
    pub whole: bool,
}

/// What became of a call.
#[derive(Debug)]
pub struct Called<'a> {
    pub tool: &'a str,
    /// `None` where there is no such tool.
    pub class: Option<Class>,
    pub arguments: &'a Value,
    /// `None` where it did not come to that, or was not permitted.
    pub permitted: Option<Permitted>,
    pub result: Result<&'a Answer, &'a Failure>,
    /// The files that were changed, from their root.
    pub changed: Vec<String>,
    pub took: Duration,
}

/// Somebody who is told of each call. Must not wait.
pub type Watch = Box<dyn Fn(&Called<'_>) + Send + Sync>;

pub struct Engine {
    watch: Option<Watch>,
    tools: Arc<Registry>,
    workspace: Arc<Workspace>,
    permissions: Permissions,
    running: Arc<AtomicUsize>,
}

/// What a tool's function gives.
enum Said {
    Answer(Answer),
    Plan(Plan),
    Deed(Deed),
}

/// How long a tool may take to say what it would do.
const PLANNING: Duration = Duration::from_secs(20);

impl Engine {
    pub fn new(tools: Registry, workspace: Workspace, permissions: Permissions) -> Self {
        let (tools, workspace) = (Arc::new(tools), Arc::new(workspace));
        Self { watch: None, tools, workspace, permissions, running: Arc::default() }
    }

    /// The same engine, which tells `watch` of each call.
    pub fn watched(self, watch: Watch) -> Self {
        Self { watch: Some(watch), ..self }
    }

    pub fn tools(&self) -> &Registry {
        &self.tools
    }

    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Blocks until the tool has answered, its time is over, or nobody wants the answer any more.
    ///
    /// # Errors
    /// Why there is no answer; then nothing was changed.
    pub fn call(&self, call: Call<'_>, ask: &dyn Ask, cancel: &CancelToken) -> Result<Answer, Failure> {
        let start = Instant::now();
        let (mut permitted, mut changed) = (None, Vec::new());
        let result = self.answer(call, ask, cancel, &mut permitted, &mut changed);
        if let Some(watch) = &self.watch {
            watch(&Called {
                tool: call.name,
                class: self.tools.get(call.name).ok().map(crate::Tool::class),
                arguments: call.arguments,
                permitted,
                result: result.as_ref(),
                changed,
                took: start.elapsed(),
            });
        }
        result
    }

    fn answer(
        &self,
        call: Call<'_>,
        ask: &dyn Ask,
        cancel: &CancelToken,
        permitted: &mut Option<Permitted>,
        changed: &mut Vec<String>,
    ) -> Result<Answer, Failure> {
        let tool = self.tools.get(call.name)?;
        if !call.whole && tool.class() != Class::Read {
            return Err(Failure::Truncated);
        }
        let arguments = tool.check(call.arguments)?;
        if matches!(tool.action, Action::Answer(_)) {
            *permitted = Some(self.permissions.permit(tool, &arguments.to_string(), ask)?);
        }
        let timeout = if let Action::Do(_) = tool.action { PLANNING } else { tool.timeout };
        let (tools, name) = (Arc::clone(&self.tools), call.name.to_owned());
        let said = self.run(timeout, cancel, move |context| match &tools.get(&name)?.action {
            Action::Answer(run) => run(context, arguments).map(Said::Answer),
            Action::Change(plan) => plan(context, arguments).map(Said::Plan),
            Action::Do(plan) => plan(context, arguments).map(Said::Deed),
        })?;
        match said {
            Said::Answer(answer) => Ok(bounded(answer, self.workspace.limit)),
            Said::Deed(deed) => {
                *permitted = Some(self.permissions.permit(tool, &deed.told, ask)?);
                let answer = self.run(tool.timeout, cancel, deed.run)?;
                Ok(bounded(answer, self.workspace.limit))
            }
            Said::Plan(plan) => self.put(tool, &plan, (ask, cancel), (permitted, changed)),
        }
    }

    /// Carries out a plan that was made elsewhere, under the name of a tool that need not be in the registry; permission is
    /// asked for as for that tool's own.
    ///
    /// # Errors
    /// Why not; then nothing was changed.
    pub fn carry_out(
        &self,
        tool: &crate::Tool,
        plan: &Plan,
        ask: &dyn Ask,
        cancel: &CancelToken,
    ) -> Result<Answer, Failure> {
        let start = Instant::now();
        let (mut permitted, mut changed) = (None, Vec::new());
        let result = self.put(tool, plan, (ask, cancel), (&mut permitted, &mut changed));
        if let Some(watch) = &self.watch {
            let (class, arguments) = (Some(tool.class()), &Value::Null);
            let (tool, result, took) = (tool.name(), result.as_ref(), start.elapsed());
            watch(&Called { tool, class, arguments, permitted, result, changed, took });
        }
        result
    }

    /// Does what `tool` stands for and somebody else carries out, once it is permitted. `deed` is all of it, as it is shown, and
    /// `arguments` are what a call of it would have.
    ///
    /// # Errors
    /// [`Failure::Denied`], or why it was not done.
    pub fn perform(
        &self,
        tool: &crate::Tool,
        (deed, arguments): (&str, &Value),
        ask: &dyn Ask,
        work: impl FnOnce() -> Result<Answer, Failure>,
    ) -> Result<Answer, Failure> {
        let start = Instant::now();
        let permitted = self.permissions.permit(tool, deed, ask);
        let (permitted, result) = match permitted {
            Ok(permitted) => (Some(permitted), work()),
            Err(failure) => (None, Err(failure)),
        };
        if let Some(watch) = &self.watch {
            let (class, changed, took) = (Some(tool.class()), Vec::new(), start.elapsed());
            let (tool, result) = (tool.name(), result.as_ref());
            watch(&Called { tool, class, arguments, permitted, result, changed, took });
        }
        result
    }

    fn put(
        &self,
        tool: &crate::Tool,
        plan: &Plan,
        (ask, cancel): (&dyn Ask, &CancelToken),
        (permitted, changed): (&mut Option<Permitted>, &mut Vec<String>),
    ) -> Result<Answer, Failure> {
        let diff = diff::unified(&plan.changes);
        *permitted = Some(self.permissions.permit(tool, &diff, ask)?);
        if cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        self.workspace.documents.apply(&plan.changes).map_err(Failure::Told)?;
        changed.extend(plan.changes.iter().map(|change| change.shown.clone()));
        self.workspace.index.files_changed(plan.changes.iter().map(|change| change.path.clone()).collect());
        Ok(done(&diff, self.workspace.limit))
    }

    /// Runs a tool's function on a thread of its own, which is left behind where it takes too long: it only reads, or ends
    /// what it started.
    fn run<T: Send + 'static>(
        &self,
        timeout: Duration,
        cancel: &CancelToken,
        work: impl FnOnce(&Context) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        if cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        if self.running.fetch_add(1, Ordering::AcqRel) >= RUNNING {
            self.running.fetch_sub(1, Ordering::AcqRel);
            return Err(Failure::Busy);
        }
        let running = Running(Arc::clone(&self.running));
        let own = cancel.child();
        let context = Context {
            workspace: Arc::clone(&self.workspace),
            snapshot: self.workspace.index.snapshot(),
            cancel: own.clone(),
        };
        let (sender, receiver) = channel();
        let cancelled = sender.clone();
        own.on_cancel(move || drop(cancelled.send(Err(Failure::Cancelled))));
        let work = move || {
            let said = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&context)));
            drop(running);
            // Nobody may be listening any more.
            let _ = sender.send(said.unwrap_or(Err(Failure::Panicked)));
        };
        let spawned = std::thread::Builder::new().name("trust-tool".to_owned()).spawn(work);
        if spawned.is_err() {
            return Err(Failure::Busy);
        }
        let said = receiver.recv_timeout(timeout).unwrap_or_else(|error| {
            Err(match error {
                RecvTimeoutError::Timeout => Failure::TimedOut(timeout),
                RecvTimeoutError::Disconnected => Failure::Panicked,
            })
        });
        own.cancel();
        said
    }
}

/// Counts down when its thread ends, however it does.
struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Tools keep their limit themselves, and count better what they leave out; this is for one that forgot.
fn bounded(answer: Answer, limit: usize) -> Answer {
    const SLACK: usize = 1 << 10;
    if answer.text.len() <= limit + SLACK {
        return answer;
    }
    let mut page = Page::new(limit);
    answer.text.lines().for_each(|line| page.push(line));
    let cut = page.finish("");
    Answer { more: cut.more + answer.more, ..cut }
}

fn done(diff: &str, limit: usize) -> Answer {
    let mut page = Page::new(limit);
    page.push("done:");
    diff.lines().for_each(|line| page.push(line));
    page.finish("read the file to see all of it")
}
