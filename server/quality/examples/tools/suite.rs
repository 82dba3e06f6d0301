//! Schemas that others collected: whether each can be held to or is clearly refused, whether answers chosen at random fit it,
//! whether calls with them are read back, and whether the mask takes what fits and nothing else.

use crate::data::{Data, Record, Tests};
use crate::dialects::{Dialects, Round};
use crate::row::{Asked, Measure, Row};
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use trust_constraint::samples::Random;
use trust_constraint::samples::babble::{said, vocabulary};
use trust_constraint::{Choice, ConstraintError, Grammars, Guide, Token, Validator, bounded};
use trust_inference::{Completion, Constraint};

/// Tokens of an answer; what takes more at least is counted apart.
const AMPLE: u32 = 600;
/// Causes and failures that are told one by one.
const CAUSES: usize = 12;
const FAILURES: usize = 200;
/// Of a thread: schemas may be nested.
const STACK: usize = 64 << 20;

#[derive(Default)]
struct Tally {
    schemas: u64,
    refused: BTreeMap<String, u64>,
    /// Nothing that fits is as short as it was asked for; the answer ended with an error, or was said to be cut.
    too_long: u64,
    ended: BTreeMap<String, u64>,
    answers: u64,
    valid: u64,
    json: Round,
    other: Round,
    /// Of the tests: fitting ones, and others.
    taken: (u64, u64),
    kept_out: (u64, u64),
    compile: Vec<Duration>,
    failures: Vec<String>,
}

/// Rows for functions and for MaskBench's schemas, as far as there are any; `every` so manieth of them is looked at.
pub fn measure(data: &Data, dialects: &Dialects, every: usize) -> Result<Vec<Row>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let records: Vec<&Record> = data.records.iter().step_by(every.max(1)).collect();
    let parts: Vec<Result<[Tally; 2]>> = std::thread::scope(|scope| {
        let part = |first: usize| {
            let records = &records;
            std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || {
                let suite = Suite::new(dialects)?;
                let mut tallies = <[Tally; 2]>::default();
                for (number, record) in records.iter().enumerate().skip(first).step_by(threads) {
                    suite.one(number, record, &mut tallies)?;
                }
                Ok(tallies)
            })
        };
        let all: Vec<_> = (0..threads).map(part).collect();
        let ended = |one: std::io::Result<std::thread::ScopedJoinHandle<'_, _>>| {
            one?.join().ok().context("a thread panicked")?
        };
        all.into_iter().map(ended).collect()
    });
    let mut sum = <[Tally; 2]>::default();
    for part in parts {
        sum.iter_mut().zip(part?).for_each(|(sum, part)| sum.add(part));
    }
    let mut rows = Vec::new();
    for (name, tally) in ["functions", "MaskBench"].into_iter().zip(sum) {
        if tally.schemas > 0 {
            tally.failures.iter().take(FAILURES).for_each(|failure| eprintln!("{name}: {failure}"));
            rows.extend(tally.rows(name));
        }
    }
    Ok(rows)
}

struct Suite<'a> {
    dialects: &'a Dialects,
    tokens: Vec<Token>,
    end: u32,
    grammars: Grammars,
}

impl<'a> Suite<'a> {
    fn new(dialects: &'a Dialects) -> Result<Self> {
        let (tokens, end) = vocabulary();
        let grammars = Grammars::new(&tokens, &[end])?;
        Ok(Self { dialects, tokens, end, grammars })
    }

    fn one(&self, number: usize, record: &Record, [functions, masks]: &mut [Tally; 2]) -> Result<()> {
        // A tool's arguments are bounded, an answer that somebody asks for is as they ask.
        let (tally, schema) = match record.tests {
            Tests::Function => (functions, bounded(&record.schema)),
            Tests::Mask(_) => (masks, record.schema.clone()),
        };
        tally.schemas += 1;
        let start = Instant::now();
        let guide = self.grammars.compile(&Constraint::JsonSchema(schema));
        tally.compile.push(start.elapsed());
        let made = guide.and_then(|guide| Ok((guide, Validator::new(&record.schema)?)));
        let (guide, validator) = match made {
            Ok(made) => made,
            Err(error) => {
                *tally.refused.entry(cause(&error)).or_default() += 1;
                return Ok(());
            }
        };
        if let Tests::Mask(tests) = &record.tests {
            for (fits, answer) in tests {
                let taken = self.takes(&guide, &answer.to_string());
                let (right, of) = if *fits { &mut tally.taken } else { &mut tally.kept_out };
                *of += 1;
                *right += u64::from(taken == *fits);
                if taken != *fits {
                    let what = if taken { "takes what does not fit" } else { "does not take what fits" };
                    tally.failures.push(format!("{} {what}", record.name));
                }
            }
        }
        let random = &mut Random::new(number as u64);
        let (text, completion) = match said(&mut guide.clone(), &self.tokens, AMPLE, random) {
            Ok((text, _, completion)) => (text, completion),
            Err(ConstraintError::BudgetTooSmall { .. }) => {
                tally.too_long += 1;
                return Ok(());
            }
            Err(error) => {
                *tally.ended.entry(cause(&error)).or_default() += 1;
                return Ok(());
            }
        };
        if completion == Completion::Truncated {
            *tally.ended.entry("cut, and said to be".into()).or_default() += 1;
            return Ok(());
        }
        tally.answers += 1;
        let value = match serde_json::from_slice(&text) {
            Ok(value) => value,
            Err(error) => {
                tally.failures.push(format!("{} an answer cannot be read: {error}", record.name));
                return Ok(());
            }
        };
        if let Some(place) = validator.fault(&value) {
            tally.failures.push(format!("{} an answer is not valid at {place:?}", record.name));
            return Ok(());
        }
        tally.valid += 1;
        // A call's arguments are an object. In each dialect, or in turn where there are thousands of large ones.
        if Value::is_object(&value) {
            let only = matches!(record.tests, Tests::Mask(_)).then_some(number);
            let lost =
                self.dialects.round(&record.schema, value, only, (&mut tally.json, &mut tally.other))?;
            tally
                .failures
                .extend(lost.into_iter().map(|dialect| format!("{} lost by {dialect}", record.name)));
        }
        Ok(())
    }

    /// Whether the mask lets all of `text` be written, byte by byte, and end there.
    fn takes(&self, guide: &Guide, text: &str) -> bool {
        let mut guide = guide.clone();
        let bytes = text.bytes().map(u32::from);
        bytes.into_iter().all(|byte| guide.next(|_| Some(byte)) == Ok(Choice::Token(byte)))
            && guide.next(|_| Some(self.end)) == Ok(Choice::End(Completion::Natural))
    }
}

/// An error without what is this schema's own: names and numbers.
fn cause(error: &ConstraintError) -> String {
    let mut text = String::new();
    let mut quoted = None;
    for letter in error.to_string().chars() {
        match (quoted, letter) {
            (Some(quote), letter) if letter == quote => quoted = None,
            (Some(_), _) => {}
            (None, '\'' | '`') => {
                quoted = Some(letter);
                text.push('…');
            }
            (None, '0'..='9') if text.ends_with('…') => {}
            (None, '0'..='9') => text.push('…'),
            (None, letter) => text.push(letter),
        }
    }
    text.chars().take(90).collect()
}

impl Tally {
    fn add(&mut self, other: Self) {
        let pair = |one: &mut (u64, u64), other: (u64, u64)| *one = (one.0 + other.0, one.1 + other.1);
        self.schemas += other.schemas;
        self.too_long += other.too_long;
        self.answers += other.answers;
        self.valid += other.valid;
        pair(&mut self.json, other.json);
        pair(&mut self.other, other.other);
        pair(&mut self.taken, other.taken);
        pair(&mut self.kept_out, other.kept_out);
        self.compile.extend(other.compile);
        self.failures.extend(other.failures);
        for (sum, part) in [(&mut self.refused, other.refused), (&mut self.ended, other.ended)] {
            part.into_iter().for_each(|(cause, count)| *sum.entry(cause).or_default() += count);
        }
    }

    fn rows(mut self, name: &str) -> Vec<Row> {
        let row = |what: &str, (done, of): (u64, u64), asked| {
            Row::new(format!("{name}: {what}"), Measure::Count(done, of), asked)
        };
        let refused: u64 = self.refused.values().sum();
        let held = self.schemas - refused;
        let mut rows = vec![row("schemas that answers can be held to", (held, self.schemas), Asked::Nothing)];
        for (cause, count) in most(self.refused) {
            rows.push(row(&format!("refused: {cause}"), (count, self.schemas), Asked::Nothing));
        }
        rows.push(row("answers that are valid", (self.valid, self.answers), Asked::All));
        rows.push(row("no answer: none is short enough", (self.too_long, held), Asked::Nothing));
        for (cause, count) in most(self.ended) {
            rows.push(row(&format!("no answer: {cause}"), (count, held), Asked::Nothing));
        }
        rows.push(row("round trips, arguments as JSON", self.json, Asked::All));
        rows.push(row("round trips, arguments spelled otherwise", self.other, Asked::Nothing));
        if self.taken.1 + self.kept_out.1 > 0 {
            rows.push(row("what fits is taken by the mask", self.taken, Asked::Nothing));
            rows.push(row("what does not fit is refused by the mask", self.kept_out, Asked::Nothing));
        }
        for (share, percent) in [(0.5, 50), (0.95, 95), (0.99, 99)] {
            let name = format!("{name}: compile p{percent}");
            rows.extend(Row::percentile(name, &mut self.compile, share, Asked::Nothing));
        }
        rows
    }
}

/// The most frequent causes, and the rest together.
fn most(causes: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut causes: Vec<_> = causes.into_iter().collect();
    causes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let rest: u64 = causes.iter().skip(CAUSES).map(|(_, count)| count).sum();
    causes.truncate(CAUSES);
    causes.extend((rest > 0).then(|| ("other causes".into(), rest)));
    causes
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tiny_records_are_measured() {
        let record = |schema, tests| Record { name: "one".into(), schema, tests };
        let number = json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"],
            "additionalProperties": false});
        let tests =
            vec![(true, json!({"n": 3})), (false, json!({"n": "3"})), (false, json!({})), (true, json!(1))];
        let records = vec![
            record(number.clone(), Tests::Mask(tests)),
            record(json!({"not": {"type": "string"}}), Tests::Mask(Vec::new())),
            record(number, Tests::Function),
        ];
        let dialects = Dialects::read(None).unwrap();
        let data = Data { records, ..Data::default() };
        let lines: Vec<_> = measure(&data, &dialects, 1).unwrap().iter().map(Row::line).collect();
        let has =
            |start: &str| assert!(lines.iter().any(|line| line.starts_with(start)), "{start} {lines:#?}");
        has("| functions: schemas that answers can be held to | 1 of 1 ");
        has("| functions: answers that are valid | 1 of 1 ");
        has("| functions: round trips, arguments as JSON | 1 of 1 ");
        has("| MaskBench: schemas that answers can be held to | 1 of 2 ");
        has("| MaskBench: refused: the form cannot be used: ");
        // One of the two is not as it says.
        has("| MaskBench: what fits is taken by the mask | 1 of 2 ");
        has("| MaskBench: what does not fit is refused by the mask | 2 of 2 ");
        assert_eq!(
            cause(&ConstraintError::Form("key 'a b' at `x` is 12".into())),
            "the form cannot be used: key … at … is …"
        );
    }
}
