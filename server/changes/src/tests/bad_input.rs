//! Repositories as they should not be, and what is said of each.

use super::{Plain, Sandbox, git};
use crate::{Content, Head, Problem, Repository, Scope, Status, list, messages};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

fn text(problem: Problem) -> String {
    problem.to_string()
}

#[test]
fn no_repository_and_a_bare_one() {
    let sandbox = Sandbox::empty();
    assert!(matches!(sandbox.repository().err(), Some(Problem::NoRepository(_))));
    assert!(text(sandbox.repository().err().unwrap()).contains("git init"));
    assert!(matches!(
        Repository::open(&sandbox.path().join("nowhere")).err(),
        Some(Problem::NoRepository(_))
    ));
    sandbox.git(&["init", "-q", "--bare", "."]);
    assert!(matches!(sandbox.repository().err(), Some(Problem::Bare(_))));
    let sandbox = Sandbox::with(&[("a/b/c.txt", "x\n")]);
    let inner = Repository::open(&sandbox.path().join("a/b")).unwrap();
    assert_eq!(inner.root(), sandbox.path().canonicalize().unwrap());
    sandbox.git(&["config", "core.bare", "true"]);
    assert!(matches!(sandbox.repository().err(), Some(Problem::Bare(_))));
}

#[test]
fn a_branch_without_a_commit() {
    let sandbox = Sandbox::empty();
    sandbox.git(&["init", "-q", "."]);
    assert_eq!(sandbox.repository().unwrap().head(), Ok(Head::Unborn));
    assert_eq!(sandbox.told(Scope::Staged), [""; 0]);
    assert_eq!(sandbox.told(Scope::Unstaged), [""; 0]);
    sandbox.write("a.txt", "a\n");
    sandbox.git(&["add", "a.txt"]);
    assert_eq!(sandbox.told(Scope::Staged), ["Added a.txt +1 -0"]);
    assert_eq!(messages(&sandbox.repository().unwrap(), "HEAD", 9), Ok(Vec::new()));
    for scope in [Scope::Commit("HEAD".into()), Scope::Amend, Scope::parse("HEAD..")] {
        assert_eq!(sandbox.facts(scope).err(), Some(Problem::Unborn));
    }
}

#[test]
fn a_detached_head_and_missing_revisions() {
    let sandbox = Sandbox::with(&[("a.txt", "a\n")]);
    sandbox.git(&["checkout", "-q", "--detach"]);
    assert_eq!(sandbox.repository().unwrap().head(), Ok(Head::Detached));
    sandbox.write("a.txt", "b\n");
    assert_eq!(sandbox.told(Scope::Unstaged), ["Modified a.txt +1 -1"]);
    for revision in ["nonsense", "", "--output=x", "HEAD~7", "deadbeef", "HEAD:a.txt"] {
        let problem = sandbox.facts(Scope::Commit(revision.into())).err();
        assert_eq!(problem, Some(Problem::NoRevision(revision.into())), "{revision}");
    }
    sandbox.git(&["checkout", "-q", "--orphan", "other"]);
    sandbox.commit("Unrelated");
    let problem = sandbox.facts(Scope::parse("main...other")).err().unwrap();
    assert_eq!(problem, Problem::Unrelated("main".into(), "other".into()));
}

#[test]
fn a_shallow_clone() {
    let origin = Sandbox::with(&[("a.txt", "a\n")]);
    origin.write("a.txt", "b\n");
    origin.commit("Second");
    let clone = Sandbox::empty();
    let url = format!("file://{}", origin.path().display());
    clone.git(&["clone", "-q", "--depth", "1", &url, "."]);
    let repository = clone.repository().unwrap();
    assert!(repository.is_shallow());
    assert_eq!(messages(&repository, "HEAD", 9).unwrap().len(), 1);
    for scope in [Scope::Commit("HEAD~1".into()), Scope::Since("HEAD~1".into(), "HEAD".into())] {
        let problem = clone.facts(scope).err().unwrap();
        assert!(matches!(problem, Problem::Shallow(_)), "{problem}");
        assert!(text(problem).contains("--unshallow"));
    }
}

#[test]
fn files_in_conflict() {
    let sandbox = Sandbox::with(&[("a.txt", "a\n"), ("b.txt", "b\n")]);
    sandbox.git(&["checkout", "-qb", "one"]);
    sandbox.write("a.txt", "one\n");
    sandbox.commit("One");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.write("a.txt", "two\n");
    sandbox.commit("Two");
    assert!(!git(sandbox.path()).args(["merge", "-q", "one"]).output().unwrap().status.success());
    for scope in [Scope::Unstaged, Scope::Staged] {
        let facts = sandbox.facts(scope).unwrap();
        let told: Vec<_> = facts.iter().map(|file| (file.change.path.as_str(), file.change.status)).collect();
        assert_eq!(told, [("a.txt", Status::Conflicted)]);
    }
}

#[test]
fn objects_named_by_sha256() {
    let sandbox = Sandbox::empty();
    sandbox.git(&["init", "-q", "--object-format=sha256", "."]);
    assert_eq!(sandbox.repository().err(), Some(Problem::Sha256));
}

#[test]
fn submodules() {
    let inner = Sandbox::with(&[("a.txt", "a\n")]);
    let outer = Sandbox::with(&[("b.txt", "b\n")]);
    let url = inner.path().to_str().unwrap();
    outer.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "inner"]);
    let facts = outer.facts(Scope::Staged).unwrap();
    let submodule = facts.iter().find(|file| file.change.path == "inner").unwrap();
    assert!(
        matches!(&submodule.content, Content::Submodule { old: None, new: Some(new) } if new.len() == 40)
    );
    outer.commit("Submodule");
    assert_eq!(outer.told(Scope::Unstaged), [""; 0]);
    std::fs::write(outer.path().join("inner/a.txt"), "b\n").unwrap();
    let mut commit = git(&outer.path().join("inner"));
    assert!(commit.args(["commit", "-qam", "Inside"]).status().unwrap().success());
    let facts = outer.facts(Scope::Unstaged).unwrap();
    assert!(matches!(&facts[0].content, Content::Submodule { old: Some(old), new: Some(new) } if old != new));
}

#[test]
fn names_that_are_no_utf8_and_names_that_move_the_cursor() {
    let sandbox = Sandbox::with(&[("a.txt", "a\n")]);
    for name in [&b"caf\xe9.txt"[..], b"red\x1b[31m.txt", b"two\nlines.txt"] {
        std::fs::write(sandbox.path().join(OsStr::from_bytes(name)), "x\n").unwrap();
    }
    sandbox.git(&["add", "-A"]);
    let names = ["caf\\xe9.txt", "red\\u{1b}[31m.txt", "two\\nlines.txt"];
    assert_eq!(sandbox.told(Scope::Staged), names.map(|name| format!("Added {name} +1 -0")));
    std::fs::write(sandbox.path().join(OsStr::from_bytes(b"caf\xe9.txt")), "y\ny\n").unwrap();
    assert_eq!(sandbox.told(Scope::Unstaged), ["Modified caf\\xe9.txt +2 -1"]);
}

#[test]
fn line_endings() {
    let sandbox = Sandbox::with(&[("a.rs", "fn a() { 1 }\nfn b() { 2 }\n")]);
    sandbox.write("a.rs", "fn a() { 1 }\r\nfn b() { 2 }\r\n");
    let facts = sandbox.facts(Scope::Unstaged).unwrap();
    assert!(facts[0].line_endings && facts[0].hunks.is_empty());
    assert_eq!(facts[0].symbols.as_deref(), Some(&[][..]));
    sandbox.write("a.rs", "fn a() { 1 }\r\nfn b() { 3 }\r\n");
    let facts = sandbox.facts(Scope::Unstaged).unwrap();
    assert_eq!((facts[0].line_endings, facts[0].added, facts[0].removed), (true, 1, 1));
    sandbox.git(&["config", "core.autocrlf", "true"]);
    sandbox.write("a.rs", "fn a() { 1 }\r\nfn b() { 2 }\r\n");
    assert_eq!(sandbox.told(Scope::Unstaged), [""; 0], "git converts it back");
}

#[test]
fn a_hundred_megabytes() {
    let sandbox = Sandbox::with(&[("a.txt", "a\n")]);
    let file = std::fs::File::create(sandbox.path().join("big.bin")).unwrap();
    file.set_len(100 << 20).unwrap();
    sandbox.git(&["add", "-A"]);
    let facts = sandbox.facts(Scope::Staged).unwrap();
    assert_eq!(facts[0].content, Content::TooLarge { bytes: 100 << 20 });
}

#[test]
fn five_thousand_files() {
    let sandbox = Sandbox::with(&[("a.txt", "a\n")]);
    (0..5_000)
        .for_each(|n| sandbox.write(&format!("many/{}/{n}.rs", n % 50), format!("fn f{n}() {{ {n} }}\n")));
    sandbox.git(&["add", "-A"]);
    let facts = sandbox.facts(Scope::Staged).unwrap();
    assert_eq!(facts.len(), 5_000);
    assert!(
        facts
            .iter()
            .all(|file| file.added == 1 && file.symbols.as_ref().is_some_and(|found| found.len() == 1))
    );
}

/// So many that nothing may be compared with all of them.
#[test]
fn five_thousand_moves() {
    let sandbox = Sandbox::empty();
    sandbox.git(&["init", "-q", "-b", "main", "."]);
    let text = |n: usize| format!("file {}\n", n / 2);
    (0..5_000).for_each(|n| sandbox.write(&format!("old/{}/{n}.txt", n % 50), text(n)));
    sandbox.commit("Many");
    sandbox.git(&["mv", "old", "new"]);
    sandbox.git(&["commit", "-qm", "Moved"]);
    let start = std::time::Instant::now();
    let files =
        list(&sandbox.repository().unwrap(), &Scope::Commit("HEAD".into()), &Plain::default()).unwrap();
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    assert_eq!(files.len(), 5_000);
    for file in files {
        // Two files are equal; the one with the same name is meant.
        assert_eq!(file.old_path, Some(file.path.replace("new/", "old/")));
    }
}

#[test]
fn a_lock_held_by_another_git() {
    let sandbox = Sandbox::with(&[("a.txt", "a\n")]);
    sandbox.write("a.txt", "b\n");
    sandbox.write(".git/index.lock", "");
    assert_eq!(sandbox.told(Scope::Unstaged), ["Modified a.txt +1 -1"], "reading needs no lock");
    assert!(sandbox.path().join(".git/index.lock").exists(), "and it is not ours to take away");
}

#[test]
fn books_that_are_torn() {
    let sandbox = Sandbox::with(&[("a.txt", "a\n")]);
    sandbox.write(".git/index", "nonsense");
    let (repository, reader) = (sandbox.repository().unwrap(), Plain::default());
    assert!(matches!(list(&repository, &Scope::Staged, &reader), Err(Problem::Unreadable(_))));
    let sandbox = Sandbox::with(&[("a.txt", "a\n")]);
    sandbox.write("a.txt", "b\n");
    std::fs::remove_dir_all(sandbox.path().join(".git/objects")).unwrap();
    std::fs::create_dir(sandbox.path().join(".git/objects")).unwrap();
    let facts = sandbox.facts(Scope::Unstaged).unwrap();
    assert_eq!(facts[0].content, Content::Missing);
}
