//! A tool: one definition of what it is called, what it does, what it takes, and the function that does it. The words
//! about it are the documentation of its parameters' type.

use crate::check::{Fault, faults, nearest, without_nulls};
use crate::{Answer, Class, Context, Deed, Failure, Plan};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_64;

/// How long a call may take, unless a tool says otherwise.
const TIMEOUT: Duration = Duration::from_secs(20);

type Run<T> = Box<dyn Fn(&Context, Value) -> Result<T, Failure> + Send + Sync>;

pub(crate) enum Action {
    Answer(Run<Answer>),
    /// What would be changed; the engine has it done.
    Change(Run<Plan>),
    /// What would be done; the engine lets it be done.
    Do(Run<Deed>),
}

pub struct Tool {
    name: String,
    class: Class,
    description: String,
    parameters: Value,
    validator: Option<jsonschema::Validator>,
    pub(crate) action: Action,
    pub(crate) timeout: Duration,
}

impl Tool {
    /// A tool that only reads. `P` documents the tool and its parameters.
    pub fn reading<P>(
        name: &'static str,
        run: impl Fn(&Context, P) -> Result<Answer, Failure> + Send + Sync + 'static,
    ) -> Self
    where
        P: DeserializeOwned + JsonSchema,
    {
        Self::new::<P>(name, Class::Read, Action::Answer(typed(run)))
    }

    /// A tool that changes files: it says how, and others do it.
    pub fn changing<P>(
        name: &'static str,
        plan: impl Fn(&Context, P) -> Result<Plan, Failure> + Send + Sync + 'static,
    ) -> Self
    where
        P: DeserializeOwned + JsonSchema,
    {
        Self::new::<P>(name, Class::Edit, Action::Change(typed(plan)))
    }

    /// What permission is asked for where something is done by others than the engine. `about` says exactly what: a decision
    /// holds for that alone.
    pub fn standing_for(name: &'static str, class: Class, about: &str) -> Self {
        let none: Run<Answer> = Box::new(|_, _| Err(Failure::told("this is no tool to be called")));
        Self {
            name: name.to_owned(),
            class,
            description: about.to_owned(),
            parameters: serde_json::json!({ "const": about }),
            validator: None,
            action: Action::Answer(none),
            timeout: TIMEOUT,
        }
    }

    /// A tool that does something of another class: it says what, and the engine has it permitted first.
    pub fn doing<P>(
        name: &'static str,
        class: Class,
        plan: impl Fn(&Context, P) -> Result<Deed, Failure> + Send + Sync + 'static,
    ) -> Self
    where
        P: DeserializeOwned + JsonSchema,
    {
        Self::new::<P>(name, class, Action::Do(typed(plan)))
    }

    /// A tool that is done elsewhere, and described by others.
    pub fn foreign(
        name: String,
        class: Class,
        description: String,
        parameters: Value,
        plan: impl Fn(&Context, Value) -> Result<Deed, Failure> + Send + Sync + 'static,
    ) -> Self {
        let validator = jsonschema::validator_for(&parameters).ok();
        let action = Action::Do(Box::new(plan));
        Self { name, class, description, parameters, validator, action, timeout: TIMEOUT }
    }

    fn new<P: JsonSchema>(name: &'static str, class: Class, action: Action) -> Self {
        let (description, parameters) = described::<P>();
        let validator = jsonschema::validator_for(&parameters).ok();
        Self { name: name.to_owned(), class, description, parameters, validator, action, timeout: TIMEOUT }
    }

    pub fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn class(&self) -> Class {
        self.class
    }

    pub fn description(&self) -> &str {
        &self.description
    }

    /// The JSON Schema of its parameters, an object's; without references, so that it reads from top to bottom.
    pub fn parameters(&self) -> &Value {
        &self.parameters
    }

    /// Changes with what the tool takes; where others describe it, with every word of that.
    pub fn fingerprint(&self) -> String {
        let words = if self.class == Class::Mcp { self.description.as_str() } else { "" };
        format!("{:016x}", xxh3_64(format!("{words}{}", self.parameters).as_bytes()))
    }

    /// The parameters as its function takes them.
    ///
    /// # Errors
    /// [`Failure::Parameters`]: everything that is wrong with them.
    pub fn check(&self, given: &Value) -> Result<Value, Failure> {
        let given = without_nulls(given);
        let Some(validator) = &self.validator else {
            return Err(Failure::told("the tool's own schema cannot be used"));
        };
        let faults = faults(validator, &self.parameters, &given);
        if faults.is_empty() { Ok(given) } else { Err(Failure::Parameters(faults)) }
    }

    /// As a model is told of it.
    pub fn told(&self) -> trust_inference::Tool {
        trust_inference::Tool {
            name: self.name.clone(),
            description: self.description.clone(),
            parameters: self.parameters.clone(),
        }
    }
}

fn typed<P: DeserializeOwned, T>(
    run: impl Fn(&Context, P) -> Result<T, Failure> + Send + Sync + 'static,
) -> Run<T> {
    Box::new(move |context, parameters| {
        // What the schema lets through, the type takes, but for numbers beyond all bounds.
        let parameters = serde_json::from_value(parameters).map_err(|error| {
            Failure::Parameters(vec![Fault { place: String::new(), told: error.to_string() }])
        })?;
        run(context, parameters)
    })
}

/// The words about a type, and its schema without them and without what says nothing to a model.
fn described<P: JsonSchema>() -> (String, Value) {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    let mut schema = settings.into_generator().into_root_schema_for::<P>().to_value();
    let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let description = description.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(object) = schema.as_object_mut() {
        object.shift_remove("description");
        object.entry("properties").or_insert_with(|| Value::Object(Default::default()));
    }
    simplify(&mut schema);
    (description, schema)
}

fn simplify(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            for said in ["title", "format", "default"] {
                if object.get(said).is_some_and(|value| said == "default" || value.is_string()) {
                    object.shift_remove(said);
                }
            }
            if let Some(Value::String(text)) = object.get_mut("description") {
                *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            // What may be left out may be null too; without saying so of each, a schema is shorter.
            if let Some(Value::Array(values)) = object.get_mut("enum") {
                values.retain(|value| !value.is_null());
            }
            if let Some(Value::Array(kinds)) = object.get_mut("type") {
                kinds.retain(|kind| kind != "null");
                if let [kind] = &kinds[..] {
                    let kind = kind.clone();
                    object.insert("type".into(), kind);
                }
            }
            object.values_mut().for_each(simplify);
        }
        Value::Array(parts) => parts.iter_mut().for_each(simplify),
        _ => {}
    }
}

/// Tools by their names, in one order for good: a model's prompt begins with them.
#[derive(Default)]
pub struct Registry(Vec<Tool>);

impl Registry {
    pub fn new(mut tools: Vec<Tool>) -> Self {
        tools.sort_by(|one, other| one.name.cmp(&other.name));
        tools.dedup_by(|one, other| one.name == other.name);
        Self(tools)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Tool> {
        self.0.iter()
    }

    /// With others beside them.
    pub fn with(self, more: Vec<Tool>) -> Self {
        Self::new(self.0.into_iter().chain(more).collect())
    }

    /// Only those of these classes.
    pub fn only(mut self, classes: &[Class]) -> Self {
        self.0.retain(|tool| classes.contains(&tool.class));
        self
    }

    /// # Errors
    /// [`Failure::Unknown`], with the name that was meant.
    pub fn get(&self, name: &str) -> Result<&Tool, Failure> {
        let unknown = || Failure::Unknown { nearest: nearest(name, self.0.iter().map(Tool::name)) };
        self.0.iter().find(|tool| tool.name == name).ok_or_else(unknown)
    }
}
