//! An engine elsewhere, as the user configured it. Nothing of it is ever inferred from a model's name.

use serde::{Deserialize, Serialize};

/// How far away an engine is, the nearest first. What is sent to one class is never sent to another instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Another process of this machine.
    Loopback,
    /// A machine of the user's own organisation.
    Team,
    Cloud,
}

impl Class {
    pub fn name(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Team => "team",
            Self::Cloud => "cloud",
        }
    }
}

/// What an engine speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// `/v1/chat/completions` and `/v1/completions`.
    #[default]
    Openai,
    /// The same, and `/infill`, `/tokenize` and `/props` of llama.cpp's server.
    LlamaServer,
}

/// One entry of `[[endpoints]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Endpoint {
    /// `model.path = "endpoint:NAME"` chooses it.
    pub name: String,
    /// Up to where `/v1` begins: `http://127.0.0.1:8080`.
    pub url: String,
    pub class: Class,
    #[serde(default)]
    pub engine: Engine,
    /// The model's name there; the first that the engine lists where nothing is said.
    #[serde(default)]
    pub model: Option<String>,
    /// Tokens that it holds at once, where the engine does not say.
    #[serde(default)]
    pub context: Option<u32>,
    /// The variable of the environment that holds the key.
    #[serde(default)]
    pub key_variable: Option<String>,
    /// Whether its model is told of tools in a conversation.
    #[serde(default)]
    pub tools: bool,
}
