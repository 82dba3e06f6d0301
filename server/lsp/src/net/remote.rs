//! A model that runs elsewhere, behind `trust-net`: to the rest of the house a model like any other.

use super::ledger::{self, Ledger};
use super::{Absent, net, roots};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use trust_inference::{
    Budget, CancelToken, Completion, Control, Event, FimLayout, Finish, FinishReason, InferenceError, Model,
    ModelCard, Piece, Priority, Prompt, Request, Turn, TurnRequest, Usage,
};
use trust_wire::{Answering, Class, Departure, Endpoint, Engine, Facts, Generation, Hole, Task, Work};

/// Tokens that are taken to be held at once where neither the engine nor the user says.
const CONTEXT: u32 = 4096;
/// Bytes of text that a token is taken for: fewer than it mostly has, so that what is counted fits.
const BYTES: usize = 3;
/// How long an endpoint may take to say what it is.
const PATIENCE: Duration = Duration::from_secs(15);

pub struct RemoteModel {
    endpoint: String,
    card: ModelCard,
    /// Nothing is sent: what would be is kept for [`previewed`].
    preview: bool,
}

/// Whether nothing at all is sent by this process.
static ONLY_SHOWN: AtomicBool = AtomicBool::new(false);

/// From now on nothing is sent to an engine by this process: what would be is kept for [`previewed`].
pub fn only_show() {
    ONLY_SHOWN.store(true, Ordering::Release);
}

pub fn is_only_shown() -> bool {
    ONLY_SHOWN.load(Ordering::Acquire)
}

impl RemoteModel {
    /// Asks an endpoint what it is. Blocks.
    ///
    /// # Errors
    /// It does not answer, or may not be asked.
    pub fn open(endpoint: &str, preview: bool) -> Result<Self, String> {
        let told = |error: Absent| error.to_string();
        let preview = preview || is_only_shown();
        let facts = match preview {
            true => {
                let known = net().map_err(told)?.endpoint(endpoint);
                let known = known.ok_or_else(|| format!("no endpoint is called {endpoint:?}"))?;
                let fills = known.engine == Engine::LlamaServer;
                Facts { model: None, context: known.context, fills, version: String::new(), template: None }
            }
            false => facts(endpoint)?,
        };
        let name = match facts.model {
            Some(model) => format!("{model} at {endpoint}"),
            None => endpoint.to_owned(),
        };
        let context_length = facts.context.unwrap_or(CONTEXT);
        let fim = facts.fills.then_some(FimLayout::Psm);
        let card = ModelCard { name, parameters: 0, context_length, fim };
        Ok(Self { endpoint: endpoint.into(), card, preview })
    }

    fn order(
        &self,
        (task, purpose): (Task, &str),
        budget: Budget,
        cancel: CancelToken,
    ) -> Receiver<Result<Event, InferenceError>> {
        let (sender, receiver) = channel();
        let order = Generation {
            endpoint: self.endpoint.clone(),
            purpose: purpose.into(),
            roots: roots(),
            task,
            tokens: budget.tokens,
            milliseconds: budget.deadline.saturating_duration_since(Instant::now()).as_millis() as u64,
        };
        let work =
            if self.preview { Work::Preview(Box::new(order)) } else { Work::Generate(Box::new(order)) };
        let failed = sender.clone();
        let ledger = ledger::current();
        let hand_on = move || hand_on(work, budget.deadline, &cancel, &sender, ledger.as_ref());
        if let Err(error) = std::thread::Builder::new().name("trust-remote".into()).spawn(hand_on) {
            // The receiver is right here.
            let _ = failed.send(Err(InferenceError::Model(error.to_string())));
        }
        receiver
    }
}

/// Asks an endpoint what it is. Blocks.
///
/// # Errors
/// It does not answer, or may not be asked.
pub fn facts(endpoint: &str) -> Result<Facts, String> {
    let told = |error: Absent| error.to_string();
    let work = Work::Facts { endpoint: endpoint.into(), roots: roots() };
    let answers = net().map_err(told)?.ask(work).map_err(told)?;
    let cancel = CancelToken::new();
    let until = Instant::now() + PATIENCE;
    loop {
        match answers.until(&cancel, until) {
            Some(Answering::Facts(facts)) => return Ok(facts),
            Some(Answering::Stopped(error)) => return Err(error.to_string()),
            Some(Answering::Failed(why)) => return Err(why),
            Some(Answering::Sent(_)) => {}
            _ if Instant::now() >= until => return Err(format!("{endpoint} does not say what it is")),
            _ => return Err(Absent::Gone.to_string()),
        }
    }
}

fn known(endpoint: &str) -> Option<&'static Endpoint> {
    net().ok()?.endpoint(endpoint)
}

/// What would have been sent: kept apart from a model's words, which are looked through for places that do not exist.
static PREVIEWED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The bodies that previews made since this was asked last, in order.
pub fn previewed() -> Vec<String> {
    std::mem::take(&mut *PREVIEWED.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Until the end, the deadline, or nobody wants it any more. What is dropped here is cancelled there.
fn hand_on(
    work: Work,
    deadline: Instant,
    cancel: &CancelToken,
    to: &Sender<Result<Event, InferenceError>>,
    ledger: Option<&Ledger>,
) {
    let begun = Instant::now();
    let answers = match net().and_then(|net| net.ask(work)) {
        Ok(answers) => answers,
        Err(why) => {
            let _ = to.send(Err(InferenceError::Model(why.to_string())));
            return;
        }
    };
    let ended = |reason| {
        let usage = Usage { total: begun.elapsed(), ..Usage::default() };
        let completion = Completion::Truncated;
        Ok(Event::Done(Finish { reason, completion, logprob: 0.0, others: Vec::new(), usage }))
    };
    loop {
        let (told, is_last) = match answers.until(cancel, deadline) {
            Some(Answering::Event(event)) => {
                let is_last = matches!(event, Event::Done(_));
                (Ok(event), is_last)
            }
            Some(Answering::Preview(body)) => {
                PREVIEWED.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{body:#}"));
                (ended(FinishReason::EndOfText), true)
            }
            Some(Answering::Sent(departure)) => {
                ledger.into_iter().for_each(|ledger| ledger.add(departure.bytes));
                continue;
            }
            Some(Answering::Stopped(error)) => (Err(error), true),
            Some(Answering::Failed(why)) => (Err(InferenceError::Model(why)), true),
            Some(_) => continue,
            None if cancel.is_cancelled() => (ended(FinishReason::Cancelled), true),
            None if Instant::now() >= deadline => (ended(FinishReason::Deadline), true),
            None => (Err(InferenceError::Gone), true),
        };
        if to.send(told).is_err() || is_last {
            return;
        }
    }
}

impl Model for RemoteModel {
    fn card(&self) -> &ModelCard {
        &self.card
    }

    fn is_elsewhere(&self) -> bool {
        known(&self.endpoint).is_none_or(|endpoint| endpoint.class != Class::Loopback)
    }

    fn only_reads(&self) -> bool {
        true
    }

    /// As the user says of it. Whether it does, it is asked once before the first turn with a tool.
    fn calls_tools(&self) -> bool {
        known(&self.endpoint).is_some_and(|endpoint| endpoint.tools)
    }

    /// An estimate: the tokenizer is elsewhere.
    fn count_tokens(&self, text: &str) -> usize {
        text.len().div_ceil(BYTES)
    }

    fn generate(&self, request: Request) -> Receiver<Result<Event, InferenceError>> {
        // Nobody waits for what is read ahead; it would be sent for nothing.
        let idle = request.priority == Priority::Background || request.budget.tokens == 0;
        if idle || self.card.fim.is_none() || request.constraint.is_some() {
            let (sender, receiver) = channel();
            let why = "an engine elsewhere fills holes, and is asked for nothing else";
            let _ = sender.send(Err(InferenceError::NoDialect(why.into())));
            return receiver;
        }
        let hole = hole(&request.prompt, request.stop);
        self.order((Task::Fill(hole), Departure::COMPLETION), request.budget, request.cancel)
    }

    fn count_turn(&self, turn: &Turn) -> Result<usize, InferenceError> {
        const MARKS: usize = 8;
        let tokens = turn.messages.iter().map(|message| MARKS + self.count_tokens(message.text()));
        let tools = turn.tools.iter().map(|tool| {
            let text = tool.name.len() + tool.description.len() + tool.parameters.to_string().len();
            MARKS + text.div_ceil(BYTES)
        });
        Ok(tokens.sum::<usize>() + tools.sum::<usize>())
    }

    fn converse(&self, request: TurnRequest) -> Receiver<Result<Event, InferenceError>> {
        let purpose = match request.priority {
            Priority::Background => "background",
            _ => "chat",
        };
        self.order((Task::Turn(request.turn), purpose), request.budget, request.cancel)
    }
}

/// A prompt as engines elsewhere take it: what stands before and behind the hole, and texts of other files.
fn hole(prompt: &Prompt, stop: Vec<String>) -> Hole {
    #[derive(Clone, Copy, PartialEq)]
    enum At {
        Repo,
        File,
        Prefix,
        Suffix,
    }
    let (mut at, mut files) = (At::Prefix, Vec::<String>::new());
    let mut hole = Hole { stop, ..Hole::default() };
    for piece in &prompt.0 {
        match piece {
            Piece::Control(Control::Repo) => at = At::Repo,
            Piece::Control(Control::File) => {
                at = At::File;
                files.push(String::new());
            }
            // What was typed into the hole goes before it.
            Piece::Control(Control::FimPrefix | Control::FimMiddle) => at = At::Prefix,
            Piece::Control(Control::FimSuffix) => at = At::Suffix,
            Piece::Control(Control::Template(_)) => {}
            Piece::Text(text) => match at {
                At::Repo => {}
                At::File => files.last_mut().into_iter().for_each(|file| file.push_str(text)),
                At::Prefix => hole.prefix.push_str(text),
                At::Suffix => hole.suffix.push_str(text),
            },
        }
    }
    // The last one names the file of the hole, and quotes nothing.
    files.pop();
    let split = |file: String| file.split_once('\n').map(|(path, text)| (path.to_owned(), text.to_owned()));
    hole.extra = files.into_iter().filter_map(split).collect();
    hole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_a_hole_and_what_is_quoted_from_other_files() {
        let mut prompt = Prompt::default();
        prompt.control(Control::Repo).text("repo\n");
        prompt.control(Control::File).text("src/b.rs\nfn b() {}\n");
        prompt.control(Control::File).text("src/a.rs\n").control(Control::FimPrefix).text("fn a() {\n");
        prompt.control(Control::FimSuffix).text("}\n").control(Control::FimMiddle).text("    b");
        let found = hole(&prompt, vec!["\n".into()]);
        let expected = Hole {
            prefix: "fn a() {\n    b".into(),
            suffix: "}\n".into(),
            extra: vec![("src/b.rs".into(), "fn b() {}\n".into())],
            stop: vec!["\n".into()],
        };
        assert_eq!(found, expected);
    }
}
