//! Workspaces of every kind: none, one that is not there, one shared by two servers.

use crate::{ADDEND, SUM};
use serde_json::json;
use trust_tests::{Client, Document, Launch, Workspace};

/// Long enough to be shown on the word of the copy predictor alone.
pub const CALL: &str = "let channel: Channel<Message> = connect_upstream(&settings.address, Retry::Forever);";
pub const CALL_BEGUN: &str = "fn main() {\n    let channel: Channel<Message> = connect_up‸\n}\n";
pub const CALL_REST: &str = "stream(&settings.address, Retry::Forever);";

#[test]
fn without_a_folder_open_files_complete() {
    let workspace = Workspace::empty();
    let mut server = Launch::scripted(ADDEND).start(&Client::without_folder());
    let document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    assert_eq!(server.added(&document), ADDEND);
}

#[test]
fn a_folder_that_does_not_exist_is_no_obstacle() {
    let workspace = Workspace::empty();
    for uri in [workspace.uri("no/such/folder"), "file:///".to_string() + "\u{7f}", "untitled:folder".into()]
    {
        let client = Client::without_folder().folder(&uri);
        let mut server = Launch::scripted(ADDEND).start(&client);
        let document = Document::rust(workspace.uri("a.rs"), SUM);
        server.open(&document);
        assert_eq!(server.added(&document), ADDEND, "{uri}");
    }
}

#[test]
fn what_other_files_of_the_folder_say_is_proposed() {
    let other = format!("fn other() {{\n    {CALL}\n}}\n");
    let workspace = Workspace::with(&[("other.rs", &other)]);
    let mut server = Launch::no_model().start_indexed(&Client::full(&workspace));
    let document = Document::rust(workspace.uri("main.rs"), CALL_BEGUN);
    server.open(&document);
    assert_eq!(server.added(&document), CALL_REST);
}

#[test]
fn two_servers_share_a_workspace_and_a_cache() {
    let other = format!("fn other() {{\n    {CALL}\n}}\n");
    let workspace = Workspace::with(&[("other.rs", &other)]);
    let launch = Launch::no_model();
    let client = Client::full(&workspace);
    let mut servers = [launch.start(&client), launch.start(&client)];
    for server in &mut servers {
        server.wait_for("the index", |status| status["index"]["state"] == "ready");
        let document = Document::rust(workspace.uri("main.rs"), CALL_BEGUN);
        server.open(&document);
        assert_eq!(server.added(&document), CALL_REST);
    }
}

#[test]
fn a_folder_added_later_is_indexed() {
    let other = format!("fn other() {{\n    {CALL}\n}}\n");
    let workspace = Workspace::with(&[("other.rs", &other)]);
    let mut server = Launch::no_model().start(&Client::without_folder());
    let added = json!([{"uri": workspace.uri(""), "name": "later"}]);
    server.notify("workspace/didChangeWorkspaceFolders", json!({"event": {"added": added, "removed": []}}));
    let indexed =
        |status: &serde_json::Value| status["index"]["state"] == "ready" && status["index"]["files"] == 1;
    server.wait_for("the added folder", indexed);
    let document = Document::rust(workspace.uri("main.rs"), CALL_BEGUN);
    server.open(&document);
    assert_eq!(server.added(&document), CALL_REST);
}

#[test]
fn names_with_spaces_and_signs_are_one_file_each() {
    let other = format!("fn other() {{\n    {CALL}\n}}\n");
    let workspace = Workspace::with(&[("with space/größe #1 100%.rs", &other)]);
    let mut server = Launch::no_model().start_indexed(&Client::full(&workspace));
    let uri = format!("{}/with%20space/gr%C3%B6%C3%9Fe%20%231%20100%25.rs", workspace.uri(""));
    let document = Document::rust(uri, CALL_BEGUN);
    server.open(&document);
    // The only other place with this line is the same file as it was on disk: not a second source.
    assert_eq!(server.added(&document), "");
}

/// Editors name the folder of a file that is opened alone, which is the home folder where `~/notes.py` is.
#[test]
fn the_home_folder_and_what_holds_it_are_no_workspaces() {
    let other = format!("fn other() {{\n    {CALL}\n}}\n");
    for (folder, shown) in [("", ""), ("..", ""), ("shop", CALL_REST)] {
        let launch = Launch::no_model();
        let home = launch.home(folder);
        std::fs::create_dir_all(&home).unwrap();
        // Of what holds the home folder, nothing is written.
        let place = if folder == ".." { launch.home("") } else { home.clone() };
        std::fs::write(place.join("other.rs"), &other).unwrap();
        let root = format!("file://{}", home.canonicalize().unwrap().display());
        for later in [false, true] {
            let client = Client::without_folder();
            let mut server = launch.start(&if later { client } else { client.folder(&root) });
            if later {
                let event = json!({"event": {"added": [{"uri": root, "name": "home"}], "removed": []}});
                server.notify("workspace/didChangeWorkspaceFolders", event);
            }
            if !shown.is_empty() {
                server.wait_for("the index", |status| {
                    status["index"]["state"] == "ready" && status["index"]["files"] == 1
                });
            }
            let document = Document::rust(format!("file://{}/main.rs", place.display()), CALL_BEGUN);
            server.open(&document);
            assert_eq!(server.added(&document), shown, "{root} {later}");
        }
    }
}
