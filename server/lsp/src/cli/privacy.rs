//! `trust-lsp privacy`: what could leave this machine, by which route, and what did.

use super::{layers, preview, workspace};
use crate::assistant::{cache_folder, state_folder};
use crate::net::{Left, left, sent};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::process::ExitCode;
use trust_config::{Config, Found, Place, key};
use trust_sandbox::{State, attempts, inherited_sockets, state};

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp privacy status          the mode, who says so, and whether the kernel refuses sockets
  trust-lsp privacy report          tries to open some, and names what is kept and where; code 1 where one opens
  trust-lsp privacy report --json
  trust-lsp privacy consent NAME    let something of this workspace be sent to that endpoint; without NAME, list consents
  trust-lsp privacy preview completion src/main.rs:12:9 --model endpoint:NAME
                                    the whole body that would be sent for that, masked; nothing is sent. For `commit-message`,
                                    `explanation`, `review` and `question` too, each with its own command's arguments

Of `strict`, `moderate` and `open` the most restrictive holds that any layer of the configuration names. Only `trust-net`, a
program beside this one, can send anything: in `strict` it is never started. docs/network.md says what leaves when.";

#[derive(Args)]
pub struct Command {
    #[command(subcommand)]
    action: Action,
}

impl Command {
    /// The flags by which what an engine elsewhere would be sent is shown, if it is.
    pub fn previews(&self) -> Option<layers::Flags> {
        match &self.action {
            Action::Consent(command) => command.gives().then(layers::Flags::default),
            Action::Preview(command) => Some(command.flags().clone()),
            Action::Status(_) | Action::Report(_) => None,
        }
    }
}

#[derive(Subcommand)]
enum Action {
    /// The mode, what it allows, and whether sockets are refused.
    Status(View),
    /// Try to open sockets, and say what left and what is kept.
    Report(View),
    /// Let something of this workspace be sent to an engine in your team or elsewhere.
    Consent(super::consent::Command),
    /// Show, masked, what an engine elsewhere would be sent for something, and send nothing.
    Preview(Box<preview::Command>),
}

#[derive(Args)]
struct View {
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flags: layers::Flags,
}

/// By which way what of the user's could leave, and whether it does, where that is known here.
fn routes(mode: &str) -> [(&'static str, Option<bool>, &'static str); 4] {
    let (leaves, beside) = match mode {
        "moderate" => (
            true,
            "downloads that you ask for by name, and what you ask the engines that you configured on this machine or in \
             your team; each request is written down first",
        ),
        "open" => (
            true,
            "downloads that you ask for by name, and what you ask the engines that you configured, wherever they are; each \
             request is written down first",
        ),
        _ => (false, "nothing: it is not started"),
    };
    [
        ("this program", Some(false), "nothing: there is no network code in it"),
        (
            "programs that it starts",
            Some(false),
            "nothing: git, with its transports off, and the commands and servers that you switched on are started without the right \
             to sockets where that could be taken",
        ),
        ("trust-net beside it", Some(leaves), beside),
        (
            "the editor",
            None,
            "it gets the answers by standard output; what it does with them is not known here",
        ),
    ]
}

pub fn run(command: Command) -> ExitCode {
    let (view, report) = match command.action {
        Action::Status(view) => (view, false),
        Action::Report(view) => (view, true),
        Action::Consent(command) => return super::end(super::consent::run(&command)),
        Action::Preview(command) => return super::end(preview::run(*command)),
    };
    let config = Config::load(&view.flags.inputs(workspace::here()), None);
    config.problems().iter().for_each(|problem| eprintln!("trust-lsp: {problem}"));
    let Some(found) = key("privacy").map(|key| config.found(key, Place::default())) else {
        return ExitCode::FAILURE;
    };
    let tried = if report { attempts() } else { Vec::new() };
    let opened = tried.iter().filter(|attempt| attempt.error.is_none()).count();
    let record = sent();
    let (gone, unread) = record.as_deref().map(left).transpose().unwrap_or_default().unwrap_or_default();
    if view.json {
        let mut told = status(&found);
        if report {
            let tried =
                tried.iter().map(|one| json!({"what": one.what, "refused": one.refused, "error": one.error}));
            told["attempts"] = tried.collect();
            told["left"] = json!(gone);
            told["record"] = json!({ "file": record, "unreadableLines": unread });
            told["kept"] = kept().into();
        }
        println!("{told:#}");
    } else {
        print_status(&found);
        if report {
            println!("\nTried now:");
            for one in &tried {
                println!("  {:<42}{}", one.what, one.error.as_deref().unwrap_or("SUCCEEDED"));
            }
            print_left(&gone, unread, record.as_deref());
            println!("Kept on it: {}", kept().unwrap_or_else(|| "nothing: there is no home folder".into()));
        }
    }
    if opened > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn status(found: &Found) -> Value {
    let (filter, reason) = filter();
    json!({
        "mode": found.value,
        "origin": {"layer": found.layer.name(), "source": found.source, "line": found.line},
        "filter": {"active": filter, "reason": reason},
        "inheritedSockets": inherited_sockets(),
        "couldLeave": could_leave(found.value.as_str().unwrap_or_default()),
        "routes": routes(found.value.as_str().unwrap_or_default())
            .map(|(route, leaves, why)| json!({"route": route, "leaves": leaves, "why": why})),
    })
}

fn print_status(found: &Found) {
    let line = found.line.map(|line| format!(":{line}")).unwrap_or_default();
    let mode = found.value.as_str().unwrap_or_default();
    match found.layer.name() {
        layer if layer == found.source => println!("mode     {mode} ({layer})"),
        layer => println!("mode     {mode} ({layer}: {}{line})", found.source),
    }
    match filter() {
        (true, _) => println!("sockets  refused by the kernel, to this process and all that it starts"),
        (false, reason) => println!(
            "sockets  NOT refused: {}; that none is opened rests on there being no network code in the program",
            reason.unwrap_or_default()
        ),
    }
    match inherited_sockets() {
        Some(numbers) if !numbers.is_empty() => println!(
            "         from who started it: {} (standard input and output are 0 to 2)",
            numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
        ),
        _ => {}
    }
    println!("\nCould leave, by:");
    for (route, _, why) in routes(mode) {
        println!("  {route:<25}{why}");
    }
}

/// The routes by which something does.
fn could_leave(mode: &str) -> Vec<&'static str> {
    let leaving = routes(mode).into_iter().filter(|(_, leaves, _)| *leaves == Some(true));
    leaving.map(|(route, ..)| route).collect()
}

fn print_left(gone: &[Left], unread: usize, record: Option<&std::path::Path>) {
    let Some(record) = record.filter(|_| !gone.is_empty() || unread > 0) else {
        return println!("\nLeft this machine so far: nothing.");
    };
    println!("\nLeft this machine so far, by {}:", record.display());
    for Left { host, purpose, class, requests, sent, received, masked } in gone {
        let masked = if *masked > 0 { format!(", {masked} secrets masked") } else { String::new() };
        println!(
            "  {host} ({class}, {purpose}): {requests} requests, {sent} bytes sent{masked}, {received} received"
        );
    }
    if unread > 0 {
        println!("  and {unread} lines that cannot be read");
    }
}

fn filter() -> (bool, Option<String>) {
    match state() {
        State::Refused => (true, None),
        State::NotAsked => (false, Some("this command was left as it is".into())),
        State::Unprotected(reason) => (false, Some(reason.to_string())),
    }
}

/// What is kept and where, readable by the user alone.
fn kept() -> Option<String> {
    let (cache, state) = (cache_folder()?, state_folder()?);
    Some(format!(
        "{}: names and places of the index, what the model has read of files edited last (`keepCache`), counts without \
         code (`statistics`); {}: conversations that you named; {}: what was used when, on which files, without code (`audit.enabled`)",
        cache.display(),
        state.join("chats").display(),
        state.join("audit").display()
    ))
}
