//! Round trips: calls with arguments chosen at random, as each family's template spells them, read back by the parser in
//! pieces of a few characters.

use crate::row::{Asked, Measure, Row};
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::Path;
use trust_constraint::Grammars;
use trust_constraint::samples::babble::{said, vocabulary};
use trust_constraint::samples::{Random, schema};
use trust_dialect::{Dialect, Parser, Values};
use trust_inference::{Constraint, Event, Tool, ToolCall};

/// Tokens that any arguments fit into.
const AMPLE: u32 = 600;
/// Characters of a piece.
const PIECE: usize = 3;

/// How many came back, of how many.
pub type Round = (u64, u64);

/// One that is told in words, and one of each family.
pub struct Dialects(Vec<(String, Dialect)>);

impl Dialects {
    /// Those of the templates in a folder, by their files' names, beside the injected one.
    pub fn read(fixtures: Option<&Path>) -> Result<Self> {
        let mut dialects = vec![("injected".to_owned(), Dialect::of(None, "", ""))];
        let Some(fixtures) = fixtures else { return Ok(Self(dialects)) };
        for entry in std::fs::read_dir(fixtures).with_context(|| fixtures.display().to_string())? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "jinja") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let dialect = Dialect::of(Some(&std::fs::read_to_string(path)?), "<s>", "");
                dialects.push((name, dialect));
            }
        }
        dialects.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(Self(dialects))
    }

    /// Calls with these arguments in each dialect, or in one by a number: those as JSON are counted apart from those with
    /// values of other spellings, where a text and a number may look alike. Gives the names of dialects that lost one as JSON.
    pub fn round(
        &self,
        parameters: &Value,
        arguments: Value,
        only: Option<usize>,
        (json, other): (&mut Round, &mut Round),
    ) -> Result<Vec<&str>> {
        let (name, parameters) = (String::from("the_tool"), parameters.clone());
        let tool = Tool { name: name.clone(), description: String::new(), parameters };
        let call = ToolCall { id: String::new(), name, arguments };
        let mut lost = Vec::new();
        for (number, (name, dialect)) in self.0.iter().enumerate() {
            if only.is_some_and(|only| only % self.0.len() != number) {
                continue;
            }
            let came = comes_back(dialect, &tool, &call)?;
            let is_json = values(dialect).is_none();
            let tally = if is_json { &mut *json } else { &mut *other };
            (tally.0, tally.1) = (tally.0 + u64::from(came), tally.1 + 1);
            lost.extend((is_json && !came).then_some(name.as_str()));
        }
        Ok(lost)
    }
}

pub fn measure(dialects: &Dialects, schemas: u64) -> Result<Vec<Row>> {
    let (tokens, end) = vocabulary();
    let grammars = Grammars::new(&tokens, &[end])?;
    let (mut json, mut other) = (Round::default(), Round::default());
    for seed in 0..schemas {
        let parameters = schema(seed);
        let mut guide = grammars.compile(&Constraint::JsonSchema(parameters.clone()))?;
        let (text, ..) = said(&mut guide, &tokens, AMPLE, &mut Random::new(seed))?;
        dialects.round(&parameters, serde_json::from_slice(&text)?, None, (&mut json, &mut other))?;
    }
    let row = |name: &str, (done, of), asked| Row::new(name, Measure::Count(done, of), asked);
    Ok(vec![
        row("round trips of calls, arguments as JSON", json, Asked::All),
        row("round trips of calls, arguments spelled otherwise", other, Asked::Nothing),
    ])
}

fn values(dialect: &Dialect) -> Option<Values> {
    match &dialect.calls().body {
        trust_dialect::Body::Tagged(tagged) => Some(tagged.values),
        _ => None,
    }
}

fn comes_back(dialect: &Dialect, tool: &Tool, call: &ToolCall) -> Result<bool> {
    let text = dialect.spelled(std::slice::from_ref(call))?;
    let mut parser = Parser::new(dialect, std::slice::from_ref(tool), false)?;
    let characters: Vec<char> = text.chars().collect();
    let mut events: Vec<Event> = Vec::new();
    for piece in characters.chunks(PIECE) {
        events.extend(parser.push(&piece.iter().collect::<String>()));
    }
    events.extend(parser.finish(true));
    let calls = events.into_iter().filter_map(|event| match event {
        Event::CallEnded { call, .. } => Some(*call),
        _ => None,
    });
    let calls: Vec<_> = calls.collect();
    let [Ok(read)] = &calls[..] else { return Ok(false) };
    Ok((&read.name, &read.arguments) == (&call.name, &call.arguments))
}
