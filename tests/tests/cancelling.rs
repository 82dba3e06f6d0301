//! Every request is answered exactly once, however it is cancelled.
//!
//! The harness itself fails a test in which a second answer arrives, or one is missing in the end.

use crate::{ADDEND, SUM, code};
use serde_json::json;
use std::time::Duration;
use trust_tests::{Client, Document, Launch, Random, Server, Workspace, quiet};

/// A model that takes so many milliseconds, and nobody who gives up before.
fn slow(milliseconds: u32) -> Launch {
    let patient = ["--config", "completion.deadline=20000", "--config", "completion.deadlineInvoked=20000"];
    Launch::slow(ADDEND, milliseconds).with(&patient)
}

/// Waits until the model is asked for so many completions.
fn until_asked(server: &mut Server, count: u64) {
    server.wait_for("the model is asked", |status| status["completions"]["toModel"] == count);
}

#[test]
fn a_cancelled_request_is_answered_at_once_and_its_late_answer_is_dropped() {
    let workspace = Workspace::empty();
    // Far longer than anything is waited for here.
    let mut server = slow(120_000).start(&Client::full(&workspace));
    let document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    for asked in 1..=3 {
        let id = server.request_inline(&document);
        // There is one run at a time: that of the request before has come to its end.
        until_asked(&mut server, asked);
        server.cancel(id);
        let error = server.reply(id).unwrap_err();
        assert_eq!(error.code, code::CANCELLED, "{error:?}");
    }
}

#[test]
fn cancelling_what_is_answered_or_was_never_asked_changes_nothing() {
    let workspace = Workspace::empty();
    let mut server = Launch::scripted(ADDEND).start(&Client::full(&workspace));
    let document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    let id = server.request_inline(&document);
    assert_eq!(server.inline_items(id, &document)[0].added, ADDEND);
    server.cancel(id);
    server.cancel(1 << 30);
    server.notify("$/cancelRequest", json!({"id": "no such request"}));
    assert_eq!(server.added(&document), ADDEND);
    server.call("trust/status", json!({}));
}

#[test]
fn three_hundred_requests_under_random_cancels_have_one_answer_each() {
    let workspace = Workspace::empty();
    let mut server = Launch::slow(ADDEND, 10).start(&Client::full(&workspace));
    let mut random = Random::new(300);
    let documents: Vec<Document> =
        (0..5).map(|number| Document::rust(workspace.uri(&format!("{number}.rs")), SUM)).collect();
    documents.iter().for_each(|document| server.open(document));
    let mut requests = Vec::new();
    let mut cancelled = Vec::new();
    for _ in 0..300 {
        let document = random.pick(&documents);
        let id = match random.below(3) {
            0 => server.request("trust/debug/text", json!({"uri": document.uri})),
            1 => server.request("textDocument/completion", document.here(server.encoding())),
            _ => server.request_inline(document),
        };
        requests.push(id);
        if random.once_in(2) {
            let id = *random.pick(&requests);
            cancelled.push(id);
            server.cancel(id);
        }
        if random.once_in(20) {
            server.listen(Duration::from_millis(15));
        }
    }
    for id in requests {
        if let Err(error) = server.reply(id) {
            assert_eq!(error.code, code::CANCELLED, "{error:?}");
            assert!(cancelled.contains(&id), "request {id} was never cancelled");
        }
    }
}

#[test]
fn a_newer_request_in_a_document_supersedes_the_older_one_quietly() {
    let workspace = Workspace::empty();
    let mut server = slow(3000).start(&Client::full(&workspace));
    let mut document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    let first = server.request_inline(&document);
    until_asked(&mut server, 1);
    server.type_text(&mut document, "r");
    let second = server.request_inline(&document);
    let reply = server.reply(first);
    assert!(quiet(&reply), "{reply:?}");
    // The newer one runs to its end, which is later.
    assert!(server.is_open(second), "the older one waited for it");
    server.inline_items(second, &document);
}

#[test]
fn a_newer_request_takes_over_what_is_being_written() {
    // What is typed meanwhile, whether the client cancels the older request, what is shown, and what is taken over.
    let cases = [("r", false, "ight", 1), ("r", true, "ight", 1), ("rig", true, "ht", 1), ("0", true, "", 0)];
    for (typed, cancels, shown, taken_over) in cases {
        let workspace = Workspace::empty();
        let mut server = slow(2000).start(&Client::full(&workspace));
        let mut document = Document::rust(workspace.uri("a.rs"), SUM);
        server.open(&document);
        let first = server.request_inline(&document);
        until_asked(&mut server, 1);
        server.type_text(&mut document, typed);
        if cancels {
            server.cancel(first);
            assert_eq!(server.reply(first).unwrap_err().code, code::CANCELLED);
            // As editors do that wait for the typist's pause.
            server.listen(Duration::from_millis(100));
        }
        let second = server.request_inline(&document);
        if !cancels {
            let reply = server.reply(first);
            assert!(quiet(&reply), "{reply:?}");
        }
        let items = server.inline_items(second, &document);
        let added = items.first().map_or("", |item| item.added.as_str());
        assert!(added == shown || taken_over == 0, "{typed:?}: {added:?}");
        let completions = server.call("trust/status", json!({}))["completions"].clone();
        assert_eq!(completions["takenOver"], json!(taken_over), "{typed:?} {completions}");
        assert_eq!(completions["toModel"], json!(2 - taken_over), "{typed:?} {completions}");
    }
}

#[test]
fn a_request_in_one_document_leaves_those_in_others_alone() {
    let workspace = Workspace::empty();
    let mut server = Launch::slow(ADDEND, 300).start(&Client::full(&workspace));
    let documents = ["a.rs", "b.rs"].map(|name| Document::rust(workspace.uri(name), SUM));
    documents.iter().for_each(|document| server.open(document));
    let ids = [0, 1].map(|index: usize| server.request_inline(&documents[index]));
    for (id, document) in ids.into_iter().zip(&documents) {
        assert_eq!(server.inline_items(id, document)[0].added, ADDEND);
    }
}
