//! Proposes a message for commits of the past, from what was known before each, and compares it with the one that was
//! written. Beside it two simpler ways: the message of the most similar older commit, and the facts without the history.

use crate::Arguments;
use crate::scores::{bleu, rouge_l};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::ops::AddAssign;
use std::path::Path;
use std::time::{Duration, Instant};
use trust_assist::commit::{
    EXAMPLES, Example, Facts, Form, HISTORY, History, MAX_SUBJECT, Request, Style, draft, parse_area,
    parse_typed, ungrounded,
};
use trust_assist::review::{Options, Severity, review};
use trust_assist::{Broker, gather};
use trust_changes::{Message, Problem, Repository, Scope, messages};
use trust_inference::CancelToken;

#[derive(Default)]
pub struct Tally {
    commits: usize,
    form: usize,
    grounded: usize,
    short: usize,
    types: (usize, usize),
    common: usize,
    scopes: (usize, usize),
    /// Scopes that were given, and those of them that are the written one.
    given: (usize, usize),
    /// B-Norm and ROUGE-L, summed: ours, nearest, facts only.
    scores: [(f64, f64); 3],
    times: Vec<Duration>,
    /// Commits that only reformat, comment or bump versions, and those of them without a finding.
    cosmetic: (usize, usize),
}

pub fn bench(arguments: &Arguments, repository: &Path) -> Result<Tally, Problem> {
    let repository = Repository::open(repository)?;
    let reader = Broker::new(repository.root().to_owned());
    let log = messages(&repository, "HEAD", arguments.commits + EXAMPLES)?;
    let examples: Vec<Option<Example>> = log.iter().map(|message| paths_of(&repository, message)).collect();
    let mut tally = Tally::default();
    for (at, message) in log.iter().enumerate().take(arguments.commits.min(log.len().saturating_sub(HISTORY)))
    {
        let before = log.get(at + 1..at + 1 + HISTORY).unwrap_or_default();
        let known: Vec<&Example> = examples.iter().skip(at + 1).take(EXAMPLES).flatten().collect();
        let started = Instant::now();
        let scope = Scope::Commit(message.commit.clone());
        let changes = match gather(&repository, scope, &reader, &CancelToken::new()) {
            Ok(changes) if !changes.files.is_empty() => changes,
            Ok(_) | Err(Problem::Unreadable(_) | Problem::Shallow(_)) => continue,
            Err(problem) => return Err(problem),
        };
        let style = Style::learn(before);
        let taught = known.iter().filter_map(|example| taught(example, style.areas));
        let history = History { examples: taught.collect(), style };
        let Some(ours) = draft(&changes.files, &history, &Request::default()) else { continue };
        tally.times.push(started.elapsed());
        let bare = History { style: Style::default(), examples: Vec::new() };
        let plain =
            draft(&changes.files, &bare, &Request::default()).map(|draft| draft.subject).unwrap_or_default();
        let own: BTreeSet<&str> = changes.files.iter().map(|file| file.change.path.as_str()).collect();
        let near = nearest(&own, before, examples.get(at + 1..).unwrap_or_default());

        if is_cosmetic(&changes) {
            let review = review(&repository, &changes, &reader, &Options::default());
            let severe = review.findings.iter().any(|finding| finding.severity > Severity::Information);
            if severe && arguments.show > 0 {
                eprintln!("{}: {:?}", message.commit, review.findings);
            }
            tally.cosmetic.0 += usize::from(!severe);
            tally.cosmetic.1 += 1;
        }
        tally.commits += 1;
        let conventional = history.style.form == Form::Conventional;
        tally.short += usize::from(ours.subject.chars().count() <= MAX_SUBJECT);
        tally.form += usize::from(
            !ours.subject.trim().is_empty()
                && (history.style.areas || parse_typed(&ours.subject).is_some() == conventional),
        );
        let facts = Facts::of(&changes.files);
        let text = ours
            .subject
            .split_once(": ")
            .filter(|_| conventional)
            .map_or(ours.subject.as_str(), |(_, text)| text);
        let missing = [ungrounded(text, &facts), ungrounded(&ours.body, &facts)].concat();
        tally.grounded += usize::from(missing.is_empty());
        if let Some(written) = parse_typed(&message.subject).filter(|_| conventional) {
            tally.types.1 += 1;
            tally.types.0 += usize::from(ours.kind.as_ref() == Some(&written.kind));
            tally.common += usize::from(history.style.types.first() == Some(&written.kind));
            tally.given.1 += usize::from(ours.scope.is_some());
            tally.given.0 += usize::from(ours.scope.is_some() && ours.scope == written.scope);
            if let Some(scope) = written.scope {
                tally.scopes.1 += 1;
                tally.scopes.0 += usize::from(ours.scope.as_ref() == Some(&scope));
            }
        }
        for (score, subject) in tally.scores.iter_mut().zip([&ours.subject, &near, &plain]) {
            score.0 += bleu(&message.subject, subject);
            score.1 += rouge_l(&message.subject, subject);
        }
        if tally.commits <= arguments.show {
            eprintln!("was:  {}\nours: {}\nnear: {near}\n", message.subject, ours.subject);
        }
    }
    Ok(tally)
}

/// As [`Example`]s are, of untyped messages too: those have an empty type, and their area for a scope.
fn paths_of(repository: &Repository, message: &Message) -> Option<Example> {
    let paths = trust_assist::commit::touched(repository, &message.commit)?;
    let area = || parse_area(&message.subject).map(|(area, _)| area.to_owned());
    let typed = parse_typed(&message.subject);
    let (kind, scope) = typed.map_or_else(|| (String::new(), area()), |typed| (typed.kind, typed.scope));
    Some(Example { kind, scope, paths })
}

/// What an example teaches: of types, or where messages have areas of those, which look like types where they are words.
fn taught(example: &Example, areas: bool) -> Option<Example> {
    let mut example = example.clone();
    if areas {
        let kind = std::mem::take(&mut example.kind);
        example.scope = if kind.is_empty() { example.scope } else { Some(kind) };
        return example.scope.is_some().then_some(example);
    }
    (!example.kind.is_empty()).then_some(example)
}

/// The subject of the older commit that touched the most similar set of files.
fn nearest(own: &BTreeSet<&str>, before: &[Message], examples: &[Option<Example>]) -> String {
    let likeness = |example: &Example| {
        let common = example.paths.iter().filter(|(path, _)| own.contains(path.as_str())).count();
        common * 1000 / (own.len() + example.paths.len() - common).max(1)
    };
    let scored = before.iter().zip(examples).enumerate().filter_map(|(at, (message, example))| {
        Some((likeness(example.as_ref()?), std::cmp::Reverse(at), &message.subject))
    });
    scored.max().map(|(_, _, subject)| subject.clone()).unwrap_or_default()
}

/// Whether nothing but layout, comments, documentation and versions changed.
fn is_cosmetic(changes: &trust_assist::Changes) -> bool {
    changes.files.iter().all(|file| match &file.symbols {
        Some(symbols) => symbols.iter().all(trust_changes::SymbolChange::is_cosmetic),
        None => {
            let ends =
                [".md", ".rst", ".txt", ".lock", ".toml", "package.json", "package-lock.json", ".yaml"];
            ends.iter().any(|end| file.change.path.ends_with(end))
        }
    })
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        for (own, more) in [
            (&mut self.commits, other.commits),
            (&mut self.form, other.form),
            (&mut self.grounded, other.grounded),
            (&mut self.short, other.short),
            (&mut self.common, other.common),
        ] {
            *own += more;
        }
        for (own, more) in [
            (&mut self.types, other.types),
            (&mut self.scopes, other.scopes),
            (&mut self.given, other.given),
            (&mut self.cosmetic, other.cosmetic),
        ] {
            *own = (own.0 + more.0, own.1 + more.1);
        }
        for (own, more) in self.scores.iter_mut().zip(other.scores) {
            *own = (own.0 + more.0, own.1 + more.1);
        }
        self.times.extend(other.times);
    }
}

impl Tally {
    pub fn told(&self) -> Value {
        let percent = |part: usize, of: usize| {
            if of == 0 { Value::Null } else { json!((1000.0 * part as f64 / of as f64).round() / 10.0) }
        };
        let mean = |sum: f64| (1000.0 * sum / self.commits.max(1) as f64).round() / 10.0;
        let mut times = self.times.clone();
        times.sort();
        let time = |share: usize| {
            let time = times.get(times.len() * share / 100);
            time.map(|time| (time.as_secs_f64() * 1e4).round() / 10.0)
        };
        let [ours, near, plain] = self.scores;
        json!({
            "commits": self.commits,
            "formValid": percent(self.form, self.commits),
            "subjectLength": percent(self.short, self.commits),
            "namesExist": percent(self.grounded, self.commits),
            "typeRight": percent(self.types.0, self.types.1),
            "typeMostFrequent": percent(self.common, self.types.1),
            "typed": self.types.1,
            "scopeRight": percent(self.scopes.0, self.scopes.1),
            "scoped": self.scopes.1,
            "scopeGivenRight": percent(self.given.0, self.given.1), "scopesGiven": self.given.1,
            "bNorm": { "ours": mean(ours.0), "nearest": mean(near.0), "factsOnly": mean(plain.0) },
            "rougeL": { "ours": mean(ours.1), "nearest": mean(near.1), "factsOnly": mean(plain.1) },
            "cosmetic": self.cosmetic.1, "cosmeticWithoutFinding": percent(self.cosmetic.0, self.cosmetic.1),
            "msMedian": time(50), "msP95": time(95),
        })
    }
}
