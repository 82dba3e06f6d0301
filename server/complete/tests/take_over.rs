//! A newer query takes over what the model is writing, token by token, where that is what was typed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "the helpers of tests may fail them"
)]

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use trust_complete::{Completer, Outcome, Query, Quiet};
use trust_index::{Index, IndexOptions};
use trust_inference::{
    CancelToken, Completion, Event, FimLayout, Finish, FinishReason, InferenceError, Model, ModelCard,
    Request, Usage,
};
use trust_text::Text;

type Written = Result<Event, InferenceError>;

/// Writes what the test has it write, when it does.
struct Dictated {
    card: ModelCard,
    requests: Mutex<Vec<(Request, Sender<Written>)>>,
}

impl Model for Dictated {
    fn card(&self) -> &ModelCard {
        &self.card
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.len().div_ceil(4)
    }

    fn generate(&self, request: Request) -> Receiver<Written> {
        let (sender, receiver) = channel();
        self.requests.lock().unwrap().push((request, sender));
        receiver
    }
}

impl Dictated {
    fn new() -> Self {
        let fim = Some(FimLayout::Spm);
        let card = ModelCard { name: "dictated".into(), parameters: 1, context_length: 1024, fim };
        Self { card, requests: Mutex::default() }
    }

    fn asked(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    fn wait_for(&self, requests: usize) {
        let start = Instant::now();
        while self.asked() < requests {
            assert!(start.elapsed() < Duration::from_secs(10), "{requests} requests");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Has it write on in its last request, in pieces, and end with `reason`. Whoever is gone hears nothing.
    fn write(&self, pieces: &[&str], reason: Option<FinishReason>) {
        let requests = self.requests.lock().unwrap();
        let (_, sender) = requests.last().unwrap();
        for piece in pieces {
            let _ = sender.send(Ok(Event::Text { text: (*piece).into(), logprob: -0.01, tokens: 1 }));
        }
        if let Some(reason) = reason {
            let usage = Usage { prefilled: 7, ..Usage::default() };
            let completion = Completion::Natural;
            let finish = Finish { reason, completion, logprob: 0.0, others: Vec::new(), usage };
            let _ = sender.send(Ok(Event::Done(finish)));
        }
    }

    fn is_given_up(&self, request: usize) -> bool {
        self.requests.lock().unwrap()[request].0.cancel.is_cancelled()
    }
}

fn query(marked: &str) -> Query {
    let (before, after) = marked.split_once('|').unwrap();
    Query {
        path: "/p/open.rs".into(),
        relative: "open.rs".into(),
        repository: "p".into(),
        language: Some(trust_grammars::Language::Rust),
        text: Text::new(&format!("{before}{after}")),
        offset: before.len(),
        invoked: false,
        may_replace: false,
        deadline: Instant::now() + Duration::from_secs(20),
        cancel: CancelToken::new(),
        superseded: CancelToken::new(),
        edited: Vec::new(),
    }
}

fn index() -> Index {
    let index = Index::start(IndexOptions { roots: Vec::new(), cache: None, on_state: Box::new(|_| ()) });
    assert!(index.wait_ready(Duration::from_secs(10)));
    index
}

/// Written before the keys and after them, why it ended, what was typed, and what is shown then: without a second
/// request, or with one.
type Case<'a> = (&'a [&'a str], &'a [&'a str], FinishReason, &'a str, Result<&'a str, ()>);

#[test]
fn what_is_typed_is_compared_with_what_is_written() {
    use FinishReason::*;
    let line = "fn sum(alpha: i32, beta: i32) -> i32 {\n    alpha + |\n}\n";
    let block = "fn f(ready: bool) {\n    if ready {\n        |\n    }\n}\n";
    let cases: [(&str, Case); 9] = [
        (line, (&["bet"], &["a"], Stop, "be", Ok("ta"))),
        (line, (&[], &["bet", "a"], Stop, "be", Ok("ta"))),
        (line, (&["b"], &["eta"], EndOfText, "bet", Ok("a"))),
        (line, (&["beta"], &[], Stop, "", Ok("beta"))),
        (line, (&["bet"], &[], Stop, "al", Err(()))),
        (line, (&["b"], &["oth"], Stop, "be", Err(()))),
        (line, (&["b"], &[], EndOfText, "be", Err(()))),
        (line, (&["beta"], &[], Cancelled, "be", Err(()))),
        (block, (&["go"], &["();\n", "        on();"], Stop, "g", Ok("o();"))),
    ];
    let index = index();
    for (marked, (before, after, reason, typed, expected)) in cases {
        let (model, completer, snapshot) = (Dictated::new(), Completer::default(), index.snapshot());
        let (older, newer) = (query(marked), query(&marked.replace('|', &format!("{typed}|"))));
        let complete = |query: &Query| completer.complete(query, &snapshot, Some(&model));
        let (first, second) = std::thread::scope(|scope| {
            let first = scope.spawn(|| complete(&older));
            model.wait_for(1);
            model.write(before, None);
            older.superseded.cancel();
            let first = first.join().unwrap();
            assert!(!model.is_given_up(0), "{typed:?}");
            let second = scope.spawn(|| complete(&newer));
            model.write(after, Some(reason));
            if expected.is_err() {
                model.wait_for(2);
                assert!(model.is_given_up(0), "{typed:?}");
                model.write(&["gamma"], Some(Stop));
            }
            (first, second.join().unwrap())
        });
        assert_eq!(first, Outcome::Quiet(Quiet::Cancelled));
        let Outcome::Show(shown) = second else { panic!("{typed:?}: {second:?}") };
        assert_eq!(shown.text, expected.unwrap_or("gamma"), "{typed:?}");
        let counters = completer.counters();
        let taken = u64::from(expected.is_ok());
        assert_eq!((counters.queries, counters.taken_over), (2, taken), "{typed:?}");
        assert_eq!((model.asked(), counters.to_model), (2 - taken as usize, 2 - taken), "{typed:?}");
        assert_eq!(completer.why().unwrap().contains("begun before the last key"), expected.is_ok());
    }
}

#[test]
fn what_nobody_takes_over_ends() {
    let place = "fn sum(alpha: i32, beta: i32) -> i32 {\n    alpha + |\n}\n";
    // By what is asked next.
    let cases = [
        ("elsewhere", query("fn f() {\n    |\n}\n")),
        ("where nothing is shown", query(&place.replace('|', "b|eta"))),
        ("by somebody who wants to see more", Query { invoked: true, ..query(place) }),
    ];
    let index = index();
    for (what, next) in cases {
        let (model, completer, snapshot) = (Dictated::new(), Completer::default(), index.snapshot());
        let older = query(place);
        std::thread::scope(|scope| {
            scope.spawn(|| completer.complete(&older, &snapshot, Some(&model)));
            model.wait_for(1);
            older.superseded.cancel();
        });
        assert!(!model.is_given_up(0));
        next.cancel.cancel();
        completer.complete(&next, &snapshot, Some(&model));
        assert!(model.is_given_up(0), "{what}");
    }
}

#[test]
fn a_superseded_query_that_has_not_asked_yet_asks_nothing() {
    let (model, completer, index) = (Dictated::new(), Completer::default(), index());
    let older = query("fn f() {\n    |\n}\n");
    older.superseded.cancel();
    let outcome = completer.complete(&older, &index.snapshot(), Some(&model));
    assert_eq!((outcome, model.asked()), (Outcome::Quiet(Quiet::Cancelled), 0));
}
