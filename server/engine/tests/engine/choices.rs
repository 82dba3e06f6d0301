//! Which tokens are chosen: half-typed words, several candidates, priors, what comes behind a text.

use super::*;

#[test]
fn a_half_typed_word_is_spelled_as_its_whole_would_be() {
    let engine = engine();
    let word = "largest";
    for typed in 3..=word.len() {
        let prefix = format!("{PREFIX}0;\n    {}", &word[..typed]);
        let drafts = ["", &word[typed..], "#nonsense#"].map(|draft| {
            let request = Request { heal: typed, draft: draft.into(), ..fill(&prefix, "\n}\n") };
            answer(&engine, request).unwrap().0
        });
        assert!(drafts[0].starts_with(&word[typed..]), "{prefix:?} {drafts:?}");
        assert!(drafts.iter().all(|answer| *answer == drafts[0]), "{prefix:?} {drafts:?}");
    }
    // Of more than a few tokens the last are taken back; where there is nothing, the request is answered as it stands.
    for (heal, prefix) in [(200, PREFIX.to_string()), (3, String::new())] {
        let (_, _, finish) = answer(&engine, Request { heal, ..fill(&prefix, "") }).unwrap();
        assert!(finish.usage.generated > 0 || finish.reason == FinishReason::EndOfText);
    }
}

#[test]
fn an_answer_begins_with_nothing_that_is_to_be_avoided() {
    let engine = engine();
    let places = [(PREFIX, 1), ("fn total(values: &[u32]) -> u32 {\n    let su", 2), ("fn total(", 0)];
    for (prefix, heal) in places {
        let mut avoid: Vec<String> = Vec::new();
        for _ in 0..5 {
            let request = Request { heal, avoid: avoid.clone(), ..fill(prefix, "\n}\n") };
            let (text, ..) = answer(&engine, request).unwrap();
            let said = text.trim_start();
            assert!(avoid.iter().all(|avoid| !said.starts_with(avoid.as_str())), "{avoid:?} {said:?}");
            let word = said.find(|c: char| !c.is_alphanumeric()).unwrap_or(said.len()).max(1);
            avoid.push(said.get(..word).unwrap_or("-").to_owned());
        }
    }
}

#[test]
fn several_answers_are_searched_for_together() {
    let engine = engine();
    let places = [(PREFIX, 0), ("fn main() {\n    let mut count = 0;\n    cou", 3), ("use std::coll", 4)];
    for (prefix, heal) in places {
        let one = Request { heal, stop: vec!["\n".into()], ..fill(prefix, "\n}\n") };
        let (greedy, logprob, end) = answer(&engine, one.clone()).unwrap();
        let greedy_logprob = logprob + end.logprob;
        assert_eq!(end.others, []);

        let several = Request { candidates: 4, ..one.clone() };
        let (best, logprob, finish) = answer(&engine, several.clone()).unwrap();
        let mut found = vec![(best, logprob + finish.logprob)];
        found.extend(finish.others.iter().map(|other| (other.text.clone(), other.logprob)));
        assert!(found.len() > 1 && found.len() <= 4, "{found:?}");
        assert!(found.is_sorted_by(|a, b| a.1 >= b.1 && a.0 != b.0), "{found:?}");
        let sum: f32 = found.iter().map(|(_, logprob)| logprob.exp()).sum();
        assert!(sum < 1.001, "{found:?}");
        // Other calls round differently; and of one text all ways to spell it count.
        assert!(found[0].1 > greedy_logprob - 0.1, "{found:?} {greedy:?} {greedy_logprob}");
        let same = found.iter().find(|(text, _)| *text == greedy);
        assert!(
            same.is_none_or(|(_, logprob)| *logprob > greedy_logprob - 0.1),
            "{found:?} {greedy_logprob}"
        );

        // Nothing of it stays behind.
        let (again, logprob, end) = answer(&engine, one.clone()).unwrap();
        assert_eq!(again, greedy);
        assert!((logprob + end.logprob - greedy_logprob).abs() < 0.1);
        let (fewer, ..) = answer(&engine, Request { candidates: 2, ..one.clone() }).unwrap();
        assert_eq!(fewer, found[0].0);
        let budget = Budget { tokens: 1, ..one.budget };
        let (_, _, cut) = answer(&engine, Request { budget, candidates: 4, ..one.clone() }).unwrap();
        assert!(cut.usage.generated == 1 && cut.others.len() < 4);
        let cancel = CancelToken::new();
        cancel.cancel();
        let (text, _, finish) = answer(&engine, Request { cancel, ..several }).unwrap();
        assert_eq!((text.as_str(), finish.reason), ("", FinishReason::Cancelled));
    }
}

/// Says one thing, as surely as it is told to.
struct Says(&'static str, f32);

impl Prior for Says {
    fn continuations(&self, written: &str, _: &dyn Opinion) -> Vec<Continuation> {
        let rest = self.0.strip_prefix(written).map(str::to_string);
        rest.into_iter().map(|text| Continuation { text, ends: true, probability: self.1 }).collect()
    }
}

#[test]
fn a_prior_is_followed_as_far_as_it_is_sure() {
    let engine = engine();
    let (plain, plain_logprob, _) = answer(&engine, fill(PREFIX, "\n}\n")).unwrap();
    let text = "zebra_crossing(values);";
    let prior = |probability| Some(Arc::new(Says(text, probability)) as Arc<dyn Prior>);
    let with = |prior, draft: &str, prefix: &str, heal| {
        let request = Request { prior, draft: draft.into(), heal, ..fill(prefix, "\n}\n") };
        answer(&engine, request).unwrap()
    };
    let (sure, logprob, finish) = with(prior(0.9), "", PREFIX, 0);
    assert_eq!((sure.as_str(), finish.reason), (text, FinishReason::EndOfText));
    assert_eq!(finish.usage.recalled, finish.usage.generated);
    // Eleven tokens or fewer, and the end, of at least 0.9 each.
    assert!(logprob + finish.logprob > 0.9f32.ln() * 12.0, "{logprob} {}", finish.logprob);
    let (unsure, unsure_logprob, _) = with(prior(0.0), "", PREFIX, 0);
    assert_eq!((unsure, unsure_logprob), (plain, plain_logprob));
    // Drafts change nothing but the cost here too, and half-typed words are spelled on.
    for draft in [text, "zebra_fish", "values"] {
        let (drafted, drafted_logprob, _) = with(prior(0.9), draft, PREFIX, 0);
        assert_eq!(drafted, text, "{draft:?}");
        assert!((drafted_logprob - logprob).abs() < 0.05);
    }
    let typed = Some(Arc::new(Says("bra_crossing(values);", 0.9)) as Arc<dyn Prior>);
    assert_eq!(with(typed, "", &format!("{PREFIX}ze"), 2).0, "bra_crossing(values);");
}

/// Lets a text end behind that sign only.
struct EndsBehind(char);

impl Prior for EndsBehind {
    fn continuations(&self, _: &str, _: &dyn Opinion) -> Vec<Continuation> {
        Vec::new()
    }

    fn limits_ends(&self) -> bool {
        true
    }

    fn may_end(&self, written: &str) -> bool {
        written.ends_with(self.0)
    }
}

#[test]
fn a_line_ends_only_where_the_prior_lets_it() {
    let engine = engine();
    for (prefix, heal) in [(PREFIX, 0), ("fn total(values: &[u32]) -> u32 {\n    let su", 2)] {
        let line = Request { stop: vec!["\n".into()], heal, ..fill(prefix, "\n}\n") };
        let (plain, _, finish) = answer(&engine, line.clone()).unwrap();
        assert!(!plain.ends_with('{') && finish.reason != FinishReason::Budget, "{plain:?}");
        for candidates in [1, 4] {
            let prior = Some(Arc::new(EndsBehind('{')) as Arc<dyn Prior>);
            let (text, _, finish) = answer(&engine, Request { prior, candidates, ..line.clone() }).unwrap();
            assert!(text.ends_with('{') || finish.reason == FinishReason::Budget, "{text:?} {finish:?}");
        }
    }
}

#[test]
fn what_comes_behind_texts_is_weighed_as_if_it_were_read_alone() {
    let engine = engine();
    let (before, _, _) = answer(&engine, fill(PREFIX, "\n}\n")).unwrap();
    let mut prompt = Prompt::default();
    prompt.text(PREFIX);
    let texts = ["None;\n", "values.first()?;\n", "    \n"];
    let then = "    for value in values {\n        largest = largest.max(value);\n";
    let request = Likelihood {
        prompt,
        texts: texts.map(String::from).into(),
        then: then.into(),
        deadline: Instant::now() + Duration::from_secs(60),
        priority: Priority::Typing,
        cancel: CancelToken::new(),
    };
    let found = engine.likelihood(request.clone()).unwrap();
    assert_eq!(engine.likelihood(request.clone()).unwrap(), found);
    let tokens = |texts: &[&str]| texts.iter().flat_map(|text| engine.tokenize(text)).collect::<Vec<_>>();
    let nats = |tokens: &[i32]| engine.mean_nll(tokens).unwrap() * (tokens.len() - 1) as f64;
    for (text, found) in texts.iter().zip(&found) {
        let read =
            [nats(&tokens(&[PREFIX])), nats(&tokens(&[PREFIX, text])), nats(&tokens(&[PREFIX, text, then]))];
        for (found, part, alone) in
            [(&found.text, *text, read[0] - read[1]), (&found.then, then, read[1] - read[2])]
        {
            assert_eq!(found.len(), engine.tokenize(part).len());
            let together: f64 = found.iter().copied().map(f64::from).sum();
            assert!((together - alone).abs() < 0.2, "{part:?}: {together} {alone}");
        }
    }
    let cancel = CancelToken::new();
    cancel.cancel();
    let cancelled = Likelihood { cancel, ..request.clone() };
    let late = Likelihood { deadline: Instant::now(), ..request.clone() };
    let empty = Likelihood { texts: vec![String::new()], ..request.clone() };
    let long = Likelihood { texts: vec!["a b ".repeat(1000)], ..request };
    for unanswered in [cancelled, late, empty, long] {
        assert_eq!(engine.likelihood(unanswered), Ok(Vec::new()));
    }
    assert_eq!(answer(&engine, fill(PREFIX, "\n}\n")).unwrap().0, before);
}
