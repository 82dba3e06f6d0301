//! What is counted: a secret is found where no byte of it is left; anything found where there is none is false.

use super::made::{negative, positive};
use fastrand::Rng;
use rustix::time::{ClockId, clock_gettime};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use trust_redact::{Detector, Rules};

pub struct Scores {
    pub positives: usize,
    pub negatives: usize,
    pub found: usize,
    pub false_positives: usize,
    /// By kind: how many, and how many of them were found.
    pub kinds: BTreeMap<&'static str, (usize, usize)>,
    /// What was judged wrongly.
    pub wrong: Vec<(&'static str, String)>,
}

impl Scores {
    pub fn recall(&self) -> f64 {
        self.found as f64 / self.positives.max(1) as f64
    }

    pub fn false_rate(&self) -> f64 {
        self.false_positives as f64 / self.negatives.max(1) as f64
    }
}

/// The scores on as many secrets as on what is like them, drawn by `seed`.
pub fn measure(seed: u64, cases: usize) -> Scores {
    let detector = Detector::new(Rules::default());
    let mut rng = Rng::with_seed(seed);
    let mut scores = Scores {
        positives: cases,
        negatives: cases,
        found: 0,
        false_positives: 0,
        kinds: BTreeMap::new(),
        wrong: Vec::new(),
    };
    for at in 0..2 * cases {
        let case = if at < cases { positive(&mut rng) } else { negative(&mut rng) };
        let found = detector.find(&case.text);
        let hit = match &case.secret {
            Some(secret) => case.text.find(secret.as_str()).is_some_and(|start| {
                found
                    .iter()
                    .any(|one| one.range.start <= start && start + secret.trim_end().len() <= one.range.end)
            }),
            None => !found.is_empty(),
        };
        let kind = scores.kinds.entry(case.kind).or_default();
        *kind = (kind.0 + 1, kind.1 + usize::from(hit));
        match case.secret {
            Some(_) => scores.found += usize::from(hit),
            None => scores.false_positives += usize::from(hit),
        }
        if hit != case.secret.is_some() {
            scores.wrong.push((case.kind, case.text));
        }
    }
    scores
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

pub struct Speed {
    pub bytes: usize,
    pub rate: f64,
    pub found: usize,
}

/// How fast the detector is on the sources below a folder; without one, on this program's own.
pub fn throughput(dir: Option<&Path>) -> Speed {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (mut folders, mut texts) = (vec![dir.unwrap_or(&own).to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) && !name.starts_with('.') && name != "target"
            {
                folders.push(path);
            } else if [".rs", ".py", ".ts", ".tsx", ".js", ".json", ".md", ".toml"]
                .iter()
                .any(|end| name.ends_with(end))
            {
                texts.extend(std::fs::read_to_string(path));
            }
        }
    }
    let detector = Detector::new(Rules::default());
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut best = f64::INFINITY;
    let mut found = 0;
    for _ in 0..3 {
        let start = processor_time();
        found = texts.iter().map(|text| detector.find(text).len()).sum();
        best = best.min((processor_time() - start).as_secs_f64());
    }
    Speed { bytes, rate: bytes as f64 / 1e6 / best, found }
}
