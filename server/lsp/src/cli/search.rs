//! `trust-lsp search QUERY`

use super::{index, log};
use crate::assistant::cache_folder;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use trust_grammars::identifiers;
use trust_text::{Encoding, Text};

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp search Widget                        symbols of this name, then those that are like it
  trust-lsp search --kind text 'parse the header' --json

Fields of --json, one object a line: path, line (from 1), text; of symbols also column (from 1, in characters),
name, kind, container.";

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Definitions by name.
    Symbol,
    /// Lines that speak of the same names.
    Text,
}

#[derive(Args)]
pub struct Command {
    /// A name or a part of one; for text, any words.
    query: String,
    #[arg(long, value_enum, default_value = "symbol")]
    kind: Kind,
    /// The folder; this one by default.
    #[arg(long, value_name = "DIR", default_value = ".")]
    root: PathBuf,
    /// At most so many answers.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Print JSON objects, one a line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    log: log::Log,
}

pub fn run(command: Command) -> ExitCode {
    super::end(command.log.start().and_then(|()| search(&command)))
}

fn search(command: &Command) -> anyhow::Result<()> {
    let index = index::open(Some(&command.root), cache_folder())?;
    let snapshot = index.snapshot();
    let reader = snapshot.reader();
    if command.kind == Kind::Symbol {
        for symbol in snapshot.symbols_like(&command.query, command.limit) {
            let (Some(text), Some(signature)) = (reader.text(symbol.file), reader.signature(&symbol)) else {
                continue;
            };
            let place = Text::new(&text).position(symbol.name_range.start, Encoding::Utf32);
            let (path, line, column) = (snapshot.relative(symbol.file), place.line + 1, place.character + 1);
            let signature = signature.split_whitespace().collect::<Vec<_>>().join(" ");
            if command.json {
                let (name, kind, container) = (symbol.name, symbol.kind.name(), symbol.container);
                println!(
                    "{}",
                    json!({ "path": path, "line": line, "column": column, "name": name, "kind": kind,
                            "container": container, "text": signature })
                );
            } else {
                println!("{path}:{line}:{column}: {signature}");
            }
        }
        return Ok(());
    }
    let words: Vec<(&str, f32)> =
        identifiers(&command.query).map(|range| (&command.query[range], 1.0)).collect();
    for chunk in snapshot.search(&words, None, command.limit) {
        let Some(text) = reader.slice(chunk.file, chunk.bytes.clone()) else { continue };
        let (path, line) = (snapshot.relative(chunk.file), chunk.lines.start + 1);
        if command.json {
            println!("{}", json!({ "path": path, "line": line, "text": text }));
            continue;
        }
        // The lines that hold one of the words tell what the chunk is about.
        let holds = |line: &str| words.iter().any(|(word, _)| line.contains(word));
        for (number, text) in text.lines().enumerate().filter(|(_, text)| holds(text)) {
            println!("{path}:{}: {}", line + number, text.trim());
        }
    }
    Ok(())
}
