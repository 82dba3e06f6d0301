//! `cargo xtask demo`: the built server in a real session over this repository: completions at
//! places that a rule chose, with what really stood there, and how to use it in an editor.

use crate::{
    editors,
    paint::Paint,
    positions::{Language, Place, places},
    requirements::{self, Purpose},
    session::{Completion, Session, Trigger},
    statistics::{bytes, median, milliseconds},
    workspace::{Workspace, run},
};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::Write;
use trust_client::state;

const PLACES_PER_LANGUAGE: usize = 4;

/// What the summary counts.
#[derive(Default)]
struct Score {
    places: usize,
    /// Shown to somebody who types on, and shown only when asked for.
    shown: usize,
    asked_for: usize,
    right: usize,
    first: Vec<f64>,
    total: Vec<f64>,
}

pub fn demo(workspace: &Workspace, build: bool, paint: Paint) -> Result<()> {
    let binary = workspace.binary("release");
    if build {
        build_release(workspace, paint)?;
    } else if !binary.is_file() {
        bail!("there is no {} yet; run without --no-build", binary.display());
    }
    let mut session = Session::start(workspace, &binary)?;
    let ready = session.wait_until_ready(|status| progress(status, paint))?;
    if paint.is_on() {
        println!();
    }
    println!(
        "{}",
        paint.bold(&format!("{}: ready {:.1} s after its start", session.server, ready.as_secs_f64()))
    );

    let marked = if paint.is_on() { paint.bright("bright") } else { "»marked«".to_owned() };
    println!("Lines of this repository's own files, chosen by a fixed rule and cut after their first half.");
    println!(
        "What the server adds is {marked}; below it, what really stood there. Where it is too unsure to add"
    );
    println!("something while you type, it is asked, as your editor's key for completions does.");

    let mut score = Score::default();
    for language in Language::ALL {
        for place in places(&workspace.root, language, PLACES_PER_LANGUAGE)? {
            session.open(&place)?;
            let typing = session.complete(&place, Trigger::Automatic)?;
            // What is too uncertain to appear by itself is there for who asks.
            let asked_for = match typing.shown {
                Some(_) => None,
                None => Some(session.complete(&place, Trigger::Invoked)?),
            };
            session.close(&place)?;
            show(&place, &typing, asked_for.as_ref(), paint);
            score.count(&place, &typing, asked_for.as_ref());
        }
    }
    let (resident, _) = session.client.memory().unwrap_or_default();
    session.client.stop()?;
    let size = std::fs::metadata(&binary).with_context(|| format!("no {}", binary.display()))?.len();
    summarize(&mut score, size, resident, paint);
    editors::print_setup(&workspace.root, &binary, paint);
    Ok(())
}

/// Builds the release binary, after installing what that needs.
pub fn build_release(workspace: &Workspace, paint: Paint) -> Result<()> {
    requirements::ensure(Purpose::Build, paint)?;
    println!("{}", paint.dim("$ cargo build --release -p trust-lsp -p trust-net"));
    run(&mut workspace.cargo(["build", "--release", "--locked", "-p", "trust-lsp", "-p", "trust-net"]))
}

/// One line that changes in place on a terminal, a line for each change elsewhere.
fn progress(status: &Value, paint: Paint) {
    let (model, index) = (&status["model"], &status["index"]);
    let name = model["name"].as_str().unwrap_or("model");
    let files = [&index["files"], &index["total"]].map(|count| count.as_u64().unwrap_or(0));
    let line =
        format!("{name}: {}; index: {}, {} of {} files", state(model), state(index), files[0], files[1]);
    if paint.is_on() {
        print!("\r\x1b[2K{}", paint.dim(&line));
        // A progress line that cannot be written is no reason to stop.
        let _ = std::io::stdout().flush();
    } else {
        println!("{line}");
    }
}

fn show(place: &Place, typing: &Completion, asked_for: Option<&Completion>, paint: Paint) {
    println!("\n{}", paint.bold(&format!("{}:{}", place.path.display(), place.line + 1)));
    println!("  {}", paint.dim(&place.previous_line));
    let completion = asked_for.unwrap_or(typing);
    let Some(text) = &completion.shown else {
        println!("  {}", paint.dim(&place.prefix));
        println!("  {}", paint.dim(&format!("quiet: {}", completion.quiet_reason())));
        println!("  {}", paint.dim(&format!("stood there: {}", place.expected)));
        return;
    };
    let mut lines = text.lines();
    // Without colours something else has to tell what was typed from what was completed.
    let first = lines.next().unwrap_or_default();
    let marked = if paint.is_on() { paint.bright(first) } else { format!("»{first}«") };
    println!("  {}{marked}", paint.dim(&place.prefix));
    for line in lines {
        println!("  {}", paint.bright(line));
    }
    println!("  {}", paint.dim(&origin(completion)));
    if asked_for.is_some() {
        println!("  {}", paint.dim(&format!("when asked; to typing it is quiet: {}", typing.quiet_reason())));
    }
    if is_right(place, text) {
        println!("  {}", paint.green("✓ just what stood there"));
    } else {
        println!("  {}", paint.dim(&format!("stood there: {}", place.expected)));
    }
}

/// Time and source: `34 ms to the first token, 120 ms in all, from the model (12 tokens)`.
fn origin(completion: &Completion) -> String {
    let source = match completion.source() {
        "copy" => "copied from the code around",
        "model" => "from the model",
        "mixed" => "copied, then from the model",
        "type-through" => "from what was shown before",
        other => other,
    };
    let tokens = match completion.details["tokens"].as_u64() {
        Some(tokens) if tokens > 0 => format!(" ({tokens} tokens)"),
        _ => String::new(),
    };
    let [first, total] = [completion.first(), completion.total()].map(milliseconds);
    format!("{first} ms to the first token, {total} ms in all, {source}{tokens}")
}

/// Right is what a reader would call right: the line ends as it really did.
pub fn is_right(place: &Place, text: &str) -> bool {
    text.lines().next().unwrap_or_default().trim_end() == place.expected
}

impl Score {
    fn count(&mut self, place: &Place, typing: &Completion, asked_for: Option<&Completion>) {
        self.places += 1;
        let completion = asked_for.unwrap_or(typing);
        if let Some(text) = &completion.shown {
            self.shown += usize::from(asked_for.is_none());
            self.asked_for += usize::from(asked_for.is_some());
            self.right += usize::from(is_right(place, text));
            self.first.push(completion.first());
            self.total.push(completion.total());
        }
    }
}

fn summarize(score: &mut Score, size: u64, resident: u64, paint: Paint) {
    println!("\n{}", paint.bold("In all"));
    println!(
        "  {} of {} places completed while typing, {} when asked; {} just as it stood there",
        score.shown, score.places, score.asked_for, score.right
    );
    if let (Some(first), Some(total)) = (median(&mut score.first), median(&mut score.total)) {
        let [first, total] = [first, total].map(milliseconds);
        println!("  median {first} ms to the first token, {total} ms in all");
    }
    if score.shown < score.places {
        println!(
            "  quiet to typing at {}: it rather shows nothing than something wrong",
            score.places - score.shown
        );
    }
    println!("  program {}, model included; resident memory {}", bytes(size), bytes(resident));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::path::PathBuf;

    fn place() -> Place {
        Place {
            language: Language::Rust,
            path: PathBuf::from("a.rs"),
            text: String::new(),
            line: 0,
            prefix: "let a = ".into(),
            previous_line: String::new(),
            expected: "b.len();".into(),
        }
    }

    fn completion(text: Option<&str>) -> Completion {
        Completion {
            shown: text.map(str::to_owned),
            milliseconds: 9.0,
            details: json!({ "source": "copy", "ms_first": 2.0 }),
        }
    }

    #[test]
    fn only_the_very_line_is_right() {
        assert!(is_right(&place(), "b.len();"));
        assert!(is_right(&place(), "b.len(); \nlet c = 1;"));
        assert!(!is_right(&place(), "b.len()"));
    }

    #[test]
    fn quiet_is_neither_shown_nor_right() {
        let mut score = Score::default();
        score.count(&place(), &completion(Some("b.len();")), None);
        score.count(&place(), &completion(None), Some(&completion(None)));
        score.count(&place(), &completion(None), Some(&completion(Some("c"))));
        assert_eq!((score.places, score.shown, score.asked_for, score.right), (3, 1, 1, 1));
        assert_eq!((score.first, score.total), (vec![2.0; 2], vec![9.0; 2]));
    }

    #[test]
    fn the_origin_is_told_in_words() {
        let text = origin(&completion(Some("x")));
        assert_eq!(text, "2.0 ms to the first token, 9.0 ms in all, copied from the code around");
    }
}
