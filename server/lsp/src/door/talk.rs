//! A turn of a conversation that another program leads: its messages go to the model as they are. Nothing of the workspace is added.

use super::Door;
use super::fill::named;
use crate::audit::{self, Event as Entry};
use crate::chat::{Words, silence};
use crate::net::Ledger;
use std::time::{Duration, Instant};
use trust_audit::{Action, Feature};
use trust_inference::{Budget, CancelToken, Event, InferenceError, Priority, TurnRequest};
use trust_models::Task;
use trust_wire::{Failure, Offered, Said, Talk};

/// Tokens of an answer where the client names none, and how long one may take.
const TOKENS: u32 = 2048;
const ANSWER: Duration = Duration::from_secs(10 * 60);

impl Door {
    /// Tells the events as they come; `None` once they have been told, or where nobody waits any more.
    pub(super) fn talk(&self, id: u64, talk: Talk, cancel: &CancelToken) -> Option<Said> {
        if let Some(why) = silence(&self.assistant, Words::Auto) {
            return Some(Said::Failed(Failure::Asked, why));
        }
        let Some(loaded) = self.assistant.wait_for_model(Task::Chat, cancel) else {
            let why = silence(&self.assistant, Words::Auto).unwrap_or_else(|| "there is no model".into());
            return Some(Said::Failed(Failure::Unavailable, why)).filter(|_| !cancel.is_cancelled());
        };
        let (start, model) = (Instant::now(), loaded.model());
        let card = model.card();
        let offered = Offered { name: card.name.clone(), context: Some(card.context_length) };
        self.say(id, Said::Models(vec![offered]));
        let asked: String = talk.turn.messages.last().map(|last| last.text().to_owned()).unwrap_or_default();
        let tokens = talk.tokens.unwrap_or(TOKENS).min(card.context_length).max(1);
        let request = TurnRequest {
            turn: talk.turn,
            budget: Budget { tokens, deadline: start + ANSWER },
            priority: Priority::Chat,
            cancel: cancel.clone(),
        };
        let (mut answer, mut usage) = (String::new(), None);
        let mut failed = None;
        let ledger = Ledger::default();
        for event in ledger.during(|| model.converse(request)) {
            match event {
                Ok(event) => {
                    if let Event::Text { text, .. } = &event {
                        answer.push_str(text);
                    }
                    if let Event::Done(finish) = &event {
                        usage = Some(finish.usage);
                    }
                    self.say(id, Said::Event(event));
                }
                Err(error) => failed = Some(error),
            }
        }
        let action = if failed.is_some() { Action::Failed } else { Action::Answered };
        let told = usage.unwrap_or_default();
        audit::record(
            Entry::new(Feature::Chat, action)
                .within(self.assistant.roots().first().cloned())
                .model(Some(card.name.clone()))
                .tokens(told.prompt, told.generated)
                .took(start.elapsed())
                .sent(ledger.take())
                .said(&asked, &answer)
                .note(format!("at the door, by {}", named(&talk.client))),
        );
        self.counts.talked(told.generated);
        match failed {
            Some(error) => Some(Said::Failed(whose(&error), error.to_string())),
            None if usage.is_none() => Some(Said::Failed(Failure::Internal, "the model is gone".into())),
            None => None,
        }
    }
}

fn whose(error: &InferenceError) -> Failure {
    match error {
        InferenceError::PromptTooLong { .. }
        | InferenceError::Constraint(_)
        | InferenceError::BudgetTooSmall { .. }
        | InferenceError::NoDialect(_) => Failure::Asked,
        InferenceError::Gone => Failure::Unavailable,
        _ => Failure::Internal,
    }
}
