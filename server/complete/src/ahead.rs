//! What can be done ahead, while nobody types: the answer to what is likely asked next, and a prompt that is read before
//! it is needed.

use crate::pipeline::Completer;
use crate::site::Site;
use crate::{Completion, Outcome, Query, Source};
use std::sync::Arc;
use std::time::{Duration, Instant};
use trust_index::Snapshot;
use trust_inference::{Budget, Event, FinishReason, Model, Priority, Request};

/// How long any of it may take.
const PATIENCE: Duration = Duration::from_secs(5);

impl Completer {
    /// Works ahead of the typist who stopped at `query` with `shown` before the eyes: completes what the text would be
    /// if that were accepted, and anchors the burst anew where it has drifted. Everything typed goes before it, and
    /// cancelling the query's token ends it.
    pub fn prepare(
        &self,
        query: &Query,
        shown: Option<&Completion>,
        index: &Arc<Snapshot>,
        model: Option<&dyn Model>,
    ) {
        self.memory().follow(index, model);
        let Ok(query) = self.without_secrets(query) else { return };
        let query = &*query;
        if let Some(shown) = shown {
            self.complete_as_if_accepted(query, shown, index, model);
        }
        if let Some(model) = model {
            self.anchor_anew(query, index, model);
        }
    }

    fn complete_as_if_accepted(
        &self,
        query: &Query,
        shown: &Completion,
        index: &Arc<Snapshot>,
        model: Option<&dyn Model>,
    ) {
        let mut text = query.text.clone();
        text.replace(query.offset..query.offset + shown.replaces, &shown.text);
        let deadline = Instant::now() + PATIENCE;
        let accepted = Query {
            text,
            offset: query.offset + shown.text.len(),
            deadline,
            invoked: false,
            ..query.clone()
        };
        let mut why = self.begin(&accepted);
        let outcome = self.run(&accepted, index, model, Priority::Background, Instant::now(), &mut why);
        if let Outcome::Show(completion) = outcome
            && completion.source != Source::TypeThrough
        {
            self.memory().shown.remember(&accepted, &completion);
        }
    }

    fn anchor_anew(&self, query: &Query, index: &Snapshot, model: &dyn Model) {
        let site = Site::new(query);
        let Some(reader) = self.reader(model, index, &site) else { return };
        let mut next = {
            let memory = self.memory();
            if query.cancel.is_cancelled() || !memory.burst.has_drifted(query, &site, index) {
                return;
            }
            memory.burst.released()
        };
        let prompt = next.prompt(&reader, query, &site);
        let events = model.generate(Request {
            cancel: query.cancel.clone(),
            ..Request::new(
                prompt,
                Budget { tokens: 0, deadline: Instant::now() + PATIENCE },
                Priority::Background,
            )
        });
        let end = events.into_iter().last();
        if let Some(Ok(Event::Done(finish))) = end
            && finish.reason == FinishReason::Budget
        {
            self.memory().burst = next;
            self.count(|counters| counters.ahead += 1);
        }
    }
}
