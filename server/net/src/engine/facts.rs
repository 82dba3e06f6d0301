//! What an endpoint says of itself; and, before a turn needs it, what its model does with a tool and with a schema: asked once,
//! and kept.

use super::known::{Behaviour, Known};
use super::stream::Stream;
use super::{Call, ERROR, Failure, address, body};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::time::{Duration, Instant};
use trust_inference::{Constraint, Event, InferenceError, Message, Tool, ToolChoice, Turn};
use trust_wire::{Answering, Class, Engine, Facts, Generation, Task};

/// How long an engine may take to say what it is, and to be tried.
const PATIENCE: Duration = Duration::from_secs(10);
const TRIAL: Duration = Duration::from_secs(120);
/// Tokens of a trial.
const TOKENS: u32 = 64;
/// The longest chat template that is passed on, in bytes.
const TEMPLATE: usize = 256 << 10;

pub fn facts(call: &Call<'_>, known: &Known) -> Result<Facts, InferenceError> {
    let endpoint = call.endpoint;
    let listed = get(call, "/v1/models")?;
    let first = listed["data"][0].clone();
    let own = endpoint.model.as_deref();
    let listing = |model: &Value| own.is_none_or(|own| model["id"] == own);
    let found = listed["data"].as_array().into_iter().flatten().find(|model| listing(model)).cloned();
    if let (None, Some(own), false) = (&found, own, first.is_null()) {
        return Err(InferenceError::Model(format!("{} has no model {own:?}", endpoint.name)));
    }
    let found = found.unwrap_or(first);
    let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
    let (mut context, mut version, mut template) = (number(&found["max_model_len"]), String::new(), None);
    if endpoint.engine == Engine::LlamaServer {
        let props = get(call, "/props")?;
        context = number(&props["default_generation_settings"]["n_ctx"]).or(context);
        version = props["build_info"].as_str().unwrap_or_default().to_owned();
        let told = props["chat_template"].as_str().filter(|text| (1..=TEMPLATE).contains(&text.len()));
        template = told.map(str::to_owned);
    }
    let model = own.or(found["id"].as_str()).map(str::to_owned);
    // LM Studio says it beside what others say; asked on this machine only, since another engine knows no such path.
    let may_be_told = endpoint.engine == Engine::Openai && endpoint.class == Class::Loopback;
    if context.is_none() && endpoint.context.is_none() && may_be_told {
        let listed = get(call, "/api/v0/models").unwrap_or_default();
        let mut models = listed["data"].as_array().into_iter().flatten();
        let found = models.find(|found| found["id"].as_str() == model.as_deref());
        context = found.and_then(|found| {
            number(&found["loaded_context_length"]).or_else(|| number(&found["max_context_length"]))
        });
    }
    known.note(endpoint, model.clone(), &version);
    let fills = endpoint.engine == Engine::LlamaServer;
    Ok(Facts { model, context: context.or(endpoint.context), fills, version, template })
}

/// Whether the engine can do what a turn asks for.
///
/// # Errors
/// It cannot, or could not be asked.
pub fn check(call: &Call<'_>, known: &Known, turn: &Turn, until: Instant) -> Result<(), InferenceError> {
    let calls = !turn.tools.is_empty() && turn.choice != ToolChoice::None;
    if !calls && turn.constraint.is_none() {
        return Ok(());
    }
    let behaviour = match known.behaviour(call.endpoint) {
        Some(behaviour) => behaviour,
        None => {
            facts(call, known)?;
            let left = until.saturating_duration_since(Instant::now());
            let found = match known.behaviour(call.endpoint) {
                Some(behaviour) => behaviour,
                None => tried(call, known, left.min(TRIAL))?,
            };
            known.keep(call.endpoint, found);
            found
        }
    };
    if calls && !behaviour.calls {
        let told = format!(
            "the model of {} calls no tools; `tools = false` in its entry has it answer without",
            call.endpoint.name
        );
        return Err(InferenceError::NoDialect(told));
    }
    if turn.constraint.is_some() && !behaviour.schema {
        let told = format!("{} does not hold to a schema", call.endpoint.name);
        return Err(InferenceError::Constraint(told));
    }
    Ok(())
}

/// Asks for a call with a number in it, and for an object with one.
fn tried(call: &Call<'_>, known: &Known, patience: Duration) -> Result<Behaviour, InferenceError> {
    let number = json!({ "type": "object", "properties": { "x": { "type": "integer" } }, "required": ["x"] });
    let tool = Tool {
        name: "echo_int".into(),
        description: "Says a whole number again.".into(),
        parameters: number.clone(),
    };
    let ask = |text: &str| vec![Message::User(text.into())];
    let with_tool = Turn {
        messages: ask("Call echo_int with x = 7."),
        tools: vec![tool],
        choice: ToolChoice::Required,
        ..Turn::default()
    };
    let with_form = Turn {
        messages: ask("Answer with a JSON object whose x is 7."),
        constraint: Some(Constraint::JsonSchema(number)),
        ..Turn::default()
    };
    let calls = trial(call, known, with_tool, patience)?.iter().any(|event| match event {
        Event::CallEnded { call, .. } => call.as_ref().as_ref().is_ok_and(|call| call.arguments["x"] == 7),
        _ => false,
    });
    let schema = trial(call, known, with_form, patience)?.iter().any(|event| matches!(event, Event::Done(_)));
    Ok(Behaviour { calls, schema })
}

/// The events of a turn; none where the engine does not know what is asked for, or answers in another form.
fn trial(
    call: &Call<'_>,
    known: &Known,
    turn: Turn,
    patience: Duration,
) -> Result<Vec<Event>, InferenceError> {
    let order = Generation {
        endpoint: call.endpoint.name.clone(),
        purpose: "trial".into(),
        roots: call.roots.to_vec(),
        task: Task::Turn(turn),
        tokens: TOKENS,
        milliseconds: patience.as_millis() as u64,
    };
    let (path, body) = body::of(call.endpoint, &order, known.model(call.endpoint).as_deref())?;
    let call = Call { purpose: "trial", ..*call };
    let answer = match call.send(&address(call.endpoint, path)?, Some(&body), patience) {
        Ok(answer) => answer,
        Err(Failure::Passing(why, _)) => return Err(InferenceError::Model(why)),
        Err(Failure::Lasting(_)) => return Ok(Vec::new()),
    };
    let events = RefCell::new(Vec::new());
    let tell = |answer| {
        if let Answering::Event(event) = answer {
            events.borrow_mut().push(event);
        }
    };
    let read = Stream::new(&order, &tell).read(answer, call.cancel);
    match read {
        Ok(()) => Ok(events.take()),
        Err(Failure::Lasting(_)) => Ok(Vec::new()),
        Err(Failure::Passing(why, _)) => Err(InferenceError::Model(why)),
    }
}

fn get(call: &Call<'_>, path: &str) -> Result<Value, InferenceError> {
    let answer = call.send(&address(call.endpoint, path)?, None, PATIENCE);
    let mut answer = answer.map_err(|failure| match failure {
        Failure::Passing(why, _) => InferenceError::Model(why),
        Failure::Lasting(error) => error,
    })?;
    let name = &call.endpoint.name;
    let broken = |why: &str| InferenceError::Model(format!("{name}{path}: {why}"));
    let text = answer.text(16 * ERROR).map_err(|error| broken(&error.to_string()))?;
    serde_json::from_str(&text).map_err(|_| broken("the answer is no JSON"))
}
