//! What is used of a model's words for a message, by models that a test writes.

use super::Sandbox;
use crate::Speaker;
use crate::commit::{Request, Source, Worded, learn, worded};
use serde_json::{Value, json};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use trust_inference::scripted::ScriptedModel;
use trust_inference::{
    CancelToken, Constraint, Event, InferenceError, Message, Model, ModelCard, Request as Asked, TurnRequest,
};

const CODE: &str = "pub fn total(all: &[u32]) -> u32 {\n    let mut sum = 0;\n    for one in all {\n        sum += one;\n    }\n    sum\n}\n";

fn card() -> ModelCard {
    ModelCard { name: "script".into(), parameters: 0, context_length: 4096, fim: None }
}

fn scripted(replies: &[Value]) -> ScriptedModel {
    let text = |reply: &Value| vec![Event::Text { text: reply.to_string(), logprob: 0.0, tokens: 1 }];
    ScriptedModel::new(card(), "").with_turns(replies.iter().map(text))
}

fn message(description: &str, reason: &str) -> Value {
    json!({ "messages": [{ "description": description, "reason": reason }] })
}

/// A repository with these subjects, in which a sum now saturates.
fn changed(subjects: &[&str]) -> Sandbox {
    let sandbox = Sandbox::with(&[("core/a.rs", CODE)]);
    for (at, subject) in subjects.iter().enumerate() {
        sandbox.write(&[("core/a.rs", &format!("// {at}\n{CODE}"))]);
        sandbox.commit(subject);
    }
    sandbox.write(&[("core/a.rs", &CODE.replace("sum += one", "sum = sum.saturating_add(*one)"))]);
    sandbox
}

fn ask(sandbox: &Sandbox, model: &dyn Model, request: &Request, count: usize) -> Worded {
    let (changes, cancel) = (sandbox.staged(), CancelToken::new());
    let history = learn(&sandbox.repository(), "HEAD", &|| false).unwrap();
    let speaker = Speaker::awaited(model, Instant::now() + Duration::from_secs(60), &cancel);
    worded(&changes.files, &history, request, count, speaker)
}

/// What each of two answers makes of the message.
#[test]
fn words_are_used_that_name_what_is_there_and_fit() {
    let good = || message("Saturate the sum in `total`", "");
    let facts = "Change `total`";
    let key = format!("glpat-{}", "Zq7Rm2Kx6Vt4Bn5Ct8Wd");
    let long = "Saturate the sum in `total` so that it does not wrap around when there are many of them";
    let cases: Vec<(&str, Vec<Value>, &str)> = vec![
        ("good", vec![good()], "Saturate the sum in `total`"),
        ("a stop and a type", vec![message("fix: saturate the sum.", "")], "Saturate the sum"),
        ("another tense", vec![message("Added saturation to the sum", "")], "Add saturation to the sum"),
        (
            "invented, then good",
            vec![message("Call `clamp_sum` in `total`", ""), good()],
            "Saturate the sum in `total`",
        ),
        ("invented twice", vec![message("Call clamp_sum", ""), message("Call `other_sum`", "")], facts),
        ("a call", vec![message("Have clamp() bound it", ""), message("Have clamp() bound it", "")], facts),
        ("a number", vec![message("Saturate at 4294967295", ""), message("Saturate in 3 places", "")], facts),
        ("a path", vec![message("Saturate in core/b.rs", ""), good()], "Saturate the sum in `total`"),
        ("a mask", vec![message("Replace <************>", ""), message("Replace ******", "")], facts),
        (
            "a secret",
            vec![message(&format!("Remove {key}"), ""), message(&format!("Remove {key}"), "")],
            facts,
        ),
        ("too long", vec![message(long, ""), good()], "Saturate the sum in `total`"),
        (
            "no verb",
            vec![message("Saturating arithmetic in `total`", ""), good()],
            "Saturate the sum in `total`",
        ),
        ("in no form", vec![json!("Saturate the sum")], facts),
        ("nothing", vec![message("", ""), message(" ", "")], facts),
        (
            "a signature",
            vec![message("Saturate it, signed-off-by: B", ""), good()],
            "Saturate the sum in `total`",
        ),
    ];
    for (name, replies, expected) in cases {
        let model = scripted(&replies);
        let found = ask(&changed(&[]), &model, &Request::default(), 1);
        let draft = &found.drafts[0];
        assert_eq!((found.drafts.len(), draft.subject.as_str()), (1, expected), "{name}: {found:?}");
        assert_eq!(draft.source == Source::Code, expected == facts, "{name}");
        assert_eq!(found.why_not.is_some(), expected == facts, "{name}: {:?}", found.why_not);
        assert_eq!(model.turns().len(), replies.len(), "{name}: asked as often as it needs");
        assert!(!format!("{found:?}").contains(&key), "{name}");
    }
}

#[test]
fn type_scope_ticket_tense_and_sign_off_stay_what_code_learned() {
    let typed = [
        "fix(core): mend a",
        "fix(core): mend b",
        "fix(core): mend c",
        "fix(core): mend d",
        "fix(core): mend e",
    ];
    let past = ["Added a.", "Changed b.", "Removed c.", "Added d.", "Added e."];
    let tickets = ["[AB-1] Do a", "[AB-2] Do b", "[AB-3] Do c", "[AB-4] Do d", "[AB-5] Do e"];
    let cases: [(&[&str], &str, &str, &str); 4] = [
        (&typed, "Saturate the sum in `total`", "Why.", "fix(core): saturate the sum in total"),
        (&past, "Rejected what wraps around", "", "Rejected what wraps around."),
        (&past, "Keep the sum in bounds", "", "Kept the sum in bounds."),
        (&tickets, "keep the sum in bounds", "", "[AB-77] Keep the sum in bounds"),
    ];
    for (subjects, said, reason, expected) in cases {
        let branch = Some("feature/ab-77-more".to_owned());
        let request = Request { branch, signer: Some("A <a@example.org>".into()), form: None };
        let found = ask(&changed(subjects), &scripted(&[message(said, reason)]), &request, 1);
        assert_eq!(
            (found.drafts[0].subject.as_str(), found.drafts[0].body.as_str()),
            (expected, ""),
            "{said}"
        );
    }
}

#[test]
fn a_reason_stands_above_what_happened_where_messages_have_bodies() {
    let subjects: Vec<String> = (0..6).map(|at| format!("Change {at}\n\nSince it was wrong.")).collect();
    let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
    let sandbox = changed(&subjects);
    sandbox.write(&[("core/b.rs", "pub fn other() {}\n")]);
    let reason = "The sum of many wrapped around, and nobody was told of it, which is what `saturating_add` is for here.";
    let lie = "It overflowed in `main_loop`.";
    let cases = [
        (vec![message("Saturate the sum", reason)], true),
        (vec![message("Saturate the sum", lie), message("Saturate the sum", reason)], true),
        (vec![message("Saturate the sum", lie), message("Saturate the sum", lie)], false),
        (vec![message("Saturate the sum", "")], false),
    ];
    for (replies, expected) in cases {
        let model = scripted(&replies);
        let found = ask(&sandbox, &model, &Request::default(), 1);
        let body = &found.drafts[0].body;
        assert_eq!((found.drafts[0].source, model.turns().len()), (Source::Model, replies.len()));
        assert!(body.contains("- adds public function `other`") && !body.contains("main_loop"), "{body}");
        assert_eq!(body.starts_with("The sum of many wrapped around,"), expected, "{body}");
        assert!(body.lines().all(|line| line.chars().count() <= 72), "{body}");
        let form = match &model.turns()[0].turn.constraint {
            Some(Constraint::JsonSchema(form)) => form.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(form["properties"]["messages"]["items"]["required"], json!(["description", "reason"]));
    }
}

#[test]
fn of_several_the_last_is_of_facts() {
    let said = |texts: &[&str]| json!({ "messages": texts.iter().map(|text| json!({ "description": text })).collect::<Vec<_>>() });
    let sandbox = changed(&["A", "B", "C", "D", "E"]);
    let model = scripted(&[said(&["Saturate the sum", "Keep the sum in bounds", "Call `invented_one`"])]);
    let found = ask(&sandbox, &model, &Request::default(), 4);
    let told: Vec<_> = found.drafts.iter().map(|draft| (draft.source, draft.subject.as_str())).collect();
    let expected = [
        (Source::Model, "Saturate the sum"),
        (Source::Model, "Keep the sum in bounds"),
        (Source::Code, "Change total"),
    ];
    assert_eq!(told[..3], expected);
    let question = model.turns()[0].turn.messages.last().unwrap().text().to_owned();
    assert!(question.contains("3 different descriptions"), "{question}");
}

#[test]
fn a_model_is_shown_what_there_is_room_for_and_no_secret() {
    let key = format!("AKIA{}", "Q7RZ2MK6VX4BN5CT");
    let sandbox = Sandbox::with(&[("a.rs", CODE)]);
    let line = |n: usize| format!("    let value_{n} = compute({n});\n");
    let long = format!("fn long() {{\n{}}}\n", (0..900).map(line).collect::<String>());
    sandbox.write(&[
        ("a.rs", &CODE.replace("let mut sum = 0;", &format!("let mut sum = 0;\n    login(\"{key}\");"))),
        ("long.rs", &long),
        ("data.lock", "x\n"),
        (".env", "TOKEN=hunter2\n"),
    ]);
    let model = scripted(&[message("Sum what is logged in", "")]);
    let found = ask(&sandbox, &model, &Request::default(), 1);
    assert_eq!(found.drafts[0].subject, "Sum what is logged in");
    assert_eq!(found.not_shown, ["long.rs (1 of 1 places)"]);
    let turns = model.turns();
    let shown: String = turns[0].turn.messages.iter().map(|message| message.text()).collect();
    assert!(shown.contains("+    login(\"<") && shown.contains("- adds function `long`"), "{shown}");
    assert!(shown.contains("Not shown: long.rs (1 of 1 places)."), "{shown}");
    assert!(!shown.contains(&key) && !shown.contains("hunter2") && !shown.contains(".env"), "{shown}");
    assert!(model.count_turn(&turns[0].turn).unwrap() <= 2048);
}

/// One that does what a test says.
struct Odd<F>(ModelCard, F);

impl<F: Fn(TurnRequest) -> Receiver<Result<Event, InferenceError>> + Send + Sync> Model for Odd<F> {
    fn card(&self) -> &ModelCard {
        &self.0
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.len().div_ceil(4)
    }

    fn generate(&self, _: Asked) -> Receiver<Result<Event, InferenceError>> {
        channel().1
    }

    fn converse(&self, request: TurnRequest) -> Receiver<Result<Event, InferenceError>> {
        (self.1)(request)
    }
}

#[test]
fn who_is_slow_dies_or_fails_leaves_the_facts() {
    let half = || Event::Text { text: "{\"messages\":[".into(), logprob: 0.0, tokens: 1 };
    type Answer = Box<dyn Fn(TurnRequest) -> Receiver<Result<Event, InferenceError>> + Send + Sync>;
    let cases: [(&str, Answer, &str); 3] = [
        (
            "hangs",
            Box::new(|request: TurnRequest| {
                let (sender, receiver) = channel();
                std::thread::spawn(move || {
                    // It hears of nothing.
                    std::thread::sleep(Duration::from_secs(30));
                    drop((sender, request));
                });
                receiver
            }),
            "in time",
        ),
        (
            "dies",
            Box::new(move |_| {
                let (sender, receiver) = channel();
                sender.send(Ok(half())).unwrap();
                receiver
            }),
            "in time",
        ),
        (
            "fails",
            Box::new(|_| {
                let (sender, receiver) = channel();
                sender.send(Err(InferenceError::Gone)).unwrap();
                receiver
            }),
            "not running any more",
        ),
    ];
    let sandbox = changed(&[]);
    let (changes, history) = (sandbox.staged(), learn(&sandbox.repository(), "HEAD", &|| false).unwrap());
    for (name, answer, why) in cases {
        let (model, cancel, start) = (Odd(card(), answer), CancelToken::new(), Instant::now());
        let speaker = Speaker::awaited(&model, start + Duration::from_millis(200), &cancel);
        let found = worded(&changes.files, &history, &Request::default(), 1, speaker);
        assert_eq!(
            (found.drafts[0].subject.as_str(), found.drafts[0].source),
            ("Change `total`", Source::Code)
        );
        assert!(found.why_not.as_ref().is_some_and(|told| told.contains(why)), "{name}: {:?}", found.why_not);
        assert!(start.elapsed() < Duration::from_secs(10), "{name}");
    }
    let cancel = CancelToken::new();
    cancel.cancel();
    let model = scripted(&[]);
    let speaker = Speaker::awaited(&model, Instant::now() + Duration::from_secs(9), &cancel);
    let found = worded(&changes.files, &history, &Request::default(), 1, speaker);
    assert_eq!((found.drafts.len(), model.turns().len()), (1, 0), "who gives up waits for no model");
}

#[test]
fn a_question_says_how_long_and_in_which_tense() {
    let model = scripted(&[message("Saturated it", "")]);
    ask(&changed(&["Added a", "Added b", "Added c", "Added d", "Added e"]), &model, &Request::default(), 1);
    let turns = model.turns();
    let Some(Message::User(question)) = turns[0].turn.messages.last() else { panic!("no question") };
    assert!(question.contains("such as `added`") && question.contains("at most 50 characters"), "{question}");
}
