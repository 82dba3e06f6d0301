//! Changes on disk are seen, whether the client watches files or the server has to.

use serde_json::json;
use std::path::Path;
use std::process::{Command, Stdio};
use trust_tests::{Client, Launch, Server, Workspace};

fn wait_for_files(server: &mut Server, count: u64, what: &str) {
    server.wait_for(what, |status| {
        status["index"]["state"] == "ready" && status["index"]["files"].as_u64() == Some(count)
    });
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@t"]).args(arguments).current_dir(folder);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    assert!(command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success(), "{arguments:?}");
}

/// A repository with one file on the branch `main`, three on `more`.
fn repository() -> Workspace {
    let workspace = Workspace::with(&[("a.rs", "fn a() {}\n"), (".gitignore", "out/\n")]);
    git(workspace.root(), &["init", "-q", "-b", "main"]);
    git(workspace.root(), &["add", "-A"]);
    git(workspace.root(), &["commit", "-q", "-m", "one"]);
    git(workspace.root(), &["checkout", "-q", "-b", "more"]);
    workspace.write("deep/down/b.rs", "fn b() {}\n");
    workspace.write("deep/c.rs", "fn c() {}\n");
    git(workspace.root(), &["add", "-A"]);
    git(workspace.root(), &["commit", "-q", "-m", "two"]);
    git(workspace.root(), &["checkout", "-q", "main"]);
    workspace
}

#[test]
fn without_a_client_that_watches_the_server_does() {
    let workspace = repository();
    // This client says nothing of watching files.
    let mut server = Launch::no_model().start_indexed(&Client::full(&workspace));
    wait_for_files(&mut server, 1, "the first build");
    workspace.write("new/folder/d.rs", "fn d() {}\n");
    wait_for_files(&mut server, 2, "a file in new folders");
    workspace.write("out/no.rs", "fn no() {}\n");
    workspace.write("new/folder/e.rs", "fn e() {}\n");
    wait_for_files(&mut server, 3, "a file in a folder that was new");
    std::fs::remove_dir_all(workspace.path("new")).unwrap();
    wait_for_files(&mut server, 1, "a folder removed");
    git(workspace.root(), &["checkout", "-q", "more"]);
    wait_for_files(&mut server, 3, "a checkout");
    git(workspace.root(), &["checkout", "-q", "main"]);
    wait_for_files(&mut server, 1, "a checkout back");
}

#[test]
fn a_client_that_watches_is_believed_and_a_checkout_is_seen_with_its_next_word() {
    let workspace = repository();
    let watching = Client::full(&workspace)
        .with("/capabilities/workspace/didChangeWatchedFiles", json!({"dynamicRegistration": true}));
    let mut server = Launch::no_model().start_indexed(&watching);
    git(workspace.root(), &["checkout", "-q", "more"]);
    // The client tells of one file; that HEAD moved is seen then.
    let changes = json!({"changes": [{"uri": workspace.uri("deep/c.rs"), "type": 1}]});
    server.notify("workspace/didChangeWatchedFiles", changes);
    wait_for_files(&mut server, 3, "all files of the other branch");
}

#[test]
fn a_folder_added_later_is_watched_too() {
    let (workspace, later) = (Workspace::empty(), Workspace::with(&[("a.rs", "fn a() {}\n")]));
    let mut server = Launch::no_model().start_indexed(&Client::full(&workspace));
    let added = json!([{"uri": later.uri(""), "name": "later"}]);
    server.notify("workspace/didChangeWorkspaceFolders", json!({"event": {"added": added, "removed": []}}));
    wait_for_files(&mut server, 1, "the added folder");
    later.write("sub/b.rs", "fn b() {}\n");
    wait_for_files(&mut server, 2, "a file in it");
}
