//! What the configuration says of the model and of completions, in the terms of those who run them.

use crate::library::{self, One};
use crate::model_slot::ModelChoice;
use trust_config::Settings;
use trust_engine::EngineOptions;
use trust_inference::FimLayout;
use trust_models::Task;

/// A model, and how it is to be run.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSetup {
    pub choice: ModelChoice,
    /// Tokens held at once, at most what it was trained for.
    pub context: u32,
    /// 0 chooses by its size.
    pub threads: usize,
    /// Layers that a GPU computes, at most.
    pub gpu_layers: u32,
    /// The order in which it is told of a hole, where that is not to be what its file says.
    pub layout: Option<FimLayout>,
}

impl ModelSetup {
    /// In the engine's terms.
    pub fn engine(&self) -> EngineOptions {
        EngineOptions {
            threads: self.threads,
            context: self.context,
            gpu_layers: self.gpu_layers,
            layout: self.layout,
            mapped: false,
            snapshot: None,
        }
    }
}

/// The models, by what they are asked for.
#[derive(Debug, Clone)]
pub struct Models {
    /// In the order of [`Task::ALL`]; what is equal is one model.
    setups: [ModelSetup; 3],
    /// What spoke for each, where nobody chose it.
    whys: [Option<String>; 3],
    /// What there is to say against each, though it was chosen.
    warnings: [Option<String>; 3],
}

impl Models {
    pub fn new(setups: [ModelSetup; 3]) -> Self {
        Self { setups, whys: [None, None, None], warnings: [None, None, None] }
    }

    pub fn of(&self, task: Task) -> &ModelSetup {
        &self.setups[task as usize]
    }

    pub fn why(&self, task: Task) -> Option<&str> {
        self.whys[task as usize].as_deref()
    }

    pub fn warning(&self, task: Task) -> Option<&str> {
        self.warnings[task as usize].as_deref()
    }

    /// Whether the same models answer with the same warnings, whatever speaks for them.
    pub fn is_like(&self, other: &Self) -> bool {
        self.setups == other.setups && self.warnings == other.warnings
    }
}

impl From<ModelSetup> for Models {
    /// One for all.
    fn from(setup: ModelSetup) -> Self {
        Self::new([setup.clone(), setup.clone(), setup])
    }
}

/// How completions are to be at one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Manner {
    /// Added to the probabilities from which one is shown.
    pub shift: f32,
    /// Stay quiet in comments and strings, unless asked.
    pub quiet_in_text: bool,
    /// Show what is found, however improbable.
    pub open: bool,
}

/// How completions keep pace with the typist, and what may be done while nobody waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Milliseconds that a query waits for the next key of a fast typist, at most.
    pub delay: u16,
    /// Work out what is likely to be asked next while nobody types.
    pub work_ahead: bool,
    /// On battery too.
    pub on_battery: bool,
    /// Percent of the time that may go into that.
    pub cpu_budget: u8,
}

impl Default for Pace {
    fn default() -> Self {
        pace(&Settings::default())
    }
}

/// What the settings say of the models; `instead` replaces what `model.path` says. `auto` is what it means at this moment, for
/// who has the models `held` in memory.
pub fn models(settings: &Settings, instead: Option<ModelChoice>, held: &[String]) -> Models {
    let chosen = library::chosen(settings, held);
    let setups = Task::ALL.map(|task| {
        let One { said, is_same, .. } = chosen.of(task);
        let instead = instead.clone().filter(|_| task == Task::Completion || *is_same);
        setup(settings, instead.unwrap_or_else(|| library::choice(said)), task)
    });
    // What is loaded once has one context: that of the first task that has it.
    let first = |setup: &ModelSetup| setups.iter().find(|first| first.choice == setup.choice).cloned();
    let setups = setups.each_ref().map(|setup| first(setup).unwrap_or_else(|| setup.clone()));
    let against = |setup: &ModelSetup| library::beyond_budget(settings, &setup.choice, setup.context.into());
    let warnings = setups.each_ref().map(against);
    Models { setups, whys: Task::ALL.map(|task| chosen.of(task).why.clone()), warnings }
}

/// What the settings say of the model for one task; `instead` replaces the choice.
pub fn model_setup(settings: &Settings, instead: Option<ModelChoice>, task: Task) -> ModelSetup {
    models(settings, instead, &[]).of(task).clone()
}

fn setup(settings: &Settings, choice: ModelChoice, task: Task) -> ModelSetup {
    ModelSetup {
        choice,
        context: library::context(settings, task).try_into().unwrap_or(u32::MAX),
        threads: settings.model_threads.try_into().unwrap_or(usize::MAX),
        gpu_layers: settings.model_gpu_layers.try_into().unwrap_or(u32::MAX),
        layout: match settings.model_layout.as_str() {
            "spm" => Some(FimLayout::Spm),
            "psm" => Some(FimLayout::Psm),
            _ => None,
        },
    }
}

/// Has indexes take so many threads as the settings say, from now on.
pub fn use_index_threads(settings: &Settings) {
    trust_index::use_threads(settings.index_threads.try_into().unwrap_or(usize::MAX));
}

/// Has secrets be found by the user's rules too. Once in a process, before any text is read.
///
/// # Errors
/// Which of them do not count, in words, and why; the others do, as those that are built in.
pub fn use_secret_rules(settings: &Settings) -> Result<(), String> {
    let path = settings.secret_rules.as_str();
    if path == "none" {
        return Ok(());
    }
    let path = match (path.strip_prefix("~/"), dirs::home_dir()) {
        (Some(inside), Some(home)) => home.join(inside),
        _ => path.into(),
    };
    let told = |why: String| format!("the rules of `secrets.rules` do not count: {}: {why}", path.display());
    #[allow(clippy::disallowed_methods, reason = "a file of the user's configuration")]
    let text = std::fs::read_to_string(&path).map_err(|error| told(error.to_string()))?;
    let rules = trust_redact::Rules::parse(&text).map_err(|error| told(error.to_string()))?;
    let wrong: Vec<String> = rules.wrong().iter().map(ToString::to_string).collect();
    trust_redact::use_rules(rules);
    if wrong.is_empty() {
        return Ok(());
    }
    let part = match wrong.len() {
        1 => "a part of `secrets.rules` does not count".into(),
        count => format!("{count} parts of `secrets.rules` do not count"),
    };
    Err(format!("{part}: {}: {}", path.display(), wrong.join("; ")))
}

pub fn manner(settings: &Settings) -> Manner {
    Manner {
        shift: settings.gate_shift as f32,
        quiet_in_text: !settings.comments_and_strings,
        open: !settings.gate_enable,
    }
}

pub fn pace(settings: &Settings) -> Pace {
    Pace {
        delay: settings.pace_delay.try_into().unwrap_or(u16::MAX),
        work_ahead: settings.pace_work_ahead,
        on_battery: settings.pace_on_battery,
        cpu_budget: settings.pace_cpu_budget.try_into().unwrap_or(u8::MAX),
    }
}
