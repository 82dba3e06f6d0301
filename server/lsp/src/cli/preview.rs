//! `trust-lsp privacy preview`: what an engine elsewhere would be sent, by the code that would ask it; nothing is.

use super::{chat, commit_message, complete, diff, layers, review};
use crate::{audit, net};
use clap::{Args, Subcommand};
use std::time::Duration;

/// How long what was recorded so far may take to be written.
const WRITTEN: Duration = Duration::from_secs(3);

#[derive(Args)]
pub struct Command {
    #[command(subcommand)]
    what: What,
}

/// Each takes the arguments of the command that would ask.
#[derive(Subcommand)]
enum What {
    /// Of a completion at one place of a file.
    Completion(complete::Complete),
    /// Of a message for what is staged.
    CommitMessage(commit_message::CommitMessage),
    /// Of an explanation of what differs.
    Explanation(diff::Explain),
    /// Of a review.
    Review(review::ReviewCommand),
    /// Of a question about the project.
    Question(chat::Command),
}

impl Command {
    pub fn flags(&self) -> &layers::Flags {
        match &self.what {
            What::Completion(command) => command.flags(),
            What::CommitMessage(command) => command.flags(),
            What::Explanation(command) => command.flags(),
            What::Review(command) => command.flags(),
            What::Question(command) => command.flags(),
        }
    }
}

pub fn run(command: Command) -> anyhow::Result<()> {
    net::net()?;
    // Nothing is asked and nothing answered, so there is nothing to record.
    audit::finish(WRITTEN);
    net::only_show();
    match command.what {
        What::Completion(command) => complete::asked(command)?,
        What::CommitMessage(command) => commit_message::asked(command)?,
        What::Explanation(command) => diff::asked(&command)?,
        What::Review(command) => review::asked(command)?,
        // It shows the places that it found, too.
        What::Question(command) => return chat::shown_only(command),
    }
    let bodies = net::previewed();
    bodies.iter().for_each(|body| println!("{body}"));
    if bodies.is_empty() {
        println!(
            "nothing would be sent: no engine elsewhere is asked for this (`--model endpoint:NAME` names one)"
        );
    } else {
        eprintln!(
            "trust-lsp: this is for an engine that holds as many tokens as its `context` says, or 4096; one that says that it \
             holds more may be sent more. What its answer makes trust-lsp ask next depends on that answer"
        );
    }
    Ok(())
}
