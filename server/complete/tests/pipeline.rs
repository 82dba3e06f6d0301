//! The stages together, over a scripted model and an index of a small project.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "the helpers of tests may fail them, and write the files they need"
)]

use std::path::Path;
use std::time::{Duration, Instant};
use trust_complete::{Completer, EditLog, Edited, Outcome, Query, Quiet, Source};
use trust_index::{Index, IndexOptions};
use trust_inference::scripted::ScriptedModel;
use trust_inference::{CancelToken, FimLayout, Model, ModelCard, Opinion, Piece, Priority};
use trust_text::Text;

/// Another file of the project: what can be copied.
const OTHER: &str = "\
pub fn open(events: &mut Events, event: &Event) -> Result<(), Error> {
    let document = events.documents.get(&event.uri).ok_or(Error::NotOpen)?;
    events.counter.add(document.len());
    Ok(())
}
";

struct Project {
    folder: tempfile::TempDir,
    index: Index,
}

fn project() -> Project {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("other.rs"), OTHER).unwrap();
    let roots = vec![folder.path().to_path_buf()];
    let index = Index::start(IndexOptions { roots, cache: None, on_state: Box::new(|_| ()) });
    assert!(index.wait_ready(Duration::from_secs(20)));
    Project { folder, index }
}

fn model(reply: &str, layout: FimLayout) -> ScriptedModel {
    let card = ModelCard { name: "scripted".into(), parameters: 1, context_length: 1024, fim: Some(layout) };
    ScriptedModel::new(card, reply)
}

/// A query in `open.rs`, whose text has a `|` at the cursor.
fn query(folder: &Path, marked: &str, invoked: bool) -> Query {
    let (before, after) = marked.split_once('|').unwrap();
    Query {
        path: folder.join("open.rs"),
        relative: "open.rs".into(),
        repository: "project".into(),
        language: Some(trust_grammars::Language::Rust),
        text: Text::new(&format!("{before}{after}")),
        offset: before.len(),
        invoked,
        may_replace: false,
        deadline: Instant::now() + Duration::from_secs(20),
        cancel: CancelToken::new(),
        superseded: CancelToken::new(),
        edited: Vec::new(),
    }
}

/// The place, the model's reply and its log-probability, whether it was asked for, and what comes of it.
type Case = (&'static str, &'static str, f32, bool, Result<(&'static str, Source), Quiet>);

#[test]
fn what_is_shown_and_from_where() {
    use Quiet::*;
    use Source::*;
    let copied = "fn f(events: &mut Events, event: &Event) {\n    let document = events.documents.get(|\n}\n";
    let weak = "fn f() {\n    counter.add(|\n}\n";
    let plain = "fn sum(a: i32, b: i32) -> i32 {\n    a + |\n}\n";
    let cases: &[Case] = &[
        (copied, "nonsense", -3.0, false, Ok(("&event.uri).ok_or(Error::NotOpen)?;", Copy))),
        (weak, "document.len());", -0.1, false, Ok(("document.len());", Model))),
        (weak, "1);", -0.01, false, Ok(("1);", Model))),
        (weak, "1);", -3.0, false, Err(Unsure)),
        (weak, "1);", -3.0, true, Ok(("document.len());", Copy))),
        (weak, "1);", -0.5, true, Ok(("1);", Model))),
        (weak, "", -0.01, true, Ok(("document.len());", Copy))),
        (weak, "document.is_open());", -0.9, false, Err(Unsure)),
        (plain, "b", -0.01, false, Ok(("b", Model))),
        (plain, "b\n}\nfn g() {", -0.01, false, Ok(("b", Model))),
        (plain, "b", -3.0, false, Err(Unsure)),
        (plain, "b) + (", -0.01, false, Ok(("b", Model))),
        (plain, ") + b", -0.01, false, Err(Syntax)),
        (plain, "", -0.01, false, Err(Nothing)),
        ("fn f() {\n    a|b\n}\n", "c", -0.01, false, Err(Place)),
        ("fn f() {\n    let x = a|;\n}\n", ";", -0.01, false, Err(Repeats)),
        (
            "fn f() {\n    if ready {\n        |\n    }\n}\n",
            "go();\n        on();\n    }\n}\n",
            -0.01,
            false,
            Ok(("go();\n        on();", Model)),
        ),
    ];
    let project = project();
    let snapshot = project.index.snapshot();
    let mut quotes = 0;
    for (marked, reply, logprob, invoked, expected) in cases {
        let model = model(reply, FimLayout::Spm).with_logprob(*logprob);
        let query = query(project.folder.path(), marked, *invoked);
        let outcome = Completer::default().complete(&query, &snapshot, Some(&model));
        let found = match &outcome {
            Outcome::Show(completion) => Ok((completion.text.as_str(), completion.source)),
            Outcome::Quiet(quiet) => Err(*quiet),
        };
        assert_eq!(found, *expected, "{marked:?} {reply:?} {logprob}");
        let asked = !model.requests().is_empty();
        assert!(asked || !matches!(found, Ok((_, Model | Mixed))), "{marked:?}");
        if let Outcome::Show(completion) = &outcome {
            let shown = |piece: &Piece| matches!(piece, Piece::Text(text) if text.starts_with("other.rs\n"));
            let quoted = model.requests().iter().any(|request| request.prompt.0.iter().any(shown));
            assert_eq!(completion.quoted.contains(&"other.rs".to_owned()), quoted, "{marked:?}");
            quotes += usize::from(quoted);
        }
    }
    assert!(quotes > 3, "{quotes}");
}

#[test]
fn a_text_that_closes_what_an_editor_has_closed_takes_its_place() {
    let project = project();
    let snapshot = project.index.snapshot();
    let place = "fn f() -> usize {\n    counter.add(|);\n}\n";
    for (may_replace, text, replaces) in [(true, "1).total()", 1), (false, "1", 0)] {
        for invoked in [false, true] {
            let model = model("1).total();", FimLayout::Spm).with_logprob(-0.01);
            let completer = Completer::default();
            let asked = Query { may_replace, ..query(project.folder.path(), place, invoked) };
            let Outcome::Show(shown) = completer.complete(&asked, &snapshot, Some(&model)) else {
                panic!("{:?}", completer.why())
            };
            assert_eq!((shown.text.as_str(), shown.replaces), (text, replaces));
            // What is left of it, typed into, takes the same place.
            let typed =
                Query { may_replace, ..query(project.folder.path(), &place.replace('|', "1|"), false) };
            if may_replace {
                let outcome = completer.complete(&typed, &snapshot, Some(&model));
                let Outcome::Show(rest) = outcome else { panic!("{outcome:?}") };
                assert_eq!((rest.text.as_str(), rest.replaces), (").total()", 1));
            }
        }
    }
}

#[test]
fn what_breaks_its_place_is_gone_on_with_from_where_it_was_sound() {
    let project = project();
    let snapshot = project.index.snapshot();
    let place = "fn f(a: u32, b: u32) {\n    let total = |\n}\n";
    // What the model says one after the other, what is shown, and how often it was asked.
    let cases: [(&[&str], Option<&str>, usize); 5] = [
        (&["sum(a b);", ", b);"], Some("sum(a, b);"), 2),
        (&["sum(a b);", " c d);", ", b);"], Some("sum(a, b);"), 3),
        (&["sum(a b);", " c d);", " e f);", ", b);"], None, 3),
        (&["sum(a, b);", "never"], Some("sum(a, b);"), 1),
        (&["", "never"], None, 1),
    ];
    for (said, expected, asked) in cases {
        let replies = said.iter().map(|reply| (*reply).to_owned());
        let model = model("never", FimLayout::Spm).with_logprob(-0.01).with_replies(replies);
        let completer = Completer::default();
        let outcome =
            completer.complete(&query(project.folder.path(), place, false), &snapshot, Some(&model));
        let shown = if let Outcome::Show(shown) = &outcome { Some(shown.text.as_str()) } else { None };
        assert_eq!(shown, expected, "{said:?} {outcome:?}");
        let requests = model.requests();
        assert_eq!(requests.len(), asked, "{said:?}");
        if asked > 1 {
            assert!(requests[0].avoid.is_empty() && requests[1].avoid == ["b"], "{:?}", requests[1].avoid);
            let Some(Piece::Text(last)) = requests[1].prompt.0.last() else { panic!("no text") };
            assert!(last.ends_with("let total = sum(a"), "{last:?}");
        }
    }
}

#[test]
fn what_was_accepted_and_taken_away_is_not_offered_again() {
    let project = project();
    let snapshot = project.index.snapshot();
    let model = model("sum(a, b);", FimLayout::Spm).with_logprob(-0.01);
    let completer = Completer::default();
    let place = "fn f(a: u32, b: u32) {\n    let total = |\n}\n";
    let asked = query(project.folder.path(), place, false);
    let Outcome::Show(shown) = completer.complete(&asked, &snapshot, Some(&model)) else { panic!("nothing") };
    let (mut text, mut log) = (asked.text.clone(), EditLog::default());
    let range = asked.offset..asked.offset + shown.text.len();
    for (range, new) in [(asked.offset..asked.offset, shown.text.as_str()), (range, "")] {
        log.record(&text, Some(range.clone()), new, Instant::now());
        text.replace(range, new);
    }
    let edited = vec![Edited { path: asked.path.clone(), own: true, log: log.into() }];
    for invoked in [false, true] {
        let again = Query { edited: edited.clone(), ..query(project.folder.path(), place, invoked) };
        let outcome = completer.complete(&again, &snapshot, Some(&model));
        match invoked {
            false => assert_eq!(outcome, Outcome::Quiet(Quiet::Withdrawn)),
            true => assert!(matches!(outcome, Outcome::Show(found) if found.text == shown.text)),
        }
    }
}

#[test]
fn somebody_who_asks_is_shown_several() {
    let project = project();
    let snapshot = project.index.snapshot();
    let seen = "fn g() {\n    log.write(first, 1);\n    log.write(second, 2);\n    log.write(third, 3);\n    log.write(|\n}\n";
    let model = model("fourth, 4);", FimLayout::Spm).with_logprob(-0.01);
    for (invoked, others) in [(true, vec!["first, 1);", "second, 2);", "third, 3);"]), (false, vec![])] {
        let completer = Completer::default();
        let query = query(project.folder.path(), seen, invoked);
        let Outcome::Show(shown) = completer.complete(&query, &snapshot, Some(&model)) else {
            panic!("nothing")
        };
        assert_eq!(shown.text, "fourth, 4);");
        let mut found: Vec<&str> = shown.others.iter().map(|other| other.text.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, others);
        // Typing into any of them keeps its rest.
        for other in &shown.others {
            let typed = seen.replace('|', &format!("{}|", &other.text[..3]));
            let query = self::query(project.folder.path(), &typed, false);
            let Outcome::Show(rest) = completer.complete(&query, &snapshot, Some(&model)) else {
                panic!("nothing")
            };
            assert_eq!((rest.source, rest.text.as_str()), (Source::TypeThrough, &other.text[3..]));
        }
    }
}

#[test]
fn of_several_candidates_that_is_shown_which_fits_best() {
    let project = project();
    let snapshot = project.index.snapshot();
    let place = "fn f() {\n    counter.add(|\n}\n";
    let cases = [
        // (the likeliest by the model, the next by it, what is shown)
        (("document.len());", -1.0), ("13);", -1.2), "document.len());"),
        (("unheard.of());", -1.0), ("document.len());", -1.2), "document.len());"),
        (("document.len()));", -1.0), ("document.len());", -1.2), "document.len());"),
        (("unheard.of());", -0.1), ("document.len());", -4.0), "unheard.of());"),
        ((";", -0.01), ("document.len());", -4.0), "document.len());"),
    ];
    for ((first, logprob), other, expected) in cases {
        let tokens = first.len().div_ceil(4) as f32;
        let model = model(first, FimLayout::Spm).with_logprob(logprob / tokens).with_others(&[other]);
        let query = query(project.folder.path(), place, true);
        let Outcome::Show(shown) = Completer::default().complete(&query, &snapshot, Some(&model)) else {
            panic!("nothing")
        };
        assert_eq!(shown.text, expected, "{first:?}");
        let rest = if expected == first { other.0 } else { first };
        let offered = shown.others.iter().any(|other| other.text == rest);
        assert!(offered || [";", "document.len()));"].contains(&rest), "{rest:?} {:?}", shown.others);
    }
}

#[test]
fn the_lines_below_tell_candidates_apart() {
    let project = project();
    let snapshot = project.index.snapshot();
    let first = "document.len());";
    let likely = [("document.len", -4.0), ("13", -1.0)];
    // (the place, whether it was asked for, how probable the other is, what is shown)
    let cases = [
        ("fn f() {\n    counter.add(|\n    next();\n}\n", true, -1.2, "13);"),
        ("fn f() {\n    counter.add(|\n    next();\n}\n", true, -4.0, first),
        ("fn f() {\n    counter.add(|\n    next();\n}\n", false, -1.2, first),
        ("fn f() {\n    counter.add(|", true, -1.2, first),
    ];
    for (place, invoked, other, expected) in cases {
        let model = model(first, FimLayout::Spm).with_logprob(-0.25).with_others(&[("13);", other)]);
        let query = query(project.folder.path(), place, invoked);
        let outcome = Completer::default().complete(&query, &snapshot, Some(&model.with_likely(&likely)));
        let Outcome::Show(shown) = outcome else { panic!("nothing") };
        assert_eq!(shown.text, expected, "{place:?} {invoked} {other}");
        let offered = shown.others.iter().any(|other| [first, "13);"].contains(&other.text.as_str()));
        assert_eq!(offered, invoked, "{:?}", shown.others);
    }
}

/// A model for which all that is said is one token.
struct Undecided;

impl Opinion for Undecided {
    fn likeliest(&self) -> f32 {
        0.5
    }

    fn of(&self, _: &str, _: bool) -> (u32, f32) {
        (0, 0.5)
    }
}

#[test]
fn the_model_is_told_what_the_project_says() {
    let project = project();
    let model = model("", FimLayout::Spm);
    let query = query(project.folder.path(), "fn f() {\n    counter.add(|\n}\n", false);
    Completer::default().complete(&query, &project.index.snapshot(), Some(&model));
    let request = model.requests().remove(0);
    assert_eq!(request.draft, "document.len());");
    let prior = request.prior.unwrap();
    for (written, expected) in [("", "document.len());"), ("document.le", "n());"), ("document.len());", "")]
    {
        assert_eq!(prior.continuations(written, &Undecided)[0].text, expected, "{written:?}");
    }
    assert_eq!(prior.continuations("unheard_of(", &Undecided), []);
}

#[test]
fn without_a_model_the_project_still_answers() {
    let project = project();
    let marked = "fn f(event: &Event) {\n    let document = events.documents.get(|\n}\n";
    let query = query(project.folder.path(), marked, false);
    let outcome = Completer::default().complete(&query, &project.index.snapshot(), None);
    assert!(
        matches!(outcome, Outcome::Show(completion) if completion.source == Source::Copy && completion.model.is_none())
    );
}

#[test]
fn typing_into_what_was_shown_asks_nobody() {
    let project = project();
    let snapshot = project.index.snapshot();
    let (completer, model) = (Completer::default(), model("beta + gamma", FimLayout::Spm));
    let at =
        |typed: &str| query(project.folder.path(), &format!("fn f() {{\n    alpha + {typed}|\n}}\n"), false);
    assert!(matches!(completer.complete(&at(""), &snapshot, Some(&model)), Outcome::Show(_)));
    for typed in ["b", "be", "beta +"] {
        let Outcome::Show(completion) = completer.complete(&at(typed), &snapshot, Some(&model)) else {
            panic!("nothing for {typed:?}");
        };
        assert_eq!(completion.source, Source::TypeThrough);
        assert_eq!(format!("{typed}{}", completion.text), "beta + gamma");
    }
    assert_eq!(model.requests().len(), 1);
}

#[test]
fn typing_only_appends_to_the_prompt() {
    let project = project();
    let snapshot = project.index.snapshot();
    let (completer, model) = (Completer::default(), model("", FimLayout::Spm));
    let typed = "let total = events.counter + 1;\n    let next = events";
    for end in 0..typed.len() {
        let marked = format!("fn f() {{\n    {}|\n}}\n", &typed[..end]);
        completer.complete(&query(project.folder.path(), &marked, true), &snapshot, Some(&model));
    }
    let requests = model.requests();
    assert!(requests.len() > typed.len() / 2);
    for pair in requests.windows(2) {
        let (Some((last, before)), Some((next, next_before))) =
            (pair[0].prompt.0.split_last(), pair[1].prompt.0.split_last())
        else {
            panic!("an empty prompt");
        };
        assert_eq!(before, next_before);
        let (Piece::Text(last), Piece::Text(next)) = (last, next) else { panic!("the prefix comes last") };
        assert!(next.starts_with(last.as_str()), "{last:?} {next:?}");
    }
}

#[test]
fn what_comes_after_a_completion_is_there_before_it_is_asked_for() {
    let project = project();
    let snapshot = project.index.snapshot();
    let (completer, model) = (Completer::default(), model("beta + gamma", FimLayout::Spm));
    let at = |typed: &str| query(project.folder.path(), &format!("fn f() {{\n    {typed}|\n}}\n"), false);
    let Outcome::Show(shown) = completer.complete(&at("alpha + "), &snapshot, Some(&model)) else {
        panic!("nothing is shown");
    };
    completer.prepare(&at("alpha + "), Some(&shown), &snapshot, Some(&model));
    let requests = model.requests();
    assert_eq!(requests[0].priority, Priority::Typing);
    assert!(requests[1..].iter().all(|request| request.priority == Priority::Background));
    let outcome = completer.complete(&at("alpha + beta + gamma"), &snapshot, Some(&model));
    assert!(matches!(outcome, Outcome::Show(completion) if completion.source == Source::TypeThrough));
    assert_eq!(model.requests().len(), requests.len());
}

#[test]
fn a_prompt_that_has_drifted_is_read_before_it_is_needed() {
    let project = project();
    let snapshot = project.index.snapshot();
    let (completer, model) = (Completer::default(), model("", FimLayout::Spm));
    let at = |lines: usize| {
        let typed = "    let total = 1;\n".repeat(lines);
        query(project.folder.path(), &format!("fn f() {{\n{typed}    events|\n}}\n"), true)
    };
    completer.complete(&at(0), &snapshot, Some(&model));
    completer.prepare(&at(0), None, &snapshot, Some(&model));
    assert_eq!(model.requests().len(), 1, "it has not moved");
    completer.complete(&at(6), &snapshot, Some(&model));
    completer.prepare(&at(6), None, &snapshot, Some(&model));
    let requests = model.requests();
    assert_eq!(
        (requests.len(), requests[2].budget.tokens, requests[2].priority),
        (3, 0, Priority::Background)
    );
    // Two lines on, the old anchor would have been left behind; the new one holds.
    completer.complete(&at(9), &snapshot, Some(&model));
    let last = model.requests().pop().unwrap();
    let text = |request: &trust_inference::Request| format!("{:?}", request.prompt.0);
    let (read, asked) = (text(&requests[2]), text(&last));
    let shared = read.bytes().zip(asked.bytes()).take_while(|(a, b)| a == b).count();
    assert!(shared + 20 > read.len(), "{read}\n{asked}");
    // Cancelled work anchors nothing.
    let query = at(15);
    query.cancel.cancel();
    completer.prepare(&query, None, &snapshot, Some(&model));
    assert_eq!(model.requests().len(), 4);
}

#[test]
fn a_cancelled_query_is_over_at_once() {
    let project = project();
    let model = model("b", FimLayout::Psm).with_delay(Duration::from_secs(30));
    let query = query(project.folder.path(), "fn sum(a: i32, b: i32) -> i32 {\n    a + |\n}\n", false);
    let cancel = query.cancel.clone();
    let canceller = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        cancel.cancel();
    });
    let start = Instant::now();
    let outcome =
        Completer::default().complete(&query, &project.index.snapshot(), Some(&model as &dyn Model));
    canceller.join().unwrap();
    assert_eq!(outcome, Outcome::Quiet(Quiet::Cancelled));
    assert!(start.elapsed() < Duration::from_secs(10));
}

/// A token of a known form, drawn from a seed: none stands in this repository.
fn token(seed: u64) -> String {
    let letters = b"ABCDEFGHKLMNPQRSTUVWXYZabcdefghkmnpqrstuvwxyz23456789";
    let mut state = seed;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(letters[(state >> 33) as usize % letters.len()])
    };
    format!("glpat-{}", (0..20).map(|_| draw()).collect::<String>())
}

#[test]
fn no_prompt_and_no_completion_holds_a_secret() {
    let (own, theirs) = (token(1), token(2));
    let folder = tempfile::tempdir().unwrap();
    let other = format!(
        "pub fn connect_upstream() {{\n    let upstream = Upstream::connect(\"{theirs}\", 30);\n    let budget = planner.reserve(gateway, deadline);\n}}\n"
    );
    std::fs::write(folder.path().join("other.rs"), other).unwrap();
    let roots = vec![folder.path().to_path_buf()];
    let index = Index::start(IndexOptions { roots, cache: None, on_state: Box::new(|_| ()) });
    assert!(index.wait_ready(Duration::from_secs(20)));
    let snapshot = index.snapshot();
    let above = format!("// é\nconst DOOR: &str = \"{own}\";\nfn f() {{\n    connect_upstream();\n");
    let places = [
        format!("{above}    let upstream = Upstream::connect(|\n}}\n"),
        format!("{above}    let up = 1;\n    let upstream = Up|\n}}\n"),
        format!("{above}    const DOOR: &str = |\n}}\n"),
    ];
    for (number, layout) in [FimLayout::Spm, FimLayout::Psm].into_iter().enumerate() {
        // What it would say is what it must not.
        let said = if number == 0 { format!("\"{theirs}\", 30);") } else { format!("\"{own}\";") };
        let (completer, model) = (Completer::default(), model(&said, layout));
        for marked in &places {
            let query = query(folder.path(), marked, true);
            let outcome = completer.complete(&query, &snapshot, Some(&model));
            let told = format!("{outcome:?}");
            assert!(!told.contains(&own) && !told.contains(&theirs) && !told.contains("<****"), "{told}");
            completer.prepare(&query, None, &snapshot, Some(&model));
        }
        let asked = model.requests();
        assert!(!asked.is_empty());
        for request in &asked {
            let prompt = format!("{:?}{}", request.prompt.0, request.draft);
            assert!(!prompt.contains(&own) && !prompt.contains(&theirs), "{prompt}");
        }
        let all = format!("{:?}", asked.iter().map(|request| &request.prompt.0).collect::<Vec<_>>());
        assert!(all.contains("const DOOR: &str = \\\"<****") && all.contains("connect(\\\"<****"), "{all}");
    }
}

#[test]
fn within_a_secret_nothing_is_proposed() {
    let project = project();
    let model = model("abc", FimLayout::Spm);
    let secret = token(3);
    for (end, quiet) in [(secret.len(), true), (12, false)] {
        let marked = format!("const DOOR: &str = \"{}|\";\n", &secret[..end]);
        let outcome = Completer::default().complete(
            &query(project.folder.path(), &marked, true),
            &project.index.snapshot(),
            Some(&model),
        );
        assert_eq!(outcome == Outcome::Quiet(Quiet::Secret), quiet, "{outcome:?}");
    }
}
