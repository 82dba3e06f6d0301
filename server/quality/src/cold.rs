//! How soon the first completion of a server that starts is there: where nothing is kept of an earlier run, and where the last one
//! kept what its model had read.

use crate::commits::{Tree, commits, hunks, text_before};
use crate::replay::name_of;
use crate::typing::{language_id, position, quantiles, spread};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use trust_client::{Client, uri};
use trust_grammars::Language;

/// Bytes of a line that is typed before somebody waits.
const TYPED: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);

/// Where somebody begins to type.
struct Place {
    path: String,
    above: String,
    typed: String,
    below: String,
}

/// What starts took, in milliseconds, and tokens that were read for their first completion.
#[derive(Default)]
struct Starts {
    ready: Vec<f64>,
    first: Vec<f64>,
    read: u64,
}

pub struct Cold {
    name: String,
    /// Lines of each file, at least.
    lines: usize,
    /// With nothing kept, and with what the last run kept.
    starts: [Starts; 2],
}

/// Starts `program` twice at each of `places` places of the repository at `folder`, in files of at least so many lines.
pub fn measure(folder: &Path, work: &Path, (places, lines): (usize, usize), program: &Path) -> Result<Cold> {
    let program = std::path::absolute(program)?;
    let (home, mut starts) = (work.join("cold"), [Starts::default(), Starts::default()]);
    for commit in commits(folder)? {
        let done = starts[0].first.len();
        if done == places {
            break;
        }
        let Some(place) = place(folder, &commit, lines)? else { continue };
        let tree = Tree::at(folder, work, &commit)?;
        eprintln!("{done} of {places} places");
        let _ = std::fs::remove_dir_all(&home);
        for starts in &mut starts {
            start(&program, &home, &tree, &place, starts)?;
        }
    }
    if starts[0].first.is_empty() {
        bail!(
            "{} has no commits with lines to type in a known language, in files of {lines} lines or more",
            folder.display()
        );
    }
    Ok(Cold { name: name_of(folder)?, lines, starts })
}

/// In the first line that the commit adds to a file of at least so many lines.
fn place(folder: &Path, commit: &str, least: usize) -> Result<Option<Place>> {
    for hunk in hunks(folder, commit)? {
        let Some(line) = hunk.added.iter().find(|line| line.trim().len() > 2 * TYPED) else { continue };
        if Language::from_path(Path::new(&hunk.path)).is_none() {
            continue;
        }
        let text = text_before(folder, commit, &hunk.path);
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        if lines.len() < least {
            continue;
        }
        let at = hunk.before.min(lines.len());
        let blank = line.len() - line.trim_start().len();
        let typed = line[..line.floor_char_boundary(blank + TYPED)].to_owned();
        let (above, below) = (lines[..at].concat(), format!("\n{}", lines[at..].concat()));
        return Ok(Some(Place { path: hunk.path, above, typed, below }));
    }
    Ok(None)
}

fn start(program: &Path, home: &Path, tree: &Tree, place: &Place, starts: &mut Starts) -> Result<()> {
    let mut command = Command::new(program);
    command.arg("--stdio").current_dir(&tree.folder).env("HOME", home);
    for name in ["CACHE", "CONFIG", "DATA", "STATE"] {
        command.env(format!("XDG_{name}_HOME"), home.join(name.to_lowercase()));
    }
    std::fs::create_dir_all(home)?;
    let begun = Instant::now();
    let mut client = Client::launch(&mut command, &home.with_extension("log"))?;
    let patient = PATIENCE.as_millis() as u64;
    // Nothing is read ahead of the request.
    let options = json!({ "completion": { "deadline": patient }, "pace": { "workAhead": false } });
    client.initialize_with(&tree.folder, "project", options)?;
    client.wait_until_ready(|_| ())?;
    starts.ready.push(begun.elapsed().as_secs_f64() * 1e3);
    let address = uri(&tree.folder.join(&place.path));
    let text = format!("{}{}{}", place.above, place.typed, place.below);
    let document =
        json!({ "uri": address, "languageId": language_id(&place.path), "version": 1, "text": text });
    client.notify("textDocument/didOpen", json!({ "textDocument": document }))?;
    let params = json!({
        "textDocument": { "uri": address },
        "position": position(&place.above, &place.typed),
        "context": { "triggerKind": 2 },
    });
    let asked = Instant::now();
    let id = client.ask("textDocument/inlineCompletion", params)?;
    client.reply_by(id, asked + PATIENCE)?.context("no answer came within a minute")?;
    starts.first.push(asked.elapsed().as_secs_f64() * 1e3);
    let status = client.request("trust/status", Value::Null)?.result;
    starts.read += status["completions"]["prefilledTokens"].as_u64().unwrap_or(0);
    client.stop()
}

impl Starts {
    fn tokens(&self) -> f64 {
        self.read as f64 / self.first.len().max(1) as f64
    }
}

impl Cold {
    pub fn table(mut self) -> String {
        let files =
            if self.lines > 0 { format!(" in files of {} lines or more", self.lines) } else { String::new() };
        let mut text = format!(
            "|{}: the first completion of a server that starts, at {} places{files}|nothing kept|what the last run kept|\n|---|--:|--:|\n",
            self.name,
            self.starts[0].first.len()
        );
        let mut row = |name: &str, [cold, kept]: [String; 2]| {
            let _ = writeln!(text, "|{name}|{cold}|{kept}|");
        };
        row(
            "index and model ready, p50 / p95 / p99, ms",
            self.starts.each_mut().map(|one| quantiles(&mut one.ready)),
        );
        row(
            "first completion from then, p50 / p95 / p99, ms",
            self.starts.each_mut().map(|one| quantiles(&mut one.first)),
        );
        row(
            "tokens read for it, in the mean",
            self.starts.each_ref().map(|one| format!("{:.0}", one.tokens())),
        );
        text
    }

    pub fn json(mut self) -> Value {
        let spread = |values: &mut [f64]| {
            let [p50, p95, p99] = spread(values);
            json!({ "p50": p50, "p95": p95, "p99": p99 })
        };
        let [cold, kept] = self.starts.each_mut().map(|one| {
            json!({ "readyMs": spread(&mut one.ready), "firstMs": spread(&mut one.first), "tokens": one.tokens() })
        });
        let places = self.starts[0].first.len();
        json!({ "repository": self.name, "places": places, "lines": self.lines, "cold": cold, "kept": kept })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_and_a_value_say_the_same() {
        let starts =
            |first: f64, read| Starts { ready: vec![100.0, 300.0], first: vec![first, 2.0 * first], read };
        let cold = || Cold { name: "p".into(), lines: 2000, starts: [starts(50.0, 900), starts(10.0, 40)] };
        assert!(Cold { lines: 0, ..cold() }.table().contains("at 2 places|"));
        let table = cold().table();
        for part in [
            "at 2 places in files of 2000 lines or more|",
            "|50.00 / 50.00 / 50.00|10.00 / 10.00 / 10.00|",
            "|450|20|",
        ] {
            assert!(table.contains(part), "{part}: {table}");
        }
        let value = cold().json();
        assert_eq!(
            (&value["cold"]["tokens"], &value["kept"]["firstMs"]["p50"]),
            (&json!(450.0), &json!(10.0))
        );
        assert_eq!((&value["places"], &value["lines"]), (&json!(2), &json!(2000)));
    }
}
