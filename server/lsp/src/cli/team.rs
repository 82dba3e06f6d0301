//! `trust-lsp team`: what the team configured, and whether a folder is what it signed.

use super::{layers, workspace};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use trust_config::{Config, Held, ManifestEdit, Team, WrittenManifest, Wrong, write_manifest};

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp team status                       which team, which version, what is locked
  trust-lsp team status --json
  trust-lsp team verify                       the folder that `team.source` names; code 1 where it is not what was signed
  trust-lsp team verify ~/src/settings --key RW...
  trust-lsp team manifest ~/src/settings --name acme     for who keeps such a folder: lists its files, then tells how to sign

docs/team.md says how such a folder is made.";

pub const OF_MANIFEST: &str = "\
Examples:
  trust-lsp team manifest ~/src/settings --name acme    begin: version 1 of all that lies there
  trust-lsp team manifest ~/src/settings                once something changed: the next version
  trust-lsp team manifest . --lock privacy --lock network
  trust-lsp team manifest . --unlock network
  trust-lsp team manifest . --bump --json

Listed are config.toml, review.md, instructions.md, actions/NAME.md and workflows/NAME.toml, each with its SHA-256. What is not
mentioned stays as it is. The manifest counts for nobody until it is signed: `minisign -S -m manifest.toml`.";

/// What is not listed and told.
const SHOWN: usize = 8;

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
    /// List what lies in a team's folder, for who keeps it: writes manifest.toml, and says how it is signed.
    #[command(after_help = OF_MANIFEST)]
    Manifest(Manifest),
}

#[derive(Args)]
struct Manifest {
    /// The folder.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// What the team is called; needed once.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Lock a key, or a table of keys (repeatable).
    #[arg(long, value_name = "KEY")]
    lock: Vec<String>,
    /// Lock it no more (repeatable).
    #[arg(long, value_name = "KEY")]
    unlock: Vec<String>,
    /// Raise the version where nothing has changed, too.
    #[arg(long)]
    bump: bool,
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
}

pub fn run(command: Command) -> ExitCode {
    super::end(match command.action {
        Action::Status { json } => status(json),
        Action::Verify { folder, key, json } => verify(folder.zip(key), json),
        Action::Manifest(asked) => manifest(asked),
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
            bail!(in_words(&wrong))
        }
    }
}

fn in_words(wrong: &Wrong) -> String {
    let line = wrong.line.map(|line| format!(":{line}")).unwrap_or_default();
    format!("{}{line}: {}; {}", wrong.file, wrong.why, wrong.advice)
}

fn manifest(asked: Manifest) -> anyhow::Result<()> {
    let Manifest { folder, name, lock, unlock, bump, json } = asked;
    let edit = ManifestEdit { name, lock, unlock, bump };
    let written = write_manifest(&folder, &edit).map_err(|wrong| anyhow::anyhow!(in_words(&wrong)))?;
    // It is listed all the same: whoever keeps it may be ahead of this version.
    let config = folder.join("config.toml");
    let problems = if config.is_file() { trust_config::check(&config, None, None) } else { Vec::new() };
    problems.iter().for_each(|problem| eprintln!("trust-lsp: {problem}"));
    let file = folder.join("manifest.toml");
    let sign = format!("minisign -S -m {}", quoted(&file));
    if json {
        let WrittenManifest { name, version, locked, is_new, added, changed, removed, left_out, .. } =
            &written;
        println!(
            "{}",
            json!({
                "name": name, "version": version, "locked": locked, "written": is_new, "added": added, "changed": changed,
                "removed": removed, "leftOut": left_out, "sign": (!written.is_signed).then_some(&sign),
            })
        );
        return Ok(());
    }
    let WrittenManifest { name, version, files, .. } = written;
    let files = if files == 1 { "1 file".into() } else { format!("{files} files") };
    let locked = if written.locked.is_empty() { "nothing".into() } else { written.locked.join(", ") };
    let what = if written.is_new { "written" } else { "as it was" };
    println!("{}: {what}: team {name}, version {version}, {files}, locked: {locked}", file.display());
    for (mark, paths) in [('+', &written.added), ('~', &written.changed), ('-', &written.removed)] {
        paths.iter().for_each(|path| println!("  {mark} {path}"));
    }
    if !written.left_out.is_empty() {
        let more = written.left_out.len().saturating_sub(SHOWN);
        let shown = written.left_out.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        println!("not listed, since nothing reads it: {shown}{more}");
    }
    if !written.is_signed {
        println!("sign it: {sign}");
    }
    Ok(())
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-~".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
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
