//! Callers: which of them a change leaves behind.

use super::Sandbox;
use super::review::reviewed;
use crate::review::{Options, Review, callers_left_behind, report};
use trust_changes::Scope;

const RUST: &str = "pub fn compute(a: u8) -> u8 {\n    a * 2 + 17\n}\n";
const SCRIPT: &str = "export function compute(a) {\n  return a * 2 + 17;\n}\n";

/// With one more parameter.
fn wider(text: &str) -> String {
    text.replace("compute(a: u8)", "compute(a: u8, b: u8)")
        .replace("compute(a) {\n  return a *", "compute(a, b) {\n  return a *")
}

fn left_behind(before: &[(&str, String)], after: &[(&str, String)]) -> Vec<String> {
    let sandbox = Sandbox::with(&[("x.txt", "")]);
    before.iter().for_each(|(path, text)| sandbox.write(&[(path, text)]));
    sandbox.commit("Before");
    after.iter().for_each(|(path, text)| sandbox.write(&[(path, text)]));
    let found = reviewed(&sandbox, &Options::default()).findings.into_iter();
    found.filter(|one| one.rule.id == "callers-not-updated").map(|one| one.message).collect()
}

#[test]
fn a_caller_in_a_file_that_changed_is_left_behind_where_its_own_lines_did_not() {
    let calls = |call: &str| format!("{RUST}\nfn user() -> u8 {{\n    {call}\n}}\n");
    let (one, several) = (calls("compute(1)"), calls("compute(\n        1,\n    )"));
    let takes = |place: &str| format!("`compute` takes other parameters, and is called as before in {place}");
    let cases: Vec<(&str, String, String, Option<String>)> = vec![
        ("as before", one.clone(), wider(&one), Some(takes("a.rs:6"))),
        ("as it is to be", one.clone(), wider(&one).replace("(1)", "(1, 2)"), None),
        ("in a later line", several.clone(), wider(&several).replace("1,\n", "1,\n        2,\n"), None),
        ("in neither", several.clone(), wider(&several), Some(takes("a.rs:6"))),
        (
            "in its own body",
            RUST.replace("a * 2", "compute(a)"),
            wider(&RUST.replace("a * 2", "compute(a)")),
            Some(takes("a.rs:2")),
        ),
        (
            "for this file alone",
            one.replace("pub ", ""),
            wider(&one.replace("pub ", "")),
            Some(takes("a.rs:6")),
        ),
        ("in a text", calls("g(\"compute(1)\")"), wider(&calls("g(\"compute(1)\")")), None),
        ("in a comment", calls("g() // compute(1)"), wider(&calls("g() // compute(1)")), None),
        ("a method", calls("x.compute(1)"), wider(&calls("x.compute(1)")), None),
    ];
    for (name, before, after, expected) in cases {
        let found = left_behind(&[("a.rs", before)], &[("a.rs", after)]);
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn a_caller_in_another_file_that_changed_is_left_behind_too() {
    let user = |more: &str| format!("fn user() {{\n    g();\n{more}    compute(1);\n}}\n");
    let plain = || String::from("fn user() {\n    g();\n}\n");
    let renamed = RUST.replace("compute", "reckon");
    let other = "pub fn compute(a: u32, b: u32) -> u32 {\n    b / 3 - a\n}\n";
    let cases: Vec<(&str, [String; 2], [String; 2], Option<&str>)> = vec![
        (
            "touched elsewhere",
            [RUST.into(), user("")],
            [wider(RUST), user("    h();\n")],
            Some("takes other parameters, and is called as before in b.rs:4"),
        ),
        (
            "a new call by the old name",
            [RUST.into(), plain()],
            [renamed, user("")],
            Some("has another name, and is called as before in b.rs:3"),
        ),
        (
            "for its file alone",
            [RUST.replace("pub ", ""), user("")],
            [wider(&RUST.replace("pub ", "")), user("    h();\n")],
            None,
        ),
        (
            "written anew elsewhere",
            [RUST.into(), user("")],
            [String::new(), format!("{}{other}", user(""))],
            None,
        ),
    ];
    for (name, before, after, expected) in cases {
        let [a, b] = before;
        let [c, d] = after;
        let found = left_behind(&[("a.rs", a), ("b.rs", b)], &[("a.rs", c), ("b.rs", d)]);
        assert_eq!(found.len(), usize::from(expected.is_some()), "{name}: {found:?}");
        assert!(expected.is_none_or(|expected| found[0].ends_with(expected)), "{name}: {found:?}");
    }
}

#[test]
fn a_method_of_a_script_is_told_from_a_call() {
    let cases = [
        ("function user() {\n  return compute(1);\n}\n", true),
        ("class A {\n  compute(a) {\n    return compute(a);\n  }\n}\n", false),
        ("interface A {\n  compute(a: number): number;\n}\n", false),
        ("class A {\n  static async compute(a) {\n    return g(a);\n  }\n}\n", false),
    ];
    for (below, expected) in cases {
        let before = format!("{SCRIPT}\n{below}");
        let path = if below.starts_with("interface") { "a.ts" } else { "a.js" };
        let found = left_behind(&[(path, before.clone())], &[(path, wider(&before))]);
        assert_eq!(found.len(), usize::from(expected), "{below}: {found:?}");
    }
}

/// Of what ended elsewhere, the files that it touched are known alone.
#[test]
fn callers_of_what_is_not_checked_out_are_looked_for_where_it_changed() {
    let own = format!("{RUST}\nfn user() -> u8 {{\n    compute(1)\n}}\n");
    let sandbox = Sandbox::with(&[("a.rs", &own), ("b.rs", "fn other() {\n    compute(1);\n}\n")]);
    sandbox.write(&[("a.rs", &wider(&own))]);
    sandbox.commit("Second");
    sandbox.git(&["branch", "second"]);
    let repository = sandbox.repository();
    let broker = crate::Broker::new(repository.root().to_owned());
    let told = |revision: &str| {
        let changes = sandbox.changes(Scope::Commit(revision.into()));
        callers_left_behind(&repository, &changes, &broker, None, &|| false)
    };
    let found = told("HEAD");
    assert!(found.len() == 1 && found[0].ends_with("as before in a.rs:6, b.rs:2"), "{found:?}");
    assert_eq!(told("second"), found, "the same commit by another name");
    sandbox.write(&[("c.rs", "")]);
    sandbox.commit("Third");
    let found = told("second");
    assert!(found.len() == 2 && found[0].ends_with("as before in a.rs:6"), "{found:?}");
    assert!(found[1].contains("were not searched"), "{found:?}");
}

#[test]
fn what_was_not_searched_is_said() {
    let review = Review { files: 1, not_searched: 2, ..Review::default() };
    assert!(report::markdown(&review).ends_with("\n2 more files were not searched for callers.\n"));
    assert_eq!(report::json(&review)["notSearched"], 2);
    assert!(report::json(&Review::default()).get("notSearched").is_none());
}
