//! Who is asked, what is done after which answer, and how long it holds.

use super::{Fixture, Person, engine};
use crate::store::{forget, stored};
use crate::{Call, Decision, Failure, Nobody};
use serde_json::{Value, json};
use trust_inference::CancelToken;

fn edit(name: &str) -> Value {
    json!({"path": "a.rs", "symbol": name, "source": format!("fn {name}{name}() {{}}")})
}

#[test]
fn with_nobody_to_ask_only_reading_is_permitted() {
    let project = Fixture::with(&[("a.rs", "fn a() {}\n")]);
    let said = project.said("edit_symbol", edit("a"));
    assert_eq!(said, "error: not permitted: changing files must be permitted, and there is nobody to ask");
    assert_eq!(project.text("a.rs"), "fn a() {}\n");
    assert!(project.said("read_file", json!({"path": "a.rs"})).contains("fn a()"));
}

#[test]
fn nothing_of_what_is_permitted_is_hidden_from_whoever_is_asked() {
    let project = Fixture::with(&[("a.rs", "fn a() {}\n")]);
    let person = Person::who_says(Decision::No);
    let source = "fn a() { bad() }\n// \u{1b}[1A\u{1b}[2K\u{202e}fine";
    let arguments = json!({"path": "a.rs", "symbol": "a", "source": source});
    assert!(project.call("edit_symbol", arguments, &person).is_err());
    let asked = person.asked().concat();
    assert!(asked.contains("bad()") && asked.contains("\\u{1b}[1A\\u{1b}[2K\\u{202e}fine"), "{asked}");
    assert!(!asked.contains(['\u{1b}', '\u{202e}']), "{asked}");
}

#[test]
fn a_decision_holds_as_long_as_it_says() {
    // Whether the first edit is done, whether a second is without asking, and whether one is in another session.
    let cases = [
        (Decision::Once, true, false, false),
        (Decision::Session, true, true, false),
        (Decision::Workspace, true, true, true),
        (Decision::No, false, false, false),
        (Decision::Never, false, false, false),
    ];
    for (decision, first, again, elsewhere) in cases {
        let project = Fixture::with(&[("a.rs", "fn a() {}\nfn b() {}\nfn c() {}\n")]);
        let person = Person::who_says(decision);
        assert_eq!(project.call("edit_symbol", edit("a"), &person).is_ok(), first, "{decision:?}");
        let asked = person.asked();
        assert!(asked.len() == 1 && asked[0].starts_with("edit_symbol edit: --- a/a.rs"), "{asked:?}");
        assert!(asked[0].contains("-fn a() {}\n+fn aa() {}\n"), "{asked:?}");
        assert_eq!(project.call("edit_symbol", edit("b"), &Nobody).is_ok(), again, "{decision:?}");
        let store = project.folder.path().join("state/permissions.json");
        let other = engine(&project.path(""), Some(store.clone()));
        let arguments = edit("c");
        let call = Call { name: "edit_symbol", arguments: &arguments, whole: true };
        assert_eq!(other.call(call, &Nobody, &CancelToken::new()).is_ok(), elsewhere, "{decision:?}");
        // Other tools are asked about for themselves.
        let hash = project.hash("a.rs");
        let lines = json!({"path": "a.rs", "first_line": 1, "last_line": 1, "expected_hash": hash, "text": "fn d() {}"});
        assert!(project.call("replace_lines", lines, &Nobody).is_err(), "{decision:?}");
        assert_eq!(
            stored(&store).unwrap().len(),
            usize::from(matches!(decision, Decision::Workspace | Decision::Never))
        );
        if decision == Decision::Never {
            let person = Person::who_says(Decision::Once);
            let refused = other.call(call, &person, &CancelToken::new());
            assert!(matches!(refused, Err(Failure::Denied { .. })) && person.asked().is_empty());
            assert_eq!(forget(&store, |one| one.tool == "edit_symbol"), Ok(1));
            assert!(other.call(call, &person, &CancelToken::new()).is_ok(), "it was taken back");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_store_that_is_damaged_or_open_to_others_permits_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let project = Fixture::with(&[("a.rs", "fn a() {}\nfn b() {}\n")]);
    let store = project.folder.path().join("state/permissions.json");
    assert!(project.call("edit_symbol", edit("a"), &Person::who_says(Decision::Workspace)).is_ok());
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&store), mode(store.parent().unwrap())), (0o600, 0o700));
    let other = engine(&project.path(""), Some(store.clone()));
    let arguments = edit("b");
    let call = Call { name: "edit_symbol", arguments: &arguments, whole: true };
    std::fs::set_permissions(&store, std::fs::Permissions::from_mode(0o666)).unwrap();
    assert!(stored(&store).unwrap_err().contains("written by others"));
    assert!(other.call(call, &Nobody, &CancelToken::new()).is_err());
    std::fs::set_permissions(&store, std::fs::Permissions::from_mode(0o600)).unwrap();
    #[allow(clippy::disallowed_methods, reason = "a test makes the files it needs")]
    std::fs::write(&store, "[{\"workspace\"").unwrap();
    assert!(stored(&store).unwrap_err().contains("damaged"));
    assert!(other.call(call, &Nobody, &CancelToken::new()).is_err());
    assert!(other.call(call, &Person::who_says(Decision::Never), &CancelToken::new()).is_err());
    assert_eq!(stored(&store).unwrap().len(), 1, "a damaged file is made anew");
}

#[test]
fn each_call_is_told_to_whoever_watches() {
    use crate::Permitted::{Before, Free, Now};
    use std::sync::{Arc, Mutex};
    let project = Fixture::with(&[("a.rs", "fn a() {}\nfn b() {}\nfn c() {}\n")]);
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    let engine = engine(&project.path(""), None).watched(Box::new(move |called| {
        let failed = called.result.err().map(Failure::reason);
        let (tool, changed) = (called.tool.to_owned(), called.changed.join(" "));
        tell.lock().unwrap().push((tool, called.class.is_some(), called.permitted, failed, changed));
    }));
    let (read, outside) = (json!({"path": "a.rs"}), json!({"path": "../b.rs"}));
    // A call, who is asked, and what is told of it.
    let cases = [
        ("outline", &read, None, (true, Some(Free), None, "")),
        ("outline", &outside, None, (true, Some(Free), Some("failed"), "")),
        ("outline", &Value::Null, None, (true, None, Some("parameters"), "")),
        ("magic", &read, None, (false, None, Some("unknown_tool"), "")),
        ("edit_symbol", &edit("a"), None, (true, None, Some("denied"), "")),
        ("edit_symbol", &edit("a"), Some(Decision::No), (true, None, Some("denied"), "")),
        ("edit_symbol", &edit("a"), Some(Decision::Once), (true, Some(Now(Decision::Once)), None, "a.rs")),
        (
            "edit_symbol",
            &edit("b"),
            Some(Decision::Session),
            (true, Some(Now(Decision::Session)), None, "a.rs"),
        ),
        ("edit_symbol", &edit("c"), None, (true, Some(Before), None, "a.rs")),
    ];
    for (name, arguments, person, (known, permitted, failed, changed)) in cases {
        let call = Call { name, arguments, whole: true };
        // What it says is for whoever called.
        let _ = match person {
            Some(decision) => engine.call(call, &Person::who_says(decision), &CancelToken::new()),
            None => engine.call(call, &Nobody, &CancelToken::new()),
        };
        let expected = (name.to_owned(), known, permitted, failed, changed.to_owned());
        assert_eq!(told.lock().unwrap().pop(), Some(expected), "{arguments}");
    }
    // What is done elsewhere, and only permitted here.
    let tool = crate::Tool::standing_for("errand", crate::Class::Execute, "an errand");
    for (person, fails, expected) in [
        (Decision::No, false, (None, Some("denied"))),
        (Decision::Once, false, (Some(Now(Decision::Once)), None)),
        (Decision::Once, true, (Some(Now(Decision::Once)), Some("failed"))),
    ] {
        let work = || if fails { Err(Failure::told("no")) } else { Ok("done".to_owned().into()) };
        let done = engine.perform(&tool, ("$ go", &Value::Null), &Person::who_says(person), work);
        assert_eq!(done.is_err(), fails || person == Decision::No);
        let (name, known, permitted, failed, changed) = told.lock().unwrap().pop().unwrap();
        assert_eq!((name.as_str(), known, changed.as_str()), ("errand", true, ""));
        assert_eq!((permitted, failed), expected);
    }
}
