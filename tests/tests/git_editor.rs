//! Git in an editor: actions, commands, lenses, and what comes while an answer is in the making.

use crate::code;
use crate::git::{git, repository, run};
use serde_json::{Value, json};
use trust_tests::{Client, Launch, Server, Workspace};

pub(crate) const CODE: &str =
    "pub fn first(a: u8) -> u8 {\n    a + 1\n}\n\npub fn second(b: u8) -> u8 {\n    b\n}\n";
const INVALID_PARAMS: i64 = -32602;

/// A repository with two commits, of which the second made `second`.
fn written() -> Workspace {
    let workspace = repository();
    workspace.write("a.rs", CODE);
    git(&workspace, &["commit", "-qam", "Second function"]);
    workspace
}

pub(crate) fn open(server: &mut Server, uri: &str, language: &str, text: &str) {
    let item = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
    server.notify("textDocument/didOpen", json!({ "textDocument": item }));
}

pub(crate) fn lines(start: u32, end: u32) -> Value {
    json!({ "start": { "line": start, "character": 0 }, "end": { "line": end, "character": 0 } })
}

pub(crate) fn actions(server: &mut Server, uri: &str, range: Value) -> Vec<Value> {
    let params = json!({ "textDocument": { "uri": uri }, "range": range, "context": { "diagnostics": [] } });
    server.call("textDocument/codeAction", params).as_array().cloned().unwrap_or_default()
}

pub(crate) fn titles(actions: &[Value]) -> Vec<&str> {
    actions.iter().filter_map(|action| action["title"].as_str()).collect()
}

/// Does what an editor does with a chosen action or lens that is a command.
pub(crate) fn execute(server: &mut Server, command: &Value) -> Value {
    server.call(
        "workspace/executeCommand",
        json!({ "command": command["command"], "arguments": command["arguments"] }),
    )
}

pub(crate) fn shown(server: &mut Server) -> String {
    server.expect_notification("window/showMessage")["message"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_change_and_its_past_are_explained_where_the_cursor_is() {
    let workspace = written();
    let uri = workspace.uri("a.rs");
    let mut server = Launch::no_model().start(&Client::full(&workspace));
    // What is open is not saved: the editor's text is what counts.
    open(&mut server, &uri, "rust", &CODE.replace("    b\n", "    b * 2\n"));
    let there = actions(&mut server, &uri, lines(5, 5));
    assert_eq!(titles(&there), ["Explain this change", "Explain this history"]);
    let told = execute(&mut server, &there[0]);
    let message = shown(&mut server);
    assert!(message.contains("changes the body of function `second` (+1 -1)"), "{message}");
    assert!(!message.contains("first"), "{message}");
    assert_eq!(told["markdown"].as_str().map(str::trim), Some(message.as_str()));
    let told = execute(&mut server, &there[1]);
    let message = shown(&mut server);
    assert!(message.contains("not committed yet") && message.contains("(Second function)"), "{message}");
    let steps = told["facts"]["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 2, "{told}");
    assert_eq!(steps[1]["sentence"], "adds public function `second`");
    let elsewhere = actions(&mut server, &uri, lines(0, 1));
    assert_eq!(titles(&elsewhere), ["Explain this history"]);
    let only = json!({
        "textDocument": { "uri": uri }, "range": lines(5, 5),
        "context": { "diagnostics": [], "only": ["source.organizeImports"] },
    });
    assert_eq!(server.call("textDocument/codeAction", only), json!([]));
}

#[test]
fn callers_that_are_left_behind_are_told_of_where_the_index_knows_them() {
    let workspace = repository();
    workspace.write("user.rs", "fn user() {\n    first(1);\n}\n");
    git(&workspace, &["add", "-A"]);
    git(&workspace, &["commit", "-qm", "User"]);
    workspace.write("a.rs", crate::git::CODE.replace("(a: u8)", "(a: u8, b: u8)"));
    let mut server = Launch::no_model().start_indexed(&Client::full(&workspace));
    for (params, expected) in
        [(json!({}), true), (json!({ "callers": true }), true), (json!({ "callers": false }), false)]
    {
        let told = server.call("trust/explainDiff", params.clone());
        let markdown = told["markdown"].as_str().unwrap();
        let found = markdown.contains("`first` takes other parameters, and is called as before in user.rs:2");
        assert_eq!(found, expected, "{params}: {markdown}");
        assert_eq!(told["facts"]["callers"].is_array(), expected, "{params}");
    }
}

#[test]
fn the_past_of_a_symbol_by_request_and_on_the_command_line() {
    let workspace = written();
    let mut server = Launch::no_model().start(&Client::full(&workspace));
    let told = server.call("trust/explainHistory", json!({ "uri": workspace.uri("a.rs"), "line": 1 }));
    assert_eq!((&told["facts"]["symbol"], &told["facts"]["complete"]), (&json!("first"), &json!(true)));
    let (code, out, err) = run(&workspace, &["history", "a.rs:2"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(told["markdown"], out);
    assert!(out.contains("adds public function `first` (First)"), "{out}");
    let (_, out, _) = run(&workspace, &["history", "a.rs:2", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap(), told["facts"]);
    let nowhere = Workspace::with(&[("a.rs", CODE)]);
    let cases: [(&Workspace, &str, i32, &str); 6] = [
        (&workspace, "a.rs", 2, "FILE:LINE"),
        (&workspace, "a.rs:99", 1, "no line 99"),
        (&workspace, "gone.rs:1", 1, "gone.rs"),
        (&workspace, ".:1", 1, "is a folder"),
        (&workspace, ".env:1", 1, "excluded"),
        (&nowhere, "a.rs:1", 1, "git init"),
    ];
    for (workspace, place, expected, told) in cases {
        let (code, out, err) = run(workspace, &["history", place]);
        assert_eq!((code, out.as_str()), (Some(expected), ""), "{place}: {err}");
        assert!(err.contains(told), "{place}: {err}");
    }
    for (params, expected) in [
        (json!({ "uri": workspace.uri("a.rs"), "line": 99 }), -32803),
        (json!({ "uri": workspace.uri(".env"), "line": 0 }), -32803),
        (json!({ "uri": "untitled:new", "line": 0 }), -32803),
        (json!({ "line": 0 }), INVALID_PARAMS),
    ] {
        assert_eq!(server.call_error("trust/explainHistory", params.clone()).code, expected, "{params}");
    }
}

#[test]
fn outside_of_a_repository_there_are_no_actions_about_git() {
    let workspace = Workspace::with(&[("a.rs", CODE)]);
    let mut server = Launch::no_model().start(&Client::full(&workspace));
    let uri = workspace.uri("a.rs");
    assert_eq!(actions(&mut server, &uri, lines(0, 0)), Vec::<Value>::new(), "not open");
    open(&mut server, &uri, "rust", CODE);
    assert_eq!(actions(&mut server, &uri, lines(0, 0)), Vec::<Value>::new());
}

#[test]
fn lenses_are_for_those_who_want_them() {
    let workspace = written();
    let uri = workspace.uri("a.rs");
    for (options, expected) in [(None, false), (Some(json!({ "codeLens": { "lastChange": true } })), true)] {
        let mut client = Client::full(&workspace);
        if let Some(options) = options {
            client = client.with("/initializationOptions", options);
        }
        let client = client.without("/capabilities/experimental");
        let mut server = Launch::no_model().spawn();
        let offered = server.initialize(&client)["capabilities"]["codeLensProvider"].is_object();
        assert_eq!(offered, expected);
        if !expected {
            continue;
        }
        open(&mut server, &uri, "rust", &CODE.replace("    b\n", "    b * 2\n"));
        for _ in 0..2 {
            let params = json!({ "textDocument": { "uri": uri } });
            let lenses = server.call("textDocument/codeLens", params);
            let titles: Vec<&str> = lenses
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|lens| lens["command"]["title"].as_str())
                .collect();
            assert!(titles[0].ends_with(" A: First"), "{titles:?}");
            assert_eq!(titles[1..], ["not committed yet"]);
            execute(&mut server, &lenses[0]["command"]);
            assert!(shown(&mut server).contains("How `first` came to be"));
        }
        let nowhere = Workspace::with(&[("b.rs", CODE)]);
        open(&mut server, &nowhere.uri("b.rs"), "rust", CODE);
        let params = json!({ "textDocument": { "uri": nowhere.uri("b.rs") } });
        assert_eq!(server.call("textDocument/codeLens", params), json!([]));
    }
}

#[test]
fn a_message_is_put_where_git_waits_for_it() {
    let workspace = written();
    workspace.write("a.rs", CODE.replace("    b\n", "    b * 2\n"));
    git(&workspace, &["add", "-A"]);
    let waiting = "\n# Please enter the commit message for your changes.\n";
    workspace.write(".git/COMMIT_EDITMSG", waiting);
    let uri = workspace.uri(".git/COMMIT_EDITMSG");
    for edits in [true, false] {
        let client = Client::full(&workspace).with("/capabilities/workspace/applyEdit", edits);
        let mut server = Launch::no_model().start(&client);
        open(&mut server, &uri, "git-commit", waiting);
        let there = actions(&mut server, &uri, lines(0, 0));
        assert_eq!(titles(&there), ["Propose a commit message"]);
        let told = execute(&mut server, &there[0]);
        assert_eq!(told["messages"][0]["subject"], "Change `second`");
        if edits {
            let (id, params) = server.expect_request("workspace/applyEdit");
            let edit = &params["edit"]["changes"][&uri][0];
            assert_eq!((&edit["range"], &edit["newText"]), (&lines(0, 0), &json!("Change `second`")));
            server.answer(&id, json!({ "applied": true }));
        } else {
            assert_eq!(shown(&mut server), "Change `second`");
        }
    }
    git(&workspace, &["commit", "-qm", "Done"]);
    let mut server = Launch::no_model().start(&Client::full(&workspace));
    let told = execute(&mut server, &json!({ "command": "trust.commitMessage" }));
    assert_eq!(told["messages"], json!([]));
    assert!(shown(&mut server).contains("git add"));
}

/// As git starts an editor: with the index of the commit that is in the making.
#[test]
fn an_editor_that_git_started_is_told_of_what_is_committed() {
    let workspace = written();
    workspace.write("a.rs", CODE.replace("    b\n", "    b * 2\n"));
    std::fs::copy(workspace.path(".git/index"), workspace.path(".git/before")).unwrap();
    git(&workspace, &["add", "-A"]);
    std::fs::rename(workspace.path(".git/index"), workspace.path(".git/index.lock")).unwrap();
    std::fs::rename(workspace.path(".git/before"), workspace.path(".git/index")).unwrap();
    git(&workspace, &["config", "core.commentString", "//"]);
    let waiting = "\n// Please enter the commit message.\n// ------------------------ >8 ------------------------\n+b\n";
    workspace.write(".git/COMMIT_EDITMSG", waiting);
    let uri = workspace.uri(".git/COMMIT_EDITMSG");
    for by_git in [false, true] {
        let launch = Launch::no_model().with_variable("GIT_INDEX_FILE", ".git/index.lock");
        let launch = if by_git { launch.with_variable("GIT_EXEC_PATH", "/usr/lib/git-core") } else { launch };
        let client = Client::full(&workspace).with("/capabilities/workspace/applyEdit", true);
        let mut server = launch.start(&client);
        open(&mut server, &uri, "git-commit", waiting);
        let told =
            execute(&mut server, &json!({ "command": "trust.commitMessage", "arguments": [{ "uri": uri }] }));
        if by_git {
            assert_eq!(told["messages"][0]["subject"], "Change `second`");
            let (id, params) = server.expect_request("workspace/applyEdit");
            assert_eq!(params["edit"]["changes"][&uri][0]["newText"], "Change `second`");
            server.answer(&id, json!({ "applied": true }));
        } else {
            assert_eq!(told["messages"], json!([]));
            assert!(shown(&mut server).contains("git add"));
        }
    }
}

#[test]
fn commands_that_are_wrong_say_so() {
    let workspace = written();
    let mut server = Launch::no_model().start(&Client::full(&workspace));
    for (command, argument, told) in [
        ("trust.nonsense", json!({}), "trust.explainChange"),
        ("trust.explainHistory", json!({}), "uri"),
        ("trust.explainHistory", json!([]), "ExplainHistoryParams"),
        ("trust.explainChange", json!({ "range": 7 }), "Range"),
        ("trust.review", json!({ "maxFindings": "many" }), "maxFindings"),
    ] {
        let params = json!({ "command": command, "arguments": [argument] });
        let error = server.call_error("workspace/executeCommand", params);
        assert_eq!(error.code, INVALID_PARAMS, "{command} {}", error.message);
        assert!(error.message.contains(told) || told == "maxFindings", "{command}: {}", error.message);
    }
    let error = server.call_error(
        "workspace/executeCommand",
        json!({ "command": "trust.review", "arguments": [{ "base": "nonsense" }] }),
    );
    assert!(error.message.contains("no revision `nonsense`"), "{}", error.message);
}

#[test]
fn an_answer_in_the_making_is_told_part_by_part() {
    let workspace = repository();
    for at in 0..40 {
        workspace.write(&format!("many/{at:02}.rs"), format!("pub fn f{at}() {{\n    g().unwrap();\n}}\n"));
    }
    git(&workspace, &["add", "-A"]);
    let mut server = Launch::no_model().start(&Client::full(&workspace));
    for (method, params) in [("trust/explainDiff", json!({ "staged": true })), ("trust/review", json!({}))] {
        let mut params = params;
        params["partialResultToken"] = "parts".into();
        params["workDoneToken"] = 7.into();
        let answer = server.call(method, params);
        let (mut parts, mut kinds) = (Vec::new(), Vec::new());
        while kinds.last() != Some(&json!("end")) {
            let progress = server.expect_notification("$/progress");
            match progress["token"].as_str() {
                Some("parts") => parts.push(progress["value"].clone()),
                _ => kinds.push(progress["value"]["kind"].clone()),
            }
        }
        assert_eq!(kinds[0], "begin");
        assert_eq!(parts.len(), 40, "{method}");
        if method == "trust/explainDiff" {
            let whole = answer["markdown"].as_str().unwrap();
            let paths: Vec<&str> = parts.iter().filter_map(|part| part["path"].as_str()).collect();
            assert!(paths.is_sorted(), "{paths:?}");
            assert!(parts.iter().all(|part| whole.contains(part["markdown"].as_str().unwrap())));
        } else {
            let all = answer["findings"].as_array().unwrap();
            assert!(parts.iter().all(|part| part.as_array().unwrap().iter().all(|one| all.contains(one))));
        }
    }
}

#[test]
fn a_long_explanation_is_given_up_at_once() {
    let workspace = repository();
    let text: String =
        (0..60_000).map(|at| format!("pub fn f{at}(a: u64) -> u64 {{ a + {at} }}\n")).collect();
    workspace.write("big.rs", &text);
    git(&workspace, &["add", "-A"]);
    git(&workspace, &["commit", "-qm", "Big"]);
    workspace.write("big.rs", text.replace("a + ", "a * "));
    git(&workspace, &["add", "-A"]);
    let mut server = Launch::no_model().start(&Client::full(&workspace));
    let id = server.request("trust/explainDiff", json!({ "staged": true }));
    server.listen(std::time::Duration::from_millis(60));
    server.cancel(id);
    assert_eq!(server.reply(id).unwrap_err().code, code::CANCELLED);
}

/// The first subject that is proposed for the file which git opens for a message, in the git folder at `folder`.
fn proposed(server: &mut Server, workspace: &Workspace, folder: &str) -> Value {
    workspace.write(&format!("{folder}/COMMIT_EDITMSG"), "\n");
    let uri = workspace.uri(&format!("{folder}/COMMIT_EDITMSG"));
    server.call("trust/commitMessage", json!({ "uri": uri, "style": "plain" }))["messages"][0]["subject"]
        .clone()
}

#[test]
fn a_message_is_for_the_working_tree_whose_folder_of_gits_it_lies_in() {
    let workspace = repository();
    git(&workspace, &["worktree", "add", "-q", "linked"]);
    let own = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "./.git", "lib"];
    assert!(git(&workspace, &own).status.success());
    git(&workspace, &["commit", "-qm", "Library"]);
    for (tree, name) in [(".", "main"), ("linked", "linked"), ("lib", "library")] {
        workspace.write(&format!("{tree}/a.rs"), CODE.replace("first", name));
        assert!(git(&workspace, &["-C", tree, "add", "a.rs"]).status.success(), "{tree}");
    }
    let mut server = Launch::no_model().start(&Client::full(&workspace));
    for (folder, name) in
        [(".git", "main"), (".git/worktrees/linked", "linked"), (".git/modules/lib", "library")]
    {
        let subject = proposed(&mut server, &workspace, folder);
        assert!(
            subject.as_str().is_some_and(|subject| subject.contains(&format!("`{name}`"))),
            "{folder}: {subject}"
        );
    }
}
