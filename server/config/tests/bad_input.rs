//! Configuration that is wrong: told with file, line, key and the nearest key, never with a value, and never in the way of
//! what is right.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests make the files they need, and may fail"
)]

use serde_json::json;
use std::path::Path;
use trust_config::{Config, Files, Inputs, LOCAL, Place, check};

fn load(file: &Path) -> Config {
    let files =
        Files { machine: file.with_file_name("none.toml"), user: Some(file.into()), ..Files::default() };
    Config::load(&Inputs { files, ..Inputs::default() }, None)
}

/// Beside what is wrong, `adapt` is set to false; whether that holds, and what is told.
#[test]
fn what_is_wrong_is_told_and_the_rest_holds() {
    let cases: [(&[u8], bool, &[&str]); 26] = [
        (b"adapt = false\n", true, &[]),
        (b"\xef\xbb\xbfadapt = false\r\n[gate]\r\nshift = 0.1\r\n", true, &[]),
        (b"# only a comment", false, &[]),
        (b"", false, &[]),
        (
            b"adapt = false\nstatistcs = true\n",
            true,
            &[":2: `statistcs` is no key; did you mean `statistics`?"],
        ),
        (
            b"adapt = false\n[completion]\n\nenabel = 1\n",
            true,
            &[":4: `completion.enabel` is no key; did you mean `completion.enable`?"],
        ),
        (
            b"adapt = false\n[gate]\nstatistcs = true\n",
            true,
            &[":3: `gate.statistcs` is no key; did you mean `statistics`?"],
        ),
        (
            b"adapt = false\n[gates]\nshift = 0.1\n",
            true,
            &[":3: `gates.shift` is no key; did you mean `gate.shift`?"],
        ),
        (
            b"adapt = false\ncolour = 1\n",
            true,
            &[":2: `colour` is no key; `trust-lsp config show` lists them"],
        ),
        (
            b"adapt = false\nstatistics = \"s3cret\"\n",
            true,
            &[":2: `statistics` takes true or false, not text; taken as false"],
        ),
        (b"adapt = false\ncompletion.deadline = 1e400\n", false, &[":2: "]),
        (
            b"adapt = false\ngate.shift = nan\n",
            true,
            &[":2: `gate.shift` takes a number from -0.25 to 0.45, not a date, or a number that is none"],
        ),
        (b"adapt = false\ngate = 3\n", true, &[":2: `gate` is no key"]),
        (b"adapt = false\nmodel.path = 1979-05-27\n", true, &[":2: `model.path` takes"]),
        (
            b"adapt = false\n[navigation]\nrust = \"s3cret\"\ngo = \"on\"\n",
            true,
            &[":3: `navigation.rust` takes"],
        ),
        (b"adapt = false\n[language]\nrust = 1\n", true, &[":3: is no table"]),
        (b"adapt = false\nlanguage = 1\n", true, &[":2: `language` takes tables"]),
        (
            b"adapt = false\n[language.rust]\nstatistics = true\n",
            true,
            &[":3: `statistics` holds for the whole session"],
        ),
        (b"adapt = false\n[[directory]]\ngate.shift = 0\n", true, &[":2: `directory` needs a path"]),
        (
            b"adapt = false\n[[directory]]\npath = \"rel\"\n",
            true,
            &["`directory.path` takes an absolute path"],
        ),
        (
            b"adapt = false\n[[directory]]\npath = \"/a/../s3cret\"\n",
            true,
            &["`directory.path` takes an absolute path"],
        ),
        (b"adapt = false\nghp_0123456789abcdefghijs3cret = 1\n", true, &[":2: `…` is no key"]),
        (b"adapt = false\npassword = s3cret\n", false, &[":2: "]),
        (b"adapt = false\nadapt = false\n", false, &[":2: duplicate key"]),
        (b"adapt = false\n\0s3cret", false, &[":2: holds a NUL byte"]),
        (b"adapt = false\n# \xff s3cret", false, &[":2: is not UTF-8"]),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    for (bytes, holds, expected) in cases {
        std::fs::write(&file, bytes).unwrap();
        let config = load(&file);
        let text = String::from_utf8_lossy(bytes);
        assert_eq!(!config.settings(Place::default()).adapt, holds, "{text}");
        let told: Vec<String> = config.problems().iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), expected.len(), "{text}: {told:?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(
                told.starts_with(&file.display().to_string()) && told.contains(expected),
                "{text}: {told}"
            );
            assert!(!told.contains("s3cret") && !told.contains('\n'), "{told}");
        }
    }
}

#[test]
fn files_that_cannot_be_read_are_told_and_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("huge.toml"), "#".repeat((1 << 20) + 1)).unwrap();
    std::fs::write(path("deep.toml"), format!("a = {}", "[".repeat(100_000))).unwrap();
    std::fs::write(path("keys.toml"), format!("{}x = 1", "a.".repeat(100_000))).unwrap();
    std::fs::create_dir(path("folder.toml")).unwrap();
    let mut cases = vec![
        ("huge.toml", "is larger than 1024 KiB"),
        ("deep.toml", ":1: "),
        ("keys.toml", "recursion limit"),
        ("folder.toml", "is no file"),
    ];
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        symlink(path("round-b.toml"), path("round-a.toml")).unwrap();
        symlink(path("round-a.toml"), path("round-b.toml")).unwrap();
        symlink(path("nowhere"), path("dangling.toml")).unwrap();
        std::fs::write(path("locked.toml"), "adapt = false").unwrap();
        std::fs::set_permissions(path("locked.toml"), std::fs::Permissions::from_mode(0o000)).unwrap();
        cases.extend([
            ("round-a.toml", "cannot be read: too many levels of symbolic links"),
            ("dangling.toml", "is a link that leads nowhere"),
        ]);
        // Whoever may read everything reads this too.
        if std::fs::File::open(path("locked.toml")).is_err() {
            cases.push(("locked.toml", "cannot be read: permission denied"));
        }
    }
    for (name, expected) in cases {
        let config = load(&path(name));
        assert!(config.settings(Place::default()).adapt, "{name}");
        let told = config.problems().first().map(ToString::to_string).unwrap_or_default();
        assert!(told.contains(expected), "{name}: {told}");
        assert_eq!(check(&path(name), None, None).len(), 1, "{name}");
    }
    assert!(load(&path("none.toml")).problems().is_empty(), "no file is no problem");
    assert!(check(&path("none.toml"), None, None)[0].to_string().contains("there is no such file"));
    assert!(load(&path("huge.toml").join("config.toml")).problems().is_empty());
}

#[cfg(unix)]
#[test]
fn a_link_does_not_lead_out_of_the_workspace() {
    let folder = tempfile::tempdir().unwrap();
    let (root, outside) = (folder.path().join("work"), folder.path().join("outside.toml"));
    std::fs::create_dir_all(root.join(".trust")).unwrap();
    std::fs::write(&outside, "completion.enable = false\n").unwrap();
    std::fs::write(root.join("inside.toml"), "completion.enable = false\n").unwrap();
    for (target, holds) in [(outside, false), (root.join("inside.toml"), true)] {
        let _ = std::fs::remove_file(root.join(LOCAL));
        std::os::unix::fs::symlink(target, root.join(LOCAL)).unwrap();
        let config = Config::load(&Inputs { roots: vec![root.clone()], ..Inputs::default() }, None);
        assert_eq!(!config.settings(Place::default()).completion_enable, holds);
        assert_eq!(config.problems().is_empty(), holds, "{:?}", config.problems());
    }
}

#[test]
fn directories_of_a_workspace_lie_in_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".trust")).unwrap();
    for (path, fine) in
        [("gen", true), ("./gen/x/", true), ("../other", false), ("/etc", false), ("a/../../b", false)]
    {
        std::fs::write(folder.path().join(LOCAL), format!("[[directory]]\npath = {path:?}\n")).unwrap();
        let told = check(&folder.path().join(LOCAL), Some(folder.path()), None);
        assert_eq!(told.is_empty(), fine, "{path}: {told:?}");
    }
}

#[test]
fn what_else_says_something_wrong_is_told_too() {
    let editor = |sent| Inputs { editor: vec![sent], ..Inputs::default() };
    let environment = |name: &str, text: &str| Inputs {
        environment: vec![(name.into(), text.into())],
        ..Inputs::default()
    };
    let session = |key: &str, text: &str| Inputs {
        session: vec![("--config".into(), key.into(), text.into())],
        ..Inputs::default()
    };
    let cases = [
        (
            editor(json!({"statistics": "no", "codeLens": true})),
            "the editor's settings: `statistics` takes true or false, not text; taken as false",
        ),
        (editor(json!({"statistcs": true})), "did you mean `statistics`"),
        (editor(json!({"navigation": {"go": "maybe", "cobol": "on"}})), "`navigation.go` takes"),
        (editor(json!({"otherServers": "rust"})), "`otherServers` takes a list of texts, not text"),
        (editor(json!([1])), "is no table"),
        (editor(json!("s3cret")), "is no table"),
        (editor(json!({"other": 1, "server": {"path": ""}})), ""),
        (editor(json!(null)), ""),
        (environment("TRUST_LSP_ADAPT", "s3cret"), "TRUST_LSP_ADAPT: `adapt` takes true or false, not text"),
        (environment("TRUST_LSP_ADAPTS", "true"), "`TRUST_LSP_ADAPTS` is no key"),
        (environment("TRUST_LSP_BIN", "/x"), ""),
        (session("adpt", "true"), "--config: `adpt` is no key; did you mean `adapt`?"),
        (session("gate.shift", "9"), "--config: `gate.shift` takes a number"),
    ];
    for (inputs, expected) in cases {
        let config = Config::load(&inputs, None);
        let told = config.problems().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        assert!(told.contains(expected) && told.is_empty() == expected.is_empty(), "{told} for {expected}");
        assert!(!told.contains("s3cret"));
        assert!(config.settings(Place::default()).completion_enable);
    }
}
