//! Answers that are chosen at random fit their form whatever the budget, and what cannot be held is refused.

use crate::samples::babble::{self, vocabulary};
use crate::samples::{Random, schema};
use crate::{Choice, ConstraintError, Grammars, Guide, Token, Validator};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use trust_inference::{Completion, Constraint};

fn grammars() -> Grammars {
    let (tokens, end) = vocabulary();
    Grammars::new(&tokens, &[end]).unwrap()
}

fn said(
    guide: &mut Guide,
    budget: u32,
    random: &mut Random,
) -> Result<(String, Completion), ConstraintError> {
    let (text, count, completion) = babble::said(guide, &vocabulary().0, budget, random)?;
    assert!(count <= budget, "{count} tokens of {budget}");
    Ok((String::from_utf8(text).unwrap(), completion))
}

/// Schemas that are tried, and lengths at which their answers are cut.
const SCHEMAS: u64 = 2000;
const LENGTHS: u32 = 120;
/// Of so many one is cut at each of them; the others at a few, each length as often.
const WHOLE: u64 = 40;

#[derive(Default)]
struct Tally {
    natural: u32,
    forced: u32,
    refused: u32,
    lengths: BTreeSet<u32>,
}

#[test]
fn what_is_said_fits_the_schema_whatever_the_budget() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let parts: Vec<Tally> = std::thread::scope(|scope| {
        let part = move |first| {
            let (grammars, mut tally) = (grammars(), Tally::default());
            (first..SCHEMAS).step_by(threads as usize).for_each(|seed| cut(seed, &grammars, &mut tally));
            tally
        };
        let all: Vec<_> = (0..threads).map(|first| scope.spawn(move || part(first))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let sum = |of: fn(&Tally) -> u32| parts.iter().map(of).sum::<u32>();
    let (natural, forced) = (sum(|tally| tally.natural), sum(|tally| tally.forced));
    let refused = sum(|tally| tally.refused);
    let lengths: BTreeSet<u32> = parts.iter().flat_map(|tally| tally.lengths.iter().copied()).collect();
    println!("{natural} ended by themselves, {forced} were closed, {refused} budgets were refused");
    assert!(natural > 4000 && forced > 1000 && refused > 1000, "{natural} {forced} {refused}");
    // Answers were closed at every length from which there are any.
    let least = lengths.first().copied().unwrap_or(LENGTHS);
    assert!(least < 10 && (least..LENGTHS).all(|length| lengths.contains(&length)), "{lengths:?}");
}

/// Answers by the schema of number `seed`, cut at several lengths.
fn cut(seed: u64, grammars: &Grammars, tally: &mut Tally) {
    let schema = schema(seed);
    let guide = grammars.compile(&Constraint::JsonSchema(schema.clone())).unwrap();
    let validator = Validator::new(&schema).unwrap();
    let mut random = Random::new(seed);
    let some = |of: u64| (seed * of % u64::from(LENGTHS)) as u32;
    let budgets =
        if seed.is_multiple_of(WHOLE) { (0..LENGTHS).collect() } else { vec![some(1), some(7), 400] };
    for budget in budgets {
        match said(&mut guide.clone(), budget, &mut random) {
            Ok((text, completion)) => {
                let value: Value = serde_json::from_str(&text).unwrap_or_else(|error| {
                    panic!("{seed} {budget} {completion:?} {error}: {text}\n{schema}")
                });
                assert_eq!(validator.fault(&value), None, "{seed} {budget} {completion:?} {text}\n{schema}");
                match completion {
                    Completion::Natural => tally.natural += 1,
                    Completion::Forced { .. } => {
                        tally.forced += 1;
                        tally.lengths.insert(budget);
                    }
                    Completion::Truncated => panic!("{seed} {budget} truncated: {text}\n{schema}"),
                }
            }
            Err(ConstraintError::BudgetTooSmall { needed }) => {
                assert!(needed > budget);
                tally.refused += 1;
            }
            Err(error) => panic!("{seed} {error}\n{schema}"),
        }
    }
}

#[test]
fn regular_expressions_and_grammars_hold_too() {
    let grammars = grammars();
    let lark =
        "start: (\"yes\" | call)\ncall: <tool_call> body \"!\"\nbody[suffix=\"\\n</v>\\n\"]: /(.|\\n)*/\n";
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let regex = Constraint::Regex("(feat|fix)(\\([a-z]{1,8}\\))?: [a-z ]{3,40}".into());
        let (text, _) = said(&mut grammars.compile(&regex).unwrap(), 12 + seed as u32, &mut random).unwrap();
        assert!(text.starts_with("fix") || text.starts_with("feat"), "{text}");
        assert!(text.split_once(": ").is_some_and(|(_, rest)| (3..=40).contains(&rest.len())), "{text}");

        let closers = vec!["\n</v>\n".to_string()];
        let lark = Constraint::Lark { grammar: lark.into(), closers };
        let (text, _) = said(&mut grammars.compile(&lark).unwrap(), 20 + seed as u32, &mut random).unwrap();
        assert!(text == "yes" || text.starts_with("<tool_call>") && text.ends_with("\n</v>\n!"), "{text:?}");
    }
}

#[test]
fn what_cannot_be_held_is_refused_and_quotes_nothing() {
    let grammars = grammars();
    let lark = |grammar: &str| Constraint::Lark { grammar: grammar.into(), closers: Vec::new() };
    let cases = [
        Constraint::JsonSchema(json!({"type": "string", "pattern": "(?=a)b"})),
        Constraint::JsonSchema(json!({"not": {"type": "string"}})),
        Constraint::JsonSchema(json!({"type": "nothing"})),
        Constraint::JsonSchema(json!(false)),
        Constraint::Regex("(".into()),
        lark("start: <no_such_token>"),
        lark("start: missing"),
        lark(""),
    ];
    for constraint in cases {
        let error = grammars.compile(&constraint).err().unwrap_or_else(|| panic!("{constraint:?} was taken"));
        assert!(matches!(error, ConstraintError::Form(_)), "{constraint:?}: {error:?}");
        assert!(!error.to_string().contains('\n'), "{error}");
    }
    assert_eq!(Grammars::new(&[Token::Text(b"a".to_vec())], &[]).err(), Some(ConstraintError::Vocabulary));

    // A caller that does not look at the mask ends with an error, and so does one that has been cancelled.
    let mut guide = grammars.compile(&Constraint::JsonSchema(json!({"type": "object"}))).unwrap();
    assert_eq!(guide.next(|_| Some(u32::from(b'x'))), Err(ConstraintError::DeadEnd));
    let mut guide = grammars.compile(&Constraint::JsonSchema(json!({"type": "string"}))).unwrap();
    guide.cancellation().unwrap()();
    assert_eq!(guide.next(|_| Some(u32::from(b'"'))), Err(ConstraintError::Cancelled));
}

#[test]
fn numbers_without_a_limit_can_be_read() {
    let grammars = grammars();
    let schema = json!({"type": "array", "items": {"anyOf": [{"type": "number"}, {"type": "integer", "minimum": 1}]},
                        "minItems": 8, "maxItems": 8});
    let guide = grammars.compile(&Constraint::JsonSchema(schema.clone())).unwrap();
    let validator = Validator::new(&schema).unwrap();
    for seed in 0..200 {
        let (text, _) = said(&mut guide.clone(), 600, &mut Random::new(seed)).unwrap();
        let value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{seed} {error}: {text}"));
        assert_eq!(validator.fault(&value), None, "{seed} {text}");
    }
}

#[test]
fn numbers_of_free_values_can_be_read() {
    let grammars = grammars();
    let end = vocabulary().1;
    let schemas = [
        json!({}),
        json!({"type": "object", "minProperties": 1}),
        json!({"type": "array", "minItems": 2}),
        json!({"properties": {"a": {}}, "required": ["a"]}),
    ];
    for schema in &schemas {
        let guide = grammars.compile(&Constraint::JsonSchema(schema.clone())).unwrap();
        for seed in 0..40 {
            let (text, completion) = said(&mut guide.clone(), 250, &mut Random::new(seed)).unwrap();
            let read = serde_json::from_str::<Value>(&text);
            assert!(read.is_ok(), "{seed} {completion:?} {:?} {text}\n{schema}", read.err());
        }
        // Those that a model would like best, first the first.
        for wanted in ["9e.0", "1e9", ".90", "e90", "-9e", "9"] {
            let mut guide = guide.clone();
            guide.within(800).unwrap();
            let mut wanted: Vec<u32> = wanted.bytes().map(u32::from).collect();
            wanted.push(end);
            let mut text = Vec::new();
            while let Choice::Token(id) = guide
                .next(|mask| {
                    let Some(mask) = mask else { return wanted.first().copied() };
                    let allowed: Vec<u32> = mask.tokens().collect();
                    wanted.iter().find(|one| allowed.contains(one)).or(allowed.first()).copied()
                })
                .unwrap()
            {
                match &vocabulary().0[id as usize] {
                    Token::Text(bytes) => text.extend(bytes),
                    other => panic!("{other:?}"),
                }
            }
            let read = serde_json::from_slice::<Value>(&text);
            assert!(read.is_ok(), "{:?} {}\n{schema}", read.err(), String::from_utf8_lossy(&text));
        }
    }
}

#[test]
fn a_schema_that_asks_for_a_number_of_many_digits_gets_it() {
    let schema = json!({"type": "number", "const": 1e305});
    let mut guide = grammars().compile(&Constraint::JsonSchema(schema)).unwrap();
    let mut text = Vec::new();
    while let Choice::Token(id) = guide
        .next(|mask| match mask {
            None => Some(u32::from(b'0')),
            Some(mask) => mask.tokens().next(),
        })
        .unwrap()
    {
        text.push(u8::try_from(id).unwrap());
        assert!(text.len() <= 306);
    }
    assert_eq!(String::from_utf8(text).unwrap(), format!("{}", 1e305));
}

#[test]
fn no_whitespace_is_written_between_the_parts() {
    let grammars = grammars();
    let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"],
                        "additionalProperties": false});
    let mut guide = grammars.compile(&Constraint::JsonSchema(schema)).unwrap();
    guide.within(30).unwrap();
    let mut wanted = b"{ \n\"a\" : 12 }".iter();
    let mut text = Vec::new();
    while let Choice::Token(id) = guide
        .next(|mask| match mask {
            None => wanted.next().map(|byte| u32::from(*byte)),
            Some(mask) => mask.tokens().find(|id| *id < 256),
        })
        .unwrap()
    {
        text.push(id as u8);
        assert!(text.len() < 40);
    }
    assert!(!text.contains(&b' ') && !text.contains(&b'\n'), "{}", String::from_utf8_lossy(&text));
}
