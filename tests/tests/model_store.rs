//! `trust-lsp models`: the store, and which model is in use, as a user meets them.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Output;
use trust_tests::{Client, Launch, Workspace, command};

/// A user without any model but the bundled one.
struct User(Workspace);

impl User {
    fn new() -> Self {
        Self(Workspace::empty())
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = command(self.0.root());
        command.arg("models").args(arguments).current_dir(self.0.root());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a command prints that succeeds.
    fn told(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command says that fails, with code 1 and nothing but that.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    fn list(&self) -> Value {
        serde_json::from_str(&self.told(&["list", "--json"])).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let list = self.list();
        let models = list["models"].as_array().unwrap().iter();
        models.map(|model| model["name"].as_str().unwrap().to_owned()).collect()
    }

    fn blobs(&self) -> PathBuf {
        self.0.path("data/trust-lsp/models/blobs")
    }

    /// Another model than the bundled one, by its weights.
    fn model(&self, name: &str, number: u8) -> String {
        self.0.write(name, other_model(number));
        self.0.path(name).to_str().unwrap().to_owned()
    }
}

/// The bundled model with one weight changed.
pub fn other_model(number: u8) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/models/bundled/nano.gguf");
    let mut bytes = std::fs::read(path).unwrap();
    *bytes.last_mut().unwrap() = number;
    bytes
}

#[test]
fn models_come_are_used_and_go() {
    let user = User::new();
    let list = user.list();
    assert_eq!(
        (&list["models"][0]["name"], &list["models"][0]["inUse"]),
        (&json!("trust-nano"), &json!(true))
    );
    assert_eq!(list["inUse"]["origin"]["layer"], "default");
    let path = user.model("a.gguf", 1);
    let told = user.told(&["import", &path, "--name", "first"]);
    assert!(told.starts_with("first (") && told.contains("sha256 "), "{told}");
    user.told(&["import", &user.model("b.gguf", 2), "--link", "--name", "second"]);
    assert_eq!(user.names(), ["trust-nano", "first", "second"]);
    user.told(&["verify"]);
    // Chosen in the user's file, which says more already.
    user.0.write("config/trust-lsp/config.toml", "# mine\nadapt = true\n");
    let told = user.told(&["use", "second"]);
    assert!(told.contains("config/trust-lsp/config.toml") && told.contains("\"second\""), "{told}");
    let text = std::fs::read_to_string(user.0.path("config/trust-lsp/config.toml")).unwrap();
    assert!(text.starts_with("# mine\nadapt = true\n") && text.contains("path = \"second\""), "{text}");
    let list = user.list();
    assert_eq!(
        (&list["models"][2]["inUse"], &list["inUse"]["origin"]["layer"]),
        (&json!(true), &json!("user"))
    );
    let told = user.told(&["list"]);
    assert!(
        told.lines().any(|line| line.starts_with("* second ")) && told.contains("in use: second (user: "),
        "{told}"
    );
    // Wherever a path is taken, a name is.
    let path = user.0.path("b.gguf").display().to_string();
    assert_eq!(user.told(&["show", "second"]), user.told(&["show", &path]).replace(&path, "second"));
    // The one in use stays, unless somebody insists.
    let told = user.refused(&["remove", "second"]);
    assert!(told.contains("in use (user: ") && told.contains("--force"), "{told}");
    user.told(&["remove", "second", "--force"]);
    assert!(user.0.path("b.gguf").exists());
    let output = user.run(&["list"]);
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("no model \"second\" in the store"),
        "{output:?}"
    );
    user.told(&["use", "bundled"]);
    user.told(&["remove", "first"]);
    assert_eq!(
        (user.names(), std::fs::read_dir(user.blobs()).unwrap().count()),
        (vec!["trust-nano".into()], 0)
    );
}

#[test]
fn what_is_wrong_is_said_and_changes_nothing() {
    let user = User::new();
    user.0.write("cut.gguf", &other_model(1)[..4096]);
    user.0.write("page.gguf", "<html>");
    user.told(&["import", &user.model("a.gguf", 1), "--name", "coder"]);
    let cases: [(&[&str], &str); 10] = [
        (&["import", "cut.gguf"], "cut.gguf: the download may be incomplete"),
        (&["import", "page.gguf"], "not a GGUF file"),
        (&["import", "none.gguf"], "none.gguf"),
        (&["import", "a.gguf", "--name", "Coder"], "no name for a model"),
        (&["use", "codre"], "did you mean \"coder\"?"),
        (&["use", "page.gguf"], "not a GGUF file"),
        (&["show", "codr"], "did you mean \"coder\"?"),
        (&["verify", "cder"], "did you mean \"coder\"?"),
        (&["remove", "other"], "no model \"other\""),
        (&["remove", "bundled"], "a part of the program"),
    ];
    for (arguments, expected) in cases {
        let told = user.refused(arguments);
        assert!(told.contains(expected), "{arguments:?}: {told}");
    }
    assert_eq!(user.names(), ["trust-nano", "coder"]);
    assert!(!user.0.path("config").exists());
}

#[test]
fn what_happens_to_the_files_is_found() {
    let user = User::new();
    user.told(&["import", &user.model("a.gguf", 1), "--name", "coder"]);
    let blob = std::fs::read_dir(user.blobs()).unwrap().next().unwrap().unwrap().path();
    // It is read-only, so what comes in its place is another file.
    std::fs::remove_file(&blob).unwrap();
    std::fs::write(&blob, other_model(9)).unwrap();
    let output = user.run(&["verify"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() && told.contains("BROKEN  coder: its content is another"), "{told}");
    assert!(told.contains("whole   trust-nano"), "{told}");
    std::fs::remove_file(&blob).unwrap();
    assert!(user.refused(&["use", "coder"]).contains("its file is gone"));
    // A server that finds it so completes without a model, and says why.
    let workspace = Workspace::empty();
    let launch = Launch::bundled().with(&["--model", "coder"]);
    std::fs::create_dir_all(launch.home("data/trust-lsp")).unwrap();
    std::fs::rename(user.0.path("data/trust-lsp/models"), launch.home("data/trust-lsp/models")).unwrap();
    let mut server = launch.start(&Client::full(&workspace));
    let model = server.call("trust/status", json!({}))["model"].clone();
    assert!(
        model["message"].as_str().is_some_and(|told| told.contains("coder: its file is gone")),
        "{model}"
    );
    let shown = server.expect_notification("window/showMessage");
    assert!(shown["message"].as_str().is_some_and(|told| told.contains("its file is gone")), "{shown}");
}

#[test]
fn a_damaged_manifest_is_told_and_made_again() {
    let user = User::new();
    user.told(&["import", &user.model("a.gguf", 1)]);
    user.0.write("data/trust-lsp/models/manifest.json", "{\"version\": 1, \"mod");
    let output = user.run(&["list"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && told.contains("made again from the files"), "{told}");
    assert!(user.0.path("data/trust-lsp/models/manifest.json.damaged-1").exists());
    assert_eq!(user.names(), ["trust-nano", "trust-nano-q8_0"]);
}

#[test]
fn processes_that_import_at_once_lose_nothing() {
    let user = User::new();
    let paths: Vec<String> = (0..2).map(|number| user.model(&format!("{number}.gguf"), number)).collect();
    let imports: Vec<_> = (0..6)
        .map(|turn| {
            user.command(&["import", &paths[turn % 2], "--name", &format!("m{turn}")]).spawn().unwrap()
        })
        .collect();
    for mut import in imports {
        assert!(import.wait().unwrap().success());
    }
    assert_eq!(user.names(), ["trust-nano", "m0", "m1", "m2", "m3", "m4", "m5"]);
    assert_eq!(std::fs::read_dir(user.blobs()).unwrap().count(), 2);
    user.told(&["verify"]);
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_nothing_half_and_a_folder_that_is_none_is_named() {
    let user = User::new();
    let path = user.model("a.gguf", 1);
    let import = user.command(&["import", &path]);
    // No file may grow beyond half a kilobyte.
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\""]).arg(import.get_program());
    import.get_envs().for_each(|(name, value)| {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    });
    let output = shell.args(import.get_args()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && told.contains("cannot be written"), "{told}");
    assert_eq!(std::fs::read_dir(user.blobs()).unwrap().count(), 0);
    assert_eq!(user.names(), ["trust-nano"]);
    std::fs::remove_dir_all(user.0.path("data")).unwrap();
    user.0.write("data", "a file");
    assert!(user.refused(&["import", &path]).contains("data/trust-lsp/models"));
}

#[test]
fn what_is_measured_is_what_is_recommended_by() {
    let user = User::new();
    user.told(&["import", &user.model("a.gguf", 1), "--name", "coder"]);
    let judged = |arguments: &[&str]| -> Value { serde_json::from_str(&user.told(arguments)).unwrap() };
    let before = judged(&["recommend", "--task", "completion", "--json"]);
    assert_eq!((&before[0]["task"], &before[0]["recommended"]), (&json!("completion"), &json!("trust-nano")));
    let told = before.to_string();
    assert!(told.contains("speed: not measured") && told.contains("quality: not measured"), "{told}");
    let told = user.told(&["show", "coder"]);
    assert!(told.contains("not on this machine; `trust-lsp models bench coder` does"), "{told}");
    assert!(judged(&["show", "coder", "--json"])["measured"].is_null());
    let measured = judged(&["bench", "coder", "--json"]);
    for key in [
        "prefillTokensPerSecond",
        "decodeTokensPerSecond",
        "promptTokens",
        "kvBytesPerToken",
        "weightsBytes",
        "bitsPerByte",
    ] {
        assert!(measured[key].as_f64() > Some(0.0), "{key}: {measured}");
    }
    let shown = judged(&["show", "coder", "--json"]);
    assert_eq!(shown["kvBytesPerToken"], measured["kvBytesPerToken"]);
    for key in ["sha256", "machine", "loadMilliseconds", "promptTokens"] {
        assert_eq!(shown["measured"][key], measured[key], "{key}");
    }
    // The same file by its path is the same model; the bundled one has its size and is another.
    let told = user.told(&["show", user.0.path("a.gguf").to_str().unwrap()]);
    let written = told.lines().any(|line| line.starts_with("writes  ") && line.ends_with("tokens a second"));
    assert!(written && told.contains("less than a day ago") && told.contains("bits for a byte"), "{told}");
    assert!(user.told(&["show", "bundled"]).contains("measured      not on this machine"));
    let after = judged(&["recommend", "--json"]);
    assert_eq!(after[0]["recommended"], "coder", "what is known to be fast comes before what is not known");
    let reasons = after[0]["models"][0]["reasons"].to_string();
    assert!(reasons.contains("tokens a second") && reasons.contains("bits for a byte"), "{after}");
    assert_eq!(after.as_array().unwrap().len(), 3);
    let told = user.told(&["recommend", "--task", "completion"]);
    assert!(
        told.starts_with("completion: coder\n") && told.ends_with("trust-lsp models use coder\n"),
        "{told}"
    );
    user.0.write("page.gguf", "<html>");
    assert!(user.refused(&["bench", "page.gguf"]).contains("not a GGUF file"));
    assert!(user.refused(&["bench", "none"]).contains("no model"));
}

#[test]
fn without_a_terminal_a_number_picks() {
    let user = User::new();
    user.told(&["import", &user.model("a.gguf", 1), "--name", "coder"]);
    // What is typed, whether that is taken, and what is in use then.
    let cases = [
        ("2\n", true, "coder"),
        ("\n", true, "coder"),
        ("7\n", false, "coder"),
        ("trust-nano\n", true, "bundled"),
    ];
    for (typed, taken, expected) in cases {
        let mut pick = user.command(&["pick"]);
        pick.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut pick = pick.stderr(std::process::Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut pick.stdin.take().unwrap(), typed.as_bytes()).unwrap();
        let output = pick.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() == taken && told.contains(" coder "), "{told}");
        assert_eq!(user.list()["inUse"]["model"], expected, "{typed:?}");
    }
}

#[test]
fn a_smaller_model_is_made_and_what_it_lost_is_said() {
    let user = User::new();
    let told = user.told(&["quantize", "bundled", "--to", "q4_0"]);
    let loss = told.split_once('(').and_then(|(_, rest)| rest.split_once("after (")).unwrap().1;
    let loss: f64 = loss.split_once(" %").unwrap().0.parse().unwrap();
    assert!(told.starts_with("trust-nano-q4_0 (") && loss > 0.0 && loss < 50.0, "{told}");
    assert_eq!(user.names(), ["trust-nano", "trust-nano-q4_0"]);
    let made = &user.list()["models"][1];
    assert!(made["facts"]["quantisation"] == "Q4_0" && made["kept"] == "copy", "{made}");
    user.told(&["verify", "trust-nano-q4_0"]);
    // It completes and does nothing else, as what it was made from.
    let told = user.told(&["recommend", "--task", "chat"]);
    assert!(
        told.starts_with("chat: none of these\n") && told.contains("trust-nano-q4_0 (not able)"),
        "{told}"
    );
    user.told(&["use", "trust-nano-q4_0"]);
    assert!(user.refused(&["quantize", "bundled", "--to", "Q8_0"]).contains("is Q8_0 already"));
    assert!(user.refused(&["quantize", "nothing", "--to", "Q4_0"]).contains("no model \"nothing\""));
    assert_eq!(user.run(&["quantize", "bundled", "--to", "Q3"]).status.code(), Some(2));
    assert_eq!(std::fs::read_dir(user.blobs()).unwrap().count(), 1);
}

#[test]
fn a_model_beyond_the_budget_is_not_recommended_and_loaded_with_a_warning() {
    let user = User::new();
    user.told(&["import", &user.model("a.gguf", 1), "--name", "coder"]);
    user.0.write("config/trust-lsp/config.toml", "model.memoryBudget = 20\n");
    let told = user.told(&["recommend", "--task", "completion"]);
    assert!(
        told.contains("none of these") && told.contains("that is more than model.memoryBudget, 20 MB"),
        "{told}"
    );
    let output = user.run(&["use", "coder"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("more than model.memoryBudget (20 MB)"), "{told}");
    let file = std::fs::read_to_string(user.0.path("config/trust-lsp/config.toml")).unwrap();
    assert!(file.contains("memoryBudget = 20") && file.contains("path = \"coder\""), "{file}");
}
