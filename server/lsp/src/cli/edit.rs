//! `trust-lsp config set`, `unset` and `edit`: changing a file of the configuration.

use super::config::{root_of_local, user_file};
use super::{layers, workspace};
use crate::audit;
use anyhow::{Context, bail};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::Command;
use trust_audit::Action;
use trust_config::{Key, LOCAL, Problem, TEMPLATE, Target, Trusted};

/// Which file is meant.
#[derive(Args)]
pub struct Where {
    /// The user's file, which is the default.
    #[arg(long, conflicts_with = "workspace")]
    user: bool,
    /// The workspace's file, .trust/config.toml.
    #[arg(long)]
    workspace: bool,
}

/// What a key is set for, where that is not everything.
#[derive(Args)]
pub struct Part {
    /// Only for this language, by its id.
    #[arg(long, value_name = "ID")]
    language: Option<String>,
    /// Only in this folder and what lies in it; with --workspace one of the workspace.
    #[arg(long, value_name = "DIR", conflicts_with = "language")]
    directory: Option<PathBuf>,
}

impl Part {
    /// The ways in which a file may spell the folder, that which is written first.
    fn spellings(&self, target: &Where) -> anyhow::Result<Option<Vec<String>>> {
        let Some(typed) = &self.directory else { return Ok(None) };
        let named = || typed.display().to_string();
        let home = layers::files().home;
        let folder = match (typed.strip_prefix("~"), &home) {
            (Ok(inside), Some(home)) => home.join(inside),
            _ => std::path::absolute(typed).with_context(named)?,
        };
        let goes_up = folder.components().any(|part| matches!(part, std::path::Component::ParentDir));
        let folder = if goes_up { folder.canonicalize().with_context(named)? } else { folder };
        let text = |path: &Path| path.to_str().map(str::to_owned).context("its name is not UTF-8");
        if target.workspace {
            let root = root()?;
            let Some(inside) = inside(&folder, &root) else {
                bail!("{}: it does not lie in the workspace {}", named(), root.display());
            };
            let inside = text(&inside).with_context(named)?;
            return Ok(Some(match inside.as_str() {
                "" => vec![".".into(), String::new()],
                path => vec![path.into(), format!("./{path}")],
            }));
        }
        let mut spellings = vec![text(&folder).with_context(named)?];
        if let Some(inside) = home.as_ref().and_then(|home| folder.strip_prefix(home).ok()) {
            spellings.push(format!("~/{}", text(inside).with_context(named)?));
        }
        Ok(Some(spellings))
    }
}

/// The root of the workspace that the current folder lies in.
fn root() -> anyhow::Result<PathBuf> {
    workspace::here().into_iter().next().context("there is no current folder")
}

/// A folder as it lies in another, however both are named.
fn inside(folder: &Path, root: &Path) -> Option<PathBuf> {
    let as_named = folder.strip_prefix(root).ok().map(Path::to_path_buf);
    as_named.or_else(|| {
        let (folder, root) = (folder.canonicalize().ok()?, root.canonicalize().ok()?);
        folder.strip_prefix(root).ok().map(Path::to_path_buf)
    })
}

impl Where {
    fn file(&self) -> anyhow::Result<PathBuf> {
        if !self.workspace {
            return user_file();
        }
        Ok(root()?.join(LOCAL))
    }

    fn target<'a>(&self, file: &'a Path, part: &'a Part, directory: Option<&'a [String]>) -> Target<'a> {
        Target { file, language: part.language.as_deref(), directory, private: !self.workspace }
    }
}

pub fn set(target: &Where, part: &Part, key: &'static Key, text: &str) -> anyhow::Result<()> {
    let (file, directory) = (target.file()?, part.spellings(target)?);
    let value = key.kind.spelled(text);
    trust_config::set(target.target(&file, part, directory.as_deref()), key, &value)?;
    told(&file, key.name);
    if target.workspace && !key.is_safe(&value) && !is_trusted(&file) {
        let root = root_of_local(&file).unwrap_or_else(|| ".".into());
        let advice = trust_config::advice(&root);
        eprintln!("trust-lsp: not applied until this workspace is trusted: `{advice}`");
    }
    Ok(())
}

/// What was changed in which file; not to what, which may be a secret.
fn told(file: &Path, what: &str) {
    audit::configured(Action::Changed, format!("{what} in {}", file.display()));
}

fn is_trusted(file: &Path) -> bool {
    let trusted = layers::files().trusted.and_then(|trusted| Trusted::read(&trusted).ok());
    root_of_local(file).is_some_and(|root| trusted.is_some_and(|trusted| trusted.holds(&root)))
}

pub fn unset(target: &Where, part: &Part, key: &'static Key) -> anyhow::Result<()> {
    let (file, directory) = (target.file()?, part.spellings(target)?);
    if !trust_config::unset(target.target(&file, part, directory.as_deref()), key)? {
        bail!("{}: `{}` is not set there", file.display(), key.name);
    }
    told(&file, key.name);
    Ok(())
}

/// Has the user's editor open the file, which is made where there is none.
pub fn edit(target: &Where) -> anyhow::Result<()> {
    let file = target.file()?;
    let name = file.display().to_string();
    let Some(mut command) = editor(&file) else {
        bail!("neither VISUAL nor EDITOR says which editor to open {name} in");
    };
    // Nothing is put beside a workspace's file, which others would find in their repository.
    let begun = if target.workspace { TEMPLATE.to_owned() } else { trust_config::begun() };
    if !file.exists() {
        trust_config::write_file(&file, &begun, !target.workspace).context(name.clone())?;
    }
    if !target.workspace {
        trust_config::lay_schema(&file)?;
    }
    let status = command.status().context("the editor does not start")?;
    if !status.success() {
        bail!("the editor failed: {status}");
    }
    told(&file, "something");
    let problems = check(&file);
    problems.iter().for_each(|problem| println!("{problem}"));
    if !problems.is_empty() {
        bail!("{name} is not in order; `trust-lsp config edit` opens it again");
    }
    Ok(())
}

/// The editor as a command. Its variable may hold arguments too, as git has it.
fn editor(file: &Path) -> Option<Command> {
    #[allow(clippy::disallowed_methods, reason = "the command line reads the environment")]
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let editor = set("VISUAL").or_else(|| set("EDITOR"))?;
    if cfg!(unix) {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{editor} \"$@\""), &editor]).arg(file);
        return Some(shell);
    }
    let mut words = editor.split_whitespace();
    let mut command = Command::new(words.next()?);
    command.args(words).arg(file);
    Some(command)
}

/// What is wrong with a file, read as that of a workspace where its name says so.
pub fn check(file: &Path) -> Vec<Problem> {
    trust_config::check(file, root_of_local(file).as_deref(), layers::files().home.as_deref())
}
