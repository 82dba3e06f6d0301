//! What a model says of changes, on the command line and in a session: asked where it may be, and checked.

use crate::git::{CODE, git, repository, run};
use serde_json::{Value, json};
use trust_tests::{Client, Launch, Workspace};

/// Between the answers of a scripted model that gives several.
const THEN: &str = "\u{1e}";
/// What fits each question that is asked here: of a message, of a symbol, of a review.
fn answer(description: &str) -> String {
    let messages = [json!({ "description": description, "reason": "" })];
    let found = json!([{ "line": 2, "message": "The sum overflows.", "score": 9 }]);
    json!({ "messages": messages, "text": "to give `a` more", "sure": 9, "findings": found, "holds": true, "score": 9 })
        .to_string()
}

fn staged() -> Workspace {
    let workspace = repository();
    workspace.write("a.rs", CODE.replace("a + 1", "a + 200"));
    git(&workspace, &["add", "-A"]);
    workspace
}

#[test]
fn a_command_takes_words_that_are_true() {
    let workspace = staged();
    let many = |text: &str| [answer(text), answer(text), answer(text)].join(THEN);
    let cases = [
        (many("add 200 instead of 1 to `a`"), "Add 200 instead of 1 to `a`", "model"),
        (many("call `clamp` in `first`"), "Change `first`", "code"),
        ("nothing of the form".into(), "Change `first`", "code"),
    ];
    for (script, subject, source) in &cases {
        let asked = ["commit-message", "--scripted-model", script];
        let (code, out, err) = run(&workspace, &asked);
        assert_eq!((code, out.lines().next()), (Some(0), Some(*subject)), "{err}");
        assert_eq!(err.contains("scripted has no say in this"), *source == "code", "{err}");
        let (_, out, _) = run(&workspace, &[&asked[..], &["--json"]].concat());
        let told: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(
            (&told["messages"][0]["source"], &told["model"]),
            (&json!(source), &json!("scripted")),
            "{told}"
        );
        assert_eq!(told["note"].is_string(), *source == "code", "{told}");
    }
    let silent: [&[&str]; 3] =
        [&[], &["--no-model"], &["--config", "git.model=false", "--scripted-model", &cases[0].0]];
    for more in silent {
        let (code, out, err) = run(&workspace, &[&["commit-message"], more].concat());
        assert_eq!((code, out.as_str(), err.as_str()), (Some(0), "Change `first`\n", ""), "{more:?}");
    }
    let (code, out, err) = run(&workspace, &["commit-message", "--model", "/nowhere/m.gguf"]);
    assert_eq!((code, out.as_str()), (Some(0), "Change `first`\n"));
    assert!(err.contains("a model has no say in this: /nowhere/m.gguf"), "{err}");
}

#[test]
fn an_explanation_has_words_beside_its_facts() {
    let workspace = staged();
    let script = [answer(""), answer(""), answer("")].join(THEN);
    for format in ["terminal", "markdown", "json"] {
        let asked = ["diff", "explain", "--staged", "--format", format];
        let (code, plain, err) = run(&workspace, &asked);
        assert_eq!((code, err.as_str()), (Some(0), ""));
        let (code, out, _) = run(&workspace, &[&asked[..], &["--scripted-model", &script]].concat());
        assert_eq!(code, Some(0));
        let sentence = "changes the body of function `first` (+1 -1)";
        assert!(plain.contains(sentence) && out.contains(sentence), "{out}");
        assert!(out.contains("to give `a` more") && !plain.contains("to give `a` more"), "{out}");
    }
}

#[test]
fn a_review_asks_a_model_that_is_named_and_says_whose_a_finding_is() {
    let workspace = staged();
    let script = [answer(""), answer(""), answer("")].join(THEN);
    let (code, out, err) = run(&workspace, &["review", "--scripted-model", &script]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("- line 2, information: The sum overflows. (model-says)"), "{out}");
    let (_, out, _) = run(&workspace, &["review"]);
    assert!(!out.contains("model-says"), "{out}");
    for (arguments, told) in [
        (&["review", "--ask-model"][..], "the bundled model"),
        (&["review", "--ask-model", "--no-model"], "no model is in use"),
        (&["review", "--model", "/nowhere/m.gguf"], "/nowhere/m.gguf"),
        (&["review", "--scripted-model", "no form"], ""),
    ] {
        let (code, out, err) = run(&workspace, arguments);
        assert_eq!(code, Some(i32::from(!told.is_empty())), "{arguments:?}: {out} {err}");
        assert!(err.contains(told), "{arguments:?}: {err}");
    }
}

#[test]
fn a_session_tells_the_facts_first_and_asks_who_may_be_asked() {
    let workspace = staged();
    let script = (0..12).map(|_| answer("add 200 instead of 1")).collect::<Vec<_>>().join(THEN);
    let mut server = Launch::scripted(&script).start(&Client::full(&workspace));
    server.wait_for("the model", |status| status["model"]["state"] == "ready");
    let told = server.call("trust/commitMessage", json!({ "count": 2 }));
    assert_eq!(told["model"], "scripted");
    let sources: Vec<&Value> =
        told["messages"].as_array().unwrap().iter().map(|one| &one["source"]).collect();
    assert_eq!(sources, ["model", "code"], "{told}");
    assert_eq!(told["messages"][0]["subject"], "Add 200 instead of 1");
    // The facts come before the model is asked.
    let id = server.request("trust/commitMessage", json!({ "partialResultToken": "first" }));
    let part = server.expect_notification("$/progress");
    assert_eq!((&part["token"], &part["value"]["messages"][0]["source"]), (&json!("first"), &json!("code")));
    assert_eq!(server.reply(id).expect("an answer")["messages"][0]["source"], "model");
    let plain = server.call("trust/commitMessage", json!({ "model": false }));
    assert_eq!((plain.get("model"), &plain["messages"][0]["source"]), (None, &json!("code")));
    let told = server.call("trust/explainDiff", json!({ "staged": true }));
    assert!(told["markdown"].as_str().unwrap().contains("  - scripted: to give `a` more"), "{told}");
    assert_eq!(told["facts"]["files"][0]["symbols"][0]["intent"], "to give `a` more");
    let plain = server.call("trust/explainDiff", json!({ "staged": true, "model": false }));
    assert!(plain["facts"].get("words").is_none(), "{plain}");
    for (launch, told) in [(Launch::bundled(), "bundled"), (Launch::no_model(), "no model")] {
        let mut server = launch.start(&Client::full(&workspace));
        for method in ["trust/commitMessage", "trust/explainDiff"] {
            let failed = server.call_error(method, json!({ "model": true }));
            assert!(failed.code == -32803 && failed.message.contains(told), "{}", failed.message);
            server.call(method, json!({}));
        }
    }
}
