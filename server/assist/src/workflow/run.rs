//! Runs a workflow: step by step, each within its time; a verifier that says no sends a step back so often as its file says.

use super::check::descends;
use super::deeds::{Wrong, perform};
use super::graph::{Deed, Kind, Step, Workflow};
use super::keys::meant;
use super::limit::within;
use super::trial::Trial;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use trust_index::Index;
use trust_inference::{CancelToken, Model};
use trust_tools::{Change, Documents};

/// Something that a review found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// From the root.
    pub path: String,
    /// From 0.
    pub line: u32,
    pub message: String,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    pub good: bool,
    /// The end of what it said.
    pub output: String,
}

/// What a run needs of the world: a terminal has one, and tests have another.
pub trait Host {
    fn index(&self) -> &Index;
    fn documents(&self) -> &dyn Documents;
    /// # Errors
    /// There is no such model, or none at all; in words.
    fn model(&self, name: Option<&str>) -> Result<&dyn Model, String>;
    /// # Errors
    /// In words.
    fn review(&self, base: Option<&str>, cancel: &CancelToken) -> Result<Vec<Finding>, String>;
    /// Calls a tool that reads.
    ///
    /// # Errors
    /// In words.
    fn call(
        &self,
        tool: &str,
        parameters: &[(String, String)],
        cancel: &CancelToken,
    ) -> Result<String, String>;
    /// Shows the changes, asks, and puts them into the files.
    ///
    /// # Errors
    /// They were not permitted, or could not be written: then nothing was changed.
    fn write(&self, changes: &[Change], cancel: &CancelToken) -> Result<(), String>;
    /// Puts files back that [`Self::write`] changed.
    ///
    /// # Errors
    /// What could not be put back.
    fn undo(&self, changes: &[Change]) -> Result<(), String>;
    /// Shows the command, asks, and runs it in the workspace's folder until it ends or `cancel` is raised.
    ///
    /// # Errors
    /// It was not permitted, does not start, or was cancelled.
    fn command(&self, line: &str, cancel: &CancelToken) -> Result<Ran, String>;
    fn tell(&self, event: &Event);
}

/// What happens in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// From 1.
    Started {
        step: String,
        attempt: usize,
    },
    Done {
        step: String,
        told: String,
        took: Duration,
    },
    /// A verifier says no, and a step is done again.
    Again {
        step: String,
        why: String,
        back_to: String,
    },
    /// Something was left out of a step.
    Left {
        step: String,
        why: String,
    },
    Written {
        paths: Vec<String>,
    },
    /// And what could not be put back.
    TakenBack {
        paths: Vec<String>,
        lost: Option<String>,
    },
}

/// What a run ended with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Text(String),
    /// The changes that were permitted and are in the files now.
    Edit(Arc<Vec<Change>>),
}

/// Why a run ended without; the files are as they were.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    #[error("{0}")]
    Input(String),
    #[error("step `{step}` failed: {why}")]
    Step { step: String, why: String },
    #[error("step `{step}` took longer than its {} s", .limit.as_secs())]
    StepTime { step: String, limit: Duration },
    #[error("the run took longer than its {} s", .0.as_secs())]
    WholeTime(Duration),
    #[error("cancelled")]
    Cancelled,
    #[error("what was made is not in the files: {0}")]
    NotWritten(String),
}

/// What an edge carries in a run.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    Place { path: PathBuf, shown: String, line: u32, column: Option<u32> },
    Findings(Vec<Finding>),
    Edit(Arc<Vec<Change>>),
}

pub(super) type Values = HashMap<String, Value>;

/// Runs it with these inputs. Blocks; `cancel` ends it, and with it what it does at that moment.
///
/// # Errors
/// [`Failed`].
pub fn run(
    workflow: &Workflow,
    given: &[(String, String)],
    host: &dyn Host,
    cancel: &CancelToken,
) -> Result<Outcome, Failed> {
    let values = inputs(workflow, given, host)?;
    let (ended, is_over) = within(workflow.limit, cancel, |own| steps(workflow, values, host, own));
    match ended {
        Err(_) if cancel.is_cancelled() => Err(Failed::Cancelled),
        Err(_) if is_over => Err(Failed::WholeTime(workflow.limit)),
        ended => ended,
    }
}

fn inputs(workflow: &Workflow, given: &[(String, String)], host: &dyn Host) -> Result<Values, Failed> {
    let names: Vec<&str> = workflow.inputs.iter().map(|input| input.name.as_str()).collect();
    if let Some((name, _)) = given.iter().find(|(name, _)| !names.contains(&name.as_str())) {
        return Err(Failed::Input(format!("there is no input `{name}`{}", meant(name, &names))));
    }
    let mut values = Values::new();
    for input in &workflow.inputs {
        let said = given.iter().rev().find(|(name, _)| *name == input.name).map(|(_, value)| value);
        let Some(said) = said.or(input.default.as_ref()) else {
            let (name, about) = (&input.name, &input.about);
            return Err(Failed::Input(format!("the input `{name}` must be given: {about}")));
        };
        let value = match input.kind {
            Kind::Place => {
                place(said, host).map_err(|why| Failed::Input(format!("`{}`: {why}", input.name)))?
            }
            _ => Value::Text(said.clone()),
        };
        values.insert(input.name.clone(), value);
    }
    Ok(values)
}

/// `FILE:LINE` or `FILE:LINE:COL`, counted from 1, from a root of the workspace.
fn place(said: &str, host: &dyn Host) -> Result<Value, String> {
    let wrong = || format!("expected FILE:LINE or FILE:LINE:COL, with both counted from 1, not {said:?}");
    let number = |part: &str| part.parse::<u32>().ok().and_then(|number| number.checked_sub(1));
    let (rest, last) = said.rsplit_once(':').ok_or_else(wrong)?;
    let last = number(last).ok_or_else(wrong)?;
    let (file, line, column) = match rest.rsplit_once(':').map(|(file, line)| (file, number(line))) {
        Some((file, Some(line))) => (file, line, Some(last)),
        _ => (rest, last, None),
    };
    let broker = host.index().broker();
    let found =
        broker.roots().find_map(|root| broker.allows(&root.join(file)).ok().filter(|path| path.is_file()));
    let path = found.ok_or_else(|| format!("there is no file {file:?} in the workspace that may be read"))?;
    let shown = host.index().snapshot().relative_to_root(&path);
    Ok(Value::Place { path, shown, line, column })
}

fn steps(
    workflow: &Workflow,
    mut values: Values,
    host: &dyn Host,
    cancel: &CancelToken,
) -> Result<Outcome, Failed> {
    let mut trial = Trial::new(host);
    let (mut attempts, mut denials) = (HashMap::<&str, usize>::new(), HashMap::<&str, usize>::new());
    let mut remarks = HashMap::<&str, String>::new();
    let mut at = 0;
    while let Some(step) = workflow.steps.get(at) {
        let name = step.name.as_str();
        if cancel.is_cancelled() {
            return Err(Failed::Cancelled);
        }
        // What a step that is done again does not reach stays as it is.
        if values.contains_key(name) {
            at += 1;
            continue;
        }
        let attempt = attempts.entry(name).or_default();
        *attempt += 1;
        host.tell(&Event::Started { step: step.name.clone(), attempt: *attempt });
        let (start, remark) = (Instant::now(), remarks.get(name).cloned().unwrap_or_default());
        let (given, is_over) =
            within(step.limit, cancel, |own| perform(step, (&values, &remark), host, &mut trial, own));
        match given {
            Ok(value) => {
                let (step, told) = (step.name.clone(), value.told());
                host.tell(&Event::Done { step: step.clone(), told, took: start.elapsed() });
                values.insert(step, value);
                at += 1;
            }
            Err(_) if is_over => {
                return Err(Failed::StepTime { step: step.name.clone(), limit: step.limit });
            }
            Err(_) if cancel.is_cancelled() => return Err(Failed::Cancelled),
            Err(Wrong::Failed(why)) => return Err(Failed::Step { step: step.name.clone(), why }),
            Err(Wrong::Denied(why)) => {
                let Some((back, times)) = again(workflow, step) else {
                    return Err(Failed::Step { step: step.name.clone(), why });
                };
                let denied = denials.entry(name).or_default();
                *denied += 1;
                if *denied > times {
                    let why = format!("{why} (after {} attempts)", times + 1);
                    return Err(Failed::Step { step: step.name.clone(), why });
                }
                trial.take_back();
                let back_to = back.name.clone();
                host.tell(&Event::Again { step: step.name.clone(), why: why.clone(), back_to });
                values.retain(|other, _| *other != back.name && !descends(workflow, other, &back.name));
                remarks.insert(&back.name, why);
                at = workflow.steps.iter().position(|one| one.name == back.name).unwrap_or_default();
            }
        }
    }
    match values.remove(&workflow.result) {
        Some(Value::Edit(edit)) => {
            trial.put(&edit, cancel).map_err(Failed::NotWritten)?;
            trial.keep();
            Ok(Outcome::Edit(edit))
        }
        Some(value) => Ok(Outcome::Text(value.told())),
        None => Err(Failed::NotWritten("the run has no result".into())),
    }
}

fn again<'a>(workflow: &'a Workflow, step: &Step) -> Option<(&'a Step, usize)> {
    let Deed::Verify { retry: Some(retry), .. } = &step.deed else { return None };
    workflow.steps.iter().find(|one| one.name == retry.step).map(|one| (one, retry.times))
}

impl Value {
    /// In words, for prompts and for people.
    pub fn told(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Place { shown, line, .. } => format!("{shown}:{}", line + 1),
            Self::Findings(all) if all.is_empty() => "nothing was found".into(),
            Self::Findings(all) => {
                let told = |one: &Finding| format!("{}:{}: {}", one.path, one.line + 1, one.message);
                all.iter().map(told).collect::<Vec<_>>().join("\n")
            }
            Self::Edit(changes) => trust_tools::unified(changes),
        }
    }
}
