//! `trust-lsp history FILE:LINE`

use super::git::exit;
use crate::repository::{Place, history};
use anyhow::{Context, bail};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;
use trust_inference::CancelToken;

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp history src/lib.rs:40             how the symbol in line 40 came to be, the newest change first
  trust-lsp history src/lib.rs:40 --max 5
  trust-lsp history src/lib.rs:40 --json | jq -r '.steps[].commit.id'

A symbol is followed through renames, moves, and from file to file; outside of symbols, and in languages whose symbols
are not known, the line is. Of a merge the side is followed that the text is from.";

#[derive(Args)]
pub struct History {
    /// Where: lines count from 1.
    #[arg(value_name = "FILE:LINE")]
    line: Line,
    /// The most changes to tell.
    #[arg(long, value_name = "N", default_value_t = 100)]
    max: usize,
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
}

/// A line of a file, from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    file: PathBuf,
    line: u32,
}

impl FromStr for Line {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.rsplit_once(':').filter(|(file, _)| !file.is_empty());
        let found = parts.and_then(|(file, line)| Some((file, line.parse::<u32>().ok()?.checked_sub(1)?)));
        let (file, line) = found.ok_or("expected FILE:LINE, with lines counted from 1")?;
        Ok(Self { file: file.into(), line })
    }
}

pub fn run(command: History) -> ExitCode {
    exit(tell(&command))
}

fn tell(command: &History) -> anyhow::Result<()> {
    let named = &command.line.file;
    let path = named.canonicalize().with_context(|| named.display().to_string())?;
    if path.is_dir() {
        bail!("{} is a folder; name a file in it", named.display());
    }
    let place = Place { path, text: None };
    let told = history(&place, command.line.line, command.max.max(1), &CancelToken::new())?;
    if command.json {
        println!("{}", told.facts);
    } else {
        print!("{}", told.markdown);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read() {
        for (text, expected) in [("a.rs:1", Some(("a.rs", 0))), ("a:b:7", Some(("a:b", 6)))] {
            let found = Line::from_str(text).ok();
            assert_eq!(found, expected.map(|(file, line)| Line { file: file.into(), line }), "{text}");
        }
        for text in ["a.rs", "a.rs:0", ":1", "a.rs:-1", ""] {
            assert!(Line::from_str(text).is_err(), "{text}");
        }
    }
}
