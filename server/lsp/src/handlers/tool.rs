//! The command `trust.tool`: a tool that reads, called for an editor on the texts that it has open. Without a name, the tools that
//! there are.

use super::Backend;
use super::chat::Opened;
use crate::chat::Toolbox;
use crate::server::{failed, off_task};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tower_lsp::jsonrpc::{Error, Result};
use trust_index::Phase;
use trust_inference::CancelToken;
use trust_tools::{Call, Class, Engine, Failure, Nobody, Tool};

/// How long a call waits for the first index of a large workspace.
const INDEX: Duration = Duration::from_secs(60);
/// How often it looks whether anybody still waits.
const LOOK: Duration = Duration::from_millis(200);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolParams {
    name: Option<String>,
    /// An object, as the tool's schema says; nothing where it needs none.
    #[serde(default)]
    arguments: Value,
}

/// `{"text"}` of a call, or `{"tools": [{"name", "description", "parameters"}]}`.
pub async fn tool(backend: &Backend, params: ToolParams) -> Result<Value> {
    let session = &backend.0;
    let assistant = Arc::clone(session.assistant().ok_or_else(Error::internal_error)?);
    let documents = Arc::clone(&session.documents);
    let told = off_task(move |cancel: &CancelToken| -> std::result::Result<Value, Failure> {
        // A client is asked nothing here, so nothing that does anything is offered.
        let toolbox = Toolbox::new(&assistant, Box::new(Opened(documents)), false)
            .ok_or_else(|| Failure::told("no folder is open"))?;
        let engine = toolbox.engine();
        match params.name {
            Some(name) => called(engine, &name, params.arguments, cancel).map(|text| json!({ "text": text })),
            None => {
                let tools: Vec<_> =
                    engine.tools().iter().filter(|tool| reads(tool)).map(Tool::told).collect();
                Ok(json!({ "tools": tools }))
            }
        }
    });
    told.await?.map_err(|failure: Failure| match failure {
        Failure::Unknown { .. } | Failure::Parameters(_) => Error::invalid_params(failure.to_string()),
        _ => failed(failure.to_string()),
    })
}

fn reads(tool: &Tool) -> bool {
    tool.class() == Class::Read
}

fn called(
    engine: &Engine,
    name: &str,
    arguments: Value,
    cancel: &CancelToken,
) -> std::result::Result<String, Failure> {
    let arguments = if arguments.is_null() { json!({}) } else { arguments };
    let tool = engine.tools().get(name)?;
    if !reads(tool) {
        return Err(Failure::told(format!(
            "`{name}` does more than read; `trust-lsp tool run` asks you about it"
        )));
    }
    // What cannot be called needs no index.
    tool.check(&arguments)?;
    let index = &engine.workspace().index;
    let latest = Instant::now() + INDEX;
    while index.state().phase != Phase::Ready && !cancel.is_cancelled() && Instant::now() < latest {
        index.wait_ready(LOOK);
    }
    engine.call(Call { name, arguments: &arguments, whole: true }, &Nobody, cancel).map(|answer| answer.text)
}
