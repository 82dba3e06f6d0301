//! `run_command`: not among the tools of every workspace, since its owner must want it.

use crate::output::{Kept, cleaned};
use crate::secrets::sandbox;
use crate::{Answer, Class, Context, Deed, Failure, Tool};
use schemars::JsonSchema;
use serde::Deserialize;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use trust_redact::masked;
use trust_sandbox::{Means, Program, Walls, Wanted, start};

const SECONDS: u64 = 60;
const MOST: u64 = 600;
/// What the engine allows beyond that for starting and ending.
const AROUND: Duration = Duration::from_secs(20);
/// How long the last words may take once all is ended.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Variables that a program may see: where programs are, how to speak, and who its user is.
const VARIABLES: [&str; 6] = ["PATH", "LANG", "LANGUAGE", "TZ", "USER", "LOGNAME"];

/// How the owner of this machine lets commands be run.
#[derive(Debug, Clone)]
pub struct Commands {
    pub wanted: Wanted,
    /// Folders that they may read beside the workspace and the system's.
    pub readable: Vec<PathBuf>,
    /// This process's; most of it is left out.
    pub environment: Vec<(String, String)>,
}

/// Runs a program in the workspace and gives what it said and how it ended. There is no shell, no network and no home folder,
/// and nothing that it starts outlives it. Ask for `write` only where files must change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RunCommand {
    /// The program and its arguments, each by itself, such as ["cargo", "test"].
    #[schemars(length(min = 1, max = 100))]
    command: Vec<String>,
    /// Folder it runs in, from the workspace's root. Default: the root.
    folder: Option<String>,
    /// Seconds it may take. Default: 60.
    #[schemars(range(min = 1, max = 600))]
    seconds: Option<u64>,
    /// Let it change files of the workspace. Default: false.
    write: Option<bool>,
}

pub fn run_command(commands: Commands) -> Tool {
    Tool::doing("run_command", Class::Execute, move |context, asked| plan(context, &commands, asked))
        .within(Duration::from_secs(MOST) + AROUND)
}

fn plan(context: &Context, commands: &Commands, asked: RunCommand) -> Result<Deed, Failure> {
    if asked.command.iter().any(|part| part.contains('\0')) || asked.command[0].trim().is_empty() {
        return Err(Failure::told("`command` begins with a program, and no part of it holds a zero byte"));
    }
    let folder = context.locate(asked.folder.as_deref().unwrap_or("."), Class::Read)?;
    if !folder.is_dir() {
        return Err(Failure::told(format!("`{}` is no folder", context.shown(&folder))));
    }
    let writable = asked.write.unwrap_or(false);
    let roots = context.workspace.index.broker().roots().map(Path::to_owned).collect();
    let (held, walls) =
        sandbox(commands.wanted, roots, commands.readable.clone(), writable, &context.cancel)?;
    let time = Duration::from_secs(asked.seconds.unwrap_or(SECONDS));
    let place = context.shown(&folder);
    let place = if place.is_empty() { "the workspace's root".to_owned() } else { spelled(&place) };
    let told = format!(
        "{}\nin {place}, for {} s at most\n{}\n",
        asked.command.iter().map(|part| spelled(part)).collect::<Vec<_>>().join(" "),
        time.as_secs(),
        rights(&held, writable),
    );
    let program = Program {
        command: asked.command,
        folder,
        environment: reduced(&commands.environment),
        merged: true,
        ..Program::default()
    };
    Ok(Deed::new(told, move |context| run(context, program, &walls, &held, time)))
}

/// What holds it, and what it can reach, in words.
fn rights(held: &Means, writable: bool) -> String {
    if *held == Means::Nothing {
        return "held by no sandbox: it can do whatever you can, but for opening sockets".to_owned();
    }
    let files = if writable { "may change files of the workspace" } else { "changes no files" };
    format!("held by {}: no network, no home folder, {files}", held.told())
}

fn run(
    context: &Context,
    program: Program,
    walls: &Walls,
    held: &Means,
    time: Duration,
) -> Result<Answer, Failure> {
    let name = spelled(&program.command[0]);
    let begin = Instant::now();
    let mut running = start(program, walls, held)
        .map_err(|error| Failure::told(format!("`{name}` cannot be started: {error}")))?;
    let kept = Arc::new(Mutex::new(Kept::new(context.limit() * 3 / 4)));
    let (into, (read, all_read)) = (Arc::clone(&kept), channel::<()>());
    let output = running.output.take();
    let listen = move || {
        let mut buffer = [0; 8 << 10];
        if let Some(mut output) = output {
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                into.lock().unwrap_or_else(PoisonError::into_inner).push(&buffer[..count]);
            }
        }
        drop(read);
    };
    let listener = std::thread::Builder::new().name("trust-output".to_owned()).spawn(listen);
    let cancel = context.cancel.clone();
    let status = match &listener {
        Ok(_) => running.wait(time, &|| cancel.is_cancelled()),
        Err(_) => None,
    };
    let took = begin.elapsed();
    running.stop();
    if context.cancel.is_cancelled() {
        return Err(Failure::Cancelled);
    }
    if listener.is_err() {
        return Err(Failure::Busy);
    }
    // Without walls something may hold its end of the pipe for longer.
    let _ = all_read.recv_timeout(LAST_WORDS);
    if walls.writable {
        context.workspace.index.look_again();
    }
    let ended = match status {
        Some(status) => status.to_string(),
        None => format!("ended after its {} s, with all that it had started", time.as_secs()),
    };
    let said = masked(cleaned(&kept.lock().unwrap_or_else(PoisonError::into_inner).text()));
    let said = if said.trim().is_empty() { "(it said nothing)\n".to_owned() } else { said };
    let end = if said.ends_with('\n') { "" } else { "\n" };
    let rights = rights(held, walls.writable);
    Ok(format!("{ended} ({:.1} s; {rights})\n{said}{end}", took.as_secs_f64()).into())
}

/// A text as a shell would be given it, so that nobody takes one argument for two, or for an order to the terminal.
fn spelled(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./=:,+@%".contains(letter);
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { format!("{text:?}") }
}

/// What of the environment a program may see. Where programs are looked for must not depend on the folder.
pub fn reduced(environment: &[(String, String)]) -> Vec<(String, String)> {
    let is_known = |name: &str| VARIABLES.contains(&name) || name.starts_with("LC_");
    let known = environment.iter().filter(|(name, _)| is_known(name)).cloned();
    let mut all: Vec<(String, String)> = known
        .map(|(name, value)| {
            if name != "PATH" {
                return (name, value);
            }
            let absolute: Vec<&str> = value.split(':').filter(|part| part.starts_with('/')).collect();
            (name, absolute.join(":"))
        })
        .collect();
    all.push(("TERM".to_owned(), "dumb".to_owned()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_spelled_so_that_each_is_seen() {
        let cases = [
            ("--all=a/b.rs", "--all=a/b.rs"),
            ("", "\"\""),
            ("a b", "\"a b\""),
            ("a\u{1b}[2Kb", "\"a\\u{1b}[2Kb\""),
            ("x\u{202e}y", "\"x\\u{202e}y\""),
            (";rm", "\";rm\""),
        ];
        cases.iter().for_each(|(text, expected)| assert_eq!(spelled(text), *expected));
    }

    #[test]
    fn the_environment_is_reduced() {
        let given = [
            ("PATH", "/usr/bin:.:node_modules/.bin:/bin"),
            ("LC_ALL", "C"),
            ("AWS_SECRET_ACCESS_KEY", "s3cret"),
            ("LD_PRELOAD", "/x.so"),
            ("HOME", "/home/x"),
        ];
        let given: Vec<(String, String)> =
            given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let left: Vec<String> =
            reduced(&given).iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(left, ["PATH=/usr/bin:/bin", "LC_ALL=C", "TERM=dumb"]);
    }
}
