//! A conversation line by line: questions, and commands that begin with a slash.

use super::Chat;
use crate::chat::{Chats, Saved, begin};
use anyhow::{Context, bail};
use std::io::{BufRead, IsTerminal, Write};
use trust_assist::chat::Place;

const HELP: &str = "\
  /help            these commands
  /files           the places that the last answer cites, by their numbers
  /cite N          what stands at one of them
  /history         what was asked so far
  /model           who words the answers
  /clear           begin anew
  /save NAME       keep this conversation from now on
  /resume [NAME]   go on with one that was kept; without a name, list them
  /exit            end, as Ctrl-D does; Ctrl-C ends an answer";

/// Reads lines until their end. What goes wrong with one is told, and the next is read.
pub(super) fn lead(chat: &mut Chat) -> anyhow::Result<()> {
    let is_terminal = std::io::stdin().is_terminal();
    if is_terminal {
        eprintln!("Ask about {}; /help lists the commands. {}.", chat.root.display(), capital(&chat.model()));
    }
    let mut line = Vec::new();
    loop {
        if is_terminal {
            eprint!("> ");
            let _ = std::io::stderr().flush();
        }
        line.clear();
        if std::io::stdin().lock().read_until(b'\n', &mut line).context("standard input")? == 0 {
            return Ok(());
        }
        let said = match std::str::from_utf8(&line) {
            Ok(line) => line.trim(),
            Err(_) => {
                eprintln!("trust-lsp: the line is not UTF-8");
                continue;
            }
        };
        let done = match said.strip_prefix('/') {
            _ if said.is_empty() => continue,
            Some("exit" | "quit") => return Ok(()),
            Some(command) => obey(chat, command),
            None => chat.answer(said, false),
        };
        if let Err(error) = done {
            eprintln!("trust-lsp: {error:#}");
        }
    }
}

fn obey(chat: &mut Chat, command: &str) -> anyhow::Result<()> {
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let rest = rest.trim();
    match (name, rest) {
        ("help", _) => println!("{HELP}"),
        ("files", _) => {
            for (at, place) in places(chat)?.iter().enumerate() {
                println!("[{}] {place}", at + 1);
            }
        }
        ("cite", number) => {
            let number: usize =
                number.trim_matches(['[', ']']).parse().context("/cite N, with a number of /files")?;
            let places = places(chat)?;
            let place = number.checked_sub(1).and_then(|at| places.get(at));
            let place = place.with_context(|| format!("there are {} places", places.len()))?;
            let snapshot = chat.assistant.index().snapshot();
            let text = place.text(&snapshot.reader());
            println!(
                "{}",
                text.with_context(|| format!("{place} is not there any more, or may not be read"))?
            );
        }
        ("history", _) => {
            let left_out = chat.conversation.questions() - chat.conversation.exchanges.len();
            if left_out > 0 {
                println!("({left_out} before these)");
            }
            chat.conversation.exchanges.iter().for_each(|exchange| println!("{}", exchange.question));
        }
        ("model", _) => println!("{}", chat.model()),
        ("clear", _) => {
            (chat.conversation, chat.kept) = (begin(&chat.assistant), None);
            println!("a new conversation");
        }
        ("save", "") => bail!("/save NAME"),
        ("save", name) => {
            if chat.kept.as_deref() != Some(name) && !Chats::open()?.is_free(name)? {
                bail!("there is a conversation {name:?} already; choose another name");
            }
            let before = chat.kept.replace(name.to_owned());
            if let Err(error) = chat.keep() {
                chat.kept = before;
                return Err(error);
            }
            println!("kept as {name}");
        }
        ("resume", "") => println!("{}", Chats::open()?.names().join("\n")),
        ("resume", name) => {
            let Saved { root, conversation } = Chats::open()?.read(name)?;
            if root != chat.root {
                eprintln!("trust-lsp: this conversation was about {}", root.display());
            }
            println!("{} questions so far", conversation.questions());
            (chat.conversation, chat.kept) = (conversation, Some(name.to_owned()));
        }
        (other, _) => bail!("there is no /{other}; /help lists the commands"),
    }
    Ok(())
}

fn places(chat: &Chat) -> anyhow::Result<&[Place]> {
    let last = chat.conversation.exchanges.last().context("nothing was asked so far")?;
    Ok(&last.places)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
