//! The slot over scripted models.

use super::*;

fn scripted(reply: &str) -> ModelSetup {
    let choice = ModelChoice::Scripted { reply: reply.into(), delay: Duration::ZERO };
    ModelSetup { choice, context: 64, threads: 0, gpu_layers: 0, layout: None }
}

#[test]
fn a_model_goes_when_nobody_uses_it_any_more_and_one_that_fails_changes_nothing() {
    let slot = ModelSlot::new(scripted("one"), Arc::new(|| ()));
    slot.load(None);
    let first = slot.current().unwrap();
    slot.exchange(&scripted("two"), None).unwrap();
    let second = slot.current().unwrap();
    assert!(first.number != second.number && slot.retiring.lock().unwrap().len() == 1);
    assert!(!slot.retiring.lock().unwrap()[0].is_finished(), "it is still in use");
    drop(first);
    while !slot.retiring.lock().unwrap()[0].is_finished() {
        std::thread::sleep(LOOK);
    }
    // The same once more is the same.
    slot.exchange(&scripted("two"), None).unwrap();
    assert_eq!(slot.current().unwrap().number, second.number);
    let missing = ModelSetup { choice: ModelChoice::File("/nowhere.gguf".into()), ..scripted("") };
    let told = slot.exchange(&missing, None).unwrap_err();
    assert!(matches!(&told, NotLoaded::Failed(reason) if reason.contains("/nowhere.gguf")), "{told:?}");
    assert_eq!((slot.current().unwrap().number, slot.next()), (second.number, None));
    assert_eq!(*slot.state(), ModelState::Ready("scripted".into()));
    let none = ModelSetup { choice: ModelChoice::None, ..scripted("") };
    slot.exchange(&none, None).unwrap();
    assert!(slot.current().is_none() && *slot.state() == ModelState::None);
    // Without one there is nothing to go on with.
    assert!(slot.exchange(&missing, None).is_err());
    assert!(matches!(&*slot.state(), ModelState::Failed(_)));
    slot.exchange(&scripted("three"), None).unwrap();
    slot.close(true);
}

#[test]
fn a_model_that_nobody_asks_rests_until_somebody_does() {
    let slot = ModelSlot::new(scripted("one"), Arc::new(|| ()));
    slot.load(None);
    let first = slot.wake(|| None).unwrap().number;
    slot.rest_after(Duration::from_secs(60), true);
    assert_eq!(slot.wake(|| None).unwrap().number, first, "it was asked a moment ago");
    slot.rest_after(Duration::ZERO, true);
    assert!(slot.current().is_none() && *slot.state() == ModelState::Resting("scripted".into()));
    // What cannot be loaded changes nothing of that either.
    let missing = ModelSetup { choice: ModelChoice::File("/nowhere.gguf".into()), ..scripted("") };
    assert!(slot.exchange(&missing, None).is_err());
    assert_eq!(*slot.state(), ModelState::Resting("scripted".into()));
    let second = slot.wake(|| None).unwrap();
    assert!(second.number != first && *slot.state() == ModelState::Ready("scripted".into()));
    // Another one takes the place of one that rests.
    drop(second);
    slot.rest_after(Duration::ZERO, false);
    slot.exchange(&scripted("two"), None).unwrap();
    assert_eq!(*slot.state(), ModelState::Ready("scripted".into()));
}

#[test]
fn a_model_that_answers_does_not_rest() {
    let slot = ModelSlot::new(scripted("one"), Arc::new(|| ()));
    slot.load(None);
    let answering = slot.wake(|| None).unwrap();
    let long = Duration::from_secs(60);
    *slot.used.lock().unwrap() = Instant::now() - 2 * long;
    std::thread::scope(|scope| {
        let rest = scope.spawn(|| slot.rest_after(long, true));
        let start = Instant::now();
        while !rest.is_finished() && start.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(LOOK);
        }
        let done = rest.is_finished();
        let current = slot.current().map(|current| current.number);
        let number = answering.number;
        drop(answering);
        assert!(done, "it waits for the answer's end");
        assert_eq!(current, Some(number));
    });
    // The end of the answer counts as its last use.
    slot.rest_after(long, true);
    assert!(slot.current().is_some() && *slot.state() == ModelState::Ready("scripted".into()));
    slot.rest_after(Duration::ZERO, true);
    assert!(slot.current().is_none());
}

#[test]
fn one_that_could_not_be_loaded_again_is_tried_again() {
    let slot = ModelSlot::new(scripted("one"), Arc::new(|| ()));
    slot.load(None);
    slot.rest_after(Duration::ZERO, true);
    slot.setup.lock().unwrap().choice = ModelChoice::File("/nowhere.gguf".into());
    assert!(slot.wake(|| None).is_none());
    assert!(matches!(&*slot.state(), ModelState::Failed(reason) if reason.contains("/nowhere.gguf")));
    *slot.setup.lock().unwrap() = scripted("one");
    assert!(slot.wake(|| None).is_none(), "it failed a moment ago");
    *slot.missed.lock().unwrap() = Some(Instant::now() - AGAIN);
    assert!(slot.wake(|| None).is_some() && *slot.state() == ModelState::Ready("scripted".into()));
    // What never was there is not looked for at each key.
    let missing = ModelSetup { choice: ModelChoice::File("/nowhere.gguf".into()), ..scripted("") };
    let slot = ModelSlot::new(missing, Arc::new(|| ()));
    slot.load(None);
    *slot.setup.lock().unwrap() = scripted("one");
    assert!(slot.wake(|| None).is_none());
}

#[test]
fn of_many_wishes_the_last_one_holds() {
    let slot = ModelSlot::new(scripted("first"), Arc::new(|| ()));
    let held = slot.setup.lock().unwrap();
    std::thread::scope(|scope| {
        let wish = |reply: &'static str, number| {
            let wish = scope.spawn(|| slot.exchange(&scripted(reply), None));
            while slot.wishes.load(Ordering::SeqCst) < number {
                std::thread::sleep(LOOK);
            }
            wish
        };
        let (one, two) = (wish("one", 1), wish("two", 2));
        drop(held);
        assert_eq!(one.join().unwrap(), Err(NotLoaded::Overtaken));
        assert_eq!(two.join().unwrap(), Ok(()));
    });
    assert_eq!(*slot.setup.lock().unwrap(), scripted("two"));
}
