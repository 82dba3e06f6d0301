//! `trust-lsp audit`: what was recorded of what was asked here; whether anybody has changed it; taking it out, and away.

mod erase;
mod show;
mod verify;

use crate::audit::{self, Event};
use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;
use trust_audit::{
    Action as Happened, AuditError, Feature, Filter, Folder, Format, Reader, export, instant, now,
};

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp audit show                            the newest entries
  trust-lsp audit show --file src/main.rs --since 7d
  trust-lsp audit show 1234 --content             one entry, and what was said in it, where that is kept
  trust-lsp audit verify                          has anybody edited, deleted, reordered or cut anything? 1 where one has
  trust-lsp audit verify --print > checkpoint     keep that elsewhere, and compare later:
  trust-lsp audit verify --against checkpoint
  trust-lsp audit export --format csv --output audit.csv
  trust-lsp audit export --format otel --since 2026-01-01 | collector
  trust-lsp audit stats --json
  trust-lsp audit erase --file src/secret.rs      what entries say of it goes; that they were there stays provable
  trust-lsp audit erase --all --content           only what was said goes
  trust-lsp audit retention                       how long entries are kept, and what that erases next

Recorded on this machine, for its user alone, and sent nowhere. `trust-lsp config set audit.enabled false` turns it off;
`audit.content` keeps what was said too, sealed. docs/audit.md says what is recorded, and what verifying proves.";

#[derive(Args)]
pub struct Command {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Show entries.
    Show(show::Show),
    /// Say whether the log is what was written.
    Verify(verify::Verify),
    /// Write entries for other programs.
    Export(Export),
    /// Count what was recorded.
    Stats(show::Stats),
    /// Erase what entries say; the log still verifies.
    Erase(erase::Erase),
    /// Say how long entries are kept, or erase those that are older.
    Retention(erase::Retention),
}

#[derive(Args)]
struct Export {
    #[arg(long, value_enum, default_value_t = Kind::Jsonl)]
    format: Kind,
    /// A file to write. Default: standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What was asked and answered too, where it is kept.
    #[arg(long)]
    content: bool,
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A line of JSON an entry, with the bytes that its leaf is of.
    Jsonl,
    Csv,
    /// Log records of OpenTelemetry, a line of JSON each.
    Otel,
}

/// Which entries.
#[derive(Args, Default)]
struct Which {
    /// From then on: 30m, 12h, 7d, 2026-11-25 or 2026-11-25T19:30 (UTC).
    #[arg(long, value_name = "TIME")]
    since: Option<Time>,
    /// Up to then.
    #[arg(long, value_name = "TIME")]
    before: Option<Time>,
    /// completion, next-edit, chat, commit-message, explain, review, code-action, tool, model, configuration, network or
    /// audit.
    #[arg(long, value_name = "FEATURE", value_parser = feature)]
    feature: Option<Feature>,
    /// shown, accepted, rejected, called, refused and so on, as entries have it.
    #[arg(long, value_name = "ACTION", value_parser = action)]
    action: Option<Happened>,
    /// Those that used this file, or one in this folder, by its path from the workspace.
    #[arg(long, value_name = "PATH")]
    file: Option<String>,
    /// Those of this workspace folder.
    #[arg(long, value_name = "DIR")]
    workspace: Option<PathBuf>,
}

/// Microseconds since 1970, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Time(u64);

impl FromStr for Time {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let units = [("m", 60), ("h", 3_600), ("d", 86_400)];
        let ago = units.iter().find_map(|(unit, seconds)| {
            let count: u64 = text.strip_suffix(unit)?.parse().ok()?;
            now().checked_sub(count.checked_mul(seconds * 1_000_000)?)
        });
        let wrong = "expected 30m, 12h, 7d, a date such as 2026-11-25, or 2026-11-25T19:30";
        ago.or_else(|| instant(text)).map(Self).ok_or(wrong)
    }
}

fn feature(text: &str) -> Result<Feature, String> {
    named(text, Feature::ALL, |feature| feature.name())
}

fn action(text: &str) -> Result<Happened, String> {
    named(text, Happened::ALL, |action| action.name())
}

fn named<T: Copy>(text: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, String> {
    let names = || all.iter().map(|one| name(*one)).collect::<Vec<_>>().join(", ");
    all.iter().copied().find(|one| name(*one) == text).ok_or_else(|| format!("expected one of {}", names()))
}

impl Which {
    fn filter(&self) -> anyhow::Result<Filter> {
        let workspace = match &self.workspace {
            Some(folder) => {
                let folder = std::path::absolute(folder).with_context(|| folder.display().to_string())?;
                Some(folder.canonicalize().unwrap_or(folder).to_string_lossy().into_owned())
            }
            None => None,
        };
        Ok(Filter {
            since: self.since.map(|time| time.0),
            before: self.before.map(|time| time.0),
            feature: self.feature,
            action: self.action,
            file: self.file.clone(),
            workspace,
            seq: None,
        })
    }
}

/// Where the log of this user lies.
fn folder() -> anyhow::Result<Folder> {
    audit::folder().context("no home folder, so nothing is recorded; set HOME")
}

/// The log for reading; `None`, with a word on stderr, where there is none yet.
fn reader(folder: &Folder) -> anyhow::Result<Option<Reader>> {
    match Reader::open(folder) {
        Ok(reader) => Ok(Some(reader)),
        Err(AuditError::Missing(path)) => {
            eprintln!("trust-lsp: nothing is recorded yet in {}", path.display());
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

pub fn run(command: Command) -> ExitCode {
    super::end(match command.action {
        Action::Show(show) => show::run(&show),
        Action::Verify(verify) => verify::run(&verify),
        Action::Export(export) => write_out(&export),
        Action::Stats(stats) => show::stats(&stats),
        Action::Erase(erase) => erase::run(&erase),
        Action::Retention(retention) => erase::retention(&retention),
    })
}

fn write_out(command: &Export) -> anyhow::Result<()> {
    let Some(reader) = reader(&folder()?)? else { return Ok(()) };
    let format = match command.format {
        Kind::Jsonl => Format::Jsonl,
        Kind::Csv => Format::Csv,
        Kind::Otel => Format::Otel,
    };
    let out: Box<dyn Write> = match &command.output {
        Some(path) => {
            let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
            Box::new(file.with_context(|| path.display().to_string())?)
        }
        None => Box::new(std::io::stdout()),
    };
    let mut out = BufWriter::new(out);
    let count = export(&reader, &command.which.filter()?, format, command.content, &mut out)?;
    out.flush()?;
    let what = if command.content { "with contents" } else { "without contents" };
    audit::record(Event::new(Feature::Audit, Happened::Exported).note(format!("{count} entries, {what}")));
    if let Some(path) = &command.output {
        eprintln!("trust-lsp: {count} entries in {}", path.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let day = 86_400_000_000;
        assert!("7d".parse::<Time>().is_ok_and(|time| now() - time.0 >= 7 * day && now() - time.0 < 8 * day));
        assert_eq!("2026-11-25".parse::<Time>(), Ok(Time(1_795_564_800_000_000)));
        for wrong in ["", "d", "7", "7w", "-1d", "99999999999999999999d", "yesterday"] {
            assert!(wrong.parse::<Time>().is_err(), "{wrong}");
        }
    }
}
