//! What git starts when somebody commits: the hook for messages, and reviews in a hook.

use crate::git::{CODE, git, repository, run};
use std::os::unix::fs::PermissionsExt;
use trust_tests::{Workspace, command};

/// The binary as a program in a hook.
fn hook(workspace: &Workspace, name: &str, arguments: &str) {
    let command = command(&workspace.path(".git/home"));
    let text = |text: &std::ffi::OsStr| text.to_string_lossy().into_owned();
    let own = command.get_envs().filter_map(|(name, value)| Some((text(name), text(value?))));
    let own: String = own.map(|(name, value)| format!("export {name}='{value}'\n")).collect();
    let (program, told) = (text(command.get_program()), workspace.path(".git/told"));
    let hook = format!(".git/hooks/{name}");
    workspace
        .write(&hook, format!("#!/bin/sh\n{own}exec '{program}' {arguments} >'{}' 2>&1\n", told.display()));
    std::fs::set_permissions(workspace.path(&hook), PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn the_hook_signs_off_once() {
    let workspace = repository();
    git(&workspace, &["config", "user.name", "A"]);
    git(&workspace, &["config", "user.email", "a@example.org"]);
    for at in 0..6 {
        git(&workspace, &["commit", "-q", "--allow-empty", "--signoff", "-m", &format!("Change {at}")]);
    }
    let (code, _, err) = run(&workspace, &["git", "install-hook"]);
    assert_eq!(code, Some(0), "{err}");
    for (name, options) in [("second", &["commit", "-a"][..]), ("third", &["commit", "-a", "--signoff"])] {
        let before = std::fs::read_to_string(workspace.path("a.rs")).unwrap();
        workspace.write("a.rs", format!("{before}\npub fn {name}(b: u8) -> u8 {{\n    b * 2\n}}\n"));
        assert!(git(&workspace, options).status.success());
        let log = git(&workspace, &["log", "-1", "--format=%B"]).stdout;
        let expected = format!("Add {name}\n\nSigned-off-by: A <a@example.org>\n\n");
        assert_eq!(String::from_utf8_lossy(&log), expected);
    }
}

#[test]
fn the_hook_proposes_and_lets_every_commit_through() {
    let workspace = repository();
    workspace.write(".git/hooks/prepare-commit-msg", "#!/bin/sh\necho earlier >> earlier.log\n");
    let hook = workspace.path(".git/hooks/prepare-commit-msg");
    std::fs::set_permissions(&hook, PermissionsExt::from_mode(0o755)).unwrap();
    for _ in 0..2 {
        let (code, _, err) = run(&workspace, &["git", "install-hook"]);
        assert_eq!(code, Some(0), "{err}");
    }
    workspace.write("a.rs", format!("{CODE}\npub fn second(b: u8) -> u8 {{\n    b * 2\n}}\n"));
    let commit = git(&workspace, &["commit", "-a"]);
    assert!(commit.status.success(), "{}", String::from_utf8_lossy(&commit.stderr));
    let log = |workspace: &Workspace| {
        String::from_utf8_lossy(&git(workspace, &["log", "-1", "--format=%s"]).stdout).into_owned()
    };
    assert_eq!(log(&workspace), "Add `second`\n");
    assert!(workspace.path("earlier.log").exists(), "the earlier hook ran");
    // A message of one's own stays, and a program that is gone stops nobody.
    workspace.write("a.rs", CODE);
    assert!(git(&workspace, &["commit", "-qam", "Mine"]).status.success());
    assert_eq!(log(&workspace), "Mine\n");
    let text = std::fs::read_to_string(&hook).unwrap();
    std::fs::write(&hook, text.replace("' commit-message", ".gone' commit-message")).unwrap();
    assert!(
        git(&workspace, &["commit", "--allow-empty", "--allow-empty-message"])
            .status
            .code()
            .is_some_and(|code| code < 2)
    );
    let (code, ..) = run(&workspace, &["git", "install-hook", "--remove"]);
    assert_eq!(code, Some(0));
    assert!(std::fs::read_to_string(&hook).unwrap().contains("earlier"), "and it is back");
}

#[test]
fn no_commit_fails_by_the_hook_for_its_message() {
    let workspace = repository();
    let file = workspace.root().join("message").display().to_string();
    workspace.write("message", "Written already\n");
    assert_eq!(
        run(&workspace, &["commit-message", "--hook", &file]),
        (Some(0), String::new(), String::new())
    );
    // What `git commit --allow-empty` brings.
    workspace.write("message", "\n# Please enter the commit message\n");
    let (code, out, err) = run(&workspace, &["commit-message", "--hook", &file]);
    assert_eq!((code, out.as_str()), (Some(0), ""));
    assert!(err.contains("nothing is staged"), "{err}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "\n# Please enter the commit message\n");
    assert_eq!(run(&workspace, &["commit-message", "--hook", "nowhere/message"]).0, Some(0));
}

#[test]
fn a_hook_looks_at_what_is_committed_and_not_at_the_index_beside_it() {
    let marked = format!("{CODE}<<<<<<< HEAD\n");
    for (asked, told) in [
        ("review --fail-on error", "merge-marker"),
        ("review --fail-on error --repo .git/..", "merge-marker"),
        ("commit-message", "nothing is staged"),
        ("diff explain --staged --no-pager", "nothing differs"),
    ] {
        for options in [
            &["commit", "-qam", "All"][..],
            &["commit", "-qm", "One", "a.rs"],
            &["commit", "-qim", "Too", "a.rs"],
        ] {
            let workspace = repository();
            hook(&workspace, "pre-commit", asked);
            workspace.write("a.rs", &marked);
            let done = git(&workspace, options);
            let said = std::fs::read_to_string(workspace.path(".git/told")).unwrap();
            let finds = told == "merge-marker";
            assert_eq!(
                (done.status.success(), said.contains(told)),
                (!finds, finds),
                "{asked} {options:?}: {said}"
            );
        }
    }
    // Of a linked working tree, too.
    let workspace = repository();
    git(&workspace, &["worktree", "add", "-q", "linked"]);
    hook(&workspace, "pre-commit", "review --fail-on error");
    workspace.write("linked/a.rs", &marked);
    assert!(!git(&workspace, &["-C", "linked", "commit", "-qam", "All"]).status.success());
}

#[test]
fn an_index_counts_where_git_names_it_and_it_is_the_repositorys_own() {
    let workspace = repository();
    std::fs::copy(workspace.path(".git/index"), workspace.path(".git/other")).unwrap();
    std::fs::copy(workspace.path(".git/index"), workspace.path("other")).unwrap();
    std::os::unix::fs::symlink("../other", workspace.path(".git/link")).unwrap();
    workspace.write("a.rs", format!("{CODE}<<<<<<< HEAD\n"));
    git(&workspace, &["add", "a.rs"]);
    let elsewhere = "not lie in the repository's own folder";
    for (by_git, index, found, said) in [
        (false, ".git/other", true, ""),
        (true, ".git/index", true, ""),
        (true, ".git/other", false, "# Review"),
        (true, "other", false, elsewhere),
        (true, ".git/link", false, elsewhere),
        (true, ".git/gone", false, elsewhere),
        (true, ".git", false, elsewhere),
        (true, "", true, ""),
    ] {
        let home = Workspace::empty();
        let mut command = command(home.root());
        command.args(["review"]).current_dir(workspace.root()).env("GIT_INDEX_FILE", index);
        if by_git {
            command.env("GIT_EXEC_PATH", "/usr/lib/git-core");
        }
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!(told.contains("merge-marker"), found, "{by_git} {index}: {told}");
        assert!(told.contains(said), "{by_git} {index}: {told}");
    }
}

#[test]
fn a_message_is_proposed_whatever_git_puts_below_it() {
    let workspace = repository();
    let (code, _, err) = run(&workspace, &["git", "install-hook"]);
    assert_eq!(code, Some(0), "{err}");
    for (at, settings) in [
        &["commit.verbose=true"][..],
        &["core.commentChar=;"],
        &["core.commentChar=auto"],
        &["core.commentChar=%", "commit.verbose=true"],
        &["core.commentChar=;", "core.commentChar=%"],
    ]
    .iter()
    .enumerate()
    {
        for setting in *settings {
            let (key, value) = setting.split_once('=').unwrap();
            git(&workspace, &["config", "--add", key, value]);
        }
        let name = format!("made{at}");
        let before = std::fs::read_to_string(workspace.path("a.rs")).unwrap();
        workspace.write("a.rs", format!("{before}\npub fn {name}(b: u8) -> u8 {{\n    b * {at}\n}}\n"));
        let done = git(&workspace, &["commit", "-a"]);
        assert!(done.status.success(), "{settings:?}: {}", String::from_utf8_lossy(&done.stderr));
        let log = git(&workspace, &["log", "-1", "--format=%B"]).stdout;
        assert_eq!(String::from_utf8_lossy(&log).trim(), format!("Add `{name}`"), "{settings:?}");
        for key in ["commit.verbose", "core.commentChar"] {
            git(&workspace, &["config", "--unset-all", key]);
        }
    }
}

/// The facts are there before a model is asked, and the three seconds hold.
#[test]
fn a_slow_model_leaves_a_commit_its_facts() {
    let workspace = repository();
    let asked = "commit-message --hook \"$1\" --scripted-model slow --scripted-delay-ms 60000";
    hook(&workspace, "prepare-commit-msg", asked);
    workspace.write("a.rs", format!("{CODE}\npub fn second(b: u8) -> u8 {{\n    b * 2\n}}\n"));
    let start = std::time::Instant::now();
    assert!(git(&workspace, &["commit", "-a"]).status.success());
    assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
    let log = git(&workspace, &["log", "-1", "--format=%s"]).stdout;
    assert_eq!(String::from_utf8_lossy(&log), "Add `second`\n");
    let told = std::fs::read_to_string(workspace.path(".git/told")).unwrap();
    assert!(told.contains("scripted has no say in this"), "{told}");
}
