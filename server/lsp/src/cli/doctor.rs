//! `trust-lsp doctor`

use super::models::size;
use super::{layers, log};
use crate::assistant::{Assistant, cache_folder};
use crate::model_slot::{ModelChoice, ModelState};
use crate::setup::{Manner, manner, model_setup};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use trust_complete::{Outcome, Query};
use trust_config::{Config, Held, Place, Settings};
use trust_grammars::Language;
use trust_inference::CancelToken;
use trust_models::Task;
use trust_text::Text;

/// A text whose completion the machine is timed on.
const SAMPLE: &str = "fn main() {\n    let numbers = vec![1, 2, 3];\n    for number in ";

#[derive(Args)]
pub struct Doctor {
    #[command(flatten)]
    flags: layers::Flags,
    #[command(flatten)]
    log: log::Log,
}

impl Doctor {
    pub fn flags(&self) -> &layers::Flags {
        &self.flags
    }
}

/// What one check found.
enum Finding {
    Good(String),
    /// It works without, less well.
    Missing(String),
    /// It does not work, and what to do.
    Bad(String),
}

pub fn run(command: Doctor) -> ExitCode {
    if let Err(error) = command.log.start() {
        eprintln!("trust-lsp: {error:#}");
        return ExitCode::FAILURE;
    }
    println!("trust-lsp {}", env!("CARGO_PKG_VERSION"));
    let mut bad = false;
    let (config, team, settings) = configuration(&command.flags);
    crate::net::obey(&settings.privacy);
    // An engine elsewhere is asked what it is, if it may be asked anything about what is here.
    crate::net::within(&super::workspace::here());
    let setup = model_setup(&settings, command.flags.scripted(), Task::Completion);
    let choice = setup.choice.clone();
    let warning = crate::library::beyond_budget(&settings, &choice, setup.context.into());
    let assistant = Assistant::new(Vec::new(), &setup.into(), Arc::new(|| ()));
    let start = Instant::now();
    assistant.model().load(None);
    let checks = [
        ("processor", processor()),
        ("gpu", gpu()),
        ("cache", cache()),
        ("model", warned(model(&assistant, &choice, start.elapsed()), warning)),
        ("completion", completion(&assistant, &choice, manner(&settings))),
        ("sockets", sockets()),
        ("config", config),
        ("team", team),
        ("editors", editors()),
    ];
    for (name, finding) in checks {
        let (mark, text) = match finding {
            Finding::Good(text) => ("ok     ", text),
            Finding::Missing(text) => ("missing", text),
            Finding::Bad(text) => {
                bad = true;
                ("FAILED ", text)
            }
        };
        println!("{mark}  {name:<10}  {text}");
    }
    if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn processor() -> Finding {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Finding::Good(format!(
        "{} {}, {cores} cores for this process",
        std::env::consts::OS,
        std::env::consts::ARCH
    ))
}

/// What beside the processor could run a model, which is told above of the one that is in use.
fn gpu() -> Finding {
    let found = trust_engine::devices();
    match found.as_deref() {
        Err(error) => Finding::Missing(error.to_string()),
        Ok([]) if trust_engine::RUNTIMES.is_empty() => Finding::Good(
            "this build runs models on the processor; docs/models.md tells how to build one for a GPU".into(),
        ),
        Ok([]) => Finding::Missing(format!(
            "none was found by {}: look at its driver; the processor runs the model meanwhile",
            trust_engine::RUNTIMES.join(" or ")
        )),
        Ok(devices) => {
            let told = devices.iter().map(|device| {
                let shared = if device.integrated { ", shared with the processor" } else { "" };
                let (free, all) = (size(device.free_bytes), size(device.total_bytes));
                format!("{}, {free} of {all} free{shared}", device.name)
            });
            Finding::Good(told.collect::<Vec<_>>().join("; "))
        }
    }
}

fn cache() -> Finding {
    let Some(folder) = cache_folder() else {
        return Finding::Missing(
            "no home folder: the bundled model is laid out anew at each start; set HOME".into(),
        );
    };
    match std::fs::create_dir_all(&folder).and_then(|()| tempfile_in(&folder)) {
        Ok(()) => Finding::Good(folder.display().to_string()),
        Err(error) => Finding::Missing(format!(
            "{} cannot be written ({error}): the bundled model is laid out anew at each start; free some space, \
             mend the folder's rights, or set XDG_CACHE_HOME",
            folder.display()
        )),
    }
}

fn sockets() -> Finding {
    match trust_sandbox::state() {
        trust_sandbox::State::Unprotected(reason) => Finding::Missing(format!(
            "{reason}: that none is opened rests on there being no network code in the program alone"
        )),
        _ => Finding::Good("refused by the kernel (`trust-lsp privacy report` tries)".into()),
    }
}

/// What is configured here, what of it is wrong, and what the team says.
fn configuration(flags: &layers::Flags) -> (Finding, Finding, Settings) {
    let config = Config::load(&flags.inputs(super::workspace::here()), None);
    let settings = config.settings(Place::default());
    let problems: Vec<String> = config.problems().iter().map(ToString::to_string).collect();
    let finding = match problems.as_slice() {
        [] => Finding::Good(match config.files().as_slice() {
            [] => "nothing but defaults (`trust-lsp config show`)".into(),
            files => files.join(", "),
        }),
        problems => Finding::Missing(format!("not all of it is applied: {}", problems.join("; "))),
    };
    (finding, team(&config), settings)
}

/// Whether a team's layer holds, and from where.
fn team(config: &Config) -> Finding {
    let problems: Vec<String> = config.team_problems().iter().map(ToString::to_string).collect();
    let problems = problems.join("; ");
    let (named, team) = match (config.named_team(), config.team()) {
        (None, _) if problems.is_empty() => {
            return Finding::Good("none is configured (docs/team.md says what one is for)".into());
        }
        (None, _) => return Finding::Bad(problems),
        (Some(named), None) => {
            return Finding::Bad(format!("nothing of {} holds: {problems}", named.source.display()));
        }
        (Some(named), Some(team)) => (named, team),
    };
    let from = match team.held {
        Held::Folder => named.source.display().to_string(),
        Held::Copy => "from the last verified copy".into(),
    };
    let locked: Vec<&str> = team.locked().collect();
    let locked = if locked.is_empty() { "nothing".into() } else { locked.join(", ") };
    let told = format!("{}, version {}, {from}, locked: {locked}", team.name(), team.version());
    if problems.is_empty() { Finding::Good(told) } else { Finding::Missing(format!("{told}: {problems}")) }
}

fn tempfile_in(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(format!(".probe-{}", std::process::id()));
    std::fs::OpenOptions::new().write(true).create_new(true).open(&path)?;
    std::fs::remove_file(path)
}

fn model(assistant: &Assistant, choice: &ModelChoice, elapsed: Duration) -> Finding {
    match (assistant.model().state().as_ref(), choice) {
        (ModelState::Ready(name) | ModelState::Resting(name), ModelChoice::Endpoint { .. }) => {
            Finding::Good(format!("{name}, which said so within {} ms", elapsed.as_millis()))
        }
        (ModelState::Failed(reason), ModelChoice::Endpoint { name, .. }) => {
            Finding::Bad(format!("endpoint:{name}: {reason}; completions come from the project alone"))
        }
        (state, _) => {
            let placed = assistant.model().current().and_then(|loaded| loaded.model().placement());
            let placed = placed.map(|placed| format!(", {placed}")).unwrap_or_default();
            own_model(state, elapsed, &placed)
        }
    }
}

/// What is well, with what there is to say against it.
fn warned(finding: Finding, warning: Option<String>) -> Finding {
    match (finding, warning) {
        (Finding::Good(told), Some(warning)) => Finding::Good(format!("{told}; {warning}")),
        (finding, _) => finding,
    }
}

fn own_model(state: &ModelState, elapsed: Duration, placed: &str) -> Finding {
    match state {
        ModelState::Ready(name) | ModelState::Resting(name) => {
            Finding::Good(format!("{name}, loaded in {} ms{placed}", elapsed.as_millis()))
        }
        ModelState::Failed(reason) => Finding::Bad(format!(
            "{reason}; completions come from the project alone. Leave --model away to use the bundled one"
        )),
        ModelState::None | ModelState::Loading => {
            Finding::Missing("none, as asked: completions come from the project alone".into())
        }
    }
}

fn completion(assistant: &Assistant, choice: &ModelChoice, manner: Manner) -> Finding {
    if let ModelChoice::Endpoint { name, .. } = choice {
        return Finding::Good(format!(
            "not tried: {name} would be sent a text; `trust-lsp complete FILE:LINE:COLUMN` asks it"
        ));
    }
    let query = Query {
        path: PathBuf::from("/doctor/main.rs"),
        relative: "src/main.rs".into(),
        repository: "doctor".into(),
        language: Some(Language::Rust),
        text: Text::new(SAMPLE),
        offset: SAMPLE.len(),
        invoked: true,
        may_replace: false,
        deadline: Instant::now() + Duration::from_secs(30),
        cancel: CancelToken::new(),
        superseded: CancelToken::new(),
        edited: Vec::new(),
    };
    let start = Instant::now();
    match assistant.complete(query, manner) {
        Outcome::Show(completion) => Finding::Good(format!(
            "`for number in` -> `{}` ({}), {} ms",
            completion.text.lines().next().unwrap_or_default(),
            completion.source.name(),
            start.elapsed().as_millis()
        )),
        Outcome::Quiet(quiet) => Finding::Missing(format!("nothing for a sample: {}", quiet.reason())),
    }
}

/// Which of the editors that we have instructions for are on the search path.
fn editors() -> Finding {
    let programs = [
        ("code", "VS Code"),
        ("codium", "VSCodium"),
        ("nvim", "Neovim"),
        ("hx", "Helix"),
        ("zed", "Zed"),
        ("emacs", "Emacs"),
        ("kak", "Kakoune"),
    ];
    #[allow(clippy::disallowed_methods, reason = "the command line reads the environment")]
    let path = std::env::var("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let found: Vec<&str> = programs
        .iter()
        .filter(|(program, _)| folders.iter().any(|folder| folder.join(program).is_file()))
        .map(|(_, name)| *name)
        .collect();
    if found.is_empty() {
        return Finding::Missing(
            "none found on PATH; any editor that speaks LSP can run `trust-lsp --stdio`".into(),
        );
    }
    Finding::Good(format!("{} (see editors/ for what to paste)", found.join(", ")))
}
