//! What configuration is read from on the command line: files, the environment, flags.

use crate::library;
use crate::model_slot::ModelChoice;
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Duration;
use trust_config::{Config, Files, Inputs, Place, Settings};
use trust_grammars::Language;

/// Flags that set keys of the configuration.
#[derive(Args, Clone, Default)]
pub struct Flags {
    /// The model: a GGUF file, the name of one in the store, or `bundled`.
    #[arg(long, value_name = "PATH|NAME", conflicts_with = "no_model")]
    model: Option<String>,
    /// Complete without a model, by what the project already says.
    #[arg(long)]
    no_model: bool,
    /// A profile of the configuration.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Set a key of the configuration (repeatable); `trust-lsp config show` lists them.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    config: Vec<(String, String)>,
    #[arg(long, hide = true)]
    scripted_model: Option<String>,
    #[arg(long, hide = true, default_value_t = 0)]
    scripted_delay_ms: u64,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.trim().into(), value.into()))
}

impl Flags {
    /// All that the configuration of these folders is read from.
    pub fn inputs(&self, roots: Vec<PathBuf>) -> Inputs {
        let mut session = Vec::new();
        for (key, value) in &self.config {
            session.push(("--config".to_owned(), key.clone(), value.clone()));
        }
        if let Some(profile) = &self.profile {
            session.push(("--profile".into(), "profile".into(), profile.clone()));
        }
        if let Some(model) = &self.model {
            session.push(("--model".into(), "model.path".into(), library::spelled(model)));
            session.extend(same("--model"));
        }
        if self.no_model {
            session.push(("--no-model".into(), "model.path".into(), "none".into()));
            session.extend(same("--no-model"));
        }
        Inputs { files: files(), roots, editor: Vec::new(), environment: environment(), session }
    }

    /// What holds for a file, and on stderr what is wrong.
    pub fn settings(&self, roots: Vec<PathBuf>, file: Option<&Path>) -> Settings {
        let config = Config::load(&self.inputs(roots), None);
        config.problems().iter().for_each(|problem| eprintln!("trust-lsp: {problem}"));
        let settings = config.settings(place(file));
        crate::audit::change(&settings);
        crate::setup::use_index_threads(&settings);
        settings
    }

    /// Whether they name a model of their own.
    pub fn names_a_model(&self) -> bool {
        self.model.is_some() || self.scripted_model.is_some()
    }

    /// The model of a test, where one is asked for.
    pub fn scripted(&self) -> Option<ModelChoice> {
        let delay = Duration::from_millis(self.scripted_delay_ms);
        self.scripted_model.clone().map(|reply| ModelChoice::Scripted { reply, delay })
    }
}

/// Whoever names a model means it for everything.
fn same(flag: &str) -> impl Iterator<Item = (String, String, String)> {
    ["model.chat", "model.review"].into_iter().map(move |key| (flag.into(), key.into(), "same".into()))
}

/// The place of a file, by its name.
pub fn place(file: Option<&Path>) -> Place<'_> {
    Place { language: file.and_then(Language::from_path).map(Language::id), path: file }
}

/// Where this user's files lie.
pub fn files() -> Files {
    let machine =
        if cfg!(windows) { r"C:\ProgramData\trust-lsp\config.toml" } else { "/etc/trust-lsp/config.toml" };
    let state = dirs::state_dir().or_else(dirs::data_local_dir);
    Files {
        machine: machine.into(),
        user: dirs::config_dir().map(|folder| folder.join("trust-lsp/config.toml")),
        trusted: state.as_ref().map(|folder| folder.join("trust-lsp/trusted.toml")),
        teams: state.map(|folder| folder.join("trust-lsp/teams")),
        home: dirs::home_dir(),
    }
}

/// Variables that may be ours. What is not text is nobody's setting.
fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with("TRUST_LSP_"))
        .collect()
}
