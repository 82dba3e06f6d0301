//! Engines elsewhere: a turn or a hole goes out as a request that they know, and what they stream comes back as events.
//!
//! *Invariant:* an order goes to the endpoint that it names or nowhere; there is no fallback to another. What has told a first
//! event is not tried again.

mod body;
mod breaker;
mod detect;
mod facts;
mod known;
mod sse;
mod stops;
mod stream;

pub use detect::detect;

use crate::egress::{Address, Answer, Egress, Outgoing, SendError, To};
use breaker::Breakers;
use known::Known;
use serde_json::Value;
use std::time::{Duration, Instant};
use stream::Stream;
use trust_inference::{CancelToken, Event, InferenceError};
use trust_wire::{Answering, Departure, Endpoint, Facts, Generation, Task};

/// How often a request is sent before it is given up, and the first pause between.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(250);
/// Bytes of an error that are read.
const ERROR: u64 = 64 << 10;

/// What is known of the engines, for the life of the process and, of what cost a question, longer.
pub struct Engines {
    breakers: Breakers,
    known: Known,
}

/// Why an engine did not answer.
#[derive(Debug, Clone, PartialEq)]
enum Failure {
    /// It may answer another time; how long it asks to wait.
    Passing(String, Option<Duration>),
    Lasting(InferenceError),
}

impl Engines {
    pub fn new(egress: &Egress) -> Self {
        Self { breakers: Breakers::default(), known: Known::at(egress.policy().cache.clone()) }
    }

    /// What an endpoint says of itself; `tell` hears of each request.
    ///
    /// # Errors
    /// It does not answer, or may not be asked.
    pub fn facts(
        &self,
        egress: &Egress,
        (name, roots): (&str, &[std::path::PathBuf]),
        cancel: &CancelToken,
        tell: &dyn Fn(Answering),
    ) -> Result<Facts, InferenceError> {
        let endpoint = endpoint(egress, name)?;
        let leaving = |departure| tell(Answering::Sent(departure));
        let (purpose, leaving) = ("facts", Some(&leaving as &dyn Fn(Departure)));
        facts::facts(&Call { egress, endpoint, roots, purpose, cancel, leaving }, &self.known)
    }

    /// What would be sent, masked as it would be; nothing is.
    ///
    /// # Errors
    /// There is no such endpoint, or it cannot be said in its form.
    pub fn preview(&self, egress: &Egress, order: &Generation) -> Result<Value, InferenceError> {
        let endpoint = endpoint(egress, &order.endpoint)?;
        let (path, mut body) = body::of(endpoint, order, endpoint.model.as_deref())?;
        crate::egress::mask(&mut body);
        Ok(
            serde_json::json!({ "to": format!("{}{path}", base(endpoint)), "class": endpoint.class, "body": body }),
        )
    }

    /// Has an engine write. Blocks; `tell` hears the events, of which the last is [`Event::Done`].
    ///
    /// # Errors
    /// Why it did not, or no further.
    pub fn generate(
        &self,
        egress: &Egress,
        order: &Generation,
        cancel: &CancelToken,
        tell: &dyn Fn(Answering),
    ) -> Result<(), InferenceError> {
        let until = Instant::now() + Duration::from_millis(order.milliseconds);
        let endpoint = endpoint(egress, &order.endpoint)?;
        let leaving = |departure| tell(Answering::Sent(departure));
        let (roots, purpose, leaving) = (&order.roots, &order.purpose, Some(&leaving as &dyn Fn(Departure)));
        let call = Call { egress, endpoint, roots, purpose, cancel, leaving };
        if let Task::Turn(turn) = &order.task {
            facts::check(&call, &self.known, turn, until)?;
        }
        let (path, body) = body::of(endpoint, order, self.known.model(endpoint).as_deref())?;
        let address = address(endpoint, path)?;
        let mut failed = 0;
        loop {
            self.breakers.may(&endpoint.name)?;
            let left = until.saturating_duration_since(Instant::now());
            let tried = call.send(&address, Some(&body), left).and_then(|answer| {
                let mut stream = Stream::new(order, tell);
                stream.read(answer, cancel)
            });
            let (why, asked) = match tried {
                Ok(()) => {
                    self.breakers.went_well(&endpoint.name);
                    return Ok(());
                }
                Err(Failure::Lasting(error)) => return Err(error),
                Err(Failure::Passing(why, asked)) => (why, asked),
            };
            failed += 1;
            self.breakers.failed(&endpoint.name, &why);
            let pause = asked.unwrap_or(PAUSE * 2u32.pow(failed - 1));
            let is_too_long = Instant::now().checked_add(pause).is_none_or(|then| then >= until);
            if failed >= ATTEMPTS || is_too_long {
                return Err(InferenceError::Model(why));
            }
            crate::pull::pause(pause, cancel);
        }
    }
}

/// A question to an endpoint.
struct Call<'a> {
    egress: &'a Egress,
    endpoint: &'a Endpoint,
    roots: &'a [std::path::PathBuf],
    purpose: &'a str,
    cancel: &'a CancelToken,
    leaving: Option<&'a dyn Fn(Departure)>,
}

impl Call<'_> {
    /// An answer that is one, or what is wrong.
    fn send(&self, address: &Address, body: Option<&Value>, patience: Duration) -> Result<Answer, Failure> {
        let lasting = |why: String| Failure::Lasting(InferenceError::Model(why));
        let mut headers = Vec::new();
        if let Some(variable) = &self.endpoint.key_variable {
            #[allow(
                clippy::disallowed_methods,
                reason = "keys are read from the environment where they are used"
            )]
            let key = std::env::var(variable).map_err(|_| {
                lasting(format!("{}: the variable {variable} holds no key", self.endpoint.name))
            })?;
            headers.push(("authorization", format!("Bearer {}", key.trim())));
        }
        let out = Outgoing {
            to: To::Engine(self.endpoint, self.roots),
            purpose: self.purpose,
            address,
            headers: &headers,
            body,
            leaving: self.leaving,
            first: patience.max(Duration::from_millis(50)),
            stall: patience,
        };
        let name = &self.endpoint.name;
        let mut answer = self.egress.send(&out, self.cancel).map_err(|error| match error {
            SendError::Failed { .. } => Failure::Passing(format!("{name}: {error}"), None),
            SendError::Refused(_) | SendError::Cancelled => lasting(error.to_string()),
        })?;
        let status = answer.status();
        if status == 200 {
            return Ok(answer);
        }
        let asked = crate::pull::retry_after(&answer);
        // What it says quotes nothing that was not sent to it; still no more than its code is used.
        let said = answer.text(ERROR).unwrap_or_default();
        let said: Value = serde_json::from_str(&said).unwrap_or_default();
        if let Some(error) = too_long(&said) {
            return Err(Failure::Lasting(error));
        }
        Err(match status {
            429 | 500 | 502..=504 => Failure::Passing(format!("{name} answered {status}"), asked),
            401 | 403 => lasting(format!(
                "{name} answered {status}; `keyVariable` names the variable that holds its key"
            )),
            404 => lasting(format!(
                "{name} has no such address or model (404): is its `url` what stands before /v1?"
            )),
            _ => lasting(format!("{name} answered {status}")),
        })
    }
}

fn endpoint<'a>(egress: &'a Egress, name: &str) -> Result<&'a Endpoint, InferenceError> {
    let found = egress.policy().endpoints.iter().find(|endpoint| endpoint.name == name);
    found.ok_or_else(|| InferenceError::Model(format!("no endpoint is called {name:?}")))
}

/// The address up to where `/v1` begins, which people write with and without.
fn base(endpoint: &Endpoint) -> &str {
    let url = endpoint.url.trim_end_matches('/');
    url.strip_suffix("/v1").unwrap_or(url)
}

fn address(endpoint: &Endpoint, path: &str) -> Result<Address, InferenceError> {
    let text = format!("{}{path}", base(endpoint));
    text.parse().map_err(|why| InferenceError::Model(format!("{}: `url` is {why}", endpoint.name)))
}

/// That the context is too small, in the ways that engines say it.
fn too_long(said: &Value) -> Option<InferenceError> {
    let error = &said["error"];
    let is_said = error["code"] == "context_length_exceeded" || error["type"] == "exceed_context_size_error";
    let number = |name: &str| error[name].as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or(0);
    is_said.then(|| InferenceError::PromptTooLong {
        prompt: number("n_prompt_tokens"),
        context: number("n_ctx"),
    })
}

/// Hands an event on.
fn event(tell: &dyn Fn(Answering), event: Event) {
    tell(Answering::Event(event));
}

#[cfg(test)]
mod tests;
