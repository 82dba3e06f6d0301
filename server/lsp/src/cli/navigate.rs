//! `trust-lsp definition FILE:LINE:COL`, `trust-lsp references FILE:LINE:COL`

use super::complete::Place;
use super::{index, log};
use crate::assistant::cache_folder;
use crate::root;
use anyhow::{Context, bail};
use clap::Args;
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use trust_index::{Index, Language};
use trust_text::{Encoding, Text};

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp definition src/main.rs:12:9      where the name at line 12, column 9 is defined, the nearest first
  trust-lsp references src/main.rs:12:9      where it is used, in code

Prints FILE:LINE:COL and the line; nothing where nothing is found.";

/// More than anybody reads.
const MOST: usize = 500;

#[derive(Args)]
pub struct Command {
    /// Where: line and column count from 1, the column in characters.
    #[arg(value_name = "FILE:LINE:COL")]
    place: Place,
    /// The project's folder. Default: the nearest folder above the file that looks like one.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    #[command(flatten)]
    log: log::Log,
}

pub fn definition(command: Command) -> ExitCode {
    super::end(command.log.start().and_then(|()| {
        let (index, place) = look(&command)?;
        let snapshot = index.snapshot();
        for target in snapshot.reader().definitions_at(&place, MOST) {
            print(&snapshot.relative_to_root(&target.path), &target.text, &[target.name]);
        }
        Ok(())
    }))
}

pub fn references(command: Command) -> ExitCode {
    super::end(command.log.start().and_then(|()| {
        let (index, place) = look(&command)?;
        let snapshot = index.snapshot();
        for uses in snapshot.reader().references_at(&place, true, MOST, &|| false) {
            print(&snapshot.relative_to_root(&uses.path), &uses.text, &uses.ranges);
        }
        Ok(())
    }))
}

fn look(command: &Command) -> anyhow::Result<(Index, trust_index::Place)> {
    let named = &command.place.file;
    let told = || named.display().to_string();
    let path = named.canonicalize().with_context(told)?;
    let root = command.root.clone().or_else(|| root::of(&path));
    let index = index::open(root.as_deref(), cache_folder())?;
    let text = trust_redact::masked(index.broker().read(&path).with_context(told)?);
    let rope = Text::new(&text);
    if command.place.position.line as usize >= rope.line_count() {
        bail!("{} has {} lines", named.display(), rope.line_count());
    }
    let offset = rope.offset(command.place.position, Encoding::Utf32);
    let (language, text) = (Language::from_path(&path), Arc::from(text));
    Ok((index, trust_index::Place { path, language, text, offset }))
}

fn print(path: &str, text: &str, ranges: &[Range<usize>]) {
    let rope = Text::new(text);
    for range in ranges {
        let place = rope.position(range.start, Encoding::Utf32);
        let line = rope.slice(rope.line_range(place.line as usize));
        println!("{path}:{}:{}: {}", place.line + 1, place.character + 1, line.trim());
    }
}
