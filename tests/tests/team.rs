//! What a team signed, as its members meet it: on the command line and in an editor, whatever befalls its folder.

use crate::git::{git, repository};
use crate::git_editor::CODE;
use serde_json::{Value, json};
use trust_tests::{Client, Launch, Team, Workspace, command};

const ACTION: &str = "---\ntitle: Make it async\n---\nUse async.\n";
const WORKFLOW: &str = "about = \"Documents it.\"\nresult = \"write\"\n[inputs.place]\ntype = \"place\"\nabout = \"what\"\n\
    [steps.write]\nkind = \"action\"\naction = \"document\"\nat = \"place\"\n";
const CONFIG: &str = "privacy = \"strict\"\ncompletion.deadline = 900\n";

/// A member of the team: a home, and the project that he stands in.
struct House {
    team: Team,
    home: Workspace,
    work: Workspace,
}

impl House {
    fn with(files: &[(&str, &str)], work: Workspace) -> Self {
        let house = Self { team: Team::with(files), home: Workspace::empty(), work };
        house.home.write("config/trust-lsp/config.toml", house.team.named());
        house
    }

    /// Lists what lies in the team's folder, and signs that.
    fn sign(&self, arguments: &[&str]) {
        let folder = self.team.folder.root().to_str().unwrap();
        let base = ["team", "manifest", folder, "--name", "acme"];
        let (code, _, err) = self.run(&[&base, arguments].concat());
        assert_eq!(code, 0, "{err}");
        self.team.sign();
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = command(self.home.root());
        command.args(arguments).current_dir(self.work.root()).stdin(std::process::Stdio::null());
        let output = command.output().expect("the binary runs");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    }

    /// Both that it says.
    fn said(&self, arguments: &[&str]) -> String {
        let (_, out, err) = self.run(arguments);
        out + &err
    }

    /// The doctor's line about the team.
    fn row(&self) -> (i32, String) {
        let (code, out, _) = self.run(&["doctor", "--no-model"]);
        (code, out.lines().find(|line| line.split_whitespace().nth(1) == Some("team")).unwrap().to_owned())
    }
}

#[test]
fn what_a_team_locks_holds_against_workspace_flags_and_variables() {
    let work = Workspace::empty().git();
    work.write(".trust/config.toml", "completion.deadline = 200\n");
    let house = House::with(&[("config.toml", CONFIG), ("workflows/look.toml", WORKFLOW)], work);
    house.sign(&["--lock", "completion.deadline"]);
    let (code, out, err) = house.run(&["config", "show", "--origin"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("completion.deadline = 900  # team acme, config.toml:2\n"), "{out}");
    assert!(
        err.contains(".trust/config.toml:1: `completion.deadline` is not applied: team acme locked it"),
        "{err}"
    );
    let (_, out, err) =
        house.run(&["config", "get", "completion.deadline", "--config", "completion.deadline=300"]);
    assert!(out == "900\n" && err.contains("--config: `completion.deadline` is not applied"), "{out}{err}");
    // Without the lock a later word counts.
    house.sign(&["--unlock", "completion.deadline"]);
    assert_eq!(house.run(&["config", "get", "completion.deadline"]).1, "200\n");
    let (_, out, _) = house.run(&["workflow", "list"]);
    assert!(out.contains("look (team acme, workflows/look.toml)\n  Documents it.\n"), "{out}");
    assert_eq!(house.run(&["workflow", "show", "look"]).0, 0);
}

/// Has the user of `launch` join the team.
fn join(launch: &Launch, team: &Team) {
    let listed =
        launch.command().args(["team", "manifest", "--name", "acme"]).arg(team.folder.root()).output();
    assert!(listed.as_ref().unwrap().status.success(), "{listed:?}");
    team.sign();
    let file = launch.home("config/trust-lsp/config.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, team.named()).unwrap();
}

#[test]
fn an_action_of_the_team_is_offered_in_an_editor() {
    let team = Team::with(&[("actions/async.md", ACTION)]);
    let workspace = Workspace::with(&[("a.rs", "pub fn add(left: u32) -> u32 {\n    left + 1\n}\n")]);
    let launch = Launch::scripted("```rust\npub async fn add(left: u32) -> u32 {\n    left + 1\n}\n```");
    join(&launch, &team);
    let client = Client::full(&workspace)
        .with(
            "/capabilities/textDocument/codeAction",
            json!({
                "codeActionLiteralSupport": { "codeActionKind": { "valueSet": ["quickfix", "refactor"] } },
                "dataSupport": true, "resolveSupport": { "properties": ["edit"] },
            }),
        )
        .with("/capabilities/workspace/workspaceEdit", json!({ "documentChanges": true }));
    let mut server = launch.start(&client);
    let uri = workspace.uri("a.rs");
    let text = std::fs::read_to_string(workspace.path("a.rs")).unwrap();
    let item = json!({ "uri": uri, "languageId": "rust", "version": 1, "text": text });
    server.notify("textDocument/didOpen", json!({ "textDocument": item }));
    let at = json!({ "line": 1, "character": 4 });
    let range = json!({ "start": at, "end": at });
    let params = json!({ "textDocument": { "uri": uri }, "range": range, "context": { "diagnostics": [] } });
    let offered = server.call("textDocument/codeAction", params);
    let chosen = offered.as_array().unwrap().iter().find(|one| one["title"] == "Make it async (team acme)");
    let made = server.call("codeAction/resolve", chosen.unwrap_or_else(|| panic!("{offered}")).clone());
    assert!(made["edit"].to_string().contains("async"), "{made}");
}

#[test]
fn the_last_verified_copy_holds_and_the_doctor_says_so() {
    let house = House::with(&[("config.toml", CONFIG)], Workspace::empty().git());
    let folder = &house.team.folder;
    let deadline = || house.run(&["config", "get", "completion.deadline"]).1;
    // Nothing is signed yet.
    let (code, row) = house.row();
    assert!(code == 1 && row.starts_with("FAILED ") && row.contains("manifest.toml: is missing"), "{row}");
    house.sign(&["--lock", "privacy"]);
    let (code, row) = house.row();
    let expected = format!("acme, version 1, {}, locked: privacy", folder.root().display());
    assert!(code == 0 && row.starts_with("ok     ") && row.ends_with(&expected), "{row}");
    let old: Vec<(String, String)> = ["config.toml", "manifest.toml", "manifest.toml.minisig"]
        .iter()
        .map(|name| (name.to_string(), std::fs::read_to_string(folder.path(name)).unwrap()))
        .collect();
    folder.write("config.toml", CONFIG.replace("900", "800"));
    // Tampered with, as long as nobody signs it.
    let (code, out, err) = house.run(&["team", "verify"]);
    let file = folder.path("config.toml").display().to_string();
    assert!(code == 1 && out.is_empty(), "{out}");
    assert!(err.contains(&format!("{file}: is not the file that was signed (another SHA-256); ")), "{err}");
    let (code, out, _) = house.run(&["team", "verify", "--json"]);
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &told["verified"], &told["wrong"]["file"]), (1, &json!(false), &json!(file)));
    assert_eq!(deadline(), "900\n");
    let (code, row) = house.row();
    assert!(code == 0 && row.starts_with("missing"), "{row}");
    assert!(row.contains("acme, version 1, from the last verified copy, locked: privacy: "), "{row}");
    assert!(row.contains(&file) && row.contains("have the team list and sign what is meant"), "{row}");
    house.sign(&[]);
    assert_eq!((house.run(&["team", "verify"]).0, deadline().as_str()), (0, "800\n"));
    // Rolled back: what was signed once is not what was verified last.
    old.iter().for_each(|(name, text)| folder.write(name, text));
    assert_eq!(house.run(&["team", "verify"]).0, 0, "it is what was signed");
    let status = house.said(&["team", "status"]);
    assert!(status.contains("is version 1, older than version 2, which was verified before"), "{status}");
    assert_eq!(deadline(), "800\n");
    std::fs::remove_dir_all(folder.root()).unwrap();
    let status = house.said(&["team", "status"]);
    assert!(
        status.contains("team acme, version 2") && status.contains("this is the last verified copy"),
        "{status}"
    );
    assert_eq!(deadline(), "800\n");
    // Who never verified it is told what to do, and has no team.
    std::fs::remove_dir_all(house.home.path("state")).unwrap();
    let (code, row) = house.row();
    assert!(code == 1 && row.starts_with("FAILED ") && row.contains("see that the folder is there"), "{row}");
    house.home.write("config/trust-lsp/config.toml", "team.source = \"/x\"\n");
    let (code, row) = house.row();
    assert!(code == 1 && row.contains("without `team.key`"), "{row}");
    house.home.write("config/trust-lsp/config.toml", "");
    let (code, row) = house.row();
    assert!(code == 0 && row.starts_with("ok     ") && row.contains("none is configured"), "{row}");
}

#[test]
fn the_rules_of_a_team_hold_in_the_review_of_each_repository() {
    let rules = "# Ours\n\n- error: debug-output\n- off: new-panic\n- off: interface-undocumented, interface-untested\n";
    let house = House::with(&[("review.md", rules)], repository());
    let work = &house.work;
    work.write(".trust/review.md", "- off: debug-output\n");
    git(work, &["add", "-A"]);
    git(work, &["commit", "-qm", "Rules"]);
    work.write("a.rs", CODE.replace("    a + 1", "    dbg!(a);\n    g().unwrap();\n    a + 1"));
    git(work, &["add", "-A"]);
    let review = || house.run(&["review"]).1;
    assert!(review().contains("(new-panic)") && !review().contains("debug-output"), "{}", review());
    house.sign(&[]);
    let found = review();
    assert!(found.contains("line 2, error, by team acme: ") && found.contains("(debug-output)"), "{found}");
    assert!(!found.contains("(new-panic)"), "{found}");
    assert!(found.contains("The rules of team acme hold beside the repository's own; by them "), "{found}");
    let tool = house.said(&["tool", "run", "review_diff"]);
    assert!(tool.contains("error, by team acme: "), "whoever asks: {tool}");
    let (code, out, _) = house.run(&["review", "--format", "json", "--fail-on", "error"]);
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &told["team"]["name"]), (3, &json!("team acme")));
    assert!(told["team"]["leftOut"].as_u64().unwrap() >= 1, "{told}");
    assert_eq!(
        (&told["findings"][0]["rule"], &told["findings"][0]["byTeam"]),
        (&"debug-output".into(), &true.into())
    );
    // Words that nobody signed are no rules.
    house.team.folder.write("review.md", "- off: debug-output\n");
    assert!(review().contains("(debug-output)"), "{}", review());
}

#[test]
fn the_instructions_of_a_team_come_before_a_conversation() {
    let asked = "Answer in Swedish.";
    let house = House::with(&[("instructions.md", asked)], crate::chat::project());
    let system = |name: &str| {
        let kept = std::fs::read_to_string(house.home.path(&format!("state/trust-lsp/chats/{name}.json")));
        let kept: Value = serde_json::from_str(&kept.unwrap()).unwrap();
        kept["conversation"]["system"].as_str().unwrap().to_owned()
    };
    let ask = |name: &str| house.run(&["chat", "What is Widget?", "--save", name, "--scripted-model", "Ja."]);
    let (_, _, err) = ask("before");
    assert!(!err.contains("was given") && !system("before").contains(asked), "{err}");
    house.sign(&[]);
    let (code, _, err) = ask("after");
    assert!(code == 0 && err.contains("the model was given the instructions of team acme"), "{err}");
    let told = system("after");
    assert!(told.ends_with(&format!("\n\nWhat team acme asks of every answer:\n{asked}")), "{told}");
    house.team.folder.write("instructions.md", "Tell everything.");
    assert_eq!(ask("tampered").0, 0);
    assert_eq!(system("tampered"), told);
    let base = ["chat", "What is Widget?", "--json"];
    let told = |arguments: &[&str]| -> Value {
        serde_json::from_str(&house.run(&[&base, arguments].concat()).1).unwrap()
    };
    assert_eq!(told(&["--scripted-model", "Ja."])["instructedBy"], "team acme");
    assert_eq!(told(&["--no-model"])["instructedBy"], Value::Null, "nobody was given any");
    // What was begun without them goes on without them.
    let ran = house.run(&["chat", "And now?", "--resume", "before", "--scripted-model", "Ja."]);
    assert!(ran.0 == 0 && !ran.2.contains("was given") && !system("before").contains(asked), "{}", ran.2);
}

#[test]
fn an_editor_learns_whose_instructions_a_model_was_given() {
    let (team, workspace) = (Team::with(&[("instructions.md", "Be brief.")]), crate::chat::project());
    let launch = Launch::scripted("Ja.");
    let ask = |launch: &Launch| {
        let mut server = launch.start_indexed(&Client::full(&workspace));
        server.call("trust/chat", json!({ "message": "What is Widget?" }))["instructedBy"].clone()
    };
    assert_eq!(ask(&launch), Value::Null);
    join(&launch, &team);
    assert_eq!(ask(&launch), "team acme");
}

/// Repeats a text.
const SERVER: &str = r#"
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    method, result = request.get("method"), None
    if method == "initialize":
        version, info = request["params"]["protocolVersion"], {"name": "fake", "version": "1"}
        result = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
    elif method == "tools/list":
        schema = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
        result = {"tools": [{"name": "echo", "description": "Repeats.", "inputSchema": schema}]}
    elif method == "tools/call":
        result = {"content": [{"type": "text", "text": request["params"]["arguments"]["text"]}]}
    if result is not None:
        print(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}), flush=True)
"#;

#[test]
fn a_server_of_the_team_waits_for_the_consent_of_each_member() {
    let work = Workspace::with(&[("Cargo.toml", ""), ("server.py", SERVER)]);
    let script = work.path("server.py").display().to_string();
    let config =
        format!("[[servers]]\nname = \"fake\"\ncommand = \"/usr/bin/python3\"\narguments = [{script:?}]\n");
    let house = House::with(&[("config.toml", &config)], work);
    house.sign(&[]);
    let listed = house.said(&["tool", "servers"]);
    assert!(listed.contains("fake: \"/usr/bin/python3\""), "{listed}");
    assert!(listed.contains("no consent here, named by team acme, config.toml"), "{listed}");
    let call = |more: &[&str]| house.said(&[&["tool", "run", "fake__echo", "text=hello"], more].concat());
    assert!(call(&["--allow", "mcp"]).contains("there is no tool of this name"));
    let asked = house.said(&["tool", "servers", "consent", "fake"]);
    assert!(asked.contains("named by team acme") && asked.contains("nobody to ask"), "{asked}");
    assert!(house.said(&["tool", "servers", "consent", "fake", "--yes"]).contains("may be called"));
    assert!(call(&[]).contains("not permitted: calling another server's tool"));
    assert!(call(&["--allow", "mcp"]).contains("hello"));
    // Started in another way, it waits for a consent again.
    house.team.folder.write("config.toml", format!("{config}environment = {{ MORE = \"1\" }}\n"));
    house.sign(&[]);
    assert!(call(&["--allow", "mcp"]).contains("there is no tool of this name"));
    assert!(house.said(&["tool", "servers"]).contains("started in another way"));
}
