//! One answer in the making, as a value: it can be left between any two decode calls and gone on with later, and nothing of it
//! is another for that.

use crate::beam;
use crate::decode::Decoder;
use crate::form::Speaker;
use crate::queue::Queue;
use crate::stop::{Step, TextStream};
use crate::words::Words;
use llama_cpp_2::token::LlamaToken;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};
use trust_inference::{
    CancelToken, Candidate, Completion, Event, Finish, FinishReason, InferenceError, Piece, Priority,
    Request, Usage,
};

pub(crate) type Reply = Sender<Result<Event, InferenceError>>;

pub(crate) struct Answering<'a> {
    request: Box<Request>,
    /// Raised where a decode call is to end in its middle: with the request's own, at the engine's end, and what runs in the
    /// background for what is more urgent.
    unwanted: CancelToken,
    reply: Reply,
    /// When the work began, moved on by what it was left for.
    start: Instant,
    usage: Usage,
    prompt: Vec<LlamaToken>,
    /// Tokens of the prompt that were in the cache.
    cached: u32,
    /// Whether the prompt is read to its end.
    read: bool,
    speaker: Speaker<'a>,
    stream: TextStream,
    draft: Option<Vec<LlamaToken>>,
    /// Of the tokens behind the last text.
    logprob: f32,
    tokens: u32,
}

/// Why an answer is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// Something more urgent waits; it is to be gone on with.
    GivesWay,
    Ended(FinishReason),
}

/// How an answer ended.
struct End {
    reason: FinishReason,
    logprob: f32,
    others: Vec<Candidate>,
}

/// Why nobody wants the answer to `request` any more, if so.
fn unwanted(request: &Request, queue: &Queue) -> Option<FinishReason> {
    if request.cancel.is_cancelled() || queue.is_closed() {
        return Some(FinishReason::Cancelled);
    }
    (Instant::now() >= request.budget.deadline).then_some(FinishReason::Deadline)
}

/// What is told where an answer ends in its middle, or before it.
fn refuse(reply: &Reply, reason: FinishReason, mut usage: Usage, start: Instant) {
    usage.total = start.elapsed();
    let (completion, others) = (Completion::Truncated, Vec::new());
    let _ = reply.send(Ok(Event::Done(Finish { reason, completion, logprob: 0.0, others, usage })));
}

impl<'a> Answering<'a> {
    /// Turns the decoder to the request's prompt. `None` where it has been told already that there will be no answer.
    pub(crate) fn begin(
        decoder: &mut Decoder<'_>,
        words: &'a Words<'a>,
        queue: &Queue,
        request: Box<Request>,
        reply: &Reply,
    ) -> Result<Option<Self>, InferenceError> {
        let start = Instant::now();
        let mut usage = Usage::default();
        let gives_way = request.priority == Priority::Background && queue.has_above(request.priority);
        if let Some(reason) = unwanted(&request, queue).or(gives_way.then_some(FinishReason::Cancelled)) {
            refuse(reply, reason, usage, start);
            return Ok(None);
        }
        let mut prompt = words.vocabulary.prompt(&request.prompt)?;
        let ends_in_text = matches!(request.prompt.0.last(), Some(Piece::Text(_)));
        let typed = (ends_in_text && request.heal > 0 && request.constraint.is_none())
            .then(|| words.vocabulary.take_back(&mut prompt, request.heal))
            .flatten()
            .unwrap_or_default();
        usage.prompt = prompt.len() as u32;
        let cached = decoder.rewind(&prompt, request.keep)?;
        let speaker = match Speaker::new(words, &request, typed, decoder.room_after(prompt.len())) {
            Err(_) if request.cancel.is_cancelled() => {
                refuse(reply, FinishReason::Cancelled, usage, start);
                return Ok(None);
            }
            speaker => speaker?,
        };
        let unwanted = request.cancel.child();
        let (stream, reply) = (TextStream::new(request.stop.clone()), reply.clone());
        let (draft, logprob, tokens, read) = (None, 0.0, 0, false);
        Ok(Some(Self {
            request,
            unwanted,
            reply,
            start,
            usage,
            prompt,
            cached,
            read,
            speaker,
            stream,
            draft,
            logprob,
            tokens,
        }))
    }

    pub(crate) fn priority(&self) -> Priority {
        self.request.priority
    }

    /// Why nobody wants it any more, if so.
    pub(crate) fn unwanted(&self, queue: &Queue) -> Option<FinishReason> {
        unwanted(&self.request, queue)
    }

    /// It was left for so long; that is no time of its own.
    pub(crate) fn was_left_for(&mut self, time: Duration) {
        self.start += time;
    }

    /// Goes on until the end, or until something more urgent waits: false then. What runs in the background ends for it;
    /// what it has read stays in the cache. `meanwhile` is called before each decode call.
    pub(crate) fn go_on(
        &mut self,
        decoder: &mut Decoder<'_>,
        queue: &Queue,
        meanwhile: &mut dyn FnMut(),
    ) -> Result<bool, InferenceError> {
        let (cancel, deadline) = (self.request.cancel.clone(), self.request.budget.deadline);
        let priority = self.request.priority;
        // Again where it was left: something else ran since.
        queue.runs(priority, &self.unwanted);
        let _watch = decoder.watch(&self.unwanted);
        let mut left = || {
            meanwhile();
            if cancel.is_cancelled() || queue.is_closed() {
                return Some(Left::Ended(FinishReason::Cancelled));
            }
            if Instant::now() >= deadline {
                return Some(Left::Ended(FinishReason::Deadline));
            }
            queue.has_above(priority).then_some(match priority {
                Priority::Background => Left::Ended(FinishReason::Cancelled),
                Priority::Chat | Priority::Typing => Left::GivesWay,
            })
        };
        let end = match self.read(decoder, &mut left)? {
            None if self.is_branching(decoder) => self.branch(decoder, &mut left)?,
            None => match self.write(decoder, &mut left)? {
                Left::GivesWay => return Ok(false),
                Left::Ended(reason) => End { reason, logprob: self.logprob, others: Vec::new() },
            },
            Some(Left::GivesWay) => return Ok(false),
            Some(Left::Ended(reason)) => End { reason, logprob: 0.0, others: Vec::new() },
        };
        self.finish(end)?;
        Ok(true)
    }

    fn read(
        &mut self,
        decoder: &mut Decoder<'_>,
        left: &mut dyn FnMut() -> Option<Left>,
    ) -> Result<Option<Left>, InferenceError> {
        if self.read {
            return Ok(None);
        }
        let prefilled = decoder.prefill(&self.prompt, left)?;
        self.usage.prefilled += prefilled.tokens;
        if prefilled.interrupted.is_none() {
            self.read = true;
            let _ = self.reply.send(Ok(Event::Started { prompt: self.usage.prompt, cached: self.cached }));
        }
        Ok(prefilled.interrupted)
    }

    fn is_branching(&self, decoder: &Decoder<'_>) -> bool {
        matches!(self.speaker, Speaker::Free(_)) && self.request.candidates > 1 && decoder.branches() > 1
    }

    /// Several answers at once. They are few tokens, so they give way to nothing.
    fn branch(
        &mut self,
        decoder: &mut Decoder<'_>,
        left: &mut dyn FnMut() -> Option<Left>,
    ) -> Result<End, InferenceError> {
        let Speaker::Free(chooser) = &self.speaker else {
            return Err(InferenceError::Model("an answer with a form has no branches".into()));
        };
        let limits = (self.request.stop.as_slice(), self.request.budget.tokens);
        let ended = || match left() {
            Some(Left::Ended(reason)) => Some(reason),
            Some(Left::GivesWay) | None => None,
        };
        let found = match beam::search(decoder, chooser.clone(), limits, ended) {
            // A call was left in its middle.
            Err(_) if self.unwanted.is_cancelled() => {
                return Ok(End { reason: FinishReason::Cancelled, logprob: 0.0, others: Vec::new() });
            }
            found => found?,
        };
        self.usage.generated = found.generated;
        self.usage.first = self.start.elapsed();
        let mut candidates = found.hypotheses.into_iter().take(self.request.candidates);
        let Some(best) = candidates.next().filter(|_| found.reason != FinishReason::Cancelled) else {
            return Ok(End { reason: found.reason, logprob: 0.0, others: Vec::new() });
        };
        self.usage.recalled = best.recalled;
        let (mut logprob, reason) = (best.logprob, best.reason.unwrap_or(found.reason));
        for event in best.pieces {
            if let Event::Text { logprob: said, .. } = &event {
                logprob -= said;
            }
            let _ = self.reply.send(Ok(event));
        }
        let others = candidates.map(beam::Hypothesis::into_candidate).collect();
        Ok(End { reason, logprob, others })
    }

    fn write(
        &mut self,
        decoder: &mut Decoder<'_>,
        left: &mut dyn FnMut() -> Option<Left>,
    ) -> Result<Left, InferenceError> {
        let reason = loop {
            match self.speaker.completion() {
                Err(_) if self.request.cancel.is_cancelled() => break FinishReason::Cancelled,
                completion => match completion? {
                    Some(Completion::Natural) => break FinishReason::EndOfText,
                    Some(_) => break FinishReason::Budget,
                    None => {}
                },
            }
            if self.usage.generated >= self.request.budget.tokens || decoder.is_full() {
                break FinishReason::Budget;
            }
            match left() {
                Some(Left::GivesWay) if decoder.can_park() => return Ok(Left::GivesWay),
                Some(Left::Ended(reason)) => break reason,
                Some(Left::GivesWay) | None => {}
            }
            if let Some(reason) = self.choose(decoder)? {
                break reason;
            }
        };
        let rest = self.stream.finish();
        if !rest.is_empty() && reason != FinishReason::Stop {
            self.say(rest);
        }
        Ok(Left::Ended(reason))
    }

    /// One token more. Gives the reason where it is the last.
    fn choose(&mut self, decoder: &mut Decoder<'_>) -> Result<Option<FinishReason>, InferenceError> {
        let next = if self.speaker.is_healing() {
            decoder.next(&mut Vec::new(), &mut self.speaker)
        } else {
            let draft = self.draft.get_or_insert_with(|| {
                let mut tokens = self.speaker.rest_of(&self.request.draft);
                tokens.truncate(self.request.budget.tokens as usize);
                tokens
            });
            decoder.next(draft, &mut self.speaker)
        };
        let next = match next {
            Err(_) if self.unwanted.is_cancelled() => return Ok(Some(FinishReason::Cancelled)),
            next => next?,
        };
        self.logprob += next.logprob;
        if next.ends {
            return Ok(Some(match self.speaker.completion()? {
                None | Some(Completion::Natural) => FinishReason::EndOfText,
                Some(_) => FinishReason::Budget,
            }));
        }
        self.usage.generated += 1;
        // By this line of the log somebody outside can tell how long a token takes to reach a reader.
        tracing::trace!(number = self.usage.generated, "a token is chosen");
        self.usage.drafted += u32::from(next.drafted);
        self.usage.recalled += u32::from(next.recalled);
        self.tokens += 1;
        let (text, stopped) = match self.stream.push(&next.bytes) {
            Step::Text(text) => (text, false),
            Step::Stopped(text) => (text, true),
        };
        if !text.is_empty() {
            if self.usage.first.is_zero() {
                self.usage.first = self.start.elapsed();
            }
            if !self.say(text) {
                return Ok(Some(FinishReason::Cancelled));
            }
        }
        Ok(stopped.then_some(FinishReason::Stop))
    }

    /// False where nobody listens any more.
    fn say(&mut self, text: String) -> bool {
        let (logprob, tokens) = (std::mem::take(&mut self.logprob), std::mem::take(&mut self.tokens));
        self.reply.send(Ok(Event::Text { text, logprob, tokens })).is_ok()
    }

    /// Ends it while it is set aside.
    pub(crate) fn give_up(mut self, reason: FinishReason) {
        let rest = self.stream.finish();
        if !rest.is_empty() {
            self.say(rest);
        }
        refuse(&self.reply, reason, self.usage, self.start);
    }

    fn finish(&mut self, End { reason, logprob, others }: End) -> Result<(), InferenceError> {
        self.usage.total = self.start.elapsed();
        let held = if reason == FinishReason::Cancelled { None } else { self.speaker.completion()? };
        self.usage.form = self.speaker.spent();
        let completion = held.unwrap_or(match reason {
            FinishReason::EndOfText | FinishReason::Stop => Completion::Natural,
            _ => Completion::Truncated,
        });
        if completion != Completion::Truncated {
            self.speaker.judge()?;
        }
        let usage = self.usage;
        let _ = self.reply.send(Ok(Event::Done(Finish { reason, completion, logprob, others, usage })));
        Ok(())
    }

    /// Tells an error: there is no more of the answer.
    pub(crate) fn fail(&self, error: InferenceError) {
        let _ = self.reply.send(Err(error));
    }
}
