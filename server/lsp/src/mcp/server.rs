//! What the protocol asks for, answered by the engine of tools.

use rmcp::ErrorData;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use trust_index::Phase;
use trust_inference::CancelToken;
use trust_tools::{Call, Engine, Failure, Nobody};

const INSTRUCTIONS: &str = "\
Facts about one workspace, from an index of its syntax and from git: nothing is guessed, nothing is changed. Begin with \
repository_map or find_symbol; outline before read_file; symbol_source for one function. Paths are from the workspace's \
root, lines count from 1. Files that ignore rules or their names exclude are not read, and secrets are masked as <****>.";

/// How long a call waits for the first index of a large workspace.
const INDEX: Duration = Duration::from_secs(60);

/// Calls that run at once; an agent may send any number.
const AT_ONCE: usize = 4;

pub struct Server {
    engine: Arc<Engine>,
    turns: Semaphore,
}

impl Server {
    pub fn new(engine: Engine) -> Self {
        Self { engine: Arc::new(engine), turns: Semaphore::new(AT_ONCE) }
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("trust-lsp", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.engine.tools().iter().map(told).collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if let Some(agent) = context.peer.peer_info() {
            let info = &agent.client_info;
            crate::audit::told_client(format!("{} {}", info.name, info.version));
        }
        let cancel = CancelToken::new();
        // A client that is not waiting any more drops this future, or says so.
        let _guard = cancel.cancel_on_drop();
        let (engine, own) = (Arc::clone(&self.engine), cancel.clone());
        let name = request.name.into_owned();
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let called = async {
            let _turn = self.turns.acquire().await;
            let called = tokio::task::spawn_blocking(move || call(&engine, &name, &arguments, &own));
            called.await.unwrap_or(Err(Failure::Panicked))
        };
        let said = tokio::select! {
            said = called => said,
            () = context.ct.cancelled() => Err(Failure::Cancelled),
        };
        match said {
            Ok(text) => Ok(CallToolResult::success(vec![ContentBlock::text(text)]).into()),
            Err(failure @ Failure::Unknown { .. }) => {
                Err(ErrorData::invalid_params(failure.to_string(), None))
            }
            // The rest is for the model to read, and to do better.
            Err(failure) => Ok(CallToolResult::error(vec![ContentBlock::text(failure.to_string())]).into()),
        }
    }
}

fn told(tool: &trust_tools::Tool) -> Tool {
    let schema = tool.parameters().as_object().cloned().unwrap_or_default();
    let hints = ToolAnnotations::new().read_only(true).open_world(false);
    Tool::new(tool.name().to_owned(), tool.description().to_owned(), Arc::new(schema)).with_annotations(hints)
}

fn call(engine: &Engine, name: &str, arguments: &Value, cancel: &CancelToken) -> Result<String, Failure> {
    // What cannot be called needs no index.
    engine.tools().get(name)?.check(arguments)?;
    let index = &engine.workspace().index;
    let ready = index.state().phase == Phase::Ready || index.wait_ready(INDEX);
    let answer = engine.call(Call { name, arguments, whole: true }, &Nobody, cancel)?;
    if ready {
        return Ok(answer.text);
    }
    let state = index.state();
    Ok(format!("{}(indexed so far: {} of {} files)\n", answer.text, state.files, state.total))
}
