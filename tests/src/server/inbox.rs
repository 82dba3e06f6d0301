//! What the server sends: judged as it arrives, and kept until a test asks for it.

use super::{Server, WAIT};
use crate::RpcError;
use crate::envelope::{Message, open};
use crate::oracle;
use crate::pipes::Output;
use serde_json::Value;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

/// Requests of the server that are answered as they arrive: with null, or the client's settings of each section.
const ROUTINE: [&str; 3] =
    ["window/workDoneProgress/create", "client/registerCapability", "workspace/configuration"];

impl Server {
    /// The parameters of the next notification `method`.
    pub fn expect_notification(&mut self, method: &str) -> Value {
        self.expect(method, |message| match message {
            Message::Notification { method: name, params } if name == method => {
                Some(params.clone().unwrap_or_default())
            }
            _ => None,
        })
    }

    /// The parameters of all notifications `method` that have arrived and were not asked for yet.
    pub fn notifications(&mut self, method: &str) -> Vec<Value> {
        let (found, left) = std::mem::take(&mut self.unread).into_iter().partition(
            |message| matches!(message, Message::Notification { method: name, .. } if name == method),
        );
        self.unread = left;
        let params = |message| match message {
            Message::Notification { params, .. } => params,
            _ => None,
        };
        std::collections::VecDeque::into_iter(found).filter_map(params).collect()
    }

    /// The parameters of all requests `method` that have arrived and were not asked for yet; they stay to be answered.
    pub fn requests(&self, method: &str) -> Vec<Value> {
        let params = |message: &Message| match message {
            Message::Request { method: name, params, .. } if name == method => {
                Some(params.clone().unwrap_or_default())
            }
            _ => None,
        };
        self.unread.iter().filter_map(params).collect()
    }

    /// The next request `method` from the server: its id, for [`Self::answer`], and its parameters.
    pub fn expect_request(&mut self, method: &str) -> (Value, Value) {
        self.expect(method, |message| match message {
            Message::Request { id, method: name, params } if name == method => {
                Some((id.clone(), params.clone().unwrap_or_default()))
            }
            _ => None,
        })
    }

    /// The next error that answers no request in particular.
    pub fn expect_orphan(&mut self) -> RpcError {
        self.expect("an error without id", |message| match message {
            Message::Response { outcome: Err(error), .. } => Some(error.clone()),
            _ => None,
        })
    }

    fn expect<T>(&mut self, what: &str, pick: impl Fn(&Message) -> Option<T>) -> T {
        let deadline = Instant::now() + WAIT;
        loop {
            let found =
                self.unread.iter().enumerate().find_map(|(index, message)| Some((index, pick(message)?)));
            if let Some((index, picked)) = found {
                self.unread.remove(index);
                return picked;
            }
            assert!(self.receive(deadline), "no {what} within {WAIT:?}");
        }
    }

    /// Takes what arrives in the next `duration`.
    pub fn listen(&mut self, duration: Duration) {
        let deadline = Instant::now() + duration;
        while self.receive(deadline) {}
    }

    /// Takes one message; false where none came before `deadline` or the output ended.
    pub(super) fn receive(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.output.recv_timeout(left) {
            Ok(Output::Message(body)) => self.arrived(&body),
            Ok(Output::Broken(what)) => panic!("on stdout: {what}"),
            Err(RecvTimeoutError::Timeout) => return false,
            Err(RecvTimeoutError::Disconnected) if self.ended => return false,
            Err(RecvTimeoutError::Disconnected) => panic!("the server closed its output"),
        }
        true
    }

    fn arrived(&mut self, body: &[u8]) {
        let text = String::from_utf8_lossy(body);
        self.heard.push_str(&text);
        self.heard.push('\n');
        let message = open(body).unwrap_or_else(|what| panic!("{what} in {text}"));
        let verdict = match &message {
            Message::Response { id, outcome } => {
                let Some(id) = id.as_i64() else {
                    assert!(id.is_null() && outcome.is_err(), "an answer to no request: {text}");
                    return self.unread.push_back(message);
                };
                let method = self.asked.remove(&id);
                let method =
                    method.unwrap_or_else(|| panic!("a second answer, or one to no request: {text}"));
                let verdict = outcome.as_ref().map_or(Ok(()), |result| oracle::check_result(&method, result));
                self.answered.insert(id, outcome.clone());
                verdict
            }
            Message::Notification { method, params } => {
                assert!(self.admits(method), "the client cannot read this: {text}");
                oracle::check_notification(method, params.as_ref())
            }
            Message::Request { method, params, .. } => {
                assert!(self.admits(method), "the client cannot answer this: {text}");
                oracle::check_request(method, params.as_ref())
            }
        };
        verdict.unwrap_or_else(|what| panic!("a message that breaks the protocol: {what}\nin {text}"));
        match message {
            Message::Response { .. } => {}
            // What any session may bring, and a test has nothing to decide about.
            Message::Request { id, method, params } if ROUTINE.contains(&method.as_str()) => {
                let sections = params.as_ref().and_then(|params| params["items"].as_array());
                let settings = |item: &Value| {
                    let section = item["section"].as_str().unwrap_or_default();
                    self.settings.get(section).cloned().unwrap_or_default()
                };
                let answer = sections.map(|items| items.iter().map(settings).collect());
                // Whoever has left hears no answer.
                if !self.ended {
                    self.answer(&id, answer.unwrap_or_default());
                }
            }
            other => self.unread.push_back(other),
        }
    }

    fn admits(&self, method: &str) -> bool {
        self.client.as_ref().is_none_or(|client| client.admits(method))
    }
}
