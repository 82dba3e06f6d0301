//! The script for Kakoune, tried in one that runs in a terminal: keys go in by tmux, and what the screen shows is read.
//! Run with `--editors all`, and then with kakoune-lsp too (`kakoune/lsp.rs`). It leaves pictures in the target folder.

mod lsp;

use crate::{
    introductions::{self, Listener},
    paint::Paint,
    requirements,
    tally::Tally,
    terminal::picture,
    test::Outcome,
    version::{first_line, number},
    workspace::{Workspace, run, succeeds},
};
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long the screen may take to show what is wanted.
const PATIENCE: Duration = Duration::from_secs(30);
/// Older ones are not tried.
const OLDEST: (u32, u32) = (2022, 10);
const CLEAN: &str = "pub fn total(a: u32) -> u32 {\n    a\n}\n";

/// Keys, as tmux names them (words that begin with a colon are typed, with a Return), and what is on the screen then.
const CASES: [(&str, &[&str], &str); 8] = [
    ("what is staged is explained", &[":trust-explain --staged"], "changes the body of function `total`"),
    ("the mode explains too", &[" ", "t", "s"], "# Staged changes"),
    ("a symbol has a past", &[":edit a.rs", ":trust-history"], "adds public function `total`"),
    ("findings are listed", &[":trust-review"], "a.rs:2:5: warning: `dbg!` was left in"),
    ("and visited", &[":make-next-error"], "a.rs 2:5"),
    ("a message is proposed", &[":trust-commit-message"], "Change `total`"),
    ("a question has places", &[":trust-chat where is total used"], "`total` is defined"),
    (
        "a program that is not there is said",
        &[":set-option global trust_program nowhere", ":trust-explain"],
        "there is no program nowhere",
    ),
];

/// After which cases the screen is kept, the picture's name, and its title.
const PICTURES: [(&str, &str, &str); 2] = [
    ("the mode explains too", "explained", "What is staged, explained in Kakoune"),
    ("a completion is an entry of the menu", "completion", "A completion in the menu of Kakoune"),
];

/// Runs all of it. In CI, what cannot be done is a failure.
pub fn test(workspace: &Workspace, paint: Paint) -> Result<Outcome> {
    let server = workspace.binary("debug");
    ensure!(server.is_file(), "no server to test: run `cargo build --workspace --bin trust-lsp` first");
    for (program, version, package) in [("kak", "-version", "kakoune"), ("tmux", "-V", "tmux")] {
        if !succeeds(&mut workspace.command(program, [version]))
            && let Err(problem) =
                requirements::install_one(package, "runs the tests of editors/kakoune", paint)
        {
            ensure!(std::env::var_os("CI").is_none(), "{problem:#}");
            println!("{problem:#}");
            return Ok(Outcome::Skipped("Kakoune or tmux is not installed"));
        }
    }
    let tmux = first_line(&mut workspace.command("tmux", ["-V"]))?;
    println!("{}, {tmux}", version(workspace)?);
    let folder = workspace.target.join("kakoune");
    let script = quoted(&workspace.root.join("editors/kakoune/trust.kak"));
    let settings = [
        format!("source {script}"),
        "set-option global trust_program ~/bin/trust-lsp".to_owned(),
        "map global user t ':enter-user-mode trust<ret>'".to_owned(),
    ];
    prepare(&folder, &settings.join("\n"), &server)?;
    let tally = go_through(&CASES, &Screen::open(&folder, None)?)?;
    draw(workspace, &folder)?;
    let program = match lsp::ensure(workspace) {
        Ok(program) => program,
        Err(problem) => {
            ensure!(std::env::var_os("CI").is_none(), "{problem:#}");
            println!("what goes through kakoune-lsp was not tried: {problem:#}");
            return Ok(Outcome::Tests(tally));
        }
    };
    // A model whose words are known.
    let listener = Listener::new(&folder.join("begin"), &server, &["--scripted-model", "ight"])?;
    prepare(&folder, &lsp::settings(&script), &listener.program)?;
    lsp::write_files(&folder.join("project"))?;
    let screen = Screen::open(&folder, program.parent())?;
    let through = go_through(&lsp::CASES, &screen)?;
    draw(workspace, &folder)?;
    // At the end of its session kakoune-lsp ends too, and the server with it.
    screen.press("<Escape>").and_then(|()| screen.press(":kill!"))?;
    let begun = introductions::judge(workspace, "kakoune", listener.wait()?, &folder.join("project"))?;
    Ok(Outcome::Tests(tally.plus(through).plus(begun)))
}

/// Which Kakoune it is, and that it is new enough.
fn version(workspace: &Workspace) -> Result<String> {
    let mut said = first_line(&mut workspace.command("kak", ["-version"]))?;
    if number(&said).is_err() {
        // Debian builds it without a number.
        let words = ["-W", "-f", "Kakoune ${Version}", "kakoune"];
        said = first_line(&mut workspace.command("dpkg-query", words))
            .with_context(|| format!("`{said}`: which version it is, no package says either"))?;
    }
    ensure!(number(&said)? >= OLDEST, "{said}, and the tests need Kakoune 2022.10");
    Ok(said)
}

fn go_through(cases: &[(&str, &[&str], &str)], screen: &Screen) -> Result<Tally> {
    screen.wait_for("a.rs 1:1")?;
    let mut tally = Tally::default();
    for (name, keys, wanted) in cases {
        let told = keys.iter().try_for_each(|key| screen.press(key)).and_then(|()| screen.wait_for(wanted));
        match told {
            Ok(()) => {
                println!("{name}: ok");
                tally.passed += 1;
                if let Some((_, kept, _)) = PICTURES.iter().find(|(of, ..)| of == name) {
                    screen.keep(kept)?;
                }
            }
            Err(problem) => {
                println!("{name}: {problem:#}");
                tally.failed += 1;
            }
        }
    }
    Ok(tally)
}

/// Draws the screens that were kept. In CI, what cannot be drawn is a failure.
fn draw(workspace: &Workspace, folder: &Path) -> Result<()> {
    for (_, name, title) in PICTURES {
        let (captured, drawn) = (folder.join(format!("{name}.screen")), folder.join(format!("{name}.svg")));
        if !captured.is_file() {
            continue;
        }
        match picture::draw(workspace, &captured, &drawn, title) {
            Ok(()) => println!("picture: {}", drawn.display()),
            Err(problem) => {
                ensure!(std::env::var_os("CI").is_none(), "{problem:#}");
                println!("{name} was not drawn: {problem:#}");
            }
        }
        std::fs::remove_file(captured)?;
    }
    Ok(())
}

/// As a word of Kakoune's.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "''"))
}

/// A home with these settings and a repository in `folder`, in which something is staged.
fn prepare(folder: &Path, kakrc: &str, server: &Path) -> Result<()> {
    for left in ["home", "project"].map(|name| folder.join(name)) {
        if left.exists() {
            std::fs::remove_dir_all(left).context("what is left of an earlier run")?;
        }
    }
    let (project, settings) = (folder.join("project"), folder.join("home/.config/kak"));
    std::fs::create_dir_all(&project)?;
    std::fs::create_dir_all(&settings)?;
    // It is named by `~/`, as people do.
    std::fs::create_dir_all(folder.join("home/bin"))?;
    #[cfg(unix)]
    std::os::unix::fs::symlink(server, folder.join("home/bin/trust-lsp"))?;
    std::fs::write(settings.join("kakrc"), kakrc)?;
    let git = |words: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=A", "-c", "user.email=a@example.org"]).args(words).current_dir(&project);
        run(&mut git)
    };
    std::fs::write(project.join("a.rs"), CLEAN)?;
    git(&["init", "--quiet", "."])?;
    git(&["add", "-A"])?;
    git(&["commit", "--quiet", "--message", "Add totals"])?;
    std::fs::write(project.join("a.rs"), CLEAN.replace("    a\n", "    dbg!(a)\n"))?;
    git(&["add", "-A"])
}

/// A terminal of tmux with Kakoune in it, on a socket of its own; it ends with the value.
struct Screen {
    socket: PathBuf,
    folder: PathBuf,
}

impl Screen {
    /// With more programs than are on the `PATH`, where they are named.
    fn open(folder: &Path, programs: Option<&Path>) -> Result<Self> {
        let socket = std::env::temp_dir().join(format!("trust-kakoune-{}", std::process::id()));
        let screen = Self { socket, folder: folder.to_owned() };
        let home = folder.join("home");
        let mut start = screen.tmux(&["new-session", "-d", "-x", "100", "-y", "30", "kak", "a.rs"]);
        start.current_dir(folder.join("project")).env("HOME", &home).env_remove("TMUX");
        if let Some(programs) = programs {
            let inherited = std::env::var_os("PATH").unwrap_or_default();
            let all = std::iter::once(programs.to_owned()).chain(std::env::split_paths(&inherited));
            start.env("PATH", std::env::join_paths(all)?);
        }
        for name in ["CONFIG", "CACHE", "DATA", "STATE"] {
            let part = if name == "CONFIG" { ".config".to_owned() } else { name.to_lowercase() };
            start.env(format!("XDG_{name}_HOME"), home.join(part));
        }
        run(&mut start)?;
        Ok(screen)
    }

    fn tmux(&self, words: &[&str]) -> Command {
        let mut tmux = Command::new("tmux");
        tmux.arg("-S").arg(&self.socket).args(["-f", "/dev/null"]).args(words);
        tmux
    }

    /// Types a text, or presses a key that tmux has a name for: `<C-n>`.
    fn press(&self, key: &str) -> Result<()> {
        match key.strip_prefix('<').and_then(|key| key.strip_suffix('>')) {
            Some(name) => run(&mut self.tmux(&["send-keys", name]))?,
            None => run(&mut self.tmux(&["send-keys", "-l", key]))?,
        }
        if key.starts_with(':') {
            run(&mut self.tmux(&["send-keys", "Enter"]))?;
        }
        // A key that opens something is done before the next one comes.
        std::thread::sleep(Duration::from_millis(300));
        Ok(())
    }

    /// As it is now, with its colours, for a picture.
    fn keep(&self, name: &str) -> Result<()> {
        let shown = self.tmux(&["capture-pane", "-p", "-e", "-N"]).output()?;
        Ok(std::fs::write(self.folder.join(format!("{name}.screen")), shown.stdout)?)
    }

    fn wait_for(&self, wanted: &str) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            let shown = self.tmux(&["capture-pane", "-p"]).output()?;
            let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
            if shown.contains(wanted) {
                return Ok(());
            }
            ensure!(Instant::now() < end, "no {wanted:?} on the screen:\n{shown}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        succeeds(&mut self.tmux(&["kill-server"]));
        let _ = std::fs::remove_file(&self.socket);
    }
}
