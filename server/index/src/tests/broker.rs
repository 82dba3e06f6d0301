//! What the broker refuses, and that a walk and a question about one path agree.

use super::Workspace;
use crate::tests::workspace::{apply, changed, names};
use crate::{FileBroker, MAX_FILE_BYTES, Refusal};

/// Rules at several levels. Of the files in it just those named `yes*` are to be indexed.
const RULED: &str = "
== .gitignore
*.log.rs
/build/
!keep.log.rs
deep/no*.rs
deep/yes2.rs
== .ignore
ignored.rs
keep.log.rs
== yes.rs
fn yes() {}
== ignored.rs
== x.log.rs
== keep.log.rs
== build/generated.rs
== src/build/yes.rs
== deep/no.rs
== deep/.gitignore
!yes2.rs
/sub/*
!/sub/yes*
== deep/yes.rs
== deep/yes2.rs
== deep/sub/no.rs
== deep/sub/yes4.rs
== private/.aiexclude
== private/secret.rs
== private/deeper/secret.rs
== partly/.aiexclude
# A comment.
no.rs
!no.rs
== partly/no.rs
== partly/yes.rs
== ours/.trustignore
no*
== ours/no/a.rs
== ours/yes.rs
== theirs/.cursorignore
*
== theirs/a.rs
== .hidden/a.rs
== .hidden.rs
== .env.py
== .envs/a.rs
== id_rsa.py
== keys/server.key
== text.md
-> link.rs yes.rs
-> dangling.rs nowhere.rs
-> loop.rs loop.rs
-> round ..
-> escape.rs ../outside.rs
-> away ../elsewhere
== ../outside.rs
fn outside() {}
== ../elsewhere/a.rs
";

#[test]
fn a_walk_finds_what_may_be_read() {
    let workspace = Workspace::new(RULED);
    let expected = [
        "deep/sub/yes4.rs",
        "deep/yes.rs",
        "deep/yes2.rs",
        "ours/yes.rs",
        "partly/yes.rs",
        "src/build/yes.rs",
        "yes.rs",
    ];
    assert_eq!(workspace.indexed(), expected);
}

#[test]
fn one_path_is_judged_as_in_the_walk() {
    let workspace = Workspace::new(RULED);
    let broker = workspace.broker();
    let indexed = workspace.indexed();
    for line in RULED.lines().filter_map(|line| line.strip_prefix("== ")) {
        let hidden = line.split('/').any(|part| part.starts_with('.'));
        if line.ends_with(".rs") && !hidden && !line.starts_with("..") {
            let read = broker.may_read(&workspace.path(line));
            assert_eq!(read.is_ok(), indexed.contains(&line.to_owned()), "{line}: {read:?}");
        }
    }
}

#[test]
fn refusals_say_why() {
    let workspace = Workspace::new(RULED);
    workspace.write("binary.rs", b"fn a() {}\0");
    workspace.write("latin.rs", b"// gr\xfc\xdfe\n");
    workspace.write("large.rs", "x = 1;\n".repeat(400_000));
    workspace.write("min.js", format!("var a={};", "1+".repeat(3_000)));
    workspace.write("wide.js", format!("{}\n", "y".repeat(400)).repeat(30));
    workspace.write("one.js", format!("const short = '{}';", "y".repeat(400)));
    let cases = [
        ("yes.rs", None),
        ("./src/../yes.rs", None),
        ("one.js", None),
        ("link.rs", None),
        ("round/root/yes.rs", None),
        (".hidden/a.rs", None), // not indexed, but whoever opens it may
        ("text.md", None),
        ("new.rs", Some("there is no such file")),
        ("dangling.rs", Some("there is no such file")),
        ("yes.rs/a.rs", Some("there is no such file")),
        ("loop.rs", Some("the system denies reading it")),
        ("escape.rs", Some("outside the workspace")),
        ("away/a.rs", Some("outside the workspace")),
        ("../outside.rs", Some("outside the workspace")),
        ("../new.rs", Some("outside the workspace")),
        ("missing/../../new.rs", Some("outside the workspace")),
        ("/etc/hostname", Some("outside the workspace")),
        ("binary.rs", Some("a binary file")),
        ("src", Some("a binary file")),
        ("latin.rs", Some("not UTF-8 text")),
        ("large.rs", Some("too large: 2800000 bytes, the limit is 2097152")),
        ("min.js", Some("minified or generated: its lines are too long")),
        ("wide.js", Some("minified or generated: its lines are too long")),
        ("x.log.rs", Some("excluded by *.log.rs in .gitignore")),
        ("build/generated.rs", Some("excluded by /build/ in .gitignore")),
        ("build/new.rs", Some("excluded by /build/ in .gitignore")),
        ("private/deeper/secret.rs", Some("excluded by an .aiexclude without rules")),
        ("partly/no.rs", Some("excluded by no.rs in .aiexclude")),
        (".env.py", Some("excluded by .env*, a name that secrets have")),
        (".envs/a.rs", Some("excluded by .env*, a name that secrets have")),
        ("id_rsa.py", Some("excluded by id_rsa*, a name that secrets have")),
        ("keys/SERVER.KEY", Some("excluded by *.key, a name that secrets have")),
    ];
    let broker = workspace.broker();
    for (path, expected) in cases {
        let refusal = broker.read(&workspace.path(path)).err().map(|refusal| refusal.to_string());
        assert_eq!(refusal.as_deref(), expected, "{path}");
    }
}

#[test]
fn a_file_that_does_not_exist_yet_may_be_allowed() {
    let workspace = Workspace::new(RULED);
    let broker = workspace.broker();
    assert_eq!(broker.allows(&workspace.path("src/new.rs")), Ok(workspace.path("src/new.rs")));
    assert!(matches!(broker.allows(&workspace.path("theirs/new.rs")), Err(Refusal::Excluded { .. })));
    assert_eq!(broker.allows(&workspace.path("../new.rs")), Err(Refusal::OutsideWorkspace));
}

#[test]
fn an_edited_rule_counts_at_once() {
    let workspace = Workspace::new("== a.rs\nfn a() {}");
    let broker = workspace.broker();
    assert!(broker.read(&workspace.path("a.rs")).is_ok());
    workspace.write(".trustignore", "*.rs");
    assert!(broker.read(&workspace.path("a.rs")).is_err());
}

#[test]
fn rules_above_the_workspace_hold() {
    let workspace = Workspace::new(
        "== a.rs\n== no.rs\n== b.rs\n== ../.git/info/exclude\nb.rs\n== ../.gitignore\nno.rs\nroot/\n",
    );
    // The ignored folder itself was opened on purpose.
    assert_eq!(workspace.indexed(), ["a.rs"]);
    workspace.add("== ../.cursorignore\nroot/\n");
    assert!(workspace.indexed().is_empty());
}

#[test]
fn without_a_repository_its_rules_begin_at_the_workspace() {
    let workspace =
        Workspace::new("== a.rs\n== sub/no.rs\n== sub/.gitignore\nno.rs\n== ../.gitignore\n*.rs\n");
    assert_eq!(workspace.indexed(), ["a.rs"]);
}

#[test]
fn each_root_has_rules_of_its_own() {
    let workspace = Workspace::new("== a.rs\n== no.rs\n== .gitignore\nno.rs\n== sub/b.rs\n== sub/no.rs\n");
    let [outer, inner] = ["", "sub"].map(|root| workspace.path(root));
    for roots in [[&outer, &inner], [&inner, &outer]] {
        let broker = FileBroker::new(roots.map(Clone::clone).into());
        // Without a repository, what lies above a root says nothing of it; asked in either order.
        for asked in [["sub/no.rs", "no.rs"], ["no.rs", "sub/no.rs"]] {
            let rules = broker.rules();
            for path in asked {
                let allowed = rules.allows(&workspace.path(path)).is_ok();
                assert_eq!(allowed, path == "sub/no.rs", "{path} {roots:?}");
            }
        }
    }
}

#[test]
fn a_repository_within_another_has_a_list_of_its_own() {
    let workspace = Workspace::new(
        "== .git/info/exclude\nouter.rs\n== a.rs\n== outer.rs\n== in/.git/info/exclude\ninner.rs\n== in/a.rs\n\
         == in/inner.rs\n== in/outer.rs\n== inner.rs\n",
    );
    assert_eq!(workspace.indexed(), ["a.rs", "in/a.rs", "inner.rs"]);
    assert!(workspace.broker().may_read(&workspace.path("in/inner.rs")).is_err());
}

#[test]
fn rules_may_be_in_utf_16_and_what_is_no_rule_hides_all() {
    let utf16 = |mark: u16, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(mark).chain("no.rs\r\n".encode_utf16()).flat_map(order).collect()
    };
    let cases: [(&str, Vec<u8>, &[&str]); 6] = [
        (".gitignore", utf16(0xfeff, u16::to_le_bytes), &["a.rs"]),
        (".trustignore", utf16(0xfeff, u16::to_be_bytes), &["a.rs"]),
        (".gitignore", b"no.rs\0".to_vec(), &[]),
        (".gitignore", b"gr\xfc\xdfe\nno.rs".to_vec(), &["a.rs"]),
        (".gitignore", b"a[z-b]\nno.rs".to_vec(), &["a.rs"]),
        (".trustignore", b"a[z-b]\nno.rs".to_vec(), &[]),
    ];
    for (name, rules, expected) in cases {
        let workspace = Workspace::new("== a.rs\n== no.rs\n");
        workspace.write(name, &rules);
        assert_eq!(workspace.indexed(), expected, "{name} {rules:?}");
    }
}

#[test]
fn rules_that_cannot_be_read_exclude_everything() {
    let workspace = Workspace::new("== a.rs\n== sub/b.rs\n-> sub/.gitignore .gitignore");
    assert_eq!(workspace.indexed(), ["a.rs"]);
    workspace.write(".ignore", "x\n".repeat(1 << 20));
    assert!(workspace.indexed().is_empty());
}

#[test]
fn without_roots_a_single_file_may_be_read() {
    let workspace = Workspace::new(RULED);
    let broker = FileBroker::new(Vec::new());
    let cases = [
        ("yes.rs", true),
        ("../outside.rs", true),
        ("ignored.rs", false),
        ("private/deeper/secret.rs", false),
    ];
    for (path, readable) in cases {
        assert_eq!(broker.read(&workspace.path(path)).is_ok(), readable, "{path}");
    }
}

#[test]
fn a_missing_root_is_empty() {
    let workspace = Workspace::new("== a.rs");
    workspace.remove("");
    assert!(workspace.indexed().is_empty());
    assert_eq!(workspace.broker().read(&workspace.path("a.rs")), Err(Refusal::Vanished));
}

#[test]
fn an_open_document_has_limits_too() {
    assert_eq!(FileBroker::check_text("fn a() {}\n"), Ok(()));
    assert_eq!(FileBroker::check_text(""), Ok(()));
    assert_eq!(FileBroker::check_text("a\0"), Err(Refusal::Binary));
    assert_eq!(FileBroker::check_text(&"x".repeat(6_000)), Err(Refusal::Minified));
    let bytes = MAX_FILE_BYTES + 1;
    assert_eq!(FileBroker::check_text(&"\n".repeat(bytes as usize)), Err(Refusal::TooLarge { bytes }));
}

#[test]
fn skipped_files_are_counted() {
    let workspace = Workspace::new("== a.rs\nfn a() {}");
    workspace.write("binary.rs", b"\0");
    workspace.write("sub/min.js", "x".repeat(6_000));
    let mut store = workspace.store();
    assert_eq!(names(&store.snapshot()), ["a.rs"]);
    assert_eq!(store.skipped(), 2);
    apply(&mut store, changed([workspace.remove("sub"), workspace.write("binary.rs", "fn b() {}")]));
    assert_eq!((store.snapshot().files(), store.skipped()), (2, 0));
}
