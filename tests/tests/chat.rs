//! `trust/chat`: places that exist, words as they come, conversations, cancels, and what is wrong with a question.

use crate::code;
use serde_json::{Value, json};
use std::time::Duration;
use trust_tests::{Client, Launch, Server, Workspace};

const INVALID_PARAMS: i64 = -32602;
const REQUEST_FAILED: i64 = -32803;
const CANARY: &str = "canary_yellow_51d0";

pub fn project() -> Workspace {
    let hidden = format!("pub fn hidden() {{}} // Widget {CANARY}\n");
    Workspace::with(&[
        ("src/widget.rs", "/// Draws itself.\npub struct Widget {\n    pub sides: u32,\n}\n"),
        ("src/main.rs", "mod widget;\nuse widget::Widget;\n\nfn main() {\n    Widget { sides: 3 };\n}\n"),
        ("src/hidden.rs", &hidden),
        (".trustignore", "hidden.rs\n"),
    ])
}

fn start(launch: &Launch, workspace: &Workspace) -> Server {
    launch.start_indexed(&Client::full(workspace))
}

/// Path, first line and last line, from 1, and why it is told.
fn places(answer: &Value) -> Vec<String> {
    let place = |place: &Value| {
        let line = |end: &str| place["range"][end]["line"].as_u64().unwrap();
        let (path, why) = (place["path"].as_str().unwrap(), place["why"].as_str().unwrap());
        assert!(place["uri"].as_str().unwrap().ends_with(path), "{place}");
        format!("{path}:{}-{} {why}", line("start") + 1, line("end"))
    };
    answer["places"].as_array().unwrap().iter().map(place).collect()
}

#[test]
fn places_come_first_then_words_and_the_answer_is_complete() {
    let workspace = project();
    let mut server = start(&Launch::scripted("It draws [1], not [8], see src/none.rs:3."), &workspace);
    let params =
        json!({ "message": "where is Widget used?", "partialResultToken": "p", "workDoneToken": "w" });
    let id = server.request("trust/chat", params);
    let answer = server.reply(id).unwrap();
    assert_eq!(
        places(&answer),
        ["src/widget.rs:2-4 defined", "src/main.rs:2-2 used", "src/main.rs:5-5 used"]
    );
    assert_eq!(answer["wording"], "It draws [1], not , see (no such place).");
    assert_eq!(
        (&answer["model"], &answer["cut"], &answer["note"]),
        (&json!("scripted"), &json!(false), &Value::Null)
    );
    let mut told = Vec::new();
    let mut work = Vec::new();
    while work.last() != Some(&json!("end")) {
        let progress = server.expect_notification("$/progress");
        match progress["token"].as_str() {
            Some("p") => told.push(progress["value"].clone()),
            _ => work.push(progress["value"]["kind"].clone()),
        }
    }
    assert_eq!((&told[0]["places"], &told[0]["facts"]), (&answer["places"], &answer["facts"]));
    let words: String = told[1..].iter().map(|part| part["delta"].as_str().unwrap()).collect();
    assert_eq!(words, answer["wording"].as_str().unwrap());
    // The next question belongs to it, and goes on from its names.
    let next = json!({ "message": "what is it?", "conversation": answer["conversation"] });
    let next = server.call("trust/chat", next);
    assert_eq!(next["conversation"], answer["conversation"]);
    assert_eq!(places(&next)[0], "src/widget.rs:2-4 defined");
    let other = server.call("trust/chat", json!({ "message": "what is it?" }));
    assert_ne!(other["conversation"], answer["conversation"]);
}

#[test]
fn what_is_open_is_quoted_unless_it_is_excluded() {
    let workspace = project();
    let mut server = start(&Launch::scripted("Words."), &workspace);
    for (path, text) in [
        ("src/main.rs", "fn main() {\n    let new_name = Widget { sides: 4 };\n}\n"),
        ("src/hidden.rs", "fn hidden() { let widget = 1; }\n"),
    ] {
        let item = json!({ "uri": workspace.uri(path), "languageId": "rust", "version": 1, "text": text });
        server.notify("textDocument/didOpen", json!({ "textDocument": item }));
    }
    let line = |line: u32| json!({ "start": { "line": line, "character": 4 }, "end": { "line": line, "character": 4 } });
    let ask = |uri: String| json!({ "message": "what does this do?", "uri": uri, "range": line(1) });
    let answer = server.call("trust/chat", ask(workspace.uri("src/main.rs")));
    assert_eq!(places(&answer)[..2], ["src/main.rs:1-3 open", "src/widget.rs:2-2 defined"]);
    assert!(answer["facts"].as_str().unwrap().contains("Open in the editor"), "{answer}");
    for (uri, why) in [
        (workspace.uri("src/hidden.rs"), ".trustignore"),
        ("file:///elsewhere/a.rs".into(), "outside"),
        ("untitled:new".into(), "never saved"),
    ] {
        let answer = server.call("trust/chat", ask(uri));
        assert!(answer["note"].as_str().is_some_and(|note| note.contains(why)), "{answer}");
        assert!(!answer.to_string().contains(CANARY));
    }
}

#[test]
fn without_a_model_that_converses_the_places_are_the_answer() {
    let workspace = project();
    for (launch, why) in
        [(Launch::no_model(), "no model is in use"), (Launch::bundled(), "not made to converse")]
    {
        let mut server = start(&launch, &workspace);
        let answer = server.call("trust/chat", json!({ "message": "where is Widget used?" }));
        assert_eq!((places(&answer).len(), &answer["wording"]), (3, &Value::Null));
        assert!(answer["note"].as_str().unwrap().contains(why), "{answer}");
        let never = server.call("trust/chat", json!({ "message": "where is Widget?", "words": "never" }));
        assert_eq!((&never["note"], &never["wording"]), (&Value::Null, &Value::Null));
    }
    let broken = workspace.path("broken.gguf");
    workspace.write("broken.gguf", "GGUF?");
    let mut server = start(&Launch::model(&broken), &workspace);
    server.expect_notification("window/showMessage");
    let answer = server.call("trust/chat", json!({ "message": "where is Widget?" }));
    assert!(answer["note"].as_str().unwrap().contains("no model words the answer"), "{answer}");
}

#[test]
fn a_cancelled_answer_ends_at_once_and_the_conversation_goes_on() {
    let workspace = project();
    let mut server = start(&Launch::slow("Words.", 4000), &workspace);
    let first = server.call("trust/chat", json!({ "message": "What is Widget?", "words": "never" }));
    let talk = first["conversation"].clone();
    let ask = |words: &str| json!({ "message": "and what else?", "conversation": talk, "words": words });
    let id = server.request("trust/chat", ask("auto"));
    server.listen(Duration::from_millis(300));
    server.cancel(id);
    let error = server.reply_within(id, Duration::from_secs(2)).unwrap_err();
    assert_eq!(error.code, code::CANCELLED, "{error:?}");
    // The next question waits for nobody, and knows what was spoken of.
    let next = server.call("trust/chat", ask("never"));
    assert_eq!(next["conversation"], talk);
    // Two at once are answered one after the other.
    let (one, two) = (server.request("trust/chat", ask("never")), server.request("trust/chat", ask("never")));
    assert!(server.reply(one).is_ok() && server.reply(two).is_ok());
}

#[test]
fn wrong_questions_are_told_so() {
    let workspace = project();
    let mut server = start(&Launch::scripted("Words."), &workspace);
    let cases = [
        (json!({ "message": "   " }), REQUEST_FAILED, "no question"),
        (json!({ "message": "x ".repeat(40_000) }), REQUEST_FAILED, "too long"),
        (json!({ "message": "word ".repeat(900) }), REQUEST_FAILED, "too long"),
        (json!({ "message": "a", "conversation": "chat-99" }), REQUEST_FAILED, "no conversation"),
        (json!({}), INVALID_PARAMS, "message"),
        (json!({ "message": 7 }), INVALID_PARAMS, ""),
        (json!({ "message": "a", "words": "loud" }), INVALID_PARAMS, "loud"),
        (json!({ "message": "a", "uri": 7 }), INVALID_PARAMS, ""),
        (json!({ "message": "a", "uri": workspace.uri("src/main.rs"), "range": [1] }), INVALID_PARAMS, ""),
        (Value::Null, INVALID_PARAMS, ""),
    ];
    for (params, expected, told) in cases {
        let error = server.call_error("trust/chat", params.clone());
        assert_eq!(error.code, expected, "{params}: {error:?}");
        assert!(error.message.contains(told), "{params}: {error:?}");
    }
    let wide = json!({ "start": { "line": 9_000, "character": 0 }, "end": { "line": 4_294_967_295_u32, "character": 0 } });
    let params = json!({ "message": "what is this?", "uri": workspace.uri("src/main.rs"), "range": wide });
    assert_eq!(places(&server.call("trust/chat", params))[0], "src/main.rs:6-6 open");
}
