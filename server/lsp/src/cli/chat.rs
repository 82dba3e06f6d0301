//! `trust-lsp chat [QUESTION]`

mod interrupt;
mod terminal;

use super::asking::Terminal;
use super::{layers, log};
use crate::assistant::Assistant;
use crate::chat::{Chats, Saved, Toolbox, Words, answer_json, begin, converse};
use crate::model_slot::{ModelChoice, ModelState};
use crate::setup::model_setup;
use anyhow::{Context, bail};
use clap::Args;
pub(super) use interrupt::Interrupts;
use std::io::{IsTerminal, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use trust_assist::chat::{Conversation, Focus, Told};
use trust_models::Task;
use trust_tools::Disk;

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp chat                                        a conversation; /help lists its commands
  trust-lsp chat 'where is Widget used?'                one question
  trust-lsp chat --at src/main.rs:12-30 'what does this do?'
  git diff | trust-lsp chat                             the question comes by the pipe
  trust-lsp chat 'who calls parse_header?' --json | jq -r '.places[] | \"\\(.path):\\(.start)\"'
  trust-lsp chat --resume parser                        go on with a conversation that /save kept

What the index knows is printed first, each place with a number; then a model's words, where there is a model that can
converse: the bundled one completes code and cannot. Ctrl-C ends an answer, Ctrl-D the conversation. Conversations are kept
only where you name one (/save, --save), for you alone to read; of the workspace they hold places, not what stands there.
Fields of --json: question, facts, places, wording, cited, model, note, cut, failed, tokens.";

/// How long the index may take before answers go on with what is indexed by then.
const INDEX: Duration = Duration::from_secs(120);
/// The longest question that a pipe brings, in bytes.
const LONGEST: u64 = 1 << 20;

#[derive(Args)]
pub struct Command {
    /// What to ask. Without it: a conversation in a terminal, else all of standard input is the question.
    question: Option<String>,
    /// Lines that the question is about.
    #[arg(long, value_name = "FILE[:FIRST[-LAST]]")]
    at: Option<Lines>,
    /// Go on with the conversation that was kept under this name.
    #[arg(long, value_name = "NAME")]
    resume: Option<String>,
    /// Keep this one under a name.
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    save: Option<String>,
    /// Let a model that can call tools propose changes of symbols too; each is shown, and you are asked.
    #[arg(long)]
    edits: bool,
    /// Whether a model puts answers into words.
    #[arg(long, value_enum, default_value = "auto")]
    words: Words,
    /// Show what an engine elsewhere would be sent, and send nothing.
    #[arg(long, conflicts_with_all = ["resume", "save", "json"])]
    preview: bool,
    /// Print a JSON object; for one question.
    #[arg(long)]
    json: bool,
    /// Take a question from each line, from a pipe too.
    #[arg(long, conflicts_with_all = ["json", "question"])]
    interactive: bool,
    /// The project's folder; this one by default.
    #[arg(long, value_name = "DIR", default_value = ".")]
    root: PathBuf,
    #[command(flatten)]
    flags: layers::Flags,
    #[command(flatten)]
    log: log::Log,
}

/// Lines of a file, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lines {
    file: PathBuf,
    lines: Option<Range<usize>>,
}

impl FromStr for Lines {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let Some((file, lines)) = text.rsplit_once(':').filter(|(_, lines)| digits(lines)) else {
            return Ok(Self { file: text.into(), lines: None });
        };
        let (first, last) = lines.split_once('-').unwrap_or((lines, lines));
        match (first.parse::<usize>(), last.parse::<usize>()) {
            (Ok(first), Ok(last)) if !file.is_empty() && first >= 1 && last >= first => {
                Ok(Self { file: file.into(), lines: Some(first - 1..last) })
            }
            _ => Err("expected FILE, FILE:LINE or FILE:FIRST-LAST, with lines counted from 1".into()),
        }
    }
}

/// A conversation that is being led, and where it is kept.
struct Chat {
    assistant: Arc<Assistant>,
    root: PathBuf,
    conversation: Conversation,
    focus: Option<Focus>,
    words: Words,
    toolbox: Option<Toolbox>,
    /// Nothing is sent, and what would be is shown.
    preview: bool,
    kept: Option<String>,
    interrupts: Interrupts,
    /// What was said of the model already.
    noted: Option<String>,
    /// Whose instructions were told of already.
    instructed_by: Option<String>,
}

impl Command {
    pub fn flags(&self) -> &layers::Flags {
        &self.flags
    }
}

pub fn run(command: Command) -> ExitCode {
    super::end(command.log.start().and_then(|()| chat(command)))
}

/// A command line of its own, for whoever asks without one.
#[derive(clap::Parser)]
struct Alone {
    #[command(flatten)]
    command: Command,
}

/// Shows what would be sent for a question, and sends nothing.
///
/// # Errors
/// There is nothing to show, and why.
pub fn shown_only(command: Command) -> anyhow::Result<()> {
    command.log.start()?;
    chat(Command { preview: true, ..command })
}

/// Shows what this endpoint would be sent for a question, in the current folder, and sends nothing.
///
/// # Errors
/// There is nothing to show, and why.
pub fn preview(endpoint: &str, question: &str) -> anyhow::Result<()> {
    let model = format!("{}{endpoint}", trust_config::ENDPOINT);
    let words = ["chat", "--preview", "--words", "always", "--model", &model, question];
    chat(<Alone as clap::Parser>::try_parse_from(words)?.command)
}

fn chat(command: Command) -> anyhow::Result<()> {
    let root = command.root.canonicalize().with_context(|| command.root.display().to_string())?;
    if !root.is_dir() {
        bail!("{} is no folder", command.root.display());
    }
    let led = command.interactive || command.question.is_none() && std::io::stdin().is_terminal();
    if led && command.json {
        bail!("--json is for one question; give it as an argument or by a pipe");
    }
    // What cannot go on is found out before anything is read.
    let resumed = command.resume.as_deref().map(|name| Chats::open()?.read(name)).transpose()?;
    if let Some(name) = &command.save
        && !Chats::open()?.is_free(name)?
    {
        bail!("there is a conversation {name:?} already; --resume {name} goes on with it");
    }
    let settings = command.flags.settings(vec![root.clone()], None);
    crate::net::obey(&settings.privacy);
    let mut setup = model_setup(&settings, command.flags.scripted(), Task::Chat);
    if let (true, ModelChoice::Endpoint { preview, .. }) = (command.preview, &mut setup.choice) {
        *preview = true;
    } else if command.preview {
        bail!("what is asked of this model stays in this process; --preview is for `endpoint:NAME`");
    }
    let silent = command.words == Words::Never
        || command.words == Words::Auto && matches!(setup.choice, ModelChoice::Bundled);
    let assistant = Assistant::new(vec![root.clone()], &setup.into(), Arc::new(|| ()));
    if !silent {
        assistant.model().load(None);
    }
    if !assistant.index().wait_ready(INDEX) {
        eprintln!("trust-lsp: the project is large; going on with what is indexed so far");
    }
    let focus = command.at.as_ref().map(|at| focus(&assistant, at)).transpose()?;
    let conversation = match resumed {
        Some(Saved { root: other, conversation }) => {
            if other != root {
                eprintln!("trust-lsp: this conversation was about {}", other.display());
            }
            conversation
        }
        None => begin(&assistant),
    };
    let kept = command.resume.or(command.save);
    let (words, interrupts) = (command.words, Interrupts::start()?);
    let toolbox = Toolbox::new(&assistant, Box::new(Disk::new(vec![root.clone()])), command.edits);
    let mut chat = Chat {
        assistant,
        root,
        conversation,
        focus,
        words,
        toolbox,
        preview: command.preview,
        kept,
        interrupts,
        noted: None,
        instructed_by: None,
    };
    if led {
        return terminal::lead(&mut chat);
    }
    let question = match command.question {
        Some(question) => question,
        None => piped()?,
    };
    chat.answer(&question, command.json)
}

fn focus(assistant: &Assistant, at: &Lines) -> anyhow::Result<Focus> {
    let told = || at.file.display().to_string();
    let path: &Path = &std::path::absolute(&at.file).with_context(told)?;
    Focus::new(&assistant.index(), path, None, at.lines.clone()).with_context(told)
}

fn piped() -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    std::io::stdin().take(LONGEST).read_to_end(&mut bytes).context("standard input")?;
    String::from_utf8(bytes).context("standard input is not UTF-8")
}

impl Chat {
    /// Answers, and keeps the conversation where it has a name.
    fn answer(&mut self, question: &str, json: bool) -> anyhow::Result<()> {
        let mut spoke = false;
        let show = &mut |told: Told<'_>| {
            if json {
                return;
            }
            let text = match told {
                Told::Found(_, facts) => facts,
                Told::Text(text) if spoke => text,
                Told::Text(text) => {
                    spoke = true;
                    println!();
                    text.trim_start()
                }
                Told::Calls { name, arguments, .. } => {
                    let _ = std::io::stdout().flush();
                    // A call that is none has no arguments that could be read.
                    let arguments = if arguments.is_null() { String::new() } else { format!(" {arguments}") };
                    return eprintln!("\n({name}{arguments})");
                }
                Told::Result { text, good: false, .. } => return eprintln!("({})", text.trim_end()),
                Told::Result { .. } => return,
            };
            print!("{text}");
            // A reader that is gone is found out at the end.
            let _ = std::io::stdout().flush();
        };
        let (assistant, conversation) = (&self.assistant, &mut self.conversation);
        let terminal = Terminal::default();
        let tools = self.toolbox.as_ref().map(|toolbox| toolbox.tools(&terminal));
        let (asked, words) = ((question, self.focus.as_ref()), (self.words, tools));
        let answered =
            self.interrupts.during(|cancel| converse(assistant, conversation, asked, words, cancel, show))?;
        let bodies = crate::net::previewed();
        bodies.iter().for_each(|body| println!("\n{body}"));
        if !bodies.is_empty() {
            let context =
                assistant.model().current().map_or(0, |loaded| loaded.model().card().context_length);
            eprintln!(
                "trust-lsp: this is for an engine that holds {context} tokens at once; one that says that it holds more is sent \
                 more excerpts"
            );
        }
        if json {
            println!("{}", answer_json(question, &answered));
        } else if spoke {
            println!();
        }
        if let Some(note) = answered.note.filter(|note| !json && self.noted.as_ref() != Some(note)) {
            eprintln!("trust-lsp: {note}");
            self.noted = Some(note);
        }
        if let Some(by) = answered.instructed_by.filter(|by| !json && self.instructed_by.as_ref() != Some(by))
        {
            eprintln!("trust-lsp: the model was given the instructions of {by}");
            self.instructed_by = Some(by);
        }
        if let Some(failed) = answered.answer.failed.filter(|_| !json) {
            eprintln!("trust-lsp: the model's answer ended: {failed}");
        } else if answered.answer.cut && !json {
            eprintln!("trust-lsp: the answer was ended before its end");
        }
        if self.preview && bodies.is_empty() {
            bail!("what would be sent cannot be shown");
        }
        self.keep()
    }

    fn keep(&self) -> anyhow::Result<()> {
        let Some(name) = &self.kept else { return Ok(()) };
        let saved = Saved { root: self.root.clone(), conversation: self.conversation.clone() };
        Chats::open()?.write(name, &saved).context("the conversation is not kept")
    }

    fn model(&self) -> String {
        match self.assistant.model().state().as_ref() {
            ModelState::Ready(name) => format!("{name} words the answers"),
            _ => crate::chat::silence(&self.assistant, self.words)
                .unwrap_or_else(|| "nobody words the answers: --words never".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_file() {
        let lines = |file: &str, lines| Ok(Lines { file: file.into(), lines });
        assert_eq!("a.rs".parse(), lines("a.rs", None));
        assert_eq!("a.rs:3".parse(), lines("a.rs", Some(2..3)));
        assert_eq!("C:a.rs:3-9".parse(), lines("C:a.rs", Some(2..9)));
        assert_eq!("a:b".parse(), lines("a:b", None));
        for bad in ["a.rs:0", "a.rs:4-3", "a.rs:-", ":1", "a.rs:1-2-3", "a.rs:99999999999999999999"] {
            assert!(bad.parse::<Lines>().is_err(), "{bad}");
        }
    }
}
