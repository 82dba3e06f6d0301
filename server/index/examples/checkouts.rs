//! Random edits and checkouts in a clone of a real repository, which the index follows by watching: `cargo run
//! --release -p trust-index --example checkouts -- CLONE [SEQUENCES] [SEED]`. After each sequence every symbol and
//! every import of it is compared with those of an index that is built anew. The clone's working tree is changed.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a program for the terminal")]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};
use trust_index::{Index, IndexOptions, Snapshot};

const PATIENCE: Duration = Duration::from_secs(120);

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(root) = arguments.next().and_then(|path| PathBuf::from(path).canonicalize().ok()) else {
        println!("usage: checkouts CLONE [SEQUENCES] [SEED]");
        return ExitCode::FAILURE;
    };
    let mut number = |default: u64| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (sequences, mut random) = (number(20), Random(number(1)));
    let commits = git(&root, &["rev-list", "--first-parent", "--max-count=400", "HEAD"]);
    let commits: Vec<&str> = commits.lines().collect();
    let warm = start(&root);
    warm.watch();
    let (mut checkouts, mut edits) = (0, 0);
    for sequence in 0..sequences {
        for _ in 0..1 + random.below(4) {
            if random.below(3) == 0 {
                let commit = commits[random.below(commits.len())];
                git(&root, &["checkout", "-q", "-f", "--detach", commit]);
                checkouts += 1;
            } else {
                edits += edit(&root, &mut random);
            }
        }
        let started = Instant::now();
        let cold = symbols(&start(&root).snapshot());
        while symbols(&warm.snapshot()) != cold {
            if started.elapsed() > PATIENCE {
                println!("sequence {sequence}: the index does not come to what is there");
                let warm = symbols(&warm.snapshot());
                warm.iter()
                    .filter(|said| !cold.contains(said))
                    .take(9)
                    .for_each(|said| println!("too much: {said}"));
                cold.iter()
                    .filter(|said| !warm.contains(said))
                    .take(9)
                    .for_each(|said| println!("missing: {said}"));
                return ExitCode::FAILURE;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        println!("sequence {sequence}: the same {} symbols and imports", cold.len());
    }
    println!("{sequences} sequences, {checkouts} checkouts, {edits} edits: the same symbols each time");
    ExitCode::SUCCESS
}

fn start(root: &Path) -> Index {
    let options = IndexOptions { roots: vec![root.to_owned()], cache: None, on_state: Box::new(|_| {}) };
    let index = Index::start(options);
    assert!(index.wait_ready(PATIENCE), "the index takes too long");
    index
}

/// Appends to some files, removes some, makes some.
fn edit(root: &Path, random: &mut Random) -> usize {
    let files = git(root, &["ls-files", "*.rs", "*.py", "*.ts", "*.tsx"]);
    let files: Vec<&str> = files.lines().collect();
    let count = 1 + random.below(12);
    for _ in 0..count {
        let path = root.join(files[random.below(files.len())]);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        // A checkout or an edit may have removed it, which is as good a case.
        let _ = match random.below(4) {
            0 => std::fs::remove_file(&path),
            1 => std::fs::write(path.with_extension("new.rs"), format!("fn made_{}() {{}}\n", random.draw())),
            2 => std::fs::write(&path, &text[..text.floor_char_boundary(text.len() / 2)]),
            _ => std::fs::write(&path, format!("{text}\nfn added_{}() {{}}\n", random.draw())),
        };
    }
    count
}

fn symbols(snapshot: &Snapshot) -> Vec<String> {
    let mut said = Vec::new();
    for file in snapshot.file_ids() {
        let path = snapshot.relative(file);
        said.push(format!("{path} {:?}", snapshot.imports_in(file)));
        said.extend(snapshot.definitions_in(file).iter().map(|symbol| {
            format!("{path} {:?} {} {:?} {:?}", symbol.kind, symbol.name, symbol.range, symbol.container)
        }));
    }
    said.sort_unstable();
    said
}

fn git(root: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(root).args(arguments).output();
    output.map_or_else(|_| String::new(), |output| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.draw() % bound.max(1) as u64) as usize
    }
}
