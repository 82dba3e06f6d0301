//! What is used of a model's review, by models that a test writes.

use super::Sandbox;
use crate::review::{Aids, HouseRules, Options, Review, Since, model_findings, report, review_telling};
use serde_json::{Value, json};
use trust_inference::scripted::ScriptedModel;
use trust_inference::{CancelToken, Constraint, Event, Message, ModelCard};

const CODE: &str = "fn total(all: &[u32]) -> u32 {\n    let mut sum = 0;\n    for one in all {\n        sum += one;\n    }\n    sum\n}\n";

fn changed() -> Sandbox {
    let sandbox = Sandbox::with(&[("a.rs", CODE)]);
    sandbox.write(&[("a.rs", &CODE.replace("sum += one;", "sum -= one;\n        dbg!(sum);"))]);
    sandbox
}

fn model(replies: &[Value]) -> ScriptedModel {
    let card = ModelCard { name: "script".into(), parameters: 0, context_length: 4096, fim: None };
    let text = |reply: &Value| vec![Event::Text { text: reply.to_string(), logprob: 0.0, tokens: 1 }];
    ScriptedModel::new(card, "").with_turns(replies.iter().map(text))
}

fn claim(line: u32, message: &str, score: u32) -> Value {
    json!({ "line": line, "message": message, "score": score })
}

fn claims(all: &[Value]) -> Value {
    json!({ "findings": all })
}

fn doubt(holds: bool, score: u32) -> Value {
    json!({ "holds": holds, "score": score })
}

/// The findings of code and of the model, as they are reported.
fn reviewed(sandbox: &Sandbox, model: &ScriptedModel, options: &Options) -> Review {
    let (repository, changes) = (sandbox.repository(), sandbox.staged());
    let broker = crate::Broker::new(repository.root().to_owned());
    let judge = |changes: &crate::Changes, house: &HouseRules| {
        model_findings(changes, house, model, &CancelToken::new()).unwrap_or_default()
    };
    let aids = Aids { judge: Some(&judge), ..Aids::default() };
    review_telling(&repository, &changes, &broker, options, aids, &|| false, &|_| ())
}

fn told(review: &Review) -> Vec<String> {
    let finding = |found: &crate::review::Finding| {
        format!("{}:{} {} {}", found.path, found.line + 1, found.rule.id, found.severity.name())
    };
    review.findings.iter().map(finding).collect()
}

#[test]
fn a_claim_counts_where_it_stands_in_an_added_line_names_what_is_there_and_is_stood_by() {
    let good = || claim(4, "`sum` falls below zero and the subtraction overflows.", 9);
    let said = "a.rs:4 model-says information";
    let code = "a.rs:5 debug-output warning";
    let cases: [(&str, Vec<Value>, &[&str]); 10] = [
        ("stood by", vec![claims(&[good()]), doubt(true, 8)], &[said, code]),
        ("taken back", vec![claims(&[good()]), doubt(false, 9)], &[code]),
        ("no longer sure", vec![claims(&[good()]), doubt(true, 6)], &[code]),
        ("not sure", vec![claims(&[claim(4, "It may overflow.", 6)])], &[code]),
        ("in an old line", vec![claims(&[claim(2, "It is never set.", 9)])], &[code]),
        ("in no line", vec![claims(&[claim(90, "It is never set.", 9)])], &[code]),
        ("of what is not there", vec![claims(&[claim(4, "`checked_sub` is called twice.", 9)])], &[code]),
        ("said by code too", vec![claims(&[claim(5, "It prints.", 9)]), doubt(true, 9)], &[code]),
        ("nothing", vec![claims(&[])], &[code]),
        ("in no form", vec![json!("I see no fault.")], &[code]),
    ];
    for (name, replies, expected) in cases {
        let scripted = model(&replies);
        let review = reviewed(&changed(), &scripted, &Options::default());
        assert_eq!(told(&review), expected, "{name}");
        assert_eq!(scripted.turns().len(), replies.len(), "{name}: asked as often as it needs");
    }
}

#[test]
fn the_form_leaves_no_room_for_other_lines_and_the_question_marks_them() {
    let scripted = model(&[claims(&[claim(4, "It overflows.", 9)]), doubt(true, 9)]);
    let review = reviewed(&changed(), &scripted, &Options::default());
    let turns = scripted.turns();
    let Some(Constraint::JsonSchema(form)) = &turns[0].turn.constraint else { panic!("no form") };
    assert_eq!(form["properties"]["findings"]["items"]["properties"]["line"]["enum"], json!([4, 5]));
    let asked = |at: usize| turns[at].turn.messages.last().map(Message::text).unwrap_or_default();
    assert!(
        asked(0).contains("    4 +         sum -= one;\n") && asked(0).contains("    2       let mut sum")
    );
    assert!(asked(1).contains("says of line 4: It overflows."), "{}", asked(1));
    let sources: Vec<Value> = report::json(&review)["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["source"].clone())
        .collect();
    assert_eq!(sources, ["model", "code"]);
    assert!(report::markdown(&review).contains("(model-says)"));
}

#[test]
fn a_model_is_told_what_the_house_asks_and_no_rule_of_it() {
    let house = HouseRules::parse("# Reviews\n\nSums may wrap around.\n- error: debug-output\n");
    for (house, expected) in [(house, true), (HouseRules::default(), false)] {
        let scripted = model(&[claims(&[claim(4, "It overflows.", 9)]), doubt(true, 9)]);
        reviewed(&changed(), &scripted, &Options { house, ..Options::default() });
        let turns = scripted.turns();
        assert_eq!(turns.len(), 2);
        for asked in turns {
            let Some(Message::System(told)) = asked.turn.messages.first() else {
                panic!("no system message")
            };
            let asks = told.contains("This repository asks of reviews:\n# Reviews\nSums may wrap around.");
            assert_eq!((asks, told.contains("debug-output")), (expected, false), "{told}");
        }
    }
}

#[test]
fn what_a_model_says_is_capped_known_again_and_switched_off_like_any_finding() {
    let body = |n: usize| format!("fn f{n}(a: u32) -> u32 {{\n    a / {n}\n}}\n");
    let sandbox = Sandbox::with(&[("b.rs", "")]);
    sandbox.write(&[("b.rs", &(1..30).map(body).collect::<String>())]);
    let scripted = || {
        let turns = (0..20).flat_map(|at| {
            let line = 2 + 3 * at;
            [claims(&[claim(line, "It divides by what may be zero.", 9)]), doubt(true, 9)]
        });
        model(&turns.collect::<Vec<_>>())
    };
    let all = reviewed(&sandbox, &scripted(), &Options::default());
    assert_eq!(all.findings.len(), 10, "{:?}", told(&all));
    assert_eq!((all.not_judged, &report::json(&all)["notJudged"]), (9, &json!(9)));
    assert!(report::markdown(&all).contains("\n9 changed symbols were not shown to the model"));
    let again = reviewed(&sandbox, &scripted(), &Options::default());
    let prints = |review: &Review| -> Vec<String> {
        review.findings.iter().map(|found| found.fingerprint.clone()).collect()
    };
    assert_eq!(prints(&all), prints(&again));
    let house = HouseRules::parse("- off: model-says\n");
    let off = reviewed(&sandbox, &scripted(), &Options { house, ..Options::default() });
    assert_eq!(off.findings.len(), 0);
}

#[test]
fn what_has_no_room_is_not_shown_and_said_not_to_be() {
    let body = |n: usize| format!("    let a{n} = call_something({n}, \"and more\");\n");
    let long = |count: usize| format!("fn f() {{\n{}}}\n", (0..count).map(body).collect::<String>());
    for (lines, asked, not_judged) in [(20, 1, 0), (150, 0, 1), (400, 0, 1)] {
        let sandbox = Sandbox::with(&[("b.rs", "")]);
        sandbox.write(&[("b.rs", &long(lines))]);
        let scripted = model(&[claims(&[])]);
        let review = reviewed(&sandbox, &scripted, &Options::default());
        assert_eq!((scripted.turns().len(), review.not_judged), (asked, not_judged), "{lines}");
    }
}

#[test]
fn a_secret_is_shown_to_no_model_and_an_excluded_file_neither() {
    let value = format!("glpat-{}", "Zq7Rm2Kx6Vt4Bn5Ct8Wd");
    let sandbox = Sandbox::with(&[("a.rs", "fn f() {\n}\n"), (".gitignore", "")]);
    sandbox.write(&[
        ("a.rs", &format!("fn f() {{\n    login(\"{value}\");\n}}\n")),
        ("secrets/.env", "fn g() {}\n"),
    ]);
    let scripted = model(&[claims(&[claim(2, &format!("`{value}` is in the code."), 9)]), doubt(true, 9)]);
    let review = reviewed(&sandbox, &scripted, &Options::default());
    let shown: String = scripted
        .turns()
        .iter()
        .flat_map(|asked| asked.turn.messages.clone())
        .map(|m| m.text().to_owned())
        .collect();
    assert!(shown.contains("login(") && !shown.contains(&value) && !shown.contains("fn g"), "{shown}");
    assert!(!format!("{review:?}").contains(&value));
}

#[test]
fn who_gives_up_waits_for_no_model() {
    let (sandbox, cancel, house) = (changed(), CancelToken::new(), HouseRules::default());
    cancel.cancel();
    let scripted = model(&[]);
    assert_eq!(
        model_findings(&sandbox.staged(), &house, &scripted, &cancel).map(|judged| judged.findings.len()),
        Ok(0)
    );
    assert_eq!(scripted.turns().len(), 0);
    assert!(
        model_findings(&sandbox.staged(), &house, &scripted, &CancelToken::new()).is_err(),
        "a model that cannot says so"
    );
}

#[test]
fn a_model_is_asked_about_what_has_changed_since_alone() {
    let sandbox = changed();
    sandbox.write(&[("b.rs", "fn h() {\n    k(1);\n}\n")]);
    let since = |changes: crate::Changes| Options { since: Some(Since::of(changes)), ..Options::default() };
    let mut changes = sandbox.staged();
    let scripted = || model(&[claims(&[claim(2, "It is called once.", 9)]), doubt(true, 9), claims(&[])]);
    let all = scripted();
    reviewed(&sandbox, &all, &since(changes.clone()));
    assert!(all.turns().len() > 1, "both are asked about");
    changes.files.retain(|file| file.change.path == "b.rs");
    let some = scripted();
    let review = reviewed(&sandbox, &some, &since(changes));
    assert_eq!((some.turns().len(), told(&review)), (2, vec!["b.rs:2 model-says information".to_owned()]));
    assert_eq!(review.earlier, Some(1), "of code, in the other file");
}
