//! A long build shows its progress, and ends when the client says so.

use serde_json::{Value, json};
use std::time::Duration;
use trust_tests::{Client, Launch, Server, Workspace};

const FILES: usize = 1_500;

fn large() -> Workspace {
    let workspace = Workspace::empty();
    for file in 0..FILES {
        let text = format!(
            "pub struct Row{file} {{ cells: Vec<u8> }}\nfn sum_{file}(row: &Row{file}) {{ row.len(); }}\n"
        );
        workspace.write(&format!("{}/{file}.rs", file % 40), text.repeat(60));
    }
    workspace
}

fn start(workspace: &Workspace) -> Server {
    let mut server = Launch::no_model().progress_after(0).spawn();
    server.initialize(&Client::full(workspace));
    server
}

/// The next word on progress: token, kind, and the rest.
fn next(server: &mut Server) -> (Value, String, Value) {
    let progress = server.expect_notification("$/progress");
    let kind = progress["value"]["kind"].as_str().unwrap().to_owned();
    (progress["token"].clone(), kind, progress["value"].clone())
}

#[test]
fn a_long_build_counts_its_files() {
    let workspace = large();
    let mut server = start(&workspace);
    let (token, kind, begin) = next(&mut server);
    assert_eq!((kind.as_str(), &begin["cancellable"]), ("begin", &json!(true)), "{begin}");
    let mut last = 0;
    loop {
        let (own, kind, value) = next(&mut server);
        assert_eq!(own, token);
        let message = value["message"].as_str().unwrap_or_default();
        if kind == "end" {
            assert!(message.starts_with(&format!("{FILES} files, ")), "{value}");
            break;
        }
        let counts = message == "looking for files" || message.ends_with(&format!(" of {FILES} files"));
        let percent = value["percentage"].as_u64().unwrap();
        assert!(kind == "report" && counts && (last..=100).contains(&percent), "{value} after {last}");
        last = percent;
    }
}

#[test]
fn a_build_that_the_client_cancels_ends_and_the_status_says_so() {
    let workspace = large();
    let mut server = start(&workspace);
    let (token, kind, _) = next(&mut server);
    assert_eq!(kind, "begin");
    // Another's token means nothing here.
    server.notify("window/workDoneProgress/cancel", json!({"token": "trust-index-999"}));
    server.notify("window/workDoneProgress/cancel", json!({"token": token}));
    let end = loop {
        let (_, kind, value) = next(&mut server);
        if kind == "end" {
            break value;
        }
    };
    assert!(end["message"].as_str().unwrap().starts_with("cancelled"), "{end}");
    let status = server.call("trust/status", json!({}));
    assert_eq!(status["index"]["state"], "cancelled", "{status}");
    // The next look at all files completes it.
    workspace.write(".gitignore", "");
    let changes = json!({"changes": [{"uri": workspace.uri(".gitignore"), "type": 1}]});
    server.notify("workspace/didChangeWatchedFiles", changes);
    server.wait_for("the whole", |status| {
        status["index"]["state"] == "ready" && status["index"]["files"] == FILES
    });
}

#[test]
fn short_builds_and_clients_without_progress_are_left_alone() {
    let workspace = Workspace::with(&[("a.rs", "fn a() {}\n")]);
    let without = Client::full(&workspace).without("/capabilities/window/workDoneProgress");
    for (launch, client) in [
        (Launch::no_model(), Client::full(&workspace)),
        // The harness fails the test if the server asks this client to show progress.
        (Launch::no_model().progress_after(0), without),
    ] {
        let mut server = launch.start_indexed(&client);
        server.listen(Duration::from_millis(300));
        server.notify("window/workDoneProgress/cancel", json!({"token": 7}));
        assert_eq!(server.call("trust/status", json!({}))["index"]["state"], "ready");
    }
}
