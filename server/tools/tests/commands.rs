//! Programs that are run: what is asked first, what is said after, and what they are kept from. How the walls themselves hold
//! is tested where they are made.

#![cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail, and make the files they need"
)]

use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use trust_index::{Index, IndexOptions};
use trust_inference::CancelToken;
use trust_tools::{
    Answer, Ask, Call, Commands, Decision, Disk, Engine, Failure, Nobody, Permissions, Question, Wanted,
    Workspace, builtin, run_command, stored,
};

/// Says always the same, and remembers what it was asked.
struct Person(Decision, Mutex<Vec<String>>);

impl Person {
    fn who_says(decision: Decision) -> Self {
        Self(decision, Mutex::default())
    }

    fn asked(&self) -> Vec<String> {
        self.1.lock().unwrap().clone()
    }
}

impl Ask for Person {
    fn ask(&self, question: &Question<'_>) -> Option<Decision> {
        let asked = format!("{} {}: {}", question.tool, question.class.name(), question.deed);
        self.1.lock().unwrap().push(asked);
        Some(self.0)
    }
}

struct Project {
    folder: TempDir,
    engine: Engine,
}

impl Project {
    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("work").join(path)
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("state/permissions.json")
    }

    fn call(&self, name: &str, arguments: Value, ask: &dyn Ask) -> Result<Answer, Failure> {
        self.engine.call(Call { name, arguments: &arguments, whole: true }, ask, &CancelToken::new())
    }

    fn asked_of(&self, arguments: Value, ask: &dyn Ask) -> String {
        match self.call("run_command", arguments, ask) {
            Ok(answer) => answer.text,
            Err(failure) => format!("error: {failure}"),
        }
    }

    /// With nobody to ask.
    fn said(&self, arguments: Value) -> String {
        self.asked_of(arguments, &Nobody)
    }

    fn permitted(&self, arguments: Value) -> String {
        self.asked_of(arguments, &Person::who_says(Decision::Once))
    }
}

fn project() -> Project {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("work/a.txt", "plain\n"),
        ("work/src/b.txt", "inner\n"),
        ("work/.gitignore", "ignored/\n"),
        ("work/ignored/.env", "CANARY=1\n"),
        ("work/key.txt", "token = \"ghp_16C7e42F292c6912E7710c838347Ae178B4a\"\n"),
        ("outside.txt", "CANARY\n"),
    ] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let root = folder.path().join("work").canonicalize().unwrap();
    let roots = vec![root.clone()];
    let options = IndexOptions { roots: roots.clone(), cache: None, on_state: Box::new(|_| ()) };
    let index = Arc::new(Index::start(options));
    assert!(index.wait_ready(Duration::from_secs(30)));
    let commands = Commands {
        wanted: Wanted::Any,
        readable: Vec::new(),
        environment: vec![("PATH".into(), "/usr/bin:/bin".into()), ("SECRET_CANARY".into(), "CANARY".into())],
    };
    let permissions = Permissions::new(root, Some(folder.path().join("state/permissions.json")));
    let tools = builtin().with(vec![run_command(commands)]);
    let engine = Engine::new(tools, Workspace::new(index, Box::new(Disk::new(roots))), permissions);
    Project { folder, engine }
}

fn shell(script: &str) -> Value {
    json!({ "command": ["sh", "-c", script] })
}

#[test]
fn a_program_is_run_and_its_end_is_told() {
    let project = project();
    let cases = [
        (json!({"command": ["cat", "a.txt"]}), vec!["exit status: 0 (", "\nplain\n"]),
        (json!({"command": ["cat", "b.txt"], "folder": "src"}), vec!["\ninner\n"]),
        (shell("echo out; echo err >&2; exit 3"), vec!["exit status: 3 (", "no network", "out\nerr\n"]),
        (json!({"command": ["true"]}), vec!["(it said nothing)"]),
        (shell("printf '\\033[31mred\\033[0m'"), vec!["\nred\n"]),
        (json!({"command": ["cat", "key.txt"]}), vec!["token = \"<*"]),
        (json!({"command": ["no-such-program"]}), vec!["no-such-program"]),
        (shell("seq 1 100000"), vec!["\n1\n2\n", " bytes are left out here ...", "\n99999\n100000\n"]),
    ];
    for (arguments, expected) in cases {
        let said = project.permitted(arguments.clone());
        expected.iter().for_each(|part| assert!(said.contains(part), "{arguments}: {said}"));
        assert!(said.len() < 17 << 10 && !said.contains("16C7e42F"), "{arguments}: {}", said.len());
    }
}

#[test]
fn a_program_that_is_killed_says_so() {
    // Bubblewrap tells it as shells do.
    let said = project().permitted(shell("kill -9 $$"));
    assert!(said.starts_with("signal: 9") || said.starts_with("exit status: 137"), "{said}");
}

#[test]
fn a_program_gets_no_secret_and_changes_nothing_unasked() {
    let project = project();
    let outside = project.path("../outside.txt").canonicalize().unwrap();
    for script in [
        "cat ignored/.env".to_owned(),
        "cat ignored/*; cat -- ignored/.e*".to_owned(),
        "env".to_owned(),
        "cat /proc/self/environ".to_owned(),
        format!("cat {}", outside.display()),
        "ls -a ~; cat ~/../../*.txt ../outside.txt".to_owned(),
    ] {
        let said = project.permitted(shell(&script));
        assert!(!said.contains("CANARY"), "{script}: {said}");
    }
    project.permitted(shell("echo x > a.txt; rm -rf src"));
    assert_eq!((project.text("a.txt"), project.text("src/b.txt")), ("plain\n".into(), "inner\n".into()));
    let mut arguments = shell("echo changed > a.txt; echo x > ../outside.txt; rm -f ignored/.env");
    arguments["write"] = true.into();
    let said = project.permitted(arguments);
    assert!(said.contains("may change files of the workspace"), "{said}");
    assert_eq!(project.text("a.txt"), "changed\n");
    assert_eq!(project.text("../outside.txt"), "CANARY\n");
    assert_eq!(project.text("ignored/.env"), "CANARY=1\n");
}

#[test]
fn nothing_of_a_deed_is_hidden_from_whoever_is_asked() {
    let project = project();
    let person = Person::who_says(Decision::No);
    project.asked_of(shell("bad # \u{1b}[1A\u{1b}[2K\u{202e}fine\u{200b}"), &person);
    let patch = "--- a/a.txt\n+++ b/a.txt\n@@\n-plain\n+bad\n+\u{1b}[1A\u{1b}[2K\u{202e}fine\n";
    let made = project.call("apply_patch", json!({"patch": patch}), &person);
    assert!(made.is_err());
    let asked = person.asked();
    assert!(
        asked.len() == 2 && asked.iter().all(|deed| deed.contains("bad") && deed.contains("fine")),
        "{asked:?}"
    );
    assert!(asked[1].contains("\\u{1b}[1A\\u{1b}[2K\\u{202e}fine"), "{asked:?}");
    assert!(!asked.concat().contains(['\u{1b}', '\u{202e}', '\u{200b}']), "{asked:?}");
}

#[test]
fn each_command_is_asked_about_and_none_for_good() {
    let project = project();
    let said = project.said(shell("echo hello"));
    assert!(
        said.contains("not permitted: running a program must be permitted, and there is nobody"),
        "{said}"
    );
    for decision in [Decision::Session, Decision::Workspace] {
        let project = crate::project();
        let person = Person::who_says(decision);
        assert!(project.call("run_command", shell("echo hello"), &person).is_ok());
        let asked = person.asked();
        assert!(
            asked[0]
                .starts_with("run_command execute: sh -c \"echo hello\"\nin the workspace's root, for 60 s")
        );
        assert!(asked[0].contains("no network, no home folder, changes no files"), "{asked:?}");
        assert!(project.call("run_command", shell("echo hello"), &Nobody).is_ok(), "the very same");
        assert!(project.call("run_command", shell("echo hello; ls"), &Nobody).is_err(), "not another");
        let mut writes = shell("echo hello");
        writes["write"] = true.into();
        assert!(project.call("run_command", writes, &Nobody).is_err(), "nor one with more rights");
        assert_eq!(stored(&project.store()), Ok(Vec::new()), "{decision:?}");
    }
    // A file that says so permits nothing.
    let person = Person::who_says(Decision::Never);
    assert!(project.call("run_command", shell("true"), &person).is_err());
    let store = project.store();
    let text = std::fs::read_to_string(&store).unwrap().replace("\"allow\": false", "\"allow\": true");
    std::fs::write(&store, text).unwrap();
    assert!(project.call("run_command", shell("echo forged"), &Nobody).is_err());
    // Nor is one run whose call was cut.
    let arguments = shell("echo hello");
    let call = Call { name: "run_command", arguments: &arguments, whole: false };
    let cut = project.engine.call(call, &Person::who_says(Decision::Once), &CancelToken::new());
    assert_eq!(cut, Err(Failure::Truncated));
}

#[test]
fn a_program_ends_with_its_time_and_with_the_call() {
    let project = project();
    let mut arguments = shell("echo first; sleep 60 & sleep 60");
    arguments["seconds"] = 1.into();
    let begin = Instant::now();
    let said = project.permitted(arguments);
    assert!(said.contains("ended after its 1 s") && said.contains("\nfirst\n"), "{said}");
    assert!(begin.elapsed() < Duration::from_secs(15));
    let cancel = CancelToken::new();
    let later = cancel.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(500));
        later.cancel();
    });
    let arguments = shell("yes");
    let call = Call { name: "run_command", arguments: &arguments, whole: true };
    let begin = Instant::now();
    let ended = project.engine.call(call, &Person::who_says(Decision::Once), &cancel);
    assert_eq!(ended, Err(Failure::Cancelled));
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[test]
fn what_is_no_command_is_explained() {
    let project = project();
    let cases = [
        (json!({"command": []}), "command"),
        (json!({"command": ["a\0b"]}), "zero byte"),
        (json!({"command": [" "]}), "begins with a program"),
        (json!({"command": ["ls"], "folder": "a.txt"}), "`a.txt` is no folder"),
        (json!({"command": ["ls"], "folder": "../"}), "is not read"),
        (json!({"command": ["ls"], "seconds": 6000}), "seconds"),
        (json!({"command": "ls -l"}), "command"),
    ];
    for (arguments, expected) in cases {
        let said = project.said(arguments.clone());
        assert!(said.starts_with("error: ") && said.contains(expected), "{arguments}: {said}");
    }
}
