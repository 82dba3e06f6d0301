//! `trust-lsp edit` and `trust-lsp workflow` as somebody types them, with models that a test writes.

use serde_json::Value;
use std::process::Stdio;
use std::time::{Duration, Instant};
use trust_tests::{Workspace, command};

const CODE: &str = "pub fn add(a: u32) -> u32 {\n    a + 1\n}\n";
const GOOD: &str = "```\n#[test]\nfn adds() {\n    assert_eq!(add(1), 2);\n}\n```";
const BAD: &str = "```\n#[test]\nfn adds() {\n    assert_eq!(add(1), 3);\n}\n```";

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(home: &Workspace, workspace: &Workspace, arguments: &[&str]) -> Ran {
    let mut command = command(home.root());
    command.args(arguments).current_dir(workspace.root()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn text(workspace: &Workspace) -> String {
    std::fs::read_to_string(workspace.path("a.rs")).unwrap()
}

fn project() -> (Workspace, Workspace) {
    (Workspace::empty(), Workspace::with(&[("a.rs", CODE), ("Cargo.toml", "")]))
}

#[test]
fn an_edit_is_shown_and_written_once_it_is_permitted() {
    let (home, workspace) = project();
    let with = |more: &[&str]| {
        let base = ["edit", "test", "a.rs:2", "--scripted-model", GOOD];
        run(&home, &workspace, &[&base, more].concat())
    };
    let ran = with(&["--dry-run"]);
    assert!(ran.code == Some(0) && ran.out.contains("+    fn adds() {"), "{} {}", ran.out, ran.err);
    assert_eq!(text(&workspace), CODE);
    // Nobody is there to ask.
    let ran = with(&[]);
    assert!(ran.code == Some(1) && ran.err.contains("--allow edit"), "{}", ran.err);
    assert_eq!(text(&workspace), CODE);
    let ran = with(&["--allow", "edit", "--json"]);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (&told["written"], &told["attempts"], &told["changes"][0]["path"]),
        (&true.into(), &1.into(), &"a.rs".into())
    );
    assert!(text(&workspace).contains("assert_eq!(add(1), 2);"));
    let cases: [(&[&str], &str); 6] = [
        (&["edit", "burn", "a.rs:2"], "there is no action `burn`; there are document"),
        (&["edit", "rewrite", "a.rs:2"], "needs to be told what is to be done"),
        (&["edit", "test", "a.rs:2", "well"], "takes no instruction"),
        (&["edit", "test", "a.rs:99"], "a.rs has 1"),
        (&["edit", "test", "a.rs:2"], "was not made to follow instructions"),
        (&["edit", "annotate", "a.rs:2", "--scripted-model", ""], "not to be had in rust"),
    ];
    for (arguments, why) in cases {
        let ran = run(&home, &workspace, arguments);
        assert!(ran.code == Some(1) && ran.err.contains(why), "{arguments:?}: {}", ran.err);
    }
    assert_eq!(run(&home, &workspace, &["edit", "test", "a.rs"]).code, Some(2));
}

#[test]
fn a_workflow_runs_until_its_command_ends_well() {
    let (home, workspace) = project();
    let replies = [BAD, GOOD].join("\u{1e}");
    let base = ["workflow", "run", "write-tests-until-they-pass", "place=a.rs:2"];
    let with = |command: &str, more: &[&str]| {
        let command = format!("command={command}");
        run(&home, &workspace, &[&base, &[command.as_str(), "--scripted-model", &replies][..], more].concat())
    };
    let check = "grep -n '(1), 2' a.rs";
    // Nobody is there to ask: nothing is written, and no command runs.
    let ran = with("touch ran", &["--allow", "execute"]);
    assert!(ran.code == Some(1) && ran.err.contains("--allow edit"), "{}", ran.err);
    let ran = with("touch ran", &["--allow", "edit"]);
    assert!(ran.code == Some(1) && ran.err.contains("--allow execute"), "{}", ran.err);
    assert!(text(&workspace) == CODE && !workspace.path("ran").exists());
    let both = ["--allow", "edit", "--allow", "execute"];
    let ran = with("false", &both);
    assert!(ran.code == Some(1) && ran.err.contains("after 3 attempts"), "{}", ran.err);
    assert_eq!(text(&workspace), CODE);
    let ran = with(check, &[&both[..], &["--json"]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let events: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(names[names.len() - 2..], ["done", "ended"], "{names:?}");
    assert_eq!(names.iter().filter(|name| **name == "again").count(), 1, "{names:?}");
    assert!(text(&workspace).contains("assert_eq!(add(1), 2);"));
    // What was written and run is in the log, and what was refused.
    let shown = run(&home, &workspace, &["audit", "show", "--json"]);
    let used: Vec<Value> = serde_json::from_str(&shown.out).unwrap();
    let of = |name: &str, action: &str| {
        let is = |entry: &&Value| entry["tool"]["name"] == name && entry["action"] == action;
        used.iter().filter(is).count()
    };
    assert_eq!((of("workflow", "called"), of("workflow", "refused")), (6, 1), "{}", shown.out);
    assert_eq!(
        (of("workflow_command", "called"), of("workflow_command", "refused")),
        (5, 1),
        "{}",
        shown.out
    );
}

/// The wish that it end, and a terminal that is closed: a trial is taken back, and so is what the command started.
#[cfg(unix)]
#[test]
fn an_edit_on_trial_is_taken_back_before_the_program_ends() {
    for signal in ["-TERM", "-HUP", "-INT"] {
        let (home, workspace) = project();
        let mut command = command(home.root());
        command.args([
            "workflow",
            "run",
            "write-tests-until-they-pass",
            "place=a.rs:2",
            "--scripted-model",
            GOOD,
        ]);
        command.args(["command=touch tried; sleep 60", "--allow", "edit", "--allow", "execute"]);
        command
            .current_dir(workspace.root())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let started = Instant::now();
        while !workspace.path("tried").exists() {
            assert!(started.elapsed() < Duration::from_secs(60) && child.try_wait().unwrap().is_none());
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_ne!(text(&workspace), CODE, "{signal}");
        let kill = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(1), "{signal}");
        assert_eq!(text(&workspace), CODE, "{signal}");
        assert!(started.elapsed() < Duration::from_secs(50), "the command was not waited for");
    }
}

#[test]
fn workflows_of_a_workspace_wait_for_trust_and_are_checked() {
    let (home, workspace) = project();
    let own = "about = \"Asks.\"\nresult = \"ask\"\n[steps.ask]\nkind = \"model\"\nprompt = \"Well?\"\n";
    let folder = workspace.path(".trust/workflows");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("mine.toml"), own).unwrap();
    std::fs::write(folder.join("wrong.toml"), own.replace("prompt", "promt")).unwrap();
    let ran = run(&home, &workspace, &["workflow", "list"]);
    assert!(ran.out.contains("review-then-fix (built in)") && !ran.out.contains("mine"), "{}", ran.out);
    assert!(ran.err.contains("trust-lsp workspace trust '/"), "{}", ran.err);
    let ran = run(&home, &workspace, &["workflow", "run", "mine", "--scripted-model", "So."]);
    assert!(ran.code == Some(1) && ran.err.contains("there is no workflow `mine`"), "{}", ran.err);
    assert_eq!(run(&home, &workspace, &["workspace", "trust"]).code, Some(0));
    let ran = run(&home, &workspace, &["workflow", "run", "mine", "--scripted-model", "So."]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "So.\n"), "{}", ran.err);
    let ran = run(&home, &workspace, &["workflow", "show", "wrong"]);
    let told = "wrong.toml:5: `steps.ask.promt` means nothing here; did you mean `prompt`?";
    assert!(ran.code == Some(1) && ran.err.contains(told), "{}", ran.err);
    let ran = run(&home, &workspace, &["workflow", "show", "write-tests-until-they-pass"]);
    assert!(ran.out.contains("back to write, 2 times at most"), "{}", ran.out);
    let ran = run(&home, &workspace, &["workflow", "show", "review-then-fx"]);
    assert!(ran.err.contains("did you mean `review-then-fix`?"), "{}", ran.err);
}
