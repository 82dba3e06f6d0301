//! Calls of 2,000 generated schemas, in each family's spelling: read back as they were meant, never whole where they were cut, and
//! whatever happens to the text, no call comes of it that its schema does not allow.

use super::{FAMILIES, dialect};
use crate::Body;
use crate::dialect::Dialect;
use crate::parse::Parser;
use serde_json::Value;
use trust_constraint::samples::babble::{said, vocabulary};
use trust_constraint::samples::{Random, schema};
use trust_constraint::{Grammars, Validator};
use trust_inference::{CallError, Constraint, Event, Tool, ToolCall};

const SCHEMAS: u64 = 2000;
/// Tokens that any arguments fit into.
const AMPLE: u32 = 600;
/// Of each call: places where it is cut, and texts that something happened to.
const CUTS: u64 = 4;
const BROKEN: u64 = 4;

type Calls = Vec<Result<ToolCall, CallError>>;

fn parse(dialect: &Dialect, tool: &Tool, text: &str, piece: usize, whole: bool) -> Calls {
    let mut parser = Parser::new(dialect, std::slice::from_ref(tool), false).unwrap();
    let characters: Vec<char> = text.chars().collect();
    let mut events: Vec<Event> = Vec::new();
    for piece in characters.chunks(piece) {
        events.extend(parser.push(&piece.iter().collect::<String>()));
    }
    events.extend(parser.finish(whole));
    let call = |event| if let Event::CallEnded { call, .. } = event { Some(*call) } else { None };
    events.into_iter().filter_map(call).collect()
}

/// The text with a part of it gone, said twice, or put elsewhere.
fn broken(text: &str, random: &mut Random) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let length = characters.len() as u64;
    let at = random.below(length) as usize;
    let end = (at + 1 + random.below(12) as usize).min(characters.len());
    let part: Vec<char> = match random.below(3) {
        0 => characters[at..end].to_vec(),
        _ => characters.drain(at..end).collect(),
    };
    if random.below(2) == 0 {
        let to = random.below(characters.len() as u64 + 1) as usize;
        characters.splice(to..to, part);
    }
    characters.into_iter().collect()
}

#[test]
fn generated_calls_come_back_and_nothing_else_does() {
    let families: Vec<Dialect> = FAMILIES.iter().map(|(family, ..)| dialect(family)).collect();
    let (tokens, end) = vocabulary();
    let grammars = Grammars::new(&tokens, &[end]).unwrap();
    // Where texts have no quotes, one that looks like another value is read as that: such a call is refused, and never taken for one
    // that was not meant.
    let (mut json, mut other, mut survived) = (0, (0, 0), 0);
    for seed in 0..SCHEMAS {
        let (parameters, mut random) = (schema(seed), Random::new(seed));
        let mut guide = grammars.compile(&Constraint::JsonSchema(parameters.clone())).unwrap();
        let (text, ..) = said(&mut guide, &tokens, AMPLE, &mut random).unwrap();
        let arguments: Value = serde_json::from_slice(&text).unwrap();
        let validator = Validator::new(&parameters).unwrap();
        let tool = Tool { name: "the_tool".into(), description: String::new(), parameters };
        let call = ToolCall { id: String::new(), name: tool.name.clone(), arguments };
        let family = &families[seed as usize % families.len()];
        let text = family.spelled(std::slice::from_ref(&call)).unwrap();
        let is_allowed = |found: &Result<ToolCall, CallError>| {
            let fault =
                |call: &ToolCall| call.name != tool.name || validator.fault(&call.arguments).is_some();
            !found.as_ref().is_ok_and(fault)
        };

        let found = parse(family, &tool, &text, 1 + seed as usize % 7, true);
        assert!(found.len() == 1 && found.iter().all(is_allowed), "{seed} {found:?}\n{text}");
        let same = found[0].as_ref().is_ok_and(|found| found.arguments == call.arguments);
        match &family.calls().body {
            Body::Tagged(_) => {
                assert!(same || found[0].is_err(), "{seed} {found:?}\n{text}");
                other = (other.0 + u32::from(same), other.1 + 1);
            }
            _ => {
                assert!(same, "{seed} {found:?}\n{text}");
                json += 1;
            }
        }
        for _ in 0..CUTS {
            let cut = text.floor_char_boundary(1 + random.below(text.len() as u64 - 1) as usize);
            let found = parse(family, &tool, &text[..cut], 5, false);
            assert!(found.last().is_none_or(|call| call.is_err()), "{seed} {cut} {found:?}\n{text}");
        }
        for _ in 0..BROKEN {
            let text = broken(&text, &mut random);
            let found = parse(family, &tool, &text, 3, true);
            assert!(found.iter().all(is_allowed), "{seed} {found:?}\n{text}");
            survived += found.iter().filter(|call| call.is_ok()).count();
        }
    }
    println!(
        "{json} calls as JSON, {} of {} spelled otherwise; {survived} of broken ones are calls still",
        other.0, other.1
    );
    assert!(json > 1000 && other.1 > 200 && other.0 * 100 > other.1 * 98, "{json} {other:?}");
}
