//! Which dialect a model speaks, and why: by a table of templates that are known, else by what its template renders, else
//! one that is injected. Whatever it is, it is tried at once: what the template renders has to be read back.

use crate::context::{Shape, context};
use crate::format::{Body, CallFormat, Ids, Values};
use crate::forms;
use crate::infer::infer;
use crate::injected;
use crate::known::{self, Chosen, Known};
use crate::literal::quoted_keys;
use crate::mark;
use crate::parse::Parser;
use crate::probe::{KEYS, NAMES, Probe, Speech, VALUES, parameters};
use crate::template::{Template, TemplateError};
use serde_json::{Value, json};
use std::fmt;
use trust_inference::{Event, Message, Prompt, Tool, ToolCall, Turn};

/// How the dialect was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The table knows that calls have the form of this name.
    Known(&'static str),
    /// The user says so.
    Chosen(&'static str),
    /// It was read off what the template renders.
    Rendered,
    /// The tools are told of in words, for this reason.
    Injected(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(name) => write!(formatter, "known by the template's hash: calls as `{name}`"),
            Self::Chosen(name) => {
                write!(formatter, "chosen by the template's hash (model.dialects): calls as `{name}`")
            }
            Self::Rendered => formatter.write_str("read off what its chat template renders, and read back"),
            Self::Injected(why) => write!(formatter, "injected: {why}"),
        }
    }
}

/// How a model is talked to.
#[derive(Debug)]
pub struct Dialect {
    template: Template,
    /// It has no template of its own, so messages have headings.
    plain: bool,
    /// Its template spells calls in another form than the model is said to have, so they are given to it as texts.
    respells: bool,
    shape: Shape,
    pub(crate) speech: Speech,
    pub(crate) calls: CallFormat,
    origin: Origin,
}

impl Dialect {
    /// The dialect of a model with this chat template, if it has one; `bos` and `eos` are its tokens that begin and end a
    /// text. A template that cannot be used is as good as none, and the origin says so.
    pub fn of(template: Option<&str>, bos: &str, eos: &str) -> Self {
        Self::chosen(template, bos, eos, &[])
    }

    /// The same, where the user says of some templates what form calls have.
    pub fn chosen(template: Option<&str>, bos: &str, eos: &str, chosen: &[Chosen]) -> Self {
        let Some(source) = template else { return Self::plain("the model has no chat template") };
        let template = match Template::new(source, bos, eos) {
            Ok(template) => template,
            Err(error) => return Self::plain(&error.to_string()),
        };
        Self::native(template, chosen)
    }

    fn native(template: Template, chosen: &[Chosen]) -> Self {
        let known = known::of(template.source(), chosen);
        let mut why = "the template does not tell the model of its tools";
        for (objects, ids) in [(true, Ids::Nine), (true, Ids::Named), (false, Ids::Nine)] {
            let probe = Probe { template: &template, objects, ids };
            if matches!(known, Known::Words) {
                why = "chosen by the template's hash (model.dialects)";
                break;
            }
            if !probe.tells_tools() {
                continue;
            }
            let Ok(speech) = probe.speech() else { continue };
            let (calls, origin) = match &known {
                Known::Form { name, format, chosen: true } => (Ok((**format).clone()), Origin::Chosen(name)),
                Known::Form { name, format, .. } => (Ok((**format).clone()), Origin::Known(name)),
                Known::Words | Known::Unknown => (infer(&probe), Origin::Rendered),
            };
            let shape = Shape { system: probe.takes_system(), objects, ids };
            let is_rendered = origin == Origin::Rendered;
            let round = calls.and_then(|calls| {
                let dialect = Parts { shape, speech, calls, origin };
                match dialect.comes_back(&probe) {
                    // What it renders is another form, as was said; what is spelled without it has to be read back.
                    Err(_) if !is_rendered => dialect.reads_itself().map(|()| (dialect, true)),
                    round => round.map(|()| (dialect, false)),
                }
            });
            match round {
                Ok((Parts { shape, speech, calls, origin }, respells)) => {
                    return Self { template, plain: false, respells, shape, speech, calls, origin };
                }
                Err(reason) => why = reason,
            }
        }
        let mut why = why.to_string();
        if let Known::Form { name, .. } = known {
            why.push_str(&format!(", so calls as `{name}` are not to be had"));
        }
        let probe = Probe { template: &template, objects: true, ids: Ids::Nine };
        match probe.speech() {
            Ok(speech) => {
                let shape = Shape { system: probe.takes_system(), objects: true, ids: Ids::Nine };
                Self {
                    shape,
                    speech,
                    plain: false,
                    respells: false,
                    calls: injected::format(),
                    origin: Origin::Injected(why),
                    template,
                }
            }
            Err(error) => Self::plain(&error.to_string()),
        }
    }

    fn plain(why: &str) -> Self {
        let shape = Shape { system: true, objects: true, ids: Ids::Nine };
        // Our own template is sound; an empty one would only lose the headings.
        let template = Template::new(injected::PLAIN, "", "").unwrap_or_else(|_| Template::empty());
        let origin = Origin::Injected(why.to_string());
        let (speech, calls) = (Speech::default(), injected::format());
        Self { template, plain: true, respells: false, shape, speech, calls, origin }
    }

    #[cfg(test)]
    pub(crate) fn template_and_shape(&self) -> (&Template, Shape) {
        (&self.template, self.shape)
    }

    /// The marks of its calls that may be control tokens.
    #[cfg(test)]
    pub(crate) fn control_marks(&self) -> Vec<String> {
        let mut marks = self.calls.markers();
        marks.sort_unstable();
        marks.dedup();
        marks
    }

    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The form of its calls.
    pub fn calls(&self) -> &CallFormat {
        &self.calls
    }

    /// What stands around the model's thoughts, where it thinks.
    pub fn reasoning(&self) -> Option<(&str, &str)> {
        self.speech.reasoning.as_ref().map(|marks| (marks.open.as_str(), marks.close.as_str()))
    }

    /// What ends an answer, beside the model's own tokens.
    pub fn stop(&self) -> Vec<String> {
        if self.plain { vec![injected::PLAIN_STOP.into()] } else { Vec::new() }
    }

    /// How an answer spells these calls, by the template itself where it knows calls.
    pub fn spelled(&self, calls: &[ToolCall]) -> Result<String, TemplateError> {
        if let Origin::Injected(_) = self.origin {
            return Ok(injected::spelled(calls));
        }
        if self.respells {
            return Ok(forms::spelled(&self.calls, calls));
        }
        let probe = Probe { template: &self.template, objects: self.shape.objects, ids: self.shape.ids };
        let calls: Vec<_> =
            calls.iter().map(|call| (call.name.as_str(), self.spellable(&call.arguments))).collect();
        let calls: Vec<_> = calls
            .iter()
            .map(|(name, arguments)| {
                let members = arguments.as_object().into_iter().flatten();
                (*name, members.map(|(key, value)| (key.as_str(), value.clone())).collect())
            })
            .collect();
        probe.called(&calls)
    }

    fn marks_values(&self) -> bool {
        matches!(&self.calls.body, Body::Tagged(tagged) if tagged.values == Values::Marked)
    }

    /// A call's arguments as the template is given them: where it writes the keys of objects as they are, those that would be read as
    /// another text have quotes.
    fn spellable(&self, arguments: &Value) -> Value {
        match arguments {
            Value::Object(members) if self.marks_values() => {
                members.iter().map(|(key, value)| (key.clone(), quoted_keys(value))).collect()
            }
            _ => arguments.clone(),
        }
    }

    /// The conversation as the model reads it, and whether it has begun to think by then.
    pub fn prompt(&self, turn: &Turn) -> Result<(Prompt, bool), TemplateError> {
        let (rendered, thinks) = self.rendered(turn)?;
        Ok((mark::prompt(&rendered, &self.calls.markers())?, thinks))
    }

    /// The same as a text, for people and tests.
    pub fn shown(&self, turn: &Turn) -> Result<String, TemplateError> {
        self.rendered(turn).map(|(rendered, _)| mark::plain(&rendered))
    }

    fn rendered(&self, turn: &Turn) -> Result<(String, bool), TemplateError> {
        let rewritten;
        let turn = match self.origin {
            Origin::Injected(_) => {
                rewritten = injected::rewritten(turn, self.plain);
                &rewritten
            }
            _ if self.respells => {
                rewritten = injected::respelled(turn, &self.calls);
                &rewritten
            }
            _ if self.marks_values() => {
                let mut turn = turn.clone();
                for message in &mut turn.messages {
                    if let Message::Assistant { calls, .. } = message {
                        calls.iter_mut().for_each(|call| call.arguments = self.spellable(&call.arguments));
                    }
                }
                rewritten = turn;
                &rewritten
            }
            _ => turn,
        };
        let mut rendered = self.template.render(context(turn, self.shape))?;
        let mut thinks = false;
        if let Some(marks) = &self.speech.reasoning
            && rendered.trim_end().ends_with(&marks.open)
        {
            thinks = turn.reasoning;
            if !thinks {
                rendered.push_str(&format!("\n{}\n\n", marks.close));
            }
        }
        Ok((rendered, thinks))
    }
}

/// What was found out of a template.
struct Parts {
    shape: Shape,
    speech: Speech,
    calls: CallFormat,
    origin: Origin,
}

impl Parts {
    /// Whether what the template renders of calls is read back.
    fn comes_back(&self, probe: &Probe<'_>) -> Result<(), &'static str> {
        let single = one_call(probe, 1).map_err(|_| "the template refuses calls of tools")?;
        self.reads_back(&single, 1)?;
        match self.calls.parallel.then(|| one_call(probe, 2)) {
            Some(Ok(double)) => self.reads_back(&double, 2),
            _ => Ok(()),
        }
    }

    /// Whether what the form itself spells is.
    fn reads_itself(&self) -> Result<(), &'static str> {
        let call = |name: &&str| ToolCall { id: String::new(), name: (*name).into(), arguments: arguments() };
        let calls: Vec<ToolCall> = NAMES.iter().map(call).collect();
        let most = if self.calls.parallel { 2 } else { 1 };
        (1..=most).try_for_each(|count| self.reads_back(&forms::spelled(&self.calls, &calls[..count]), count))
    }

    /// Whether the parser finds in `answer` the calls that the template was given.
    fn reads_back(&self, answer: &str, count: usize) -> Result<(), &'static str> {
        const LOST: &str = "what the template renders of calls cannot be read back";
        let tools = NAMES.map(|name| Tool {
            name: name.into(),
            description: String::new(),
            parameters: parameters(),
        });
        let dialect = Dialect {
            template: Template::empty(),
            plain: false,
            respells: false,
            shape: self.shape,
            speech: self.speech.clone(),
            calls: self.calls.clone(),
            origin: Origin::Rendered,
        };
        let mut parser = Parser::new(&dialect, &tools, false).map_err(|_| LOST)?;
        // Character by character, as it may come.
        let mut events: Vec<Event> = answer.chars().flat_map(|one| parser.push(&one.to_string())).collect();
        events.extend(parser.finish(true));
        let calls: Vec<_> = events
            .into_iter()
            .filter_map(|event| match event {
                Event::CallEnded { call, .. } => Some(call.ok().map(|call| (call.name, call.arguments))),
                _ => None,
            })
            .collect();
        let expected: Vec<_> =
            NAMES[..count].iter().map(|name| Some((name.to_string(), arguments()))).collect();
        if calls == expected { Ok(()) } else { Err(LOST) }
    }
}

fn arguments() -> Value {
    json!({KEYS[0]: VALUES[0]})
}

fn one_call(probe: &Probe<'_>, count: usize) -> Result<String, TemplateError> {
    let calls: Vec<_> =
        NAMES[..count].iter().map(|name| (*name, vec![(KEYS[0], json!(VALUES[0]))])).collect();
    probe.called(&calls)
}
