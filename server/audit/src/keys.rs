//! The keys of the log: one signs its checkpoints, one seals the keys of contents. Both are made at first use, in files that
//! nobody else may read. The public half is written as signed notes have it, so that other programs can verify too.

use crate::AuditError;
use crate::bytes::{base64, hex, random, sha256, unbase64, unhex};
use crate::folder::{Folder, replace, small};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use std::path::Path;

/// What notes call the kind of key.
const ED25519: u8 = 1;

pub(crate) struct Keys {
    signing: SigningKey,
    pub content: [u8; 32],
    pub verifier: Verifier,
}

/// The public half, by a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    key: VerifyingKey,
}

impl Keys {
    /// Those of the folder, which are made where there are none. Called under the folder's lock.
    pub fn of(folder: &Folder) -> Result<Self, AuditError> {
        let signing = SigningKey::from_bytes(&secret(&folder.signing_key())?);
        let content = secret(&folder.content_key())?;
        let key = signing.verifying_key();
        let name = format!("trust-lsp/audit/{}", &hex(&sha256(&[key.as_bytes()]))[..12]);
        let verifier = Verifier { name, key };
        let (path, said) = (folder.public_key(), format!("{}\n", verifier.text()));
        if small(&path)?.as_deref() != Some(said.as_str()) {
            replace(&path, &said)?;
        }
        Ok(Self { signing, content, verifier })
    }

    pub fn sign(&self, text: &str) -> [u8; 64] {
        self.signing.sign(text.as_bytes()).to_bytes()
    }
}

/// What seals the keys of contents; `None` where it is gone.
pub(crate) fn content_key(folder: &Folder) -> Result<Option<[u8; 32]>, AuditError> {
    existing(&folder.content_key())
}

fn secret(path: &Path) -> Result<[u8; 32], AuditError> {
    if let Some(key) = existing(path)? {
        return Ok(key);
    }
    let key = random()?;
    replace(path, &format!("{}\n", hex(&key)))?;
    Ok(key)
}

fn existing(path: &Path) -> Result<Option<[u8; 32]>, AuditError> {
    let told = |why| AuditError::Key { path: path.to_owned(), why };
    let Some(text) = small(path)? else { return Ok(None) };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).map_err(AuditError::io(path))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(told("is a key that others may read; `chmod 600` it, or move the folder away"));
        }
    }
    unhex(text.trim_end()).map(Some).ok_or_else(|| told("is no key"))
}

impl Verifier {
    /// Of the folder's public key.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn of(folder: &Folder) -> Result<Self, AuditError> {
        let path = folder.public_key();
        let text = small(&path)?.ok_or_else(|| AuditError::Missing(folder.path().to_owned()))?;
        Self::parse(text.trim_end()).ok_or(AuditError::Key { path, why: "is no public key" })
    }

    /// `NAME+HASH+KEY`, as signed notes have it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '+');
        let (name, hash, key) = (parts.next()?, parts.next()?, unbase64(parts.next()?)?);
        let (kind, bytes) = key.split_first()?;
        let key = VerifyingKey::from_bytes(bytes.try_into().ok()?).ok().filter(|_| *kind == ED25519)?;
        let verifier = Self { name: name.to_owned(), key };
        (unhex(hash)? == verifier.hash() && !name.contains(char::is_whitespace)).then_some(verifier)
    }

    pub fn text(&self) -> String {
        let key = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        format!("{}+{}+{}", self.name, hex(&self.hash()), base64(&key))
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// What tells keys apart in notes.
    pub(crate) fn hash(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = sha256(&[self.name.as_bytes(), b"\n", &[ED25519], self.key.as_bytes()]);
        [a, b, c, d]
    }

    pub(crate) fn holds(&self, text: &str, signature: &[u8; 64]) -> bool {
        self.key.verify_strict(text.as_bytes(), &Signature::from_bytes(signature)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_for_nobody_else() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::at(home.path().join("audit"));
        folder.make().unwrap();
        let keys = Keys::of(&folder).unwrap();
        assert_eq!(Keys::of(&folder).unwrap().verifier, keys.verifier);
        assert_eq!(Verifier::of(&folder).unwrap(), keys.verifier);
        assert_eq!(content_key(&folder).unwrap(), Some(keys.content));
        let text = keys.verifier.text();
        assert_eq!(Verifier::parse(&text), Some(keys.verifier));
        for wrong in
            ["", "a+b", &text[1..], &text[..text.len() - 4], &text.replace("+0", "+1").replace("+f", "+e")]
        {
            assert!(Verifier::parse(wrong).is_none_or(|parsed| parsed.text() == text), "{wrong}");
        }
        std::fs::write(folder.content_key(), "short\n").unwrap();
        assert!(Keys::of(&folder).is_err_and(|error| error.to_string().ends_with("is no key")));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&folder.signing_key()), mode(folder.path())), (0o600, 0o700));
            std::fs::set_permissions(folder.signing_key(), PermissionsExt::from_mode(0o640)).unwrap();
            assert!(Keys::of(&folder).is_err_and(|error| error.to_string().contains("others may read")));
        }
    }
}
