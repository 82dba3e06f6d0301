//! What a team signed holds, whatever befalls its folder; what it did not sign never does.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests make the files they need, and may fail"
)]

use minisign::KeyPair;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use trust_config::{Config, Files, Held, Inputs, Layer, Place, Team, key, team_actions};

const ACTION: &str = "---\ntitle: Make it async\n---\nUse async.\n";
const OPEN: &str = "privacy = \"moderate\"\ncompletion.deadline = 900\nadapt = false\n";

struct House {
    folder: TempDir,
    pair: KeyPair,
    inputs: Inputs,
}

impl House {
    /// A user whose file names the team, and says this as well.
    fn new(user: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("work/.trust")).unwrap();
        let files = Files {
            machine: path("machine.toml"),
            user: Some(path("user.toml")),
            trusted: Some(path("state/trusted.toml")),
            teams: Some(path("state/teams")),
            home: Some(path("home")),
        };
        let inputs = Inputs { files, roots: vec![path("work")], ..Inputs::default() };
        let house = Self { pair: KeyPair::generate_unencrypted_keypair().unwrap(), inputs, folder };
        fs::write(house.path("user.toml"), format!("{}{user}", house.named())).unwrap();
        house
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn named(&self) -> String {
        let (source, key) = (self.path("team"), self.pair.pk.to_base64());
        format!("team.source = {:?}\nteam.key = \"{key}\"\n", source.display().to_string())
    }

    /// A version of the team's folder, with this configuration and an action.
    fn sign(&self, version: u64, locked: &[&str], config: &str) {
        let files =
            [("config.toml", config), ("actions/a.md", ACTION), ("workflows/w.toml", "about = \"w\"\n")];
        let mut manifest = format!("name = \"acme\"\nversion = {version}\nlocked = {locked:?}\n[files]\n");
        for (name, text) in files {
            let file = self.path("team").join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
            let hash: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
            manifest.push_str(&format!("{name:?} = \"{hash}\"\n"));
        }
        self.put_manifest(&manifest, &self.pair);
    }

    fn put_manifest(&self, manifest: &str, pair: &KeyPair) {
        let signed = minisign::sign(None, &pair.sk, manifest.as_bytes(), None, None).unwrap();
        fs::write(self.path("team/manifest.toml"), manifest).unwrap();
        fs::write(self.path("team/manifest.toml.minisig"), signed.to_string()).unwrap();
    }

    fn load(&self) -> Config {
        Config::load(&self.inputs, None)
    }
}

fn value(config: &Config, name: &str) -> (Value, Layer) {
    let found = config.found(key(name).unwrap(), Place::default());
    (found.value, found.layer)
}

fn told(config: &Config) -> String {
    config.problems().iter().map(|problem| format!("{problem}\n")).collect()
}

#[test]
fn a_team_that_is_verified_stands_between_the_machine_and_the_user() {
    let house = House::new("adapt = true\n");
    fs::write(house.path("machine.toml"), "completion.deadline = 100\n").unwrap();
    house.sign(3, &[], OPEN);
    let config = house.load();
    assert_eq!(told(&config), "");
    assert_eq!(value(&config, "completion.deadline"), (json!(900), Layer::Team));
    assert_eq!(value(&config, "adapt"), (json!(true), Layer::User));
    assert_eq!(value(&config, "privacy"), (json!("moderate"), Layer::Team));
    let found = config.found(key("completion.deadline").unwrap(), Place::default());
    assert_eq!((found.source.as_str(), found.line), ("team acme, config.toml", Some(2)));
    let team = config.team().unwrap();
    assert_eq!((team.name(), team.version(), team.held), ("acme", 3, Held::Folder));
    let (actions, problems) = team_actions(team);
    assert_eq!((actions[0].title.as_str(), problems.len()), ("Make it async (team acme)", 0));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let teams = house.path("state/teams");
        assert_eq!(mode(&teams), 0o700);
        let kept = fs::read_dir(&teams).unwrap().flatten().map(|entry| entry.path());
        kept.for_each(|file| assert_eq!(mode(&file), 0o600, "{file:?}"));
    }
    // A newer version is heard of without a word from anybody.
    assert!(config.is_current());
    house.sign(4, &[], "completion.deadline = 800\n");
    assert!(!config.is_current());
    assert_eq!(value(&house.load(), "completion.deadline"), (json!(800), Layer::Team));
}

/// What befalls the folder, and what is said then. The copy that was verified before holds each time; without one nothing does, and
/// what restricts is at its strictest.
#[test]
fn whatever_befalls_the_folder_the_last_verified_copy_holds() {
    let cases: [(&str, &dyn Fn(&House), &str); 14] = [
        ("gone", &|house| fs::remove_dir_all(house.path("team")).unwrap(), "is no folder that can be read"),
        ("no manifest", &|house| fs::remove_file(house.path("team/manifest.toml")).unwrap(), "is missing"),
        (
            "no signature",
            &|house| fs::remove_file(house.path("team/manifest.toml.minisig")).unwrap(),
            "is missing",
        ),
        (
            "damaged signature",
            &|house| {
                fs::write(house.path("team/manifest.toml.minisig"), "untrusted comment: x\nx\n").unwrap()
            },
            "is no signature of minisign",
        ),
        (
            "changed manifest",
            &|house| {
                let file = house.path("team/manifest.toml");
                let text = fs::read_to_string(&file).unwrap().replace("version = 3", "version = 4");
                fs::write(file, text).unwrap();
            },
            "does not fit the manifest",
        ),
        (
            "another key",
            &|house| {
                let other = KeyPair::generate_unencrypted_keypair().unwrap();
                house.put_manifest(&fs::read_to_string(house.path("team/manifest.toml")).unwrap(), &other);
            },
            "was made with another key",
        ),
        (
            "changed file",
            &|house| fs::write(house.path("team/config.toml"), "privacy = \"open\"\n").unwrap(),
            "is not the file that was signed",
        ),
        ("missing file", &|house| fs::remove_file(house.path("team/actions/a.md")).unwrap(), "is missing"),
        ("no text", &|house| fs::write(house.path("team/config.toml"), b"\xff\xfe").unwrap(), "is not UTF-8"),
        ("older", &|house| house.sign(2, &[], "adapt = true\n"), "is version 2, older than version 3"),
        ("another of the same", &|house| house.sign(3, &[], "adapt = true\n"), "is another version 3"),
        (
            "hostile path",
            &|house| {
                let hash = "0".repeat(64);
                let text = format!("name = \"acme\"\nversion = 9\n[files]\n\"../user.toml\" = \"{hash}\"\n");
                house.put_manifest(&text, &house.pair);
            },
            "is none that may be listed",
        ),
        (
            "too long",
            &|house| {
                let long = "x".repeat(3 << 10);
                fs::write(house.path("team/instructions.md"), &long).unwrap();
                let hash: String = Sha256::digest(&long).iter().map(|byte| format!("{byte:02x}")).collect();
                let files = format!("[files]\n\"instructions.md\" = \"{hash}\"\n");
                house.put_manifest(&format!("name = \"acme\"\nversion = 9\n{files}"), &house.pair);
            },
            "is longer than 2 KiB",
        ),
        (
            "a link",
            &|house| {
                let file = house.path("team/config.toml");
                fs::rename(&file, house.path("elsewhere.toml")).unwrap();
                #[cfg(unix)]
                std::os::unix::fs::symlink(house.path("elsewhere.toml"), file).unwrap();
            },
            if cfg!(unix) { "is a link" } else { "is missing" },
        ),
    ];
    for (what, befalls, expected) in cases {
        let house = House::new("");
        house.sign(3, &["adapt"], OPEN);
        let first = house.load();
        assert_eq!(told(&first), "", "{what}");
        befalls(&house);
        let config = house.load();
        let said = told(&config);
        assert!(said.contains(expected) && said.contains("copy holds (version 3)"), "{what}: {said}");
        assert!(said.contains("/team"), "{what}: {said}");
        assert_eq!(value(&config, "completion.deadline"), (json!(900), Layer::Team), "{what}");
        assert_eq!(value(&config, "privacy"), (json!("moderate"), Layer::Team), "{what}");
        assert_eq!(config.team().unwrap().held, Held::Copy, "{what}");
        if !matches!(what, "older" | "another of the same") {
            assert!(Team::verify(&house.path("team"), &house.pair.pk.to_base64()).is_err(), "{what}");
            // Nobody ever verified it: nothing holds, and what restricts is at its strictest.
            fs::remove_dir_all(house.path("state")).unwrap();
            let config = house.load();
            assert!(told(&config).contains("there is no verified copy"), "{what}: {}", told(&config));
            assert_eq!(value(&config, "privacy"), (json!("strict"), Layer::Team), "{what}");
            assert_eq!(value(&config, "completion.deadline"), (json!(1500), Layer::Default), "{what}");
            // A session that read it goes on by what it read.
            let config = Config::load(&house.inputs, Some(&first));
            assert_eq!(value(&config, "completion.deadline"), (json!(900), Layer::Team), "{what}");
        }
    }
}

#[test]
fn a_copy_that_was_changed_counts_for_nothing() {
    let house = House::new("");
    house.sign(3, &[], OPEN);
    house.load();
    let file = fs::read_dir(house.path("state/teams")).unwrap().flatten().map(|entry| entry.path());
    let file = file.into_iter().find(|path| path.extension().is_some_and(|end| end == "json")).unwrap();
    let text = fs::read_to_string(&file).unwrap().replace("deadline = 900", "deadline = 901");
    fs::write(&file, text).unwrap();
    fs::remove_dir_all(house.path("team")).unwrap();
    let config = house.load();
    assert!(config.team().is_none() && told(&config).contains("it is passed over"), "{}", told(&config));
    assert_eq!(value(&config, "privacy"), (json!("strict"), Layer::Team));
}

#[test]
fn what_is_locked_holds_against_each_later_layer_and_it_is_told_who_is_overruled() {
    let profile = "profile = \"p\"\n[profiles.p]\ncompletion.deadline = 200\n";
    let cases: [(&str, &str, &dyn Fn(&mut House)); 8] = [
        ("user", "completion.deadline = 200\n", &|_| {}),
        ("of a language", "[language.rust]\ncompletion.deadline = 200\n", &|_| {}),
        ("of a directory", "[[directory]]\npath = \"/x\"\ncompletion.deadline = 200\n", &|_| {}),
        ("profile", profile, &|_| {}),
        ("workspace", "", &|house| {
            fs::write(house.path("work/.trust/config.toml"), "completion.deadline = 200\n").unwrap();
        }),
        ("editor", "", &|house| house.inputs.editor = vec![json!({"completion": {"deadline": 200}})]),
        ("environment", "", &|house| {
            house.inputs.environment = vec![("TRUST_LSP_COMPLETION_DEADLINE".into(), "200".into())];
        }),
        ("session", "", &|house| {
            house.inputs.session = vec![("--config".into(), "completion.deadline".into(), "200".into())];
        }),
    ];
    for (who, user, say) in cases {
        for locked in [&["completion.deadline"][..], &["completion"], &[]] {
            let mut house = House::new(user);
            house.sign(1, locked, OPEN);
            say(&mut house);
            let config = house.load();
            let place = Place { language: Some("rust"), path: Some(Path::new("/x/a.rs")) };
            let expected = if locked.is_empty() { 200 } else { 900 };
            assert_eq!(config.settings(place).completion_deadline, expected, "{who} {locked:?}");
            let said = told(&config);
            assert_eq!(
                said.contains("`completion.deadline` is not applied: team acme locked it"),
                !locked.is_empty(),
                "{who}: {said}"
            );
        }
    }
}

#[test]
fn of_a_restriction_the_strictest_word_holds_locked_or_not() {
    let cases = [
        (&["privacy"][..], "privacy = \"moderate\"", "privacy = \"open\"\n", "moderate", true),
        (&["privacy"], "privacy = \"moderate\"", "privacy = \"strict\"\n", "strict", false),
        (&[], "privacy = \"moderate\"", "privacy = \"open\"\n", "moderate", false),
        (&[], "privacy = \"open\"", "privacy = \"moderate\"\n", "moderate", false),
        // Locked and not said: the default, or what is stricter.
        (&["privacy"], "", "privacy = \"open\"\n", "strict", true),
        (&["nonsense"], "", "privacy = \"open\"\n", "open", true),
        // What is no TOML restricts.
        (&[], "privacy = ", "privacy = \"open\"\n", "strict", true),
    ];
    for (locked, team, user, expected, is_told) in cases {
        let house = House::new(user);
        house.sign(1, locked, team);
        let config = house.load();
        assert_eq!(value(&config, "privacy").0, json!(expected), "{locked:?} {team} {user}");
        assert_eq!(!told(&config).is_empty(), is_told, "{}", told(&config));
    }
}

#[test]
fn a_later_word_that_restricts_less_than_the_teams_does_not_hold_without_a_lock_either() {
    // The key, what the team and the user say of it, what holds, and whose word that is.
    let cases = [
        ("command.enable", "false", "true", json!(false), Layer::Team),
        ("command.enable", "true", "false", json!(false), Layer::User),
        ("command.enable", "true", "true", json!(true), Layer::User),
        ("audit.enabled", "true", "false", json!(true), Layer::Team),
        ("audit.enabled", "false", "true", json!(true), Layer::User),
        ("audit.content", "false", "true", json!(false), Layer::Team),
        ("audit.content", "true", "false", json!(false), Layer::User),
        ("audit.retentionDays", "400", "30", json!(400), Layer::Team),
        ("audit.retentionDays", "400", "500", json!(500), Layer::User),
        ("audit.retentionDays", "400", "0", json!(0), Layer::User),
        ("audit.retentionDays", "0", "500", json!(0), Layer::Team),
        ("network.allow", "[\"*.a.example\"]", "[\"x.a.example\"]", json!(["x.a.example"]), Layer::User),
        ("network.allow", "[\"*.a.example\"]", "[\"*.example\"]", json!(["*.a.example"]), Layer::Team),
        ("network.allow", "[]", "[\"evil.example\"]", json!([]), Layer::Team),
    ];
    for (name, team, user, expected, layer) in cases {
        let mut house = House::new(&format!("{name} = {user}\n"));
        house.sign(1, &[], &format!("{name} = {team}\n"));
        let config = house.load();
        assert_eq!(value(&config, name), (expected.clone(), layer), "{name} {team} {user}");
        let told = told(&config);
        let is_told = told.contains("counts only as far as team acme allows: its word is stricter");
        assert_eq!(is_told, layer == Layer::Team, "{name} {team} {user}: {told}");
        // No later layer widens it: the flag that would is told of, too.
        house.inputs.session =
            vec![("--config".into(), name.into(), user.trim_matches(['[', ']', '"']).into())];
        let config = house.load();
        assert_eq!(value(&config, name).0, expected, "{name} {team} {user}");
    }
    // What both let in is neither's own word.
    let house = House::new("network.allow = [\"x.a.example\", \"evil.example\"]\n");
    house.sign(1, &[], "network.allow = [\"*.a.example\"]\n");
    let found = house.load().found(key("network.allow").unwrap(), Place::default());
    assert_eq!((found.value, found.layer), (json!(["x.a.example"]), Layer::User));
    assert!(found.source.ends_with("user.toml, within team acme, config.toml"), "{}", found.source);
    // Silence binds nobody, and what is locked is the team's word alone.
    for (locked, team, expected) in [(&["audit"][..], "audit.retentionDays = 20\n", 20), (&[], "", 30)] {
        let house = House::new("audit.retentionDays = 30\n");
        house.sign(1, locked, team);
        assert_eq!(value(&house.load(), "audit.retentionDays").0, json!(expected), "{locked:?}");
    }
}

#[test]
fn the_team_is_named_by_the_machine_and_the_user_only() {
    let say = "team.source = \"/tmp/x\"\nteam.key = \"x\"\n";
    let cases: [(&str, &dyn Fn(&mut House)); 5] = [
        ("workspace", &|house| {
            fs::write(house.path("work/.trust/config.toml"), say).unwrap();
            trust_config::Trusted::change(&house.path("state/trusted.toml"), &house.path("work"), true)
                .unwrap();
        }),
        ("editor", &|house| house.inputs.editor = vec![json!({"team": {"source": "/tmp/x", "key": "x"}})]),
        ("environment", &|house| {
            house.inputs.environment = vec![("TRUST_LSP_TEAM_SOURCE".into(), "/tmp/x".into())];
        }),
        ("session", &|house| {
            house.inputs.session = vec![("--config".into(), "team.source".into(), "/tmp/x".into())];
        }),
        ("profile", &|house| {
            fs::write(house.path("user.toml"), format!("profile = \"p\"\n[profiles.p]\n{say}")).unwrap();
        }),
    ];
    for (who, set) in cases {
        let mut house = House::new("");
        fs::remove_file(house.path("user.toml")).unwrap();
        set(&mut house);
        let config = house.load();
        assert!(config.named_team().is_none(), "{who}");
        assert!(
            told(&config).contains("counts in the machine's and the user's file only"),
            "{who}: {}",
            told(&config)
        );
    }
    // The machine's word counts for more than the user's, and each says both or nothing.
    let house = House::new("");
    house.sign(1, &[], OPEN);
    fs::write(house.path("machine.toml"), house.named()).unwrap();
    fs::write(house.path("user.toml"), say).unwrap();
    let config = house.load();
    assert!(
        config.team().is_some() && told(&config).contains("user.toml:1: `team.source` is not applied"),
        "{}",
        told(&config)
    );
    for (text, expected) in
        [("team.source = \"/x\"\n", "without `team.key`"), (say, "is no public key of minisign")]
    {
        fs::remove_file(house.path("machine.toml")).ok();
        fs::write(house.path("user.toml"), text).unwrap();
        let config = house.load();
        assert!(config.team().is_none() && told(&config).contains(expected), "{}", told(&config));
    }
    // Nor does the team name another one.
    let house = House::new("");
    house.sign(1, &[], say);
    assert!(told(&house.load()).contains("team acme, config.toml:1: `team.source` counts in"));
}
