//! Explanations, word for word.

use super::Sandbox;
use crate::explain::{Running, Words, json, markdown, terminal, words, words_markdown};
use crate::{Speaker, gather, gather_telling};
use serde_json::Value;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use trust_changes::{Problem, Scope};
use trust_inference::scripted::ScriptedModel;
use trust_inference::{CancelToken, Event, ModelCard};

const BEFORE: &str = "use std::fs;\n\n/// Old words.\npub fn parse(text: &str) -> u8 {\n    text.len() as u8\n}\n\nfn helper_of_it(a: u8, b: u8) -> u8 {\n    a + b + 17\n}\n\nstruct Gone;\n";
const AFTER: &str = "use std::io;\n\n/// New words.\npub fn parse(text: &str, strict: bool) -> u8 {\n    text.len() as u8\n}\n\nfn assistant_of_it(a: u8, b: u8) -> u8 {\n    a + b + 17\n}\n\npub struct Fresh;\n";

#[test]
fn every_symbol_has_its_sentence() {
    let sandbox = Sandbox::with(&[
        ("src/a.rs", BEFORE),
        ("notes.md", "# One\n\nx\n"),
        (".env", "KEY=one\n"),
        ("c.sh", "x\n"),
    ]);
    sandbox.write(&[("src/a.rs", AFTER), ("notes.md", "# One\n\ny\n"), (".env", "KEY=two2\n")]);
    let text = markdown(&sandbox.changes(Scope::Unstaged), None);
    let expected = "# Changes not staged

3 files, +6 -6; symbols: 1 added, 1 removed, 1 renamed, 1 signature changed.

## .env (is not read: excluded by .env*, a name that secrets have) +0 -0


## notes.md +1 -1

- line 3: replaces 1 line by 1, at `# One`

## src/a.rs +5 -5

- line 12: adds public struct `Fresh`
- line 12: removes struct `Gone`
- line 8: renames function `helper_of_it` to `assistant_of_it`
- line 3: changes the signature of function `parse`: `pub fn parse(text: &str) -> u8` to `pub fn parse(text: &str, strict: bool) -> u8`
- changes imports (+1 -1)
";
    assert_eq!(text, expected);
    assert!(!text.contains("two2"));
}

#[test]
fn colours_are_only_for_terminals() {
    let sandbox = Sandbox::with(&[("a.py", "def f():\n    return 1\n")]);
    sandbox.write(&[("a.py", "def f():\n    return 2\n")]);
    let changes = sandbox.changes(Scope::Unstaged);
    assert!(terminal(&changes, true, None).contains("\x1b[32m+1\x1b[m"));
    let plain = terminal(&changes, false, None);
    assert!(!plain.contains('\x1b') && plain.contains("changes the body of function `f` (+1 -1)"), "{plain}");
    let json = json(&changes, None);
    assert_eq!(json["files"][0]["symbols"][0]["verdict"], "changed");
    assert_eq!(json["files"][0]["symbols"][0]["newLines"], serde_json::json!([1, 2]));
    assert_eq!(json["files"][0]["hunks"][0]["new"], serde_json::json!([2, 1]));
    assert!(markdown(&sandbox.changes(Scope::Staged), None).contains("Nothing differs."));
}

#[test]
fn what_is_large_is_reduced_and_says_so() {
    let sandbox = Sandbox::with(&[("a.txt", "x\n")]);
    let many: String = (0..400).map(|n| format!("fn function_{n}() {{ {n} }}\n")).collect();
    sandbox.write(&[("many.rs", &many)]);
    let text = markdown(&sandbox.staged(), None);
    assert!(
        text.contains("Reduced: 400 symbols and places are named without what happened in them."),
        "{text}"
    );
    assert!((0..400).all(|n| text.contains(&format!("`function_{n}`"))), "none is left out");
    sandbox.commit("Many");
    (0..310).for_each(|n| sandbox.write(&[(&format!("folder/{n}.txt"), "x\n")]));
    let text = terminal(&sandbox.staged(), false, None);
    assert!(text.contains("310 files have a line each") && text.contains("folder/ +310 -0"), "{text}");
    assert!((0..310).all(|n| text.contains(&format!("  {n}.txt +1 -0: is new"))), "none is left out: {text}");
    sandbox.commit("More");
    (0..260).for_each(|n| sandbox.write(&[(&format!("folder/{n}.txt"), "y\n")]));
    let text = markdown(&sandbox.staged(), None);
    assert!(text.contains("- line 1: replaces 1 line by 1\n") && !text.contains("Reduced"), "{text}");
}

/// What is told of what is staged: a piece for each file as it is compared, and the end.
fn told_as_it_comes(sandbox: &Sandbox) -> (Vec<String>, String) {
    sandbox.git(&["add", "-A"]);
    let repository = sandbox.repository();
    let broker = crate::Broker::new(repository.root().to_owned());
    let told = Mutex::new((Running::of(&Scope::Staged, false), Vec::new()));
    let changes = gather_telling(&repository, Scope::Staged, &broker, &CancelToken::new(), &|file, _, _| {
        let mut told = told.lock().unwrap();
        let (running, pieces) = &mut *told;
        pieces.push(running.file(file));
    });
    let (running, pieces) = told.into_inner().unwrap();
    (pieces, running.tail(&changes.unwrap()))
}

#[test]
fn an_explanation_begins_before_all_is_compared_and_ends_with_all_in_numbers() {
    let sandbox = Sandbox::with(&[("a.rs", "fn a() {\n    1;\n}\n"), ("b.rs", "fn b() {\n    1;\n}\n")]);
    assert_eq!(told_as_it_comes(&sandbox), (Vec::new(), "Staged changes: nothing differs.\n".to_owned()));
    sandbox.write(&[("a.rs", "fn a() {\n    2;\n}\n"), ("b.rs", "fn b() {\n    2;\n}\n")]);
    let (pieces, tail) = told_as_it_comes(&sandbox);
    let section =
        |name: &str| format!("\n{name}.rs +1 -1\n       1  changes the body of function `{name}` (+1 -1)\n");
    assert_eq!(pieces, [format!("Staged changes\n{}", section("a")), section("b")]);
    assert_eq!(tail, "\n2 files, +2 -2\n      2 body changed\n");
    assert_eq!(terminal(&sandbox.staged(), false, None), pieces.concat() + &tail, "as it is told at once");
}

#[test]
fn what_moved_from_file_to_file_is_told_when_all_is_compared() {
    let moved = "pub fn wanders(a: u8, b: u8) -> u8 {\n    a + b + 17\n}\n";
    let (one, other) = ("fn one() {}\n", "fn other() {}\n");
    let sandbox = Sandbox::with(&[("a.rs", &format!("{one}{moved}")), ("b.rs", other)]);
    sandbox.write(&[("a.rs", one), ("b.rs", &format!("{other}{moved}"))]);
    let (pieces, tail) = told_as_it_comes(&sandbox);
    assert!(pieces[0].contains("removes function `wanders`"), "{pieces:?}");
    assert!(pieces[1].contains("adds public function `wanders`"), "{pieces:?}");
    assert!(tail.contains("  b.rs: moves function `wanders` here from a.rs\n"), "{tail}");
    assert!(tail.contains("      1 moved\n"), "{tail}");
}

#[test]
fn what_is_long_is_told_by_names_from_where_it_is_long_on() {
    let many = |name: &str, count: usize| -> String {
        (0..count).map(|n| format!("fn {name}_{n}() {{ {n} }}\n")).collect()
    };
    let sandbox = Sandbox::with(&[("x.txt", "x\n")]);
    sandbox.write(&[
        ("a.rs", &many("first", 100)),
        ("b.rs", &many("second", 400)),
        ("c.rs", &many("third", 5)),
    ]);
    let (pieces, tail) = told_as_it_comes(&sandbox);
    assert!(pieces[0].contains("adds function `first_99`") && pieces[2].contains("adds function `third_4`"));
    assert!((0..400).all(|n| pieces[1].contains(&format!("`second_{n}`"))), "none is left out");
    assert!(
        pieces[1].contains("added: `second_0`, ") && !pieces[1].contains("adds function"),
        "{}",
        pieces[1]
    );
    assert!(tail.contains("Reduced: 400 symbols and places are named without"), "{tail}");
    sandbox.commit("Many");
    (0..310).for_each(|n| sandbox.write(&[(&format!("folder/{n}.txt"), "x\n")]));
    let (pieces, tail) = told_as_it_comes(&sandbox);
    assert!(tail.contains("Reduced: 10 files have a line each, below their folders"), "{tail}");
    assert!(pieces[300].starts_with("\nfolder/\n") && !pieces[301].contains("folder"), "{pieces:?}");
    let text = pieces.concat();
    assert!((0..310).all(|n| text.contains(&format!("{n}.txt +1 -0"))), "none is left out: {text}");
}

#[test]
fn nobody_waits_for_what_was_cancelled() {
    let sandbox = Sandbox::with(&[("a.txt", "x\n")]);
    sandbox.write(&[("a.txt", "y\n")]);
    let (repository, cancel) = (sandbox.repository(), CancelToken::new());
    cancel.cancel();
    let broker = crate::Broker::new(repository.root().to_owned());
    assert_eq!(gather(&repository, Scope::Unstaged, &broker, &cancel).err(), Some(Problem::Cancelled));
}

fn said(text: &str, sure: u32) -> Value {
    serde_json::json!({ "text": text, "sure": sure })
}

/// What a model that says this says of what is staged, and how often it was asked.
fn worded(sandbox: &Sandbox, replies: &[Value], context: u32) -> (Words, usize, Vec<usize>) {
    let card = ModelCard { name: "script".into(), parameters: 0, context_length: context, fim: None };
    let text = |reply: &Value| vec![Event::Text { text: reply.to_string(), logprob: 0.0, tokens: 1 }];
    let model = ScriptedModel::new(card, "").with_turns(replies.iter().map(text));
    let (cancel, mut told) = (CancelToken::new(), Vec::new());
    let speaker = Speaker::awaited(&model, Instant::now() + Duration::from_secs(60), &cancel);
    let words = words(&sandbox.staged(), speaker, &mut |at, _| told.push(at));
    (words, model.turns().len(), told)
}

#[test]
fn a_model_says_what_a_symbol_is_for_where_it_is_sure_and_names_what_is_there() {
    let sandbox = Sandbox::with(&[("a.py", "def f(a):\n    return 1\n")]);
    sandbox.write(&[("a.py", "def f(a):\n    if a:\n        return 2\n    return 1\n")]);
    let key = format!("glpat-{}", "Zq7Rm2Kx6Vt4Bn5Ct8Wd");
    let good = "to give 2 where there is an `a`";
    let cases: Vec<(&str, Vec<Value>, Option<&str>)> = vec![
        ("sure", vec![said("To give 2 where there is an `a`.", 8)], Some(good)),
        ("not sure", vec![said(good, 6)], None),
        ("out of range", vec![said(good, 11)], None),
        ("invented, then good", vec![said("to call `g`", 9), said(good, 9)], Some(good)),
        ("invented twice", vec![said("to call g()", 9), said("to give 3", 9)], None),
        ("a secret", vec![said(&format!("to use {key}"), 9), said("to use <**********>", 9)], None),
        ("no clause", vec![said("Good change.", 9), said("It is better.", 9)], None),
        ("no form", vec![Value::from("to give 2")], None),
    ];
    for (name, replies, expected) in cases {
        let (words, asked, told) = worded(&sandbox, &replies, 4096);
        assert_eq!((words.of(0, 0), asked), (expected, replies.len()), "{name}");
        assert_eq!(told, [0], "{name}: told when it is done");
        let changes = sandbox.staged();
        let page = markdown(&changes, Some(&words));
        assert!(page.contains("- line 1: changes the body of function `f` (+2 -0)\n"), "{name}: {page}");
        assert_eq!(page.contains(&format!("\n  - script: {good}\n")), expected.is_some(), "{name}: {page}");
        let json = json(&changes, Some(&words));
        assert_eq!(json["files"][0]["symbols"][0]["intent"].as_str(), expected, "{name}");
        assert_eq!(json["words"]["model"], "script");
        assert_eq!(words_markdown(&changes, 0, &words).contains(good), expected.is_some());
        assert_eq!(
            terminal(&changes, false, Some(&words)).contains(&format!("script: {good}")),
            expected.is_some()
        );
        assert!(!format!("{words:?}{page}{json}").contains(&key), "{name}");
    }
}

#[test]
fn what_many_symbols_are_for_is_said_once_and_what_was_not_asked_about_is_named() {
    let body = |n: usize| format!("fn f{n}(a: u32) -> u32 {{\n    a + {n}\n}}\n");
    let sandbox = Sandbox::with(&[("x.txt", "")]);
    sandbox.write(&[("a.rs", &(100..145).map(body).collect::<String>()), ("b.rs", "fn g() {\n    h()\n}\n")]);
    let mut replies: Vec<Value> = (0..40).map(|_| said("to add a number", 9)).collect();
    replies.push(said("All of them add a number to `a`.", 9));
    let (words, asked, told) = worded(&sandbox, &replies, 4096);
    assert_eq!((asked, words.not_asked.len(), told), (41, 6, vec![0, 1]), "{:?}", words.not_asked);
    assert_eq!(words.overview.as_deref(), Some("All of them add a number to `a`"));
    let page = markdown(&sandbox.staged(), Some(&words));
    assert!(page.contains("\nscript: All of them add a number to `a`.\n"), "{page}");
    assert!(page.contains("script was not asked about `f") && page.contains("`g` in b.rs"), "{page}");
    // Of a small model the sentence on the whole is of what it has room for.
    let (words, ..) = worded(&sandbox, &replies, 1024);
    assert!((1..40).contains(&words.left_out) && words.overview.is_some(), "{words:?}");
    let page = markdown(&sandbox.staged(), Some(&words));
    assert!(
        page.contains(&format!("sentence on all of it leaves {} of these out.", words.left_out)),
        "{page}"
    );
    // What has no room is not shown in part.
    let long: String = (0..400).map(|n| format!("    h({n});\n")).collect();
    sandbox.write(&[("a.rs", ""), ("b.rs", &format!("fn g() {{\n{long}}}\n"))]);
    let (words, asked, _) = worded(&sandbox, &[], 2048);
    assert_eq!((asked, words.not_asked.as_slice()), (0, &["`g` in b.rs".to_owned()][..]));
    // A model that ends in the middle leaves the facts, and says so.
    sandbox.write(&[("b.rs", "fn g() {\n    h()\n}\nfn k() {\n    h()\n}\n")]);
    let (words, _, _) = worded(&sandbox, &[said("to call `h`", 9)], 4096);
    assert!(words.of(1, 0).is_some() && words.note.is_some(), "{words:?}");
    let page = markdown(&sandbox.staged(), Some(&words));
    assert!(page.contains("adds function `k`") && page.contains("script says no more"), "{page}");
}

#[test]
fn a_reduced_explanation_keeps_what_a_model_said() {
    let sandbox = Sandbox::with(&[("a.txt", "x\n")]);
    let many: String = (0..300).map(|n| format!("fn function_{n}() {{ {n} }}\n")).collect();
    sandbox.write(&[("many.rs", &many)]);
    let (words, _, _) = worded(&sandbox, &[said("to have a number", 9)], 4096);
    for page in [markdown(&sandbox.staged(), Some(&words)), terminal(&sandbox.staged(), false, Some(&words))]
    {
        assert!(
            page.contains("`function_0`: to have a number, says script") && page.contains("Reduced"),
            "{page}"
        );
    }
}
