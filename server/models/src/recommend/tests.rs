//! Verdicts, and what is chosen by them.

use super::*;

fn candidate(name: &str, parameters: u64, fim: bool, chat: bool, speed: Option<(f64, f64)>) -> Candidate {
    let mut facts = Recorded::from(&crate::bundled_facts().unwrap());
    (facts.title, facts.parameters) = (Some(name.into()), parameters);
    (facts.fill_in_the_middle, facts.chat_template) = (fim, chat);
    (facts.context_length, facts.kv_bytes_per_token) = (32_768, Some(1_000));
    let measured = speed.map(|(prefill, decode)| Measured {
        sha256: String::new(),
        machine: Machine::this(),
        version: String::new(),
        measured: 0,
        threads: 0,
        context: 4096,
        load: Some(0.5),
        load_milliseconds: 100,
        prompt_tokens: 512,
        prefill_tokens_per_second: prefill,
        decode_tokens_per_second: Some(decode),
        weights_bytes: parameters,
        kv_bytes_per_token: Some(1_000),
        peak_bytes: None,
        bits_per_byte: None,
    });
    Candidate {
        name: name.into(),
        size_bytes: parameters,
        facts,
        measured,
        bundled: false,
        in_use: false,
        held: false,
    }
}

fn conditions(context: u64, available: Option<u64>) -> Conditions {
    Conditions { context, available, ..Conditions::default() }
}

#[test]
fn what_can_do_it_fits_and_is_fast_comes_first_and_the_reasons_say_so() {
    let candidates = || {
        vec![
            candidate("small", 7_000_000, true, false, Some((5_000.0, 300.0))),
            candidate("middle", 500_000_000, true, true, Some((200.0, 30.0))),
            candidate("slow", 1_500_000_000, true, true, Some((30.0, 4.0))),
            candidate("unknown", 1_000_000_000, true, true, None),
            candidate("giant", 70_000_000_000, true, true, None),
            candidate("chatty", 400_000_000, false, true, Some((200.0, 30.0))),
        ]
    };
    use Standing::*;
    let cases: [(Task, Option<u64>, &[(&str, Standing)]); 3] = [
        (
            Task::Completion,
            Some(8_000_000_000),
            &[
                ("middle", Good),
                ("small", Good),
                ("unknown", Unmeasured),
                ("slow", Slow),
                ("giant", TooLarge),
                ("chatty", Unable),
            ],
        ),
        (
            Task::Chat,
            Some(8_000_000_000),
            &[
                ("middle", Good),
                ("chatty", Good),
                ("unknown", Unmeasured),
                ("slow", Slow),
                ("giant", TooLarge),
                ("small", Unable),
            ],
        ),
        (
            Task::Completion,
            None,
            &[
                ("middle", Good),
                ("small", Good),
                ("giant", Unmeasured),
                ("unknown", Unmeasured),
                ("slow", Slow),
                ("chatty", Unable),
            ],
        ),
    ];
    for (task, available, expected) in cases {
        let verdicts = recommend(candidates(), task, conditions(4096, available));
        let found: Vec<_> =
            verdicts.iter().map(|verdict| (verdict.candidate.name.as_str(), verdict.standing)).collect();
        assert_eq!(found, expected, "{task:?}");
        for verdict in &verdicts {
            let told = verdict.reasons.join(" ");
            let measured = verdict.candidate.measured.is_some();
            assert_eq!(told.contains("speed: not measured"), !measured, "{told}");
            assert!(
                told.contains("37 MB of cache, 4.1 MB for each 4096 tokens") && told.contains("quality: not"),
                "{told}"
            );
        }
    }
}

#[test]
fn among_those_that_are_fit_the_better_one_comes_first_where_that_was_measured() {
    let with = |name: &str, parameters, bits| {
        let mut one = candidate(name, parameters, true, true, Some((5_000.0, 300.0)));
        one.measured.as_mut().unwrap().bits_per_byte = bits;
        one
    };
    let all = vec![
        with("large", 900_000_000, Some(1.1)),
        with("good", 500_000_000, Some(0.9)),
        with("old", 800_000_000, None),
        with("older", 700_000_000, None),
    ];
    let verdicts = recommend(all, Task::Completion, conditions(4096, None));
    let names: Vec<&str> = verdicts.iter().map(|verdict| verdict.candidate.name.as_str()).collect();
    assert_eq!(names, ["good", "large", "old", "older"]);
    assert!(verdicts[0].reasons.join(" ").contains("quality: needs 0.900 bits"));
}

#[test]
fn a_cache_that_nobody_knows_and_a_context_that_is_shorter_are_told() {
    let mut one = candidate("one", 7_000_000, true, true, None);
    let used = Candidate { name: "two".into(), in_use: true, ..one.clone() };
    let first = &recommend(vec![one.clone(), used], Task::Chat, conditions(4096, None))[0];
    assert_eq!(first.candidate.name, "two", "among equals the one in use");
    let bundled = Candidate { bundled: true, ..one.clone() };
    for (task, able) in [(Task::Completion, true), (Task::Chat, false), (Task::Review, false)] {
        let verdict = &recommend(vec![bundled.clone()], task, conditions(4096, None))[0];
        assert_eq!(verdict.standing != Standing::Unable, able, "{task:?} {:?}", verdict.reasons);
    }
    let mut copy = one.clone();
    copy.facts.title = Some(crate::BUNDLED_NAME.into());
    for (task, able) in [(Task::Completion, true), (Task::Chat, false), (Task::Review, false)] {
        let verdicts = recommend(vec![copy.clone()], task, conditions(4096, None));
        assert_eq!(verdicts[0].standing != Standing::Unable, able, "a copy of it: {task:?}");
        // Only the bundled one is as quick as typing has it without being measured.
        assert!(select(&verdicts, task).is_none(), "{task:?}");
    }
    one.facts.context_length = 1_000;
    let told = recommend(vec![one.clone()], Task::Review, conditions(4096, Some(1_000_000_000)))[0]
        .reasons
        .join(" ");
    assert!(told.contains("9.0 MB of cache, 1.0 MB for each 1000 tokens"), "{told}");
    one.facts.kv_bytes_per_token = None;
    let told = recommend(vec![one], Task::Review, conditions(4096, None))[0].reasons.join(" ");
    assert!(told.contains("not known of qwen3") && told.contains("can be had is not known"), "{told}");
}

#[test]
fn a_cache_that_nobody_knows_is_counted_as_the_most_that_it_can_be() {
    let quick = |most| {
        let mut one = candidate("one", 500_000_000, true, true, Some((5_000.0, 300.0)));
        (one.facts.kv_bytes_per_token, one.facts.kv_bytes_at_most) = (None, most);
        one
    };
    // Bytes that a token takes at most, those that can be had, what is thought of it, and what is said.
    let cases = [
        (Some(100_000), 8_000_000_000, Standing::Good, "that much fits into"),
        (Some(100_000), 1_000_000_000, Standing::TooLarge, "that may be more than"),
        (None, 8_000_000_000, Standing::Uncertain, "is not known either"),
        (None, 100_000_000, Standing::TooLarge, "the weights alone are more than"),
    ];
    for (most, available, standing, said) in cases {
        let verdict = &recommend(vec![quick(most)], Task::Completion, conditions(4096, Some(available)))[0];
        let told = verdict.reasons.join(" ");
        assert_eq!(verdict.standing, standing, "{told}");
        assert!(told.contains("not known of qwen3") && told.contains(said), "{told}");
        // 409.6 MB once, and no room for a second sequence.
        let counted = if most.is_some() { 909_600_000 } else { 500_000_000 };
        let one = quick(most);
        assert_eq!(need(one.size_bytes, &one.facts, 4096), counted);
    }
    let verdicts = recommend(vec![quick(None)], Task::Completion, conditions(4096, Some(8_000_000_000)));
    assert!(select(&verdicts, Task::Completion).is_none(), "nobody waits at a key for one that may not fit");
}

#[test]
fn where_nobody_chooses_typing_waits_for_none_that_was_not_measured_and_a_load_counts() {
    let bundled = Candidate { bundled: true, ..candidate("bundled", 7_000_000, true, true, None) };
    let all = || {
        vec![
            bundled.clone(),
            candidate("quick", 500_000_000, true, true, Some((200.0, 30.0))),
            candidate("better", 1_500_000_000, true, true, Some((80.0, 16.0))),
            candidate("unknown", 3_000_000_000, true, true, None),
            candidate("giant", 70_000_000_000, true, true, None),
        ]
    };
    let (unknown, few) = (Some(8_000_000_000), Some(1_000_000_000));
    // What is wanted, what there is, who else runs, and which one it is.
    let cases = [
        (Task::Completion, unknown, 0.5, "better"),
        (Task::Completion, unknown, 3.0, "quick"),
        (Task::Completion, unknown, 30.0, "bundled"),
        (Task::Completion, few, 0.5, "quick"),
        (Task::Completion, Some(100_000_000), 0.5, "bundled"),
        (Task::Chat, unknown, 0.5, "better"),
        (Task::Chat, few, 0.5, "quick"),
        (Task::Review, Some(8_000_000_000), 30.0, "unknown"),
    ];
    for (task, available, load, expected) in cases {
        let conditions = Conditions { load: Some(load), cores: 2, ..conditions(4096, available) };
        let verdicts = recommend(all(), task, conditions);
        let chosen = select(&verdicts, task).unwrap();
        assert_eq!(chosen.candidate.name, expected, "{task:?} {available:?} {load}");
    }
    let conditions = Conditions { load: Some(3.0), cores: 2, ..conditions(4096, unknown) };
    let told = recommend(all(), Task::Completion, conditions)
        .into_iter()
        .find(|verdict| verdict.candidate.name == "better")
        .unwrap();
    assert_eq!(told.standing, Standing::Slow);
    let told = told.reasons.join(" ");
    assert!(told.contains("at the load of 3.0 now about 40 and 8"), "{told}");
    // What this process holds needs no more memory than it has.
    let held = Candidate { held: true, ..candidate("held", 70_000_000_000, true, true, None) };
    let verdicts = recommend(vec![held], Task::Chat, Conditions { available: few, ..conditions });
    assert_eq!(select(&verdicts, Task::Chat).unwrap().candidate.name, "held");
    // Nobody of these can converse.
    let verdicts = recommend(vec![bundled.clone()], Task::Chat, conditions);
    assert!(select(&verdicts, Task::Chat).is_none());
}

#[test]
fn what_needs_more_than_the_budget_does_not_fit_whatever_can_be_had() {
    let one = candidate("one", 500_000_000, true, true, Some((5_000.0, 300.0)));
    let (held, mut unknown) = (Candidate { held: true, ..one.clone() }, one.clone());
    (unknown.facts.kv_bytes_per_token, unknown.facts.kv_bytes_at_most) = (None, Some(100_000));
    let within = "which fits into";
    // Its cache takes 37 MB of 9 sequences. The budget, what is taken of it, what is thought, and what is said.
    let cases = [
        (&one, None, 0, Standing::Good, within),
        (&one, Some(600_000_000), 0, Standing::Good, within),
        (&one, Some(530_000_000), 0, Standing::TooLarge, "that is more than model.memoryBudget, 530 MB"),
        (&one, Some(600_000_000), 70_000_000, Standing::TooLarge, "600 MB beside what other tasks have"),
        (&held, Some(600_000_000), 500_000_000, Standing::Good, "which it has already"),
        (&held, Some(100_000_000), 0, Standing::TooLarge, "that is more than model.memoryBudget"),
        (&unknown, Some(600_000_000), 0, Standing::TooLarge, "that may be more than model.memoryBudget"),
        (&unknown, Some(400_000_000), 0, Standing::TooLarge, "that is more than model.memoryBudget"),
    ];
    for (one, budget, taken, standing, said) in cases {
        let conditions = Conditions { budget, taken, ..conditions(4096, Some(8_000_000_000)) };
        let verdict = &recommend(vec![one.clone()], Task::Completion, conditions)[0];
        let told = verdict.reasons.join(" ");
        assert_eq!(verdict.standing, standing, "{budget:?} {taken}: {told}");
        assert!(told.contains(said), "{budget:?} {taken}: {told}");
    }
}
