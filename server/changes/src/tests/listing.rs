//! Which files differ, and in what; git's own answer is the judge.

use super::{Plain, Sandbox, git};
use crate::{Content, Mode, Problem, Scope, Status, Verdict, list, messages, untracked};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};

const LONG: &str =
    "fn one() -> u8 { 1 }\n\nfn two() -> u8 { 2 }\n\nfn three() -> u8 { 3 }\n\nfn four() -> u8 { 4 }\n";

#[test]
fn staged_unstaged_and_committed_changes() {
    let sandbox = Sandbox::with(&[("a.rs", LONG), ("b.txt", "b\n"), ("gone.txt", "x\n")]);
    sandbox.write("a.rs", LONG.replace('2', "22"));
    sandbox.write("new.txt", "1\n2\n");
    std::fs::remove_file(sandbox.path().join("gone.txt")).unwrap();
    assert_eq!(sandbox.told(Scope::Unstaged), ["Modified a.rs +1 -1", "Deleted gone.txt +0 -1"]);
    assert_eq!(sandbox.told(Scope::Staged), [""; 0]);
    sandbox.git(&["add", "-A"]);
    let all = ["Modified a.rs +1 -1", "Deleted gone.txt +0 -1", "Added new.txt +2 -0"];
    assert_eq!(sandbox.told(Scope::Staged), all);
    assert_eq!(sandbox.told(Scope::Unstaged), [""; 0]);
    sandbox.git(&["commit", "-qm", "Second"]);
    assert_eq!(sandbox.told(Scope::Commit("HEAD".into())), all);
    assert_eq!(sandbox.told(Scope::parse("HEAD~1..HEAD")), all);
    assert_eq!(sandbox.told(Scope::Amend), all);
    assert_eq!(sandbox.told(Scope::Commit("HEAD~1".into())).len(), 3, "the first commit adds everything");
    let subjects: Vec<_> = messages(&sandbox.repository().unwrap(), "HEAD", 10)
        .unwrap()
        .into_iter()
        .map(|m| m.subject)
        .collect();
    assert_eq!(subjects, ["Second", "First"]);
}

#[test]
fn a_branch_is_compared_with_where_it_began() {
    let sandbox = Sandbox::with(&[("a.txt", "a\n")]);
    sandbox.git(&["checkout", "-qb", "topic"]);
    sandbox.write("topic.txt", "t\n");
    sandbox.commit("Topic");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.write("main.txt", "m\n");
    sandbox.commit("Main");
    assert_eq!(sandbox.told(Scope::parse("main...topic")), ["Added topic.txt +1 -0"]);
    assert_eq!(
        sandbox.told(Scope::parse("main..topic")),
        ["Deleted main.txt +0 -1", "Added topic.txt +1 -0"]
    );
    sandbox.git(&["merge", "-q", "--no-edit", "topic"]);
    assert_eq!(
        sandbox.told(Scope::Commit("HEAD".into())),
        ["Added topic.txt +1 -0"],
        "a merge, for its first parent"
    );
}

#[test]
fn renames_are_found() {
    let sandbox =
        Sandbox::with(&[("src/a.rs", LONG), ("src/b.rs", &LONG.replace("fn ", "fn b_")), ("c.txt", "one\n")]);
    sandbox.git(&["mv", "src/a.rs", "lib.rs"]);
    std::fs::create_dir(sandbox.path().join("other")).unwrap();
    sandbox.git(&["mv", "src/b.rs", "other/b.rs"]);
    sandbox.write("other/b.rs", LONG.replace("fn ", "fn b_").replace('3', "33"));
    sandbox.git(&["rm", "-q", "c.txt"]);
    sandbox.write("d.txt", "two\n");
    sandbox.git(&["add", "-A"]);
    let expected = [
        "Deleted c.txt +0 -1",
        "Added d.txt +1 -0",
        "Renamed src/a.rs -> lib.rs +0 -0",
        "Renamed src/b.rs -> other/b.rs +1 -1",
    ];
    assert_eq!(sandbox.told(Scope::Staged), expected);
}

#[test]
fn symbols_that_change_files_have_moved() {
    let moved = "pub fn wanders(a: u8, b: u8) -> u8 { a + b + 17 }\n";
    let sandbox = Sandbox::with(&[("a.rs", &format!("{LONG}{moved}")), ("b.rs", "fn stays() {}\n")]);
    sandbox.write("a.rs", LONG);
    sandbox.write("b.rs", format!("fn stays() {{}}\n{moved}"));
    let facts = sandbox.facts(Scope::Unstaged).unwrap();
    let symbols: Vec<_> = facts.iter().flat_map(|file| file.symbols.iter().flatten()).collect();
    assert_eq!(symbols.len(), 1, "{symbols:?}");
    assert_eq!(
        (symbols[0].name.as_str(), &symbols[0].verdict),
        ("wanders", &Verdict::Moved { from: "a.rs".into() })
    );
}

#[test]
fn modes_links_and_binary_files() {
    let sandbox = Sandbox::with(&[("run.sh", "echo\n"), ("image", "\0\u{1}"), ("link-me", "x\n")]);
    std::fs::set_permissions(sandbox.path().join("run.sh"), PermissionsExt::from_mode(0o755)).unwrap();
    sandbox.write("image", [0, 1, 2, 3]);
    std::fs::remove_file(sandbox.path().join("link-me")).unwrap();
    symlink("run.sh", sandbox.path().join("link-me")).unwrap();
    for (scope, stage) in [(Scope::Unstaged, false), (Scope::Staged, true)] {
        if stage {
            sandbox.git(&["add", "-A"]);
        }
        let facts = sandbox.facts(scope).unwrap();
        let modes: Vec<_> =
            facts.iter().map(|file| (file.change.path.as_str(), file.change.modes())).collect();
        let same = (Some(Mode::Regular), Some(Mode::Regular));
        let expected = [
            ("image", same),
            ("link-me", (Some(Mode::Regular), Some(Mode::Link))),
            ("run.sh", (Some(Mode::Regular), Some(Mode::Executable))),
        ];
        assert_eq!(modes, expected, "staged: {stage}");
        assert!(
            matches!(facts[0].content, Content::Binary { old: Some(2), new: Some(4) }),
            "{:?}",
            facts[0].content
        );
        assert_eq!(facts[2].hunks, []);
    }
}

#[test]
fn a_file_that_was_only_touched_did_not_change() {
    let sandbox = Sandbox::with(&[("a.txt", "a\n"), ("b.txt", "b\n")]);
    sandbox.write("a.txt", "a\n");
    assert_eq!(sandbox.told(Scope::Unstaged), [""; 0]);
    // The same size, in the same second: only its text tells.
    sandbox.write("b.txt", "c\n");
    assert_eq!(sandbox.told(Scope::Unstaged), ["Modified b.txt +1 -1"]);
}

#[test]
fn what_may_not_be_read_is_named_at_most() {
    let sandbox = Sandbox::with(&[("secret.txt", "password one\n"), ("a.txt", "a\n"), ("b.txt", "b\n")]);
    sandbox.write("secret.txt", "password three\n");
    sandbox.git(&["mv", "a.txt", "a-secret.txt"]);
    let (repository, reader) = (sandbox.repository().unwrap(), Plain::default());
    for (scope, count) in [(Scope::Unstaged, 1), (Scope::Staged, 1)] {
        let files = list(&repository, &scope, &reader).unwrap();
        assert_eq!(files.len(), count, "{files:?}");
        for file in files {
            let facts = crate::facts_of(&repository, file, &reader, &|| false).unwrap();
            assert!(matches!(facts.content, Content::Withheld { .. }), "{facts:?}");
            assert!(facts.hunks.is_empty() && facts.symbols.is_none());
            assert!(!format!("{facts:?}").contains("password"), "{facts:?}");
        }
    }
    let read = reader.read.lock().unwrap();
    assert!(read.iter().all(|path| !path.to_string_lossy().contains("secret")), "{read:?}");
}

#[test]
fn the_list_is_the_one_that_git_gives() {
    let sandbox = Sandbox::empty();
    sandbox.git(&["init", "-q", "-b", "main", "."]);
    let name = |n: usize| format!("folder{}/file{n}.txt", n % 7);
    (0..200).for_each(|n| sandbox.write(&name(n), format!("{n}\n").repeat(n % 9 + 1)));
    sandbox.commit("Many");
    for n in 0..200 {
        match n % 6 {
            0 => sandbox.write(&name(n), format!("changed {n}\n")),
            1 => std::fs::remove_file(sandbox.path().join(name(n))).unwrap(),
            2 => sandbox.write(&format!("fresh/{n}.txt"), format!("fresh {n}\n")),
            _ => {}
        }
    }
    let letters = |scope| -> Vec<String> {
        let files = list(&sandbox.repository().unwrap(), &scope, &Plain::default()).unwrap();
        let letter = |status| match status {
            Status::Added => 'A',
            Status::Deleted => 'D',
            Status::Modified => 'M',
            Status::Renamed => 'R',
            Status::Conflicted => 'U',
        };
        files.iter().map(|file| format!("{}\t{}", letter(file.status), file.path)).collect()
    };
    let git =
        |arguments: &[&str]| -> Vec<String> { sandbox.git(arguments).lines().map(str::to_owned).collect() };
    assert_eq!(letters(Scope::Unstaged), git(&["diff", "--name-status"]));
    sandbox.git(&["add", "-A"]);
    assert_eq!(letters(Scope::Staged), git(&["diff", "--name-status", "--cached", "--no-renames"]));
}

/// The index remembers which folders are as the last commit has them; what lies beside a change is not looked at.
#[test]
fn what_is_staged_deep_below_is_the_list_that_git_gives() {
    let sandbox = Sandbox::empty();
    sandbox.git(&["init", "-q", "-b", "main", "."]);
    let name = |n: usize| format!("a{}/b{}/c{}/file{n}.txt", n % 3, n % 5, n % 2);
    (0..120).for_each(|n| sandbox.write(&name(n), format!("{n}\n")));
    sandbox.write("a0.txt", "beside a folder\n");
    sandbox.commit("Deep");
    let letter = |status| match status {
        Status::Added => 'A',
        Status::Deleted => 'D',
        Status::Modified => 'M',
        other => panic!("{other:?}"),
    };
    for step in 0..8 {
        match step {
            0 => {}
            1 => sandbox.write(&name(7), "changed\n"),
            2 => std::fs::remove_dir_all(sandbox.path().join("a1/b1")).unwrap(),
            3 => sandbox.write("a2/b2/fresh/deep/er.txt", "fresh\n"),
            4 => sandbox.write("a1/b0.txt", "between\n"),
            5 => sandbox.write("meant.txt", "meant\n"),
            6 => sandbox.write(&name(7), "7\n"),
            _ => sandbox.write("z/z/z.txt", "last\n"),
        }
        match step {
            5 => drop(sandbox.git(&["add", "-N", "meant.txt"])),
            _ => drop(sandbox.git(&["add", "-A", "--", ".", ":!meant.txt"])),
        }
        let files = list(&sandbox.repository().unwrap(), &Scope::Staged, &Plain::default()).unwrap();
        let told: String =
            files.iter().map(|file| format!("{}\t{}\n", letter(file.status), file.path)).collect();
        assert_eq!(told, sandbox.git(&["diff", "--name-status", "--cached", "--no-renames"]), "{step}");
        if step % 3 == 2 {
            sandbox.git(&["commit", "-qm", "Step"]);
        }
    }
}

#[test]
fn a_folder_that_the_index_remembers_is_not_read() {
    let sandbox = Sandbox::with(&[("a/deep/a.txt", "a\n"), ("b/deep/b.txt", "b\n")]);
    sandbox.write("a/deep/a.txt", "changed\n");
    // Of all files, git would look at those again that are as young as its index, and forget their folders.
    sandbox.git(&["add", "a/deep/a.txt"]);
    let gone = |folder: &str| {
        let id = sandbox.git(&["rev-parse", &format!("HEAD:{folder}")]);
        let (start, rest) = id.trim().split_at(2);
        std::fs::remove_file(sandbox.path().join(".git/objects").join(start).join(rest)).unwrap();
    };
    gone("b/deep");
    gone("b");
    assert_eq!(sandbox.told(Scope::Staged), ["Modified a/deep/a.txt +1 -1"]);
    gone("a/deep");
    assert!(matches!(sandbox.facts(Scope::Staged), Err(crate::Problem::Unreadable(_))));
}

#[test]
fn what_git_does_not_know_is_named_as_git_names_it() {
    let sandbox = Sandbox::with(&[
        ("src/a.rs", "a\n"),
        (".gitignore", "*.log\n/target/\n!keep.log\n"),
        ("deep/er/.gitignore", "made\n"),
    ]);
    let files = [
        "src/b.rs",
        "src/x.log",
        "src/keep.log",
        "target/out/a.rs",
        "new/one.rs",
        "new/two/three.rs",
        "logs/only.log",
        "deep/er/made",
        "deep/er/own",
        "secret.env",
        "noted/a.txt",
    ];
    files.iter().for_each(|path| sandbox.write(path, "x\n"));
    sandbox.write(".git/info/exclude", "noted/\n");
    std::fs::create_dir(sandbox.path().join("empty")).unwrap();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    std::fs::write(sandbox.path().join(name), "x\n").unwrap();
    symlink("nowhere", sandbox.path().join("link")).unwrap();
    sandbox.git(&["init", "-q", "inner"]);
    let repository = sandbox.repository().unwrap();
    let expected =
        ["caf\\xe9", "deep/er/own", "inner/", "link", "new/", "secret.env", "src/b.rs", "src/keep.log"];
    assert_eq!(untracked(&repository, &|| false).unwrap(), expected);
    let status =
        git(sandbox.path()).args(["-c", "core.quotePath=false", "status", "--porcelain", "-z"]).output();
    let status = status.unwrap().stdout;
    let told: Vec<&[u8]> =
        status.split(|byte| *byte == 0).filter_map(|one| one.strip_prefix(b"?? ")).collect();
    assert_eq!(told.len(), expected.len());
    assert!(told.iter().skip(1).zip(&expected[1..]).all(|(told, expected)| *told == expected.as_bytes()));
    assert_eq!(untracked(&repository, &|| true), Err(Problem::Cancelled));
    sandbox.git(&["config", "core.excludesFile", "/dev/zero"]);
    let refused = untracked(&sandbox.repository().unwrap(), &|| false);
    assert!(matches!(refused, Err(Problem::Unreadable(_))), "{refused:?}");
}

/// Git itself says each time what differs.
#[test]
fn what_git_takes_for_the_same_did_not_change() {
    let latin = |text: &str| -> Vec<u8> { text.chars().map(|c| c as u8).collect() };
    let rules: [(&str, &[&str]); 8] = [
        ("* text=auto eol=crlf\n", &[]),
        ("*.txt eol=crlf\n", &[]),
        ("* text=auto\n*.txt -text\n", &[]),
        ("* text\ndeep/** binary\n/a.txt !text\n", &[]),
        ("", &["core.autocrlf=true"]),
        ("", &["core.autocrlf=input"]),
        ("*.txt -text\n", &["core.autocrlf=true"]),
        ("", &["core.eol=crlf"]),
    ];
    for (attributes, settings) in rules {
        let paths = ["a.txt", "deep/b.txt", "deep/er/c.txt"];
        let sandbox = Sandbox::with(&paths.map(|path| (path, "one\ntwo\n")));
        sandbox.write("latin.c", latin("// é\nint a;\n"));
        sandbox.write("touched.c", latin("// é\nint a;\n"));
        sandbox.write("run.sh", "echo\n");
        sandbox.write(".gitattributes", attributes);
        sandbox.write("deep/er/.gitattributes", "c.txt text\n");
        sandbox.commit("Attributes");
        for setting in [settings, &["core.fileMode=false"]].concat() {
            let (key, value) = setting.split_once('=').unwrap();
            sandbox.git(&["config", key, value]);
        }
        paths.iter().for_each(|path| sandbox.write(path, "one\r\ntwo\r\n"));
        sandbox.write("latin.c", latin("// è\nint a;\n"));
        sandbox.write("touched.c", latin("// é\nint a;\n"));
        std::fs::set_permissions(sandbox.path().join("run.sh"), PermissionsExt::from_mode(0o755)).unwrap();
        let names = |sandbox: &Sandbox| -> Vec<String> {
            let files = list(&sandbox.repository().unwrap(), &Scope::Unstaged, &Bytes).unwrap();
            files.into_iter().map(|file| file.path).collect()
        };
        let of_git = |sandbox: &Sandbox| -> Vec<String> {
            // It names what it would only look at again, and counts no line of it.
            let told = sandbox.git(&["diff", "--numstat"]);
            told.lines().filter_map(|line| Some(line.split('\t').nth(2)?.to_owned())).collect()
        };
        assert_eq!(names(&sandbox), of_git(&sandbox), "{attributes} {settings:?}");
        sandbox.write(".git/info/attributes", "*.txt -text\n");
        assert_eq!(names(&sandbox), of_git(&sandbox), "{attributes} {settings:?}");
    }
}

/// Reads what is no text, too.
struct Bytes;

impl crate::Reader for Bytes {
    fn allows(&self, _: &std::path::Path) -> Result<(), String> {
        Ok(())
    }

    fn read(&self, path: &std::path::Path) -> Result<String, crate::Unread> {
        String::from_utf8(self.bytes(path)?).map_err(|_| crate::Unread::Other("no text".into()))
    }

    fn bytes(&self, path: &std::path::Path) -> Result<Vec<u8>, crate::Unread> {
        std::fs::read(path).map_err(|_| crate::Unread::Vanished)
    }
}

#[test]
fn line_ends_that_git_converts_are_no_difference_beside_others() {
    let sandbox = Sandbox::with(&[("a.txt", "one\ntwo\n"), (".gitattributes", "*.txt eol=crlf\n")]);
    sandbox.write("a.txt", "one\r\n2\r\n");
    let facts = sandbox.facts(Scope::Unstaged).unwrap();
    assert_eq!((facts[0].line_endings, facts[0].added, facts[0].removed), (false, 1, 1));
}
