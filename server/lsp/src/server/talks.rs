//! The conversations of a session. One is answered a question at a time; a question that comes meanwhile waits for its turn.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use trust_assist::chat::Conversation;
use trust_inference::CancelToken;

/// How many are kept; the one unused for longest goes.
const MOST: usize = 32;
/// How soon a question that waits notices that nobody wants it any more.
const STEP: Duration = Duration::from_millis(20);

#[derive(Default)]
pub struct Talks {
    state: Mutex<State>,
    free: Condvar,
}

#[derive(Default)]
struct State {
    begun: usize,
    /// The one used last at the end. `None` while a question is answered in it, and before the first.
    talks: VecDeque<(String, Talk)>,
}

enum Talk {
    New,
    Busy,
    Free(Box<Conversation>),
}

impl Talks {
    /// The id of a new conversation.
    pub fn begin(&self) -> String {
        let mut state = self.lock();
        state.begun += 1;
        let id = crate::chat::name("chat", state.begun);
        while state.talks.len() >= MOST {
            let Some(oldest) = state.talks.iter().position(|(_, talk)| !matches!(talk, Talk::Busy)) else {
                break;
            };
            state.talks.remove(oldest);
        }
        state.talks.push_back((id.clone(), Talk::New));
        id
    }

    pub fn holds(&self, id: &str) -> bool {
        self.lock().talks.iter().any(|(known, _)| known == id)
    }

    /// Runs `work` on the conversation, which `new` makes where it is the first time; `None` where it is gone, or nobody
    /// waits any more. Blocks while another question is answered in it.
    pub fn within<T>(
        &self,
        id: &str,
        cancel: &CancelToken,
        new: impl FnOnce() -> Conversation,
        work: impl FnOnce(&mut Conversation) -> T,
    ) -> Option<T> {
        let taken = self.take(id, cancel)?;
        // Whatever happens in between, the conversation is there again.
        let mut borrowed = Borrowed { talks: self, id, talk: taken.unwrap_or_else(|| Box::new(new())) };
        Some(work(&mut borrowed.talk))
    }

    fn take(&self, id: &str, cancel: &CancelToken) -> Option<Option<Box<Conversation>>> {
        let mut state = self.lock();
        loop {
            let at = state.talks.iter().position(|(known, _)| known == id)?;
            if cancel.is_cancelled() {
                return None;
            }
            let (id, talk) = state.talks.remove(at)?;
            let (taken, waits) = match talk {
                Talk::New => (None, false),
                Talk::Free(talk) => (Some(talk), false),
                Talk::Busy => (None, true),
            };
            state.talks.push_back((id, Talk::Busy));
            if !waits {
                return Some(taken);
            }
            state = self.free.wait_timeout(state, STEP).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Borrowed<'a> {
    talks: &'a Talks,
    id: &'a str,
    talk: Box<Conversation>,
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        let mut state = self.talks.lock();
        if let Some((_, talk)) = state.talks.iter_mut().find(|(known, _)| known == self.id) {
            *talk = Talk::Free(self.talk.clone());
        }
        self.talks.free.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversations_are_kept_taken_in_turn_and_the_oldest_goes() {
        let talks = Talks::default();
        let cancel = CancelToken::new();
        let new = || Conversation::new("a", &[]);
        let id = talks.begin();
        let second = crate::chat::name("chat", 2);
        assert_eq!(talks.within(&id, &cancel, new, |talk| talk.system.push('!')), Some(()));
        assert_eq!(talks.within(&id, &cancel, new, |talk| talk.system.ends_with('!')), Some(true));
        assert_eq!(talks.within("chat-9", &cancel, new, |_| ()), None);
        // Two at once: the second waits, and is given up when nobody wants it.
        let given_up = CancelToken::new();
        talks.within(&id, &cancel, new, |_| {
            given_up.cancel();
            assert_eq!(talks.within(&id, &given_up, new, |_| ()), None);
            (0..MOST + 3).for_each(|_| drop(talks.begin()));
        });
        assert!(talks.holds(&id), "what is answered stays");
        assert!(!talks.holds(&second) && talks.lock().talks.len() <= MOST);
    }
}
