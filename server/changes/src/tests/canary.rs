//! A repository that would run things: none of them runs.

use super::{Plain, Sandbox};
use crate::{Problem, Scope, blame, messages, trace};
use std::os::unix::fs::PermissionsExt;

#[test]
fn nothing_of_a_hostile_repository_runs() {
    let sandbox = Sandbox::with(&[("a.txt", "a\n"), ("b.rs", "fn b() {}\n")]);
    let canary = sandbox.path().join("canary");
    let program = sandbox.path().join(".git/program");
    std::fs::write(&program, format!("#!/bin/sh\ntouch {}\ncat\n", canary.display())).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let run = program.to_str().unwrap();
    for name in [
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "core.askPass",
        "core.alternateRefsCommand",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.command",
        "diff.evil.textconv",
        "diff.external",
        "merge.evil.driver",
        "gpg.program",
        "log.showSignature",
        "credential.helper",
        "pager.diff",
        "pager.blame",
        "core.attributesFile",
        "remote.origin.uploadpack",
        "uploadpack.packObjectsHook",
    ] {
        sandbox.git(&["config", name, run]);
    }
    sandbox.git(&["config", "filter.evil.required", "true"]);
    sandbox.git(&["config", "core.hooksPath", ".git/hooks"]);
    std::fs::create_dir_all(sandbox.path().join(".git/hooks")).unwrap();
    for hook in
        ["post-checkout", "pre-commit", "post-index-change", "fsmonitor-watchman", "reference-transaction"]
    {
        std::fs::copy(&program, sandbox.path().join(".git/hooks").join(hook)).unwrap();
    }
    sandbox.write(".gitattributes", "* filter=evil diff=evil merge=evil\n");
    sandbox.write("a.txt", "b\n");
    sandbox.write("b.rs", "fn b() { 1 }\n");
    let repository = sandbox.repository().unwrap();
    assert_ne!(repository.pager().as_deref(), Some(run), "a repository names no program");
    for scope in [
        Scope::Unstaged,
        Scope::Staged,
        Scope::Amend,
        Scope::Commit("HEAD".into()),
        Scope::parse("HEAD...HEAD"),
    ] {
        sandbox.facts(scope).unwrap();
    }
    assert_eq!(messages(&repository, "HEAD", 5).unwrap().len(), 1);
    let (reader, path) = (Plain::default(), sandbox.path().join("b.rs"));
    assert_eq!(blame(&repository, "HEAD", &path, &reader, &|| false).unwrap().lines, [0]);
    assert_eq!(trace(&repository, &path, "fn b() { 2 }\n", 0, 9, &reader, &|| false).unwrap().steps.len(), 2);
    assert!(!canary.exists(), "something ran");
}

/// A clone that promises to fetch what it lacks, by a program of its own choice.
#[test]
fn a_hostile_promise_is_not_kept() {
    let sandbox = Sandbox::with(&[("a.txt", "a\n")]);
    sandbox.write("a.txt", "a\nb\n");
    sandbox.commit("Second");
    let canary = sandbox.path().join("canary");
    let old = sandbox.git(&["rev-parse", "HEAD~1:a.txt"]);
    let (folder, file) = old.trim().split_at(2);
    std::fs::remove_file(sandbox.path().join(".git/objects").join(folder).join(file)).unwrap();
    let run = format!("touch {}; false", canary.display());
    for (name, value) in [
        ("extensions.partialClone", "origin"),
        ("core.repositoryFormatVersion", "1"),
        ("remote.origin.url", "."),
        ("remote.origin.promisor", "true"),
        ("remote.origin.uploadpack", &run),
        ("protocol.file.allow", "always"),
    ] {
        sandbox.git(&["config", name, value]);
    }
    let (repository, path) = (sandbox.repository().unwrap(), sandbox.path().join("a.txt"));
    assert!(blame(&repository, "HEAD", &path, &Plain::default(), &|| false).is_err());
    assert!(!canary.exists(), "something was fetched");
}

#[test]
fn a_working_tree_elsewhere_is_not_followed() {
    let (sandbox, elsewhere) = (Sandbox::with(&[("a.txt", "a\n")]), Sandbox::empty());
    elsewhere.write("a.txt", "private\n");
    sandbox.git(&["config", "core.worktree", elsewhere.path().to_str().unwrap()]);
    assert!(matches!(sandbox.repository().err(), Some(Problem::Elsewhere(_))));
}

#[test]
fn a_file_behind_a_link_out_of_the_repository_is_asked_for_by_its_path() {
    let (sandbox, outside) = (Sandbox::with(&[("folder/a.txt", "a\n")]), Sandbox::empty());
    outside.write("a.txt", "private\n");
    std::fs::remove_dir_all(sandbox.path().join("folder")).unwrap();
    std::os::unix::fs::symlink(outside.path(), sandbox.path().join("folder")).unwrap();
    // The reader decides, and the file broker's answer is no; here it is enough that it is asked.
    let facts = sandbox.facts(Scope::Unstaged).unwrap();
    assert_eq!(facts.len(), 1);
    assert_eq!(facts[0].change.path, "folder/a.txt");
}
