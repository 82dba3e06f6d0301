//! What was said, as it is kept: of the workspace only places, never what stands there.

use super::Place;
use super::fold::Folded;
use serde::{Deserialize, Serialize};
use trust_inference::{Message, ToolCall};

/// How a result begins that is not there any more.
const LEFT_OUT: &str = "(seen then:";

/// Of the form in which conversations are kept.
pub const VERSION: u32 = 1;

/// A conversation about one workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversation {
    pub version: u32,
    /// What the model is told before all else. It stays as it was at the beginning, so that the model reads it once.
    pub system: String,
    /// Whose instructions stand in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructed_by: Option<String>,
    /// What was said long ago, in a line each.
    pub(super) folded: Vec<Folded>,
    /// Of the lines before those, how many there were.
    pub(super) forgotten: usize,
    pub exchanges: Vec<Exchange>,
}

/// A question and what was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    pub question: String,
    /// The names that it was about.
    pub names: Vec<String>,
    /// What was cited.
    pub places: Vec<Place>,
    pub steps: Vec<Step>,
    /// The answer was ended before its end.
    pub cut: bool,
    /// The question as the model read it, with what was quoted; in memory only.
    #[serde(skip)]
    pub(super) read: Option<String>,
}

/// What the model said, and what it called before it went on.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub text: String,
    pub calls: Vec<Call>,
}

/// A call with its result: the one is never without the other. When the answer has ended, the result is what is left of it:
/// no word of the workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    pub id: String,
    pub name: String,
    pub arguments: serde_json::Value,
    pub result: String,
}

impl Conversation {
    /// A new one. `workspace` is its name; `languages` are those that it is written in, with the number of their files,
    /// the most first.
    pub fn new(workspace: &str, languages: &[(&str, usize)]) -> Self {
        let mut system = format!("You answer questions about the source code of the workspace {workspace}");
        if !languages.is_empty() {
            let told = languages.iter().map(|(name, files)| format!("{name}: {files} files"));
            system.push_str(&format!(" ({})", told.collect::<Vec<_>>().join(", ")));
        }
        system.push_str(
            ". With a question come numbered excerpts of it. Answer by them, in a few sentences, and cite each one that \
             you use by its number, as in [1]. Where they do not hold the answer, say so.",
        );
        Self {
            version: VERSION,
            system,
            instructed_by: None,
            folded: Vec::new(),
            forgotten: 0,
            exchanges: Vec::new(),
        }
    }

    /// The same, where somebody asks something of every answer.
    #[must_use]
    pub fn instructed(mut self, by: &str, instructions: &str) -> Self {
        self.system.push_str(&format!("\n\nWhat {by} asks of every answer:\n{}", instructions.trim()));
        self.instructed_by = Some(by.to_owned());
        self
    }

    /// The names that the last question was about.
    pub(super) fn last_names(&self) -> &[String] {
        self.exchanges.last().map_or(&[], |exchange| &exchange.names)
    }

    /// How many questions were asked in all.
    pub fn questions(&self) -> usize {
        self.forgotten + self.folded.len() + self.exchanges.len()
    }

    /// All that was said, as a model reads it.
    pub(super) fn messages(&self) -> Vec<Message> {
        let mut messages = vec![Message::System(self.system.clone())];
        messages.extend(self.summary().map(Message::User));
        messages.extend(self.exchanges.iter().flat_map(Exchange::messages));
        messages
    }
}

impl Exchange {
    pub(super) fn new(question: String, names: Vec<String>) -> Self {
        Self { question, names, places: Vec::new(), steps: Vec::new(), cut: false, read: None }
    }

    /// What was answered in words.
    pub fn answer(&self) -> &str {
        self.steps.last().map_or("", |step| &step.text)
    }

    /// All that was said in words.
    pub(super) fn wording(&self) -> String {
        let texts = self.steps.iter().map(|step| step.text.as_str());
        texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
    }

    fn messages(&self) -> Vec<Message> {
        let question = self.read.as_ref().unwrap_or(&self.question);
        let mut messages = vec![Message::User(question.clone())];
        messages.extend(self.said());
        let silent = |step: &Step| step.text.is_empty() && step.calls.is_empty();
        if self.steps.last().is_some_and(silent) {
            messages.pop();
        }
        if self.steps.last().is_none_or(|step| silent(step) || !step.calls.is_empty()) {
            // Templates want turns to alternate.
            messages.push(Message::Assistant {
                text: "(no answer in words)".into(),
                reasoning: String::new(),
                calls: Vec::new(),
            });
        }
        messages
    }

    /// What the model said so far, its calls, and what came of them.
    pub(super) fn said(&self) -> Vec<Message> {
        let mut messages = Vec::new();
        for step in &self.steps {
            let call = |call: &Call| {
                let (id, name) = (call.id.clone(), call.name.clone());
                ToolCall { id, name, arguments: call.arguments.clone() }
            };
            let (text, calls) = (step.text.clone(), step.calls.iter().map(call).collect());
            messages.push(Message::Assistant { text, reasoning: String::new(), calls });
            messages.extend(step.calls.iter().map(|call| Message::ToolResult {
                call: call.id.clone(),
                name: call.name.clone(),
                text: call.result.clone(),
            }));
        }
        messages
    }

    /// Leaves out the oldest result that is still whole. False where there is none.
    pub(super) fn leave_out_a_result(&mut self) -> bool {
        let mut calls = self.steps.iter_mut().flat_map(|step| &mut step.calls);
        let whole = calls.find(|call| !call.is_left_out());
        whole.map(Call::leave_out).is_some()
    }

    /// The answer has ended: of what its calls said nothing is kept.
    pub(super) fn settle(&mut self) {
        while self.leave_out_a_result() {}
    }
}

impl Call {
    fn is_left_out(&self) -> bool {
        self.result.starts_with(LEFT_OUT)
    }

    fn leave_out(&mut self) {
        self.result = format!("{LEFT_OUT} {} lines)", self.result.lines().count());
    }
}
