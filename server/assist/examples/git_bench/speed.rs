//! How long facts take, in a shared clone of the repository with changes staged: round by round in turn with the `git`
//! program doing the same, wall clock and processor time; what a diff of 100,000 lines takes of memory, in a process of
//! its own; and how soon it is given up.

use crate::clone::{Clone, Edits};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use trust_assist::commit::{Request, drafts, learn};
use trust_assist::{Broker, Changes, explain, gather};
use trust_changes::{Problem, Repository, Scope, lines_of, list, untracked};
use trust_inference::CancelToken;

/// The changed lines of an ordinary one, and the files that they are in.
const ORDINARY: usize = 500;
const FILES: usize = 10;
/// How often a large one is given up, at moments spread over its time.
const CANCELS: u32 = 10;
/// With this word and a folder, the program explains what is staged there and says what it took.
pub const CHILD: &str = "--explain";

pub fn measure(repository: &Path, rounds: usize, large: usize) -> Result<Value, String> {
    let clone = Clone::of(repository)?;
    let commits: u64 = clone.git(&["rev-list", "--count", "HEAD"])?.trim().parse().unwrap_or(0);
    let tracked = clone.git(&["ls-files"])?.lines().count();
    let lines = clone.edit(&Edits { lines: ORDINARY, files: FILES })?;
    clone.git(&["add", "-A"])?;
    clone.edit(&Edits { lines: 20, files: 2 })?;
    clone.write("untracked/new.txt", "new\n")?;

    let [mut facts, mut states, mut messages, mut programs] = [(); 4].map(|()| Times::default());
    for round in 0..=rounds {
        // The first fills the page cache.
        let counts = round > 0;
        facts.of(counts, || clone.facts(Scope::Staged, &CancelToken::new()).map(|_| ()))?;
        states.of(counts, || clone.state())?;
        programs.of(counts, || {
            clone.git(&["status"])?;
            clone.git(&["diff", "--cached"]).map(|_| ())
        })?;
        messages.of(counts, || clone.message())?;
    }
    drop(clone);
    let mut told = json!({
        "history": commits, "tracked": tracked, "rounds": rounds, "stagedLines": lines,
        "facts": facts.told(), "statusAndStagedHunks": states.told(), "gitStatusAndDiffCached": programs.told(),
        "ratioToGit": ratio(&states, &programs), "message": messages.told(),
    });
    if large > 0
        && let (Some(told), Some(more)) = (told.as_object_mut(), large_diff(repository, large)?.as_object())
    {
        told.extend(more.clone());
    }
    Ok(told)
}

fn large_diff(repository: &Path, lines: usize) -> Result<Value, String> {
    let clone = Clone::of(repository)?;
    let lines = clone.edit(&Edits { lines, files: usize::MAX })?;
    clone.git(&["add", "-A"])?;
    let [peak, peak_with_files] = clone.peak()?;
    let started = Instant::now();
    clone.facts(Scope::Staged, &CancelToken::new())?;
    let whole = started.elapsed();
    let mut cancels = Vec::new();
    for at in 0..CANCELS {
        cancels.push(clone.cancelled(whole * at / CANCELS)?);
    }
    cancels.sort();
    let ms = |time: Duration| (time.as_secs_f64() * 1e4).round() / 10.0;
    Ok(json!({
        "largeLines": lines, "largeMs": ms(whole),
        "largePeakMb": peak, "largePeakMbWithMappedFiles": peak_with_files,
        "cancelMsMedian": cancels.get(cancels.len() / 2).map(|time| ms(*time)),
        "cancelMsMost": cancels.last().map(|time| ms(*time)),
    }))
}

/// What the child process does: everything of a large diff, as each form has it. Answers with the most memory that it took, in
/// MB: its own, and with what of the repository's files is mapped into it.
pub fn explain_staged(folder: &Path) -> Result<[f64; 2], String> {
    let (done, most) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                most.fetch_max(kilobytes("RssAnon:").unwrap_or(0), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        let explained = facts(folder, Scope::Staged, &CancelToken::new()).and_then(|changes| {
            let text = explain::markdown(&changes, None);
            explain::write_json(&changes, None, &mut std::io::sink()).map_err(|error| error.to_string())?;
            if text.is_empty() { Err("nothing was explained".into()) } else { Ok(()) }
        });
        done.store(true, Ordering::Relaxed);
        explained
    })?;
    let all = kilobytes("VmHWM:").ok_or("this system does not tell how much memory is used")?;
    Ok([most.into_inner(), all].map(|kilobytes| (kilobytes as f64 / 102.4).round() / 10.0))
}

fn facts(folder: &Path, scope: Scope, cancel: &CancelToken) -> Result<Changes, String> {
    let told = |problem: Problem| problem.to_string();
    let repository = Repository::open(folder).map_err(told)?;
    let reader = Broker::new(repository.root().to_owned());
    gather(&repository, scope, &reader, cancel).map_err(told)
}

impl Clone {
    fn facts(&self, scope: Scope, cancel: &CancelToken) -> Result<Changes, String> {
        facts(self.path(), scope, cancel)
    }

    /// What `git status` and `git diff --cached` say.
    fn state(&self) -> Result<(), String> {
        let told = |problem: Problem| problem.to_string();
        let repository = Repository::open(self.path()).map_err(told)?;
        let reader = Broker::new(repository.root().to_owned());
        let staged = list(&repository, &Scope::Staged, &reader).map_err(told)?;
        let unstaged = list(&repository, &Scope::Unstaged, &reader).map_err(told)?;
        let new = untracked(&repository, &|| false).map_err(told)?;
        let mut hunks = 0;
        for file in staged {
            hunks += lines_of(&repository, file, &reader, &|| false).map_err(told)?.hunks.len();
        }
        if hunks == 0 || unstaged.is_empty() || new.is_empty() {
            return Err("something was overlooked".into());
        }
        Ok(())
    }

    fn message(&self) -> Result<(), String> {
        let changes = self.facts(Scope::Staged, &CancelToken::new())?;
        let repository = Repository::open(self.path()).map_err(|problem| problem.to_string())?;
        let history = learn(&repository, "HEAD", &|| false).map_err(|problem| problem.to_string())?;
        let found = drafts(&changes.files, &history, &Request::default(), 1);
        if found.is_empty() { Err("there is no message".into()) } else { Ok(()) }
    }

    /// How long it takes until a large diff is given up that was begun `before`.
    fn cancelled(&self, before: Duration) -> Result<Duration, String> {
        let cancel = CancelToken::new();
        std::thread::scope(|scope| {
            let work = scope.spawn(|| {
                let _ = self.facts(Scope::Staged, &cancel);
                Instant::now()
            });
            std::thread::sleep(before);
            let asked = Instant::now();
            cancel.cancel();
            let ended = work.join().map_err(|_| "it broke off")?;
            Ok(ended.saturating_duration_since(asked))
        })
    }

    fn peak(&self) -> Result<[f64; 2], String> {
        let own = std::env::current_exe().map_err(|error| error.to_string())?;
        let output =
            Command::new(own).arg(CHILD).arg(self.path()).output().map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let found = text.split_once(' ').and_then(|(own, all)| Some([own.parse().ok()?, all.parse().ok()?]));
        found.ok_or_else(|| format!("{text}{}", String::from_utf8_lossy(&output.stderr)))
    }
}

/// Wall clock of every round, and processor time of all of them, with that of programs that were waited for.
#[derive(Default)]
struct Times {
    wall: Vec<Duration>,
    cpu: f64,
}

impl Times {
    fn of(&mut self, counts: bool, work: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
        let (started, before) = (Instant::now(), cpu_ms());
        work()?;
        if counts {
            self.wall.push(started.elapsed());
            self.cpu += cpu_ms() - before;
        }
        Ok(())
    }

    fn median(&self) -> f64 {
        let mut sorted = self.wall.clone();
        sorted.sort();
        sorted.get(sorted.len() / 2).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    }

    fn cpu_mean(&self) -> f64 {
        self.cpu / self.wall.len().max(1) as f64
    }

    fn told(&self) -> Value {
        let round = |value: f64| (value * 10.0).round() / 10.0;
        json!({ "msMedian": round(self.median()), "cpuMsMean": round(self.cpu_mean()) })
    }
}

fn ratio(ours: &Times, theirs: &Times) -> Value {
    let of = |a: f64, b: f64| if b == 0.0 { Value::Null } else { json!((100.0 * a / b).round() / 100.0) };
    json!({ "wall": of(ours.median(), theirs.median()), "cpu": of(ours.cpu_mean(), theirs.cpu_mean()) })
}

/// User and system time of this process and of the programs that it waited for, in steps of ten milliseconds.
fn cpu_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(4).filter_map(|field| field.parse::<u64>().ok()).sum();
    ticks as f64 * 10.0
}

fn kilobytes(field: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    text.lines().find_map(|line| line.strip_prefix(field))?.split_whitespace().next()?.parse().ok()
}
