//! Edits that a model makes, by models that a test writes: what is used of their answers, and what is sent back.
#![allow(clippy::unwrap_used, reason = "tests may fail")]

use std::time::Duration;
use trust_assist::actions::{ActionError, Edit, Site, Target, Wish, commented, edited as put, make, target};
use trust_index::Language;
use trust_inference::scripted::ScriptedModel;
use trust_inference::{CancelToken, Event, Message, ModelCard};

const RUST: &str =
    "impl A {\n    pub fn add(left: u32) -> u32 {\n        return left + 1;\n    }\n}\n\nfn other() {}\n";
const PYTHON: &str =
    "class A:\n    def add(self, left):\n        return left + 1\n\n    def one(self): return 1\n";

fn model(replies: &[&str]) -> ScriptedModel {
    let card = ModelCard { name: "script".into(), parameters: 0, context_length: 4096, fim: None };
    let text = |reply: &&str| vec![Event::Text { text: reply.to_string(), logprob: 0.0, tokens: 1 }];
    ScriptedModel::new(card, "").with_turns(replies.iter().map(text))
}

fn at(language: Language, text: &str, word: &str) -> Target {
    let start = text.find(word).unwrap();
    let selection = start..start + word.len();
    commented(language, text, &selection).or_else(|| target(language, text, &selection)).unwrap()
}

/// The text with the edit in it, and how often the model was asked; or why there is none.
fn edited(
    (language, text, word): (Language, &str, &str),
    wish: &Wish,
    replies: &[&str],
) -> Result<(String, usize), ActionError> {
    let target = at(language, text, word);
    let site = Site { path: "src/a", language, text, target: &target };
    let Edit { parts, attempts } = make(wish, &site, &model(replies), &CancelToken::new())?;
    Ok((put(text, &parts), attempts))
}

#[test]
fn the_symbol_is_the_smallest_around_the_selection() {
    let found = at(Language::Rust, RUST, "left + 1");
    assert_eq!((found.name.as_str(), found.kind, found.documented), ("add", "method", false));
    assert_eq!(at(Language::Python, PYTHON, "class").name, "A");
    assert_eq!(target(Language::Rust, RUST, &(60..RUST.len())), None);
    assert_eq!(target(Language::Rust, "", &(0..0)), None);
}

#[test]
fn answers_are_put_in_place_indented_and_checked() {
    let good = "Sure!\n```rust\npub fn add(left: u32) -> u32 {\n    left + 1\n}\n```\nThat is simpler.";
    let simple = RUST.replace("return left + 1;", "left + 1");
    let broken = "```\npub fn add(left: u32) -> u32 {\n    left +\n}\n```";
    let renamed = "```\nfn sum(left: u32) -> u32 { left + 1 }\n```";
    let same = "```\n    pub fn add(left: u32) -> u32 {\n        return left + 1;\n    }\n```";
    let code = (Language::Rust, RUST, "left + 1");
    let simplify = &Wish::Simplify;
    assert_eq!(edited(code, simplify, &[good]), Ok((simple.clone(), 1)));
    for bad in [broken, renamed, same, "I cannot.", "```\n\n```", "```\npub fn add() {}"] {
        assert_eq!(edited(code, simplify, &[bad, good]), Ok((simple.clone(), 2)), "{bad}");
        let never = edited(code, simplify, &[bad, bad, bad, good]);
        assert!(matches!(never, Err(ActionError::Unusable(_))), "{bad}: {never:?}");
    }
    let rewrite = &Wish::Rewrite("call it sum".into());
    assert!(edited(code, rewrite, &[renamed]).unwrap().0.contains("    fn sum(left"));
    // Lines end as they did.
    let windows = RUST.replace('\n', "\r\n");
    let told = edited((Language::Rust, &windows, "left + 1"), simplify, &[good]).unwrap();
    assert_eq!(told.0, simple.replace('\n', "\r\n"));
    let python = (Language::Python, PYTHON, "left + 1");
    let typed = "```python\ndef add(self, left: int) -> int:\n    return left + 1\n```";
    let told = edited(python, &Wish::Fix("untyped".into()), &[typed]).unwrap().0;
    assert_eq!(told, PYTHON.replace("def add(self, left):", "def add(self, left: int) -> int:"));
}

#[test]
fn words_become_the_documentation_of_each_language() {
    let typescript = "export function add(left: number) {\n  return left + 1;\n}\n";
    let cases: [(Language, &str, &str, &str); 4] = [
        (Language::Rust, RUST, "left + 1", "impl A {\n    /// Adds one.\n    pub fn add"),
        (Language::Python, PYTHON, "left + 1", "left):\n        \"\"\"Adds one.\"\"\"\n        return"),
        (Language::TypeScript, typescript, "left + 1", "/**\n * Adds one.\n */\nexport function add"),
        (Language::Go, "package a\n\nfunc Add() {\n}\n", "Add", "\n// Adds one.\nfunc Add"),
    ];
    for (language, text, word, expected) in cases {
        for words in ["Adds one.", "/// Adds\n/// one.", "```\n\"\"\"Adds one.\"\"\"\n```"] {
            let (told, attempts) = edited((language, text, word), &Wish::Document, &[words]).unwrap();
            assert!(told.contains(expected) && attempts == 1, "{language:?} {words}: {told}");
        }
        let long = "word ".repeat(400);
        let told = edited((language, text, word), &Wish::Document, &[&long, "", &long]);
        assert!(matches!(told, Err(ActionError::Unusable(_))));
        // What would end the comment does not.
        let hostile = "Ends */ here \"\"\" and os.system()";
        let (told, _) = edited((language, text, word), &Wish::Document, &[hostile]).unwrap();
        assert!(told.contains("here"), "{told}");
    }
    let one_line = edited((Language::Python, PYTHON, "return 1"), &Wish::Document, &["One."; 3]);
    assert!(matches!(one_line, Err(ActionError::Unusable(why)) if why.contains("docstring")));
}

#[test]
fn secrets_long_symbols_and_cancels_are_refused_and_the_model_is_told_why() {
    let secret = "fn login() {\n    let password = \"q3mUX0vEuRt8kLwQ2nZc7YbJ5s\";\n}\n";
    let told = edited((Language::Rust, secret, "password"), &Wish::Simplify, &["```\nfn login() {}\n```"]);
    assert_eq!(told, Err(ActionError::Secret));
    let long = format!("fn long() {{\n{}}}\n", "    work();\n".repeat(900));
    let told = edited((Language::Rust, &long, "fn long"), &Wish::Simplify, &[]);
    assert!(matches!(told, Err(ActionError::TooLong { .. })), "{told:?}");

    let found = at(Language::Rust, RUST, "left + 1");
    let site = Site { path: "src/a.rs", language: Language::Rust, text: RUST, target: &found };
    let cancel = CancelToken::new();
    cancel.cancel();
    let scripted = model(&["x"]).with_delay(Duration::from_millis(1));
    assert_eq!(make(&Wish::Simplify, &site, &scripted, &cancel), Err(ActionError::Cancelled));

    let scripted = model(&["No.", "```\npub fn add( {\n```", "```\nfn x() {}\n```"]);
    let told = make(&Wish::Fix("unused `x`".into()), &site, &scripted, &CancelToken::new());
    assert_eq!(told, Err(ActionError::Unusable("it does not define `add` any more".into())));
    let turns = scripted.turns();
    assert_eq!(turns.len(), 3);
    let last =
        |turn: usize| turns[turn].turn.messages.last().map(Message::text).unwrap_or_default().to_owned();
    assert!(last(0).contains("A checker says of it: unused `x`"));
    assert!(last(1).contains("there is no code between") && last(2).contains("it has a syntax error"));
    assert_eq!(turns[2].turn.messages.len(), 4, "only the last answer is quoted");
}

#[test]
fn of_an_answer_with_annotations_only_these_are_taken() {
    let text = "import os\n\ndef add(left, right=1):\n    # kept\n    return  left + right\n";
    let code = (Language::Python, text, "add");
    let said = |code: &str| format!("```python\n{code}\n```");
    // It lost the comment's neighbour blank and wrote it in another layout.
    let good = said("def add(left: int, right: int = 1) -> int:\n    # kept\n    return left + right");
    let expected = text.replace("(left, right=1):", "(left: int, right: int = 1) -> int:");
    assert_eq!(edited(code, &Wish::Annotate, &[&good]), Ok((expected.clone(), 1)));
    let bad = [
        (good.replace("left + right", "left - right"), "it changes more than annotations, at `-`"),
        (good.replace("    # kept\n", ""), "it changes more than annotations"),
        (good.replace("-> int", "-> Optional[int]"), "`Optional` is neither built in nor imported"),
        (said("def add(left, right=1):\n    # kept\n    return left + right"), "it adds no annotation"),
        (good.replace("-> int:", "-> int"), "it has a syntax error"),
        ("I cannot.".into(), "there is no code"),
    ];
    for (bad, why) in &bad {
        assert_eq!(edited(code, &Wish::Annotate, &[bad, &good]), Ok((expected.clone(), 2)), "{bad}");
        let never = edited(code, &Wish::Annotate, &[bad, bad, bad, &good]);
        assert!(matches!(&never, Err(ActionError::Unusable(told)) if told.contains(why)), "{never:?}");
    }
    let imported = good.replace("-> int", "-> os.PathLike");
    assert!(edited(code, &Wish::Annotate, &[&imported]).unwrap().0.contains("-> os.PathLike:"));
    let script = "export function twice(x) {\n  return x * 2;\n}\n";
    let typed = "```ts\nfunction twice(x: number): number { return x * 2; }\n```";
    let told = edited((Language::TypeScript, script, "twice"), &Wish::Annotate, &[typed]).unwrap().0;
    assert_eq!(told, script.replace("(x)", "(x: number): number"));
}

#[test]
fn code_is_put_below_the_comment_that_announces_it() {
    let text = "fn f(items: &[u32]) -> u32 {\n    // add them up\n    // and say how much\n    sum\n}\n";
    let code = (Language::Rust, text, "and say");
    let good = "```rust\nlet sum = items.iter().sum();\n```";
    let expected = text.replace("how much\n", "how much\n    let sum = items.iter().sum();\n");
    assert_eq!(edited(code, &Wish::Code, &[good]), Ok((expected.clone(), 1)));
    // Some say the comment again.
    let again = "```\n    // add them up\n    // and say how much\n    let sum = items.iter().sum();\n```";
    assert_eq!(edited(code, &Wish::Code, &[again]), Ok((expected.clone(), 1)));
    let bad = [
        ("```\nlet sum = ;\n```", "syntax error"),
        ("```\nsum\n```", "stands below the comment already"),
        ("```\n// add them up\n// and say how much\n```", "holds no code"),
        ("let sum = 1;", "no code between"),
    ];
    for (bad, why) in bad {
        assert_eq!(edited(code, &Wish::Code, &[bad, good]), Ok((expected.clone(), 2)), "{bad}");
        let never = edited(code, &Wish::Code, &[bad, bad, bad]);
        assert!(matches!(&never, Err(ActionError::Unusable(told)) if told.contains(why)), "{never:?}");
    }
    let python = "def f(a):\r\n    # double it\r\n";
    let told = edited((Language::Python, python, "double"), &Wish::Code, &["```\nb = 2 * a\nreturn b\n```"]);
    assert_eq!(told.unwrap().0, "def f(a):\r\n    # double it\r\n    b = 2 * a\r\n    return b\r\n");
    // What documents a symbol announces nothing.
    let documented = "/// Adds.\nfn add() {}\n";
    assert_eq!(commented(Language::Rust, documented, &(2..2)), None);
}
