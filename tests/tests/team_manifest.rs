//! `trust-lsp team manifest`, for who keeps a team's folder.

use serde_json::Value;
use std::path::Path;
use trust_tests::{Team, Workspace, command};

const ACTION: &str = "---\ntitle: Make it async\n---\nUse async.\n";

fn ran(command: &mut std::process::Command) -> (i32, String, String) {
    let output = command.stdin(std::process::Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn manifest(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let home = Workspace::empty();
    ran(command(home.root()).args(["team", "manifest"]).arg(folder).args(arguments))
}

#[test]
fn a_manifest_is_begun_and_goes_on_with_what_changes() {
    let team = Team::with(&[
        ("config.toml", "adapt = false\n"),
        ("actions/async.md", ACTION),
        ("README.md", "# Ours\n"),
        (".git/HEAD", "ref: refs/heads/main\n"),
    ]);
    let folder = &team.folder;
    let (code, out, err) = manifest(folder.root(), &["--name", "acme", "--lock", "privacy"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let file = folder.path("manifest.toml").display().to_string();
    for part in [
        format!("{file}: written: team acme, version 1, 2 files, locked: privacy\n"),
        "  + actions/async.md\n  + config.toml\nnot listed, since nothing reads it: README.md\n".into(),
        format!("sign it: minisign -S -m {file}\n"),
    ] {
        assert!(out.contains(&part), "{part} in {out}");
    }
    team.sign();
    let verify = || {
        let home = Workspace::empty();
        ran(command(home.root()).args(["team", "verify"]).arg(folder.root()).args(["--key", &team.key()]))
    };
    assert!(verify().1.contains("all of it is as it was signed"), "{:?}", verify());
    let text = || std::fs::read_to_string(folder.path("manifest.toml")).unwrap();
    let first = text();
    // Nothing changed: not a byte is written, and the signature holds.
    let (code, out, _) = manifest(folder.root(), &[]);
    assert!(code == 0 && out.contains("as it was: team acme, version 1,") && !out.contains("sign"), "{out}");
    assert_eq!(text(), first);
    // What its keeper wrote stays.
    folder.write(
        "manifest.toml",
        format!("# Ask Ann.\n{}", first.replace("version = 1", "version = 1 # of 2")),
    );
    folder.write("actions/async.md", ACTION.replace("Use", "Prefer"));
    folder.write("review.md", "- error: debug-output\n");
    std::fs::remove_file(folder.path("config.toml")).unwrap();
    let (code, out, _) = manifest(folder.root(), &["--json", "--lock", "network", "--unlock", "privacy"]);
    let told: Value = serde_json::from_str(&out).unwrap();
    let expected = serde_json::json!({
        "name": "acme", "version": 2, "locked": ["network"], "written": true, "added": ["review.md"],
        "changed": ["actions/async.md"], "removed": ["config.toml"], "leftOut": ["README.md"],
        "sign": format!("minisign -S -m {file}"),
    });
    assert_eq!((code, &told), (0, &expected));
    let second = text();
    assert!(second.starts_with("# Ask Ann.\n") && second.contains("version = 2 # of 2"), "{second}");
    assert!(!second.contains("config.toml\" ="), "{second}");
    let (code, _, err) = verify();
    assert!(code == 1 && err.contains("manifest.toml.minisig: does not fit the manifest"), "{err}");
    team.sign();
    assert_eq!(verify().0, 0);
    let (_, out, _) = manifest(folder.root(), &["--bump", "--name", "acme.two"]);
    assert!(out.contains("written: team acme.two, version 3, 2 files, locked: network"), "{out}");
}

/// What is wrong is told by file, and the manifest stays as it was.
#[test]
fn a_folder_that_is_wrong_is_told_and_nothing_is_written() {
    let long = "x".repeat(20 << 10);
    let many: Vec<(String, &str)> = (0..65).map(|n| (format!("actions/{n}.md"), ACTION)).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let half = "# padding\n".repeat(20_000);
    let cases: [(&[(&str, &str)], &[&str], &str); 15] = [
        (&[], &["--name", "a"], "holds none of `config.toml`"),
        (&[("config.toml", "")], &[], "manifest.toml: is not there yet; name the team"),
        (&[("config.toml", "")], &["--name", "a b"], "--name: takes up to 40 letters"),
        (&[("config.toml", "")], &["--name", "a", "--lock", "privcy"], "did you mean `privacy`?"),
        (&[("config.toml", "")], &["--name", "a", "--lock", "team.key"], "is no key that can be locked"),
        (&[("config.toml", "")], &["--name", "a", "--unlock", "privacy"], "`privacy` is not locked"),
        (&[("actions/a.txt", "x")], &["--name", "a"], "actions/a.txt: is none of"),
        (&[("actions/in/a.md", ACTION)], &["--name", "a"], "actions/in: is none of"),
        (
            &[("actions/a.md", "no front matter")],
            &["--name", "a"],
            "actions/a.md: begins with no front matter",
        ),
        (&[("config.toml", "a\0b")], &["--name", "a"], "config.toml:1: holds a NUL byte"),
        (&[("config.toml", ""), ("minisign.key", "x")], &["--name", "a"], "minisign.key: is a secret key"),
        (&[("review.md", &long)], &["--name", "a"], "review.md: is longer than 16 KiB"),
        (&[("instructions.md", &long)], &["--name", "a"], "instructions.md: is longer than 2 KiB"),
        (&many, &["--name", "a"], "holds 65 files, and a team's has 64 at most"),
        (&[("config.toml", &half), ("workflows/a.toml", &half)], &["--name", "a"], "is too large"),
    ];
    for (files, arguments, expected) in cases {
        let folder = Workspace::with(files);
        let (code, out, err) = manifest(folder.root(), arguments);
        assert!(code == 1 && out.is_empty() && err.contains(expected), "{expected}: {code} {out}{err}");
        assert!(!folder.path("manifest.toml").exists(), "{expected}");
    }
    let folder = Workspace::with(&[("config.toml", ""), ("manifest.toml", "name = \"a\"\nversion = 0\n")]);
    let (code, _, err) = manifest(folder.root(), &[]);
    assert!(code == 1 && err.contains("manifest.toml:2: `version` takes"), "{err}");
    for none in ["none", "config.toml"] {
        let (code, _, err) = manifest(&folder.path(none), &["--name", "a"]);
        assert!(code == 1 && err.contains("is no folder that can be read"), "{err}");
    }
    assert_eq!(ran(command(folder.root()).args(["team", "manifest"])).0, 2, "a folder is named");
}

#[cfg(unix)]
#[test]
fn a_link_is_refused_and_a_full_disk_leaves_the_manifest_whole() {
    let folder =
        Workspace::with(&[("config.toml", "adapt = false\n"), ("elsewhere/review.md", "- off: todo\n")]);
    assert_eq!(manifest(folder.root(), &["--name", "acme"]).0, 0);
    let before = std::fs::read_to_string(folder.path("manifest.toml")).unwrap();
    std::os::unix::fs::symlink(folder.path("elsewhere/review.md"), folder.path("review.md")).unwrap();
    let (code, _, err) = manifest(folder.root(), &[]);
    assert!(code == 1 && err.contains("review.md: is a link"), "{err}");
    folder.remove("review.md");
    let home = Workspace::empty();
    let program = command(home.root());
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""]).arg(program.get_program());
    shell.env("HOME", home.root()).args(["team", "manifest"]).arg(folder.root()).arg("--bump");
    let (code, _, err) = ran(&mut shell);
    assert!(code == 1 && err.contains("manifest.toml: cannot be written: "), "{err}");
    assert_eq!(std::fs::read_to_string(folder.path("manifest.toml")).unwrap(), before);
    let left = std::fs::read_dir(folder.root()).unwrap().count();
    assert_eq!(left, 3, "nothing half written is left");
}
