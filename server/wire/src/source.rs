//! Where a model is to come from, as people write it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `hf:OWNER/REPOSITORY/FILE[@REVISION]`: a file on a hub that is laid out as Hugging Face is.
    Hub { repository: String, path: String, revision: String },
    /// `https://…`; `http://` of this machine only.
    Url(String),
    /// `file://…`
    File(PathBuf),
}

/// Why a text names no place that a model could come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    #[error("expected hf:OWNER/REPOSITORY/FILE.gguf, https://HOST/FILE.gguf or file:///PATH")]
    Unknown,
    #[error("expected hf:OWNER/REPOSITORY/FILE.gguf, with @REVISION behind it where it is not `main`")]
    Hub,
    #[error("http:// is for this machine only (localhost); elsewhere it takes https://")]
    Plain,
    #[error("an address with a name or a password in it is not taken")]
    Credentials,
    #[error("expected file:/// and an absolute path")]
    File,
}

const MAIN: &str = "main";

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        if text.chars().any(|sign| sign.is_whitespace() || sign.is_control()) && !text.starts_with("file:") {
            return Err(SourceError::Unknown);
        }
        if let Some(rest) = text.strip_prefix("hf:") {
            return hub(rest).ok_or(SourceError::Hub);
        }
        if let Some(path) = text.strip_prefix("file://") {
            let path = PathBuf::from(path.strip_prefix("localhost").unwrap_or(path));
            return if path.is_absolute() { Ok(Self::File(path)) } else { Err(SourceError::File) };
        }
        let (plain, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (false, rest),
            (None, Some(rest)) => (true, rest),
            (None, None) => return Err(SourceError::Unknown),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(SourceError::Credentials);
        }
        let host = host(authority).ok_or(SourceError::Unknown)?;
        if plain && !is_loopback(host) {
            return Err(SourceError::Plain);
        }
        Ok(Self::Url(text.split('#').next().unwrap_or(text).to_owned()))
    }
}

fn hub(rest: &str) -> Option<Source> {
    let (path, revision) = match rest.rsplit_once('@') {
        Some((path, revision)) => (path, revision),
        None => (rest, MAIN),
    };
    let is_part = |part: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        !part.is_empty() && part != "." && part != ".." && part.bytes().all(plain)
    };
    let parts: Vec<&str> = path.split('/').collect();
    if parts.len() < 3 || !parts.iter().all(|part| is_part(part)) || !is_part(revision) {
        return None;
    }
    let repository = format!("{}/{}", parts[0], parts[1]);
    Some(Source::Hub { repository, path: parts[2..].join("/"), revision: revision.into() })
}

/// The host of an authority, without its port.
fn host(authority: &str) -> Option<&str> {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None => authority.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

/// Whether a host is this machine by its very name.
pub fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Source {
    /// What the file is called there.
    pub fn file_name(&self) -> &str {
        let path = match self {
            Self::Hub { path, .. } => path,
            Self::Url(url) => url.split('?').next().unwrap_or(url),
            Self::File(path) => return path.file_name().and_then(|name| name.to_str()).unwrap_or_default(),
        };
        path.rsplit('/').next().unwrap_or_default()
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hub { repository, path, revision } if revision == MAIN => {
                write!(formatter, "hf:{repository}/{path}")
            }
            Self::Hub { repository, path, revision } => {
                write!(formatter, "hf:{repository}/{path}@{revision}")
            }
            Self::Url(url) => formatter.write_str(url),
            Self::File(path) => write!(formatter, "file://{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_people_write_them() {
        let cases = [
            ("hf:a/b/c.gguf", Ok(("hf:a/b/c.gguf", "c.gguf"))),
            ("hf:a/b/q8/c.gguf@v1.0", Ok(("hf:a/b/q8/c.gguf@v1.0", "c.gguf"))),
            (
                "https://h.example/m/c.gguf?download=1#x",
                Ok(("https://h.example/m/c.gguf?download=1", "c.gguf")),
            ),
            ("http://localhost:8080/c.gguf", Ok(("http://localhost:8080/c.gguf", "c.gguf"))),
            ("http://127.0.0.1/c.gguf", Ok(("http://127.0.0.1/c.gguf", "c.gguf"))),
            ("http://[::1]:1/c.gguf", Ok(("http://[::1]:1/c.gguf", "c.gguf"))),
            ("file:///m/a b.gguf", Ok(("file:///m/a b.gguf", "a b.gguf"))),
            ("http://h.example/c.gguf", Err(SourceError::Plain)),
            ("http://localhost.evil.example/c", Err(SourceError::Plain)),
            ("http://localhost@h.example/c", Err(SourceError::Credentials)),
            ("https://user:word@h.example/c", Err(SourceError::Credentials)),
            ("https:///c.gguf", Err(SourceError::Unknown)),
            ("hf:a/b", Err(SourceError::Hub)),
            ("hf:a/../c.gguf", Err(SourceError::Hub)),
            ("hf:a/b/c.gguf@", Err(SourceError::Hub)),
            ("hf:a/b/c?x", Err(SourceError::Hub)),
            ("file://m/a.gguf", Err(SourceError::File)),
            ("ftp://h/a", Err(SourceError::Unknown)),
            ("https://h.example/a b", Err(SourceError::Unknown)),
            ("qwen", Err(SourceError::Unknown)),
        ];
        for (text, expected) in cases {
            let source = text.parse::<Source>();
            let found = source.as_ref().map(|source| (source.to_string(), source.file_name()));
            let found = found.as_ref().map(|(shown, name)| (shown.as_str(), *name)).map_err(|error| **error);
            assert_eq!(found, expected, "{text}");
        }
    }
}
