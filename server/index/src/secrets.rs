//! Names that secrets have: what is called so is never read, wherever it lies.

use std::ffi::OsStr;

/// Names that hold secrets, in lower case; one `*` at either end.
const SECRETS: &[&str] = &[
    ".env*",
    "*.env",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "*.kdbx",
    "id_rsa*",
    "id_dsa*",
    "id_ecdsa*",
    "id_ed25519*",
    ".npmrc",
    ".pypirc",
    ".netrc",
    "_netrc",
    ".git-credentials",
    ".htpasswd",
    ".pgpass",
    ".ssh",
    ".gnupg",
    ".aws",
];

/// Whether a file of this name is one that holds secrets.
pub fn is_secret_name(name: &OsStr) -> bool {
    secret(name).is_some()
}

/// The pattern that the name fits; case does not count.
pub(crate) fn secret(name: &OsStr) -> Option<&'static str> {
    let bytes = name.as_encoded_bytes();
    // Some letters of other scripts have a lower case in this one.
    let lower = if bytes.is_ascii() { String::new() } else { name.to_string_lossy().to_lowercase() };
    let name = if lower.is_empty() { bytes } else { lower.as_bytes() };
    let same = |part: Option<&[u8]>, pattern: &str| {
        part.is_some_and(|part| part.eq_ignore_ascii_case(pattern.as_bytes()))
    };
    let matches = |pattern: &str| match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => same(name.len().checked_sub(end.len()).map(|from| &name[from..]), end),
        (_, Some(start)) => same(name.get(..start.len()), start),
        _ => same(Some(name), pattern),
    };
    SECRETS.iter().copied().find(|pattern| matches(pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_name() {
        let cases = [
            (".env", Some(".env*")),
            (".ENV.local", Some(".env*")),
            ("prod.Env", Some("*.env")),
            ("tls.\u{212a}EY", Some("*.key")),
            ("id_rsa.pub", Some("id_rsa*")),
            (".aws", Some(".aws")),
            (".awsome", None),
            ("environment.rs", None),
            ("key", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(secret(OsStr::new(name)), expected, "{name}");
        }
    }
}
