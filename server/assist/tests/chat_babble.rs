//! Conversations with a model that says anything that its turn may hold, token by token at random, as one of random weights does: held
//! to the turn's grammar, closed where the budget ends, read by the dialect's parser.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests may fail, write the files that they need, and say what they saw"
)]

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use trust_assist::chat::{Conversation, Told, Tools, Voice, ask};
use trust_constraint::samples::Random;
use trust_constraint::samples::babble::{said, vocabulary};
use trust_constraint::{ConstraintError, Grammars, Token};
use trust_dialect::{Dialect, Talker};
use trust_index::{Index, IndexOptions};
use trust_inference::{
    CancelToken, Completion, Constraint, Event, Finish, FinishReason, InferenceError, Model, ModelCard,
    Request, Usage,
};
use trust_tools::{Disk, Engine, Nobody, Permissions, Workspace, builtin};

const WIDGET: &str = "pub struct Widget {\n    sides: u32,\n}\n\npub fn draw() -> u32 {\n    3\n}\n";
const OFFERED: [&str; 5] = ["read_file", "find_symbol", "search_text", "outline", "edit_symbol"];
/// Turns of one answer, at most: eight with calls, and one without.
const TURNS: usize = 9;

struct Babbler {
    card: ModelCard,
    grammars: Grammars,
    tokens: Vec<Token>,
    dice: Mutex<Random>,
    turns: AtomicUsize,
}

impl Babbler {
    fn new(context_length: u32, seed: u64) -> Self {
        let (tokens, end) = vocabulary();
        let card = ModelCard { name: "babbler".into(), parameters: 0, context_length, fim: None };
        let (dice, turns) = (Mutex::new(Random::new(seed)), AtomicUsize::new(0));
        Self { card, grammars: Grammars::new(&tokens, &[end]).unwrap(), tokens, dice, turns }
    }
}

impl Model for Babbler {
    fn card(&self) -> &ModelCard {
        &self.card
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.len().div_ceil(4)
    }

    fn special_token(&self, spelling: &str) -> Option<u32> {
        let is_it = |token: &Token| matches!(token, Token::Control(known) if known == spelling);
        self.tokens.iter().position(is_it).map(|at| at as u32)
    }

    fn generate(&self, request: Request) -> Receiver<Result<Event, InferenceError>> {
        let read = self.count_prompt(&request.prompt) as u32;
        assert!(read < self.card.context_length, "{read} of {}", self.card.context_length);
        self.turns.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = channel();
        let mut dice = self.dice.lock().unwrap();
        // What ends by itself, and what is closed.
        let budget = request.budget.tokens.min(dice.one_of(&[40, 120, 400]));
        let anything = Constraint::Regex("(.|\\n){1,200}".into());
        let form = request.constraint.as_ref().unwrap_or(&anything);
        let guide = self.grammars.compile(form);
        let end = match guide.and_then(|mut guide| said(&mut guide, &self.tokens, budget, &mut dice)) {
            Ok((text, generated, completion)) => {
                let text = String::from_utf8_lossy(&text).into_owned();
                sender.send(Ok(Event::Text { text, logprob: -1.0, tokens: generated })).unwrap();
                let reason = match completion {
                    Completion::Natural => FinishReason::EndOfText,
                    Completion::Forced { .. } | Completion::Truncated => FinishReason::Budget,
                };
                let usage = Usage { prompt: read, generated, ..Usage::default() };
                Ok(Event::Done(Finish { reason, completion, logprob: 0.0, others: Vec::new(), usage }))
            }
            Err(ConstraintError::BudgetTooSmall { needed }) => {
                Err(InferenceError::BudgetTooSmall { needed, budget })
            }
            Err(error) => Err(InferenceError::Constraint(error.to_string())),
        };
        sender.send(end).unwrap();
        receiver
    }
}

fn engine(folder: &Path) -> Engine {
    std::fs::write(folder.join("widget.rs"), WIDGET).unwrap();
    let root = folder.canonicalize().unwrap();
    let roots = vec![root.clone()];
    let index = Index::start(IndexOptions { roots: roots.clone(), cache: None, on_state: Box::new(|_| ()) });
    assert!(index.wait_ready(Duration::from_secs(30)));
    let workspace = Workspace::new(index.into(), Box::new(Disk::new(roots)));
    Engine::new(builtin(), workspace, Permissions::new(root, None))
}

/// `TRUST_CONVERSATIONS` says how many, where others are wanted.
#[test]
fn whatever_a_turn_may_hold_conversations_end() {
    let count: u64 = std::env::var("TRUST_CONVERSATIONS").map_or(60, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path());
    let offered = OFFERED.map(str::to_owned);
    let families = ["hermes-3", "qwen3-coder", "functiongemma"];
    let (mut longest, mut turns, mut called, mut went_well, mut failed) = (0, 0, 0, 0, 0);
    for seed in 0..count {
        let family = families[seed as usize % families.len()];
        let template = format!("{}/../dialect/fixtures/{family}.jinja", env!("CARGO_MANIFEST_DIR"));
        let dialect = Dialect::of(Some(&std::fs::read_to_string(template).unwrap()), "<s>", "");
        let talker = Talker::new(Babbler::new([2048, 8192][seed as usize / 3 % 2], seed), dialect);
        assert!(talker.calls_tools(), "{family}");
        let mut talk = Conversation::new("project", &[("rust", 1)]);
        for question in 0..2 {
            let tools = Some(Tools { engine: &engine, offered: &offered, ask: &Nobody });
            let voice = Some(Voice { model: &talker, tools });
            let snapshot = engine.workspace().index.snapshot();
            let mut tell = |told: Told<'_>| match told {
                Told::Calls { .. } => called += 1,
                Told::Result { good, .. } => went_well += usize::from(good),
                Told::Found(..) | Told::Text(_) => {}
            };
            let asked = ("What draws itself?", None);
            let answer = ask(&mut talk, asked, &snapshot, voice, &CancelToken::new(), &mut tell).unwrap();
            failed += usize::from(answer.failed.is_some());
            let taken = talker.model().turns.swap(0, Ordering::Relaxed);
            assert!((1..=TURNS).contains(&taken), "{seed} {question}: {taken} turns, {:?}", answer.failed);
            (longest, turns) = (longest.max(taken), turns + taken);
        }
        assert_eq!(talk.questions(), 2, "{seed}");
    }
    println!(
        "{count} conversations, {turns} turns, at most {longest} for one answer; {called} calls, {went_well} of them answered; \
         {failed} answers failed"
    );
    assert!(called > 0, "nothing was called");
    let text = std::fs::read_to_string(folder.path().join("widget.rs")).unwrap();
    assert_eq!(text, WIDGET, "nobody permitted a change");
}
