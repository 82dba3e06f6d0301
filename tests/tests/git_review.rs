//! Reviews: what an editor shows of them, and the rules of the house.

use crate::git::{git, repository, run};
use crate::git_editor::{CODE, actions, execute, lines, open, shown, titles};
use serde_json::{Value, json};
use trust_tests::{Client, Launch, Server};

#[test]
fn findings_are_shown_mended_and_taken_away() {
    let workspace = repository();
    let text = CODE.replace("    a + 1", "    dbg!(\"é😀\", a);\n    let c = g(\"😀\").unwrap();\n    a + 1");
    workspace.write("a.rs", &text);
    git(&workspace, &["add", "-A"]);
    let uri = workspace.uri("a.rs");
    let literals = json!({ "codeActionLiteralSupport": { "codeActionKind": { "valueSet": ["quickfix"] } } });
    let client = Client::full(&workspace)
        .with("/capabilities/textDocument/codeAction", literals)
        .encodings(&["utf-16"]);
    let mut server = Launch::no_model().start(&client);
    open(&mut server, &uri, "rust", &text);
    let review = json!({ "command": "trust.review", "arguments": [{ "uri": uri }] });
    let found = execute(&mut server, &review);
    assert!(shown(&mut server).starts_with("4 findings"), "{found}");
    let published = server.expect_notification("textDocument/publishDiagnostics");
    assert_eq!(published["uri"], json!(uri));
    let diagnostics = published["diagnostics"].as_array().unwrap();
    let codes: Vec<&Value> = diagnostics.iter().map(|one| &one["code"]).collect();
    assert_eq!(codes, ["debug-output", "new-panic", "interface-undocumented", "interface-untested"]);
    // Columns in the client's unit: the smiley before it counts two.
    assert_eq!(diagnostics[1]["range"]["start"], json!({ "line": 2, "character": 19 }));
    let there = actions(&mut server, &uri, lines(1, 1));
    assert_eq!(
        titles(&there),
        ["Remove the output for debugging", "Explain this change", "Explain this history"]
    );
    let edit = &there[0]["edit"]["changes"][&uri][0];
    assert_eq!((&edit["range"], &edit["newText"]), (&lines(1, 2), &json!("")));
    // What reads otherwise by now is left alone.
    server.notify(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": uri, "version": 2 }, "contentChanges": [{ "text": CODE }] }),
    );
    assert!(!titles(&actions(&mut server, &uri, lines(1, 1))).contains(&"Remove the output for debugging"));
    assert_eq!(execute(&mut server, &json!({ "command": "trust.clearReview" })), Value::Null);
    let cleared = server.expect_notification("textDocument/publishDiagnostics");
    assert_eq!((&cleared["uri"], &cleared["diagnostics"]), (&json!(uri), &json!([])));
    assert_eq!(server.call("trust/review", json!({ "unstaged": true }))["findings"], json!([]));
}

/// What is staged is reviewed, and shown where it stands in what the editor has by now.
#[test]
fn findings_stand_where_their_lines_have_gone() {
    let workspace = repository();
    let staged = CODE.replace("    a + 1", "    dbg!(a);\n    g().unwrap();\n    a + 1");
    workspace.write("a.rs", &staged);
    git(&workspace, &["add", "-A"]);
    let uri = workspace.uri("a.rs");
    let lines = |server: &mut Server| -> Vec<String> {
        execute(server, &json!({ "command": "trust.review", "arguments": [{ "uri": uri }] }));
        shown(server);
        let published = server.expect_notification("textDocument/publishDiagnostics");
        let all = published["diagnostics"].as_array().unwrap().iter();
        let told =
            all.map(|one| format!("{} {}", one["code"].as_str().unwrap(), one["range"]["start"]["line"]));
        told.filter(|one| !one.starts_with("interface")).collect()
    };
    let mut server = Launch::no_model().start(&Client::full(&workspace));
    // On the disk, then in the editor.
    workspace.write("a.rs", format!("// one\n// two\n{staged}"));
    assert_eq!(lines(&mut server), ["debug-output 3", "new-panic 4"]);
    open(&mut server, &uri, "rust", &format!("// one\n{}", staged.replace("    dbg!(a);\n", "")));
    assert_eq!(lines(&mut server), ["new-panic 2"]);
    std::fs::remove_file(workspace.path("a.rs")).unwrap();
    server.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    execute(&mut server, &json!({ "command": "trust.review", "arguments": [{ "uri": uri }] }));
    assert!(shown(&mut server).contains("findings"));
    let published = server.expect_notification("textDocument/publishDiagnostics");
    assert_eq!(published["diagnostics"], json!([]), "there is no line any more");
}

#[test]
fn house_rules_hold_from_the_base_on() {
    let workspace = repository();
    workspace.write(
        ".trust/review.md",
        "# Reviews\n\n- off: new-panic, nonsense\n- error: debug-output\n- skip: made/\n",
    );
    git(&workspace, &["add", "-A"]);
    let bad = CODE.replace("    a + 1", "    g().unwrap();\n    dbg!(a);\n    a + 1");
    workspace.write("a.rs", &bad);
    workspace.write("made/b.rs", &bad);
    git(&workspace, &["add", "-A"]);
    let rules = |arguments: &[&str]| -> Vec<String> {
        let (_, out, err) = run(&workspace, &[&["review", "--format", "json"], arguments].concat());
        let review: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
        let told = |one: &Value| {
            format!(
                "{} {} {}",
                one["path"].as_str().unwrap(),
                one["rule"].as_str().unwrap(),
                one["severity"].as_str().unwrap()
            )
        };
        review["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(told)
            .filter(|one| !one.contains("interface"))
            .collect()
    };
    // The change itself brings them, and a change does not judge itself.
    let all = [
        "a.rs new-panic warning",
        "a.rs debug-output warning",
        "made/b.rs new-panic warning",
        "made/b.rs debug-output warning",
    ];
    assert_eq!(rules(&[]), all);
    git(&workspace, &["reset", "-q"]);
    git(&workspace, &["add", ".trust"]);
    git(&workspace, &["commit", "-qm", "Rules"]);
    git(&workspace, &["add", "-A"]);
    assert_eq!(rules(&[]), ["a.rs debug-output error"]);
    git(&workspace, &["rm", "-qf", ".trust/review.md"]);
    assert_eq!(rules(&[]), ["a.rs debug-output error"], "nor by taking them away");
    git(&workspace, &["commit", "-qam", "Code"]);
    assert_eq!(rules(&["--base", "HEAD~1"]), ["a.rs debug-output error"]);
    assert_eq!(rules(&["--base", "HEAD~2"]), all);
}

/// A change is reviewed by the rules of what it began from, however it lays the working tree.
#[test]
fn a_change_leads_to_no_other_house_rules() {
    let workspace = repository();
    workspace.write(".trust/review.md", "- error: debug-output\n");
    workspace.write("lax/review.md", "- off: debug-output\n");
    git(&workspace, &["add", "-A"]);
    git(&workspace, &["commit", "-qm", "Rules"]);
    git(&workspace, &["checkout", "-qb", "topic"]);
    workspace.write("a.rs", CODE.replace("    a + 1", "    dbg!(a);\n    a + 1"));
    std::fs::rename(workspace.path(".trust"), workspace.path(".kept")).unwrap();
    std::os::unix::fs::symlink("lax", workspace.path(".trust")).unwrap();
    workspace.write(".gitignore", ".kept/\nreview.md\n");
    git(&workspace, &["add", "-A"]);
    let severity = |arguments: &[&str]| {
        let (_, out, err) = run(&workspace, &[&["review", "--format", "json"], arguments].concat());
        let review: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
        let found = review["findings"].as_array().unwrap().iter().find(|one| one["rule"] == "debug-output");
        found.map(|one| one["severity"].as_str().unwrap().to_owned())
    };
    assert_eq!(severity(&[]).as_deref(), Some("error"));
    git(&workspace, &["commit", "-qm", "Topic"]);
    // What the base has gained since is not what the branch is compared with.
    git(&workspace, &["checkout", "-q", "main"]);
    workspace.write(".trust/review.md", "- off: debug-output\n");
    git(&workspace, &["commit", "-qam", "Laxer"]);
    git(&workspace, &["checkout", "-q", "topic"]);
    assert_eq!(severity(&["--base", "main"]).as_deref(), Some("error"));
    // A link is no text: what it leads to now was not there then.
    git(&workspace, &["checkout", "-q", "main"]);
    std::fs::remove_file(workspace.path(".trust/review.md")).unwrap();
    std::os::unix::fs::symlink("../lax/review.md", workspace.path(".trust/review.md")).unwrap();
    git(&workspace, &["commit", "-qam", "Link"]);
    workspace.write("a.rs", CODE.replace("    a + 1", "    dbg!(a);\n    a + 1"));
    git(&workspace, &["add", "a.rs"]);
    assert_eq!(severity(&[]).as_deref(), Some("warning"));
}

#[test]
fn instructions_for_programs_hold_from_the_base_on() {
    let workspace = repository();
    workspace.write("a.rs", CODE.replace("    a + 1", "    g().unwrap();\n    a + 1"));
    workspace.write("AGENTS.md", "# Agents\n\nBuild first.\n\n## Reviews\n\n- off: new-panic\n");
    git(&workspace, &["add", "-A"]);
    let panics = |arguments: &[&str]| {
        let (_, out, err) = run(&workspace, &[&["review", "--format", "json"], arguments].concat());
        let review: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
        review["findings"].as_array().unwrap().iter().filter(|one| one["rule"] == "new-panic").count()
    };
    assert_eq!(panics(&[]), 1, "a change does not judge itself");
    git(&workspace, &["reset", "-q"]);
    git(&workspace, &["add", "AGENTS.md"]);
    git(&workspace, &["commit", "-qm", "Instructions"]);
    git(&workspace, &["add", "-A"]);
    assert_eq!(panics(&[]), 0);
    git(&workspace, &["rm", "-qf", "AGENTS.md"]);
    assert_eq!(panics(&[]), 0, "nor by taking them away");
    git(&workspace, &["commit", "-qam", "Code"]);
    assert_eq!((panics(&["--base", "HEAD~1"]), panics(&["--base", "HEAD~2"])), (0, 1));
}

/// What the scripted model says is a claim and, asked again, that it stands by it.
#[test]
fn a_model_reviews_where_it_is_asked_to_and_the_bundled_one_never() {
    let workspace = repository();
    let answer = json!({
        "findings": [{ "line": 2, "message": "The sum overflows.", "score": 9 }], "holds": true, "score": 9,
    });
    let text = CODE.replace("a + 1", "a + 200");
    workspace.write("a.rs", &text);
    git(&workspace, &["add", "-A"]);
    let mut server = Launch::scripted(&answer.to_string()).start(&Client::full(&workspace));
    let sources = |review: &Value| -> Vec<String> {
        let findings = review["findings"].as_array().unwrap().iter();
        findings.map(|one| format!("{}:{}", one["source"].as_str().unwrap(), one["line"])).collect()
    };
    assert!(!sources(&server.call("trust/review", json!({}))).contains(&"model:2".to_owned()));
    let review = server.call("trust/review", json!({ "model": true }));
    assert!(sources(&review).contains(&"model:2".to_owned()), "{review}");
    for (launch, told) in [(Launch::bundled(), "bundled"), (Launch::no_model(), "no model")] {
        let failed =
            launch.start(&Client::full(&workspace)).call_error("trust/review", json!({ "model": true }));
        assert!(failed.code == -32803 && failed.message.contains(told), "{}", failed.message);
    }
}

/// A bot names the commit that it saw last; one that is gone is said to be.
#[test]
fn a_review_reports_what_is_new_since_the_last_one() {
    let workspace = repository();
    git(&workspace, &["branch", "start"]);
    let first = CODE.replace("    a + 1", "    g().unwrap();\n    a + 1");
    workspace.write("a.rs", &first);
    git(&workspace, &["commit", "-qam", "One"]);
    git(&workspace, &["branch", "seen"]);
    workspace.write("a.rs", first.replace("    a + 1", "    todo!();\n    a + 1"));
    git(&workspace, &["commit", "-qam", "Two"]);
    let lines = |more: &[&str]| -> (Vec<u64>, String) {
        let asked = [&["review", "--base", "start", "--format", "json"], more].concat();
        let (code, out, err) = run(&workspace, &asked);
        assert_eq!(code, Some(0), "{err}");
        let told: Value = serde_json::from_str(&out).unwrap();
        let all = told["findings"].as_array().unwrap().iter().filter(|one| one["rule"] == "new-panic");
        (all.map(|one| one["line"].as_u64().unwrap()).collect(), err)
    };
    assert_eq!(lines(&[]), (vec![2, 3], String::new()));
    assert_eq!(lines(&["--new-since", "seen"]), (vec![3], String::new()));
    let (all, err) = lines(&["--new-since", "0123456789012345678901234567890123456789"]);
    assert!(all == [2, 3] && err.contains("is no commit here, so all is reviewed"), "{all:?} {err}");
    let (code, _, err) = run(&workspace, &["review", "--new-since", "seen"]);
    assert!(code == Some(2) && err.contains("--base"), "{err}");
}
