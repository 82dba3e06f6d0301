//! Commit messages: form, content, and what they may not say.

use super::Sandbox;
use crate::commit::{
    Example, Facts, Form, History, MAX_SUBJECT, Request, Style, draft, draft_each, drafts, groups, learn,
    parse_typed, ungrounded,
};
use std::time::{Duration, Instant};
use trust_changes::{FileFacts, Status, between};

const CODE: &str =
    "pub fn first(a: u8) -> u8 {\n    a + 1\n}\n\npub fn second(b: u8) -> u8 {\n    b * 2 + 17\n}\n";

/// A repository whose messages are these, each touching `path`.
fn with_history(path: &str, subjects: &[&str]) -> Sandbox {
    let sandbox = Sandbox::with(&[(path, CODE)]);
    for (at, subject) in subjects.iter().enumerate() {
        sandbox.write(&[(path, &format!("// {at}\n{CODE}"))]);
        sandbox.commit(subject);
    }
    sandbox
}

fn proposed(sandbox: &Sandbox, request: &Request) -> String {
    let changes = sandbox.staged();
    draft(&changes.files, &learn(&sandbox.repository(), "HEAD", &|| false).unwrap(), request).unwrap().subject
}

#[test]
fn what_is_about_is_said() {
    let third = "\npub fn third(c: u8) -> u8 {\n    c + 3\n}\n";
    let cases: [(&str, &str, String, &str); 8] = [
        ("a.rs", "a function", format!("{CODE}{third}"), "Add `third`"),
        ("a.rs", "none any more", "pub fn first(a: u8) -> u8 {\n    a + 1\n}\n".into(), "Remove `second`"),
        ("a.rs", "a name", CODE.replace("second", "other"), "Rename `second` to `other`"),
        (
            "a.rs",
            "a parameter",
            CODE.replace("(b: u8)", "(b: u8, extra: u8)"),
            "Add parameter `extra` to `second`",
        ),
        ("a.rs", "a body", CODE.replace("17", "18"), "Change `second`"),
        ("a.rs", "a comment", format!("/// Says more.\n{CODE}"), "Document `first`"),
        ("README.md", "prose", "# More\n".into(), "Update README.md"),
        ("Cargo.toml", "a version", "serde = \"1.0.3\"\n".into(), "Bump serde from 1.0.2 to 1.0.3"),
    ];
    for (path, name, after, expected) in cases {
        let sandbox =
            Sandbox::with(&[("a.rs", CODE), ("README.md", "# One\n"), ("Cargo.toml", "serde = \"1.0.2\"\n")]);
        sandbox.write(&[(path, &after)]);
        assert_eq!(proposed(&sandbox, &Request::default()), expected, "{name}");
    }
}

#[test]
fn the_form_is_the_one_of_the_history() {
    let typed = [
        "fix(core): mend a",
        "fix(core): mend b",
        "feat(core): have c",
        "fix(core): mend d",
        "fix(core): mend e",
    ];
    let past = ["Added a.", "Changed b.", "Removed c.", "Added d.", "Added e."];
    let tickets = ["AB-1 Do a", "AB-2 Do b", "AB-3 Do c", "AB-4 Do d", "AB-5 Do e"];
    let branch = || Some("feature/AB-77-more".to_owned());
    let cases: [(&[&str], Option<Form>, Option<String>, &str); 6] = [
        (&typed, None, None, "fix(core): change second"),
        (&typed, Some(Form::Plain), None, "change second"),
        (&past, None, None, "Changed second."),
        (&past, Some(Form::Conventional), None, "fix: changed second."),
        (&tickets, None, branch(), "AB-77 Change second"),
        (&tickets, None, None, "Change second"),
    ];
    for (history, form, branch, expected) in cases {
        let sandbox = with_history("core/a.rs", history);
        sandbox.write(&[("core/a.rs", &CODE.replace("17", "18"))]);
        assert_eq!(proposed(&sandbox, &Request { form, branch, signer: None }), expected, "{history:?}");
    }
}

#[test]
fn a_subject_begins_with_its_area_where_others_do() {
    let areas =
        ["net/http: mend a", "net/http: mend b", "net/url: have c", "net/http: mend d", "all: mend e"];
    let elsewhere = ["lib/other: mend a"; 5];
    let cases: [(&[&str], Option<Form>, &str); 3] = [
        (&areas, None, "net/http: change second"),
        (&areas, Some(Form::Plain), "change second"),
        // A path that is not in the diff is named nowhere.
        (&elsewhere, None, "change second"),
    ];
    for (history, form, expected) in cases {
        let sandbox = with_history("net/http/a.rs", history);
        sandbox.write(&[("net/http/a.rs", &CODE.replace("17", "18"))]);
        let request = Request { form, ..Request::default() };
        assert_eq!(proposed(&sandbox, &request), expected, "{history:?}");
    }
}

#[test]
fn no_message_is_too_long_or_names_what_is_not_there() {
    let long = "a_name_that_goes_on_and_on_for_longer_than_anybody_would_care_to_read_or_write_it";
    let sandbox = Sandbox::with(&[("a.rs", CODE)]);
    let code: String =
        (0..40).map(|n| format!("pub fn {long}_{n}(a: u8) -> u8 {{\n    a + {n}\n}}\n")).collect();
    sandbox.write(&[("a.rs", &code), ("src/more.rs", &code.replace("pub ", ""))]);
    let changes = sandbox.staged();
    let facts = Facts::of(&changes.files);
    let history = learn(&sandbox.repository(), "HEAD", &|| false).unwrap();
    for form in [Form::Plain, Form::Conventional] {
        let request = Request { form: Some(form), ..Request::default() };
        let proposed = drafts(&changes.files, &history, &request, 5);
        assert!(proposed.len() > 1);
        for draft in proposed {
            assert!(draft.subject.chars().count() <= MAX_SUBJECT, "{}", draft.subject);
            assert_eq!(
                parse_typed(&draft.subject).is_some(),
                form == Form::Conventional,
                "{}",
                draft.subject
            );
            assert_eq!(ungrounded(&draft.message(), &facts), [""; 0]);
            assert!(draft.body.lines().count() < 60, "{}", draft.body);
        }
    }
    assert_eq!(ungrounded("Add `third` to src/other.rs in 3 steps", &facts), ["third", "src/other.rs"]);
}

#[test]
fn secrets_are_not_in_messages() {
    let sandbox = Sandbox::with(&[("a.rs", CODE)]);
    sandbox.write(&[(".env", "API_KEY=hunter2\n"), ("id_rsa", "PRIVATE KEY\n")]);
    let changes = sandbox.staged();
    let message =
        draft(&changes.files, &learn(&sandbox.repository(), "HEAD", &|| false).unwrap(), &Request::default())
            .unwrap()
            .message();
    assert!(
        !message.contains("hunter") && !message.contains("API_KEY") && !message.contains("PRIVATE"),
        "{message}"
    );
}

#[test]
fn nothing_stands_in_a_message_for_a_secret_that_was_changed() {
    let key = format!("glpat-{}", "Zq7Rm2Kx6Vt4Bn5Ct8Wd");
    let before = "def connect(host):\n    return open_it(host)\n\ndef other():\n    return 1\n";
    let sandbox = Sandbox::with(&[("a.py", before)]);
    let after =
        before.replace("(host):", &format!("(host, token=\"{key}\"):")).replace("return 1", "return 2");
    sandbox.write(&[("a.py", &after)]);
    let history = learn(&sandbox.repository(), "HEAD", &|| false).unwrap();
    let told = |sandbox: &Sandbox| -> Vec<String> {
        let proposed = drafts(&sandbox.staged().files, &history, &Request::default(), 5);
        proposed.iter().map(|draft| draft.message()).collect()
    };
    let messages = told(&sandbox);
    assert!(messages[0].starts_with("Add parameter `token` to `connect`\n"), "{messages:?}");
    assert!(messages.iter().all(|text| text.contains("`other`") && !text.contains("**")), "{messages:?}");
    assert!(!messages.concat().contains(&key), "{messages:?}");
    // A file that is called so is not named.
    sandbox.commit("Second");
    sandbox.write(&[(&key, "x\n")]);
    assert_eq!(told(&sandbox), ["Add code"]);
}

#[test]
fn who_commits_signs_off_where_that_is_the_habit() {
    for (trailer, expected) in [("Signed-off-by: B <b@example.org>", true), ("", false)] {
        let subjects: Vec<String> = (0..6).map(|at| format!("Change {at}\n\n{trailer}")).collect();
        let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
        let sandbox = with_history("a.rs", &subjects);
        sandbox.git(&["config", "user.name", "A"]);
        sandbox.git(&["config", "user.email", "a@example.org"]);
        let request = Request { signer: sandbox.repository().committer(), ..Request::default() };
        sandbox.write(&[("a.rs", &CODE.replace("17", "18"))]);
        let changes = sandbox.staged();
        let history = learn(&sandbox.repository(), "HEAD", &|| false).unwrap();
        let message = |request: &Request| draft(&changes.files, &history, request).unwrap().message();
        let signed = message(&request).ends_with("\n\nSigned-off-by: A <a@example.org>");
        assert_eq!(signed, expected, "{}", message(&request));
        assert!(!message(&Request::default()).contains("Signed-off-by"), "nobody is named who is not known");
    }
}

#[test]
fn what_belongs_together_stays_together() {
    let sandbox = Sandbox::with(&[("a.rs", CODE)]);
    sandbox.write(&[
        ("api.rs", "pub fn shared_thing() -> u8 {\n    1\n}\n"),
        ("docs/guide.md", "# Guide\n"),
        ("tests/calls.rs", "fn t() {\n    shared_thing();\n}\n"),
        ("Cargo.lock", "x\n"),
        ("Cargo.toml", "y\n"),
        ("parser.ts", "export const p = 1;\n"),
        ("parser.test.ts", "check();\n"),
    ]);
    let files = sandbox.staged().files;
    let named: Vec<Vec<&str>> = groups(&files)
        .into_iter()
        .map(|group| group.into_iter().map(|at| files[at].change.path.as_str()).collect())
        .collect();
    let expected: [&[&str]; 4] = [
        &["Cargo.lock", "Cargo.toml"],
        &["api.rs", "tests/calls.rs"],
        &["docs/guide.md"],
        &["parser.test.ts", "parser.ts"],
    ];
    assert_eq!(named, expected);
}

#[test]
fn what_was_not_learned_in_time_makes_a_plainer_message() {
    let sandbox = with_history("core/a.rs", &["fix(core): a"; 8]);
    sandbox.write(&[("core/a.rs", &CODE.replace("17", "18"))]);
    let changes = sandbox.staged();
    for (stop, expected) in [(false, "fix(core): change second"), (true, "change second")] {
        let history = learn(&sandbox.repository(), "HEAD", &|| stop).unwrap();
        assert_eq!(history.examples.is_empty(), stop);
        let subject = draft(&changes.files, &history, &Request::default()).unwrap().subject;
        assert!(subject.ends_with(expected), "{subject}");
    }
}

fn new_file(path: &str, text: &str) -> FileFacts {
    between(path, None, text, &|| false).unwrap()
}

#[test]
fn thousands_of_files_are_split_in_no_time() {
    let alone = |n: usize| new_file(&format!("many/file{n}.rs"), &format!("fn function_{n}() {{ {n} }}\n"));
    let mut files: Vec<FileFacts> = (0..5_000).map(alone).collect();
    files.push(new_file("x/last.rs", "fn caller() {\n    function_7();\n    function_4999();\n}\n"));
    let example = |n: usize| Example {
        kind: "fix".into(),
        scope: Some("many".into()),
        paths: vec![(format!("many/file{n}.rs"), Status::Modified)],
    };
    let style = Style { form: Form::Conventional, types: vec!["fix".into()], ..Style::default() };
    let history = History { style, examples: (0..800).map(example).collect() };
    let start = Instant::now();
    let found = groups(&files);
    assert_eq!((found.len(), found[7].as_slice()), (4_999, &[7, 4_999, 5_000][..]));
    let parts: Vec<Vec<FileFacts>> =
        found.iter().map(|group| group.iter().map(|at| files[*at].clone()).collect()).collect();
    let proposed = draft_each(&parts, &history, &Request::default());
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    for (files, proposed) in parts.iter().zip(&proposed).step_by(500) {
        assert_eq!(*proposed, draft(files, &history, &Request::default()), "as if each were alone");
    }
    assert_eq!(proposed.len(), 4_999);
}

#[test]
fn a_name_joins_those_who_define_it_where_somebody_mentions_it() {
    let defines = |path: &str| new_file(path, "fn shared_name() {}\n");
    let alone = [defines("a.rs"), new_file("b.rs", "fn other_one() {}\n")];
    assert_eq!(groups(&alone), [[0], [1]]);
    let both =
        [defines("a.rs"), defines("b.rs"), new_file("c.rs", "fn uses_it() {\n    shared_name();\n}\n")];
    assert_eq!(groups(&both), [[0, 1, 2]]);
}
