//! An excluded file is never completed in, and never quoted anywhere else.

use crate::workspaces::{CALL, CALL_BEGUN, CALL_REST};
use crate::{ADDEND, REPEATS, SUM};
use serde_json::json;
use trust_tests::{Client, Document, Launch, Server, Workspace};

/// Each way to exclude the file `path`: the file that says so, and what it says. None for secrets by name.
const EXCLUDED: [(&str, Option<(&str, &str)>); 8] = [
    ("secret.rs", Some((".gitignore", "secret.rs\n"))),
    ("deep/down/secret.rs", Some((".gitignore", "/deep\n"))),
    ("sub/secret.rs", Some(("sub/.gitignore", "*.rs\n"))),
    ("secret.rs", Some((".trustignore", "secret.rs\n"))),
    ("secret.rs", Some((".aiexclude", "*.rs\n"))),
    (".env", Some((".gitignore", ".env\n"))),
    (".env", None),
    ("id_rsa", None),
];

fn workspace(path: &str, rule: Option<(&str, &str)>, content: &str) -> Workspace {
    let workspace = Workspace::empty().git();
    workspace.write(path, content);
    if let Some((file, text)) = rule {
        workspace.write(file, text);
    }
    workspace
}

fn assert_quiet(server: &mut Server, document: &Document, why: &str) {
    assert_eq!(server.added(document), "", "{why}");
    assert!(server.completion(document).is_empty(), "{why}");
}

#[test]
fn an_excluded_file_gets_no_completions() {
    for (path, rule) in EXCLUDED {
        let workspace = workspace(path, rule, "old\n");
        let why = format!("{path} {rule:?}");
        for (marked, launch) in [(SUM, Launch::scripted(ADDEND)), (REPEATS, Launch::no_model())] {
            let mut server = launch.start_indexed(&Client::full(&workspace));
            let document = Document::rust(workspace.uri(path), marked);
            server.open(&document);
            assert_quiet(&mut server, &document, &why);
        }
    }
}

#[test]
fn an_excluded_file_is_not_quoted_in_others() {
    let secret = format!("fn secret() {{\n    {CALL}\n}}\n");
    for (path, rule) in EXCLUDED {
        let workspace = workspace(path, rule, &secret);
        let mut server = Launch::no_model().start_indexed(&Client::full(&workspace));
        // Open or not, it stays out.
        for open in [false, true] {
            let document = Document::rust(workspace.uri(path), &secret);
            if open {
                server.open(&document);
            }
            let place = "fn main() {\n    let channel: Channel<Message> = connect_up‸\n}\n";
            let asking = Document::rust(workspace.uri(&format!("other/main{open}.rs")), place);
            server.open(&asking);
            assert_quiet(&mut server, &asking, &format!("{path} {rule:?}, open: {open}"));
            // It would be a place of its own at which that line stands.
            server.close(&asking);
        }
    }
}

#[test]
fn what_is_cut_is_quoted_in_others_unless_its_file_is_excluded() {
    // The index knows nothing of these files: what is quoted of them was cut.
    let cases = [
        ("cut.zig", None, true),
        ("cut.zig", Some((".gitignore", "*.zig\n")), false),
        ("deep/cut.zig", Some((".trustignore", "/deep\n")), false),
        (".env", None, false),
        ("/elsewhere/cut.zig", None, false),
    ];
    for (path, rule, quoted) in cases {
        let workspace = workspace(path.trim_start_matches('/'), rule, "// Nothing of it.\n");
        let mut server = Launch::no_model().start_indexed(&Client::full(&workspace));
        let uri = if path.starts_with('/') { format!("file://{path}") } else { workspace.uri(path) };
        let cut = Document::new(uri, "zig", &format!("{CALL}\n‸kept\n"));
        server.open(&cut);
        let line = json!({"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}});
        server.change(&Document { version: cut.version + 1, ..cut }, json!([{"range": line, "text": ""}]));
        let asking = Document::rust(workspace.uri("main.rs"), CALL_BEGUN);
        server.open(&asking);
        let expected = if quoted { CALL_REST } else { "" };
        assert_eq!(server.added(&asking), expected, "{path} {rule:?}");
    }
}

#[test]
fn exclusion_by_gitignore_needs_no_repository() {
    let workspace = Workspace::with(&[(".gitignore", "secret.rs\n"), ("secret.rs", "old\n")]);
    let mut server = Launch::scripted(ADDEND).start_indexed(&Client::full(&workspace));
    let document = Document::rust(workspace.uri("secret.rs"), SUM);
    server.open(&document);
    assert_quiet(&mut server, &document, "no .git");
}

#[test]
fn a_rule_written_during_the_session_counts() {
    let workspace = Workspace::with(&[("secret.rs", "old\n")]).git();
    let mut server = Launch::scripted(ADDEND).start_indexed(&Client::full(&workspace));
    let document = Document::rust(workspace.uri("secret.rs"), SUM);
    server.open(&document);
    assert_eq!(server.added(&document), ADDEND);
    server.close(&document);
    workspace.write(".trustignore", "secret.rs\n");
    let created = serde_json::json!({"changes": [{"uri": workspace.uri(".trustignore"), "type": 1}]});
    server.notify("workspace/didChangeWatchedFiles", created);
    server.open(&document);
    server.listen(std::time::Duration::from_secs(1));
    assert_quiet(&mut server, &document, "a new rule");
}

#[test]
fn rules_and_secret_names_count_outside_the_workspace_and_under_other_schemes() {
    let workspace = Workspace::empty();
    let elsewhere =
        Workspace::with(&[(".aws/credentials", "old\n"), (".trustignore", "own.rs\n"), ("own.rs", "old\n")]);
    let mut server = Launch::scripted(ADDEND).start_indexed(&Client::full(&workspace));
    let outside = [elsewhere.uri(".aws/credentials"), elsewhere.uri("own.rs")];
    let other_scheme = workspace.uri(".env").replace("file:", "git:");
    for uri in outside.into_iter().chain([other_scheme]) {
        let document = Document::rust(uri, SUM);
        server.open(&document);
        assert_quiet(&mut server, &document, "");
    }
    let document = Document::rust(elsewhere.uri("other.rs"), SUM);
    server.open(&document);
    assert_eq!(server.added(&document), ADDEND);
}

#[test]
fn a_rule_counts_at_once_though_nobody_reports_it() {
    let shown = format!("fn shown() {{\n    {CALL}\n}}\n");
    let workspace = Workspace::with(&[("shown.rs", &shown)]).git();
    let mut server = Launch::no_model().start_indexed(&Client::full(&workspace));
    let place = "fn main() {\n    let channel: Channel<Message> = connect_up‸\n}\n";
    workspace.write(".trustignore", "shown.rs\n");
    let asking = Document::rust(workspace.uri("main.rs"), place);
    server.open(&asking);
    assert_quiet(&mut server, &asking, "a rule that the index has not heard of");
}

#[test]
fn an_old_revision_is_not_taken_for_the_file() {
    let workspace = Workspace::with(&[("kept.rs", &format!("fn kept() {{\n    {CALL}\n}}\n"))]).git();
    let mut server = Launch::no_model().start_indexed(&Client::full(&workspace));
    let revision = Document::rust(workspace.uri("kept.rs").replace("file:", "git:"), "fn before() {}\n‸");
    server.open(&revision);
    server.close(&revision);
    server.listen(std::time::Duration::from_millis(500));
    let place = "fn main() {\n    let channel: Channel<Message> = connect_up‸\n}\n";
    let asking = Document::rust(workspace.uri("main.rs"), place);
    server.open(&asking);
    assert!(!server.added(&asking).is_empty());
}
