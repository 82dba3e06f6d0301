//! Changes: what is written, what is refused, and that a refusal leaves everything as it was.

use super::{Fixture, Person};
use crate::{Change, Decision, Disk, Documents};
use serde_json::{Value, json};

const LIB: &str =
    "/// One.\nfn one() -> u8 {\n    1\n}\n\nimpl Two {\n    fn two(&self) -> u8 {\n        2\n    }\n}\n";

fn project() -> Fixture {
    Fixture::with(&[
        ("lib.rs", LIB),
        ("crlf.py", "def a():\r\n    return 1\r\n"),
        (".trustignore", "hidden.rs\n"),
    ])
}

#[test]
fn edits_change_what_they_name_and_nothing_else() {
    let project = project();
    let hash = project.hash("lib.rs");
    let cases: [(&str, Value, &str, String); 9] = [
        (
            "edit_symbol",
            json!({"path": "lib.rs", "symbol": "one", "source": "/// Eins.\nfn one() -> u8 {\n    11\n}\n"}),
            "lib.rs",
            LIB.replace("One", "Eins").replace("    1\n", "    11\n"),
        ),
        (
            "edit_symbol",
            json!({"path": "lib.rs", "symbol": "Two.two", "source": "fn two(&self) -> u8 {\n    22\n}"}),
            "lib.rs",
            LIB.replace("        2\n", "        22\n"),
        ),
        (
            "edit_symbol",
            json!({"path": "lib.rs", "symbol": "two", "source": "fn three() {\n}", "place": "after"}),
            "lib.rs",
            LIB.replace("        2\n    }\n", "        2\n    }\n\n    fn three() {\n    }\n"),
        ),
        (
            "edit_symbol",
            json!({"path": "lib.rs", "symbol": "one", "source": "fn zero() {}", "place": "before"}),
            "lib.rs",
            format!("fn zero() {{}}\n\n{LIB}"),
        ),
        (
            "replace_lines",
            json!({"path": "lib.rs", "first_line": 3, "last_line": 3, "expected_hash": hash, "text": "    7"}),
            "lib.rs",
            LIB.replace("    1\n", "    7\n"),
        ),
        (
            "replace_lines",
            json!({"path": "lib.rs", "first_line": 1, "last_line": 5, "expected_hash": hash, "text": ""}),
            "lib.rs",
            LIB[LIB.find("impl").unwrap()..].to_owned(),
        ),
        (
            "apply_patch",
            json!({"patch": "--- a/lib.rs\n+++ b/lib.rs\n@@ -99,3 +99,3 @@\n fn one() -> u8 {\n-    1\n+    9\n }\n"}),
            "lib.rs",
            LIB.replace("    1\n", "    9\n"),
        ),
        (
            "apply_patch",
            json!({"patch": "--- a/crlf.py\n+++ b/crlf.py\n@@\n def a():\n-    return 1\n+    b = 1\n+    return b\n"}),
            "crlf.py",
            "def a():\r\n    b = 1\r\n    return b\r\n".to_owned(),
        ),
        (
            "apply_patch",
            json!({"patch": "--- /dev/null\n+++ b/new/a.rs\n@@ -0,0 +1 @@\n+fn a() {}\n"}),
            "new/a.rs",
            "fn a() {}\n".to_owned(),
        ),
    ];
    for (name, arguments, path, expected) in cases {
        let before = project.path(path).exists().then(|| project.text(path));
        let said = project.edited(name, arguments.clone());
        assert!(said.starts_with("done:\n--- "), "{name} {arguments}: {said}");
        assert_eq!(project.text(path), expected, "{name} {arguments}");
        if let Some(before) = before {
            let change = restored(&project, path, &before);
            Disk::new(vec![project.path("")]).apply(&[change]).unwrap();
        }
    }
    assert_clean(&project);
}

fn restored(project: &Fixture, path: &str, text: &str) -> Change {
    Change {
        path: project.path(path).canonicalize().unwrap(),
        shown: path.into(),
        before: Some(project.text(path).into()),
        after: text.into(),
        version: None,
    }
}

/// Nothing that was written on the way lies about.
fn assert_clean(project: &Fixture) {
    let names = std::fs::read_dir(project.path("")).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = names.filter(|name| name.to_string_lossy().contains("trust-new")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_must_not_be_is_refused_and_leaves_all_as_it_was() {
    let project = project();
    let secret = "let token = \"ghp_16C7e42F292c6912E7710c838347Ae178B4a\";";
    #[allow(clippy::disallowed_methods, reason = "a test makes the files it needs")]
    let write = |path: &str, text: &str| {
        let path = project.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("keys.rs", &format!("fn a() {{\n    {secret}\n    b();\n}}\n"));
    write("hidden.rs", "fn hidden() {}\n");
    write(".git/hooks/pre-commit", "x\n");
    let hash = project.hash("lib.rs");
    let keys = project.hash("keys.rs");
    let lines = |path: &str, first: usize, last: usize, hash: &str, text: &str| json!({"path": path, "first_line": first, "last_line": last, "expected_hash": hash, "text": text});
    let patch = |path: &str, body: &str| json!({"patch": format!("--- a/{path}\n+++ b/{path}\n@@\n{body}")});
    let new = |path: &str| json!({"patch": format!("--- /dev/null\n+++ b/{path}\n@@\n+x\n")});
    let cases = [
        ("replace_lines", lines("lib.rs", 3, 3, "00000000", "    7"), "not any more as they were read"),
        ("replace_lines", lines("lib.rs", 3, 99, &hash, "    7"), "`lib.rs` has 10 lines"),
        ("replace_lines", lines("lib.rs", 5, 3, &hash, "    7"), "`lib.rs` has 10 lines"),
        ("replace_lines", lines("lib.rs", 3, 3, &hash, "    1"), "nothing would change"),
        ("replace_lines", lines("lib.rs", 4, 4, &hash, "x = ("), "syntax errors more than before"),
        ("replace_lines", lines("keys.rs", 2, 3, &keys, "    b();"), "holds a secret"),
        (
            "replace_lines",
            lines("keys.rs", 3, 3, &keys, "    b(\"<************>\");"),
            "the mask of a secret",
        ),
        ("edit_symbol", json!({"path": "keys.rs", "symbol": "a", "source": "fn a() {}"}), "holds a secret"),
        (
            "edit_symbol",
            json!({"path": "lib.rs", "symbol": "none", "source": "fn a() {}"}),
            "did you mean `one`?",
        ),
        ("edit_symbol", json!({"path": "lib.rs", "symbol": "one", "source": ""}), "`source` is empty"),
        (
            "edit_symbol",
            json!({"path": "lib.rs", "symbol": "one", "source": "fn one( {"}),
            "nothing was changed",
        ),
        (
            "edit_symbol",
            json!({"path": "lib.rs", "symbol": "one", "source": "fn one() {}", "expected_hash": "00000000"}),
            "its hash is ",
        ),
        ("apply_patch", patch("lib.rs", "-    5\n+    6\n"), "read the file again"),
        ("apply_patch", patch("../x.rs", "-a\n+b\n"), "outside the workspace"),
        ("apply_patch", patch("hidden.rs", "-fn hidden() {}\n+fn h() {}\n"), "excluded by hidden.rs"),
        ("apply_patch", patch(".trustignore", "-hidden.rs\n+other.rs\n"), "begins with a dot"),
        ("apply_patch", patch(".git/hooks/pre-commit", "-x\n+y\n"), "belongs to git"),
        ("apply_patch", new(".vscode/tasks.json"), "begins with a dot"),
        ("apply_patch", new("../x.rs"), "outside the workspace"),
        ("apply_patch", new("a/../../x.rs"), "outside the workspace"),
        ("apply_patch", new(".env"), "a name that secrets have"),
        ("apply_patch", new("lib.rs"), "is there already"),
        ("apply_patch", json!({"patch": "nonsense"}), "a unified diff is needed"),
    ];
    let texts =
        |project: &Fixture| ["lib.rs", "keys.rs", "hidden.rs", ".trustignore"].map(|path| project.text(path));
    let before = texts(&project);
    for (name, arguments, expected) in cases {
        let person = Person::who_says(Decision::Once);
        let said = project.call(name, arguments.clone(), &person).map(|answer| answer.text);
        let told = said.expect_err(name).to_string();
        assert!(told.contains(expected) && !told.contains("16C7"), "{name} {arguments}: {told}");
        assert_eq!(person.asked(), [""; 0], "what is refused anyway is not asked about");
    }
    assert_eq!(texts(&project), before);
    assert!(!project.path(".vscode").exists() && !project.path("../x.rs").exists());
    assert_clean(&project);
    // Around a secret it may be worked.
    assert!(project.edited("replace_lines", lines("keys.rs", 3, 3, &keys, "    c();")).starts_with("done:"));
    assert!(project.text("keys.rs").contains(secret) && project.text("keys.rs").contains("c();"));
    let allowed =
        json!({"path": "lib.rs", "symbol": "one", "source": "fn one( {", "allow_syntax_errors": true});
    assert!(project.edited("edit_symbol", allowed).starts_with("done:"));
}

#[test]
fn of_several_files_all_are_changed_or_none() {
    let project = Fixture::with(&[("a.rs", "fn a() {}\n"), ("b.rs", "fn b() {}\n")]);
    let patch = |second: &str| json!({"patch": format!("--- a/a.rs\n+++ b/a.rs\n@@\n-fn a() {{}}\n+fn x() {{}}\n--- a/b.rs\n+++ b/b.rs\n@@\n{second}")});
    assert!(
        project
            .edited("apply_patch", patch("-fn c() {}\n+fn d() {}\n"))
            .starts_with("error: hunk 1 of `b.rs`")
    );
    assert!(project.edited("apply_patch", patch("-fn b() {}\n+fn ( {}\n")).starts_with("error: "));
    assert_eq!(
        (project.text("a.rs").as_str(), project.text("b.rs").as_str()),
        ("fn a() {}\n", "fn b() {}\n")
    );
    assert!(project.edited("apply_patch", patch("-fn b() {}\n+fn y() {}\n")).starts_with("done:"));
    assert_eq!(
        (project.text("a.rs").as_str(), project.text("b.rs").as_str()),
        ("fn x() {}\n", "fn y() {}\n")
    );
    // The index hears of it.
    assert!(project.engine.workspace().index.wait_ready(std::time::Duration::from_secs(30)));
    assert!(project.said("find_symbol", json!({"name": "y"})).contains("b.rs:1: function"));
}

#[test]
fn what_changed_or_moved_meanwhile_is_not_overwritten() {
    let project = Fixture::with(&[("a.rs", "fn a() {}\n"), ("b.rs", "fn b() {}\n")]);
    let disk = Disk::new(vec![project.path("")]);
    let change = |path: &str, before: Option<&str>| Change {
        path: project.path("").canonicalize().unwrap().join(path),
        shown: path.into(),
        before: before.map(Into::into),
        after: "fn new() {}\n".into(),
        version: None,
    };
    let bad = [
        (change("b.rs", Some("fn other() {}\n")), "has changed meanwhile"),
        (change("b.rs", None), "exists by now"),
        (change("gone.rs", Some("fn gone() {}\n")), "cannot be read"),
    ];
    // Two that make the same file: the second fails when others are in their places already.
    let twice = [change("a.rs", Some("fn a() {}\n")), change("x.rs", None), change("x.rs", None)];
    let error = disk.apply(&twice).unwrap_err();
    assert!(error.contains("`x.rs` cannot be written") && error.contains("nothing was changed"), "{error}");
    assert_eq!((project.text("a.rs").as_str(), project.path("x.rs").exists()), ("fn a() {}\n", false));
    for (second, told) in bad {
        let error = disk.apply(&[change("a.rs", Some("fn a() {}\n")), second]).unwrap_err();
        assert!(error.contains(told) && error.contains("nothing was changed"), "{error}");
        assert_eq!(project.text("a.rs"), "fn a() {}\n");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        std::fs::set_permissions(project.path("a.rs"), std::fs::Permissions::from_mode(0o755)).unwrap();
        disk.apply(&[change("a.rs", Some("fn a() {}\n"))]).unwrap();
        let mode = std::fs::metadata(project.path("a.rs")).unwrap().permissions().mode();
        assert_eq!((project.text("a.rs").as_str(), mode & 0o777), ("fn new() {}\n", 0o755));
        // Through a link that leads out by now.
        std::fs::create_dir(project.path("../out")).unwrap();
        std::fs::rename(project.path("b.rs"), project.path("../out/b.rs")).unwrap();
        symlink("../out/b.rs", project.path("b.rs")).unwrap();
        let error = disk.apply(&[change("b.rs", Some("fn b() {}\n"))]).unwrap_err();
        assert!(error.contains("outside the workspace"), "{error}");
        assert_eq!(project.text("../out/b.rs"), "fn b() {}\n");
    }
    assert_clean(&project);
}

#[cfg(unix)]
#[test]
fn a_failure_on_the_way_puts_everything_back() {
    use std::os::unix::fs::PermissionsExt;
    let project = Fixture::with(&[("a.rs", "fn a() {}\n"), ("locked/b.rs", "fn b() {}\n")]);
    let locked = project.path("locked");
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o555)).unwrap();
    let patch = "--- a/a.rs\n+++ b/a.rs\n@@\n-fn a() {}\n+fn x() {}\n--- a/locked/b.rs\n+++ b/locked/b.rs\n@@\n-fn b() {}\n+fn y() {}\n";
    let said = project.edited("apply_patch", json!({ "patch": patch }));
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o755)).unwrap();
    // Whoever may do everything is not kept out.
    if !said.starts_with("done:") {
        assert!(said.contains("cannot be written") && said.contains("nothing was changed"), "{said}");
        assert_eq!(
            (project.text("a.rs"), project.text("locked/b.rs")),
            ("fn a() {}\n".into(), "fn b() {}\n".into())
        );
    }
    assert_clean(&project);
}
