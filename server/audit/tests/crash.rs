//! A program that writes is killed at random moments, again and again: what was acknowledged is there, and the log verifies.
//! `TRUST_AUDIT_KILLS` says how often.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail, and read the environment and files of their own"
)]

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;
use trust_audit::{
    Action, Actor, By, Content, Entry, Feature, FileUsed, Folder, Options, Reader, Record, Writer, verify,
};

const FOLDER: &str = "TRUST_AUDIT_TEST_FOLDER";
const KILLS: &str = "TRUST_AUDIT_KILLS";
const USUAL: u64 = 50;
/// Threads that record, and entries that each has in flight.
const THREADS: u64 = 3;
const IN_FLIGHT: u64 = 20;

fn record(number: u64, id: String) -> Record {
    let entry = Entry {
        id,
        time: trust_audit::now(),
        actor: Actor { user: "1000".into(), client: "test".into(), by: By::Person },
        feature: Feature::Completion,
        action: Action::Shown,
        of: None,
        workspace: Some("/p".into()),
        model: None,
        privacy: "strict".into(),
        files: vec![FileUsed { path: format!("src/{number}.rs"), sha256: Some("a".repeat(64)) }],
        sizes: Default::default(),
        tool: None,
        request: None,
        sent_bytes: Some(0),
        counts: Default::default(),
        note: None,
        erased: None,
    };
    let content = number.is_multiple_of(5).then(|| Content { asked: Some("x".repeat(200)), answer: None });
    Record { entry, content }
}

/// Not a test of its own, but the process that the next test kills. It prints the number and the id of each entry that was
/// acknowledged.
#[test]
fn writer() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let options = Options { gather: Duration::from_millis(2), ..Options::of(Folder::at(folder.into())) };
    let writer = Writer::start(options).unwrap();
    let process = std::process::id();
    let work = |thread: u64| {
        for round in 0.. {
            let ids: Vec<String> =
                (0..IN_FLIGHT).map(|at| format!("{process}-{thread}-{round}-{at}")).collect();
            let waiting: Vec<_> = ids
                .iter()
                .map(|id| {
                    let id = id.clone();
                    writer.acknowledged(move || Some(record(round, id)))
                })
                .collect();
            for (id, waiting) in ids.iter().zip(waiting) {
                let seq = waiting.recv().unwrap();
                // One call each, so that a line is whole or is not there.
                std::io::stderr().write_all(format!("{seq} {id}\n").as_bytes()).unwrap();
            }
        }
    };
    std::thread::scope(|scope| (0..THREADS).for_each(|thread| drop(scope.spawn(move || work(thread)))));
}

#[test]
fn a_writer_may_be_killed_at_any_moment() {
    let kills = std::env::var(KILLS).ok().and_then(|text| text.parse().ok()).unwrap_or(USUAL);
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::at(home.path().join("audit"));
    let said = home.path().join("said");
    let (mut acknowledged, mut at_once) = (0, 0);
    for kill in 1..=kills {
        // Half of them while another one writes too.
        let mut writers: Vec<_> = (0..1 + kill % 2)
            .map(|_| {
                Command::new(std::env::current_exe().unwrap())
                    .args(["--exact", "writer", "--nocapture", "--test-threads", "1"])
                    .env(FOLDER, folder.path())
                    .stdout(Stdio::null())
                    .stderr(File::options().create(true).append(true).open(&said).unwrap())
                    .spawn()
                    .unwrap()
            })
            .collect();
        std::thread::sleep(Duration::from_micros(fastrand::u64(1_000..120_000)));
        for writer in &mut writers {
            writer.kill().unwrap();
            writer.wait().unwrap();
        }
        let lines = std::fs::read_to_string(&said).unwrap_or_default();
        std::fs::write(&said, "").unwrap();
        let whole = lines.rfind('\n').map_or("", |end| &lines[..end]);
        let told = whole.lines().map(|line| line.split_once(' ').unwrap());
        let told: HashMap<u64, &str> = told.map(|(seq, id)| (seq.parse().unwrap(), id)).collect();
        if !told.is_empty() || kill % 10 == 0 || kill == kills {
            let mut found = 0;
            let reader = Reader::open(&folder).unwrap();
            reader
                .each(|row| {
                    if let Some(id) = told.get(&row.seq) {
                        assert_eq!(row.entry.unwrap().id, *id, "after kill {kill}");
                        found += 1;
                    }
                    Ok(())
                })
                .unwrap();
            assert_eq!(found, told.len(), "acknowledged and not there after kill {kill}");
            acknowledged += told.len();
            at_once += usize::from(!told.is_empty());
        }
        if kill % 10 == 0 || kill == kills {
            let report = verify(&folder, None, &[]).unwrap();
            assert_eq!((report.findings, report.lost), (vec![], 0), "after kill {kill}");
        }
    }
    let entries = verify(&folder, None, &[]).unwrap().entries;
    println!(
        "{kills} kills, {at_once} of them after something was acknowledged: {acknowledged} of {entries} entries"
    );
    assert!(acknowledged as u64 > kills, "{acknowledged}");
}
