//! What the plugins of editors that no test runs are to import: JetBrains' LSP4IJ, and LSP of Sublime Text. Held to the keys
//! that these plugins read, to the languages of the grammars, and to the program.

use crate::git::{git, repository};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use trust_tests::{Client, Document, Launch};

/// What LSP4IJ 0.20 reads of a template (`ServerTemplateJsonDeserializer`, `LanguageServerTemplateDeserializer`).
const TEMPLATE: [&str; 11] = [
    "id",
    "name",
    "url",
    "dev",
    "programArgs",
    "fileTypeMappings",
    "languageMappings",
    "env",
    "workingDir",
    "expandConfiguration",
    "disablePromotionFor",
];
/// Of the `ClientConfig` in the schema of LSP 2.13, which allows no other.
const SERVER: [&str; 17] = [
    "command",
    "enabled",
    "file_watcher",
    "tcp_port",
    "auto_complete_selector",
    "selector",
    "schemes",
    "priority_selector",
    "initialization_options",
    "settings",
    "experimental_capabilities",
    "disabled_capabilities",
    "env",
    "diagnostics_mode",
    "semantic_tokens",
    "markdown_language_map",
    "syntax_map",
];
/// The languages of the grammars, as Sublime Text's syntaxes call them.
const SCOPES: [(&str, &[&str]); 15] = [
    ("rust", &["source.rust"]),
    ("python", &["source.python"]),
    ("typescript", &["source.ts"]),
    ("typescriptreact", &["source.tsx"]),
    ("javascript", &["source.js", "source.jsx"]),
    ("go", &["source.go"]),
    ("java", &["source.java"]),
    ("c", &["source.c"]),
    ("cpp", &["source.c++"]),
    ("csharp", &["source.cs"]),
    ("ruby", &["source.ruby"]),
    ("php", &["source.php", "embedding.php"]),
    ("shellscript", &["source.shell"]),
    ("lua", &["source.lua"]),
    ("kotlin", &["source.Kotlin"]),
];
/// What the commands say in a message.
const SHOWN: [(&str, &str); 3] = [
    ("trust.review", "findings in 1 files"),
    ("trust.explainChange", "first"),
    ("trust.commitMessage", "Change `first`"),
];
const STAGED: &str = "pub fn first(a: u8) -> u8 {\n    dbg!(a);\n    a + 1\n}\n";

fn read(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("editors").join(path);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn keys(object: &Value) -> BTreeSet<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

fn only(object: &Value, known: &[&str]) {
    let unknown: Vec<_> = keys(object).into_iter().filter(|key| !known.contains(key)).collect();
    assert!(unknown.is_empty(), "no such keys: {unknown:?}");
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// The grammars: the names of the language to editors, and the endings of its files.
fn grammars() -> Vec<(Vec<String>, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("grammars");
    let list = |line: &str, name: &str| {
        let inner = line.trim().strip_prefix(name)?.strip_prefix(": &[")?.strip_suffix("],")?;
        Some(inner.split(", ").map(|word| word.trim_matches('"').to_owned()).collect::<Vec<_>>())
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let Ok(text) = std::fs::read_to_string(entry.unwrap().path().join("mod.rs")) else { continue };
        let ids = text.lines().filter_map(|line| list(line, "ids"));
        found.extend(ids.zip(text.lines().filter_map(|line| list(line, "extensions"))));
    }
    assert_eq!(found.len(), SCOPES.len(), "{found:?}");
    found
}

/// The program takes these words and answers in a session.
fn serves(words: &[&str], client: impl Fn(&trust_tests::Workspace) -> Client) {
    assert!(["trust-lsp", "trust-lsp.exe"].contains(&words[0]), "{words:?}");
    let workspace = repository();
    let client = client(&workspace);
    let mut server = Launch::exactly(&words[1..]).start_indexed(&client);
    let document = Document::rust(workspace.uri("b.rs"), "fn second() -> u8 {\n    first(‸\n}\n");
    server.open(&document);
    let shown = if client.supports("/textDocument/inlineCompletion") {
        server.inline(&document).len()
    } else {
        server.completion(&document).len()
    };
    assert!(shown <= 1, "{shown}");
}

#[test]
fn lsp4ij_knows_all_that_its_template_says() {
    let template = read("jetbrains/template.json");
    only(&template, &TEMPLATE);
    assert!(!template["name"].as_str().unwrap().is_empty());
    only(&template["programArgs"], &["windows", "mac", "unix", "default"]);
    for mapping in template["fileTypeMappings"].as_array().unwrap() {
        only(mapping, &["fileType", "languageId"]);
        only(&mapping["fileType"], &["name", "patterns"]);
    }
    for (system, line) in template["programArgs"].as_object().unwrap() {
        // It cuts the line at spaces.
        let words: Vec<&str> = line.as_str().unwrap().split(' ').collect();
        assert_eq!(words[0].ends_with(".exe"), system == "windows");
        serves(&words, |workspace| Client::fixture("lsp4ij", workspace));
    }
}

#[test]
fn lsp4ij_sends_every_language_of_the_index() {
    let template = read("jetbrains/template.json");
    let mut named = BTreeMap::new();
    for mapping in template["fileTypeMappings"].as_array().unwrap() {
        for pattern in texts(&mapping["fileType"]["patterns"]) {
            let before = named.insert(pattern.to_owned(), mapping["languageId"].as_str().unwrap().to_owned());
            assert_eq!(before, None, "{pattern} twice");
        }
    }
    assert_eq!(named.remove("COMMIT_EDITMSG").as_deref(), Some("git-commit"));
    for (ids, endings) in grammars() {
        for ending in endings {
            let id = named.remove(&format!("*.{ending}"));
            assert!(id.as_ref().is_some_and(|id| ids.contains(id)), "{ending}: {id:?} is none of {ids:?}");
        }
    }
    assert!(named.is_empty(), "not in the index: {named:?}");
}

/// The snippet for lsp-mode on Emacs' page.
#[test]
fn lsp_mode_is_told_of_every_language_of_the_index() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("editors/emacs/README.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, after) = page.split_once("(lsp-activate-on").expect("the snippet");
    let named: BTreeSet<&str> = after.split_once(')').unwrap().0.split('"').skip(1).step_by(2).collect();
    let grammars = grammars();
    let known: BTreeSet<&str> = grammars.iter().flat_map(|(ids, _)| ids).map(String::as_str).collect();
    assert_eq!(named, known);
}

#[test]
fn sublime_text_knows_all_that_its_settings_say() {
    let settings = read("sublime/LanguageServers.sublime-settings");
    assert_eq!(keys(&settings), BTreeSet::from(["trust-lsp"]));
    let server = &settings["trust-lsp"];
    only(server, &SERVER);
    assert_eq!(server["enabled"], true);
    serves(&texts(&server["command"]), |workspace| Client::fixture("sublime", workspace));
    let mut selected: BTreeSet<&str> = server["selector"].as_str().unwrap().split(" | ").collect();
    for (ids, _) in grammars() {
        let scopes = SCOPES.iter().find(|(id, _)| ids[0] == *id).unwrap_or_else(|| panic!("{ids:?}"));
        for scope in scopes.1 {
            assert!(selected.remove(scope), "{scope}");
        }
    }
    assert_eq!(selected, BTreeSet::from(["source.git.commit", "text.git.commit"]));
}

/// As LSP's `lsp_execute` calls them, from a file of the project.
#[test]
fn each_command_of_sublime_text_is_answered() {
    let workspace = repository();
    workspace.write("a.rs", STAGED);
    git(&workspace, &["add", "-A"]);
    workspace.write("a.rs", STAGED.replace("a + 1", "a + 2"));
    let client = Client::fixture("sublime", &workspace);
    let mut server = Launch::no_model().spawn();
    let capabilities = server.initialize(&client)["capabilities"].clone();
    let known = texts(&capabilities["executeCommandProvider"]["commands"]);
    let document = Document::rust(workspace.uri("a.rs"), &format!("‸{STAGED}").replace("a + 1", "a + 2"));
    server.open(&document);
    let commands = read("sublime/Trust.sublime-commands");
    let mut called = BTreeSet::new();
    for entry in commands.as_array().unwrap() {
        only(entry, &["caption", "command", "args"]);
        assert!(entry["caption"].as_str().unwrap().starts_with("Trust: "), "{entry}");
        assert_eq!(entry["command"], "lsp_execute");
        only(&entry["args"], &["session_name", "command_name", "command_args"]);
        assert_eq!(
            entry["args"]["session_name"], "trust-lsp",
            "the name in LanguageServers.sublime-settings"
        );
        let name = entry["args"]["command_name"].as_str().unwrap();
        assert!(known.contains(&name), "{name} is none of {known:?}");
        let mut params = json!({ "command": name });
        if let Some(arguments) = entry["args"]["command_args"].as_array() {
            let document_id = json!({ "uri": document.uri });
            let expanded = |argument: &Value| match argument.as_str() {
                Some("$document_id") => document_id.clone(),
                Some(other) => panic!("{other} is not expanded here"),
                None => argument.clone(),
            };
            params["arguments"] = arguments.iter().map(expanded).collect();
        }
        let id = server.request("workspace/executeCommand", params);
        if name == "trust.useModel" {
            let (question, _) = server.expect_request("window/showMessageRequest");
            server.answer(&question, Value::Null);
        }
        assert!(server.reply(id).is_ok(), "{entry}");
        if let Some((_, shown)) = SHOWN.iter().find(|(shows, _)| *shows == name) {
            let told = server.expect_notification("window/showMessage");
            assert!(told["message"].as_str().unwrap().contains(shown), "{entry}: {told}");
        }
        if ["trust.review", "trust.clearReview"].contains(&name) {
            server.expect_notification("textDocument/publishDiagnostics");
        }
        called.insert(name.to_owned());
    }
    assert!(called.len() >= 5, "{called:?}");
}
