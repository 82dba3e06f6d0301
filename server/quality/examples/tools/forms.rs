//! Without a model: answers that are chosen at random among what each schema allows, with a budget that suffices and with
//! every smaller one.

use crate::row::{Asked, Measure, Row};
use anyhow::Result;
use std::time::{Duration, Instant};
use trust_constraint::samples::babble::{said, vocabulary};
use trust_constraint::samples::{Random, schema};
use trust_constraint::{ConstraintError, Grammars, Guide, Token, Validator};
use trust_inference::{Completion, Constraint};

/// Tokens that each of the schemas can be answered in, however the answer is chosen.
const AMPLE: u32 = 600;

#[derive(Default)]
struct Tally {
    answers: u64,
    formed: u64,
    valid: u64,
    cuts: u64,
    /// Of the cuts: answered and valid, and refused since nothing is as short.
    kept: u64,
    refused: u64,
    compile: Vec<Duration>,
}

pub fn measure(schemas: u64) -> Result<Vec<Row>> {
    let (tokens, end) = vocabulary();
    let grammars = Grammars::new(&tokens, &[end])?;
    let mut tally = Tally::default();
    for seed in 0..schemas {
        let schema = schema(seed);
        let start = Instant::now();
        let guide = grammars.compile(&Constraint::JsonSchema(schema.clone()))?;
        tally.compile.push(start.elapsed());
        let validator = Validator::new(&schema)?;
        one(&guide, &tokens, &validator, seed, &mut tally);
    }
    let count = Measure::Count;
    let mut rows = vec![
        Row::new("answers that are well-formed", count(tally.formed, tally.answers), Asked::All),
        Row::new("answers that are valid", count(tally.valid, tally.answers), Asked::All),
        Row::new(
            "budgets cut at every length: valid or refused at once",
            count(tally.kept + tally.refused, tally.cuts),
            Asked::All,
        ),
        Row::new("of them refused: nothing is as short", count(tally.refused, tally.cuts), Asked::Nothing),
    ];
    rows.extend(Row::percentile("compile p50", &mut tally.compile, 0.5, Asked::Nothing));
    rows.extend(Row::percentile("compile p95", &mut tally.compile, 0.95, Asked::AtMost(20.0)));
    Ok(rows)
}

fn one(guide: &Guide, tokens: &[Token], validator: &Validator, seed: u64, tally: &mut Tally) {
    let speak = |budget| said(&mut guide.clone(), tokens, budget, &mut Random::new(seed));
    tally.answers += 1;
    let Ok((text, length, _)) = speak(AMPLE) else { return };
    let value = serde_json::from_slice(&text);
    tally.formed += u64::from(value.is_ok());
    tally.valid += u64::from(value.is_ok_and(|value| validator.fault(&value).is_none()));
    for budget in 0..length {
        tally.cuts += 1;
        match speak(budget) {
            Ok((text, used, completion)) => {
                let value = serde_json::from_slice(&text);
                let valid = value.is_ok_and(|value| validator.fault(&value).is_none());
                let whole = completion != Completion::Truncated && used <= budget;
                tally.kept += u64::from(valid && whole);
            }
            Err(ConstraintError::BudgetTooSmall { needed }) => tally.refused += u64::from(needed > budget),
            Err(_) => {}
        }
    }
}
