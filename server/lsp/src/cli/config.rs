//! `trust-lsp config`

use super::layers::{self, Flags, place};
use super::{edit, workspace};
use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use trust_config::{Config, Found, KEYS, Key, Layer, nearest_key};

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp config show                              every key with the value that holds here
  trust-lsp config show --origin                     and where it comes from
  trust-lsp config show --origin --for src/main.rs   in this file
  trust-lsp config get completion.deadline
  trust-lsp config set completion.deadline 900       in the user's file
  trust-lsp config set --workspace completion.enable false
  trust-lsp config set --language python gate.shift 0.1
  trust-lsp config set --directory generated completion.enable false
  trust-lsp config set otherServers rust,python
  trust-lsp config unset completion.deadline
  trust-lsp config edit                              in $VISUAL or $EDITOR, checked afterwards
  trust-lsp config check                             every file that counts here; code 1 where one is wrong
  trust-lsp config check .trust/config.toml
  trust-lsp config schema > trust.schema.json        for editors' TOML servers

docs/configuration.md says what each key means and which file counts for more.";

#[derive(Args)]
pub struct Command {
    #[command(subcommand)]
    action: Action,
}

impl Command {
    /// Whether it starts a program of the user's.
    pub fn opens_an_editor(&self) -> bool {
        matches!(self.action, Action::Edit { .. })
    }
}

#[derive(Subcommand)]
enum Action {
    /// Every key with the value that holds.
    Show {
        #[command(flatten)]
        view: View,
    },
    /// The value of one key.
    Get {
        #[arg(value_name = "KEY")]
        key: String,
        #[command(flatten)]
        view: View,
    },
    /// Set a key, in the user's file unless told otherwise.
    Set {
        #[command(flatten)]
        target: edit::Where,
        #[command(flatten)]
        part: edit::Part,
        #[arg(value_name = "KEY")]
        key: String,
        #[arg(value_name = "VALUE", allow_hyphen_values = true)]
        value: String,
    },
    /// Take a key out of a file.
    Unset {
        #[command(flatten)]
        target: edit::Where,
        #[command(flatten)]
        part: edit::Part,
        #[arg(value_name = "KEY")]
        key: String,
    },
    /// Open a file in $VISUAL or $EDITOR, and check it afterwards.
    Edit {
        #[command(flatten)]
        target: edit::Where,
    },
    /// Say what is wrong; of all files that count here, or of one.
    Check {
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// The JSON Schema of the files.
    Schema {
        #[arg(long, value_enum, default_value_t = Format::Json)]
        format: Format,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// JSON Schema
    Json,
    /// The settings of VS Code
    Vscode,
    /// The page of the documentation
    Markdown,
}

#[derive(Args)]
struct View {
    /// Say where each value comes from.
    #[arg(long)]
    origin: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// What holds in this file.
    #[arg(long = "for", value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags,
}

pub fn run(command: Command) -> ExitCode {
    let result = match command.action {
        Action::Show { view } => show(&view),
        Action::Get { key, view } => get(&key, &view),
        Action::Set { target, part, key, value } => {
            known(&key).and_then(|key| edit::set(&target, &part, key, &value))
        }
        Action::Unset { target, part, key } => known(&key).and_then(|key| edit::unset(&target, &part, key)),
        Action::Edit { target } => edit::edit(&target),
        Action::Check { file } => check(file),
        Action::Schema { format } => schema(format),
    };
    super::end(result)
}

fn known(name: &str) -> anyhow::Result<&'static Key> {
    let near = nearest_key(name).map(|near| format!("; did you mean {near}?"));
    let told = || format!("there is no key {name:?}{}", near.unwrap_or_default());
    trust_config::key(name).with_context(told)
}

/// The configuration, and the file that it is asked for.
fn load(view: &View) -> anyhow::Result<(Config, Option<PathBuf>)> {
    let file = match &view.file {
        Some(file) => Some(std::path::absolute(file).with_context(|| file.display().to_string())?),
        None => None,
    };
    let roots =
        file.as_deref().map_or_else(workspace::here, |file| crate::root::of(file).into_iter().collect());
    let config = Config::load(&view.flags.inputs(roots), None);
    config.problems().iter().for_each(|problem| eprintln!("trust-lsp: {problem}"));
    Ok((config, file))
}

fn show(view: &View) -> anyhow::Result<()> {
    let (config, file) = load(view)?;
    let found = KEYS.iter().map(|key| (key, config.found(key, place(file.as_deref()))));
    if view.json {
        let all = found.map(|(key, found)| (key.name.to_owned(), json(found, view.origin)));
        println!("{:#}", serde_json::Value::Object(all.collect()));
        return Ok(());
    }
    for (key, found) in found {
        let origin = if view.origin { format!("  # {}", origin(&found)) } else { String::new() };
        let value = trust_config::toml(&found.value);
        match value.is_empty() {
            true => println!("# {} is not set", key.name),
            false => println!("{} = {}{origin}", key.name, value.trim()),
        }
    }
    Ok(())
}

fn get(name: &str, view: &View) -> anyhow::Result<()> {
    let key = known(name)?;
    let (config, file) = load(view)?;
    let found = config.found(key, place(file.as_deref()));
    if view.json {
        println!("{}", json(found, view.origin));
        return Ok(());
    }
    if view.origin {
        eprintln!("{}", origin(&found));
    }
    match found.value.as_str() {
        Some(text) => println!("{text}"),
        None => println!("{}", trust_config::toml(&found.value).trim()),
    }
    Ok(())
}

fn json(found: Found, origin: bool) -> serde_json::Value {
    if !origin {
        return found.value;
    }
    serde_json::json!({
        "value": found.value, "layer": found.layer.name(), "source": found.source, "line": found.line, "of": found.of,
    })
}

fn origin(found: &Found) -> String {
    let layer = found.layer.name();
    let of = found.of.as_deref().map(|of| format!(" {of}")).unwrap_or_default();
    match (found.layer, found.line) {
        (Layer::Default, _) => layer.into(),
        // The source says itself that it is a team's.
        (Layer::Team, Some(line)) => format!("{}:{line}{of}", found.source),
        (Layer::Team, None) => format!("{}{of}", found.source),
        (_, Some(line)) => format!("{layer}{of}: {}:{line}", found.source),
        (_, None) => format!("{layer}{of}: {}", found.source),
    }
}

fn check(file: Option<PathBuf>) -> anyhow::Result<()> {
    let (problems, what) = match &file {
        Some(file) => (edit::check(file), file.display().to_string()),
        None => {
            let config = Config::load(&Flags::default().inputs(workspace::here()), None);
            let what = config.files().join(", ");
            let what = if what.is_empty() { "nothing but defaults".into() } else { what };
            (config.problems().to_vec(), what)
        }
    };
    problems.iter().for_each(|problem| println!("{problem}"));
    // What waits for trust is as it should be.
    match problems.iter().filter(|problem| !problem.waits_for_trust).count() {
        0 => println!("{what}: in order"),
        1 => bail!("there is one problem"),
        count => bail!("there are {count} problems"),
    }
    Ok(())
}

fn schema(format: Format) -> anyhow::Result<()> {
    match format {
        Format::Json => println!("{}", serde_json::to_string_pretty(&trust_config::schema())?),
        Format::Vscode => println!("{}", serde_json::to_string_pretty(&trust_config::vscode())?),
        Format::Markdown => print!("{}", trust_config::markdown()),
    }
    Ok(())
}

/// The root of the workspace whose configuration a file is, if it is one's.
pub fn root_of_local(file: &Path) -> Option<PathBuf> {
    let file = std::path::absolute(file).ok()?;
    file.ends_with(trust_config::LOCAL).then(|| file.parent()?.parent().map(Path::to_path_buf)).flatten()
}

/// The user's file.
pub fn user_file() -> anyhow::Result<PathBuf> {
    layers::files().user.context("no home folder, so there is no file of the user's; set HOME")
}
