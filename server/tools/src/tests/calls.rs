//! What the engine makes of calls: names, parameters, cuts, time.

use super::{Fixture, Person, engine};
use crate::{
    Call, Class, Context, Decision, Disk, Engine, Failure, Nobody, Permissions, Registry, Tool, Workspace,
    builtin,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use trust_constraint::{Grammars, Token, bounded};
use trust_dialect::Dialect;
use trust_inference::{CancelToken, Constraint, Message, Turn};

#[test]
fn every_tool_is_described() {
    let tools = builtin();
    for tool in tools.iter() {
        let (name, schema) = (tool.name(), tool.parameters());
        assert!(tool.description().len() > 20 && tool.description().ends_with('.'), "{name}");
        assert_eq!(schema["additionalProperties"], false, "{name}");
        let text = schema.to_string();
        assert!(
            !["$ref", "$defs", "null", "format", "title"].iter().any(|word| text.contains(word)),
            "{text}"
        );
        for (parameter, schema) in schema["properties"].as_object().unwrap() {
            assert!(
                schema["description"].as_str().is_some_and(|text| text.ends_with('.')),
                "{name} {parameter}"
            );
        }
        let changes = ["apply_patch", "edit_symbol", "replace_lines"].contains(&name);
        assert_eq!(tool.class(), if changes { Class::Edit } else { Class::Read }, "{name}");
    }
    let names: Vec<_> = tools.iter().map(Tool::name).collect();
    assert!(names.is_sorted() && names.len() == 11, "{names:?}");
    // Any model can be told of them.
    let turn = Turn {
        messages: vec![Message::User("Hello".into())],
        tools: tools.iter().map(Tool::told).collect(),
        ..Turn::default()
    };
    assert!(Dialect::of(None, "", "").prompt(&turn).is_ok());
    assert_eq!(builtin().only(&[Class::Read]).iter().count(), 8);
}

#[test]
fn a_model_can_be_held_to_every_schema() {
    let tokens: Vec<Token> =
        (0..=255u8).map(|byte| Token::Text(vec![byte])).chain([Token::Control("end".into())]).collect();
    let grammars = Grammars::new(&tokens, &[256]).unwrap();
    for tool in builtin().iter() {
        let form = Constraint::JsonSchema(bounded(tool.parameters()));
        let started = Instant::now();
        assert!(grammars.compile(&form).is_ok(), "{}", tool.name());
        assert!(started.elapsed() < Duration::from_secs(5), "{}", tool.name());
    }
}

#[test]
fn wrong_parameters_are_named_and_not_quoted() {
    let project = Fixture::with(&[("a.rs", "fn a() {}\n")]);
    let cases = [
        (json!({}), "`path` is required"),
        (json!({"path": 7}), "`path` must be a text, not a number"),
        (json!({"path": "a.rs", "first_line": "s3cret"}), "`first_line` must be a whole number, not a text"),
        (json!({"path": "a.rs", "first_line": 0}), "`first_line` must be 1 or more"),
        (
            json!({"path": "a.rs", "first_line": 1.5}),
            "`first_line` must be a whole number, not a number with a fraction",
        ),
        (
            json!({"path": "a.rs", "frist_line": 1}),
            "`frist_line` is no parameter; did you mean `first_line`?",
        ),
        (json!({"path": "a.rs", "zz": 1}), "`zz` is no parameter; there are path, first_line, last_line"),
        (json!({"pth": "a.rs"}), "`path` is required"),
        (json!(["a.rs"]), "must be an object, not a list"),
        (json!("a.rs"), "must be an object, not a text"),
        (Value::Null, "must be an object, not null"),
    ];
    for (arguments, expected) in cases {
        let said = project.said("read_file", arguments.clone());
        assert!(
            said.starts_with("error: wrong parameters: ") && said.contains(expected),
            "{arguments}: {said}"
        );
        assert!(!said.contains("s3cret"));
    }
    let edit = json!({"path": "a.rs", "symbol": "a", "source": "x", "place": "s3cret"});
    let said = project.said("edit_symbol", edit);
    assert!(said.contains("`place` must be one of [\"replace\",\"before\",\"after\"]"), "{said}");
    assert_eq!(
        project.said("read_fil", json!({})),
        "error: there is no tool of this name; did you mean `read_file`?"
    );
    assert_eq!(project.said("zzz", json!({})), "error: there is no tool of this name");
}

#[test]
fn a_call_that_was_cut_changes_nothing() {
    let project = Fixture::with(&[("a.rs", "fn a() {}\n")]);
    let person = Person::who_says(Decision::Session);
    let call = |name, arguments: &Value| {
        project.engine.call(Call { name, arguments, whole: false }, &person, &CancelToken::new())
    };
    let edit = json!({"path": "a.rs", "symbol": "a", "source": "fn b() {}"});
    assert_eq!(call("edit_symbol", &edit), Err(Failure::Truncated));
    assert!(person.asked().is_empty());
    assert_eq!(project.text("a.rs"), "fn a() {}\n");
    assert!(call("read_file", &json!({"path": "a.rs"})).is_ok(), "to read does no harm");
}

/// Does what it is told.
#[derive(Deserialize, JsonSchema)]
struct Told {
    /// What.
    what: String,
}

fn odd(context: &Context, told: Told) -> Result<crate::Answer, Failure> {
    match told.what.as_str() {
        "panic" => panic!("as it was told"),
        "flood" => return Ok("line\n".repeat(100_000).into()),
        "wait" | "hang" => {
            let started = Instant::now();
            while !context.cancel.is_cancelled() && started.elapsed() < Duration::from_secs(20) {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        _ => {}
    }
    Ok("done".to_owned().into())
}

#[test]
fn a_tool_that_hangs_breaks_or_floods_is_contained() {
    let folder = tempfile::tempdir().unwrap();
    let index = engine(folder.path(), None).workspace().index.clone();
    let tools =
        vec![Tool::reading("hasty", odd).within(Duration::from_millis(100)), Tool::reading("patient", odd)];
    let workspace = Workspace::new(index, Box::new(Disk::new(vec![folder.path().to_owned()])));
    let engine = Engine::new(Registry::new(tools), workspace, Permissions::new(folder.path().into(), None));
    let engine = Arc::new(engine);
    let call = |what: &str, cancel: &CancelToken| {
        let name = if what == "hang" { "hasty" } else { "patient" };
        engine.call(Call { name, arguments: &json!({"what": what}), whole: true }, &Nobody, cancel)
    };
    let free = CancelToken::new();
    assert_eq!(call("panic", &free), Err(Failure::Panicked));
    assert_eq!(call("hang", &free), Err(Failure::TimedOut(Duration::from_millis(100))));
    let flood = call("flood", &free).unwrap();
    assert!(flood.text.len() < 17 << 10 && flood.more > 90_000 && flood.text.contains("more lines"));
    assert!(!free.is_cancelled(), "the caller's token is its own");
    let cancel = CancelToken::new();
    let started = Instant::now();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| call("wait", &cancel));
        std::thread::sleep(Duration::from_millis(20));
        cancel.cancel();
        assert_eq!(waiting.join().unwrap(), Err(Failure::Cancelled));
    });
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(call("nothing", &free).unwrap().text, "done");
}
