//! What happens around every message: panics become errors, times are logged, the session's end is noticed.

use crate::server::input::REJECTED;
use crate::server::lifecycle::Ending;
use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;
use tower_lsp::ExitedError;
use tower_lsp::jsonrpc::{Error, ErrorCode, Id, Request, Response};
use tower_service::Service;

/// Methods without parameters. Clients send null or `{}` with them all the same; the framework refuses those.
const BARE: [&str; 6] =
    ["shutdown", "exit", "trust/status", "trust/lastCompletion", "trust/models", "trust/profiles"];

type Answer = Result<Option<Response>, ExitedError>;

pub struct Middleware<S> {
    inner: S,
    ending: Arc<Ending>,
}

impl<S> Middleware<S> {
    pub fn new(inner: S, ending: Arc<Ending>) -> Self {
        Self { inner, ending }
    }
}

impl<S> Service<Request> for Middleware<S>
where
    S: Service<Request, Response = Option<Response>, Error = ExitedError>,
    S::Future: Send + 'static,
{
    type Response = Option<Response>;
    type Error = ExitedError;
    type Future = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ExitedError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let start = Instant::now();
        if request.method() == REJECTED {
            let answer = rejection(&request);
            return Box::pin(async move { Ok(Some(answer)) });
        }
        let (method, id) = (request.method().to_string(), request.id().cloned());
        let request = if BARE.contains(&method.as_str()) { without_params(request) } else { request };
        match method.as_str() {
            "shutdown" => self.ending.saw_shutdown(),
            "exit" => self.ending.reach(),
            _ => {}
        }
        let handler = match catch_unwind(AssertUnwindSafe(|| self.inner.call(request))) {
            Ok(handler) => handler,
            Err(panic) => {
                let answer = panicked(&method, id, panic.as_ref());
                return Box::pin(async move { Ok(answer) });
            }
        };
        let mut handler = Box::pin(handler);
        Box::pin(async move {
            let answer = std::future::poll_fn(|cx| {
                match catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(cx))) {
                    Ok(poll) => poll,
                    Err(panic) => Poll::Ready(Ok(panicked(&method, id.clone(), panic.as_ref()))),
                }
            })
            .await;
            tracing::debug!(method, elapsed = ?start.elapsed(), "handled");
            // The framework drops requests that begin with `$/`; the specification wants them answered.
            match answer {
                Ok(None) => Ok(id.map(|id| Response::from_error(id, Error::method_not_found()))),
                answer => answer,
            }
        })
    }
}

fn rejection(request: &Request) -> Response {
    let field = |name: &str| request.params().and_then(|params| params.get(name));
    let code = field("code").and_then(serde_json::Value::as_i64).unwrap_or_default();
    let id = field("id").and_then(|id| serde_json::from_value(id.clone()).ok()).unwrap_or(Id::Null);
    Response::from_error(id, Error::new(ErrorCode::from(code)))
}

fn without_params(request: Request) -> Request {
    let (method, id, _) = request.into_parts();
    match id {
        Some(id) => Request::build(method).id(id).finish(),
        None => Request::build(method).finish(),
    }
}

fn panicked(method: &str, id: Option<Id>, panic: &(dyn Any + Send)) -> Option<Response> {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let reason = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("unknown");
    tracing::error!(method, reason, "a handler panicked");
    let error = Error {
        code: ErrorCode::InternalError,
        message: format!("{method} failed inside the server; the log says more").into(),
        data: None,
    };
    id.map(|id| Response::from_error(id, error))
}
