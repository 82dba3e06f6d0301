//! What a workflow is, once it was read and checked.

use std::time::Duration;

/// What an edge carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A file and a line.
    Place,
    Findings,
    Edit,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Place => "place",
            Self::Findings => "findings",
            Self::Edit => "edit",
        }
    }
}

/// What whoever runs it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    pub name: String,
    pub kind: Kind,
    pub about: String,
    /// Taken where nothing is given.
    pub default: Option<String>,
}

/// Text with edges in braces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template(pub String);

impl Template {
    /// The names in braces.
    pub fn edges(&self) -> Vec<&str> {
        let parts = self.0.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
        let is_name = |name: &&str| !name.is_empty() && name.bytes().all(is_part);
        parts.map(|(name, _)| name).filter(is_name).collect()
    }

    /// The text with what the edges carry.
    pub fn filled(&self, value: impl Fn(&str) -> String) -> String {
        let (mut text, mut rest) = (String::new(), self.0.as_str());
        while let Some((before, behind)) = rest.split_once('{') {
            text.push_str(before);
            match behind.split_once('}').filter(|(name, _)| !name.is_empty() && name.bytes().all(is_part)) {
                Some((name, after)) => {
                    text.push_str(&value(name));
                    rest = after;
                }
                None => {
                    text.push('{');
                    rest = behind;
                }
            }
        }
        text + rest
    }
}

pub(super) fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// A model answers in words.
    Ask { prompt: Template, model: Option<String> },
    /// A model makes an edit: at a place, or wherever something was found.
    Act { action: String, at: String, instruction: Template, model: Option<String> },
    /// The rules of the review, on what is staged or what a branch adds.
    Review { base: Template },
    /// A tool that reads.
    Call { tool: String, with: Vec<(String, Template)> },
    /// Whether an edit is as it should be.
    Verify { of: String, by: By, retry: Option<Retry> },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    Parser,
    /// What this program itself says of the changed files: syntax errors, and findings of the review.
    Diagnostics,
    /// A model that answers yes, or no and why.
    Model {
        prompt: Template,
        model: Option<String>,
    },
    /// A command that ends well once the edit is in the files.
    Command(Template),
}

/// The step that is done again when a verifier says no, and how often at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    pub step: String,
    pub times: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub name: String,
    pub line: Option<usize>,
    pub deed: Deed,
    pub limit: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    pub name: String,
    pub about: String,
    pub limit: Duration,
    pub inputs: Vec<Input>,
    /// Each behind those that it needs.
    pub steps: Vec<Step>,
    /// The step whose edit or text is what the run is for.
    pub result: String,
}

impl Step {
    pub fn gives(&self) -> Kind {
        match &self.deed {
            Deed::Ask { .. } | Deed::Call { .. } => Kind::Text,
            Deed::Review { .. } => Kind::Findings,
            Deed::Act { .. } | Deed::Verify { .. } => Kind::Edit,
        }
    }

    /// The keys with the edges that end in them, and what each may carry.
    pub fn needs(&self) -> Vec<(&'static str, &str, &'static [Kind])> {
        const WORDS: &[Kind] = &[Kind::Text, Kind::Place, Kind::Findings, Kind::Edit];
        fn all<'a>(
            key: &'static str,
            template: &'a Template,
        ) -> Vec<(&'static str, &'a str, &'static [Kind])> {
            template.edges().into_iter().map(|edge| (key, edge, WORDS)).collect()
        }
        match &self.deed {
            Deed::Ask { prompt, .. } => all("prompt", prompt),
            Deed::Act { at, instruction, .. } => {
                let mut needs = all("instruction", instruction);
                needs.push(("at", at, &[Kind::Place, Kind::Findings]));
                needs
            }
            Deed::Review { base } => all("base", base),
            Deed::Call { with, .. } => with.iter().flat_map(|(_, value)| all("with", value)).collect(),
            Deed::Verify { of, by, .. } => {
                let mut needs = match by {
                    By::Parser | By::Diagnostics => Vec::new(),
                    By::Model { prompt, .. } => all("prompt", prompt),
                    By::Command(command) => all("command", command),
                };
                needs.push(("of", of, &[Kind::Edit]));
                needs
            }
        }
    }

    /// The model that it asks by name.
    pub fn model(&self) -> Option<&str> {
        match &self.deed {
            Deed::Ask { model, .. } | Deed::Act { model, .. } => model.as_deref(),
            Deed::Verify { by: By::Model { model, .. }, .. } => model.as_deref(),
            _ => None,
        }
    }
}
