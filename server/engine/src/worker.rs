//! The engine's thread: owns the context, takes one job at a time.

use crate::beam;
use crate::decode::Decoder;
use crate::decode::snapshot::Snapshot;
use crate::form::Speaker;
use crate::load::{EngineOptions, backend};
use crate::queue::{Job, Queue};
use crate::stop::{Step, TextStream};
use crate::words::Words;
use llama_cpp_2::model::LlamaModel;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Sender;
use std::time::Instant;
use trust_inference::{
    Completion, Event, Finish, FinishReason, InferenceError, ModelCard, Piece, Priority, Request, Usage,
};

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
    let mut words = Words::new(model);
    while let Some(job) = queue.pop() {
        if queue.is_to_forget() {
            decoder.forget_all();
        }
        if catch_unwind(AssertUnwindSafe(|| serve(&mut decoder, &mut words, queue, job))).is_ok() {
            continue;
        }
        // Whatever the panic left behind in the context is gone with it. The job's channel closed.
        tracing::error!("an inference job panicked; starting again with an empty context");
        match open() {
            Ok(fresh) => decoder = fresh,
            Err(reason) => {
                tracing::error!(reason, "no new context could be made; the engine stops");
                return queue.close();
            }
        }
    }
    if let Some(snapshot) = snapshot.filter(|_| !queue.is_to_forget()) {
        match decoder.save(&snapshot) {
            Ok(sequences) => tracing::debug!(sequences, "the KV cache is kept for the next run"),
            Err(reason) => tracing::warn!(reason, "the KV cache is not kept"),
        }
    }
}

fn serve(decoder: &mut Decoder<'_>, words: &mut Words<'_>, queue: &Queue, job: Job) {
    // A receiver that is gone is a request that nobody waits for any more.
    match job {
        Job::Score { tokens, reply } => drop(reply.send(decoder.mean_nll(&tokens))),
        Job::Generate { request, reply } => {
            if let Err(error) = generate(decoder, words, queue, &request, &reply) {
                let _ = reply.send(Err(error));
            }
        }
    }
}

fn generate(
    decoder: &mut Decoder<'_>,
    words: &mut Words<'_>,
    queue: &Queue,
    request: &Request,
    reply: &Sender<Result<Event, InferenceError>>,
) -> Result<(), InferenceError> {
    let start = Instant::now();
    let mut usage = Usage::default();
    let interrupted = || {
        // What runs in the background gives way; what it has read stays in the cache.
        let gives_way = request.priority == Priority::Background && queue.has_above(request.priority);
        if request.cancel.is_cancelled() || gives_way || queue.is_closed() {
            Some(FinishReason::Cancelled)
        } else {
            (Instant::now() >= request.budget.deadline).then_some(FinishReason::Deadline)
        }
    };
    let finish = |reason, completion: Option<Completion>, logprob, others, mut usage: Usage| {
        usage.total = start.elapsed();
        let completion = completion.unwrap_or(match reason {
            FinishReason::EndOfText | FinishReason::Stop => Completion::Natural,
            _ => Completion::Truncated,
        });
        let _ = reply.send(Ok(Event::Done(Finish { reason, completion, logprob, others, usage })));
        Ok(())
    };
    if let Some(reason) = interrupted() {
        return finish(reason, None, 0.0, Vec::new(), usage);
    }

    let mut prompt = words.vocabulary.prompt(&request.prompt)?;
    let ends_in_text = matches!(request.prompt.0.last(), Some(Piece::Text(_)));
    let typed = (ends_in_text && request.heal > 0 && request.constraint.is_none())
        .then(|| words.vocabulary.take_back(&mut prompt, request.heal))
        .flatten()
        .unwrap_or_default();
    usage.prompt = prompt.len() as u32;
    let cached = decoder.rewind(&prompt)?;
    let mut speaker = match Speaker::new(words, request, typed, decoder.room_after(prompt.len())) {
        Err(_) if request.cancel.is_cancelled() => {
            return finish(FinishReason::Cancelled, None, 0.0, Vec::new(), usage);
        }
        speaker => speaker?,
    };
    let prefilled = decoder.prefill(&prompt, interrupted)?;
    usage.prefilled = prefilled.tokens;
    if let Some(reason) = prefilled.interrupted {
        return finish(reason, None, 0.0, Vec::new(), usage);
    }
    let _ = reply.send(Ok(Event::Started { prompt: usage.prompt, cached }));

    if let Speaker::Free(chooser) = &speaker
        && request.candidates > 1
        && decoder.branches() > 1
    {
        let limits = (request.stop.as_slice(), request.budget.tokens);
        let found = beam::search(decoder, chooser.clone(), limits, interrupted)?;
        usage.generated = found.generated;
        usage.first = start.elapsed();
        let mut candidates = found.hypotheses.into_iter().take(request.candidates);
        let Some(best) = candidates.next().filter(|_| found.reason != FinishReason::Cancelled) else {
            return finish(found.reason, None, 0.0, Vec::new(), usage);
        };
        usage.recalled = best.recalled;
        let (mut logprob, reason) = (best.logprob, best.reason.unwrap_or(found.reason));
        for event in best.pieces {
            if let Event::Text { logprob: said, .. } = &event {
                logprob -= said;
            }
            let _ = reply.send(Ok(event));
        }
        return finish(
            reason,
            None,
            logprob,
            candidates.map(beam::Hypothesis::into_candidate).collect(),
            usage,
        );
    }

    let mut draft: Option<Vec<_>> = None;
    let mut stream = TextStream::new(request.stop.clone());
    let (mut logprob, mut tokens) = (0.0, 0);
    let reason = loop {
        match speaker.completion() {
            Err(_) if request.cancel.is_cancelled() => break FinishReason::Cancelled,
            completion => match completion? {
                Some(Completion::Natural) => break FinishReason::EndOfText,
                Some(_) => break FinishReason::Budget,
                None => {}
            },
        }
        if usage.generated >= request.budget.tokens || decoder.is_full() {
            break FinishReason::Budget;
        }
        if let Some(reason) = interrupted() {
            break reason;
        }
        let next = if speaker.is_healing() {
            decoder.next(&mut Vec::new(), &mut speaker)
        } else {
            let draft = draft.get_or_insert_with(|| {
                let mut tokens = speaker.rest_of(&request.draft);
                tokens.truncate(request.budget.tokens as usize);
                tokens
            });
            decoder.next(draft, &mut speaker)
        };
        let next = match next {
            Err(_) if request.cancel.is_cancelled() => break FinishReason::Cancelled,
            next => next?,
        };
        logprob += next.logprob;
        if next.ends {
            match speaker.completion()? {
                None | Some(Completion::Natural) => break FinishReason::EndOfText,
                Some(_) => break FinishReason::Budget,
            }
        }
        usage.generated += 1;
        usage.drafted += u32::from(next.drafted);
        usage.recalled += u32::from(next.recalled);
        tokens += 1;
        let (text, stopped) = match stream.push(&next.bytes) {
            Step::Text(text) => (text, false),
            Step::Stopped(text) => (text, true),
        };
        if !text.is_empty() {
            if usage.first.is_zero() {
                usage.first = start.elapsed();
            }
            let event = Event::Text { text, logprob: std::mem::take(&mut logprob), tokens };
            tokens = 0;
            if reply.send(Ok(event)).is_err() {
                break FinishReason::Cancelled;
            }
        }
        if stopped {
            break FinishReason::Stop;
        }
    };
    let rest = stream.finish();
    if !rest.is_empty() && reason != FinishReason::Stop {
        let _ = reply.send(Ok(Event::Text { text: rest, logprob: std::mem::take(&mut logprob), tokens }));
    }
    let completion = if reason == FinishReason::Cancelled { None } else { speaker.completion()? };
    usage.form = speaker.spent();
    finish(reason, completion, logprob, Vec::new(), usage)
}
