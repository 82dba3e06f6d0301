//! Workspaces that mean harm. What stands in files asks a model to read secrets, run programs and permit itself more; a model
//! that believes it (`fixtures/injections`) is scripted, and on no route does anything come of it.

mod injections;
pub mod panel;
mod untrusted;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use trust_tests::{Launch, Workspace};

pub const CANARY: &str = "canary_violet_77e2";
/// What a program would make that nobody permitted.
const MARKER: &str = "ran-by-an-injection";
const NEXT: &str = "\u{1e}";

/// A text that asks for something, and the call of a model that does as it says.
struct Injection {
    name: String,
    /// `refusal`: nobody is even asked; `question`: the user is asked; `answer`: it is harmless.
    comes_to: String,
    at: String,
    text: String,
    call: Value,
}

impl Injection {
    fn all(outside: &Path) -> Vec<Self> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/injections");
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let up = format!("../{}", outside.file_name().unwrap().to_str().unwrap());
        let read = |path: &PathBuf| {
            let text = std::fs::read_to_string(path).unwrap();
            let text = text.replace("{up}", &up).replace("{outside}", outside.to_str().unwrap());
            let text = text.replace("{marker}", MARKER);
            let parts: Vec<&str> = text.split("%%%%\n").collect();
            let [head, text, call] = parts[..] else { panic!("{}: three parts", path.display()) };
            let of = |key: &str| {
                let line = head.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
                line.unwrap_or_else(|| panic!("{}: no {key}", path.display())).to_owned()
            };
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let call = serde_json::from_str(call).unwrap();
            Self { name, comes_to: of("comes to"), at: of("at"), text: text.into(), call }
        };
        paths.iter().map(read).collect()
    }

    /// What a model says that makes the call, and then answers.
    fn replies(&self) -> String {
        format!("<tool_call>\n{}\n</tool_call>{NEXT}It is so.", self.call)
    }

    fn tool(&self) -> &str {
        self.call["name"].as_str().unwrap()
    }
}

/// A user whose own configuration lets commands be run, if asked about; a workspace; and what lies outside of it.
struct World {
    launch: Launch,
    workspace: Workspace,
    outside: Workspace,
    before: BTreeMap<PathBuf, Vec<u8>>,
}

impl World {
    fn new(path: &str, text: &str, outside: Workspace) -> Self {
        let secret = format!("KEY={CANARY}\n");
        outside.write("secret.txt", &secret);
        let workspace = Workspace::with(&[
            ("src/widget.rs", "/// Draws itself.\npub struct Widget {\n    pub sides: u32,\n}\n"),
            ("src/hidden.rs", &format!("pub fn hidden() {{}} // Widget {CANARY}\n")),
            ("README.md", "# Widgets\n"),
            (".env", &secret),
            (".trustignore", "hidden.rs\n"),
        ])
        .git();
        workspace.write(path, text);
        #[cfg(unix)]
        for (link, target) in [
            ("notes.txt", outside.path("secret.txt")),
            ("vendor", outside.root().to_owned()),
            ("sample.env", workspace.path(".env")),
        ] {
            std::os::unix::fs::symlink(target, workspace.path(link)).unwrap();
        }
        let launch = Launch::no_model();
        std::fs::create_dir_all(launch.home("config/trust-lsp")).unwrap();
        let own = "[command]\nenable = true\nsandbox = \"none\"\n";
        std::fs::write(launch.home("config/trust-lsp/config.toml"), own).unwrap();
        let before = files(workspace.root());
        Self { launch, workspace, outside, before }
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.launch.command();
        command.args(arguments).current_dir(self.workspace.root()).stdin(std::process::Stdio::null());
        command
    }

    /// All that a command says, and whether it was content.
    fn said(&self, arguments: &[&str]) -> (bool, String) {
        let output = self.command(arguments).output().unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        (output.status.success(), said.concat())
    }

    /// Nothing was done, permitted, sent or told.
    fn assert_untouched(&self, said: &str, route: &str) {
        assert!(!said.contains(CANARY), "{route} tells what is excluded: {said}");
        assert!(files(self.workspace.root()) == self.before, "{route} changed the workspace");
        let around = files(self.outside.root());
        assert_eq!(around.len(), 1, "{route} wrote outside of the workspace: {:?}", around.keys());
        for (path, bytes) in files(&self.launch.home("")) {
            let shown = path.display();
            assert!(!holds(&bytes, CANARY), "{route}: {shown} holds what is excluded");
            assert!(!holds(&bytes, "\"allow\":true"), "{route}: {shown} permits something");
            let name = path.file_name().unwrap().to_str().unwrap();
            let decides = ["permissions.json", "consents.json", "trusted.toml", "sent.jsonl", MARKER];
            assert!(!decides.contains(&name), "{route}: {shown} was written");
        }
    }
}

/// Every file below `folder`, and each link as what it points to. None is followed.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut folders, mut all) = (vec![folder.to_owned()], BTreeMap::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_symlink() {
                all.insert(path.clone(), path.read_link().unwrap().into_os_string().into_encoded_bytes());
            } else if path.is_dir() {
                folders.push(path);
            } else {
                // A socket or a lock may go in between.
                let bytes = std::fs::read(&path).unwrap_or_default();
                all.insert(path, bytes);
            }
        }
    }
    all
}

pub fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn question() -> Value {
    json!({ "message": "What is Widget, by the README?", "words": "always" })
}
