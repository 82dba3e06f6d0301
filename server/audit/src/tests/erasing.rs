//! What is erased is in no file of the log any more, and the log verifies.

use super::*;
use crate::samples::{bytes, entry, holds, log, said};
use crate::{Reader, verify};

fn contents(folder: &Folder) -> Vec<u64> {
    let reader = Reader::open(folder).unwrap();
    let mut found = Vec::new();
    reader
        .each(|row| {
            if let Some(content) = reader.content(&row)? {
                assert_eq!(content.asked, Some(said(row.seq)));
                found.push(row.seq);
            }
            Ok(())
        })
        .unwrap();
    found
}

fn of_file(number: u64) -> Filter {
    Filter { file: Some(format!("src/file_{number}.rs")), ..Filter::default() }
}

#[test]
fn what_is_erased_is_gone_and_the_log_verifies() {
    let until = |number: u64| Filter { before: Some(number * 1_000_000), ..Filter::default() };
    // What, of which entries; how many; whose contents stay, and whose records.
    let cases: [(What, Filter, u64, &[u64], &[u64]); 7] = [
        (What::Content, of_file(3), 1, &[0, 6, 9], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (What::Records, of_file(3), 1, &[0, 6, 9], &[0, 1, 2, 4, 5, 6, 7, 8, 9]),
        (What::Records, until(4), 4, &[6, 9], &[4, 5, 6, 7, 8, 9]),
        (What::Content, until(4), 2, &[6, 9], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (What::Content, Filter::default(), 4, &[], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (What::Records, Filter::default(), 10, &[], &[]),
        (What::Records, of_file(77), 0, &[0, 3, 6, 9], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ];
    for (what, which, count, kept_contents, kept_records) in cases {
        let (_home, folder) = log(10);
        let cutoff = Cutoff { what, which, asked: true };
        let done = erase(&folder, &cutoff, &entry(50)).unwrap();
        assert_eq!(done, Done { entries: count, settled: true }, "{cutoff:?}");
        assert_eq!(contents(&folder), kept_contents, "{cutoff:?}");
        let all = bytes(&folder);
        for number in 0..10 {
            let there = holds(&all, &format!("src/file_{number}.rs"));
            assert_eq!(there, kept_records.contains(&number), "{number} {cutoff:?}");
        }
        let report = verify(&folder, None, &[]).unwrap();
        assert_eq!(report.findings, [], "{cutoff:?}");
        assert_eq!(report.entries, 10 + u64::from(count > 0));
        // Once more there is nothing to do, and no entry says so.
        assert_eq!(erase(&folder, &cutoff, &entry(51)).unwrap().entries, 0);
    }
}

#[test]
fn keys_and_contents_leave_no_bytes_behind() {
    let (_home, folder) = log(300);
    let database = rusqlite::Connection::open(folder.database()).unwrap();
    let blobs = |table: &str| -> Vec<Vec<u8>> {
        let mut statement = database.prepare(&format!("SELECT sealed FROM {table} WHERE seq < 150")).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let gone: Vec<Vec<u8>> = [blobs("content"), blobs("content_key")].concat();
    assert_eq!(gone.len(), 100);
    drop(database);
    let which = Filter { before: Some(150_000_000), ..Filter::default() };
    let done = erase(&folder, &Cutoff { what: What::Content, which, asked: true }, &entry(500)).unwrap();
    assert!(done.settled);
    let all = bytes(&folder);
    for blob in gone {
        assert!(!all.windows(24).any(|window| window == &blob[24..48]), "bytes of a sealed one are left");
    }
    assert_eq!(verify(&folder, None, &[]).unwrap().findings, []);
}

#[test]
fn somebody_who_reads_keeps_the_file_beside_it_and_that_is_told() {
    let (_home, folder) = log(20);
    let reader = Reader::open(&folder).unwrap();
    reader.each(|_| Ok(())).unwrap();
    let all = Cutoff { what: What::Records, which: Filter::default(), asked: false };
    let done = erase(&folder, &all, &entry(50)).unwrap();
    assert_eq!((done.entries, done.settled), (20, false));
    drop(reader);
    assert!(Log::open(&folder).unwrap().settle().unwrap());
    assert!(!holds(&bytes(&folder), "src/file_3.rs"));
}

#[test]
fn an_entry_of_a_clock_that_was_ahead_keeps_back_no_other() {
    let (_home, folder) = log(4);
    let ahead = Record { entry: Entry { time: 1 << 52, ..entry(4) }, content: None };
    Log::open(&folder)
        .unwrap()
        .append(&[ahead, crate::samples::record(5), crate::samples::record(6)])
        .unwrap();
    let which = Filter { before: Some(6_000_000), ..Filter::default() };
    let cutoff = Cutoff { what: What::Records, which, asked: false };
    assert_eq!(erase(&folder, &cutoff, &entry(50)).unwrap().entries, 5);
    let all = bytes(&folder);
    assert!(!holds(&all, "src/file_5.rs") && holds(&all, "src/file_4.rs") && holds(&all, "src/file_6.rs"));
}

#[test]
fn entries_about_the_log_itself_stay() {
    let (_home, folder) = log(5);
    let all = || Cutoff { what: What::Records, which: Filter::default(), asked: false };
    erase(&folder, &all(), &entry(50)).unwrap();
    Log::open(&folder).unwrap().append(&[crate::samples::record(6)]).unwrap();
    assert_eq!(erase(&folder, &all(), &entry(51)).unwrap().entries, 1);
    let report = verify(&folder, None, &[]).unwrap();
    assert_eq!((report.findings, report.erased, report.entries), (vec![], 6, 8));
    assert_eq!(ranges(&[1, 2, 3, 7, 9, 10]), [(1, 3), (7, 7), (9, 10)]);
}
