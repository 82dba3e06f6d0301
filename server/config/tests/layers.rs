//! Which layer's word counts where.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests make the files they need, and may fail"
)]

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use trust_config::{Config, Files, Inputs, Layer, Place, Trusted, key};

struct House {
    folder: TempDir,
    inputs: Inputs,
}

impl House {
    fn new(machine: &str, user: &str, workspace: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let files = Files {
            machine: path("machine.toml"),
            user: Some(path("user.toml")),
            trusted: Some(path("state/trusted.toml")),
            teams: Some(path("state/teams")),
            home: Some(path("home")),
        };
        std::fs::create_dir_all(path("work/.trust")).unwrap();
        let inputs = Inputs { files, roots: vec![path("work")], ..Inputs::default() };
        let house = Self { folder, inputs };
        for (name, text) in
            [("machine.toml", machine), ("user.toml", user), ("work/.trust/config.toml", workspace)]
        {
            if !text.is_empty() {
                std::fs::write(house.path(name), text).unwrap();
            }
        }
        house
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn trust(self) -> Self {
        Trusted::change(&self.path("state/trusted.toml"), &self.path("work"), true).unwrap();
        self
    }

    fn load(&self) -> Config {
        Config::load(&self.inputs, None)
    }
}

fn value(config: &Config, name: &str) -> (Value, Layer) {
    let found = config.found(key(name).unwrap(), Place::default());
    (found.value, found.layer)
}

#[test]
fn a_later_layer_counts_for_more() {
    let mut house = House::new(
        "completion.deadline = 100\n[profiles.a]\ncompletion.deadline = 300",
        "completion.deadline = 200\nprofile = \"a\"",
        "completion.deadline = 400",
    );
    house.inputs.editor =
        vec![json!({"completion": {"deadline": 500}}), json!({"trust": {"completion.deadline": 600}})];
    house.inputs.environment = vec![("TRUST_LSP_COMPLETION_DEADLINE".into(), "700".into())];
    house.inputs.session = vec![("--config".into(), "completion.deadline".into(), "800".into())];
    let steps: [(&dyn Fn(&mut House), i64, Layer); 9] = [
        (&|_| {}, 800, Layer::Session),
        (&|house| house.inputs.session.clear(), 700, Layer::Environment),
        (&|house| house.inputs.environment.clear(), 600, Layer::Editor),
        (&|house| drop(house.inputs.editor.pop()), 500, Layer::Editor),
        (&|house| house.inputs.editor.clear(), 400, Layer::Workspace),
        (&|house| house.inputs.roots.clear(), 300, Layer::Profile),
        (
            &|house| std::fs::write(house.path("user.toml"), "completion.deadline = 200").unwrap(),
            200,
            Layer::User,
        ),
        (&|house| house.inputs.files.user = None, 100, Layer::Machine),
        (&|house| std::fs::remove_file(house.path("machine.toml")).unwrap(), 1500, Layer::Default),
    ];
    for (step, expected, layer) in steps {
        step(&mut house);
        let config = house.load();
        assert_eq!(value(&config, "completion.deadline"), (json!(expected), layer));
        assert_eq!(config.problems(), []);
    }
}

#[test]
fn of_a_restriction_the_most_restrictive_word_holds_whoever_says_it() {
    let (strict, moderate, open) = ("privacy = \"strict\"", "privacy = \"moderate\"", "privacy = \"open\"");
    let cases = [
        ("", "", "", None, ("strict", Layer::Default)),
        ("", open, "", None, ("open", Layer::User)),
        (strict, open, "", None, ("strict", Layer::Machine)),
        (moderate, open, "", Some("open"), ("moderate", Layer::Machine)),
        (open, open, "", Some("moderate"), ("moderate", Layer::Environment)),
        // A workspace that nobody trusts may restrict, and nothing else.
        ("", open, strict, None, ("strict", Layer::Workspace)),
        ("", "", open, None, ("strict", Layer::Default)),
        ("", open, moderate, None, ("open", Layer::User)),
        // What is wrong, and what nobody can read, restricts.
        ("privacy = 3", open, "", None, ("strict", Layer::Machine)),
        ("privacy = \"opne\"", open, "", None, ("strict", Layer::Machine)),
        ("privacy = [", open, "", None, ("strict", Layer::Machine)),
        ("", open, "=", None, ("strict", Layer::Workspace)),
        ("", "[profiles.a]\nprivacy = \"strict\"\n", "", None, ("strict", Layer::Default)),
        (
            "",
            "profile = \"a\"\nprivacy = \"open\"\n[profiles.a]\nprivacy = \"moderate\"\n",
            "",
            None,
            ("moderate", Layer::Profile),
        ),
    ];
    for (machine, user, workspace, variable, (expected, layer)) in cases {
        let mut house = House::new(machine, user, workspace);
        house.inputs.environment =
            variable.map(|value| ("TRUST_LSP_PRIVACY".to_owned(), value.to_owned())).into_iter().collect();
        let config = house.load();
        assert_eq!(value(&config, "privacy"), (json!(expected), layer), "{machine} | {user} | {workspace}");
        assert_eq!(config.settings(Place::default()).privacy, expected);
    }
    // Once trusted, its word counts as any other.
    let house = House::new("", open, moderate).trust();
    assert_eq!(value(&house.load(), "privacy"), (json!("moderate"), Layer::Workspace));
    // It restricts, like an editor's; what the user did not say, neither of them does.
    let house = House::new("", "", open).trust();
    assert_eq!(value(&house.load(), "privacy"), (json!("strict"), Layer::Default));
    // Of several folders each is asked.
    let mut house = House::new("", open, "");
    std::fs::create_dir_all(house.path("second/.trust")).unwrap();
    std::fs::write(house.path("second/.trust/config.toml"), strict).unwrap();
    house.inputs.roots.push(house.path("second"));
    assert_eq!(value(&house.load(), "privacy"), (json!("strict"), Layer::Workspace));
}

#[test]
fn every_existing_option_of_an_editor_is_a_key() {
    let mut house = House::new("", "", "");
    let sent = json!({
        "statistics": false, "adapt": false, "commentsAndStrings": false, "keepCache": false,
        "codeLens": {"lastChange": true}, "navigation": {"rust": "off", "*": "on"}, "otherServers": ["rust"],
        "server": {"path": "/x"}, "other": {"theirs": [1]}, "colour": null,
    });
    for sent in [sent.clone(), json!({"trust": sent})] {
        house.inputs.editor = vec![sent];
        let config = house.load();
        assert_eq!(config.problems(), []);
        let settings = config.settings(Place::default());
        assert!(
            !settings.statistics && !settings.adapt && !settings.comments_and_strings && !settings.keep_cache
        );
        assert!(settings.last_change_lens);
        assert_eq!(settings.other_servers, Some(vec!["rust".into()]));
    }
}

#[test]
fn what_is_special_counts_for_more_than_what_is_general() {
    let mut house = House::new(
        "[language.rust]\ngate.shift = 0.01",
        "gate.shift = 0.02\n[[directory]]\npath = \"~/made\"\ngate.shift = 0.05\n\
         [language.python]\ngate.shift = 0.03\n[profiles.p.language.go]\ngate.shift = 0.04\n",
        "gate.shift = 0.06\n[[directory]]\npath = \"gen\"\ngate.shift = 0.07\n\
         [[directory]]\npath = \"gen/deep/\"\ngate.shift = 0.08\n",
    );
    house.inputs.session = vec![("--profile".into(), "profile".into(), "p".into())];
    let config = house.load();
    assert_eq!(config.problems(), []);
    let cases = [
        (None, "", 0.06, None),
        (Some("rust"), "work/a.rs", 0.01, Some("[language.rust]")),
        (Some("python"), "elsewhere/a.py", 0.03, Some("[language.python]")),
        (Some("go"), "work/a.go", 0.04, Some("[language.go]")),
        (Some("lua"), "work/a.lua", 0.06, None),
        (Some("rust"), "home/made/a.rs", 0.05, Some("[[directory]]")),
        (Some("rust"), "work/gen/a.rs", 0.07, Some("[[directory]]")),
        (Some("rust"), "work/gen/deep/a.rs", 0.08, Some("[[directory]]")),
        (Some("rust"), "work/generated/a.rs", 0.01, Some("[language.rust]")),
    ];
    for (language, path, expected, of) in cases {
        let path = house.path(path);
        let found = config.found(key("gate.shift").unwrap(), Place { language, path: Some(&path) });
        assert_eq!(found.value, json!(expected), "{language:?} {path:?}");
        assert!(found.of.as_deref().unwrap_or_default().starts_with(of.unwrap_or_default()), "{found:?}");
    }
    // For this one start, nothing counts for more.
    house.inputs.environment = vec![("TRUST_LSP_GATE_SHIFT".into(), "0.2".into())];
    let path = house.path("work/gen/a.rs");
    let settings = house.load().settings(Place { language: Some("rust"), path: Some(&path) });
    assert_eq!(settings.gate_shift, 0.2);
}

#[test]
fn each_workspace_folder_has_its_own_say() {
    let mut house = House::new("", "gate.shift = 0.01", "gate.shift = 0.02");
    for (name, text) in
        [("second", Some("gate.shift = 0.03")), ("work/inner", Some("gate.shift = 0.04")), ("third", None)]
    {
        std::fs::create_dir_all(house.path(name).join(".trust")).unwrap();
        if let Some(text) = text {
            std::fs::write(house.path(name).join(".trust/config.toml"), text).unwrap();
        }
        let root = house.path(name);
        house.inputs.roots.push(root);
    }
    let config = house.load();
    let cases = [
        ("work/a.rs", 0.02),
        ("second/a.rs", 0.03),
        ("work/inner/a.rs", 0.04),
        ("third/a.rs", 0.01),
        ("elsewhere/a.rs", 0.02),
    ];
    for (path, expected) in cases {
        let path = house.path(path);
        let settings = config.settings(Place { language: None, path: Some(&path) });
        assert_eq!(settings.gate_shift, expected, "{path:?}");
    }
}

#[test]
fn a_workspace_sets_safe_keys_until_it_is_trusted() {
    let text = "model.path = \"/evil.gguf\"\nstatistics = false\nadapt = true\nkeepCache = true\n\
                completion.enable = false\n[[directory]]\npath = \"a\"\nmodel.threads = 1\n";
    let house = House::new("", "keepCache = false\n", text);
    let config = house.load();
    let waiting: Vec<_> =
        config.problems().iter().filter(|problem| problem.waits_for_trust).map(ToString::to_string).collect();
    let file = house.path("work/.trust/config.toml").display().to_string();
    for (line, key) in [(1, "model.path"), (3, "adapt"), (4, "keepCache")] {
        let expected = format!("{file}:{line}: `{key}` is not applied until this workspace is trusted");
        assert!(waiting.iter().any(|told| told.starts_with(&expected)), "{expected} in {waiting:?}");
    }
    let settings = config.settings(Place::default());
    assert_eq!(settings.model_path, "bundled");
    assert!(!settings.statistics && !settings.keep_cache && !settings.completion_enable);
    let house = house.trust();
    let config = house.load();
    assert!(config.problems().iter().all(|problem| !problem.waits_for_trust), "{:?}", config.problems());
    let settings = config.settings(Place::default());
    assert_eq!(settings.model_path, "/evil.gguf");
    assert!(settings.keep_cache);
}

#[test]
fn profiles_are_chosen_by_name_and_defined_by_user_and_machine_only() {
    let profiles = "[profiles.quiet]\ngate.shift = 0.2\nmodel.path = \"none\"\n[profiles.quiet.language.rust]\n\
                    completion.enable = false\n[profiles.loud]\ngate.shift = -0.1\n";
    let house = House::new(
        "[profiles.quiet]\ngate.shift = 0.1\nadapt = false\n",
        profiles,
        "[profiles.evil]\nadapt = true\n",
    );
    let mut house = house.trust();
    let problems = house.load().problems().to_vec();
    assert!(problems.len() == 1 && problems[0].key.as_deref() == Some("profiles"), "{problems:?}");
    for (name, shift, problem) in
        [("quiet", 0.2, None), ("loud", -0.1, None), ("", 0.0, None), ("quite", 0.0, Some("`quiet`"))]
    {
        house.inputs.session = vec![("--profile".into(), "profile".into(), name.into())];
        let config = house.load();
        assert_eq!(config.settings(Place::default()).gate_shift, shift, "{name}");
        let told = config.problems().iter().find(|problem| problem.key.as_deref() == Some("profile"));
        assert_eq!(told.is_some(), problem.is_some(), "{told:?}");
        assert!(told.is_none_or(|told| told.message.contains(problem.unwrap_or_default())), "{told:?}");
    }
    house.inputs.session = vec![("--profile".into(), "profile".into(), "quiet".into())];
    let config = house.load();
    assert!(!config.settings(Place::default()).adapt, "the machine's part of it");
    assert!(!config.settings(Place { language: Some("rust"), path: None }).completion_enable);
    assert_eq!(config.profiles().into_keys().collect::<Vec<_>>(), ["loud", "quiet"]);
    let set = config.profile("quiet").into_iter();
    let set: Vec<_> = set.map(|(of, key, _)| (of.unwrap_or_default(), key)).collect();
    let expected =
        [("", "gate.shift"), ("", "adapt"), ("", "model.path"), ("[language.rust]", "completion.enable")];
    assert_eq!(set, expected.map(|(of, key)| (of.to_owned(), key)));
}

#[test]
fn a_profile_may_be_chosen_for_a_language_or_a_directory() {
    let house = House::new(
        "[profiles.quiet]\ngate.shift = 0.1\ncompletion.deadline = 300\n",
        "gate.shift = 0.01\n[profiles.quiet]\ngate.shift = 0.2\nadapt = false\n\
         [profiles.quiet.language.rust]\ngate.shift = 0.3\n[profiles.loud]\ngate.shift = -0.1\n\
         [language.python]\nprofile = \"loud\"\n\
         [[directory]]\npath = \"~/made\"\nprofile = \"quiet\"\ncompletion.deadline = 400\n",
        "[[directory]]\npath = \"gen\"\nprofile = \"quiet\"\n[[directory]]\npath = \"other\"\nprofile = \"quite\"\n",
    );
    let shift = key("gate.shift").unwrap();
    let config = house.load();
    assert_eq!(config.problems().iter().filter(|problem| problem.waits_for_trust).count(), 2);
    let path = house.path("work/gen/a.go");
    assert_eq!(config.found(shift, Place { language: None, path: Some(&path) }).value, json!(0.01));

    let house = house.trust();
    let config = house.load();
    let told: Vec<_> = config.problems().iter().map(ToString::to_string).collect();
    assert!(told.len() == 1 && told[0].contains("config.toml:6: `profile` names no profile"), "{told:?}");
    assert!(told[0].contains("`quiet`"), "{told:?}");
    let cases = [
        (None, "elsewhere/a", 0.01, ""),
        (Some("python"), "elsewhere/a.py", -0.1, "[language.python], [profiles.loud]"),
        (Some("rust"), "elsewhere/a.rs", 0.01, ""),
        (Some("go"), "home/made/a.go", 0.2, ", [profiles.quiet]"),
        (Some("python"), "home/made/a.py", 0.2, ", [profiles.quiet]"),
        (Some("rust"), "home/made/a.rs", 0.3, ", [profiles.quiet]"),
        (None, "work/gen/a", 0.2, "gen, [profiles.quiet]"),
        (None, "work/other/a", 0.01, ""),
    ];
    for (language, path, expected, of) in cases {
        let path = house.path(path);
        let found = config.found(shift, Place { language, path: Some(&path) });
        assert_eq!(found.value, json!(expected), "{language:?} {path:?}");
        assert!(found.of.as_deref().unwrap_or_default().ends_with(of), "{found:?}");
        assert_eq!(found.of.is_none(), of.is_empty(), "{found:?}");
    }
    // It is said where the profile says it.
    let found = config.found(shift, Place { language: None, path: Some(&path) });
    assert!(found.source.ends_with("user.toml") && found.line == Some(3), "{found:?}");
    // What stands beside its name counts for more, and what holds for a session comes by no directory.
    for (path, deadline) in [("home/made/a.go", 400), ("work/gen/a.go", 300), ("elsewhere/a.go", 1500)] {
        let path = house.path(path);
        let settings = config.settings(Place { language: None, path: Some(&path) });
        assert_eq!((settings.completion_deadline, settings.adapt), (deadline, true), "{path:?}");
    }
}

#[test]
fn changes_of_files_are_seen_and_a_broken_one_goes_on_saying_what_it_said() {
    let house = House::new("", "statistics = false\n", "");
    let first = house.load();
    assert!(first.is_current());
    std::fs::write(house.path("user.toml"), "statistics = false\nadapt = ").unwrap();
    assert!(!first.is_current());
    let second = Config::load(&house.inputs, Some(&first));
    assert!(!second.settings(Place::default()).statistics, "nobody is counted for a typing error");
    assert!(second.problems()[0].to_string().contains("user.toml:2: "), "{:?}", second.problems());
    assert!(second.problems()[0].message.contains("what it said before holds"));
    assert!(house.load().settings(Place::default()).statistics, "who never read it cannot know");
    let house = house.trust();
    assert!(!second.is_current(), "trust is looked at too");
    std::fs::remove_file(house.path("user.toml")).unwrap();
    assert!(Config::load(&house.inputs, Some(&second)).settings(Place::default()).statistics);
    let workspace = house.path("work/.trust/config.toml");
    assert!(!Path::exists(&workspace));
    let before = house.load();
    std::fs::write(workspace, "adapt = false").unwrap();
    assert!(!before.is_current(), "a file that was not there");
}
