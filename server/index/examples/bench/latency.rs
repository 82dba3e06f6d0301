//! How long single questions and single changes take.

use std::collections::HashSet;
use std::time::{Duration, Instant};
use trust_grammars::identifiers;
use trust_index::{Index, Snapshot};
use trust_text::Text;

/// Places at which questions are asked.
const PLACES: usize = 500;
/// Bytes around a place whose names are the query.
const WINDOW: usize = 1500;
const CHANGES: usize = 100;

/// What was asked or changed, and milliseconds: the median and the 99th percentile.
pub fn measure(index: &Index) -> Vec<(&'static str, f64, f64)> {
    let snapshot = index.snapshot();
    questions(&snapshot).into_iter().chain([changes(index, &snapshot)]).collect()
}

/// The same of questions alone.
pub fn questions(snapshot: &Snapshot) -> [(&'static str, f64, f64); 2] {
    let windows = windows(snapshot);
    let query = |window: &str| {
        let mut seen = HashSet::new();
        let names: Vec<String> = identifiers(window)
            .map(|range| window[range].to_owned())
            .filter(|name| seen.insert(name.clone()))
            .collect();
        names
    };
    let queries: Vec<Vec<String>> = windows.iter().map(|window| query(window)).collect();
    let weighted = |names: &[String]| {
        let search: Vec<(&str, f32)> = names.iter().map(|name| (name.as_str(), 1.0)).collect();
        snapshot.search(&search, None, 8).len()
    };
    let defined = |names: &[String]| -> usize {
        names
            .iter()
            .take(32)
            .map(|name| snapshot.definitions_at_most(name, 4).map_or(0, |found| found.len()))
            .sum()
    };
    [
        each("BM25, the names of 1,500 bytes, best 8 of all chunks", &queries, |names| weighted(names)),
        each("definitions of 32 names, at most 4 of each", &queries, |names| defined(names)),
    ]
}

/// Parts of files spread over the whole index.
fn windows(snapshot: &Snapshot) -> Vec<String> {
    let files: Vec<_> = snapshot.file_ids().collect();
    let step = (files.len() / PLACES).max(1);
    let texts = files.iter().step_by(step).filter_map(|file| snapshot.reader().text(*file));
    let window = |text: std::sync::Arc<str>| {
        let middle = text.floor_char_boundary(text.len() / 2);
        text[middle..text.floor_char_boundary(middle + WINDOW)].to_owned()
    };
    texts.map(window).filter(|window| window.len() > WINDOW / 2).collect()
}

fn each<T>(name: &'static str, cases: &[T], run: impl Fn(&T) -> usize) -> (&'static str, f64, f64) {
    let mut times = Vec::new();
    // The first time only warms the caches.
    for round in 0..2 {
        for case in cases {
            let started = own_time();
            std::hint::black_box(run(case));
            if round > 0 {
                times.push(own_time().saturating_sub(started));
            }
        }
    }
    summary(name, times)
}

/// How long this thread has worked: what others do on the machine at the same time does not count.
pub fn own_time() -> Duration {
    #[cfg(unix)]
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    #[cfg(unix)]
    let now = Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec as u32);
    #[cfg(not(unix))]
    let now = {
        static STARTED: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        STARTED.get_or_init(Instant::now).elapsed()
    };
    now
}

/// From a document's change to the snapshot that holds it.
fn changes(index: &Index, snapshot: &Snapshot) -> (&'static str, f64, f64) {
    let files: Vec<_> = snapshot.file_ids().collect();
    let step = (files.len() / CHANGES).max(1);
    let mut times = Vec::new();
    for file in files.iter().step_by(step).take(CHANGES) {
        let Some(text) = snapshot.reader().text(*file) else { continue };
        let text = Text::new(&format!("{text}\n\n"));
        let started = Instant::now();
        index.set_open(snapshot.path(*file), text);
        if index.wait_ready(Duration::from_secs(10)) {
            times.push(started.elapsed());
        }
    }
    summary("a document changed, until a snapshot holds it", times)
}

pub fn summary(name: &'static str, mut times: Vec<Duration>) -> (&'static str, f64, f64) {
    times.sort_unstable();
    let at = |share: f64| {
        let place = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
        times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    (name, at(0.5), at(0.99))
}
