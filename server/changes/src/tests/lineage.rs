//! Where symbols and lines come from.

use super::{Plain, Sandbox};
use crate::{Problem, Step, Trace, Verdict, blame, committed, edited, messages, trace};
use std::sync::atomic::{AtomicUsize, Ordering};

fn traced(sandbox: &Sandbox, path: &str, line: u32, most: usize) -> Result<Trace, Problem> {
    let repository = sandbox.repository()?;
    let path = sandbox.path().join(path);
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    trace(&repository, &path, &text, line, most, &Plain::default(), &|| false)
}

fn told(trace: &Trace) -> Vec<String> {
    let told = |step: &Step| {
        let subject = step.commit.as_ref().map_or("(now)", |commit| commit.subject.as_str());
        let what = match step.symbol.as_ref().map(|symbol| &symbol.verdict) {
            Some(Verdict::Renamed { from }) => format!("renamed from {from}"),
            Some(Verdict::Moved { from }) => format!("moved from {from}"),
            Some(Verdict::Added) => "added".into(),
            Some(verdict) => format!("{verdict:?} {:?}", step.symbol.as_ref().unwrap().aspects),
            None => format!("lines {:?}", step.lines),
        };
        format!("{subject}: {}: {what}", step.file.change.path)
    };
    trace.steps.iter().map(told).collect()
}

const BODY: &str =
    "    let total = left.iter().map(|n| n + 1).sum::<u32>();\n    total + left.len() as u32\n}\n";

/// A function that was added, changed, renamed, moved to another file, which was renamed, and is being edited.
fn story() -> Sandbox {
    let sandbox = Sandbox::with(&[("a.rs", "fn other() {}\n")]);
    sandbox.write("a.rs", format!("fn other() {{}}\n\nfn sum(left: &[u32]) -> u32 {{\n{BODY}"));
    sandbox.commit("Add");
    sandbox.write("a.rs", format!("fn other() {{}}\n\nfn sum(left: &[u32], by: u32) -> u32 {{\n{BODY}"));
    sandbox.commit("Signature");
    sandbox.write("a.rs", format!("fn other() {{ 1 }}\n\nfn sum(left: &[u32], by: u32) -> u32 {{\n{BODY}"));
    sandbox.commit("Another");
    sandbox.write("a.rs", format!("fn other() {{ 1 }}\n\nfn total(left: &[u32], by: u32) -> u32 {{\n{BODY}"));
    sandbox.commit("Rename");
    sandbox.write("a.rs", "fn other() { 1 }\n");
    sandbox.write("b.rs", format!("//! Numbers.\n\nfn total(left: &[u32], by: u32) -> u32 {{\n{BODY}"));
    sandbox.commit("Move");
    sandbox.git(&["mv", "b.rs", "c.rs"]);
    sandbox.commit("File");
    sandbox.write(
        "c.rs",
        format!("//! Numbers.\n\nfn total(left: &[u32], by: u32) -> u32 {{\n    // Slow.\n{BODY}"),
    );
    sandbox
}

#[test]
fn a_symbol_is_followed_to_where_it_began() {
    let sandbox = story();
    let trace = traced(&sandbox, "c.rs", 4, 50).unwrap();
    assert_eq!((trace.symbol.as_deref(), trace.complete), (Some("total"), true));
    assert_eq!(
        told(&trace),
        [
            "(now): c.rs: Changed [Documentation]",
            "Move: b.rs: moved from a.rs",
            "Rename: a.rs: renamed from sum",
            "Signature: a.rs: Changed [Signature]",
            "Add: a.rs: added",
        ]
    );
    let short = traced(&sandbox, "c.rs", 4, 2).unwrap();
    assert_eq!((short.steps.len(), short.complete), (2, false));
}

#[test]
fn the_side_of_a_merge_that_made_it_is_followed() {
    let sandbox = Sandbox::with(&[("a.rs", "fn f() {\n    1\n}\n"), ("x", "1\n")]);
    sandbox.git(&["checkout", "-qb", "side"]);
    sandbox.write("a.rs", "fn f() {\n    2\n}\n");
    sandbox.commit("Side");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.write("x", "2\n");
    sandbox.commit("Main");
    sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]);
    let trace = traced(&sandbox, "a.rs", 0, 50).unwrap();
    assert_eq!(told(&trace), ["Side: a.rs: Changed [Body]", "First: a.rs: added"]);
}

#[test]
fn a_line_in_no_symbol_is_followed_too() {
    let sandbox = Sandbox::with(&[("notes.md", "# One\n\ntext\n")]);
    sandbox.write("notes.md", "# Zero\n\n# One\n\ntext\n");
    sandbox.commit("Above");
    sandbox.write("notes.md", "# Zero\n\n# One\n\nother text\n");
    sandbox.commit("Words");
    let trace = traced(&sandbox, "notes.md", 4, 50).unwrap();
    assert_eq!(told(&trace), ["Words: notes.md: lines 4..5", "First: notes.md: lines 2..3"]);
    assert_eq!((trace.symbol, trace.complete), (None, true));
}

#[test]
fn what_has_no_history_says_why() {
    let sandbox = Sandbox::with(&[("a.rs", "fn f() {}\n"), ("secret.rs", "fn f() {}\n")]);
    sandbox.write("new.rs", "fn f() {}\n");
    let trace = traced(&sandbox, "new.rs", 0, 50).unwrap();
    assert_eq!((told(&trace), trace.complete), (vec!["(now): new.rs: added".to_owned()], true));
    let outside = Sandbox::with(&[("b.rs", "fn f() {}\n")]);
    let repository = sandbox.repository().unwrap();
    let cases = [
        (sandbox.path().join("secret.rs"), 0, Problem::Withheld("secret.rs".into())),
        (outside.path().join("b.rs"), 0, Problem::Outside(outside.path().join("b.rs"))),
        (sandbox.path().join("a.rs"), 9, Problem::NoLine(10)),
    ];
    for (path, line, expected) in cases {
        let found = trace_of(&repository, &path, line);
        assert_eq!(found.err(), Some(expected), "{}", path.display());
    }
    let stopped = crate::trace(
        &repository,
        &sandbox.path().join("a.rs"),
        "fn f() {}\n",
        0,
        9,
        &Plain::default(),
        &|| true,
    );
    assert_eq!(stopped.err(), Some(Problem::Cancelled));
    let shallow = Sandbox::empty();
    let origin = story();
    let url = format!("file://{}", origin.path().display());
    shallow.git(&["clone", "-q", "--depth", "1", &url, "."]);
    let trace = traced(&shallow, "c.rs", 4, 50).unwrap();
    assert!(!trace.complete && trace.steps.is_empty(), "its end is not the beginning");
}

fn trace_of(repository: &crate::Repository, path: &std::path::Path, line: u32) -> Result<Trace, Problem> {
    trace(repository, path, "fn f() {}\n", line, 50, &Plain::default(), &|| false)
}

#[test]
fn blame_is_what_git_says() {
    let sandbox = story();
    let (repository, reader) = (sandbox.repository().unwrap(), Plain::default());
    let path = sandbox.path().join("c.rs");
    let found = blame(&repository, "HEAD", &path, &reader, &|| false).unwrap();
    let judge = sandbox.git(&["blame", "-l", "-s", "--root", "HEAD", "--", "c.rs"]);
    let expected: Vec<&str> = judge.lines().map(|line| &line[..40]).collect();
    let lines: Vec<&str> = found.lines.iter().map(|at| found.commits[*at].id.as_str()).collect();
    assert_eq!(lines, expected);
    assert!(found.commits.iter().all(|commit| commit.author == "A" && commit.date.len() == 10));
    for (path, expected) in [
        ("secret.rs", Problem::Withheld("secret.rs".into())),
        ("gone.rs", Problem::Untracked("gone.rs".into())),
    ] {
        let path = sandbox.path().join(path);
        assert_eq!(blame(&repository, "HEAD", &path, &reader, &|| false).err(), Some(expected));
    }
    let stopped = blame(&repository, "HEAD", &path, &reader, &|| true).err();
    assert!(matches!(stopped, None | Some(Problem::Cancelled)), "{stopped:?}");
    assert!(blame(&repository, "nonsense", &path, &reader, &|| false).is_err());
}

#[test]
fn an_open_file_is_compared_with_the_last_commit() {
    let sandbox = story();
    let (repository, reader) = (sandbox.repository().unwrap(), Plain::default());
    let path = sandbox.path().join("c.rs");
    let old = committed(&repository, &path, &reader).unwrap().unwrap();
    assert!(old.starts_with("//! Numbers."));
    let same = edited(&repository, &path, &old, &reader, &|| false).unwrap();
    assert!(same.hunks.is_empty() && same.symbols.unwrap().is_empty());
    let other = edited(&repository, &path, &old.replace("total +", "total *"), &reader, &|| false).unwrap();
    assert_eq!(other.symbols.unwrap()[0].path, "total");
    assert_eq!(committed(&repository, &sandbox.path().join("gone.rs"), &reader), Ok(None));
}

#[test]
fn a_large_file_is_given_up_in_the_middle() {
    let text =
        |n: usize| (0..4_000).map(|at| format!("fn f{at}() {{ g({}) }}\n", at * n)).collect::<String>();
    let asked = AtomicUsize::new(0);
    let stop = || asked.fetch_add(1, Ordering::Relaxed) > 400;
    assert_eq!(crate::symbol_changes(crate::Language::Rust, &text(1), &text(2), &stop), None);
    let after = asked.load(Ordering::Relaxed);
    assert!(after < 420, "asked {after} times, and went on");
}

#[test]
fn secrets_in_messages_and_names_are_masked() {
    let sandbox = story();
    let token = format!("glpat-{}", "Zq7Rm2Kx6Vt4Bn5Ct8Wd");
    sandbox.write("c.rs", "//! Numbers.\n\nfn total(left: &[u32], by: u32) -> u32 {\n    by\n}\n");
    sandbox.git(&["add", "-A"]);
    let (author, body) = (format!("B {token} <b@example.org>"), format!("The old one was {token}."));
    let subject = format!("Rotate {token}");
    sandbox.git(&["commit", "-q", "--author", &author, "-m", &subject, "-m", &body]);
    let (repository, reader) = (sandbox.repository().unwrap(), Plain::default());
    let path = sandbox.path().join("c.rs");
    let told = [
        format!("{:?}", messages(&repository, "HEAD", 9).unwrap()),
        format!("{:?}", blame(&repository, "HEAD", &path, &reader, &|| false).unwrap()),
        format!("{:?}", traced(&sandbox, "c.rs", 3, 9).unwrap()),
    ];
    for told in told {
        assert!(told.contains("Rotate <****") && !told.contains(&token[6..]), "{told}");
    }
}
