//! The engine's thread: owns the context, takes one job at a time, and sets an answer aside for a more urgent one.

use crate::answering::Answering;
use crate::decode::snapshot::Snapshot;
use crate::decode::{Decoder, Parked};
use crate::load::{EngineOptions, backend};
use crate::queue::{Job, Queue};
use crate::words::Words;
use llama_cpp_2::model::LlamaModel;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Sender;
use std::time::Instant;
use trust_inference::{FinishReason, InferenceError, Likelihood, Likely, ModelCard};

/// Serves `queue` until it closes. Reports over `ready` once whether a context could be made.
pub(crate) fn run(
    model: &LlamaModel,
    card: &ModelCard,
    options: &EngineOptions,
    snapshot: Option<Snapshot>,
    queue: &Queue,
    ready: &Sender<Result<(), String>>,
) {
    let open = || {
        let backend = backend().map_err(|error| error.to_string())?;
        Decoder::open(model, backend, card.context_length, options.thread_count(card.parameters))
    };
    let mut decoder = match open() {
        Ok(decoder) => decoder,
        Err(reason) => return drop(ready.send(Err(reason))),
    };
    if ready.send(Ok(())).is_err() {
        return;
    }
    if let Some(snapshot) = &snapshot {
        match decoder.restore(snapshot) {
            Ok(sequences) => tracing::debug!(sequences, "the KV cache of the last run is back"),
            Err(reason) => tracing::warn!(reason, "the KV cache of the last run is of no use"),
        }
    }
    let words = Words::new(model);
    let mut desk = Desk { words: &words, queue, parked: None, stale: false };
    while let Some(next) = desk.next(&mut decoder) {
        if catch_unwind(AssertUnwindSafe(|| desk.serve(&mut decoder, next))).is_ok() {
            continue;
        }
        // Whatever the panic left behind in the context is gone with it. The job's channel closed, and so does that of
        // the answer which was set aside in that context.
        tracing::error!("an inference job panicked; starting again with an empty context");
        desk.parked = None;
        match open() {
            Ok(fresh) => decoder = fresh,
            Err(reason) => {
                tracing::error!(reason, "no new context could be made; the engine stops");
                return queue.close();
            }
        }
    }
    if desk.stale {
        decoder.forget_all();
    }
    if let Some(snapshot) = snapshot.filter(|_| !queue.is_to_forget()) {
        match decoder.save(&snapshot) {
            Ok(sequences) => tracing::debug!(sequences, "the KV cache is kept for the next run"),
            Err(reason) => tracing::warn!(reason, "the KV cache is not kept"),
        }
    }
}

/// What the thread works on.
struct Desk<'a> {
    words: &'a Words<'a>,
    queue: &'a Queue,
    /// The answer that gave way.
    parked: Option<Aside<'a>>,
    /// What is set aside is to be forgotten when it has ended.
    stale: bool,
}

/// An answer that was set aside, and when.
struct Aside<'a> {
    answering: Box<Answering<'a>>,
    parked: Parked,
    since: Instant,
}

enum Next<'a> {
    Job(Job),
    Aside(Aside<'a>),
}

impl<'a> Desk<'a> {
    /// What is most urgent; an answer that was set aside goes on before others as urgent as itself. `None` at the end.
    fn next(&mut self, decoder: &mut Decoder<'_>) -> Option<Next<'a>> {
        if self.parked.is_none() {
            decoder.give_up_parked();
            if std::mem::take(&mut self.stale) {
                decoder.forget_all();
            }
        }
        let job = match &self.parked {
            None => Some(self.queue.pop()?),
            Some(aside) => self.queue.pop_above(aside.answering.priority()),
        };
        if self.queue.is_to_forget() {
            decoder.forget_all();
            // What is set aside is needed to its end.
            self.stale = self.parked.is_some();
        }
        match job {
            Some(job) => Some(Next::Job(job)),
            None => self.parked.take().map(Next::Aside),
        }
    }

    fn serve(&mut self, decoder: &mut Decoder<'_>, next: Next<'a>) {
        // A receiver that is gone is a request that nobody waits for any more.
        match next {
            Next::Job(Job::Score { tokens, reply }) => drop(reply.send(decoder.mean_nll(&tokens))),
            Next::Job(Job::Likelihood { request, reply }) => {
                drop(reply.send(likelihood(decoder, self.words, self.queue, &request)));
            }
            Next::Job(Job::Generate { request, reply }) => {
                match Answering::begin(decoder, self.words, self.queue, request, &reply) {
                    Ok(Some(answering)) => self.go_on(decoder, Box::new(answering)),
                    Ok(None) => {}
                    Err(error) => drop(reply.send(Err(error))),
                }
            }
            Next::Aside(Aside { mut answering, parked, since }) => {
                answering.was_left_for(since.elapsed());
                match decoder.resume(parked) {
                    Ok(()) => self.go_on(decoder, answering),
                    Err(error) => answering.fail(error),
                }
            }
        }
    }

    fn go_on(&mut self, decoder: &mut Decoder<'_>, mut answering: Box<Answering<'a>>) {
        let (queue, aside) = (self.queue, &mut self.parked);
        let mut look = || {
            let unwanted = aside.as_ref().and_then(|aside| aside.answering.unwanted(queue));
            if let Some((reason, aside)) = unwanted.zip(aside.take_if(|_| unwanted.is_some())) {
                aside.answering.give_up(reason);
            }
        };
        let left = answering.go_on(decoder, queue, &mut look);
        let error = match left {
            Ok(true) => return,
            Ok(false) => match decoder.park() {
                Ok(parked) => {
                    self.parked = Some(Aside { answering, parked, since: Instant::now() });
                    return;
                }
                Err(error) => error,
            },
            Err(error) => error,
        };
        answering.fail(error);
    }
}

/// Empty as soon as nobody waits for it any more. It is short, so it gives way to nothing.
fn likelihood(
    decoder: &mut Decoder<'_>,
    words: &Words<'_>,
    queue: &Queue,
    request: &Likelihood,
) -> Result<Vec<Likely>, InferenceError> {
    let ended = || {
        let unwanted = request.cancel.is_cancelled() || queue.is_closed();
        let reason = unwanted.then_some(FinishReason::Cancelled);
        reason.or_else(|| (Instant::now() >= request.deadline).then_some(FinishReason::Deadline))
    };
    let prompt = words.vocabulary.prompt(&request.prompt)?;
    let then = words.vocabulary.text(&request.then);
    let Some((last, before)) = prompt.split_last() else { return Ok(Vec::new()) };
    decoder.rewind(&prompt, true)?;
    let _watch = decoder.watch(&request.cancel);
    if decoder.prefill(before, ended)?.interrupted.is_some() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for text in &request.texts {
        let weighed = match ended() {
            None => match decoder.weigh_behind(*last, &words.vocabulary.text(text), &then) {
                // A call was left in its middle.
                Err(_) if request.cancel.is_cancelled() => None,
                weighed => weighed?,
            },
            Some(_) => None,
        };
        let Some(weighed) = weighed else { return Ok(Vec::new()) };
        found.push(weighed);
    }
    Ok(found)
}
