//! Another model takes the place of the one that answers, while requests are in flight.

use crate::model_store::other_model;
use serde_json::{Value, json};
use trust_tests::{Client, Document, Launch, Server, Workspace};

/// The bundled model under another name, and with another weight.
fn renamed(number: u8) -> Vec<u8> {
    let mut bytes = other_model(number);
    let name = b"trust-nano";
    let at = bytes.windows(name.len()).position(|window| window == name).unwrap();
    bytes[at + name.len() - 1] = b'0' + number;
    bytes
}

/// A session with models `one` and `two` in the store; the bundled one answers.
fn begin(workspace: &Workspace) -> (Launch, Server) {
    // Machines are slow, and no query may end by that.
    let launch = Launch::bundled().with(&["--config", "completion.deadlineInvoked=60000"]);
    for (number, name) in [(1, "one"), (2, "two")] {
        workspace.write("model.gguf", renamed(number));
        let import = launch
            .command()
            .args(["models", "import", "--name", name])
            .arg(workspace.path("model.gguf"))
            .output();
        assert!(import.unwrap().status.success());
    }
    workspace.remove("model.gguf");
    let server = launch.start_indexed(&Client::full(workspace));
    (launch, server)
}

fn model(server: &mut Server) -> Value {
    server.call("trust/status", json!({}))["model"].clone()
}

/// A document at whose cursor the model is asked, another one for each number.
fn document(workspace: &Workspace, number: usize) -> Document {
    let (left, right) = (format!("left_{number}"), format!("right_{number}"));
    let text = format!("fn add_{number}({left}: i32, {right}: i32) -> i32 {{\n    {left} + ‸\n}}\n");
    Document::rust(workspace.uri(&format!("doc{number}.rs")), &text)
}

#[test]
fn no_request_is_dropped_while_another_model_takes_over() {
    const ROUND: usize = 8;
    let workspace = Workspace::empty();
    let (_launch, mut server) = begin(&workspace);
    let mut asked = 0;
    for (turn, name) in ["one", "two", "bundled", "two"].into_iter().enumerate() {
        let documents: Vec<Document> =
            (0..3 * ROUND).map(|number| document(&workspace, turn * 100 + number)).collect();
        documents.iter().for_each(|document| server.open(document));
        let mut requests = Vec::new();
        let mut ask = |server: &mut Server, documents: &[Document]| {
            for document in documents {
                let mut params = document.here(server.encoding());
                params["context"] = json!({"triggerKind": 1});
                requests.push(server.request("textDocument/inlineCompletion", params));
            }
        };
        // Some are in flight and some wait when the wish comes, some come while the other is loaded, some after.
        ask(&mut server, &documents[..ROUND]);
        let switch = server.request("trust/useModel", json!({"model": name}));
        ask(&mut server, &documents[ROUND..2 * ROUND]);
        let used = server.reply(switch).unwrap();
        assert_eq!(used["configured"], name, "{used}");
        ask(&mut server, &documents[2 * ROUND..]);
        for request in requests {
            server.reply(request).unwrap_or_else(|error| panic!("a request was dropped: {error:?}"));
            asked += 1;
        }
        let status = server.call("trust/status", json!({}));
        let wanted = if name == "bundled" {
            "trust-nano"
        } else {
            ["trust-nan1", "trust-nan2"][usize::from(name == "two")]
        };
        assert_eq!((&status["model"]["name"], &used["name"]), (&json!(wanted), &json!(wanted)), "{status}");
        // Each was answered by a model: by the old one or the new one, never by none.
        assert_eq!(status["completions"]["queries"], asked, "{status}");
        assert_eq!(status["completions"]["toModel"], asked, "{status}");
    }
    assert!(!server.log().contains("gave no answer"), "{}", server.log());
}

#[test]
fn a_change_of_the_file_is_followed_and_a_word_of_the_session_counts_for_more() {
    let workspace = Workspace::empty();
    let (launch, mut server) = begin(&workspace);
    let run = |model: &str| {
        let output = launch.command().args(["models", "use", model]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    run("one");
    server.wait_for("the model of the file", |status| status["model"]["name"] == "trust-nan1");
    server.call("trust/useModel", json!({"model": "two"}));
    assert_eq!(model(&mut server)["name"], "trust-nan2");
    run("bundled");
    server.listen(std::time::Duration::from_millis(2_500));
    assert_eq!(model(&mut server)["name"], "trust-nan2");
    // Taken back, the file counts again.
    let used = server.call("trust/useModel", json!({"model": null}));
    assert_eq!((&used["name"], &used["configured"]), (&json!("trust-nano"), &json!("bundled")));
    // What is saved is in the file, and the next change of that is followed.
    server.call("trust/useModel", json!({"model": "one", "save": true}));
    let file = std::fs::read_to_string(launch.home("config/trust-lsp/config.toml")).unwrap();
    assert!(file.contains("path = \"one\""), "{file}");
    run("none");
    server.wait_for("no model", |status| status["model"]["state"] == "none");
    run("two");
    server.wait_for("a model again", |status| status["model"]["name"] == "trust-nan2");
}

#[test]
fn a_model_that_does_not_load_leaves_the_old_one_and_says_why() {
    let workspace = Workspace::empty();
    let (launch, mut server) = begin(&workspace);
    server.call("trust/useModel", json!({"model": "one"}));
    workspace.write("cut.gguf", &renamed(3)[..9_000]);
    let cut = workspace.path("cut.gguf");
    let cases = [
        ("three", "no model \"three\""),
        (cut.to_str().unwrap(), "incomplete"),
        ("/none.gguf", "/none.gguf"),
    ];
    for (name, expected) in cases {
        let error = server.call_error("trust/useModel", json!({"model": name}));
        assert_eq!(error.code, -32803, "{error:?}");
        assert!(
            error.message.contains("goes on with trust-nan1") && error.message.contains(expected),
            "{error:?}"
        );
        let model = model(&mut server);
        assert_eq!((&model["state"], &model["name"]), (&json!("ready"), &json!("trust-nan1")));
    }
    let error = server.call_error("trust/useModel", json!({"model": "relative/path"}));
    assert_eq!(error.code, -32602, "{error:?}");
    server.call("trust/useModel", json!({"model": null}));
    // The same where a file of the configuration asks for it.
    let file = launch.home("config/trust-lsp/config.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, "model.path = \"three\"\n").unwrap();
    let shown = server.expect_notification("window/showMessage");
    assert!(
        shown["message"].as_str().is_some_and(|told| told.contains("goes on with trust-nano")),
        "{shown}"
    );
    let document = document(&workspace, 1);
    server.open(&document);
    server.inline_invoked(&document);
    assert_eq!(server.call("trust/status", json!({}))["completions"]["toModel"], 1);
}

#[test]
fn models_are_listed_and_chosen_by_commands_too() {
    let workspace = Workspace::empty();
    let (_launch, mut server) = begin(&workspace);
    let listed = server.call("trust/models", json!({}));
    let names: Vec<&str> =
        listed["models"].as_array().unwrap().iter().map(|model| model["name"].as_str().unwrap()).collect();
    assert_eq!((names, &listed["configured"]), (vec!["trust-nano", "one", "two"], &json!("bundled")));
    let command = |command: &str, argument: Value| json!({"command": command, "arguments": [argument]});
    server.call("workspace/executeCommand", command("trust.useModel", json!({"model": "two"})));
    assert_eq!(model(&mut server)["name"], "trust-nan2");
    let shown = server.expect_notification("window/showMessage");
    assert_eq!(shown["message"], "trust-nan2 answers from now on.");
    // Whoever names none is asked.
    for (answer, expected) in [(json!({"title": "one"}), "trust-nan1"), (Value::Null, "trust-nan1")] {
        let request = server.request("workspace/executeCommand", json!({"command": "trust.useModel"}));
        let (id, question) = server.expect_request("window/showMessageRequest");
        assert_eq!(question["actions"][2]["title"], "two", "{question}");
        server.answer(&id, answer.clone());
        server.reply(request).unwrap();
        if !answer.is_null() {
            server.expect_notification("window/showMessage");
        }
        assert_eq!(model(&mut server)["name"], expected);
    }
    server.call("workspace/executeCommand", json!({"command": "trust.models"}));
    server.expect_notification("window/showMessage");
}

#[test]
fn a_model_that_nobody_asks_rests_and_the_next_query_has_it_back() {
    let workspace = Workspace::empty();
    let launch = Launch::bundled().with(&["--config", "model.idleUnload=0.02"]);
    let mut server = launch.start_indexed(&Client::full(&workspace));
    for turn in 1..3 {
        server.wait_for("the model to rest", |status| status["model"]["state"] == "resting");
        assert_eq!(model(&mut server)["name"], "trust-nano");
        let document = document(&workspace, turn);
        server.open(&document);
        server.inline_invoked(&document);
        let completions = server.call("trust/status", json!({}))["completions"].clone();
        assert_eq!(completions["toModel"], turn, "{completions}");
    }
    // Another one may be chosen while it rests.
    server.wait_for("the model to rest", |status| status["model"]["state"] == "resting");
    let used = server.call("trust/useModel", json!({"model": "none"}));
    assert_eq!((&used["name"], &model(&mut server)["state"]), (&Value::Null, &json!("none")));
}

#[test]
fn a_conversation_may_have_a_model_of_its_own_which_is_loaded_when_it_is_asked() {
    let workspace = Workspace::empty();
    let (launch, mut server) = begin(&workspace);
    let run = |arguments: &[&str]| {
        let output = launch.command().args(["models", "use"]).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let talker = |server: &mut Server| server.call("trust/status", json!({}))["chatModel"].clone();
    assert_eq!(talker(&mut server), Value::Null);
    run(&["one", "--for", "chat"]);
    server.wait_for("a model for conversations", |status| status["chatModel"]["state"] == "resting");
    let ask = |server: &mut Server| {
        let answer = server.call("trust/chat", json!({"message": "what is here?", "words": "always"}));
        answer["model"].clone()
    };
    assert_eq!(
        (ask(&mut server), talker(&mut server)["state"].clone()),
        (json!("trust-nan1"), json!("ready"))
    );
    // Reviews ask it too, and what completes is as it was.
    assert_eq!(server.call("trust/status", json!({}))["reviewModel"]["name"], "trust-nan1");
    let document = document(&workspace, 1);
    server.open(&document);
    server.inline_invoked(&document);
    assert_eq!(model(&mut server)["name"], "trust-nano");
    let used = server.call("trust/useModel", json!({"model": "two", "task": "chat"}));
    assert_eq!((&used["name"], &used["configured"]), (&json!("trust-nan2"), &json!("two")));
    assert_eq!(ask(&mut server), "trust-nan2");
    let error = server.call_error("trust/useModel", json!({"model": "three", "task": "chat"}));
    assert!(
        error.message.contains("goes on with trust-nan2") && error.message.contains("three"),
        "{error:?}"
    );
    assert_eq!(ask(&mut server), "trust-nan2");
    let listed = server.call("trust/models", json!({}));
    assert_eq!((&listed["configured"], &listed["chat"]), (&json!("bundled"), &json!("two")));
    let of = |at: usize| listed["models"][at]["tasks"].clone();
    assert_eq!((of(0), of(1), of(2)), (json!(["completion"]), json!([]), json!(["chat", "review"])));
    server.call("trust/useModel", json!({"model": null, "task": "chat"}));
    assert_eq!(ask(&mut server), "trust-nan1");
    run(&["same", "--for", "chat"]);
    server.wait_for("one model for all", |status| status["chatModel"].is_null());
    assert_eq!(ask(&mut server), "trust-nano");
    let error = server.call_error("trust/useModel", json!({"model": "one", "task": "cooking"}));
    assert_eq!(error.code, -32602, "{error:?}");
}

#[test]
fn auto_takes_what_is_best_here_and_says_why() {
    let workspace = Workspace::empty();
    let (launch, _server) = begin(&workspace);
    let run = |arguments: &[&str]| {
        let output = launch.command().arg("models").args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["use", "auto"]);
    run(&["use", "auto", "--for", "chat"]);
    let mut server = launch.start_indexed(&Client::full(&workspace));
    let status = server.call("trust/status", json!({}));
    // Nothing was measured here: what is typed waits for no such model, a conversation may.
    let why = |status: &Value, key: &str| status[key]["why"].as_str().unwrap_or_default().to_owned();
    assert_eq!(status["model"]["name"], "trust-nano", "{status}");
    assert!(why(&status, "model").contains("speed: not measured"), "{status}");
    assert_eq!(status["chatModel"]["name"], "one", "{status}");
    assert!(why(&status, "chatModel").contains("it has a chat template"), "{status}");
    let told = run(&["list"]);
    assert!(told.contains("in use: bundled (user") && told.contains("auto; it has the tokens"), "{told}");
    assert!(told.contains("for chat: one (user"), "{told}");
    let told: Value = serde_json::from_str(&run(&["list", "--json"])).unwrap();
    assert_eq!(
        (&told["inUse"]["chat"]["model"], &told["inUse"]["chat"]["said"]),
        (&json!("one"), &json!("auto"))
    );
    // What is in use is not removed by mistake, whoever chose it.
    let output = launch.command().args(["models", "remove", "one"]).output().unwrap();
    assert!(
        !output.status.success() && String::from_utf8_lossy(&output.stderr).contains("is in use"),
        "{output:?}"
    );
    drop(server);
    let output = launch.command().args(["audit", "show", "--json"]).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("\"chosen\"") && told.contains("chat: it has a chat template"), "{told}");
}
