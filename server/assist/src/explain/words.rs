//! What a model says a change is for: a clause for each symbol, where it is sure, and of all of them one sentence. Facts are
//! complete without it; what it names and the change does not have is told to it once, and left out after that.

use super::{FileSummary, symbol_sentence};
use crate::commit::{Facts, check};
use crate::speaker::one_line;
use crate::{Changes, Speaker};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;
use trust_changes::{Content, FileFacts, Hunk, SymbolChange, Verdict};
use trust_inference::{InferenceError, Message};

/// The most symbols that a model is asked about, those first that changed most.
const SYMBOLS: usize = 40;
/// Lines around what differs that it is shown.
const AROUND: u32 = 3;
/// How sure it has to be, of ten.
const SURE: u64 = 7;
/// The longest clause and the longest sentence, in characters, and what an answer may take in tokens.
const CLAUSE: usize = 140;
const SENTENCE: usize = 280;
const TOKENS: u32 = 128;
/// Tokens of the question beside what is shown, and of an answer that goes back with a second question.
const QUESTION: usize = 320;

const SYSTEM: &str = "You say in plain English what a change to source code is for: only what the code that you are shown makes \
                      sure, in the names that stand there. Where it does not show what the change is for, you say that you are not sure.";

/// What a model said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    pub model: String,
    /// Of all of it.
    pub overview: Option<String>,
    /// Clauses that there was no room for where that was asked.
    pub left_out: usize,
    /// By the places of a file among the files and a symbol among its symbols.
    clauses: BTreeMap<(usize, usize), String>,
    /// Symbols that it was not asked about, or not shown whole.
    pub not_asked: Vec<String>,
    /// Why it said no more.
    pub note: Option<String>,
}

impl Words {
    /// Nothing was said, and why.
    pub fn none(model: &str, note: String) -> Self {
        Self { model: model.to_owned(), note: Some(note), ..Self::default() }
    }

    pub fn of(&self, file: usize, symbol: usize) -> Option<&str> {
        self.clauses.get(&(file, symbol)).map(String::as_str)
    }

    /// All that it said.
    pub fn said(&self) -> impl Iterator<Item = &str> {
        self.clauses.values().map(String::as_str).chain(self.overview.as_deref())
    }

    /// The clauses of a file.
    pub fn of_file(&self, file: usize) -> impl Iterator<Item = (usize, &str)> {
        self.clauses.range((file, 0)..(file + 1, 0)).map(|((_, symbol), text)| (*symbol, text.as_str()))
    }
}

impl Words {
    /// Clauses of a file's symbols, or of those of several, that no sentence of the summary is of alone.
    pub(super) fn left<'a>(
        &'a self,
        summary: &'a FileSummary,
        changes: &'a Changes,
    ) -> impl Iterator<Item = String> + 'a {
        let said = |symbol: usize| summary.sentences.iter().any(|sentence| sentence.of == Some(symbol));
        let files = summary.of.clone().filter_map(|at| Some((at, changes.files.get(at)?)));
        files.flat_map(move |(at, file)| {
            let left = self.of_file(at).filter(move |(symbol, _)| !said(*symbol));
            left.map(move |clause| format!("{}, says {}", beside(file, clause, "").trim_end(), self.model))
        })
    }

    /// Of what it said nothing, and why.
    pub(super) fn told(&self) -> Option<String> {
        let mut told = Vec::new();
        if let Some(note) = &self.note {
            told.push(format!("{} says no more: {note}.", self.model));
        }
        if self.left_out > 0 {
            told.push(format!(
                "{}'s sentence on all of it leaves {} of these out.",
                self.model, self.left_out
            ));
        }
        if !self.not_asked.is_empty() {
            told.push(format!("{} was not asked about {}.", self.model, self.not_asked.join(", ")));
        }
        (!told.is_empty()).then(|| told.join("\n"))
    }
}

/// The clause of a symbol with its name, in a line.
pub(super) fn beside(file: &FileFacts, (symbol, clause): (usize, &str), bullet: &str) -> String {
    let name = file.symbols.iter().flatten().nth(symbol).map_or("", |symbol| symbol.path.as_str());
    format!("{bullet}`{name}`: {clause}\n")
}

/// What a model says of these changes, until it is over. Tells of each file, in their order, when it is done with it.
pub fn words(changes: &Changes, speaker: Speaker<'_>, tell: &mut dyn FnMut(usize, &Words)) -> Words {
    let mut words = Words { model: speaker.model.card().name.clone(), ..Words::default() };
    let chosen = chosen(changes);
    for (at, file) in changes.files.iter().enumerate() {
        let facts = Facts::of(std::slice::from_ref(file));
        for (number, symbol) in file.symbols.iter().flatten().enumerate().filter(|(_, one)| is_worth(one)) {
            let asked = chosen.contains(&(at, number)) && words.note.is_none() && !speaker.is_over();
            let shown = if asked { Shown::of(file, symbol, speaker) } else { None };
            match shown.map(|shown| clause(&shown, &facts, speaker)) {
                None => words.not_asked.push(format!("`{}` in {}", symbol.path, file.change.path)),
                Some(Ok(clause)) => {
                    words.clauses.extend(clause.map(|clause| ((at, number), clause)));
                }
                Some(Err(error)) => words.note = Some(error.to_string()),
            }
        }
        tell(at, &words);
    }
    if words.clauses.len() > 1
        && !speaker.is_over()
        && let Ok((text, left_out)) = overview(changes, &words, speaker)
    {
        words.left_out = if text.is_some() { left_out } else { 0 };
        words.overview = text;
    }
    words
}

/// Whether it says anything that symbol sentences do not.
fn is_worth(symbol: &SymbolChange) -> bool {
    symbol.kind.is_some() && !symbol.is_cosmetic() && symbol.verdict != Verdict::Removed && symbol.added > 0
}

/// The places of the symbols that changed most.
fn chosen(changes: &Changes) -> HashSet<(usize, usize)> {
    let mut all: Vec<(u32, usize, usize)> = Vec::new();
    for (at, file) in changes.files.iter().enumerate() {
        let symbols = file.symbols.iter().flatten().enumerate().filter(|(_, symbol)| is_worth(symbol));
        all.extend(symbols.map(|(number, symbol)| (symbol.added + symbol.removed, at, number)));
    }
    all.sort_by_key(|(lines, at, number)| (Reverse(*lines), *at, *number));
    all.into_iter().take(SYMBOLS).map(|(_, at, number)| (at, number)).collect()
}

/// A changed symbol as a model is shown it.
struct Shown {
    text: String,
}

impl Shown {
    /// `None` where the model has no room for it.
    fn of(file: &FileFacts, symbol: &SymbolChange, speaker: Speaker<'_>) -> Option<Self> {
        let Content::Text { new, .. } = &file.content else { return None };
        let lines: Vec<&str> = new.lines().collect();
        let own = |hunk: &&Hunk| {
            hunk.new.start < symbol.new_lines.end
                && symbol.new_lines.start < hunk.new.end.max(hunk.new.start + 1)
        };
        let mut text = format!("{}: {}\n", file.change.path, symbol_sentence(file, symbol));
        let mut end = symbol.new_lines.start;
        for hunk in file.hunks.iter().filter(own) {
            let from = hunk.new.start.saturating_sub(AROUND).max(end).min(hunk.new.start.max(end));
            let put = |text: &mut String, mark: char, range: std::ops::Range<u32>| {
                for line in
                    lines.get(range.start as usize..(range.end as usize).min(lines.len())).unwrap_or_default()
                {
                    let _ = writeln!(text, "{mark}{line}");
                }
            };
            put(&mut text, ' ', from..hunk.new.start);
            hunk.removed.iter().for_each(|line| text.push_str(&format!("-{line}\n")));
            let added = hunk.new.start.max(symbol.new_lines.start)..hunk.new.end.min(symbol.new_lines.end);
            put(&mut text, '+', added.clone());
            end = added.end;
            let behind = end..(end + AROUND).min(symbol.new_lines.end);
            put(&mut text, ' ', behind.clone());
            end = behind.end;
        }
        let room = speaker.room().saturating_sub(QUESTION);
        let fits = text.len() <= room.saturating_mul(16) && speaker.model.count_tokens(&text) <= room;
        fits.then_some(Self { text })
    }
}

/// What the change of a symbol is for, where the model is sure.
fn clause(shown: &Shown, facts: &Facts, speaker: Speaker<'_>) -> Result<Option<String>, InferenceError> {
    let question = format!(
        "{}\nSay in one clause what this change is for, begun with `to` or `so that`, in at most 15 words; and how sure you are, \
         from 0 to 10. It is said beside what happened, so do not repeat that.",
        shown.text
    );
    let sound = |text: &str| {
        check(text, facts)?;
        let begins = ["to ", "so that ", "so ", "because ", "since ", "for "]
            .iter()
            .any(|start| text.starts_with(start));
        if begins { Ok(()) } else { Err("it is no clause that begins with `to` or `so that`".to_owned()) }
    };
    said(question, CLAUSE, &sound, speaker)
}

/// All clauses reduced to one sentence, and how many it had no room for.
fn overview(
    changes: &Changes,
    words: &Words,
    speaker: Speaker<'_>,
) -> Result<(Option<String>, usize), InferenceError> {
    let (mut text, mut left_out) = (String::new(), 0);
    let mut left = speaker.room().saturating_sub(QUESTION);
    for ((at, number), clause) in &words.clauses {
        let Some(file) = changes.files.get(*at) else { continue };
        let Some(symbol) = file.symbols.iter().flatten().nth(*number) else { continue };
        let line = format!("- {}: {}, {clause}\n", file.change.path, symbol_sentence(file, symbol));
        let Some(rest) = left.checked_sub(speaker.model.count_tokens(&line)) else {
            left_out += 1;
            continue;
        };
        left = rest;
        text.push_str(&line);
    }
    let facts = Facts::of(&changes.files);
    let question = format!(
        "This changed, and what for:\n{text}\nSay in one sentence what all of it is for, and how sure you are, from 0 to 10."
    );
    Ok((said(question, SENTENCE, &|text| check(text, &facts), speaker)?, left_out))
}

/// A text that the model is sure of and that is sound; it is asked again once where it is not sound.
fn said(
    question: String,
    longest: usize,
    sound: &dyn Fn(&str) -> Result<(), String>,
    speaker: Speaker<'_>,
) -> Result<Option<String>, InferenceError> {
    let form = json!({
        "type": "object",
        "properties": {
            "text": { "type": "string", "maxLength": longest },
            "sure": { "type": "integer", "minimum": 0, "maximum": 10 },
        },
        "required": ["text", "sure"],
        "additionalProperties": false,
    });
    let mut messages = vec![Message::System(SYSTEM.into()), Message::User(question)];
    for _ in 0..2 {
        let answer: Option<Value> = speaker.ask(&messages, form.clone(), TOKENS)?;
        let Some(answer) = answer else { return Ok(None) };
        let text = one_line(&answer["text"]);
        let text = text.trim_end_matches(['.', ' ']);
        let unsure = answer["sure"].as_u64().is_none_or(|sure| !(SURE..=10).contains(&sure));
        if unsure || !text.contains(char::is_alphabetic) {
            return Ok(None);
        }
        let mut letters = text.chars();
        let first = letters.next().filter(|_| longest == CLAUSE).map(|first| first.to_lowercase());
        let text = first.map_or(text.to_owned(), |first| first.chain(letters).collect());
        match sound(&text) {
            Ok(()) => return Ok(Some(text)),
            Err(why) => {
                let text = answer.to_string();
                messages.push(Message::Assistant { text, reasoning: String::new(), calls: Vec::new() });
                messages.push(Message::User(format!(
                    "That cannot be used: {why}. Answer again, in the same form."
                )));
            }
        }
    }
    Ok(None)
}
