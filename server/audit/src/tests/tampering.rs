//! Whatever somebody does to the files of a log without its key shows.

use super::*;
use crate::bytes::hex;
use crate::samples::{log, record};
use crate::{Cutoff, Filter, Log, erase};
use rusqlite::{Connection, params};

/// Entries of the log that is tampered with: more than one kept checkpoint.
const COUNT: u64 = 230;

fn kinds(folder: &Folder) -> Vec<String> {
    let report = verify(folder, None, &[]).unwrap();
    let kind =
        |finding: &Finding| serde_json::to_value(finding).unwrap()["kind"].as_str().unwrap().to_owned();
    let mut kinds: Vec<String> = report.findings.iter().map(kind).collect();
    kinds.dedup();
    kinds
}

fn change(database: &Connection, seq: u64, to: &str, its_leaf: bool) {
    let seq = seq as i64;
    let old: String =
        database.query_row("SELECT record FROM entry WHERE seq = ?1", [seq], |row| row.get(0)).unwrap();
    let new = old.replace("\"shown\"", to);
    assert_ne!(old, new);
    database.execute("UPDATE entry SET record = ?2 WHERE seq = ?1", params![seq, new]).unwrap();
    if its_leaf {
        let leaf = leaf_hash(new.as_bytes());
        database.execute("UPDATE entry SET leaf = ?2 WHERE seq = ?1", params![seq, leaf.as_slice()]).unwrap();
    }
}

/// The log as it would be if only its first entries had been written, the tree and its root made anew; no signature.
fn cut(database: &Connection, size: u64) {
    for table in ["entry", "content", "content_key"] {
        database.execute(&format!("DELETE FROM {table} WHERE seq >= ?1"), [size as i64]).unwrap();
    }
    database.execute("DELETE FROM checkpoint WHERE size > ?1", [size as i64]).unwrap();
}

/// What is done to the database, and what is found.
const CASES: &[(&str, fn(&Connection), &[&str])] = &[
    ("nothing", |_| (), &[]),
    ("a record edited", |db| change(db, 50, "\"accepted\"", false), &["edited"]),
    ("a record edited, and its leaf", |db| change(db, 50, "\"accepted\"", true), &["other", "uncovered"]),
    (
        "the last record edited, and its leaf",
        |db| change(db, COUNT - 1, "\"kept\"", true),
        &["other", "uncovered"],
    ),
    ("a record emptied", |db| sql(db, "UPDATE entry SET record = '' WHERE seq = 4"), &["edited"]),
    ("a record taken away", |db| sql(db, "UPDATE entry SET record = NULL WHERE seq = 4"), &["deleted"]),
    (
        "a row deleted",
        |db| sql(db, "DELETE FROM entry WHERE seq = 4"),
        &["missing", "cut", "other", "uncovered"],
    ),
    (
        "the first row deleted",
        |db| sql(db, "DELETE FROM entry WHERE seq = 0; DELETE FROM content WHERE seq = 0"),
        &["missing", "cut", "other", "uncovered"],
    ),
    (
        "a row deleted, and the others moved up",
        |db| {
            sql(db, "DELETE FROM content; DELETE FROM entry WHERE seq = 4; UPDATE entry SET seq = -seq WHERE seq > 4;
                      UPDATE entry SET seq = -seq - 1 WHERE seq < 0")
        },
        &["misplaced", "cut", "other", "uncovered", "content-deleted"],
    ),
    (
        "two rows changed about",
        |db| {
            sql(
                db,
                "UPDATE entry SET seq = -1 WHERE seq = 8; UPDATE entry SET seq = 8 WHERE seq = 7;
                      UPDATE entry SET seq = 7 WHERE seq = -1",
            )
        },
        &["misplaced", "other", "uncovered"],
    ),
    (
        "two records changed about, under their leaves",
        |db| {
            sql(
                db,
                "UPDATE entry SET record = (SELECT record FROM entry e WHERE e.seq = 15 - entry.seq) WHERE seq IN (7, 8)",
            )
        },
        &["edited"],
    ),
    (
        "a row added",
        |db| sql(db, "INSERT INTO entry SELECT seq + 1, leaf, record FROM entry ORDER BY seq DESC LIMIT 1"),
        &["misplaced", "uncovered"],
    ),
    ("the end cut off", |db| cut(db, 220), &["cut", "uncovered"]),
    (
        "the end cut off at a kept checkpoint",
        |db| {
            cut(db, 203);
            sql(
                db,
                "DELETE FROM head; INSERT INTO head SELECT 1, size, x'', note FROM checkpoint ORDER BY size DESC LIMIT 1",
            );
        },
        &["cut"],
    ),
    ("all cut off", |db| cut(db, 0), &["cut"]),
    (
        "all cut off, checkpoints too",
        |db| {
            cut(db, 0);
            sql(db, "DELETE FROM head");
        },
        &["cut"],
    ),
    ("the newest checkpoint deleted", |db| sql(db, "DELETE FROM head"), &["no-checkpoint"]),
    (
        "the newest checkpoint edited",
        |db| sql(db, "UPDATE head SET note = replace(note, '230', '231')"),
        &["unsigned"],
    ),
    (
        "a kept checkpoint edited",
        |db| sql(db, "UPDATE checkpoint SET note = 'x' || note WHERE size < 200"),
        &["unsigned"],
    ),
    (
        "a content edited",
        |db| sql(db, "UPDATE content SET sealed = x'00' WHERE seq = 3"),
        &["content-edited"],
    ),
    ("a content deleted", |db| sql(db, "DELETE FROM content WHERE seq = 3"), &["content-deleted"]),
    (
        "a content exchanged",
        |db| sql(db, "UPDATE content SET sealed = (SELECT sealed FROM content WHERE seq = 6) WHERE seq = 3"),
        &["content-edited"],
    ),
    ("a content added", |db| sql(db, "INSERT INTO content VALUES (4, x'00')"), &["content-added"]),
    (
        "a negative number",
        |db| sql(db, "UPDATE entry SET seq = -5 WHERE seq = 4"),
        &["missing", "misplaced", "other", "uncovered"],
    ),
    (
        "a leaf of another length",
        |db| sql(db, "UPDATE entry SET leaf = x'00' WHERE seq = 4"),
        &["edited", "other", "uncovered"],
    ),
];

fn sql(database: &Connection, statements: &str) {
    database.execute_batch(statements).unwrap();
}

#[test]
fn what_is_done_to_the_database_shows() {
    for (name, tamper, expected) in CASES {
        let (_home, folder) = log(COUNT);
        let database = Connection::open(folder.database()).unwrap();
        tamper(&database);
        drop(database);
        let mut found = kinds(&folder);
        let mut expected: Vec<String> = expected.iter().map(|kind| (*kind).to_owned()).collect();
        found.sort();
        found.dedup();
        expected.sort();
        assert_eq!(found, expected, "{name}: {:#?}", verify(&folder, None, &[]).unwrap().findings);
    }
}

#[test]
fn where_it_was_changed_is_told_by_the_kept_checkpoints() {
    let (_home, folder) = log(COUNT);
    change(&Connection::open(folder.database()).unwrap(), 150, "\"kept\"", true);
    let report = verify(&folder, None, &[]).unwrap();
    let sound: Vec<(u64, u64)> = report
        .findings
        .iter()
        .filter_map(|finding| match finding {
            Finding::Other { size, sound, .. } => Some((*size, *sound)),
            _ => None,
        })
        .collect();
    assert_eq!(sound, [(203, 105), (230, 105), (230, 105)]);
}

#[test]
fn every_flipped_bit_of_a_small_database_shows_or_changes_nothing() {
    let (_home, folder) = log(4);
    let database = Connection::open(folder.database()).unwrap();
    sql(&database, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
    drop(database);
    let rows = |folder: &Folder| -> Option<Vec<crate::Row>> {
        let mut rows = Vec::new();
        let reader = Reader::open(folder).ok()?;
        reader
            .each(|row| {
                rows.push(row);
                Ok(())
            })
            .ok()?;
        Some(rows)
    };
    let sound = std::fs::read(folder.database()).unwrap();
    let before = rows(&folder).unwrap();
    let mut shown = 0;
    // Each seventh byte, since each is a file to write; the bit changes too.
    for at in (0..sound.len()).step_by(7) {
        let mut flipped = sound.clone();
        flipped[at] ^= 1 << (at % 8);
        std::fs::write(folder.database(), &flipped).unwrap();
        match verify(&folder, None, &[]) {
            Ok(report) if report.findings.is_empty() => {
                assert_eq!(rows(&folder).as_ref(), Some(&before), "byte {at} shows nothing");
            }
            _ => shown += 1,
        }
    }
    assert!(shown > 100, "{shown}");
}

#[test]
fn an_older_copy_shows_by_the_checkpoint_beside_it_for_good() {
    let (_home, folder) = log(40);
    let whole = |path: std::path::PathBuf| std::fs::read(path).unwrap();
    let settle = || Log::open(&folder).unwrap().settle().unwrap();
    assert!(settle());
    let (old, old_note) = (whole(folder.database()), whole(folder.checkpoint()));
    Log::open(&folder).unwrap().append(&[record(90), record(91)]).unwrap();
    assert!(settle());
    let kept = verify(&folder, None, &[]).unwrap().newest;
    std::fs::write(folder.database(), &old).unwrap();
    assert_eq!(kinds(&folder), ["cut"]);
    // Going on covers nothing up: the checkpoint is set aside, and an entry tells of it.
    Log::open(&folder).unwrap().append(&[record(92), record(93), record(94)]).unwrap();
    let found = kinds(&folder);
    assert!(found.contains(&"alarm".into()) && found.contains(&"other".into()), "{found:?}");
    // Who puts the checkpoint back as well is found out only by one that lies elsewhere.
    assert!(settle());
    std::fs::write(folder.database(), &old).unwrap();
    std::fs::write(folder.checkpoint(), &old_note).unwrap();
    for aside in folder.checkpoints().iter().filter(|path| **path != folder.checkpoint()) {
        std::fs::remove_file(aside).unwrap();
    }
    assert_eq!(kinds(&folder), Vec::<String>::new());
    let report = verify(&folder, None, &[("a copy".into(), kept)]).unwrap();
    assert_eq!(report.findings, [Finding::Cut { at: "a copy".into(), size: 42, entries: 40 }]);
}

#[test]
fn a_checkpoint_that_is_taken_away_is_missed() {
    let (_home, folder) = log(10);
    std::fs::remove_file(folder.checkpoint()).unwrap();
    assert_eq!(kinds(&folder), ["no-checkpoint"]);
    Log::open(&folder).unwrap().append(&[record(20)]).unwrap();
    assert_eq!(kinds(&folder), ["alarm"]);
}

#[test]
fn nothing_is_added_to_what_was_changed() {
    let cases: [(&str, &str); 4] = [
        ("UPDATE head SET size = 7", "damaged"),
        ("UPDATE head SET frontier = zeroblob(length(frontier))", "not the one that was signed"),
        ("DELETE FROM head", "no checkpoint"),
        ("DELETE FROM entry WHERE seq = 9", "last entries"),
    ];
    for (statement, expected) in cases {
        let (_home, folder) = log(10);
        sql(&Connection::open(folder.database()).unwrap(), statement);
        let error = Log::open(&folder).unwrap().append(&[record(20)]).unwrap_err().to_string();
        assert!(error.contains(expected), "{statement}: {error}");
    }
}

#[test]
fn another_key_verifies_nothing_of_this_log() {
    let (_home, folder) = log(10);
    let (_other, other) = log(10);
    let key = Verifier::of(&other).unwrap();
    let report = verify(&folder, Some(&key), &[]).unwrap();
    assert!(report.findings.iter().any(|finding| matches!(finding, Finding::Unsigned { .. })));
    assert!(report.findings.contains(&Finding::Uncovered { first: 0 }));
}

#[test]
fn an_erasure_that_the_log_does_not_tell_is_missed_and_one_that_it_tells_is_not() {
    let (_home, folder) = log(30);
    let which = Filter { before: Some(5_000_000), ..Filter::default() };
    let by = crate::samples::entry(99);
    erase(&folder, &Cutoff { what: What::Records, which, asked: true }, &by).unwrap();
    assert_eq!(kinds(&folder), Vec::<String>::new());
    sql(&Connection::open(folder.database()).unwrap(), "UPDATE entry SET record = NULL WHERE seq IN (2, 7)");
    let report = verify(&folder, None, &[]).unwrap();
    assert_eq!(report.findings, [Finding::Deleted { seq: 7 }]);
    // An entry of somebody else's making that tells of it is under no signature.
    let database = Connection::open(folder.database()).unwrap();
    let record: String =
        database.query_row("SELECT record FROM entry WHERE seq = 30", [], |row| row.get(0)).unwrap();
    let forged = record.replace("[0,4]", "[0,9]").replace("\"seq\":30", "\"seq\":31");
    let leaf = hex(&leaf_hash(forged.as_bytes()));
    sql(&database, &format!("INSERT INTO entry VALUES (31, x'{leaf}', '{forged}')"));
    assert_eq!(kinds(&folder), ["uncovered"]);
}

#[test]
fn what_is_no_log_is_an_error() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::at(home.path().join("audit"));
    assert!(verify(&folder, None, &[]).unwrap_err().to_string().contains("no audit log"));
    let (_home, folder) = log(3);
    std::fs::write(folder.public_key(), "x").unwrap();
    assert!(verify(&folder, None, &[]).unwrap_err().to_string().contains("no public key"));
    let (_home, folder) = log(3);
    sql(&Connection::open(folder.database()).unwrap(), "PRAGMA user_version = 9");
    assert!(verify(&folder, None, &[]).unwrap_err().to_string().contains("version 9"));
    assert!(Log::open(&folder).is_err());
    std::fs::write(folder.database(), b"no database at all, but long enough to be looked at").unwrap();
    assert!(verify(&folder, None, &[]).is_err() && Log::open(&folder).is_err());
}
