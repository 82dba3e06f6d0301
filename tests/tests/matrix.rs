//! Every feature, tried by each of the clients of `fixtures/clients`, with whatever that client has; and what came of it, which is
//! the table of `docs/clients.md`. `TRUST_WRITE_DOCS=1` writes it anew.

use crate::git::{git, repository};
use serde_json::{Value, json};
use std::process::Stdio;
use trust_tests::{Client, Document, Launch, Server, Source, Workspace, command, place, replace};

const CLIENTS: [(&str, &str); 11] = [
    ("vscode", "VS Code"),
    ("neovim-plugin", "Neovim, the plugin"),
    ("neovim", "Neovim alone"),
    ("emacs", "Emacs, trust.el"),
    ("eglot", "Emacs, Eglot"),
    ("lsp-mode", "Emacs, lsp-mode"),
    ("helix", "Helix"),
    ("kakoune", "Kakoune"),
    ("zed", "Zed"),
    ("lsp4ij", "JetBrains, LSP4IJ"),
    ("sublime", "Sublime Text, LSP"),
];

/// In the order of the table, by the session that tries them.
const IN_A_FILE: [Feature; 2] = [("completions", completion), ("several to choose among", alternatives)];
const WITH_GIT: [Feature; 7] = [
    ("the next edit", next_edit),
    ("a change explained", explained),
    ("a commit message", message),
    ("a review", review),
    ("which model", model),
    ("files that change outside", watched),
    ("what was done lately", audit),
];
const WITH_A_MODEL: [Feature; 7] = [
    ("an edit by a model", model_edit),
    ("what a file would become by it", preview),
    ("a question", question),
    ("why that completion, or none", why),
    ("definitions, references, symbols", definitions),
    ("how a symbol came to be", history),
    ("the last change of each symbol", lens),
];

const MARK: &str = "<!-- from here on written by the test matrix.rs -->\n";
const STORE: &str = "pub fn fetch(n: u8) {}\n";
/// Three lines that went on differently, and the place for a fourth.
const SEVERAL: &str = "fn f() {\n    log.write(first, 1);\n    log.write(second, 2);\n    log.write(third, 3);\n    log.write(‸\n}\n";
const LOADS: &str = "pub fn load(path: &str) {}\npub fn twice(path: &str) {\n    load(path);\n}\n";
const ADDS: &str = "pub fn add(left: u32) -> u32 {\n    return left + 1;\n}\n";
const SIMPLE: &str = "```rust\npub fn add(left: u32) -> u32 {\n    left + 1\n}\n```";

/// What it is called, and what a client gets of it.
type Feature = (&'static str, fn(&mut Session) -> String);

struct Session {
    name: &'static str,
    client: Client,
    workspace: Workspace,
    server: Server,
}

impl Session {
    fn start(name: &'static str, launch: &Launch, options: Option<Value>, workspace: Workspace) -> Self {
        let mut client = Client::fixture(name, &workspace);
        if let Some(options) = options {
            client = client.with("/initializationOptions", options);
        }
        let server = launch.start_indexed(&client);
        Self { name, client, workspace, server }
    }

    /// A client of ours, which knows our own requests.
    fn ours(&self) -> bool {
        self.client.supports("/experimental/trustStatus")
    }

    fn inline(&self) -> bool {
        self.client.supports("/textDocument/inlineCompletion")
    }

    fn open(&mut self, path: &str, marked: &str) -> Document {
        let document = Document::rust(self.workspace.uri(path), marked);
        self.server.open(&document);
        document
    }

    fn actions(&mut self, document: &Document) -> Vec<Value> {
        let at = document.here(self.server.encoding())["position"].clone();
        let range = json!({ "start": at, "end": at });
        let params = json!({ "textDocument": { "uri": document.uri }, "range": range, "context": { "diagnostics": [] } });
        self.server.call("textDocument/codeAction", params).as_array().cloned().unwrap_or_default()
    }

    fn action(&mut self, document: &Document, title: &str) -> Value {
        let all = self.actions(document);
        let found =
            all.iter().find(|action| action["title"].as_str().is_some_and(|own| own.starts_with(title)));
        found.unwrap_or_else(|| panic!("no {title:?} among {all:?}")).clone()
    }

    fn execute(&mut self, command: &str, arguments: Value) -> Value {
        self.server.call("workspace/executeCommand", json!({ "command": command, "arguments": arguments }))
    }

    /// Does what an editor does with an action that is a command.
    fn act(&mut self, action: &Value) -> Value {
        self.execute(action["command"].as_str().unwrap(), action["arguments"].clone())
    }

    fn shown(&mut self, what: &str) {
        let shown = self.server.expect_notification("window/showMessage");
        assert!(shown["message"].as_str().unwrap().contains(what), "{shown}");
    }
}

fn completion(session: &mut Session) -> String {
    let document = session.open("src/a.rs", "fn f() {\n    ‸\n}\n");
    if session.inline() {
        assert_eq!(session.server.added(&document), "fetch(1);");
        return "ghost text".into();
    }
    let items = session.server.completion(&document);
    assert_eq!(items[0].applied, document.with("fetch(1);"));
    let import = &items[0].item["additionalTextEdits"][0]["newText"];
    assert_eq!(import, "use crate::store::fetch;\n");
    if session.name == "lsp-mode" {
        // It knows them, and says null where the protocol has an object.
        assert_eq!(session.server.added(&document), "fetch(1);");
        return "ghost text; an entry of the menu too, with the import it needs".into();
    }
    "an entry of the menu, with the import it needs".into()
}

fn alternatives(session: &mut Session) -> String {
    let document = session.open("src/several.rs", SEVERAL);
    if session.inline() || session.name == "lsp-mode" {
        let items = session.server.inline_invoked(&document);
        assert!(items.len() > 1, "{items:?}");
        return "several, for who asks".into();
    }
    assert_eq!(session.server.completion(&document).len(), 1);
    "one entry".into()
}

fn next_edit(session: &mut Session) -> String {
    let mut document = session.open("loads.rs", LOADS);
    let encoding = session.server.encoding();
    let named = LOADS.find("load").unwrap();
    let at = |offset| place(LOADS, offset, encoding);
    let range = (at(named), at(named + 4));
    let position = |(line, character)| json!({ "line": line, "character": character });
    document.text = replace(LOADS, range, "fetch", encoding);
    document.version += 1;
    let wire = json!({ "start": position(range.0), "end": position(range.1) });
    session.server.change(&document, json!([{ "range": wire, "text": "fetch" }]));
    document.cursor = 0;
    if session.client.supports("/experimental/trustNextEdit") {
        assert!(session.server.inline(&document).is_empty());
        let told = session.server.expect_notification("trust/nextEdit");
        assert_eq!((&told["newText"], &told["range"]["start"]["line"]), (&json!("fetch"), &json!(2)));
        return "a hint; a key goes there".into();
    }
    let action = session.action(&document, "Next edit, line 3: `load` was renamed");
    assert_eq!(action["edit"]["changes"][&document.uri][0]["newText"], "fetch");
    if session.inline() {
        document.cursor = document.text.find("load(path);").unwrap();
        assert!(session.server.inline(&document)[0].applied.contains("fetch(path);"));
        return "an action; ghost text at the place".into();
    }
    "an action".into()
}

fn explained(session: &mut Session) -> String {
    let sentence = "changes the body of function `first`";
    let document = session.open("a.rs", "pub fn first(a: u8) -> u8 {\n    ‸dbg!(a);\n    a + 1\n}\n");
    let action = session.action(&document, "Explain this change");
    session.act(&action);
    session.shown(sentence);
    if session.ours() {
        let told = session.server.call("trust/explainDiff", json!({ "staged": true }));
        assert!(told["markdown"].as_str().unwrap().contains(sentence), "{told}");
        return "a text of its own".into();
    }
    "an action; a message".into()
}

fn message(session: &mut Session) -> String {
    let document = session.open(".git/COMMIT_EDITMSG", "\n# Please enter the message\n");
    if session.ours() {
        let told = session.server.call("trust/commitMessage", json!({}));
        assert_eq!(told["messages"][0]["subject"], "Change `first`");
        return "a command, into the message".into();
    }
    let action = session.action(&document, "Propose a commit message");
    let id = session.server.request(
        "workspace/executeCommand",
        json!({ "command": action["command"], "arguments": action["arguments"] }),
    );
    if !session.client.supports("/workspace/applyEdit") {
        session.server.reply(id).unwrap();
        session.shown("Change `first`");
        return "an action; a message".into();
    }
    let (question, asked) = session.server.expect_request("workspace/applyEdit");
    assert_eq!(asked["edit"]["changes"][&document.uri][0]["newText"], "Change `first`");
    session.server.answer(&question, json!({ "applied": true }));
    session.server.reply(id).unwrap();
    "an action, into git's file".into()
}

fn review(session: &mut Session) -> String {
    let uri = session.workspace.uri("a.rs");
    session.execute("trust.review", json!([{ "uri": uri }]));
    session.shown("finding");
    let published = session.server.expect_notification("textDocument/publishDiagnostics");
    assert_eq!(
        (&published["uri"], &published["diagnostics"][0]["code"]),
        (&json!(uri), &json!("debug-output"))
    );
    let document = Document::rust(uri, "pub fn first(a: u8) -> u8 {\n    ‸dbg!(a);\n    a + 1\n}\n");
    let mends = session.action(&document, "Remove the output for debugging");
    assert_eq!(mends["edit"]["changes"][&document.uri][0]["newText"], "");
    "findings, and actions that mend".into()
}

fn model(session: &mut Session) -> String {
    if session.ours() {
        let listed = session.server.call("trust/models", json!({}));
        assert_eq!(listed["models"][0]["name"], "trust-nano");
        return "a list".into();
    }
    let id = session.server.request("workspace/executeCommand", json!({ "command": "trust.useModel" }));
    let (question, asked) = session.server.expect_request("window/showMessageRequest");
    assert!(
        asked["actions"].as_array().unwrap().iter().any(|action| action["title"] == "trust-nano"),
        "{asked}"
    );
    session.server.answer(&question, Value::Null);
    session.server.reply(id).unwrap();
    "a command; a question".into()
}

fn watched(session: &mut Session) -> String {
    let files = |status: &Value| status["index"]["files"].as_u64();
    let before = files(&session.server.call("trust/status", json!({})));
    session.workspace.write("src/late.rs", "pub fn late() {}\n");
    let told = session.client.supports("/workspace/didChangeWatchedFiles/dynamicRegistration");
    if told {
        let changes = json!([{ "uri": session.workspace.uri("src/late.rs"), "type": 1 }]);
        session.server.notify("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
    }
    session.server.wait_for("the new file", |status| files(status) > before);
    if told { "told by the editor".into() } else { "watched by the server".into() }
}

fn audit(session: &mut Session) -> String {
    let says = "on this machine only";
    let told = session.execute("trust.audit", json!([{ "last": 5 }]));
    assert!(told["markdown"].as_str().unwrap().contains(says), "{told}");
    session.shown(says);
    if session.name == "vscode" {
        // Its command opens what our own request answers.
        let told = session.server.call("trust/audit", json!({ "last": 5 }));
        assert!(told["entries"].is_array() && told["markdown"].as_str().unwrap().contains(says), "{told}");
        return "a text of its own".into();
    }
    "a command; a message".into()
}

fn model_edit(session: &mut Session) -> String {
    let document = session.open("adds.rs", &ADDS.replace("    return", "    ‸return"));
    let offered = session.action(&document, "Simplify `add` with the model");
    if offered["command"].is_object() {
        // It does not say that it would come back for the edit.
        let (command, arguments) = (&offered["command"]["command"], &offered["command"]["arguments"]);
        let chosen = json!({ "command": command, "arguments": arguments });
        let id = session.server.request("workspace/executeCommand", chosen);
        let (question, asked) = session.server.expect_request("workspace/applyEdit");
        let edit = asked["edit"].to_string();
        assert!(edit.contains("left + 1") && !edit.contains("return"), "{edit}");
        session.server.answer(&question, json!({ "applied": true }));
        session.server.reply(id).unwrap();
        return "an action; the edit is sent".into();
    }
    let made = session.server.call("codeAction/resolve", offered);
    let edit = &made["edit"];
    let versioned = &edit["documentChanges"][0]["edits"][0];
    let plain = &edit["changes"][&document.uri][0];
    assert!(
        [versioned, plain]
            .iter()
            .any(|edit| edit["newText"].as_str().is_some_and(|text| text.contains("left + 1")))
    );
    match versioned["annotationId"].as_str() {
        Some(note) => {
            assert_eq!(edit["changeAnnotations"][note]["needsConfirmation"], true);
            "an action, to be agreed to".into()
        }
        None => "an action".into(),
    }
}

fn preview(session: &mut Session) -> String {
    let document =
        Document::rust(session.workspace.uri("adds.rs"), &ADDS.replace("    return", "    ‸return"));
    let offered = session.action(&document, "Simplify `add` with the model");
    let undone = "not known to it: the edit itself, which its undo takes back";
    if offered["command"].is_object() {
        return undone.into();
    }
    let made = session.server.call("codeAction/resolve", offered);
    if !session.client.supports("/workspace/textDocumentContent") {
        assert!(made["data"]["previews"].is_null(), "{made}");
        let agrees = made["edit"]["changeAnnotations"].is_object();
        return if agrees { "not known to it: the edit itself, to be agreed to" } else { undone }.into();
    }
    let asked = json!({ "uri": made["data"]["previews"][0] });
    let shown = session.server.call("workspace/textDocumentContent", asked);
    assert!(shown["text"].as_str().unwrap().contains("left + 1"), "{shown}");
    "asked for by its address".into()
}

fn question(session: &mut Session) -> String {
    let asked = json!({ "message": "where is add defined?", "partialResultToken": "p" });
    if session.ours() {
        let id = session.server.request("trust/chat", asked);
        let told = session.server.expect_notification("$/progress");
        assert_eq!(told["value"]["places"][0]["path"], "adds.rs", "{told}");
        assert_eq!(session.server.reply(id).unwrap()["wording"], SIMPLE);
        return "a conversation, as it comes".into();
    }
    let told = session.execute("trust.chat", json!([{ "message": "where is add defined?" }]));
    assert_eq!(told["places"][0]["path"], "adds.rs");
    session.shown("left + 1");
    "a command; a message".into()
}

fn why(session: &mut Session) -> String {
    if session.ours() {
        let document = session.open("why.rs", "fn f() {\n    ‸\n}\n");
        session.server.inline(&document);
        let last = session.server.call("trust/lastCompletion", json!({}));
        assert!(last["why"].is_string(), "{last}");
        return "a command; a text of its own".into();
    }
    let home = Workspace::empty();
    let mut asked = command(home.root());
    asked.args(["complete", "adds.rs:2:5", "--no-model", "--why", "--json"]);
    let output = asked.current_dir(session.workspace.root()).stdin(Stdio::null()).output().unwrap();
    let told: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    assert!(told["quiet"].as_str().is_some_and(|why| !why.is_empty()), "{told}");
    "the command line".into()
}

fn history(session: &mut Session) -> String {
    let document = Document::rust(session.workspace.uri("adds.rs"), &ADDS.replace("return", "‸return"));
    let action = session.action(&document, "Explain this history");
    session.act(&action);
    session.shown("adds public function `add`");
    if session.name == "emacs" {
        let asked = json!({ "uri": document.uri, "line": 1 });
        let told = session.server.call("trust/explainHistory", asked);
        assert!(told["markdown"].as_str().unwrap().contains("adds public function `add`"), "{told}");
        return "a command; a text of its own".into();
    }
    "an action; a message".into()
}

fn definitions(session: &mut Session) -> String {
    let document = Document::rust(session.workspace.uri("adds.rs"), &ADDS.replace("add(", "a‸dd("));
    let here = document.here(session.server.encoding());
    let found = session.server.call("textDocument/definition", here);
    assert!(found.to_string().contains("adds.rs"), "{found}");
    // Without a word about other servers.
    let mut plain = Launch::no_model().spawn();
    let client = Client::fixture(session.name, &session.workspace);
    let answer = plain.initialize(&client);
    let names_others = client.params()["initializationOptions"]["otherServers"].is_array();
    match (answer["capabilities"]["definitionProvider"] == true, names_others) {
        (true, true) => "where nobody else answers, which it says".into(),
        (true, false) => "always".into(),
        (false, _) => "where it says that nobody else answers".into(),
    }
}

fn lens(session: &mut Session) -> String {
    let document = Document::rust(session.workspace.uri("adds.rs"), &ADDS.replace("return", "‸return"));
    let params = json!({ "textDocument": { "uri": document.uri } });
    let lenses = session.server.call("textDocument/codeLens", params);
    assert_eq!(
        lenses[0]["command"]["title"].as_str().map(|title| title.ends_with("A: Adds")),
        Some(true),
        "{lenses}"
    );
    if session.client.supports("/textDocument/codeLens") {
        return "over the symbol, on demand".into();
    }
    let action = session.action(&document, "Explain this history");
    session.act(&action);
    session.shown("adds public function `add`");
    "an action; a message".into()
}

/// Whom it is that says it, or that nobody was heard.
fn source(name: &str) -> String {
    match Client::fixture_and_source(name, &Workspace::empty()) {
        (client, Source::Recorded) => format!("recorded from {}", client.named()),
        (_, Source::Documentation) => "written from documentation".into(),
    }
}

/// One row a feature, one cell a client.
fn table() -> Vec<(&'static str, Vec<String>)> {
    let sources = CLIENTS.iter().map(|(name, _)| source(name)).collect();
    let mut rows: Vec<(&str, Vec<String>)> = vec![("what it says of itself", sources)];
    rows.extend(
        IN_A_FILE.iter().chain(&WITH_GIT).chain(&WITH_A_MODEL).map(|(feature, _)| (*feature, Vec::new())),
    );
    for (name, _) in CLIENTS {
        let stored = Workspace::with(&[("src/store.rs", STORE), ("src/a.rs", "\n")]);
        let mut session = Session::start(name, &Launch::scripted("fetch(1);"), None, stored);
        let mut cells: Vec<String> = IN_A_FILE.iter().map(|(_, try_it)| try_it(&mut session)).collect();
        let staged = repository();
        staged.write("loads.rs", LOADS);
        git(&staged, &["add", "-A"]);
        git(&staged, &["commit", "-qm", "Loads"]);
        staged.write("a.rs", "pub fn first(a: u8) -> u8 {\n    dbg!(a);\n    a + 1\n}\n");
        git(&staged, &["add", "-A"]);
        let mut session = Session::start(name, &Launch::no_model(), None, staged);
        cells.extend(WITH_GIT.iter().map(|(_, try_it)| try_it(&mut session)));
        let written = repository();
        written.write("adds.rs", ADDS);
        git(&written, &["add", "-A"]);
        git(&written, &["commit", "-qm", "Adds"]);
        let options = json!({ "navigation": "on", "codeLens": { "lastChange": true } });
        let mut session = Session::start(name, &Launch::scripted(SIMPLE), Some(options), written);
        cells.extend(WITH_A_MODEL.iter().map(|(_, try_it)| try_it(&mut session)));
        rows.iter_mut().skip(1).zip(cells).for_each(|((_, row), cell)| row.push(cell));
    }
    rows
}

#[test]
fn every_client_gets_every_feature_as_the_page_says() {
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let head = std::iter::once("").chain(CLIENTS.iter().map(|(_, title)| *title)).collect::<Vec<_>>();
    let mut written = line(head) + &line(vec!["---"; CLIENTS.len() + 1]);
    for (feature, cells) in table() {
        assert_eq!(cells.len(), CLIENTS.len(), "{feature}");
        written += &line(std::iter::once(feature).chain(cells.iter().map(String::as_str)).collect());
    }
    let path = format!("{}/../docs/clients.md", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(&path).unwrap();
    let (above, shown) = page.split_once(MARK).expect("the mark of the table");
    if std::env::var_os("TRUST_WRITE_DOCS").is_some() {
        std::fs::write(&path, format!("{above}{MARK}{written}")).unwrap();
        return;
    }
    assert_eq!(
        shown, written,
        "TRUST_WRITE_DOCS=1 cargo test --workspace --test blackbox matrix writes it anew"
    );
}
