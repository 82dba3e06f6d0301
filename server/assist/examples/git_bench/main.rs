//! `cargo xtask bench git`: proposes a message for commits of the past, from what was known before each, and
//! compares it with the one that was written. Beside it two simpler ways: the message of the most similar older
//! commit, and the facts without the history.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool for developers")]

mod scores;

use scores::{bleu, rouge_l};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use trust_assist::commit::{
    EXAMPLES, Example, Facts, Form, HISTORY, History, MAX_SUBJECT, Request, Style, draft, parse_typed,
    ungrounded,
};
use trust_assist::review::{Options, Severity, review};
use trust_assist::{Broker, gather};
use trust_changes::{Message, Problem, Repository, Scope, messages};
use trust_inference::CancelToken;

struct Arguments {
    repository: PathBuf,
    commits: usize,
    json: bool,
    show: usize,
}

#[derive(Default)]
struct Tally {
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

fn main() -> ExitCode {
    match arguments()
        .map_err(|error| (2, error))
        .and_then(|arguments| bench(&arguments).map_err(|problem| (1, problem.to_string())))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, error)) => {
            eprintln!("{error}");
            ExitCode::from(code)
        }
    }
}

fn arguments() -> Result<Arguments, String> {
    let usage = "usage: cargo xtask bench git --repo DIR [--commits N] [--show N] [--json]";
    let mut parsed = Arguments { repository: PathBuf::new(), commits: 1_000, json: false, show: 0 };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| usage.to_owned());
        match word.as_str() {
            "--repo" => parsed.repository = value()?.into(),
            "--commits" => parsed.commits = value()?.parse().map_err(|_| usage.to_owned())?,
            "--show" => parsed.show = value()?.parse().map_err(|_| usage.to_owned())?,
            "--json" => parsed.json = true,
            _ => return Err(usage.into()),
        }
    }
    if parsed.repository.as_os_str().is_empty() { Err(usage.into()) } else { Ok(parsed) }
}

fn bench(arguments: &Arguments) -> Result<(), Problem> {
    let repository = Repository::open(&arguments.repository)?;
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
        let typed = known.iter().filter(|example| !example.kind.is_empty()).map(|example| (*example).clone());
        let history = History { style: Style::learn(before), examples: typed.collect() };
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
            !ours.subject.trim().is_empty() && parse_typed(&ours.subject).is_some() == conventional,
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
    report(arguments, &mut tally);
    Ok(())
}

/// As [`Example`]s are, of untyped messages too: those have an empty type.
fn paths_of(repository: &Repository, message: &Message) -> Option<Example> {
    let paths = trust_assist::commit::touched(repository, &message.commit)?;
    let typed = parse_typed(&message.subject);
    let (kind, scope) = typed.map_or((String::new(), None), |typed| (typed.kind, typed.scope));
    Some(Example { kind, scope, paths })
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

fn report(arguments: &Arguments, tally: &mut Tally) {
    let percent = |part: usize, of: usize| {
        if of == 0 { Value::Null } else { json!((1000.0 * part as f64 / of as f64).round() / 10.0) }
    };
    let mean = |sum: f64| (1000.0 * sum / tally.commits.max(1) as f64).round() / 10.0;
    tally.times.sort();
    let time =
        |share: usize| tally.times.get(tally.times.len() * share / 100).map(|time| time.as_secs_f64() * 1e3);
    let [ours, near, plain] = tally.scores;
    let result = json!({
        "repository": arguments.repository.file_name().map(|name| name.to_string_lossy().into_owned()),
        "commits": tally.commits,
        "formValid": percent(tally.form, tally.commits),
        "subjectLength": percent(tally.short, tally.commits),
        "namesExist": percent(tally.grounded, tally.commits),
        "typeRight": percent(tally.types.0, tally.types.1),
        "typeMostFrequent": percent(tally.common, tally.types.1),
        "typed": tally.types.1,
        "scopeRight": percent(tally.scopes.0, tally.scopes.1),
        "scoped": tally.scopes.1,
        "scopeGivenRight": percent(tally.given.0, tally.given.1), "scopesGiven": tally.given.1,
        "bNorm": { "ours": mean(ours.0), "nearest": mean(near.0), "factsOnly": mean(plain.0) },
        "rougeL": { "ours": mean(ours.1), "nearest": mean(near.1), "factsOnly": mean(plain.1) },
        "cosmetic": tally.cosmetic.1, "cosmeticWithoutFinding": percent(tally.cosmetic.0, tally.cosmetic.1),
        "msMedian": time(50), "msP95": time(95),
    });
    if arguments.json {
        println!("{result}");
        return;
    }
    println!("| measure | value |\n|---|--:|");
    for (name, value) in result.as_object().into_iter().flatten() {
        println!("| {name} | {value} |");
    }
}
