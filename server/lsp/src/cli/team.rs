//! `trust-lsp team`: what the team configured, and whether a folder is what it signed.

use super::{layers, workspace};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use trust_config::{Config, Held, Team};

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp team status                       which team, which version, what is locked
  trust-lsp team status --json
  trust-lsp team verify                       the folder that `team.source` names; code 1 where it is not what was signed
  trust-lsp team verify ~/src/settings --key RW...

docs/team.md says how such a folder is made.";

#[derive(Args)]
pub struct Command {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Which team this is of, what holds of it, and what is wrong.
    Status {
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Say whether a folder is what a team signed; nothing of it is applied.
    Verify {
        /// The folder; the one that is configured unless told otherwise.
        #[arg(value_name = "DIR", requires = "key")]
        folder: Option<PathBuf>,
        /// The minisign key.
        #[arg(long, value_name = "KEY", requires = "folder")]
        key: Option<String>,
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub fn run(command: Command) -> ExitCode {
    super::end(match command.action {
        Action::Status { json } => status(json),
        Action::Verify { folder, key, json } => verify(folder.zip(key), json),
    })
}

fn load() -> Config {
    Config::load(&layers::Flags::default().inputs(workspace::here()), None)
}

fn status(as_json: bool) -> anyhow::Result<()> {
    let config = load();
    let (named, team) = (config.named_team(), config.team());
    let problems: Vec<String> = config.problems().iter().map(ToString::to_string).collect();
    if as_json {
        let mut answer = team.map_or(Value::Null, told);
        if let (Value::Object(fields), Some(team)) = (&mut answer, team) {
            fields.insert("copy".into(), (team.held == Held::Copy).into());
        }
        let source = named.map(|named| &named.source);
        println!("{}", json!({ "source": source, "team": answer, "problems": problems }));
        return Ok(());
    }
    match (named, team) {
        (None, _) => println!("no team is configured: `team.source` and `team.key` (docs/team.md)"),
        (Some(named), None) => println!("nothing of {} was ever verified", named.source.display()),
        (Some(named), Some(team)) => {
            show(team, &named.source);
            if team.held == Held::Copy {
                println!("this is the last verified copy");
            }
        }
    }
    problems.iter().for_each(|problem| println!("{problem}"));
    Ok(())
}

fn verify(given: Option<(PathBuf, String)>, as_json: bool) -> anyhow::Result<()> {
    let (folder, key) = match given {
        Some(given) => given,
        None => {
            let config = load();
            let named = config.named_team().context("no team is configured; name a folder, and --key")?;
            (named.source.clone(), named.key.clone())
        }
    };
    match Team::verify(&folder, &key) {
        Ok(team) => {
            if as_json {
                println!("{}", json!({ "verified": true, "team": told(&team) }));
            } else {
                show(&team, &folder);
                println!("all of it is as it was signed");
            }
            Ok(())
        }
        Err(wrong) => {
            if as_json {
                let wrong = json!({ "file": wrong.file, "line": wrong.line, "why": wrong.why, "advice": wrong.advice });
                println!("{}", json!({ "verified": false, "wrong": wrong }));
            }
            let line = wrong.line.map(|line| format!(":{line}")).unwrap_or_default();
            bail!("{}{line}: {}; {}", wrong.file, wrong.why, wrong.advice)
        }
    }
}

fn told(team: &Team) -> Value {
    let files: Vec<&str> = team.files().map(|(path, _)| path).collect();
    let locked: Vec<&str> = team.locked().collect();
    json!({ "name": team.name(), "version": team.version(), "locked": locked, "files": files })
}

fn show(team: &Team, source: &Path) {
    println!("team {}, version {}, {}", team.name(), team.version(), source.display());
    let locked: Vec<&str> = team.locked().collect();
    println!("locked: {}", if locked.is_empty() { "nothing".into() } else { locked.join(", ") });
    team.files().for_each(|(path, _)| println!("  {path}"));
}
