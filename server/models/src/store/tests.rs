//! The store on good days and on bad ones.
#![allow(clippy::disallowed_methods, reason = "tests make the files they need")]

use super::*;
use crate::bundled::NANO;
use tempfile::TempDir;

struct Bench {
    folder: TempDir,
    store: Store,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().join("data/models"));
        Self { folder, store }
    }

    /// A file of this content outside the store.
    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn import(&self, path: &Path, name: Option<&str>, link: bool) -> Result<Imported, StoreError> {
        self.store.import(path, Wanted { name, link, ..Wanted::default() }, &mut |_| ())
    }

    fn names(&self) -> Vec<String> {
        self.store.list().unwrap().entries.into_iter().map(|entry| entry.name).collect()
    }

    fn blobs(&self) -> usize {
        std::fs::read_dir(self.store.blobs()).map_or(0, Iterator::count)
    }

    fn check(&self, name: &str) -> Result<(), Broken> {
        self.store.verify(&self.store.find(name).unwrap(), &mut |_| ())
    }
}

/// A sound model: the bundled one with other weights.
fn model(number: u8) -> Vec<u8> {
    let mut bytes = NANO.to_vec();
    *bytes.last_mut().unwrap() = number;
    bytes
}

#[test]
fn what_is_imported_is_found_whole_and_leaves_with_its_last_name() {
    let bench = Bench::new();
    assert_eq!(bench.names(), [""; 0]);
    assert!(!bench.store.folder().exists(), "nothing is made before it is needed");
    let path = bench.file("A.gguf", &model(1));
    let mut told = Vec::new();
    let first = bench.store.import(&path, Wanted::default(), &mut |step| told.push(step)).unwrap();
    let total = path.metadata().unwrap().len();
    assert!(told.is_sorted_by_key(|step| step.done) && told.last() == Some(&Progress { done: total, total }));
    let Entry { name, size_bytes, origin, kept, facts, .. } = &first.entry;
    assert_eq!((name.as_str(), *size_bytes, *kept), ("trust-nano-q8_0", total, Kept::Copy));
    assert_eq!(origin.as_deref(), Some(path.canonicalize().unwrap().as_path()));
    assert_eq!((facts.architecture.as_str(), facts.fill_in_the_middle), ("qwen3", true));
    assert!(facts.is_of_bundled());
    // What is imported once more is neither copied nor an error; a second name is one more name.
    assert_eq!(bench.import(&path, None, false).unwrap().others, [""; 0]);
    assert_eq!(bench.import(&path, Some("mine"), false).unwrap().others, ["trust-nano-q8_0"]);
    bench.import(&bench.file("b.gguf", &model(2)), Some("other"), false).unwrap();
    assert_eq!((bench.names().join(" ").as_str(), bench.blobs()), ("mine other trust-nano-q8_0", 2));
    assert_eq!(std::fs::read(bench.store.file("mine").unwrap()).unwrap(), model(1));
    bench.names().iter().for_each(|name| bench.check(name).unwrap());
    assert_eq!(bench.store.remove("mine").unwrap().others, ["trust-nano-q8_0"]);
    assert_eq!(bench.blobs(), 2);
    assert_eq!(bench.store.remove("trust-nano-q8_0").unwrap().others, [""; 0]);
    assert_eq!((bench.names().join(" ").as_str(), bench.blobs()), ("other", 1));
    assert!(path.exists(), "what was copied stays");
    let unknown = bench.store.find("othre").unwrap_err().to_string();
    assert!(unknown.contains("did you mean \"other\"?"), "{unknown}");
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    let entry = bench.import(&bench.file("a.gguf", &model(1)), None, false).unwrap().entry;
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(bench.store.folder()), mode(&bench.store.blobs())), (0o700, 0o700));
    assert_eq!(
        (mode(&bench.store.path(&entry)), mode(&bench.store.folder.join("manifest.json"))),
        (0o400, 0o600)
    );
}

#[cfg(unix)]
#[test]
fn a_copy_is_ours_and_read_only_and_what_has_another_name_is_left_alone() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let set = |path: &Path| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let is_ours = |name: &str| bench.store.file_to_run(name).unwrap().1;
    let copy =
        bench.store.path(&bench.import(&bench.file("a.gguf", &model(1)), Some("a"), false).unwrap().entry);
    assert!(is_ours("a") && mode(&copy) == 0o400);
    // As an earlier version left it.
    set(&copy);
    assert!(is_ours("a") && mode(&copy) == 0o400);
    // A second name that somebody gave it: whoever writes there writes here.
    set(&copy);
    let second = bench.folder.path().join("second.gguf");
    std::fs::hard_link(&copy, &second).unwrap();
    assert!(!is_ours("a") && mode(&copy) == 0o600);
    std::fs::remove_file(&second).unwrap();
    assert!(is_ours("a"));
    let linked = bench.file("b.gguf", &model(2));
    set(&linked);
    bench.import(&linked, Some("b"), true).unwrap();
    assert!(!is_ours("b") && mode(&linked) == 0o600);
    // What we made ourselves is ours.
    let made = bench.store.workplace().unwrap();
    std::fs::write(made.path(), model(3)).unwrap();
    let wanted = Wanted { name: Some("c"), made_from: Some(&linked), ..Wanted::default() };
    bench.store.import(made.path(), wanted, &mut |_| ()).unwrap();
    assert!(is_ours("c"));
    for name in ["a", "b", "c"] {
        bench.store.remove(name).unwrap();
    }
    assert_eq!(bench.blobs(), 0, "what is read-only goes too");
}

#[test]
fn what_is_no_model_is_refused_and_leaves_nothing() {
    let bench = Bench::new();
    let mut wrong_count = model(1);
    wrong_count[8..16].copy_from_slice(&u64::MAX.to_le_bytes());
    let cases = [
        (bench.file("page.gguf", b"<!doctype html>"), "not a GGUF file"),
        (bench.file("cut.gguf", &NANO[..NANO.len() / 2]), "the download may be incomplete"),
        (bench.file("empty.gguf", b""), "incomplete"),
        (bench.file("count.gguf", &wrong_count), "limit"),
        (bench.folder.path().join("none.gguf"), "none.gguf"),
        (bench.folder.path().to_path_buf(), ""),
    ];
    for (path, expected) in cases {
        for link in [false, true] {
            let told = bench.import(&path, None, link).unwrap_err().to_string();
            assert!(told.contains(expected) && told.contains(path.to_str().unwrap()), "{told}");
        }
    }
    assert!(!bench.store.folder().exists());
    let path = bench.file("a.gguf", &model(1));
    for name in ["", "none", "bundled", "trust-nano", "Upper", "a/b", "../a", "a.gguf", "-a", &"a".repeat(81)]
    {
        assert!(matches!(bench.import(&path, Some(name), false), Err(StoreError::BadName { .. })), "{name}");
    }
    bench.import(&path, Some("a"), false).unwrap();
    let told = bench.import(&bench.file("b.gguf", &model(2)), Some("a"), false).unwrap_err().to_string();
    assert!(told.contains("--name a-2"), "{told}");
    assert_eq!(bench.blobs(), 1, "what has no name is not kept");
}

#[test]
fn a_damaged_manifest_is_backed_up_and_made_again_from_the_files() {
    let bench = Bench::new();
    bench.import(&bench.file("a.gguf", &model(1)), None, false).unwrap();
    bench.import(&bench.file("b.gguf", &model(2)), Some("b"), false).unwrap();
    let path = bench.store.folder.join("manifest.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let outside = text.replacen("\"sha256\": \"", "\"sha256\": \"../", 1);
    let twice = text.replacen("\"name\": \"b\"", "\"name\": \"trust-nano-q8_0\"", 1);
    let cases = ["", "{", "[]", "{\"version\": 1}", &text[..text.len() / 2], &outside, &twice];
    for (number, damage) in cases.into_iter().enumerate() {
        std::fs::write(&path, damage).unwrap();
        let listing = bench.store.list().unwrap();
        let backup = bench.store.folder.join(format!("manifest.json.damaged-{}", number + 1));
        assert!(listing.notices[0].contains(backup.to_str().unwrap()), "{:?}", listing.notices);
        assert_eq!(std::fs::read_to_string(backup).unwrap(), damage);
        // A name that somebody chose is lost, one that the file gives is not.
        assert_eq!(bench.names(), ["trust-nano-q8_0", "trust-nano-q8_0-2"]);
        assert_eq!(bench.store.list().unwrap().notices, [""; 0], "told once");
    }
    std::fs::remove_file(&path).unwrap();
    std::fs::write(bench.store.blob(&"0".repeat(64)), "no model").unwrap();
    let notices = bench.store.list().unwrap().notices;
    assert!(notices[0].contains("is gone") && notices[1].contains("left out"), "{notices:?}");
    assert_eq!(bench.names().len(), 2);
    std::fs::write(&path, "{\"version\": 2}").unwrap();
    assert!(matches!(bench.store.list(), Err(StoreError::Newer { version: 2, .. })));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"version\": 2}", "what is newer is left alone");
}

#[test]
fn what_happens_to_a_file_is_told_and_mended_by_another_import() {
    let bench = Bench::new();
    let path = bench.file("a.gguf", &model(1));
    let blob = bench.store.path(&bench.import(&path, Some("a"), false).unwrap().entry);
    let gone = |path: &Path| std::fs::remove_file(path).unwrap();
    // Nobody writes to it in place; something else may come in its place.
    let put = |path: &Path, content: &[u8]| {
        gone(path);
        std::fs::write(path, content).unwrap();
    };
    let short = |path: &Path| put(path, &NANO[..999]);
    let other = |path: &Path| put(path, &model(3));
    let cases: [(&dyn Fn(&Path), &str, bool); 3] = [
        (&gone, "is gone", true),
        (&short, "has 999 bytes", true),
        (&other, "its content is another", false),
    ];
    for (harm, expected, at_a_glance) in cases {
        harm(&blob);
        let told = bench.check("a").unwrap_err().to_string();
        assert!(told.contains(expected), "{told}");
        assert_eq!(bench.store.file("a").is_err(), at_a_glance, "{expected}");
        bench.import(&path, Some("a"), false).unwrap();
        bench.check("a").unwrap();
    }
    std::fs::remove_file(&blob).unwrap();
    bench.store.remove("a").unwrap();
    assert_eq!(bench.names(), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_link_takes_no_room_and_what_becomes_of_its_origin_is_seen() {
    use std::os::unix::fs::MetadataExt;
    let bench = Bench::new();
    let path = bench.file("a.gguf", &model(1));
    let entry = bench.import(&path, Some("a"), true).unwrap().entry;
    let blob = bench.store.path(&entry);
    assert_eq!(
        (entry.kept, blob.metadata().unwrap().ino()),
        (Kept::HardLink, path.metadata().unwrap().ino())
    );
    assert_eq!(bench.import(&path, Some("b"), true).unwrap().entry.kept, Kept::HardLink);
    assert_eq!(bench.blobs(), 1);
    // Written to in place, as a program may that knows nothing of the store.
    std::fs::write(&path, model(2)).unwrap();
    assert!(matches!(bench.check("a"), Err(Broken::Changed { .. })));
    std::fs::write(&path, model(1)).unwrap();
    std::fs::remove_file(&path).unwrap();
    bench.check("a").unwrap();
    // Where no second name can be had, it is a link.
    let far = Path::new("/dev/shm").join(format!("trust-models-{}.gguf", std::process::id()));
    if std::fs::write(&far, model(5)).is_ok() {
        let entry = bench.import(&far, Some("far"), true).unwrap().entry;
        let is_link = bench.store.path(&entry).is_symlink();
        assert_eq!(is_link, entry.kept == Kept::SymbolicLink);
        bench.check("far").unwrap();
        std::fs::remove_file(&far).unwrap();
        assert_eq!(bench.check("far").is_err(), is_link);
        bench.store.remove("far").unwrap();
    }
    bench.store.remove("a").unwrap();
    bench.store.remove("b").unwrap();
    assert_eq!(bench.blobs(), 0);
}

#[test]
fn imports_at_the_same_time_do_not_lose_each_other() {
    let bench = Bench::new();
    let paths: Vec<PathBuf> =
        (0..3).map(|number| bench.file(&format!("{number}.gguf"), &model(number))).collect();
    std::thread::scope(|scope| {
        for turn in 0..6 {
            let (path, bench) = (&paths[turn % 3], &bench);
            scope.spawn(move || bench.import(path, Some(&format!("m{turn}")), false).unwrap());
        }
    });
    assert_eq!(bench.names(), ["m0", "m1", "m2", "m3", "m4", "m5"]);
    assert_eq!(bench.blobs(), 3);
    bench.names().iter().for_each(|name| bench.check(name).unwrap());
}

#[test]
fn what_a_kill_left_behind_goes_and_what_is_being_written_stays() {
    let bench = Bench::new();
    bench.import(&bench.file("a.gguf", &model(1)), None, false).unwrap();
    let (left, written) = (bench.store.blobs().join(".import-left"), bench.store.blobs().join(".import-now"));
    std::fs::write(&left, "half").unwrap();
    let writer = File::create(&written).unwrap();
    writer.lock().unwrap();
    bench.import(&bench.file("b.gguf", &model(2)), Some("b"), false).unwrap();
    assert!(!left.exists() && written.exists());
}

#[test]
fn where_nothing_can_be_written_that_is_said_and_what_is_there_is_known() {
    let bench = Bench::new();
    let path = bench.file("a.gguf", &model(1));
    let blocked = Store::at(path.join("models"));
    let told = blocked.import(&path, Wanted::default(), &mut |_| ()).unwrap_err().to_string();
    assert!(told.contains("a.gguf/models"), "{told}");
    bench.import(&path, None, false).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::write(bench.store.folder.join("manifest.json"), "{").unwrap();
        let set = |mode| {
            for folder in [bench.store.blobs(), bench.store.folder.clone()] {
                std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).unwrap();
            }
        };
        std::fs::remove_file(bench.store.folder.join("lock")).unwrap();
        set(0o500);
        // Whoever may do everything is not kept from it by rights.
        let is_refused = File::create(bench.store.folder.join("probe")).is_err();
        let listing = bench.store.list().unwrap();
        assert_eq!(listing.entries[0].name, "trust-nano-q8_0");
        if is_refused {
            let told = bench.import(&bench.file("b.gguf", &model(2)), Some("b"), false).unwrap_err();
            assert!(matches!(told, StoreError::Unwritable { .. }), "{told}");
            assert!(bench.store.remove("trust-nano-q8_0").is_err());
        }
        set(0o700);
    }
}

#[test]
fn what_was_measured_is_kept_for_its_machine_and_a_damaged_file_counts_for_nothing() {
    use crate::{Machine, Measured};
    let bench = Bench::new();
    let machine = Machine::this();
    let other = Machine { cores: machine.cores + 1, ..machine.clone() };
    let measured = |sha256: &str, machine: &Machine, decode| Measured {
        sha256: sha256.into(),
        machine: machine.clone(),
        version: "1".into(),
        measured: 1,
        threads: 0,
        context: 1024,
        load: None,
        load_milliseconds: 7,
        prompt_tokens: 512,
        prefill_tokens_per_second: 1.0,
        decode_tokens_per_second: Some(decode),
        weights_bytes: 1,
        kv_bytes_per_token: None,
        peak_bytes: None,
        bits_per_byte: None,
    };
    for (sha256, machine, decode) in
        [("a", &machine, 1.0), ("b", &machine, 2.0), ("a", &other, 3.0), ("a", &machine, 4.0)]
    {
        bench.store.keep_measured(measured(sha256, machine, decode)).unwrap();
    }
    let kept = bench.store.measured(&machine);
    let kept: Vec<_> = kept.iter().map(|one| (one.sha256.as_str(), one.decode_tokens_per_second)).collect();
    assert_eq!(kept, [("b", Some(2.0)), ("a", Some(4.0))]);
    std::fs::write(bench.store.folder.join("measured.json"), "[{").unwrap();
    assert!(bench.store.measured(&machine).is_empty());
    bench.store.keep_measured(measured("a", &machine, 5.0)).unwrap();
    assert_eq!(bench.store.measured(&machine).len(), 1);
}

#[test]
fn what_is_made_in_the_workplace_is_taken_over_or_leaves_nothing() {
    let bench = Bench::new();
    let origin = bench.file("a.gguf", &model(1));
    drop(bench.store.workplace().unwrap());
    assert_eq!(bench.blobs(), 0);
    let file = bench.store.workplace().unwrap();
    std::fs::write(file.path(), model(2)).unwrap();
    let wanted = Wanted { name: Some("made"), made_from: Some(&origin), ..Wanted::default() };
    let entry = bench.store.import(file.path(), wanted, &mut |_| ()).unwrap().entry;
    drop(file);
    assert_eq!((entry.kept, entry.origin.as_deref(), bench.blobs()), (Kept::Copy, Some(origin.as_path()), 1));
    bench.check("made").unwrap();
}

#[test]
fn what_was_fetched_enters_as_what_it_should_be_or_not_at_all() {
    let bench = Bench::new();
    let origin = "hf:a/b/m.gguf";
    let place = bench.store.fetching(origin).unwrap();
    assert!(matches!(bench.store.fetching(origin), Err(StoreError::Busy { .. })));
    let other = bench.store.fetching("hf:a/b/other.gguf").unwrap();
    assert!(place.folder() != other.folder() && place.folder().is_dir(), "what is in use is not swept");
    let path = place.folder().join("m.gguf");
    std::fs::write(&path, model(1)).unwrap();
    let take = |sha256| {
        let wanted = Wanted { made_from: Some(Path::new(origin)), sha256: Some(sha256), ..Wanted::default() };
        bench.store.import(&path, wanted, &mut |_| ())
    };
    let told = take("00").unwrap_err().to_string();
    assert!(told.contains("should be 00") && path.exists() && bench.blobs() == 0, "{told}");
    let right = hash(&path, &mut |_| ()).unwrap();
    let entry = take(&right.to_uppercase()).unwrap().entry;
    assert_eq!((entry.sha256.as_str(), entry.kept), (right.as_str(), Kept::Copy));
    assert_eq!(entry.origin.as_deref(), Some(Path::new(origin)));
    let folder = place.folder().to_owned();
    place.end();
    assert!(!folder.exists() && !path.exists());
    bench.check(&entry.name).unwrap();
}
