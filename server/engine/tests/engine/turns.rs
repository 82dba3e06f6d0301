//! What is cancelled, what gives way, and what goes on afterwards.

use super::*;

#[test]
fn cancelled_requests_end_and_leave_the_engine_well() {
    let engine = engine();
    let (expected, ..) = answer(&engine, fill(PREFIX, "\n}\n")).unwrap();
    for round in 0..20u64 {
        let request = fill(&format!("{}{PREFIX}", "let filler = 1;\n".repeat(40)), "\n}\n");
        let cancel = request.cancel.clone();
        let events = engine.generate(request);
        std::thread::sleep(Duration::from_millis(round));
        cancel.cancel();
        let last = events.into_iter().last().unwrap().unwrap();
        assert!(matches!(last, Event::Done(_)), "{last:?}");
    }
    let (text, ..) = answer(&engine, fill(PREFIX, "\n}\n")).unwrap();
    assert_eq!(text, expected);
}

#[test]
fn what_runs_in_the_background_gives_way() {
    let engine = engine();
    let long = format!("{}{PREFIX}", "let filler = 1;\n".repeat(40));
    let background = Request { priority: Priority::Background, ..fill(&long, "\n}\n") };
    let budget = Budget { tokens: 500, ..background.budget };
    let events = engine.generate(Request { budget, ..background.clone() });
    assert!(matches!(events.recv().unwrap(), Ok(Event::Started { .. })));
    assert!(answer(&engine, fill(PREFIX, "\n}\n")).is_ok());
    let Some(Ok(Event::Done(finish))) = events.into_iter().last() else { panic!("it did not end well") };
    assert_eq!(finish.reason, FinishReason::Cancelled);
    // What it has read is not read again, and alone it is answered to the end.
    let (_, _, whole) = answer(&engine, background).unwrap();
    assert_ne!(whole.reason, FinishReason::Cancelled);
    assert!(whole.usage.prefilled <= 1, "{whole:?}");
}

/// Sends `typed` in the middle of `request` until that has ended, and gives what it said and how often it gave way.
fn interrupted(
    engine: &Engine,
    request: Request,
    typed: &dyn Fn(u32) -> Request,
) -> (String, f32, Finish, u32) {
    let (mut text, mut logprob, mut count) = (String::new(), 0.0, 0);
    let events = engine.generate(request);
    let mut told = VecDeque::new();
    while let Some(event) = told.pop_front().or_else(|| events.recv().ok()) {
        match event.unwrap() {
            Event::Done(finish) => return (text, logprob, finish, count),
            Event::Text { text: more, logprob: said, .. } => {
                text.push_str(&more);
                logprob += said;
            }
            _ => {}
        }
        answer(engine, typed(count)).unwrap();
        told.extend(events.try_iter());
        count += u32::from(!told.iter().any(|event| matches!(event, Ok(Event::Done(_)))));
    }
    panic!("it did not end well")
}

#[test]
fn a_conversation_gives_way_and_says_what_it_would_have_said() {
    let form = |count: u32| {
        let items = json!({"type": "object", "properties": {"name": {"type": "string"}, "line": {"type": "integer"}},
                           "required": ["name", "line"]});
        Some(Constraint::JsonSchema(
            json!({"type": "array", "items": items, "minItems": count, "maxItems": count}),
        ))
    };
    let lines = |count: usize| format!("{}{PREFIX}", "let filler = 1;\n".repeat(count));
    let typed = |number: u32| fill(&format!("fn typed_{number}() -> u32 {{\n    "), "\n}\n");
    let beam = |number: u32| Request { candidates: 4, stop: vec!["\n".into()], ..typed(number) };
    let cases: [(&str, Request, &dyn Fn(u32) -> Request); 5] = [
        ("free", Request { heal: 2, ..fill(&lines(2), "\n}\n") }, &typed),
        ("a long prompt", fill(&lines(60), "\n}\n"), &typed),
        ("among several answers", fill(PREFIX, "\n}\n"), &beam),
        ("with a draft", Request { draft: "values[0];\n    for".into(), ..fill(PREFIX, "\n}\n") }, &typed),
        ("of a form", Request { constraint: form(3), ..fill(PREFIX, "\n}\n") }, &typed),
    ];
    for (what, request, typed) in cases {
        let budget = Budget { tokens: 80, ..request.budget };
        let request = Request { priority: Priority::Chat, budget, ..request };
        // Each in an engine of its own, so that both read their prompts in the same calls.
        let (expected, logprob, whole) = answer(&self::engine(), request.clone()).unwrap();
        let (text, interrupted_logprob, finish, count) = interrupted(&self::engine(), request, typed);
        assert_eq!((text, interrupted_logprob), (expected, logprob), "{what}");
        let told = |finish: &Finish| {
            (finish.reason, finish.completion, finish.usage.generated, finish.usage.prefilled, finish.logprob)
        };
        assert_eq!(told(&finish), told(&whole), "{what}");
        assert!(count > 5, "{what}: {count}");
    }
}

#[test]
fn what_was_set_aside_can_be_cancelled_runs_out_of_time_and_is_forgotten() {
    let engine = engine();
    let chat = |tokens, seconds| {
        let budget = Budget { tokens, deadline: Instant::now() + Duration::from_millis(seconds) };
        Request { priority: Priority::Chat, budget, ..fill(&"let filler = 1;\n".repeat(40), "\n}\n") }
    };
    let form = Some(Constraint::Regex("[a-z]{400}".into()));
    let long = || Request {
        budget: Budget { tokens: 500, ..fill("", "").budget },
        constraint: form.clone(),
        ..fill("fn typed() {\n    ", "\n}\n")
    };
    for (what, mut milliseconds, reason) in
        [("cancelled", 60_000, FinishReason::Cancelled), ("too late", 150, FinishReason::Deadline)]
    {
        // As soon as the machine allows: one that is busy may be late before the answer has begun.
        let (cancel, events) = loop {
            let request = Request { constraint: form.clone(), ..chat(600, milliseconds) };
            let (cancel, events) = (request.cancel.clone(), engine.generate(request));
            match events.recv().unwrap() {
                Ok(Event::Started { .. }) => break (cancel, events),
                event => assert!(milliseconds < 60_000, "{what}: {event:?}"),
            }
            milliseconds *= 2;
        };
        let typing = engine.generate(long());
        assert!(matches!(typing.recv().unwrap(), Ok(Event::Started { .. })), "{what}");
        if reason == FinishReason::Cancelled {
            cancel.cancel();
        }
        let Some(Ok(Event::Done(finish))) = events.into_iter().last() else { panic!("{what}") };
        assert_eq!(finish.reason, reason, "{what}");
        // It ended while the other was being written.
        assert!(typing.try_iter().all(|event| !matches!(event, Ok(Event::Done(_)))), "{what}");
        drop(typing.into_iter().last());
    }
    // What is to be forgotten while it is needed is forgotten when it has ended.
    let (expected, ..) = answer(&self::engine(), chat(60, 60_000)).unwrap();
    let events = engine.generate(chat(60, 60_000));
    assert!(matches!(events.recv().unwrap(), Ok(Event::Started { .. })));
    engine.forget();
    answer(&engine, fill("fn typed() {\n    ", "\n}\n")).unwrap();
    let texts = events.into_iter().map(|event| match event.unwrap() {
        Event::Text { text, .. } => text,
        _ => String::new(),
    });
    assert_eq!(texts.collect::<String>(), expected);
    let (_, _, again) = answer(&engine, chat(1, 60_000)).unwrap();
    assert_eq!(again.usage.prefilled, again.usage.prompt);
    // One that is set aside when the engine ends is ended too.
    let events = engine.generate(Request { constraint: form.clone(), ..chat(600, 60_000) });
    assert!(matches!(events.recv().unwrap(), Ok(Event::Started { .. })));
    let typing = engine.generate(long());
    assert!(matches!(typing.recv().unwrap(), Ok(Event::Started { .. })));
    drop(engine);
    for events in [events, typing] {
        let Some(Ok(Event::Done(finish))) = events.into_iter().last() else { panic!("no end") };
        assert_eq!(finish.reason, FinishReason::Cancelled);
    }
}
