//! Conversations over a small workspace, with models that a test writes, within contexts that are counted.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests may fail, write the files that they need, and say what they saw"
)]

use serde_json::json;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use trust_assist::chat::{Answer, ChatError, Conversation, Exchange, Focus, Voice, ask};
use trust_dialect::{Dialect, Talker};
use trust_index::{Index, IndexOptions};
use trust_inference::scripted::ScriptedModel;
use trust_inference::{
    CancelToken, Completion, Event, Finish, FinishReason, InferenceError, Message, Model, ModelCard, Piece,
    Prompt, Request, TurnRequest, Usage,
};

const CANARY: &str = "canary_yellow_77f2";
const TOKEN: &str = "q3mUX0vEuRt8kLwQ2nZc7YbJ5sHdA9fPiGoTx";

struct Project {
    folder: tempfile::TempDir,
    index: Index,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let secret = format!("pub fn hidden_{CANARY}() {{}} // widget retry policy {CANARY}\n");
        let files = [
            ("src/widget.rs", "//! Widgets.\n\n/// Draws itself.\npub struct Widget {\n    sides: u32,\n}\n\nimpl Widget {\n    pub fn draw(&self) -> u32 {\n        self.sides\n    }\n}\n".to_owned()),
            ("src/main.rs", "mod widget;\nuse widget::Widget;\n\nfn main() {\n    let widget = Widget { sides: 3 };\n    widget.draw();\n}\n".to_owned()),
            ("src/retry.rs", format!("/// How often a request is sent again.\npub struct RetryPolicy {{\n    limit: u32,\n}}\n\npub fn wait_between_attempts() {{\n    // the token of the service\n    let token = \"{TOKEN}\";\n}}\n")),
            ("src/hidden.rs", secret.clone()),
            (".env", secret),
            (".trustignore", "hidden.rs\n".to_owned()),
        ];
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let roots = vec![folder.path().to_path_buf()];
        let index = Index::start(IndexOptions { roots, cache: None, on_state: Box::new(|_| ()) });
        assert!(index.wait_ready(Duration::from_secs(30)));
        Self { folder, index }
    }

    fn ask(&self, conversation: &mut Conversation, question: &str, model: Option<&dyn Model>) -> Answer {
        let snapshot = self.index.snapshot();
        ask(conversation, (question, None), &snapshot, voice(model), &CancelToken::new(), &mut |_| ())
            .unwrap()
    }
}

fn voice(model: Option<&dyn Model>) -> Option<Voice<'_>> {
    model.map(|model| Voice { model, tools: None })
}

fn conversation() -> Conversation {
    Conversation::new("project", &[("rust", 4)])
}

fn cited(answer: &Answer) -> Vec<String> {
    answer.sources.iter().map(|source| format!("{} {}", source.why.word(), source.place)).collect()
}

/// Counts a token for each four bytes, answers always the same, and refuses what its context does not hold.
struct Counting {
    card: ModelCard,
    reply: String,
    prompts: Mutex<Vec<String>>,
}

impl Counting {
    fn new(context_length: u32, reply: &str) -> Self {
        let card = ModelCard { name: "counting".into(), parameters: 0, context_length, fim: None };
        Self { card, reply: reply.into(), prompts: Mutex::default() }
    }
}

impl Model for Counting {
    fn card(&self) -> &ModelCard {
        &self.card
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.len().div_ceil(4)
    }

    fn generate(&self, request: Request) -> Receiver<Result<Event, InferenceError>> {
        let (sender, receiver) = channel();
        let prompt = self.count_prompt(&request.prompt) as u32;
        self.prompts.lock().unwrap().push(text_of(&request.prompt));
        let context = self.card.context_length;
        if prompt + request.budget.tokens.min(1) > context {
            sender.send(Err(InferenceError::PromptTooLong { prompt, context })).unwrap();
            return receiver;
        }
        let room = ((context - prompt).min(request.budget.tokens) * 4) as usize;
        let text: String = self.reply.chars().take(room).collect();
        let finish = Finish {
            reason: if text.len() < self.reply.len() {
                FinishReason::Budget
            } else {
                FinishReason::EndOfText
            },
            completion: Completion::Natural,
            logprob: 0.0,
            others: Vec::new(),
            usage: Usage { prompt, ..Usage::default() },
        };
        for event in [Event::Text { text, logprob: 0.0, tokens: 1 }, Event::Done(finish)] {
            sender.send(Ok(event)).unwrap();
        }
        receiver
    }
}

fn text_of(prompt: &Prompt) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Control(trust_inference::Control::Template(text)) => text.clone(),
        Piece::Control(_) => String::new(),
    };
    prompt.0.iter().map(text).collect()
}

#[test]
fn what_a_question_names_is_cited_without_a_model() {
    let project = Project::new();
    let cases: [(&str, &[&str]); 6] = [
        ("What is `Widget`?", &["defined src/widget.rs:4-6"]),
        (
            "Where is Widget used?",
            &[
                "defined src/widget.rs:4-6",
                "used src/widget.rs:8",
                "used src/main.rs:2",
                "used src/main.rs:5",
            ],
        ),
        ("what is the widget", &["defined src/widget.rs:4-6"]),
        ("how does the retry policy work", &["defined src/retry.rs:2-4"]),
        ("attempts between requests", &["like src/retry.rs:1-9"]),
        ("where is nothing_of_this_name", &[]),
    ];
    for (question, expected) in cases {
        let answer = project.ask(&mut conversation(), question, None);
        let found = cited(&answer);
        assert_eq!(
            found.iter().take(expected.len()).collect::<Vec<_>>(),
            expected.iter().collect::<Vec<_>>(),
            "{question}: {found:?}"
        );
        assert_eq!((answer.wording, answer.cut), (None, false));
        assert_eq!(expected.is_empty(), answer.facts.contains("holds nothing"), "{}", answer.facts);
        let snapshot = project.index.snapshot();
        let reader = snapshot.reader();
        for source in &answer.sources {
            assert!(
                source.place.text(&reader).unwrap().contains(source.text.lines().next().unwrap_or_default())
            );
        }
    }
    let told = project.ask(&mut conversation(), "What is `Widget`?", None).facts;
    assert_eq!(
        told,
        "`Widget` is defined:\n- [1] src/widget.rs:4-6, struct: `pub struct Widget`\n  Draws itself.\n"
    );
    // What is asked next goes on from the names before.
    let mut talk = conversation();
    project.ask(&mut talk, "What is `Widget`?", None);
    assert!(cited(&project.ask(&mut talk, "and who uses it?", None)).contains(&"used src/main.rs:2".into()));
}

#[test]
fn the_open_lines_come_first_and_excluded_files_are_refused() {
    let project = Project::new();
    let path = project.folder.path().join("src/main.rs");
    let text = "fn main() {\n    let w = Widget { sides: 3 };\n}\n".to_owned();
    let focus = Focus::new(&project.index, &path, Some(text), Some(1..2)).unwrap();
    let snapshot = project.index.snapshot();
    let mut talk = conversation();
    let cancel = CancelToken::new();
    let answer =
        ask(&mut talk, ("what does this do?", Some(&focus)), &snapshot, None, &cancel, &mut |_| ()).unwrap();
    assert_eq!(cited(&answer)[..2], ["open src/main.rs:1-3", "defined src/widget.rs:4"]);
    for name in ["src/hidden.rs", ".env", "../outside.rs", "src/missing.rs"] {
        let path = project.folder.path().join(name);
        assert!(Focus::new(&project.index, &path, None, None).is_err(), "{name}");
        let text = Some("fn a() {}\n".to_owned());
        assert_eq!(
            Focus::new(&project.index, &path, text, None).is_err(),
            name != "src/missing.rs",
            "{name}"
        );
    }
}

#[test]
fn no_excluded_file_and_no_secret_reaches_a_prompt() {
    let project = Project::new();
    let model =
        Talker::new(Counting::new(4096, &format!("Set token = \"{TOKEN}\" [1].")), Dialect::of(None, "", ""));
    let mut talk = conversation();
    for question in [
        "where is the token of the service in wait_between_attempts?".to_owned(),
        format!("what is hidden_{CANARY} and the widget retry policy?"),
        format!("is token = \"{TOKEN}\" used?"),
        "show src/hidden.rs and .env".to_owned(),
    ] {
        let answer = project.ask(&mut talk, &question, Some(&model));
        assert!(answer.sources.iter().all(|source| !source.place.path.contains("hidden")), "{question}");
    }
    let counting = project.prompts(&model);
    assert!(counting.iter().any(|prompt| prompt.contains("let token = ")), "the lines around it are quoted");
    for prompt in counting {
        // The name is the user's own word; what the file says beside it is not.
        assert!(
            !prompt.contains(&format!("policy {CANARY}")) && !prompt.contains("pub fn hidden"),
            "{prompt}"
        );
        assert!(!prompt.contains(TOKEN), "{prompt}");
    }
    assert!(!serde_json::to_string(&talk).unwrap().contains(TOKEN));
}

#[test]
fn what_may_not_be_read_any_more_is_forgotten() {
    let project = Project::new();
    let model = Talker::new(Counting::new(4096, "A widget draws itself."), Dialect::of(None, "", ""));
    let mut talk = conversation();
    project.ask(&mut talk, "What is `Widget`?", Some(&model));
    std::fs::write(project.folder.path().join(".trustignore"), "hidden.rs\nwidget.rs\n").unwrap();
    project.ask(&mut talk, "What is `RetryPolicy`?", Some(&model));
    let last = project.prompts(&model).pop().unwrap();
    assert!(
        last.contains("What is `Widget`?") && !last.contains("sides") && !last.contains("draws itself"),
        "{last}"
    );
}

impl Project {
    /// Of the model in `talker`, which has counted them by now: through the requests of a copy it would be another one.
    fn prompts(&self, talker: &Talker<Counting>) -> Vec<String> {
        talker.model().prompts.lock().unwrap().clone()
    }
}

#[test]
fn two_hundred_turns_with_two_thousand_tokens_never_overflow() {
    let project = Project::new();
    let long = "It draws a widget [1], and see [9] or src/nowhere.rs:3. ".repeat(30);
    for (context, reply) in [(2048, long.as_str()), (2048, ""), (512, "Yes."), (128, "No.")] {
        let model = Talker::new(Counting::new(context, reply), Dialect::of(None, "", ""));
        let mut talk = conversation();
        for turn in 0..200 {
            let question = match turn % 4 {
                0 => format!("What is `Widget`, for the {turn}th time?"),
                1 => "and where is it used?".into(),
                2 => "how does the retry policy work? ".repeat(1 + turn % 3),
                _ => format!("thing {turn} ").repeat(if context > 1000 { 40 } else { 2 }),
            };
            let snapshot = project.index.snapshot();
            let cancel = CancelToken::new();
            match ask(&mut talk, (&question, None), &snapshot, voice(Some(&model)), &cancel, &mut |_| ()) {
                Ok(answer) => assert_eq!(answer.failed, None, "{context} {turn}"),
                Err(error) => {
                    assert!(context == 128 && matches!(error, ChatError::TooLong { .. }), "{error}")
                }
            }
        }
        if context > 128 {
            assert_eq!(talk.questions(), 200);
        }
        let prompts = project.prompts(&model);
        let tokens = |text: &String| model.count_tokens(text);
        assert!(prompts.iter().all(|prompt| tokens(prompt) < context as usize));
        // The beginning stays, and mostly all that the model has read: it goes on from there.
        let shared = |pair: &[String]| {
            let same = pair[0].bytes().zip(pair[1].bytes()).take_while(|(one, other)| one == other).count();
            (same >= talk.system.len(), same == pair[0].trim_end().len() || same + 64 > pair[0].len())
        };
        let pairs: Vec<(bool, bool)> = prompts.windows(2).map(shared).collect();
        assert!(pairs.iter().all(|(system, _)| *system));
        if context == 2048 {
            let whole = pairs.iter().filter(|(_, whole)| *whole).count();
            println!("{context}: {whole} of {} prompts begin with the whole of the one before", pairs.len());
            assert!(2 * whole > pairs.len(), "{whole} of {}", pairs.len());
        }
    }
}

/// Remembers the turns that it is asked for.
struct Listening(Talker<Counting>, Mutex<Vec<TurnRequest>>);

impl Model for Listening {
    fn card(&self) -> &ModelCard {
        self.0.card()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.0.count_tokens(text)
    }

    fn count_turn(&self, turn: &trust_inference::Turn) -> Result<usize, InferenceError> {
        self.0.count_turn(turn)
    }

    fn generate(&self, request: Request) -> Receiver<Result<Event, InferenceError>> {
        self.0.generate(request)
    }

    fn converse(&self, request: TurnRequest) -> Receiver<Result<Event, InferenceError>> {
        self.1.lock().unwrap().push(request.clone());
        self.0.converse(request)
    }
}

#[test]
fn calls_are_never_without_their_results() {
    let project = Project::new();
    let talker = Talker::new(Counting::new(900, "It is so."), Dialect::of(None, "", ""));
    let model = Listening(talker, Mutex::default());
    let mut talk = conversation();
    for turn in 0..40 {
        let result = format!("result {turn} ").repeat(12);
        let exchange = json!({
            "question": format!("question {turn}"), "names": [], "places": [], "cut": false,
            "steps": [
                {"text": "I look.", "calls": [
                    {"id": format!("call_{turn}"), "name": "read_file", "arguments": {"path": "a.rs"}, "result": result},
                ]},
                {"text": "It is so.", "calls": []},
            ],
        });
        talk.exchanges.push(serde_json::from_value::<Exchange>(exchange).unwrap());
        project.ask(&mut talk, "and now?", Some(&model));
    }
    let mut calls_seen = 0;
    for request in model.1.lock().unwrap().iter() {
        let mut open = Vec::new();
        for message in &request.turn.messages {
            match message {
                Message::Assistant { calls, .. } => open.extend(calls.iter().map(|call| call.id.clone())),
                Message::ToolResult { call, .. } => {
                    assert_eq!(open.pop().as_ref(), Some(call));
                    calls_seen += 1;
                }
                _ => assert!(open.is_empty(), "a call has no result"),
            }
        }
        assert!(open.is_empty());
    }
    assert!(calls_seen > 40);
    let last = model.1.lock().unwrap().last().unwrap().turn.messages[1].clone();
    assert!(last.text().contains("; called read_file: result "), "{last:?}");
}

#[test]
fn bad_questions_failures_and_cancels_leave_a_conversation_that_goes_on() {
    let project = Project::new();
    let snapshot = project.index.snapshot();
    let mut talk = conversation();
    for (question, expected) in
        [(" \n ".to_owned(), ChatError::Empty), ("x".repeat(70_000), ChatError::TooManyBytes(70_000))]
    {
        let cancel = CancelToken::new();
        assert_eq!(ask(&mut talk, (&question, None), &snapshot, None, &cancel, &mut |_| ()), Err(expected));
    }
    assert_eq!(talk, conversation());
    // It cannot be talked to: the facts are told all the same.
    let card = ModelCard { name: "mute".into(), parameters: 0, context_length: 2048, fim: None };
    let mute = ScriptedModel::new(card, "");
    let answer = project.ask(&mut talk, "What is `Widget`?", Some(&mute));
    assert!(answer.failed.is_some_and(|why| why.contains("cannot be talked to")));
    assert!(answer.facts.contains("src/widget.rs:4-6"));
    let cancel = CancelToken::new();
    cancel.cancel();
    let slow = Talker::new(
        ScriptedModel::new(
            ModelCard { name: "s".into(), parameters: 0, context_length: 2048, fim: None },
            "Words.",
        ),
        Dialect::of(None, "", ""),
    );
    let answer = ask(&mut talk, ("more", None), &snapshot, voice(Some(&slow)), &cancel, &mut |_| ()).unwrap();
    assert!(answer.cut);
    let answer = project.ask(&mut talk, "What is `Widget`?", Some(&slow));
    assert_eq!((answer.wording.as_deref(), answer.cut, talk.exchanges.len()), (Some("Words."), false, 3));
    let kept = serde_json::to_string(&talk).unwrap();
    assert!(!kept.contains("sides"), "places are kept, not what stands there: {kept}");
    let kept: Conversation = serde_json::from_str(&kept).unwrap();
    assert_eq!((kept.exchanges.len(), kept.exchanges[2].places.len()), (3, 1));
}
