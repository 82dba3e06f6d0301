//! The one place that bytes leave by. Whether they may is asked of the policy, secrets in them are masked, the request is
//! written down, and only then there is a socket.
//!
//! *Invariant:* no other module of any crate here names the HTTP library's client. *Invariant:* a redirect is never followed
//! here: where it leads is asked about like any other address.

mod address;
mod answer;
mod consent;
mod record;

pub use address::{Address, joined};
pub use answer::Answer;

use consent::Consents;
use record::Record;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use trust_inference::CancelToken;
use trust_wire::{Class, Departure, Endpoint, Mode, Policy};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Proxy};

const USER_AGENT: &str = concat!("trust-net/", env!("CARGO_PKG_VERSION"));
const CONNECT: Duration = Duration::from_secs(10);

/// Whom a request is for.
#[derive(Debug, Clone, Copy)]
pub enum To<'a> {
    /// The host of a file that somebody asked for by its address.
    Asked,
    /// A host that another one sent us to.
    Redirected,
    /// An engine, for these workspaces.
    Engine(&'a Endpoint, &'a [PathBuf]),
    /// What may answer on this machine, asked by the user.
    Detect,
}

/// A request.
pub struct Outgoing<'a> {
    pub to: To<'a>,
    /// What it is for, in a word or two.
    pub purpose: &'a str,
    pub address: &'a Address,
    pub headers: &'a [(&'a str, String)],
    /// Sent by POST; without one it is a GET.
    pub body: Option<&'a Value>,
    /// Is told of it once it is written down, before it leaves.
    pub leaving: Option<&'a dyn Fn(Departure)>,
    /// Until the answer begins, and between two parts of it.
    pub first: Duration,
    pub stall: Duration,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It may not be sent; nothing was.
    #[error("nothing was sent: {0}")]
    Refused(String),
    #[error("cancelled")]
    Cancelled,
    #[error("{host}: {what}")]
    Failed { host: String, what: String },
}

pub struct Egress {
    policy: Policy,
    mode: Mutex<Mode>,
    record: Record,
    consents: Consents,
    proxy: Option<Proxy>,
    roots: RootCerts,
}

impl Egress {
    /// # Errors
    /// Certificates or rules that the user named cannot be read: going on without them would not be what was asked for.
    pub fn new(policy: Policy) -> Result<Self, String> {
        if let Some(rules) = &policy.rules {
            let rules =
                trust_redact::Rules::parse(rules).map_err(|error| format!("`secrets.rules`: {error}"))?;
            if let Some(wrong) = rules.wrong().first() {
                return Err(format!("`secrets.rules`: {wrong}"));
            }
            trust_redact::use_rules(rules);
        }
        Ok(Self {
            mode: Mutex::new(policy.mode),
            record: Record::at(policy.record.clone()),
            consents: Consents::at(policy.consents.clone()),
            proxy: Proxy::try_from_env(),
            roots: certificates()?,
            policy,
        })
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    pub fn mode(&self) -> Mode {
        *self.mode.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn restrict(&self, to: Mode) {
        let mut mode = self.mode.lock().unwrap_or_else(PoisonError::into_inner);
        *mode = to.min(*mode);
    }

    /// Whether this may be sent at all.
    ///
    /// # Errors
    /// Why not, in words, with what would allow it.
    pub fn may_send(&self, to: To<'_>, address: &Address) -> Result<(), String> {
        let host = address.host();
        match to {
            To::Asked => Ok(()),
            To::Redirected if self.policy.allows_host(host) => Ok(()),
            To::Redirected => Err(format!("we were sent on to {host}, which `network.allow` does not name")),
            To::Detect if address.is_loopback() => Ok(()),
            To::Detect => Err(format!("{host} is not this machine")),
            To::Engine(endpoint, roots) => {
                let (name, class) = (&endpoint.name, endpoint.class);
                if !self.mode().allows(class) {
                    return Err(format!(
                        "{name} is of the class {}, and the privacy mode is `moderate`; `open` allows it",
                        class.name()
                    ));
                }
                if class == Class::Loopback {
                    return match address.is_loopback() {
                        true => Ok(()),
                        false => {
                            Err(format!("{name} is of the class loopback, and {host} is not this machine"))
                        }
                    };
                }
                if address.is_plain() && class == Class::Cloud {
                    return Err(format!("{name} is of the class cloud and not https"));
                }
                self.consents.hold(endpoint, roots)
            }
        }
    }

    /// Sends a request. Blocks until the answer begins; `cancel` ends that, and the reading of the answer too.
    ///
    /// # Errors
    /// It may not be sent, or nothing came back. What came back with an error's status is an answer.
    pub fn send(&self, out: &Outgoing<'_>, cancel: &CancelToken) -> Result<Answer, SendError> {
        self.may_send(out.to, out.address).map_err(SendError::Refused)?;
        if cancel.is_cancelled() {
            return Err(SendError::Cancelled);
        }
        let mut body = out.body.cloned();
        let masked = body.as_mut().map_or(0, mask);
        let body = body.map(|body| body.to_string());
        let bytes = body.as_ref().map_or(0, String::len);
        let entry = self.record.begin(out, bytes, masked);
        let entry = entry.map_err(|error| {
            SendError::Refused(format!("what is sent is written down first, and that cannot be: {error}"))
        })?;
        if let Some(leaving) = out.leaving {
            leaving(entry.departure.clone());
        }
        let agent = self.agent(out);
        let ending = agent.clone();
        // Nobody else holds this agent, so it is this request that ends. A download makes many.
        let cancel = cancel.child();
        cancel.on_cancel(move || ending.clone().shutdown());
        let mut request = ureq::http::Request::builder().uri(out.address.as_str());
        for (name, value) in out.headers {
            request = request.header(*name, value);
        }
        let answered = match body {
            Some(body) => {
                let request = request.method("POST").header("content-type", "application/json").body(body);
                request.map_err(ureq::Error::from).and_then(|request| agent.run(request))
            }
            None => request.body(()).map_err(ureq::Error::from).and_then(|request| agent.run(request)),
        };
        match answered {
            Ok(response) => Ok(Answer::new(response, entry, cancel)),
            Err(_) if cancel.is_cancelled() => {
                entry.end("cancelled", None, 0);
                Err(SendError::Cancelled)
            }
            Err(error) => {
                let what = told(&error);
                entry.end(&what, None, 0);
                Err(SendError::Failed { host: out.address.host().into(), what })
            }
        }
    }

    fn agent(&self, out: &Outgoing<'_>) -> Agent {
        let loopback = out.address.is_loopback();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(USER_AGENT)
            .accept_encoding("identity")
            .proxy(self.proxy.clone().filter(|_| !loopback))
            .tls_config(TlsConfig::builder().root_certs(self.roots.clone()).build())
            .timeout_resolve(Some(CONNECT))
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(out.first))
            .timeout_per_read(Some(out.stall.max(out.first)))
            .build();
        Agent::with_parts(config, DefaultConnector::default(), address::Resolver::new(loopback))
    }
}

/// Roots that the user trusts instead of those that are built in.
fn certificates() -> Result<RootCerts, String> {
    #[allow(clippy::disallowed_methods, reason = "the variable that other programs know too")]
    let Ok(path) = std::env::var("SSL_CERT_FILE") else { return Ok(RootCerts::WebPki) };
    let told = |why: String| format!("SSL_CERT_FILE: {path}: {why}");
    #[allow(clippy::disallowed_methods, reason = "no file of a workspace")]
    let text = std::fs::read(&path).map_err(|error| told(error.to_string()))?;
    let mut found = Vec::new();
    for item in ureq::tls::parse_pem(&text) {
        if let ureq::tls::PemItem::Certificate(one) = item.map_err(|error| told(error.to_string()))? {
            found.push(one);
        }
    }
    if found.is_empty() { Err(told("holds no certificate".into())) } else { Ok(RootCerts::from(found)) }
}

/// Masks the secrets in all texts of a body; how many there were.
pub fn mask(value: &mut Value) -> usize {
    match value {
        Value::String(text) => {
            let found = trust_redact::detector().find(text);
            if !found.is_empty() {
                *text = trust_redact::mask(text, &found).into_owned();
            }
            found.len()
        }
        Value::Array(items) => items.iter_mut().map(mask).sum(),
        Value::Object(fields) => fields.values_mut().map(mask).sum(),
        _ => 0,
    }
}

/// What went wrong, in words that hold nothing of what was sent.
fn told(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "no answer in time".into(),
        ureq::Error::HostNotFound => "there is no such host".into(),
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            "nobody answers there (connection refused)".into()
        }
        other => other.to_string(),
    }
}

/// The egress of a process, as all of it holds it.
pub type Shared = Arc<Egress>;

#[cfg(test)]
mod tests;
