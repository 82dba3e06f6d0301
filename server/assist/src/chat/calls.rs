//! Tools in a conversation: which are offered, how a call is run, and what keeps calls from going on for ever. A call and what
//! came of it are one value.

use super::conversation::Call;
use super::turn::Made;
use serde_json::{Value, json};
use trust_inference::{CancelToken, Model, Tool};
use trust_redact::masked;
use trust_tools::{Ask, Class, Engine, Failure};

/// Tools that a model is told of, at most: small models choose badly among many.
const OFFERED: usize = 6;
/// Turns of one answer in which tools may be called, calls that may fail one after another, and repetitions.
const TURNS: usize = 8;
const ERRORS: usize = 3;
const REPETITIONS: usize = 2;
/// A model of fewer weights calls one tool in a turn; one of more so many.
const SMALL: u64 = 9_000_000_000;
const CALLS: usize = 4;
/// The part of the context that one result may take, and that the tools' descriptions may.
const RESULT: usize = 6;
const TOLD: usize = 3;

/// What an answer may use beside the index.
#[derive(Clone, Copy)]
pub struct Tools<'a> {
    pub engine: &'a Engine,
    /// By name, those that are wanted most first.
    pub offered: &'a [String],
    /// Who permits what changes something.
    pub ask: &'a dyn Ask,
}

impl Tools<'_> {
    /// As the model is told of them: as many of the first as leave most of its context.
    pub(super) fn told(&self, model: &dyn Model) -> Vec<Tool> {
        if !model.calls_tools() {
            return Vec::new();
        }
        let mut room = model.card().context_length as usize / TOLD;
        let fits = |tool: &Tool| {
            let tokens = model.count_tokens(&format!("{}{}{}", tool.name, tool.description, tool.parameters));
            room.checked_sub(tokens).inspect(|left| room = *left).is_some()
        };
        self.offered_to(model).map(trust_tools::Tool::told).take_while(fits).collect()
    }

    fn offered_to(&self, model: &dyn Model) -> impl Iterator<Item = &trust_tools::Tool> {
        let only_reads = model.only_reads();
        let offered = self.offered.iter().filter_map(|name| self.engine.tools().get(name).ok());
        offered.filter(move |tool| !only_reads || tool.class() == Class::Read).take(OFFERED)
    }
}

/// How many calls a model may make in a turn.
pub(super) fn calls_in_a_turn(model: &dyn Model) -> usize {
    if model.card().parameters < SMALL { 1 } else { CALLS }
}

/// What was called in one answer so far.
#[derive(Default)]
pub(super) struct Watch {
    made: Vec<(String, String)>,
    turns: usize,
    errors: usize,
    repetitions: usize,
}

impl Watch {
    /// Whether the next turn may call anything.
    pub fn allows(&self) -> bool {
        self.turns < TURNS && self.errors < ERRORS && self.repetitions < REPETITIONS
    }

    pub fn turn(&mut self) {
        self.turns += 1;
    }

    /// Notes a call. True where it is the last one again, or two calls take turns.
    fn repeats(&mut self, name: &str, arguments: &Value) -> bool {
        let call = (name.to_owned(), arguments.to_string());
        let back = |steps: usize| self.made.len().checked_sub(steps).map(|at| &self.made[at]);
        let turns = back(2) == Some(&call) && back(3).is_some() && back(3) == back(1);
        let repeats = back(1) == Some(&call) || turns;
        self.made.push(call);
        self.repetitions += usize::from(repeats);
        repeats
    }
}

/// Runs a call, if it is one. What went wrong is told to the model in the result; [`Failure::Cancelled`] ends the answer.
pub(super) fn run(
    tools: &Tools<'_>,
    made: Made,
    watch: &mut Watch,
    model: &dyn Model,
    cancel: &CancelToken,
) -> (Call, Result<(), Failure>) {
    let Made { id, name, call } = made;
    let call = match call {
        Ok(call) => call,
        Err(error) => {
            watch.errors += 1;
            let told = error.to_string();
            let failed = Err(Failure::told(told.clone()));
            return (Call { id, name: named(&name), arguments: json!({}), result: told }, failed);
        }
    };
    let said = if watch.repeats(&call.name, &call.arguments) {
        Err(Failure::told("this was called before, and nothing has changed; answer with what you know"))
    } else if !tools.offered_to(model).any(|tool| tool.name() == call.name) {
        Err(Failure::Unknown { nearest: None })
    } else {
        let asked = trust_tools::Call { name: &call.name, arguments: &call.arguments, whole: true };
        tools.engine.call(asked, tools.ask, cancel)
    };
    let (text, failed) = match said {
        Ok(answer) => (answer.text, Ok(())),
        Err(failure) => (failure.to_string(), Err(failure)),
    };
    watch.errors = if failed.is_ok() { 0 } else { watch.errors + 1 };
    let result = capped(masked(text), model);
    // What is kept holds no secret, whatever the model says.
    let arguments = serde_json::from_str(&masked(call.arguments.to_string())).unwrap_or_else(|_| json!({}));
    (Call { id, name: named(&call.name), arguments, result }, failed)
}

/// A name that a template can write.
fn named(name: &str) -> String {
    let plain = |letter: &char| letter.is_ascii_alphanumeric() || "_-".contains(*letter);
    let name: String = name.chars().filter(plain).take(64).collect();
    if name.is_empty() { "unknown".into() } else { name }
}

/// As much of a result as may stand in the conversation.
fn capped(text: String, model: &dyn Model) -> String {
    let most = (model.card().context_length as usize / RESULT).max(1);
    let mut shown = text.as_str();
    let mut tokens = model.count_tokens(shown);
    while tokens > most {
        // A little less than its share: the beginning may take more tokens than the rest.
        let bytes = (shown.len() * most / tokens * 9 / 10).min(shown.len() - 1);
        let end = shown.floor_char_boundary(bytes);
        shown = &shown[..shown[..end].rfind('\n').map_or(end, |line| line + 1)];
        tokens = model.count_tokens(shown);
    }
    if shown.len() == text.len() { text } else { format!("{shown}... the rest is left out; ask for less\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_go_round_are_noticed() {
        let cases: [(&str, &[usize]); 6] =
            [("abc", &[]), ("aa", &[1]), ("aba", &[]), ("abab", &[3]), ("abcabc", &[]), ("abbaba", &[2, 5])];
        for (calls, expected) in cases {
            let mut watch = Watch::default();
            let repeats = |(at, letter): (usize, char)| {
                watch.repeats("read", &json!({ "path": letter.to_string() })).then_some(at)
            };
            let found: Vec<usize> = calls.chars().enumerate().filter_map(repeats).collect();
            assert_eq!(found, expected, "{calls}");
        }
    }
}
