//! Finds out where a file is, how long, of which version, and whether parts of it can be had.

use super::patience::{Attempt, refusal};
use super::{Job, Patience, PullError};
use crate::egress::{Address, Answer, Outgoing, SendError, To, joined};
use trust_inference::CancelToken;

/// Redirects that are followed.
const HOPS: usize = 5;

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it is in the end; `led` where that is not where it was asked for.
    pub address: Address,
    pub led: bool,
    /// What says which version it is: a strong tag, as its host spells it.
    pub tag: Option<String>,
    pub total: Option<u64>,
    pub ranges: bool,
    /// What the host that was asked says of its content.
    pub sha256: Option<String>,
}

impl Found {
    pub fn to(&self) -> To<'static> {
        if self.led { To::Redirected } else { To::Asked }
    }
}

pub fn find(job: &Job<'_>, asked: &Address) -> Result<Found, PullError> {
    let mut patience = Patience::new(job);
    loop {
        match attempt(job, asked) {
            Ok(found) => return Ok(found),
            Err(failed) => patience.wait(failed, job.cancel)?,
        }
    }
}

fn attempt(job: &Job<'_>, asked: &Address) -> Result<Found, Attempt> {
    let failed = |what: String| Attempt::Failed(PullError::Host(what));
    let mut address = asked.clone();
    let mut sha256 = None;
    for _ in 0..=HOPS {
        let led = address.host() != asked.host();
        // One byte: what there is to say stands in the headers.
        let headers = vec![("range", "bytes=0-0".to_owned())];
        let to = if led { To::Redirected } else { To::Asked };
        let answer = job.get(to, &address, headers, job.cancel)?;
        let host = address.host().to_owned();
        if !led && sha256.is_none() {
            sha256 = answer.header("x-linked-etag").and_then(hash);
        }
        match answer.status() {
            301 | 302 | 303 | 307 | 308 => {
                let location = answer.header("location").unwrap_or_default();
                let next = joined(&address, location);
                address = next.map_err(|why| failed(format!("{host} sends us on to {why}")))?;
                if address.host() != asked.host() {
                    job.egress
                        .may_send(To::Redirected, &address)
                        .map_err(|why| Attempt::Failed(SendError::Refused(why).into()))?;
                }
            }
            206 => {
                let range = answer.header("content-range").and_then(range);
                let Some((0, 0, total)) = range else {
                    return Err(failed(format!("{host} answers with another range than it was asked for")));
                };
                let ranges = total.is_some();
                return Ok(Found { led, tag: tag(&answer), total, ranges, sha256, address });
            }
            200 => {
                let total = answer.header("content-length").and_then(|length| length.parse().ok());
                return Ok(Found { led, tag: tag(&answer), total, ranges: false, sha256, address });
            }
            416 => return Err(failed(format!("the file at {host} is empty"))),
            _ => return Err(refusal(&answer, &host)),
        }
    }
    Err(failed(format!("{} sends us on more than {HOPS} times", asked.host())))
}

impl Job<'_> {
    /// Asks for what lies at `address`, with the hub's token where it is one.
    pub fn get(
        &self,
        to: To<'_>,
        address: &Address,
        mut headers: Vec<(&'static str, String)>,
        stop: &CancelToken,
    ) -> Result<Answer, SendError> {
        headers.extend(token(self, address));
        let stall = self.effort.stall;
        let leaving = |departure| self.counter.left(departure);
        let out = Outgoing {
            to,
            purpose: "pull",
            address,
            headers: &headers,
            body: None,
            leaving: Some(&leaving),
            first: stall,
            stall,
        };
        self.egress.send(&out, stop)
    }
}

/// A token of the user's, for the hubs that the policy names and nobody else.
fn token(job: &Job<'_>, address: &Address) -> Option<(&'static str, String)> {
    let of_hub = |hub: &String| hub.parse::<Address>().is_ok_and(|hub| hub.host() == address.host());
    if address.is_plain() && !address.is_loopback() || !job.egress.policy().hubs.iter().any(of_hub) {
        return None;
    }
    #[allow(clippy::disallowed_methods, reason = "keys are read from the environment where they are used")]
    let token = std::env::var("HF_TOKEN").ok().filter(|token| !token.trim().is_empty())?;
    Some(("authorization", format!("Bearer {}", token.trim())))
}

/// A tag that names one sequence of bytes.
fn tag(answer: &Answer) -> Option<String> {
    answer.header("etag").filter(|tag| tag.starts_with('"') && tag.len() > 2).map(str::to_owned)
}

/// A SHA-256 in the clothes of a tag.
fn hash(tag: &str) -> Option<String> {
    let text = tag.trim_start_matches("W/").trim_matches('"').to_ascii_lowercase();
    (text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(text)
}

/// First and last byte, and how many there are in all, of `bytes 0-9/100`.
pub fn range(text: &str) -> Option<(u64, u64, Option<u64>)> {
    let (part, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = part.split_once('-')?;
    let total = if total == "*" { None } else { Some(total.parse().ok()?) };
    Some((first.parse().ok()?, last.parse().ok()?, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_hashes_are_read_as_they_are_spelled() {
        let cases = [
            ("bytes 0-0/100", Some((0, 0, Some(100)))),
            ("bytes 5-9/*", Some((5, 9, None))),
            ("bytes */100", None),
            ("bytes 0-0", None),
            ("0-0/100", None),
            ("bytes 0-0/x", None),
            ("bytes -1-0/2", None),
        ];
        for (text, expected) in cases {
            assert_eq!(range(text), expected, "{text}");
        }
        let digits = "0a".repeat(32);
        for (text, expected) in [
            (format!("\"{digits}\""), Some(digits.clone())),
            (format!("W/\"{}\"", digits.to_uppercase()), Some(digits.clone())),
            ("\"abc\"".into(), None),
            ("g".repeat(64), None),
        ] {
            assert_eq!(hash(&text), expected, "{text}");
        }
    }
}
