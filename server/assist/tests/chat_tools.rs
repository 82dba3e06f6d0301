//! Tools in conversations, with a model that a test writes: what is called, what comes of it, and how it ends.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests may fail, write the files that they need, and say what they saw"
)]

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use trust_assist::chat::{Answer, Conversation, Told, Tools, Voice, ask};
use trust_index::{Index, IndexOptions};
use trust_inference::scripted::ScriptedModel;
use trust_inference::{
    CallError, CancelToken, Completion, Event, Finish, FinishReason, InferenceError, Message, Model,
    ModelCard, Request, ToolCall, ToolChoice, TurnRequest, Usage,
};
use trust_tools::{
    Ask, Decision, Disk, Engine, Failure, Nobody, Permissions, Question, Tool, Workspace, builtin,
};

const TOKEN: &str = "q3mUX0vEuRt8kLwQ2nZc7YbJ5sHdA9fPiGoTx";
const WIDGET: &str = "pub struct Widget {\n    sides: u32,\n}\n\npub fn draw() -> u32 {\n    3\n}\n";
const OFFERED: [&str; 6] = ["read_file", "find_symbol", "search_text", "outline", "edit_symbol", "wait"];

/// Waits until nobody wants it any more.
#[derive(Deserialize, JsonSchema)]
struct Wait {}

/// Goes on whether anybody wants it or not.
#[derive(Deserialize, JsonSchema)]
struct Hang {}

struct Project {
    folder: tempfile::TempDir,
    engine: Engine,
    offered: [String; 6],
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("src")).unwrap();
        let secret = format!("pub fn wait() {{\n    let token = \"{TOKEN}\";\n}}\n");
        for (name, text) in [("src/widget.rs", WIDGET), ("src/retry.rs", &secret)] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let root = folder.path().canonicalize().unwrap();
        let roots = vec![root.clone()];
        let index =
            Index::start(IndexOptions { roots: roots.clone(), cache: None, on_state: Box::new(|_| ()) });
        assert!(index.wait_ready(Duration::from_secs(30)));
        let wait = Tool::reading("wait", |context: &trust_tools::Context, _: Wait| {
            while !context.cancel.is_cancelled() {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(Failure::Cancelled)
        });
        let hang = Tool::reading("hang", |_: &trust_tools::Context, _: Hang| {
            std::thread::sleep(Duration::from_secs(2));
            Err(Failure::Cancelled)
        });
        let tools = builtin().with(vec![wait, hang.within(Duration::from_millis(50))]);
        let workspace = Workspace::new(index.into(), Box::new(Disk::new(roots)));
        let engine = Engine::new(tools, workspace, Permissions::new(root, None));
        Self { folder, engine, offered: OFFERED.map(str::to_owned) }
    }

    fn ask(
        &self,
        talk: &mut Conversation,
        (model, asked): (&dyn Model, &dyn Ask),
        cancel: &CancelToken,
        tell: &mut dyn FnMut(Told<'_>),
    ) -> Answer {
        let tools = Some(Tools { engine: &self.engine, offered: &self.offered, ask: asked });
        let snapshot = self.engine.workspace().index.snapshot();
        let voice = Some(Voice { model, tools });
        ask(talk, ("What draws itself?", None), &snapshot, voice, cancel, tell).unwrap()
    }
}

fn conversation() -> Conversation {
    Conversation::new("project", &[("rust", 2)])
}

fn card(context_length: u32) -> ModelCard {
    ModelCard { name: "script".into(), parameters: 0, context_length, fim: None }
}

fn made(index: u32, name: &str, call: Result<Value, CallError>) -> Vec<Event> {
    let id = format!("call_{index}");
    let call = call.map(|arguments| ToolCall { id: id.clone(), name: name.into(), arguments });
    let start = Event::CallStarted { index, id, name: name.into() };
    vec![start, Event::CallEnded { index, call: Box::new(call) }]
}

fn calls(name: &str, arguments: Value) -> Vec<Event> {
    made(0, name, Ok(arguments))
}

fn says(text: &str) -> Vec<Event> {
    vec![Event::Text { text: text.into(), logprob: -0.1, tokens: 1 }]
}

/// The results that the model read before each of its turns, and whether it might call something then.
fn read(model: &ScriptedModel) -> Vec<(Vec<String>, bool)> {
    let results = |message: &Message| match message {
        Message::ToolResult { text, .. } => Some(text.clone()),
        _ => None,
    };
    let turn = |asked: &TurnRequest| {
        let results = asked.turn.messages.iter().filter_map(results).collect();
        (results, asked.turn.choice == ToolChoice::Auto)
    };
    model.turns().iter().map(turn).collect()
}

/// Decides always the same, and counts how often it was asked.
struct Decides(Decision, AtomicUsize);

impl Ask for Decides {
    fn ask(&self, question: &Question<'_>) -> Option<Decision> {
        assert!(question.deed.contains("+    4"), "{}", question.deed);
        self.1.fetch_add(1, Ordering::Relaxed);
        Some(self.0)
    }
}

#[test]
fn what_is_called_is_answered_and_what_is_wrong_is_told() {
    let two =
        [made(0, "outline", Ok(json!({ "path": "src/widget.rs" }))), made(1, "read_file", Ok(json!({})))];
    let cases: [(&str, Vec<Event>, &str); 9] = [
        ("a call", calls("read_file", json!({ "path": "src/widget.rs" })), "pub struct Widget {"),
        ("a secret", calls("read_file", json!({ "path": "src/retry.rs" })), "let token = \"<***"),
        ("a wrong parameter", calls("read_file", json!({ "file": "a" })), "`path` is required"),
        ("no JSON", made(0, "read_file", Err(CallError::NotJson)), "no JSON object"),
        ("a cut call", made(0, "edit_symbol", Err(CallError::Truncated)), "ends in the middle"),
        ("no such tool", made(0, "fly", Err(CallError::UnknownTool)), "no tool of this name"),
        ("a tool that is not offered", calls("apply_patch", json!({ "patch": "" })), "no tool of this name"),
        ("a missing file", calls("read_file", json!({ "path": "src/gone.rs" })), "there is no file"),
        ("two calls", two.concat(), "struct Widget"),
    ];
    let project = Project::new();
    for (what, turn, expected) in cases {
        let model = ScriptedModel::new(card(4096), "").with_turns([turn, says("It is so."), says("Again.")]);
        let mut talk = conversation();
        let mut told = Vec::new();
        let answer = project.ask(&mut talk, (&model, &Nobody), &CancelToken::new(), &mut |one| match one {
            Told::Calls { name, .. } => told.push(name.to_owned()),
            Told::Result { text, .. } => told.push(text.to_owned()),
            Told::Found(..) | Told::Text(_) => {}
        });
        assert_eq!((answer.wording.as_deref(), answer.cut), (Some("It is so."), false), "{what}");
        let read = read(&model);
        assert_eq!(read.len(), 2, "{what}");
        assert!(read[1].0.len() == 1 && read[1].0[0].contains(expected), "{what}: {read:?}");
        assert!(told.len() == 2 && told[1] == read[1].0[0], "{what}: {told:?}");
        // Of what was read nothing is kept, and the conversation goes on.
        let kept = serde_json::to_string(&talk).unwrap();
        assert!(
            !kept.contains("sides") && !kept.contains(TOKEN) && kept.contains("(seen then:"),
            "{what}: {kept}"
        );
        assert_eq!(serde_json::from_str::<Conversation>(&kept).unwrap().questions(), 1);
        project.ask(&mut talk, (&model, &Nobody), &CancelToken::new(), &mut |_| ());
        assert!(model.turns()[2].turn.messages.iter().any(|message| message.text() == "It is so."), "{what}");
    }
    // Who was not made to call anything is offered nothing.
    let plain = trust_dialect::Talker::new(
        ScriptedModel::new(card(4096), "Words."),
        trust_dialect::Dialect::of(None, "", ""),
    );
    project.ask(&mut conversation(), (&plain, &Nobody), &CancelToken::new(), &mut |_| ());
    assert!(plain.model().requests()[0].constraint.is_none());
}

#[test]
fn what_changes_files_is_asked_about() {
    let edit =
        json!({ "path": "src/widget.rs", "symbol": "draw", "source": "pub fn draw() -> u32 {\n    4\n}\n" });
    let cases: [(Option<Decision>, &str, usize); 3] = [
        (None, "nobody to ask", 0),
        (Some(Decision::No), "not permitted: changing files was refused", 1),
        (Some(Decision::Once), "done:", 1),
    ];
    for (decision, expected, asked) in cases {
        let project = Project::new();
        let model =
            ScriptedModel::new(card(4096), "").with_turns([calls("edit_symbol", edit.clone()), says("So.")]);
        let decides = decision.map(|decision| Decides(decision, AtomicUsize::new(0)));
        let who: &dyn Ask = decides.as_ref().map_or(&Nobody, |decides| decides);
        project.ask(&mut conversation(), (&model, who), &CancelToken::new(), &mut |_| ());
        let result = &read(&model)[1].0[0];
        assert!(result.contains(expected), "{decision:?}: {result}");
        assert_eq!(decides.map_or(0, |decides| decides.1.into_inner()), asked, "{decision:?}");
        let text = std::fs::read_to_string(project.folder.path().join("src/widget.rs")).unwrap();
        assert_eq!(text != WIDGET, decision == Some(Decision::Once), "{decision:?}");
    }
}

#[test]
fn loops_end_with_words() {
    let letter = |at: usize| json!({ "path": format!("src/{at}.rs") });
    let good = |at: usize| json!({ "path": "src/widget.rs", "first_line": at + 1 });
    let cases: [(&str, &dyn Fn(usize) -> Vec<Event>, usize); 4] = [
        ("the same call", &|_| calls("read_file", good(0)), 4),
        ("two that take turns", &|at| calls("read_file", good(at % 2)), 6),
        ("failures", &|at| calls("read_file", letter(at)), 4),
        ("ever new ones", &|at| calls("search_text", json!({ "text": format!("draw{at}") })), 9),
    ];
    let project = Project::new();
    for (what, turn, turns) in cases {
        let model = ScriptedModel::new(card(4096), "").with_turns((0..40).map(turn));
        let answer = project.ask(&mut conversation(), (&model, &Nobody), &CancelToken::new(), &mut |_| ());
        let read = read(&model);
        assert_eq!(read.len(), turns, "{what}");
        let may: Vec<bool> = read.iter().map(|turn| turn.1).collect();
        assert!(may[..turns - 1].iter().all(|may| *may) && !may[turns - 1], "{what}: {may:?}");
        assert_eq!((answer.wording.as_deref(), answer.cut), (Some(""), false), "{what}");
    }
}

#[test]
fn a_tool_that_works_is_cancelled() {
    let project = Project::new();
    let model = ScriptedModel::new(card(4096), "").with_turns([calls("wait", json!({})), says("No.")]);
    let (mut talk, cancel) = (conversation(), CancelToken::new());
    let answer = project.ask(&mut talk, (&model, &Nobody), &cancel, &mut |told| {
        if matches!(told, Told::Calls { .. }) {
            let cancel = cancel.clone();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(20));
                cancel.cancel();
            });
        }
    });
    assert!(answer.cut && model.turns().len() == 1, "{answer:?}");
    let model = ScriptedModel::new(card(4096), "").with_turns([says("Well.")]);
    let answer = project.ask(&mut talk, (&model, &Nobody), &CancelToken::new(), &mut |_| ());
    assert_eq!(answer.wording.as_deref(), Some("Well."));
}

/// How a turn ends: as it should, with an error, or with neither, since whoever says it is gone.
type End = Option<Result<FinishReason, InferenceError>>;

/// Says what a test wrote, and fails where it says so.
struct Faulty {
    card: ModelCard,
    turns: Mutex<VecDeque<(Vec<Event>, End)>>,
    asked: Mutex<Vec<TurnRequest>>,
}

impl Model for Faulty {
    fn card(&self) -> &ModelCard {
        &self.card
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.len().div_ceil(4)
    }

    fn calls_tools(&self) -> bool {
        true
    }

    fn generate(&self, _request: Request) -> Receiver<Result<Event, InferenceError>> {
        channel().1
    }

    fn converse(&self, request: TurnRequest) -> Receiver<Result<Event, InferenceError>> {
        let (sender, receiver) = channel();
        self.asked.lock().unwrap().push(request);
        let (events, end) = self.turns.lock().unwrap().pop_front().unwrap();
        let done = |reason| {
            let (completion, others, usage) = (Completion::Natural, Vec::new(), Usage::default());
            Event::Done(Finish { reason, completion, logprob: 0.0, others, usage })
        };
        let end = end.map(|end| end.map(done));
        events.into_iter().map(Ok).chain(end).for_each(|event| sender.send(event).unwrap());
        receiver
    }
}

#[test]
fn after_each_failure_the_conversation_goes_on() {
    let (well, full) =
        (|| Some(Ok(FinishReason::EndOfText)), InferenceError::PromptTooLong { prompt: 9, context: 4 });
    let fails = |error: InferenceError| Some(Err(error));
    let endpoint = || fails(InferenceError::Model("box: its answer broke off".into()));
    let grammar = || fails(InferenceError::Constraint("no such rule".into()));
    // What goes wrong; the turns that answer the first question; what is said of it; and a part of its error, or none.
    type Turns = Vec<(Vec<Event>, End)>;
    let cases: [(&str, Turns, &str, Option<&str>); 9] = [
        ("the endpoint dies in the midst", vec![(says("Half of"), endpoint())], "Half of", Some("broke off")),
        ("it dies before a word", vec![(vec![], endpoint())], "", Some("broke off")),
        (
            "the model is unloaded",
            vec![(vec![], fails(InferenceError::Gone))],
            "",
            Some("not running any more"),
        ),
        ("it goes without a word", vec![(says("Half of"), None)], "Half of", Some("not running any more")),
        (
            "the context overflows once",
            vec![(vec![], fails(full.clone())), (says("Short."), well())],
            "Short.",
            None,
        ),
        (
            "it overflows whatever is left out",
            vec![(vec![], fails(full.clone())), (vec![], fails(full.clone()))],
            "",
            Some("the model's context holds 4"),
        ),
        ("the grammar refuses", vec![(vec![], grammar())], "", Some("held to its form: no such rule")),
        (
            "a tool hangs",
            vec![(calls("hang", json!({})), well()), (says("Too slow."), well())],
            "Too slow.",
            None,
        ),
        (
            "the endpoint dies behind a call",
            vec![(calls("outline", json!({ "path": "src/widget.rs" })), well()), (vec![], endpoint())],
            "",
            Some("broke off"),
        ),
    ];
    let mut project = Project::new();
    project.offered[5] = "hang".into();
    for (what, turns, said, failed) in cases {
        let count = turns.len();
        let turns = turns.into_iter().chain([(says("And on."), well())]).collect();
        let model = Faulty { card: card(4096), turns: Mutex::new(turns), asked: Mutex::default() };
        let (mut talk, mut results) = (conversation(), Vec::new());
        let answer = project.ask(&mut talk, (&model, &Nobody), &CancelToken::new(), &mut |one| {
            if let Told::Result { text, good, .. } = one {
                results.push((text.to_owned(), good));
            }
        });
        assert_eq!(answer.wording.as_deref(), Some(said), "{what}");
        let told = answer.failed.as_deref();
        assert!(
            told.is_some_and(|told| failed.is_some_and(|part| told.contains(part))) || told == failed,
            "{what}: {told:?}"
        );
        if what == "a tool hangs" {
            assert!(
                matches!(&results[..], [(text, false)] if text.contains("given up after")),
                "{results:?}"
            );
        }
        // What the facts say does not depend on a model.
        assert!(answer.facts.contains("src/widget.rs"), "{what}: {}", answer.facts);
        assert_eq!(model.asked.lock().unwrap().len(), count, "{what}");
        let mut talk: Conversation = serde_json::from_str(&serde_json::to_string(&talk).unwrap()).unwrap();
        let answer = project.ask(&mut talk, (&model, &Nobody), &CancelToken::new(), &mut |_| ());
        let heard = (answer.wording.as_deref(), answer.failed, answer.cut, talk.questions());
        assert_eq!(heard, (Some("And on."), None, false, 2), "{what}");
        let asked = model.asked.lock().unwrap();
        let read = &asked.last().unwrap().turn.messages;
        let questions = read
            .iter()
            .filter(|message| matches!(message, Message::User(text) if text.contains("draws itself")));
        assert!(questions.count() >= 1, "{what}: {read:?}");
    }
}

/// Says anything at all, by chance.
struct Random {
    card: ModelCard,
    dice: Mutex<fastrand::Rng>,
    turns: AtomicUsize,
}

impl Random {
    fn turn(&self, may_call: bool) -> (Vec<Event>, FinishReason, Option<InferenceError>) {
        let mut dice = self.dice.lock().unwrap();
        let mut events = Vec::new();
        if dice.u8(..4) == 0 {
            events.extend(says(&"word [1] src/widget.rs:1 ".repeat(dice.usize(..80))));
        }
        let count = if may_call || dice.u8(..8) == 0 { dice.u32(..3) } else { 0 };
        for index in 0..count {
            let name = ["read_file", "find_symbol", "search_text", "outline", "edit_symbol", "fly", ""]
                [dice.usize(..7)];
            let text = ["src/widget.rs", "draw", "Widget", "", "src/gone.rs"][dice.usize(..5)];
            let call = match dice.u8(..8) {
                0 => Err(CallError::Truncated),
                1 => Err(CallError::Schema("path".into())),
                2 => Ok(json!({ "path": text, "first_line": dice.i32(..) })),
                3 => Ok(json!({ "name": text })),
                4 => Ok(json!({ "text": text })),
                5 => Ok(json!({ "path": "src/widget.rs", "symbol": "draw", "source": text })),
                _ => Ok(json!({ "path": text })),
            };
            events.extend(made(index, name, call));
        }
        let reasons =
            [FinishReason::EndOfText, FinishReason::Budget, FinishReason::Deadline, FinishReason::Stop];
        let error = (dice.u8(..20) == 0).then_some(InferenceError::Gone);
        (events, reasons[dice.usize(..4)], error)
    }
}

impl Model for Random {
    fn card(&self) -> &ModelCard {
        &self.card
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.len().div_ceil(4)
    }

    fn calls_tools(&self) -> bool {
        true
    }

    fn generate(&self, _request: Request) -> Receiver<Result<Event, InferenceError>> {
        channel().1
    }

    fn converse(&self, request: TurnRequest) -> Receiver<Result<Event, InferenceError>> {
        let tokens = self.count_turn(&request.turn).unwrap() as u32;
        assert!(tokens < self.card.context_length, "{tokens} of {}", self.card.context_length);
        self.turns.fetch_add(1, Ordering::Relaxed);
        let (events, reason, error) = self.turn(request.turn.choice == ToolChoice::Auto);
        let (sender, receiver) = channel();
        let (completion, others) = (Completion::Natural, Vec::new());
        let done = Event::Done(Finish { reason, completion, logprob: 0.0, others, usage: Usage::default() });
        let end = error.map_or(Ok(done), Err);
        events.into_iter().map(Ok).chain([end]).for_each(|event| sender.send(event).unwrap());
        receiver
    }
}

/// `TRUST_CONVERSATIONS` says how many, where others are wanted.
#[test]
fn conversations_by_chance_all_end() {
    let count = std::env::var("TRUST_CONVERSATIONS").map_or(10_000, |count| count.parse().unwrap());
    let (project, mut longest, mut turns, mut answers) = (Project::new(), 0, 0, 0);
    for seed in 0..count {
        let mut dice = fastrand::Rng::with_seed(seed);
        let context = [768, 1024, 4096, 16_384][dice.usize(..4)];
        let (questions, dice) = (dice.usize(1..5), Mutex::new(dice));
        let mut card = card(context);
        card.parameters = [0, 20_000_000_000][seed as usize % 2];
        let model = Random { card, dice, turns: AtomicUsize::new(0) };
        let mut talk = conversation();
        for _ in 0..questions {
            project.ask(&mut talk, (&model, &Nobody), &CancelToken::new(), &mut |_| ());
            let taken = model.turns.swap(0, Ordering::Relaxed);
            assert!(taken <= 9, "{seed}: {taken} turns");
            (longest, turns, answers) = (longest.max(taken), turns + taken, answers + 1);
        }
        assert_eq!(talk.questions(), questions, "{seed}");
    }
    println!("{count} conversations, {answers} answers, {turns} turns, at most {longest} for one answer");
    let text = std::fs::read_to_string(project.folder.path().join("src/widget.rs")).unwrap();
    assert_eq!(text, WIDGET, "nobody permitted a change");
}
