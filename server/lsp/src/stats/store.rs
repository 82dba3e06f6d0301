//! The counts on disk: one line an event, each with its checksum. A line that is torn or damaged is passed over; a file
//! that has grown long is summed up.
#![allow(clippy::disallowed_methods, reason = "the one place that reads and writes the counts")]

use super::work::{self, Line as WorkLine};
use super::{Event, Fate, Summary};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use trust_index::{make_private, private_file};
use xxhash_rust::xxh3::xxh3_64;

/// A longer file is summed up when it is next opened while nobody else writes it, and one that is longer still is not read.
const LONG: u64 = 256 << 10;
const LONGEST: u64 = 8 << 20;

/// What became of completions; and, apart from it, what answers cost, which another thread writes.
const FATES: &str = "log";
const WORK: &str = "work";

#[derive(Debug)]
pub struct Store {
    file: File,
    /// Shared by all processes that write the file, so that none takes it from under another.
    _lock: File,
}

impl Store {
    /// Opens the file in `folder`, which only the user may enter; what was counted so far comes along.
    ///
    /// # Errors
    /// Whatever keeps the file from being written.
    pub fn open(folder: &Path) -> io::Result<(Self, Summary)> {
        Self::open_file(folder, FATES)
    }

    /// The same, of what answers cost.
    ///
    /// # Errors
    /// Whatever keeps the file from being written.
    pub fn open_work(folder: &Path) -> io::Result<Self> {
        Ok(Self::open_file(folder, WORK)?.0)
    }

    fn open_file(folder: &Path, name: &str) -> io::Result<(Self, Summary)> {
        make_private(folder)?;
        let path = folder.join(name);
        let lock = private_file().create(true).truncate(false).open(path.with_extension("lock"))?;
        if length(&path) > LONG && lock.try_lock().is_ok() {
            Self::sum_up(&path)?;
            lock.unlock()?;
        }
        // Where the file system knows no locks, nothing is summed up either.
        let _ = lock.lock_shared();
        let mut summary = Summary::default();
        read_into(&path, &mut summary);
        let mut file = append_to(&path)?;
        if length(&path) > 0 {
            // A torn line ends here, so that the next one is whole.
            file.write_all(b"\n")?;
        }
        Ok((Self { file, _lock: lock }, summary))
    }

    /// What was counted; nothing where there is no such file.
    pub fn read(folder: &Path) -> Summary {
        let mut summary = Summary::default();
        [WORK, FATES].iter().for_each(|name| read_into(&folder.join(name), &mut summary));
        summary
    }

    pub fn add(&mut self, event: &Event) -> io::Result<()> {
        self.file.write_all(line(event, 1).as_bytes())
    }

    pub fn add_work(&mut self, line: &WorkLine) -> io::Result<()> {
        self.file.write_all(checked(&line.spelled()).as_bytes())
    }

    /// What the gate learned from is forgotten; the counts stay.
    pub fn forget_recent(&mut self) -> io::Result<()> {
        self.file.write_all(checked("forget").as_bytes())
    }

    fn sum_up(path: &Path) -> io::Result<()> {
        let mut summary = Summary::default();
        read_into(path, &mut summary);
        let mut text = String::new();
        for ((language, source), counts) in &summary.counts {
            for fate in Fate::ALL {
                let event = Event { fate, language: language.clone(), source: source.clone() };
                text += &line(&event, counts.get(fate));
            }
        }
        for line in work::lines(&summary) {
            text += &checked(&line.spelled());
        }
        // The order of the newest decisions is lost, and with it what was learned from them.
        text += &checked("forget");
        let temporary = path.with_extension("new");
        let mut file = private_file().create(true).truncate(true).open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn read_into(path: &Path, summary: &mut Summary) {
    let is_small = length(path) <= LONGEST;
    let bytes = if is_small { fs::read(path).unwrap_or_default() } else { Vec::new() };
    for line in String::from_utf8_lossy(&bytes).lines() {
        match parse(line) {
            Some(Line::Count(event, count)) => summary.note(&event, count),
            Some(Line::Forget) => summary.recent.clear(),
            Some(Line::Work(line)) => line.into_summary(summary),
            None => {}
        }
    }
}

enum Line {
    Count(Event, u64),
    Forget,
    Work(WorkLine),
}

fn line(event: &Event, count: u64) -> String {
    checked(&format!("{} {} {} {count}", event.fate.name(), event.language, event.source))
}

fn checked(text: &str) -> String {
    format!("{text} {:016x}\n", xxh3_64(text.as_bytes()))
}

fn parse(line: &str) -> Option<Line> {
    let (text, hash) = line.rsplit_once(' ')?;
    if format!("{:016x}", xxh3_64(text.as_bytes())) != hash {
        return None;
    }
    if text == "forget" {
        return Some(Line::Forget);
    }
    if let Some(line) = WorkLine::parse(text) {
        return Some(Line::Work(line));
    }
    let mut words = text.split(' ');
    let fate = Fate::from_name(words.next()?)?;
    let event = Event { fate, language: words.next()?.to_owned(), source: words.next()?.to_owned() };
    Some(Line::Count(event, words.next()?.parse().ok()?))
}

fn append_to(path: &Path) -> io::Result<File> {
    private_file().create(true).append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(fate: Fate) -> Event {
        Event { fate, language: "rust".into(), source: "model".into() }
    }

    fn shown(folder: &Path) -> u64 {
        Store::read(folder).counts.values().map(|counts| counts.shown).sum()
    }

    #[test]
    fn what_is_torn_or_damaged_is_passed_over() {
        let folder = std::env::temp_dir().join(format!("trust-stats-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let write = |count: usize| {
            let (mut store, _) = Store::open(&folder).unwrap();
            (0..count).for_each(|_| store.add(&event(Fate::Shown)).unwrap());
        };
        write(3);
        let path = folder.join("log");
        let whole = fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let before = shown(&folder);
            write(1);
            assert_eq!(shown(&folder), before + 1, "cut at {cut}");
        }
        let mut damaged = whole.clone();
        damaged[2] ^= 1;
        fs::write(&path, &damaged).unwrap();
        assert_eq!(shown(&folder), 2);
        fs::write(&path, [0xff, 0xfe, b'\n']).unwrap();
        assert_eq!(shown(&folder), 0);
        // A long file is summed up, and stays small.
        fs::write(&path, whole.repeat(5000)).unwrap();
        write(1);
        assert_eq!(shown(&folder), 15_001);
        assert!(fs::metadata(&path).unwrap().len() < 1000);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_file_that_another_window_writes_is_left_to_it() {
        let folder = std::env::temp_dir().join(format!("trust-stats-windows-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let (mut first, _) = Store::open(&folder).unwrap();
        first.add(&event(Fate::Shown)).unwrap();
        let path = folder.join("log");
        let long = fs::read(&path).unwrap().repeat(8000);
        fs::write(&path, &long).unwrap();
        let (mut second, _) = Store::open(&folder).unwrap();
        first.add(&event(Fate::Shown)).unwrap();
        second.add(&event(Fate::Shown)).unwrap();
        assert_eq!(shown(&folder), 8002);
        drop((first, second));
        let (mut third, summary) = Store::open(&folder).unwrap();
        third.add(&event(Fate::Shown)).unwrap();
        assert_eq!(
            (shown(&folder), summary.counts.values().map(|counts| counts.shown).sum()),
            (8003, 8002_u64)
        );
        assert!(fs::metadata(&path).unwrap().len() < 1000);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn the_newest_decisions_can_be_forgotten() {
        let folder = std::env::temp_dir().join(format!("trust-stats-forget-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let (mut store, _) = Store::open(&folder).unwrap();
        store.add(&event(Fate::Accepted)).unwrap();
        store.forget_recent().unwrap();
        store.add(&event(Fate::Rejected)).unwrap();
        let summary = Store::read(&folder);
        assert_eq!(summary.recent, [false]);
        assert_eq!(summary.counts.values().next().map(|counts| counts.accepted), Some(1));
        fs::remove_dir_all(&folder).unwrap();
    }
}
