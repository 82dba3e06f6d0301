//! Typing never waits for a model. The bounds are wide: they tell "at once" from "after the model".

use crate::{ADDEND, SUM, code};
use std::time::{Duration, Instant};
use trust_tests::{Client, Document, Launch, Workspace, quiet};

const AT_ONCE: Duration = Duration::from_secs(2);

#[test]
fn four_slow_inferences_do_not_delay_edits_or_cancels() {
    let workspace = Workspace::empty();
    // Nobody gives up before: a busy machine needed longer than that for the edits.
    let launch = Launch::slow(ADDEND, 5000).with(&["--config", "completion.deadline=20000"]);
    let mut server = launch.start(&Client::full(&workspace));
    let mut documents: Vec<Document> =
        (0..5).map(|number| Document::rust(workspace.uri(&format!("{number}.rs")), SUM)).collect();
    documents.iter().for_each(|document| server.open(document));
    let hanging: Vec<i64> = documents[..4].iter().map(|document| server.request_inline(document)).collect();
    // What is typed from now on cannot be copied by the one that runs.
    server.wait_for("the model is asked", |status| status["completions"]["toModel"] == 1);

    let start = Instant::now();
    for _ in 0..50 {
        server.type_text(&mut documents[4], "x");
    }
    let last = documents[4].clone();
    assert_eq!(server.text_of(&last), (Some(51), last.text.clone()));
    server.type_text(&mut documents[0], "y");
    let first = documents[0].clone();
    assert_eq!(server.text_of(&first), (Some(2), first.text.clone()));
    assert!(start.elapsed() < AT_ONCE, "edits took {:?}", start.elapsed());

    let start = Instant::now();
    for &id in &hanging {
        server.cancel(id);
    }
    for id in hanging {
        let reply = server.reply(id);
        // An edit may have ended the one in its document before the cancel did.
        let cancelled = reply.as_ref().is_err_and(|error| error.code == code::CANCELLED);
        assert!(cancelled || quiet(&reply), "{reply:?}");
    }
    assert!(start.elapsed() < AT_ONCE, "cancelling took {:?}", start.elapsed());
}

#[test]
fn a_hundred_keys_with_a_request_each_cost_about_one_inference() {
    let workspace = Workspace::empty();
    let mut server = Launch::slow(ADDEND, 300).start(&Client::full(&workspace));
    let mut document = Document::rust(workspace.uri("a.rs"), "fn main() {\n    let value = ‸\n}\n");
    server.open(&document);
    let start = Instant::now();
    let mut requests = Vec::new();
    for _ in 0..100 {
        server.type_text(&mut document, "a");
        requests.push(server.request_inline(&document));
    }
    for id in requests {
        let reply = server.reply(id);
        assert!(reply.is_ok(), "{reply:?}");
    }
    // One after the other they would take 30 s.
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}
