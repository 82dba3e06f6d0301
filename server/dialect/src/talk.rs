//! A model that can be talked to: one that continues texts, with the dialect in which it was trained to converse.

use crate::dialect::{Dialect, Origin};
use crate::grammar::grammar;
use crate::parse::Parser;
use crate::template::TemplateError;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use trust_inference::{
    Completion, Event, InferenceError, Likelihood, Likely, Model, ModelCard, Prompt, Request, ToolChoice,
    Turn, TurnRequest,
};

type Events = Sender<Result<Event, InferenceError>>;

pub struct Talker<M> {
    model: Arc<M>,
    dialect: Arc<Dialect>,
}

impl<M: Model + 'static> Talker<M> {
    pub fn new(model: M, dialect: Dialect) -> Self {
        Self { model: Arc::new(model), dialect: Arc::new(dialect) }
    }

    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    pub fn model(&self) -> &M {
        &self.model
    }

    /// What is asked of the model for a turn, and whether it has begun to think in the prompt.
    fn request(&self, asked: &TurnRequest) -> Result<(Request, bool), InferenceError> {
        let turn = &asked.turn;
        check(turn)?;
        let (prompt, thinks) = self.dialect.prompt(turn).map_err(refusal)?;
        let special = |spelling: &str| self.model.special_token(spelling);
        let constraint = match &turn.constraint {
            None if turn.tools.is_empty() => None,
            None => Some(grammar(&self.dialect, turn, thinks, &special)),
            constraint => constraint.clone(),
        };
        let speech = &self.dialect.speech;
        let marks = [&speech.text.open, &speech.text.close].into_iter();
        let marks = marks.chain(speech.reasoning.iter().flat_map(|marks| [&marks.open, &marks.close]));
        let mut visible: Vec<String> = marks.flat_map(|marks| crate::format::tags(marks)).collect();
        visible.retain(|mark| special(mark).is_some());
        visible.dedup();
        let request = Request {
            constraint,
            visible,
            stop: self.dialect.stop(),
            keep: false,
            cancel: asked.cancel.clone(),
            ..Request::new(prompt, asked.budget, asked.priority)
        };
        Ok((request, thinks))
    }
}

impl<M: Model + 'static> Model for Talker<M> {
    fn placement(&self) -> Option<String> {
        self.model.placement()
    }

    fn card(&self) -> &ModelCard {
        self.model.card()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.model.count_tokens(text)
    }

    fn count_prompt(&self, prompt: &Prompt) -> usize {
        self.model.count_prompt(prompt)
    }

    fn count_turn(&self, turn: &Turn) -> Result<usize, InferenceError> {
        let (prompt, _) = self.dialect.prompt(turn).map_err(refusal)?;
        Ok(self.model.count_prompt(&prompt))
    }

    fn special_token(&self, spelling: &str) -> Option<u32> {
        self.model.special_token(spelling)
    }

    fn avoids(&self) -> bool {
        self.model.avoids()
    }

    fn generate(&self, request: Request) -> Receiver<Result<Event, InferenceError>> {
        self.model.generate(request)
    }

    fn converse(&self, asked: TurnRequest) -> Receiver<Result<Event, InferenceError>> {
        let (sender, receiver) = channel();
        let (request, thinks) = match self.request(&asked) {
            Ok(request) => request,
            Err(error) => {
                // The receiver is right here.
                let _ = sender.send(Err(error));
                return receiver;
            }
        };
        let events = self.model.generate(request);
        let dialect = self.dialect.clone();
        std::thread::spawn(move || {
            if let Err(error) = pass_on(&dialect, &asked, thinks, events, &sender) {
                let _ = sender.send(Err(error));
            }
        });
        receiver
    }

    fn likelihood(&self, request: Likelihood) -> Result<Vec<Likely>, InferenceError> {
        self.model.likelihood(request)
    }

    fn is_elsewhere(&self) -> bool {
        self.model.is_elsewhere()
    }

    fn only_reads(&self) -> bool {
        self.model.only_reads()
    }

    fn calls_tools(&self) -> bool {
        // A form of calls that is told in words is written as the grammar wants it, and not known for that.
        !matches!(self.dialect.origin(), Origin::Injected(_)) || self.model.calls_tools()
    }

    fn forget(&self) {
        self.model.forget();
    }
}

/// Whether a turn asks for what there can be.
fn check(turn: &Turn) -> Result<(), InferenceError> {
    let refuse = |why: &str| Err(InferenceError::Constraint(why.into()));
    if turn.constraint.is_some() && !turn.tools.is_empty() {
        return refuse("a turn has tools or a form of its text, not both");
    }
    if turn.tools.is_empty() && turn.choice == ToolChoice::Required {
        return refuse("a call is asked for, and there is no tool");
    }
    let plain = |name: &str| {
        !name.is_empty()
            && name.len() <= 64
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    if !turn.tools.iter().all(|tool| plain(&tool.name)) {
        return refuse("a tool's name is of letters, digits, _ and -");
    }
    Ok(())
}

/// What a template says of a conversation may quote it, so its words go no further.
fn refusal(error: TemplateError) -> InferenceError {
    InferenceError::NoDialect(match error {
        TemplateError::Refused(_) => "its chat template refuses the conversation".into(),
        other => other.to_string(),
    })
}

fn pass_on(
    dialect: &Dialect,
    asked: &TurnRequest,
    thinks: bool,
    events: Receiver<Result<Event, InferenceError>>,
    sender: &Events,
) -> Result<(), InferenceError> {
    let tools = &asked.turn.tools;
    let parser = Parser::new(dialect, tools, thinks);
    let mut parser = parser.map_err(|error| InferenceError::Constraint(error.to_string()))?;
    for event in events {
        let more = match event? {
            Event::Text { text, .. } => parser.push(&text),
            Event::Done(finish) => {
                let mut last = parser.finish(finish.completion == Completion::Natural);
                last.push(Event::Done(finish));
                last
            }
            other => vec![other],
        };
        for event in more {
            if sender.send(Ok(event)).is_err() {
                asked.cancel.cancel();
                return Ok(());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::panic, reason = "tests may fail")]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::Instant;
    use trust_inference::scripted::ScriptedModel;
    use trust_inference::{
        Budget, CallError, CancelToken, Constraint, FinishReason, Message, Priority, Tool,
    };

    fn talker(reply: &str) -> Talker<ScriptedModel> {
        let card = ModelCard { name: "script".into(), parameters: 0, context_length: 64, fim: None };
        Talker::new(ScriptedModel::new(card, reply), Dialect::of(None, "", ""))
    }

    fn tool(name: &str) -> Tool {
        let parameters =
            json!({"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]});
        Tool { name: name.into(), description: "reads".into(), parameters }
    }

    fn request(turn: Turn, tokens: u32) -> TurnRequest {
        let budget = Budget { tokens, deadline: Instant::now() };
        TurnRequest { turn, budget, priority: Priority::Chat, cancel: CancelToken::new() }
    }

    fn ask(tools: Vec<Tool>) -> Turn {
        Turn { messages: vec![Message::User("What is in a?".into())], tools, ..Turn::default() }
    }

    #[test]
    fn an_answer_becomes_text_calls_and_an_end() {
        let cases: [(&str, &str, &[Result<&str, CallError>]); 6] = [
            ("Just words.", "Just words.", &[]),
            (
                "I look.\n<tool_call>\n{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}\n</tool_call>",
                "I look.",
                &[Ok("a")],
            ),
            (
                "<tool_call>{\"name\":\"write\",\"arguments\":{\"path\":\"a\"}}</tool_call>",
                "",
                &[Err(CallError::UnknownTool)],
            ),
            (
                "<tool_call>{\"name\":\"read\",\"arguments\":{\"path\":7}}</tool_call>",
                "",
                &[Err(CallError::Schema("/path".into()))],
            ),
            ("<tool_call>{\"name\":\"read\",\"arguments\":{\"path\":\"a", "", &[Err(CallError::Truncated)]),
            ("<tool_call>nonsense</tool_call>", "", &[Err(CallError::NotJson)]),
        ];
        for (reply, said, expected) in cases {
            let talker = talker(reply);
            let (mut text, mut calls, mut ends) = (String::new(), Vec::new(), 0);
            for event in talker.converse(request(ask(vec![tool("read")]), 64)) {
                match event.unwrap() {
                    Event::Text { text: more, .. } => text.push_str(&more),
                    Event::CallEnded { call, .. } => {
                        calls.push(call.map(|call| call.arguments["path"].as_str().unwrap().to_string()))
                    }
                    Event::Done(finish) => {
                        assert_eq!(finish.reason, FinishReason::EndOfText);
                        ends += 1;
                    }
                    _ => {}
                }
            }
            let expected: Vec<_> = expected.iter().map(|one| one.clone().map(str::to_string)).collect();
            assert_eq!((text.trim_end(), calls, ends), (said, expected, 1), "{reply}");
            // Whoever has tools is held to a form; the model was asked with it.
            let asked = talker.model.requests();
            assert!(matches!(asked[0].constraint, Some(Constraint::Lark { .. })));
        }
    }

    #[test]
    fn turns_that_cannot_be_are_refused_and_free_text_has_no_form() {
        let talker = talker("Words.");
        let form = Some(Constraint::Regex("a".into()));
        let bad = [
            Turn { constraint: form.clone(), ..ask(vec![tool("read")]) },
            Turn { choice: ToolChoice::Required, ..ask(vec![]) },
            ask(vec![tool("re ad")]),
            ask(vec![tool("")]),
        ];
        for turn in bad {
            let events: Vec<_> = talker.converse(request(turn.clone(), 8)).iter().collect();
            assert!(matches!(events[..], [Err(InferenceError::Constraint(_))]), "{turn:?} {events:?}");
        }
        assert!(talker.model.requests().is_empty());
        assert!(talker.converse(request(ask(vec![]), 8)).iter().all(|event| event.is_ok()));
        assert!(
            talker
                .converse(request(Turn { constraint: form.clone(), ..ask(vec![]) }, 8))
                .iter()
                .all(|event| event.is_ok())
        );
        let forms: Vec<_> = talker.model.requests().into_iter().map(|request| request.constraint).collect();
        assert_eq!(forms, [None, form]);
    }

    #[test]
    fn a_refusal_of_the_template_quotes_nothing() {
        let card = ModelCard { name: "script".into(), parameters: 0, context_length: 64, fim: None };
        let source = "{% for m in messages %}{% if 'secret' in m.content %}{{ raise_exception(m.content) }}{% endif %}{{ m.role }}: {{ m.content }}\n{% endfor %}";
        let talker = Talker::new(ScriptedModel::new(card, ""), Dialect::of(Some(source), "", ""));
        let turn = Turn { messages: vec![Message::User("a secret".into())], ..Turn::default() };
        let events: Vec<_> = talker.converse(request(turn, 8)).iter().collect();
        let [Err(InferenceError::NoDialect(why))] = &events[..] else { panic!("{events:?}") };
        assert!(!why.contains("secret"), "{why}");
    }
}
