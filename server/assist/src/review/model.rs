//! What a model says of a change, symbol by symbol: held to a form, anchored in added lines, scored by itself, and confirmed by
//! a second question that asks for doubt. What it names and the code does not have is left out. Its findings are marked as a
//! model's, and are never more than information.

use super::finding::Finding;
use super::house::HouseRules;
use super::lines::{fold, symbol_at};
use super::rule::{MODEL, rule};
use crate::commit::{Facts, ungrounded};
use crate::paths::{Purpose, purpose};
use crate::{Changes, Speaker};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use trust_changes::{Content, FileFacts, SymbolChange, word};
use trust_inference::{CancelToken, InferenceError, Message, Model, Priority};
use trust_redact::masked;

/// The most symbols that a model is shown, those first that changed most; of each the most lines, and the most findings.
const SYMBOLS: usize = 20;
const LINES: usize = 160;
const EACH: usize = 3;
/// The most findings in all.
const MOST: usize = 10;
/// How sure it has to be, of ten, both times.
const SURE: u64 = 7;
/// The longest message, in characters.
const LONGEST: usize = 240;
/// Tokens around a question, in whatever template.
const AROUND: usize = 96;
/// Tokens of one answer, and how long all of them may take.
const TOKENS: u32 = 512;
const PATIENCE: Duration = Duration::from_secs(300);

const SYSTEM: &str = "You review a change to source code. You name faults that make the program wrong, in lines that were \
                      added, and nothing else: no style, no praise. Most changes have no fault.";

/// A changed symbol as a model is shown it.
struct Place<'a> {
    file: &'a FileFacts,
    symbol: &'a SymbolChange,
    /// Numbers of added lines, from 1.
    added: Vec<u32>,
    /// Numbered lines, the added ones marked.
    code: String,
    /// It has no added line beside those.
    whole: bool,
}

/// What a model made of a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judged {
    pub findings: Vec<Finding>,
    /// Changed symbols that it was not shown, or not all of.
    pub not_shown: usize,
}

/// What a model finds, told what the house asks of reviews. Blocks; where `cancel` is raised, what was confirmed until then is given.
///
/// # Errors
/// [`InferenceError`]: among others where it cannot hold the form.
pub fn model_findings(
    changes: &Changes,
    house: &HouseRules,
    model: &dyn Model,
    cancel: &CancelToken,
) -> Result<Judged, InferenceError> {
    let Some(rule) = rule(MODEL) else { return Ok(Judged::default()) };
    let deadline = Instant::now() + PATIENCE;
    let speaker = Speaker { model, deadline, priority: Priority::Background, cancel };
    let system = match house.prose() {
        "" => SYSTEM.to_owned(),
        prose => format!("{SYSTEM}\n\nThis repository asks of reviews:\n{prose}"),
    };
    let ask = |question: String, form: Value| {
        speaker.ask(&[Message::System(system.clone()), Message::User(question)], form, TOKENS)
    };
    let around = AROUND + model.count_tokens(&system);
    let mut found: Vec<(u64, Finding)> = Vec::new();
    let mut places = places(changes);
    let mut not_shown = places.len().saturating_sub(SYMBOLS);
    places.truncate(SYMBOLS);
    for (number, place) in places.iter().enumerate() {
        let question = place.question();
        let fits = model.count_tokens(&question) + around <= speaker.room();
        not_shown += usize::from(!(fits && place.whole));
        if !fits {
            continue;
        }
        let claims = ask(question, form_of_claims(&place.added))?;
        let claims =
            claims.as_ref().and_then(|told| told["findings"].as_array()).cloned().unwrap_or_default();
        for claim in claims.iter().take(EACH) {
            let Some((line, message, score)) = place.sound(claim) else { continue };
            let doubt = ask(place.doubt(line, &message), form_of_doubt())?;
            let Some(doubt) = doubt else { continue };
            let again = doubt["score"].as_u64().filter(|_| doubt["holds"] == json!(true)).unwrap_or(0);
            if again.min(score) < SURE {
                continue;
            }
            let mut finding = Finding::new(rule, &place.file.change.path, line - 1, message);
            finding.symbol = Some(place.symbol.path.clone());
            finding.text = place.line(line).map(fold).unwrap_or_default();
            found.push((again.min(score), finding));
        }
        if speaker.is_over() {
            not_shown += places.len() - number - 1;
            break;
        }
    }
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let findings = found.into_iter().take(MOST).map(|(_, finding)| finding).collect();
    Ok(Judged { findings, not_shown })
}

/// Those that changed most come first.
fn places(changes: &Changes) -> Vec<Place<'_>> {
    let sources = changes.files.iter().filter(|file| purpose(&file.change.path) == Purpose::Source);
    let mut places: Vec<Place<'_>> = sources
        .flat_map(|file| file.symbols.iter().flatten().filter_map(move |symbol| Place::of(file, symbol)))
        .collect();
    places.sort_by_key(|place| std::cmp::Reverse(place.added.len()));
    places
}

impl<'a> Place<'a> {
    fn of(file: &'a FileFacts, symbol: &'a SymbolChange) -> Option<Self> {
        let Content::Text { new, .. } = &file.content else { return None };
        if symbol.kind.is_none() || symbol.is_cosmetic() {
            return None;
        }
        let own = |line: &u32| symbol_at(file, *line).is_some_and(|found| std::ptr::eq(found, symbol));
        let added: Vec<u32> = file.hunks.iter().flat_map(|hunk| hunk.new.clone()).filter(own).collect();
        // A long symbol is shown from a few lines above its first change on.
        let first = added.first()?.saturating_sub(LINES as u32 / 8).max(symbol.new_lines.start);
        let shown = first..symbol.new_lines.end.min(first + LINES as u32);
        let lines: Vec<&str> = new.lines().skip(first as usize).take(shown.len()).collect();
        let all = added.len();
        let added: Vec<u32> = added.into_iter().filter(|line| shown.contains(line)).collect();
        let whole = added.len() == all;
        let code = shown.clone().zip(&lines).map(|(at, line)| {
            let mark = if added.contains(&at) { '+' } else { ' ' };
            format!("{:>5} {mark} {line}\n", at + 1)
        });
        let code = code.collect();
        let told = |line: &u32| {
            let text = lines.get((line - first) as usize).copied().unwrap_or_default();
            text.chars().any(char::is_alphanumeric)
        };
        let added: Vec<u32> = added.iter().filter(|line| told(line)).map(|line| line + 1).collect();
        (!added.is_empty()).then_some(Self { file, symbol, added, code, whole })
    }

    fn question(&self) -> String {
        format!(
            "{}\nName at most {EACH} faults in lines marked with +: the line's number, what goes wrong in one sentence, and how \
             sure you are, from 0 to 10. An empty list says that there is none.",
            self.shown()
        )
    }

    fn doubt(&self, line: u32, message: &str) -> String {
        format!(
            "{}\nSomebody who is often wrong says of line {line}: {message}\nDoes that hold, by this code alone? How sure are \
             you, from 0 to 10?",
            self.shown()
        )
    }

    fn shown(&self) -> String {
        let (kind, name) = (word(self.symbol.kind), &self.symbol.path);
        format!("The {kind} `{name}` in {}, added lines marked with +:\n{}", self.file.change.path, self.code)
    }

    fn line(&self, line: u32) -> Option<&str> {
        let Content::Text { new, .. } = &self.file.content else { return None };
        new.lines().nth(line as usize - 1)
    }

    /// The line, the message and the score of a claim that can be used: in an added line, sure, and of names that are there.
    fn sound(&self, claim: &Value) -> Option<(u32, String, u64)> {
        let line = claim["line"].as_u64().and_then(|line| u32::try_from(line).ok())?;
        let score = claim["score"].as_u64().filter(|score| (SURE..=10).contains(score))?;
        let words = claim["message"].as_str()?.split_whitespace().collect::<Vec<_>>().join(" ");
        let message: String = words.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        let message = masked(message);
        if !self.added.contains(&line) || !message.contains(char::is_alphabetic) {
            return None;
        }
        let missing = ungrounded(&message, &Facts::of(std::slice::from_ref(self.file)));
        missing.iter().all(|name| self.code.contains(name.as_str())).then_some((line, message, score))
    }
}

fn form_of_claims(added: &[u32]) -> Value {
    let score = json!({ "type": "integer", "minimum": 0, "maximum": 10 });
    let claim = json!({
        "type": "object",
        "properties": {
            "line": { "type": "integer", "enum": added },
            "message": { "type": "string", "minLength": 1, "maxLength": LONGEST },
            "score": score,
        },
        "required": ["line", "message", "score"],
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "properties": { "findings": { "type": "array", "maxItems": EACH, "items": claim } },
        "required": ["findings"],
        "additionalProperties": false,
    })
}

fn form_of_doubt() -> Value {
    json!({
        "type": "object",
        "properties": {
            "holds": { "type": "boolean" },
            "score": { "type": "integer", "minimum": 0, "maximum": 10 },
        },
        "required": ["holds", "score"],
        "additionalProperties": false,
    })
}
