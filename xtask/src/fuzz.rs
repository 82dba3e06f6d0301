//! `cargo xtask fuzz`: the crate in `fuzz`, built with the counters that its engine is led by, on the kept corpus and on
//! files of our own making. It fails where an input breaks what reads it, and says where that input lies.

mod seeds;

use crate::paint::Paint;
use crate::workspace::{Workspace, run};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Subject {
    /// The check of a model's file
    Gguf,
    /// A model's chat template, and what a model of that template answers
    Dialect,
}

/// What makes the compiler count which edges are taken, and tell the engine what is compared.
const COUNTERS: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
    "--cfg=fuzzing",
];

impl Subject {
    fn name(self) -> &'static str {
        match self {
            Self::Gguf => "gguf",
            Self::Dialect => "dialect",
        }
    }

    /// The longest input, in bytes: what reads it is not broken by length, which other tests see to.
    fn longest(self) -> u64 {
        match self {
            Self::Gguf => 8192,
            Self::Dialect => 6000,
        }
    }

    /// The longest input that is kept.
    fn kept(self) -> usize {
        match self {
            Self::Gguf => 8192,
            Self::Dialect => 700,
        }
    }

    /// Whether what is fuzzed looks at such an input at all.
    fn is_read(self, bytes: &[u8]) -> bool {
        self == Self::Gguf || std::str::from_utf8(bytes).is_ok()
    }
}

/// Whether nothing broke.
pub fn fuzz(workspace: &Workspace, subject: Subject, seconds: u64, keep: bool, paint: Paint) -> Result<bool> {
    let name = subject.name();
    let program = build(workspace, name)?;
    let kept = workspace.root.join("fixtures/fuzz").join(name);
    let [corpus, broke] = ["corpus", "broke"].map(|part| workspace.target.join("fuzz").join(part).join(name));
    for folder in [&corpus, &broke, &kept] {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    copy(&kept, &corpus)?;
    match subject {
        Subject::Gguf => seeds::files(&corpus)?,
        Subject::Dialect => seeds::templates(&workspace.root, &corpus)?,
    }
    let limits = [
        format!("-max_total_time={seconds}"),
        format!("-max_len={}", subject.longest()),
        "-timeout=10".into(),
        "-rss_limit_mb=1024".into(),
        "-print_final_stats=1".into(),
        format!("-artifact_prefix={}/", broke.display()),
    ];
    let mut engine = Command::new(&program);
    if subject == Subject::Gguf {
        engine.arg("-use_value_profile=1");
    }
    if run(engine.args(limits).arg(&corpus)).is_err() {
        println!("{} the input is in {}", paint.red("broke:"), broke.display());
        return Ok(false);
    }
    if keep {
        let [small, fewest] = ["small", "fewest"].map(|part| corpus.with_extension(part));
        for folder in [&small, &fewest] {
            let _ = std::fs::remove_dir_all(folder);
            std::fs::create_dir_all(folder)?;
        }
        copy_if(&corpus, &small, |bytes| bytes.len() <= subject.kept() && subject.is_read(bytes))?;
        // By edges alone, not by how often each is taken: what is kept stays small.
        run(Command::new(&program).args(["-merge=1", "-use_counters=0"]).arg(&fewest).arg(&small))?;
        std::fs::remove_dir_all(&kept)?;
        std::fs::create_dir_all(&kept)?;
        copy(&fewest, &kept)?;
    }
    Ok(true)
}

/// Builds the target of this name with counters, apart from all else that is built.
fn build(workspace: &Workspace, name: &str) -> Result<PathBuf> {
    let host = Command::new("rustc").arg("-vV").current_dir(&workspace.root).output()?;
    let host = String::from_utf8(host.stdout)?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let target = workspace.target.join("fuzz");
    // With a target named, what runs while building is built without counters.
    let mut cargo = workspace.cargo(["build", "--release", "--locked", "--target", host, "--bin", name]);
    cargo.current_dir(workspace.root.join("fuzz"));
    cargo.env("CARGO_TARGET_DIR", &target).env("CARGO_ENCODED_RUSTFLAGS", COUNTERS.join("\u{1f}"));
    run(&mut cargo)?;
    Ok(target.join(host).join("release").join(name))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    copy_if(from, to, |_| true)
}

fn copy_if(from: &Path, to: &Path, is_wanted: impl Fn(&[u8]) -> bool) -> Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if is_wanted(&std::fs::read(entry.path())?) {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
