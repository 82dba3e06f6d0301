//! Contents are sealed with XChaCha20-Poly1305, each with a key of its own, which is sealed with that of the folder. A
//! record names the hash of what was sealed: without the key, and the bytes, that tells nothing.

use crate::AuditError;
use crate::bytes::{random, sha256};
use crate::entry::Content;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};

const NONCE: usize = 24;

/// Each with its nonce before it.
pub(crate) struct Sealed {
    pub content: Vec<u8>,
    pub key: Vec<u8>,
}

impl Sealed {
    pub fn commitment(content: &[u8]) -> [u8; 32] {
        sha256(&[content])
    }

    /// `id`: of the entry that it belongs to, and to no other.
    pub fn new(content: &Content, id: &str, folder_key: &[u8; 32]) -> Result<Self, AuditError> {
        let own: [u8; 32] = random()?;
        let text = serde_json::to_vec(content)?;
        Ok(Self { content: shut(&own, &text, id)?, key: shut(folder_key, &own, id)? })
    }

    pub fn open(&self, id: &str, folder_key: &[u8; 32]) -> Option<Content> {
        let own: [u8; 32] = unshut(folder_key, &self.key, id)?.try_into().ok()?;
        serde_json::from_slice(&unshut(&own, &self.content, id)?).ok()
    }
}

fn shut(key: &[u8; 32], text: &[u8], id: &str) -> Result<Vec<u8>, AuditError> {
    let nonce: [u8; NONCE] = random()?;
    let payload = Payload { msg: text, aad: id.as_bytes() };
    let shut = XChaCha20Poly1305::new(&(*key).into()).encrypt(&XNonce::from(nonce), payload);
    let shut = shut.map_err(|_| AuditError::Told("a content is too long to be sealed".into()))?;
    Ok([nonce.as_slice(), &shut].concat())
}

fn unshut(key: &[u8; 32], bytes: &[u8], id: &str) -> Option<Vec<u8>> {
    let (nonce, shut) = bytes.split_first_chunk::<NONCE>()?;
    let payload = Payload { msg: shut, aad: id.as_bytes() };
    XChaCha20Poly1305::new(&(*key).into()).decrypt(&XNonce::from(*nonce), payload).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_for_its_entry_as_it_is() {
        let content = Content { asked: Some("where?".into()), answer: None };
        let key = [7; 32];
        let sealed = Sealed::new(&content, "a-1", &key).unwrap();
        assert_eq!(sealed.open("a-1", &key), Some(content.clone()));
        assert_eq!((sealed.open("a-2", &key), sealed.open("a-1", &[8; 32])), (None, None));
        assert!(!sealed.content.windows(5).any(|part| part == b"where"));
        for at in 0..sealed.content.len() {
            let mut content = sealed.content.clone();
            content[at] ^= 1;
            assert_eq!(Sealed { content, key: sealed.key.clone() }.open("a-1", &key), None);
        }
        let again = Sealed::new(&content, "a-1", &key).unwrap();
        assert_ne!(Sealed::commitment(&again.content), Sealed::commitment(&sealed.content), "it hides");
    }
}
