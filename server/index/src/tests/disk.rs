//! What is kept on disk gives the answers that a new index gives, whatever happened to it.

#![allow(clippy::disallowed_methods, reason = "tests damage the files that they check")]

use super::Workspace;
use super::equality::{NAMES, answers};
use super::workspace::{apply, changed, names};
use crate::disk::{Disk, seal, sections};
use crate::segment::Segment;
use crate::store::{Limits, Store};
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

const CODE: &str = "== a.rs\n/// Says.\nfn alpha(beta: u32) {}\nuse new;\n== sub/b.py\nclass Delta:\n  def area(self): alpha()\n";

fn open(workspace: &Workspace, cache: &Path) -> Disk {
    Disk::open(cache, &[&workspace.root()]).unwrap()
}

/// A store that begins with what is on disk, and looks at every file.
fn resumed(workspace: &Workspace, disk: &mut Disk) -> Store {
    let mut store = Store::new(Arc::new(workspace.broker()), Limits::default());
    if let Some((base, changes)) = disk.load() {
        store.resume(base, changes);
    }
    store.rebuild(&AtomicBool::new(false), &mut |_| {});
    store
}

fn save(disk: &mut Disk, store: &mut Store) {
    if let Some(unsaved) = store.take_unsaved() {
        disk.save(unsaved).unwrap();
    }
}

fn check(workspace: &Workspace, store: &mut Store) {
    assert_eq!(answers(&store.snapshot()), answers(&workspace.store().snapshot()));
}

/// So old that its time tells whether it has changed.
fn settle(workspace: &Workspace, path: &str) {
    let before = SystemTime::now() - Duration::from_secs(60);
    File::options().append(true).open(workspace.path(path)).unwrap().set_modified(before).unwrap();
}

fn folder_of(cache: &TempDir) -> std::path::PathBuf {
    fs::read_dir(cache.path().join("index")).unwrap().next().unwrap().unwrap().path()
}

#[test]
fn a_later_start_reads_no_file_that_is_as_it_was() {
    let (workspace, cache) = (Workspace::new(CODE), tempfile::tempdir().unwrap());
    settle(&workspace, "a.rs");
    let mut disk = open(&workspace, cache.path());
    let mut store = resumed(&workspace, &mut disk);
    save(&mut disk, &mut store);
    drop(disk);
    // The same length and the same time: only who reads it can tell.
    workspace.write("a.rs", fs::read_to_string(workspace.path("a.rs")).unwrap().replace("alpha", "gamma"));
    settle_like_before(&workspace, &store);
    let mut disk = open(&workspace, cache.path());
    let mut store = resumed(&workspace, &mut disk);
    let snapshot = store.snapshot();
    assert_eq!((snapshot.definitions("alpha").len(), snapshot.definitions("gamma").len()), (1, 0));
    // It is not quoted all the same.
    assert_eq!(snapshot.reader().signature(&snapshot.definitions("alpha")[0]), None);
}

/// Gives `a.rs` the time that `store` knows it by.
fn settle_like_before(workspace: &Workspace, store: &Store) {
    let (segment, file) = store.known(&workspace.path("a.rs")).unwrap();
    let time = Duration::from_nanos(segment.files[file].stamp.unwrap().modified);
    let file = File::options().append(true).open(workspace.path("a.rs")).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + time).unwrap();
}

#[test]
fn what_is_excluded_since_is_not_told_before_the_walk() {
    let (workspace, cache) = (Workspace::new(CODE), tempfile::tempdir().unwrap());
    let mut disk = open(&workspace, cache.path());
    let mut store = resumed(&workspace, &mut disk);
    save(&mut disk, &mut store);
    drop(disk);
    workspace.write(".trustignore", "sub/");
    let (base, changes) = open(&workspace, cache.path()).load().unwrap();
    let mut store = Store::new(Arc::new(workspace.broker()), Limits::default());
    store.resume(base, changes);
    store.drop_excluded(&AtomicBool::new(false));
    let snapshot = store.snapshot();
    assert_eq!((snapshot.definitions("alpha").len(), snapshot.definitions("Delta").len()), (1, 0));
    assert!(!snapshot.has_name("area"));
}

#[test]
fn the_names_of_a_file_that_is_gone_leave_the_disk_with_the_next_start() {
    let (workspace, cache) = (Workspace::new(CODE), tempfile::tempdir().unwrap());
    let mut disk = open(&workspace, cache.path());
    let mut store = resumed(&workspace, &mut disk);
    save(&mut disk, &mut store);
    apply(&mut store, changed([workspace.remove("sub/b.py")]));
    save(&mut disk, &mut store);
    drop(disk);
    let mut disk = open(&workspace, cache.path());
    let mut store = resumed(&workspace, &mut disk);
    save(&mut disk, &mut store);
    drop(disk);
    let (base, changes) = open(&workspace, cache.path()).load().unwrap();
    let found = ["alpha", "Delta"].map(|name| base.names.find(name).is_some());
    assert_eq!((found, changes.len()), ([true, false], 0));
}

#[test]
fn changes_are_logged_and_folded() {
    let (workspace, cache) = (Workspace::new(CODE), tempfile::tempdir().unwrap());
    let mut disk = open(&workspace, cache.path());
    let mut store = resumed(&workspace, &mut disk);
    save(&mut disk, &mut store);
    for round in 0..40 {
        let filler = "fn filler() {}\n".repeat(if round % 9 == 0 { 20_000 } else { 1 });
        let path =
            workspace.write(&format!("new/{}.rs", round % 5), format!("fn new{round}() {{}}\n{filler}"));
        apply(&mut store, changed([path, workspace.remove(&format!("new/{}.rs", round % 3))]));
        save(&mut disk, &mut store);
        drop(disk);
        disk = open(&workspace, cache.path());
        store = resumed(&workspace, &mut disk);
        check(&workspace, &mut store);
    }
}

#[test]
fn damage_costs_time_and_nothing_else() {
    let (workspace, cache) = (Workspace::new(CODE), tempfile::tempdir().unwrap());
    settle(&workspace, "a.rs");
    settle(&workspace, "sub/b.py");
    let mut disk = open(&workspace, cache.path());
    let mut store = resumed(&workspace, &mut disk);
    save(&mut disk, &mut store);
    let change = workspace.write("c.rs", "fn gamma() { area }");
    settle(&workspace, "c.rs");
    apply(&mut store, changed([change]));
    save(&mut disk, &mut store);
    drop(disk);
    for name in ["segment", "log"] {
        let path = folder_of(&cache).join(name);
        let whole = fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(3) {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x15;
            for damaged in [&whole[..at], &flipped, &[&whole[..], b"more"].concat()] {
                fs::write(&path, damaged).unwrap();
                let mut disk = open(&workspace, cache.path());
                check(&workspace, &mut resumed(&workspace, &mut disk));
            }
        }
        fs::write(&path, whole).unwrap();
    }
}

#[test]
fn two_servers_are_both_right() {
    let (workspace, cache) = (Workspace::new(CODE), tempfile::tempdir().unwrap());
    let (mut one, mut other) = (open(&workspace, cache.path()), open(&workspace, cache.path()));
    let mut first = resumed(&workspace, &mut one);
    let mut second = resumed(&workspace, &mut other);
    for round in 0..20 {
        let change = changed([workspace.write("c.rs", format!("fn new() {{ {} }}", NAMES[round % 6]))]);
        apply(&mut first, changed(change.changed.clone()));
        apply(&mut second, change);
        save(&mut one, &mut first);
        save(&mut other, &mut second);
        check(&workspace, &mut first);
        check(&workspace, &mut second);
        let mut third = open(&workspace, cache.path());
        check(&workspace, &mut resumed(&workspace, &mut third));
    }
}

#[test]
fn open_documents_and_excluded_files_stay_out() {
    let (workspace, cache) = (Workspace::new(CODE), tempfile::tempdir().unwrap());
    workspace.write("secret.rs", "fn canary_one() {}");
    workspace.write(".env.rs", "fn canary_two() {}");
    let mut disk = open(&workspace, cache.path());
    let mut store = resumed(&workspace, &mut disk);
    let text = trust_text::Text::new("fn canary_three() {}");
    let documents = [(workspace.path("a.rs"), Some(text))].into_iter().collect();
    apply(&mut store, crate::changes::Batch { documents, ..Default::default() });
    save(&mut disk, &mut store);
    apply(&mut store, changed([workspace.write(".trustignore", "secret.rs")]));
    save(&mut disk, &mut store);
    drop(disk);
    // What lies there is coded, so it is decoded to see which names it holds.
    let (base, changes) = open(&workspace, cache.path()).load().unwrap();
    let segments: Vec<&Segment> =
        std::iter::once(&base).chain(changes.iter().filter_map(|(_, change)| change.as_ref())).collect();
    let holds = |name: &str| segments.iter().any(|segment| segment.names.find(name).is_some());
    assert!(holds("area"));
    for canary in ["canary_one", "canary_two", "canary_three"] {
        assert!(!holds(canary), "{canary}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(folder_of(&cache)).unwrap().permissions().mode() & 0o777, 0o700);
    }
}

#[test]
fn another_server_writes_when_the_one_that_did_has_ended() {
    let (workspace, cache) = (Workspace::new(CODE), tempfile::tempdir().unwrap());
    let (mut one, mut other) = (open(&workspace, cache.path()), open(&workspace, cache.path()));
    let mut first = resumed(&workspace, &mut one);
    let mut second = resumed(&workspace, &mut other);
    save(&mut one, &mut first);
    save(&mut other, &mut second);
    assert_eq!((one.writes(), other.writes()), (true, false));
    for round in 0..3 {
        let change = workspace.write("c.rs", format!("fn new{round}() {{}}"));
        settle(&workspace, "c.rs");
        for (disk, store) in [(&mut one, &mut first), (&mut other, &mut second)] {
            apply(store, changed([change.clone()]));
            save(disk, store);
        }
    }
    drop(one);
    apply(&mut second, changed([workspace.write("d.rs", "fn beta() {}")]));
    settle(&workspace, "d.rs");
    apply(&mut second, changed([workspace.path("d.rs")]));
    save(&mut other, &mut second);
    assert!(other.writes() && !open(&workspace, cache.path()).writes());
    let (base, changes) = open(&workspace, cache.path()).load().unwrap();
    let holds = |name: &str| base.names.find(name).is_some();
    assert_eq!((holds("new2"), holds("beta"), holds("new0"), changes.len()), (true, true, false, 0));
    apply(&mut second, changed([workspace.remove("d.rs")]));
    save(&mut other, &mut second);
    drop(other);
    let mut disk = open(&workspace, cache.path());
    check(&workspace, &mut resumed(&workspace, &mut disk));
}

/// The checksums find what happens by accident. Here they are made anew, as somebody would who means harm.
#[test]
fn a_hostile_segment_does_no_harm() {
    let (workspace, cache) = (Workspace::new(CODE), tempfile::tempdir().unwrap());
    workspace.write("many.rs", "fn area(alpha: beta) { new.gamma(); }\n\n".repeat(60));
    let mut disk = open(&workspace, cache.path());
    let mut store = resumed(&workspace, &mut disk);
    save(&mut disk, &mut store);
    drop(disk);
    let path = folder_of(&cache).join("segment");
    let whole = fs::read(&path).unwrap();
    let parts: Vec<Vec<u8>> = sections(&whole).unwrap();
    let mut taken = 0;
    let mut check = |parts: &[Vec<u8>]| {
        fs::write(&path, seal(parts)).unwrap();
        let Some((base, changes)) = open(&workspace, cache.path()).load() else { return };
        taken += 1;
        assert!(base.heap_bytes() < 4 << 20, "{}", base.heap_bytes());
        let mut store = Store::new(Arc::new(workspace.broker()), Limits::default());
        store.resume(base, changes);
        store.drop_excluded(&AtomicBool::new(false));
        answers(&store.snapshot());
        store.rebuild(&AtomicBool::new(false), &mut |_| {});
        let said = answers(&store.snapshot());
        assert!(said.iter().any(|line| line.contains("alpha")), "{said:?}");
    };
    check(&parts);
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize % below.max(1)
    };
    for section in 0..parts.len() {
        for round in 0..250 {
            let mut damaged = parts.clone();
            let bytes = &mut damaged[section];
            let at = random(bytes.len());
            match round % 5 {
                0 => bytes.truncate(at),
                1 => bytes[at..].fill(0),
                2 => bytes[at..].fill(0xff),
                3 => bytes.iter_mut().skip(at).for_each(|byte| *byte = random(256) as u8),
                _ => bytes[at] ^= 1 << random(8),
            }
            check(&damaged);
        }
        for filled in [vec![0; 4_000], vec![0xff; 4_000], Vec::new()] {
            let mut damaged = parts.clone();
            damaged[section] = filled;
            check(&damaged);
        }
    }
    assert!(taken > 50, "{taken} were whole enough to be read");
}

const WORKSPACE: &str = "TRUST_INDEX_TEST_WORKSPACE";
const CACHE: &str = "TRUST_INDEX_TEST_CACHE";

/// Not a test of its own, but the process that the next test kills: it saves as often as it can.
#[test]
fn writer() {
    let (Ok(workspace), Ok(cache)) = (std::env::var(WORKSPACE), std::env::var(CACHE)) else { return };
    let broker = crate::FileBroker::new(vec![workspace.clone().into()]);
    let mut disk = Disk::open(cache.as_ref(), &[workspace.as_ref()]).unwrap();
    let mut store = Store::new(Arc::new(broker), Limits::default());
    if let Some((base, changes)) = disk.load() {
        store.resume(base, changes);
    }
    store.rebuild(&AtomicBool::new(false), &mut |_| {});
    for round in 0.. {
        let path = Path::new(&workspace).join(format!("w{}.rs", round % 7));
        fs::write(&path, format!("fn area() {{ {} }}", NAMES[round % 6].repeat(1 + round % 50))).unwrap();
        apply(&mut store, changed([path]));
        if round % 5 == 0 {
            store.save_whole();
        }
        save(&mut disk, &mut store);
    }
}

#[test]
fn a_writer_may_be_killed_at_any_moment() {
    let (workspace, cache) = (Workspace::new(CODE), tempfile::tempdir().unwrap());
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..200 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tests::disk::writer"])
            .env(WORKSPACE, workspace.root())
            .env(CACHE, cache.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(2_000 + state % 60_000));
        writer.kill().unwrap();
        writer.wait().unwrap();
        let mut disk = open(&workspace, cache.path());
        check(&workspace, &mut resumed(&workspace, &mut disk));
    }
    assert!(!names(&workspace.store().snapshot()).is_empty());
}
