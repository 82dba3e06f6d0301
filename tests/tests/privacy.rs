//! The right to open sockets is taken from the server, from every command and from what they start; and what is said of it.

use serde_json::{Value, json};
use trust_tests::{Client, Document, Launch, Workspace, command};

use crate::{ADDEND, SUM};

/// Exit code, and the answer as JSON.
fn told(home: &Workspace, arguments: &[&str]) -> (i32, Value) {
    let mut command = command(home.root());
    let output =
        command.args(["privacy"]).args(arguments).arg("--json").current_dir(home.root()).output().unwrap();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn the_mode_is_told_with_its_origin_and_the_strictest_holds() {
    let home = Workspace::empty();
    home.write("config/trust-lsp/config.toml", "adapt = true\nprivacy = \"open\"\n");
    let (code, status) = told(&home, &["status"]);
    let beside = json!(["trust-net beside it"]);
    assert_eq!((code, &status["mode"], &status["couldLeave"]), (0, &json!("open"), &beside));
    assert_eq!((&status["origin"]["layer"], &status["origin"]["line"]), (&json!("user"), &json!(2)));
    let (_, status) = told(&home, &["status", "--config", "privacy=strict"]);
    assert_eq!((&status["mode"], &status["origin"]["layer"]), (&json!("strict"), &json!("session")));
    assert_eq!(status["couldLeave"], json!([]));
    let mut command = command(home.root());
    let output = command.args(["privacy", "status"]).current_dir(home.root()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.starts_with("mode     open (user: ") && text.contains("engines that you configured"),
        "{text}"
    );
}

#[test]
fn whoever_tries_from_inside_is_refused() {
    let (code, report) = told(&Workspace::empty(), &["report"]);
    let attempts = report["attempts"].as_array().unwrap();
    if cfg!(target_os = "linux") {
        assert_eq!((code, &report["filter"]["active"]), (0, &json!(true)), "{report:#}");
        assert!(attempts.len() >= 6 && attempts.iter().all(|one| one["refused"] == true), "{attempts:#?}");
    } else {
        assert!(report["filter"]["reason"].is_string(), "{report:#}");
    }
    assert_eq!(report["left"], json!([]));
}

/// What the kernel says of each thread of a process: whether a filter holds, and whether it may ever be widened.
#[cfg(target_os = "linux")]
#[test]
fn the_kernel_says_so_of_every_thread_of_a_server() {
    let workspace = Workspace::empty();
    let mut server = Launch::scripted(ADDEND).start_indexed(&Client::full(&workspace));
    let document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    assert_eq!(server.added(&document), ADDEND);
    let threads: Vec<_> =
        std::fs::read_dir(format!("/proc/{}/task", server.id())).unwrap().flatten().collect();
    assert!(threads.len() > 2, "model and index have threads of their own");
    for thread in threads {
        let status = std::fs::read_to_string(thread.path().join("status")).unwrap();
        assert!(status.contains("\nSeccomp:\t2\n") && status.contains("\nNoNewPrivs:\t1\n"), "{status}");
    }
    assert!(!server.log().contains("sockets are not refused"));
}

#[cfg(target_os = "linux")]
#[test]
fn the_editor_that_a_user_names_is_left_as_it_is() {
    let home = Workspace::empty();
    let mut edit = command(home.root());
    edit.args(["config", "edit"]).env_remove("VISUAL").current_dir(home.root());
    let looks = format!("grep Seccomp: /proc/self/status > {} #", home.path("seen").display());
    assert!(edit.env("EDITOR", looks).output().unwrap().status.success());
    let own = std::fs::read_to_string("/proc/self/status").unwrap();
    let own = own.lines().find(|line| line.starts_with("Seccomp:")).unwrap();
    assert_eq!(std::fs::read_to_string(home.path("seen")).unwrap().trim_end(), own);
}
