//! Round trips: calls with arguments chosen at random, as each family's template spells them, read back by the parser in
//! pieces of a few characters.

use crate::row::{Asked, Measure, Row};
use anyhow::{Context, Result};
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

pub fn measure(fixtures: &Path, schemas: u64) -> Result<Vec<Row>> {
    let mut dialects = vec![Dialect::of(None, "", "")];
    for entry in std::fs::read_dir(fixtures).with_context(|| fixtures.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "jinja") {
            dialects.push(Dialect::of(Some(&std::fs::read_to_string(path)?), "<s>", ""));
        }
    }
    let (tokens, end) = vocabulary();
    let grammars = Grammars::new(&tokens, &[end])?;
    // As JSON, and with values of other spellings, where a text and a number may look alike.
    let (mut json, mut other) = ((0, 0), (0, 0));
    for seed in 0..schemas {
        let parameters = schema(seed);
        let mut guide = grammars.compile(&Constraint::JsonSchema(parameters.clone()))?;
        let (text, ..) = said(&mut guide, &tokens, AMPLE, &mut Random::new(seed))?;
        let tool = Tool { name: "the_tool".into(), description: String::new(), parameters };
        let call = ToolCall {
            id: String::new(),
            name: tool.name.clone(),
            arguments: serde_json::from_slice(&text)?,
        };
        for dialect in &dialects {
            let tally = if values(dialect).is_none() { &mut json } else { &mut other };
            tally.1 += 1;
            tally.0 += u64::from(comes_back(dialect, &tool, &call)?);
        }
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
