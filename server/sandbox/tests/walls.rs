//! What a program within walls can and cannot do, by each means that works on this machine.

#![cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
#![allow(clippy::disallowed_methods, reason = "a test makes the files and the listener it needs")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "the helpers of tests may fail them, and say what was not tried"
)]

use std::io::Read;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use trust_sandbox::{Means, Program, Running, Walls, Wanted, means, start};

const LONG: Duration = Duration::from_secs(20);

struct Place {
    folder: TempDir,
    walls: Walls,
}

impl Place {
    fn new(writable: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("work");
        for (path, text) in [
            ("work/a.txt", "plain"),
            ("work/.env", "HIDDEN"),
            ("work/keys/id_rsa", "HIDDEN"),
            ("work/.git/config", "kept"),
            ("work/sub/.git/config", "kept"),
            ("home/.ssh/id_ed25519", "HIDDEN"),
            ("tools/t.txt", "readable"),
        ] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let walls = Walls {
            writable,
            readable: vec![root.with_file_name("tools")],
            hidden: vec![root.join(".env"), root.join("keys")],
            kept: vec![root.join(".git"), root.join("sub/.git")],
            roots: vec![root],
        };
        Self { folder, walls }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn start(&self, means: &Means, script: &str) -> Running {
        let program = Program {
            command: vec!["/bin/bash".into(), "-c".into(), script.into()],
            folder: self.walls.roots[0].clone(),
            environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
            merged: true,
            ..Program::default()
        };
        start(program, &self.walls, means).unwrap()
    }

    fn run(&self, means: &Means, script: &str) -> (Option<ExitStatus>, String) {
        let mut running = self.start(means, script);
        let mut output = running.output.take().unwrap();
        let status = running.wait(LONG, &|| false);
        running.stop();
        let mut said = String::new();
        output.read_to_string(&mut said).unwrap();
        (status, said)
    }
}

fn all() -> Vec<Means> {
    let mut all = vec![Means::Kernel];
    match means(Wanted::Bubblewrap) {
        Ok(found) => all.push(found),
        Err(why) => eprintln!("not tried: {why}"),
    }
    all
}

#[test]
fn a_program_reads_its_folder_and_nothing_that_is_hidden_or_elsewhere() {
    let place = Place::new(false);
    let outside = place.path("home/.ssh/id_ed25519");
    let tool = place.path("tools/t.txt");
    for means in all() {
        let (status, said) = place.run(&means, "cat a.txt .git/config; exit 7");
        assert_eq!((status.unwrap().code(), said.as_str()), (Some(7), "plainkept"), "{means:?}");
        let (_, said) = place.run(&means, &format!("cat {}", tool.display()));
        assert_eq!(said, "readable", "{means:?}");
        for script in [
            "cat .env".to_owned(),
            "cat keys/id_rsa".to_owned(),
            "ls keys/id_rsa && cat keys/*".to_owned(),
            format!("cat {}", outside.display()),
            "cat /etc/shadow | grep root && echo HIDDEN".to_owned(),
            "cat /proc/1/environ | grep -a PATH.*cargo && echo HIDDEN".to_owned(),
            format!("ln -s {} l; cat l", outside.display()),
        ] {
            let (_, said) = place.run(&means, &script);
            assert!(!said.contains("HIDDEN"), "{means:?} {script}: {said}");
        }
    }
}

#[test]
fn a_program_changes_only_what_it_may() {
    let scripts = [
        ("echo x > a.txt", "work/a.txt", true),
        ("mkdir -p sub; echo x > .git/config", "work/.git/config", false),
        ("rm -rf .git", "work/.git/config", false),
        ("mv .git .old", "work/.git/config", false),
        (
            "mv sub old && mkdir sub && cp -r old/. sub/ && echo x > sub/.git/config",
            "work/sub/.git/config",
            false,
        ),
        ("echo x > .env", "work/.env", false),
        ("echo x > ../tools/t.txt", "work/../tools/t.txt", false),
        ("echo x > ../home/.ssh/id_ed25519", "home/.ssh/id_ed25519", false),
        ("rm -rf ..", "home/.ssh/id_ed25519", false),
    ];
    for means in all() {
        for writable in [false, true] {
            for (script, file, changes) in scripts {
                let place = Place::new(writable);
                let before = std::fs::read_to_string(place.path(file)).unwrap();
                let (_, said) = place.run(&means, script);
                let after = std::fs::read_to_string(place.path(file)).ok();
                let changed = after.as_deref() != Some(before.as_str());
                assert_eq!(changed, changes && writable, "{means:?} {writable} {script}: {said}");
            }
        }
        // Where nothing is hidden or kept, new files can be made.
        let mut place = Place::new(true);
        (place.walls.hidden, place.walls.kept) = (Vec::new(), Vec::new());
        let (_, said) =
            place.run(&means, "mkdir new && echo x > new/b.txt && echo x > $TMPDIR/c && echo done");
        assert_eq!(said, "done\n", "{means:?}");
        assert!(place.path("work/new/b.txt").exists());
    }
}

#[test]
fn a_program_has_no_sockets() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let place = Place::new(false);
    let script = format!("echo hello > /dev/tcp/127.0.0.1/{port} && echo connected; exit 0");
    for means in all() {
        let (_, said) = place.run(&means, &script);
        assert!(!said.contains("connected") && said.contains("ermission denied"), "{means:?}: {said}");
        assert!(listener.accept().is_err());
    }
    let (_, said) = place.run(&Means::Nothing, &script);
    assert_eq!(said, "connected\n", "it would otherwise");
}

/// Whether anything runs with this word among its arguments.
fn runs(word: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let mut lines = processes.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.any(|line| line.windows(word.len()).any(|part| part == word.as_bytes()))
}

#[test]
fn nothing_that_a_program_started_outlives_it() {
    // It ends by itself, or is ended while it floods; each leaves something behind that does not want to go.
    let cases = [
        (
            "sleep 30{N} & setsid sleep 31{N} & nohup sleep 32{N} & (trap '' TERM HUP; sleep 33{N}) & exit 0",
            true,
        ),
        ("sleep 34{N} & while true; do sleep 35{N} & echo flood; done", false),
        ("yes 36{N}", false),
    ];
    for (at, means) in all().into_iter().enumerate() {
        for (script, ends) in cases {
            let place = Place::new(false);
            let number = format!("{}{at}", std::process::id());
            let mut running = place.start(&means, &script.replace("{N}", &number));
            let mut output = running.output.take().unwrap();
            let reader =
                std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()).unwrap());
            let most = if ends { LONG } else { Duration::from_millis(500) };
            assert_eq!(running.wait(most, &|| false).is_some(), ends, "{means:?} {script}");
            let start = Instant::now();
            running.stop();
            reader.join().unwrap();
            assert!(start.elapsed() < LONG, "{means:?} {script}");
            for first in 30..37 {
                let gone = (0..100).any(|_| {
                    let gone = !runs(&format!("{first}{number}"));
                    std::thread::sleep(Duration::from_millis(if gone { 0 } else { 20 }));
                    gone
                });
                assert!(gone, "{means:?} {script}: {first}");
            }
        }
    }
}

#[test]
fn what_cannot_be_started_is_an_error() {
    let place = Place::new(false);
    let program = Program { folder: place.path("work"), ..Program::default() };
    assert!(start(program.clone(), &place.walls, &Means::Kernel).is_err());
    let program = Program { command: vec!["no-such-program".into()], ..program };
    let error = start(program, &place.walls, &Means::Kernel).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}

/// The number of the means among all, for a child of a test.
const CHILD: &str = "TRUST_WALLS_CHILD";
const AFTER: &str = "TRUST_WALLS_AFTER";

/// Has this test run as a child.
fn again(name: &str, at: usize, after: &str, temporary: &TempDir) -> std::process::Command {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", name, "--nocapture"]).env(CHILD, at.to_string()).env(AFTER, after);
    child.env("TMPDIR", temporary.path());
    child
}

fn is_gone(word: &str) -> bool {
    (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        !runs(word)
    })
}

#[test]
fn nothing_outlives_a_process_that_is_gone() {
    if let Ok(at) = std::env::var(CHILD) {
        let number = std::env::var(AFTER).unwrap();
        let place = Place::new(false);
        let script = format!("setsid sleep 70{number} & echo begun; sleep 71{number}");
        let mut running = place.start(&all()[at.parse::<usize>().unwrap()], &script);
        let mut word = [0; 5];
        running.output.take().unwrap().read_exact(&mut word).unwrap();
        assert_eq!(&word, b"begun");
        std::process::abort();
    }
    for (at, means) in all().into_iter().enumerate() {
        let (number, temporary) = (format!("{}{at}", std::process::id()), tempfile::tempdir().unwrap());
        let output = again("nothing_outlives_a_process_that_is_gone", at, &number, &temporary).output();
        assert!(!output.unwrap().status.success());
        for first in [70, 71] {
            assert!(is_gone(&format!("{first}{number}")), "{means:?} {first}");
        }
    }
}

#[test]
fn nothing_outlives_a_process_that_is_gone_while_it_starts_something() {
    if let Ok(at) = std::env::var(CHILD) {
        let after = std::env::var(AFTER).unwrap();
        let (number, after) = after.split_once(' ').unwrap();
        let (means, place) = (all().swap_remove(at.parse().unwrap()), Place::new(false));
        let script = format!("sleep 72{number}");
        std::thread::spawn(move || {
            let _running = place.start(&means, &script);
            std::thread::sleep(LONG);
        });
        std::thread::sleep(Duration::from_millis(after.parse().unwrap()));
        std::process::abort();
    }
    for (at, means) in all().into_iter().enumerate() {
        for after in 0..20 {
            let (number, temporary) =
                (format!("{}{at}{after}", std::process::id()), tempfile::tempdir().unwrap());
            let told = format!("{number} {after}");
            let name = "nothing_outlives_a_process_that_is_gone_while_it_starts_something";
            assert!(!again(name, at, &told, &temporary).output().unwrap().status.success());
            assert!(is_gone(&format!("72{number}")), "{means:?} {after}");
        }
    }
}

#[test]
fn what_is_stopped_at_once_is_gone_at_once() {
    let place = Place::new(false);
    for (at, means) in all().into_iter().enumerate() {
        for time in 0..50 {
            let word = format!("73{}{at}{time}", std::process::id());
            place.start(&means, &format!("sleep {word} & sleep {word}")).stop();
            assert!(!runs(&word), "{means:?} {time}");
        }
    }
}

#[test]
fn a_program_leaves_no_temporary_folder_behind() {
    if std::env::var(CHILD).is_ok() {
        for means in all() {
            let place = Place::new(false);
            let (_, said) = place.run(&means, "mkdir $TMPDIR/a && echo x > $TMPDIR/a/b && echo done");
            assert_eq!(said, "done\n");
            drop(place.start(&means, "sleep 60"));
        }
        return;
    }
    let temporary = tempfile::tempdir().unwrap();
    let output = again("a_program_leaves_no_temporary_folder_behind", 0, "", &temporary).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
}

/// Whoever may open the terminal may type there, and permit itself what a person is asked about.
#[test]
fn a_program_cannot_open_the_terminal() {
    let script = "exec 3<>/dev/tty && echo OPENED";
    if std::env::var(CHILD).is_ok() {
        let place = Place::new(false);
        for means in all() {
            let (_, said) = place.run(&means, script);
            assert!(!said.contains("OPENED"), "{means:?}: {said}");
        }
        println!("tried with {}", place.run(&Means::Nothing, script).1);
        return;
    }
    // A terminal of its own.
    let exe = std::env::current_exe().unwrap();
    let line = format!("{} --exact a_program_cannot_open_the_terminal --nocapture", exe.display());
    let mut terminal = std::process::Command::new("script");
    terminal.args(["-qec", &line, "/dev/null"]).env(CHILD, "0").stdin(std::process::Stdio::null());
    let Ok(output) = terminal.output() else { return eprintln!("not tried: there is no `script`") };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("tried with OPENED"), "{said}");
}
