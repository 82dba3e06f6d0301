//! Nobody who records waits; what is lost is counted; two logs that are open at once are one.

use super::*;
use crate::samples::{entry, record};
use crate::{Entry, Reader, verify};
use std::sync::Mutex;
use std::sync::atomic::AtomicU32;
use tempfile::TempDir;

const WAIT: Duration = Duration::from_secs(20);

fn folder() -> (TempDir, Folder) {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::at(home.path().join("audit"));
    (home, folder)
}

fn entries(folder: &Folder) -> Vec<Entry> {
    let mut entries = Vec::new();
    Reader::open(folder)
        .unwrap()
        .each(|row| {
            entries.extend(row.entry);
            Ok(())
        })
        .unwrap();
    entries
}

fn lost(folder: &Folder) -> u64 {
    assert_eq!(verify(folder, None, &[]).unwrap().findings, []);
    entries(folder).iter().filter_map(|entry| entry.counts.get("lost")).sum()
}

#[test]
fn what_is_acknowledged_is_there_in_the_order_it_came() {
    let (_home, folder) = folder();
    let options = Options { gather: Duration::from_millis(5), ..Options::of(folder.clone()) };
    let writer = Writer::start(options).unwrap();
    let waiting: Vec<_> = (0..600).map(|number| writer.acknowledged(move || Some(record(number)))).collect();
    writer.record(|| None);
    writer.record(|| panic!("what makes an entry failed"));
    for (at, acknowledged) in waiting.iter().enumerate() {
        assert_eq!(acknowledged.recv_timeout(WAIT), Ok(at as u64));
    }
    writer.record(|| Some(record(600)));
    assert!(writer.close(WAIT));
    let ids: Vec<String> = entries(&folder).into_iter().map(|entry| entry.id).collect();
    let expected: Vec<String> = (0..601).map(|number| entry(number).id).collect();
    assert_eq!(
        ids.iter().filter(|id| !id.ends_with("gap")).collect::<Vec<_>>(),
        expected.iter().collect::<Vec<_>>()
    );
    assert_eq!(lost(&folder), 1, "the one that could not be made");
}

#[test]
fn a_full_queue_loses_entries_counts_them_and_holds_nobody_up() {
    let (_home, folder) = folder();
    let (hold, held) = channel::<()>();
    let writer = Writer::start(Options { queue: 8, ..Options::of(folder.clone()) }).unwrap();
    let begun = Arc::new(AtomicU32::new(0));
    let begins = Arc::clone(&begun);
    writer.record(move || {
        begins.store(1, Ordering::Release);
        held.recv().ok()?;
        Some(record(0))
    });
    while begun.load(Ordering::Acquire) == 0 {
        std::thread::sleep(STEP);
    }
    let taken = (1..100)
        .filter(|number| {
            let number = *number;
            writer.record(move || Some(record(number)))
        })
        .count();
    assert_eq!(taken, 8);
    assert!(!writer.flush(Duration::from_millis(20)), "who waits is told that it is not done");
    hold.send(()).unwrap();
    assert!(writer.close(WAIT));
    assert_eq!((entries(&folder).len(), lost(&folder)), (10, 91));
}

#[test]
fn a_full_disk_loses_nothing_that_can_be_held_and_the_rest_is_told() {
    let (_home, folder) = folder();
    let pages = Arc::new(AtomicU32::new(60));
    let told = Arc::new(Mutex::new(Vec::new()));
    let (limit, tell, at) = (Arc::clone(&pages), Arc::clone(&told), folder.clone());
    let options = Options {
        open: Box::new(move || {
            let log = Log::open(&at)?;
            log.limit(limit.load(Ordering::Acquire));
            Ok(log)
        }),
        queue: 10_000,
        gather: Duration::from_millis(1),
        trouble: Box::new(move |trouble| tell.lock().unwrap().push(trouble)),
        ..Options::of(folder.clone())
    };
    let writer = Writer::start(options).unwrap();
    let troubles = || told.lock().unwrap().clone();
    let mut number = 0;
    let started = Instant::now();
    while troubles().is_empty() {
        assert!(started.elapsed() < WAIT, "the disk is never full");
        number += 1;
        writer.record(move || Some(record(number)));
        std::thread::sleep(Duration::from_micros(100));
    }
    assert!(matches!(&troubles()[..], [Trouble::Failing(why)] if why.contains("full")), "{:?}", troubles());
    assert_eq!(verify(&folder, None, &[]).unwrap().findings, [], "what is there is whole");
    let more = HELD as u64 + 500;
    for at in 0..more {
        writer.record(move || Some(record(number + 1 + at)));
    }
    assert!(!writer.flush(WAIT));
    pages.store(1_000_000, Ordering::Release);
    let started = Instant::now();
    while troubles().len() < 2 {
        assert!(started.elapsed() < WAIT);
        std::thread::sleep(STEP);
    }
    writer.record(|| Some(record(0)));
    assert!(writer.close(WAIT));
    let lost = lost(&folder);
    assert!((500..500 + BATCH as u64 * 2).contains(&lost), "{lost}");
    assert_eq!(troubles()[1], Trouble::Recovered { lost });
    let gap = entries(&folder).into_iter().find(|entry| entry.action == Action::Gap).unwrap();
    assert!(gap.note.unwrap().contains("disk is full"));
    let there = entries(&folder).len() as u64;
    assert_eq!(there + lost, number + more + 2, "each is there or counted, beside the gap and the last");
}

#[test]
fn a_disk_that_stays_full_is_told_at_the_end() {
    let (_home, folder) = folder();
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    // A file where the folder is to be.
    std::fs::create_dir_all(folder.path().parent().unwrap()).unwrap();
    std::fs::write(folder.path(), "").unwrap();
    let options = Options {
        trouble: Box::new(move |trouble| tell.lock().unwrap().push(trouble)),
        ..Options::of(folder)
    };
    let writer = Writer::start(options).unwrap();
    for number in 0..5 {
        writer.record(move || Some(record(number)));
    }
    assert!(!writer.close(WAIT));
    let told = told.lock().unwrap();
    assert!(matches!(&told[..], [Trouble::Failing(_), Trouble::Lost { entries: 5, .. }]), "{told:?}");
}

#[test]
fn two_writers_make_one_log() {
    let (_home, folder) = folder();
    let writers: Vec<Writer> = (0..4)
        .map(|_| {
            let gather = Duration::from_millis(1);
            Writer::start(Options { gather, queue: 10_000, ..Options::of(folder.clone()) }).unwrap()
        })
        .collect();
    let waiting: Vec<_> = (0..1000u64)
        .map(|number| writers[number as usize % 4].acknowledged(move || Some(record(number))))
        .collect();
    let mut numbers: Vec<u64> = waiting.iter().map(|one| one.recv_timeout(WAIT).unwrap()).collect();
    writers.into_iter().for_each(|writer| assert!(writer.close(WAIT)));
    numbers.sort_unstable();
    assert_eq!(numbers, (0..1000).collect::<Vec<u64>>());
    assert_eq!((entries(&folder).len(), lost(&folder)), (1000, 0));
}

#[test]
fn what_is_done_daily_is_done_after_the_first_commit() {
    let (_home, folder) = folder();
    let done = Arc::new(AtomicU32::new(0));
    let does = Arc::clone(&done);
    let options = Options {
        daily: Box::new(move || {
            does.fetch_add(1, Ordering::AcqRel);
        }),
        gather: Duration::from_millis(1),
        ..Options::of(folder)
    };
    let writer = Writer::start(options).unwrap();
    for number in 0..3 {
        writer.record(move || Some(record(number)));
        assert!(writer.flush(WAIT));
    }
    assert!(writer.close(WAIT));
    assert_eq!(done.load(Ordering::Acquire), 1);
}
