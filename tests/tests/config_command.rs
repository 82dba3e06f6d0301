//! `trust-lsp config`, `profile` and `workspace` on the command line.

use serde_json::Value;
use std::process::Output;
use trust_tests::{Workspace, command};

/// A user's home and the repository that he stands in.
struct House {
    home: Workspace,
    work: Workspace,
}

impl House {
    fn new(user: &str, workspace: &str) -> Self {
        let (home, work) = (Workspace::empty(), Workspace::empty().git());
        for (folder, path, text) in
            [(&home, "config/trust-lsp/config.toml", user), (&work, ".trust/config.toml", workspace)]
        {
            if !text.is_empty() {
                folder.write(path, text);
            }
        }
        Self { home, work }
    }

    fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
        let mut command = command(self.home.root());
        command.env_remove("VISUAL").env_remove("EDITOR").envs(variables.iter().copied());
        command.args(arguments).current_dir(self.work.root()).stdin(std::process::Stdio::null());
        command.output().expect("the binary runs")
    }

    /// The exit code, stdout and stderr.
    fn run(&self, line: &str) -> (i32, String, String) {
        read(&self.run_with(&[], &line.split(' ').collect::<Vec<_>>()))
    }

    fn user(&self) -> String {
        std::fs::read_to_string(self.home.path("config/trust-lsp/config.toml")).unwrap_or_default()
    }
}

fn read(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn what_holds_is_shown_with_its_origin() {
    let house =
        House::new("# mine\n\nadapt = false\n[language.rust]\ngate.shift = 0.1\n", "gate.shift = 0.2\n");
    let (code, shown, _) = house.run("config show --origin");
    assert_eq!(code, 0);
    let (user, local) =
        (house.home.path("config/trust-lsp/config.toml"), house.work.path(".trust/config.toml"));
    for expected in [
        "completion.enable = true  # default\n".to_owned(),
        format!("adapt = false  # user: {}:3\n", user.display()),
        format!("gate.shift = 0.2  # workspace: {}:1\n", local.display()),
        "# otherServers is not set\n".to_owned(),
    ] {
        assert!(shown.contains(&expected), "{expected} in {shown}");
    }
    let (_, json, _) = house.run("config show --json --origin --for a.rs");
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["gate.shift"]["value"], 0.1);
    assert_eq!((&json["gate.shift"]["layer"], &json["gate.shift"]["line"]), (&"user".into(), &5.into()));
    assert_eq!(json["gate.shift"]["of"], "[language.rust]");
    let cases: [(&[(&str, &str)], &str, &str); 6] = [
        (&[], "config get gate.shift", "0.2\n"),
        (&[], "config get gate.shift --for x.rs", "0.1\n"),
        (&[], "config get model.path", "bundled\n"),
        (&[], "config get model.path --no-model", "none\n"),
        (&[("TRUST_LSP_GATE_SHIFT", "0.3")], "config get gate.shift --for x.rs", "0.3\n"),
        (&[("TRUST_LSP_GATE_SHIFT", "0.3")], "config get gate.shift --config gate.shift=0.4", "0.4\n"),
    ];
    for (variables, line, expected) in cases {
        let output = house.run_with(variables, &line.split(' ').collect::<Vec<_>>());
        assert_eq!(read(&output).1, expected, "{line}");
    }
}

#[test]
fn what_is_set_is_written_beside_what_was_there() {
    let house = House::new("# mine\nadapt = true # why\n", "");
    for line in [
        "config set adapt false",
        "config set --language python completion.enable off",
        "config set gate.shift -0.1",
        "config set otherServers rust,go",
        "config set navigation rust=off,*=on",
    ] {
        assert_eq!(house.run(line), (0, String::new(), String::new()), "{line}");
    }
    let written = house.user();
    assert!(written.starts_with("# mine\nadapt = false # why\n"), "{written}");
    assert_eq!(house.run("config get completion.enable --for a.py").1, "false\n");
    assert_eq!(house.run("config get gate.shift").1, "-0.1\n");
    assert_eq!(house.run("config unset gate.shift").0, 0);
    assert_eq!(house.run("config get gate.shift").1, "0.0\n");
    let cases = [
        ("config set adpt false", "did you mean adapt?"),
        ("config set adapt s3cret", "`adapt` takes true or false, not text"),
        ("config set --language rust adapt true", "for the whole session"),
        ("config unset gate.shift", "`gate.shift` is not set there"),
        ("config get nothing.such", "there is no key \"nothing.such\""),
    ];
    for (line, expected) in cases {
        let (code, out, told) = house.run(line);
        assert!(code == 1 && out.is_empty() && told.contains(expected), "{line}: {told}");
        assert!(!told.contains("s3cret") && told.lines().count() == 1, "{told}");
    }
    assert_eq!(house.run("config set --user --workspace adapt true").0, 2);
}

#[test]
fn a_key_is_set_in_one_folder() {
    let house = House::new("", "");
    house.work.write("src/a.py", "");
    let holds = |file: &str| house.run(&format!("config get completion.enable --for {file}")).1;
    for (own, line) in [("", "config set"), (".trust", "config set --workspace")] {
        assert_eq!(house.run(&format!("{line} --directory generated completion.enable off")).0, 0, "{line}");
        assert_eq!(
            (holds("generated/a.py").as_str(), holds("src/a.py").as_str()),
            ("false\n", "true\n"),
            "{line}"
        );
        // Once more, it is the same table.
        assert_eq!(house.run(&format!("{line} --directory generated/ gate.shift 0.1")).0, 0, "{line}");
        let file = match own {
            "" => house.user(),
            _ => std::fs::read_to_string(house.work.path(".trust/config.toml")).unwrap(),
        };
        assert_eq!(file.matches("[[directory]]").count(), 1, "{file}");
        let unset = line.replace("set", "unset");
        assert_eq!(house.run(&format!("{unset} --directory generated completion.enable")).0, 0, "{unset}");
        assert_eq!(holds("generated/a.py"), "true\n", "{line}");
    }
    let (code, _, told) = house.run("config set --workspace --directory /tmp completion.enable off");
    assert!(code == 1 && told.contains("does not lie in the workspace"), "{told}");
    let (code, _, told) = house.run("config set --directory generated adapt false");
    assert!(code == 1 && told.contains("not for one language or directory"), "{told}");
    assert_eq!(house.run("config set --directory a --language rust completion.enable off").0, 2);
}

#[test]
fn a_file_that_is_begun_by_setting_a_key_names_its_schema_which_lies_beside_it() {
    for line in
        ["config set adapt false", "models use none", "config set --language python completion.enable off"]
    {
        let house = House::new("", "");
        assert_eq!(house.run(line).0, 0, "{line}");
        let begun = "#:schema ./config.schema.json\n# Configuration of trust-lsp.";
        assert!(house.user().starts_with(begun), "{line}: {}", house.user());
        let beside = std::fs::read_to_string(house.home.path("config/trust-lsp/config.schema.json")).unwrap();
        let schema: Value = serde_json::from_str(&beside).unwrap();
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
        let (code, told, _) = house.run("config check");
        assert!(code == 0 && told.contains("in order"), "{line}: {told}");
    }
}

#[test]
fn a_file_that_is_wrong_is_told_everywhere_and_changed_by_nobody() {
    let house = House::new("adapt = false\nstatistcs = false\n[gate]\nshift = 7\n", "");
    let (code, told, error) = house.run("config check");
    let file = house.home.path("config/trust-lsp/config.toml").display().to_string();
    assert_eq!(code, 1);
    assert!(
        told.contains(&format!("{file}:2: `statistcs` is no key; did you mean `statistics`?\n")),
        "{told}"
    );
    assert!(told.contains(&format!("{file}:4: `gate.shift` takes a number from -0.25 to 0.45")), "{told}");
    assert_eq!(error, "trust-lsp: there are 2 problems\n");
    assert_eq!(house.run("config get adapt").1, "false\n", "the rest holds");
    let (code, doctor, _) = house.run("doctor --no-model");
    assert_eq!(code, 0, "it works without");
    let row = doctor.lines().find(|line| line.contains("  config ")).unwrap();
    assert!(row.starts_with("missing") && row.contains("statistcs") && row.contains(":4:"), "{row}");
    house.home.write("config/trust-lsp/config.toml", "adapt = \n");
    let (code, _, told) = house.run("config set adapt true");
    assert!(code == 1 && told.contains(&format!("{file}:1: ")), "{told}");
    assert_eq!(house.user(), "adapt = \n");
    house.work.write("other.toml", "[profiles.x]\nadapt = false\n");
    assert_eq!(house.run("config check other.toml").0, 0);
    assert_eq!(house.run("config check none.toml").0, 1);
    house.work.write(".trust/config.toml", "[profiles.x]\n");
    assert_eq!(house.run("config check .trust/config.toml").0, 1, "a workspace defines no profile");
}

#[cfg(unix)]
#[test]
fn a_file_is_edited_and_checked_afterwards() {
    let house = House::new("", "");
    let edit = |editor: &str| read(&house.run_with(&[("EDITOR", editor)], &["config", "edit"]));
    assert_eq!(edit("printf 'adapt = false\\n' >> ").0, 0, "a redirection is what a shell makes of it");
    house.home.write("editor.sh", "printf 'statistcs = 1\\n' >> \"$2\"\n");
    let script = format!("sh '{}' --wait", house.home.path("editor.sh").display());
    let (code, out, told) = edit(&script);
    assert!(
        code == 1 && out.contains("`statistcs` is no key") && told.contains("not in order"),
        "{out}{told}"
    );
    let begun = "#:schema ./config.schema.json\n# Configuration of trust-lsp.";
    assert!(house.user().starts_with(begun), "{}", house.user());
    // What that line names lies there, and is the schema of this program.
    let beside = std::fs::read_to_string(house.home.path("config/trust-lsp/config.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&beside).unwrap();
    assert_eq!((&schema["$id"], &schema["type"]), (&"urn:trust-lsp:configuration".into(), &"object".into()));
    let (_, printed, _) = house.run("config schema");
    assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), schema);
    let (code, _, told) = read(&house.run_with(&[("VISUAL", "false")], &["config", "edit"]));
    assert!(code == 1 && told.contains("the editor failed"), "{told}");
    let (code, _, told) = house.run("config edit");
    assert!(code == 1 && told.contains("neither VISUAL nor EDITOR"), "{told}");
}

#[test]
fn a_workspace_is_trusted_and_revoked() {
    let house = House::new("", "model.path = \"none\"\ncompletion.enable = false\n");
    let status = || -> Value {
        let (code, answer, _) = house.run("workspace status --json");
        assert_eq!(code, 0);
        serde_json::from_str(&answer).unwrap()
    };
    let waiting = |status: &Value| status["not_applied"].as_array().unwrap().len();
    assert_eq!((&status()["trusted"], waiting(&status())), (&false.into(), 1));
    assert_eq!(house.run("config get model.path").1, "bundled\n");
    assert_eq!(house.run("config get completion.enable").1, "false\n");
    assert_eq!(house.run("config check").0, 0, "waiting is in order");
    let (_, told, _) = house.run("workspace status");
    assert!(
        told.contains("is not trusted\n") && told.contains(":1: `model.path` is not applied until"),
        "{told}"
    );
    assert!(house.run("workspace trust").1.ends_with("is trusted\n"));
    assert!(house.run("workspace trust").1.ends_with("is trusted already\n"));
    assert_eq!((&status()["trusted"], waiting(&status())), (&true.into(), 0));
    assert_eq!(house.run("config get model.path").1, "none\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path| std::fs::metadata(house.home.path(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("state/trust-lsp"), mode("state/trust-lsp/trusted.toml")), (0o700, 0o600));
    }
    assert!(house.run("workspace revoke").1.ends_with("is not trusted\n"));
    assert_eq!(status()["trusted"], false);
    assert_eq!(house.run("workspace trust nowhere").0, 1);
    let (code, _, told) = house.run("config set --workspace model.threads 2");
    assert!(code == 0 && told.contains("not applied until"), "{told}");
}

#[test]
fn profiles_are_listed_chosen_and_shown() {
    let house =
        House::new("[profiles.quiet]\ngate.shift = 0.2\n[profiles.none]\nmodel.path = \"none\"\n", "");
    assert_eq!(house.run("profile show").1, "no profile is in use\n");
    let (code, _, told) = house.run("profile use quite");
    assert!(code == 1 && told.contains("there are none, quiet"), "{told}");
    assert_eq!(house.run("profile use quiet").0, 0);
    assert!(house.user().contains("profile = \"quiet\"\n"), "{}", house.user());
    assert_eq!(house.run("config get gate.shift").1, "0.2\n");
    assert!(house.run("profile list").1.contains("* quiet"));
    assert_eq!(house.run("profile show").1, "gate.shift = 0.2\n");
    assert_eq!(house.run("config get model.path --profile none").1, "none\n");
    let parts = "[profiles.parts]\ngate.shift = 0.3\n[profiles.parts.language.python]\ngate.shift = 0.1\n\
        [[profiles.parts.directory]]\npath = \"/x\"\ncompletion.enable = false\n";
    house.home.write("config/trust-lsp/config.toml", format!("{}{parts}", house.user()));
    let shown = "gate.shift = 0.3\n[[directory]] /x\ncompletion.enable = false\n[language.python]\ngate.shift = 0.1\n";
    assert_eq!(house.run("profile show parts").1, shown);
    assert_eq!(house.run("profile use --none").0, 0);
    assert_eq!(house.run("config get gate.shift").1, "0.0\n");
}

#[test]
fn the_schema_is_one_and_help_has_examples() {
    let house = House::new("", "");
    let schema: Value = serde_json::from_str(&house.run("config schema").1).unwrap();
    assert_eq!(schema["properties"]["completion"]["properties"]["enable"]["type"], "boolean");
    assert!(house.run("config schema --format markdown").1.starts_with("# Configuration"));
    for command in ["config", "profile", "workspace"] {
        let (code, help, _) = house.run(&format!("{command} --help"));
        assert!(code == 0 && help.contains("Examples:"), "{help}");
    }
}
