//! Addresses: what of them is looked at before anything is sent, and names that must mean this machine.

use std::str::FromStr;
use trust_wire::is_loopback;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver as Resolve};
use ureq::unversioned::transport::NextTimeout;

/// An address of http or https without a name and a password in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    text: String,
    host: String,
    plain: bool,
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let uri: Uri = text.parse().map_err(|_| "no address".to_owned())?;
        let plain = match uri.scheme_str() {
            Some("https") => false,
            Some("http") => true,
            _ => return Err("an address that is neither http nor https".into()),
        };
        let authority = uri.authority().ok_or("an address without a host")?;
        if authority.as_str().contains('@') {
            return Err("an address with a name or a password in it".into());
        }
        let host = authority.host().trim_matches(['[', ']']).to_ascii_lowercase();
        if host.is_empty() {
            return Err("an address without a host".into());
        }
        Ok(Self { text: text.to_owned(), host, plain })
    }
}

impl Address {
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// In lower case, without the port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Neither what is asked nor what is answered is hidden on its way.
    pub fn is_plain(&self) -> bool {
        self.plain
    }

    /// It says that it is this machine. Whether it is, the resolver sees to.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    /// The path, without what may be a key behind it.
    pub fn path(&self) -> &str {
        let rest = self.text.split_once("://").map_or("", |(_, rest)| rest);
        let path = rest.find('/').map_or("/", |at| &rest[at..]);
        path.split(['?', '#']).next().unwrap_or(path)
    }
}

/// Where a redirect from `base` leads.
///
/// # Errors
/// Nowhere that may be gone to: it is no address, or leaves https.
pub fn joined(base: &Address, location: &str) -> Result<Address, String> {
    let scheme = if base.plain { "http:" } else { "https:" };
    let (_, rest) = base.text.split_once("://").unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let folder = base.path().rsplit_once('/').map_or("", |(folder, _)| folder);
    let text = match location {
        absolute if absolute.split(['/', '?', '#']).next().is_some_and(|part| part.ends_with(':')) => {
            absolute.to_owned()
        }
        other if other.starts_with("//") => format!("{scheme}{other}"),
        path if path.starts_with('/') => format!("{scheme}//{authority}{path}"),
        relative => format!("{scheme}//{authority}{folder}/{relative}"),
    };
    let to: Address = text.parse()?;
    if to.plain && (!base.plain || !to.is_loopback()) {
        return Err("an address that is not https".into());
    }
    Ok(to)
}

/// Resolves names; where it must be this machine, to addresses of this machine only, whatever a name server says.
#[derive(Debug)]
pub struct Resolver {
    loopback: bool,
    inner: DefaultResolver,
}

impl Resolver {
    pub fn new(loopback: bool) -> Self {
        Self { loopback, inner: DefaultResolver::default() }
    }
}

impl Resolve for Resolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        if !self.loopback {
            return Ok(found);
        }
        let mut own = self.inner.empty();
        found.iter().filter(|address| address.ip().is_loopback()).for_each(|address| own.push(*address));
        if own.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(own) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_lead_where_they_say_and_never_out_of_https() {
        let cases = [
            ("https://a.example/x/y?k=1", "https://b.example/z", Ok("https://b.example/z")),
            ("https://a.example/x/y", "//b.example/z", Ok("https://b.example/z")),
            ("https://a.example:8443/x/y", "/z?q", Ok("https://a.example:8443/z?q")),
            (
                "https://a.example/x/y",
                "/z?next=https://b.example/",
                Ok("https://a.example/z?next=https://b.example/"),
            ),
            ("https://a.example/x/y", "z", Ok("https://a.example/x/z")),
            ("http://127.0.0.1:1/x", "/z", Ok("http://127.0.0.1:1/z")),
            ("http://127.0.0.1:1/x", "https://b.example/z", Ok("https://b.example/z")),
            ("https://a.example/x", "http://a.example/z", Err("not https")),
            ("https://a.example/x", "http://127.0.0.1/z", Err("not https")),
            ("http://127.0.0.1:1/x", "http://b.example/z", Err("not https")),
            ("https://a.example/x", "ftp://a.example/z", Err("neither")),
            ("https://a.example/x", "https://u:p@b.example/", Err("password")),
        ];
        for (base, location, expected) in cases {
            let found = joined(&base.parse().unwrap(), location);
            match (&found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found.as_str(), expected),
                (Err(told), Err(expected)) => assert!(told.contains(expected), "{location}: {told}"),
                _ => panic!("{base} {location}: {found:?}"),
            }
        }
        let address: Address = "https://A.example:8443/x/y?key=1#z".parse().unwrap();
        assert_eq!((address.host(), address.path()), ("a.example", "/x/y"));
    }
}
