//! Checkpoints: the size and root of the tree at one moment, in the form of C2SP `tlog-checkpoint`, signed as C2SP
//! `signed-note`. What others have written to verify such notes verifies these.

use crate::bytes::{base64, unbase64};
use crate::keys::{Keys, Verifier};
use crate::merkle::Hash;

/// What a signature's line begins with.
const DASH: &str = "\u{2014} ";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

impl Checkpoint {
    fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, base64(&self.root))
    }

    pub(crate) fn signed(size: u64, root: Hash, keys: &Keys) -> String {
        let name = keys.verifier.name();
        let text = Self { origin: name.to_owned(), size, root }.text();
        let signature = [keys.verifier.hash().as_slice(), &keys.sign(&text)].concat();
        format!("{text}\n{DASH}{name} {}\n", base64(&signature))
    }

    /// The checkpoint of a note, if this key signed it. Signatures of others beside it are passed over.
    ///
    /// # Errors
    /// What is wrong with the note.
    pub fn verified(note: &str, verifier: &Verifier) -> Result<Self, &'static str> {
        let at = note.find("\n\n").ok_or("is no signed note")?;
        let (text, signatures) = (&note[..=at], &note[at + 2..]);
        let checkpoint = Self::parse(text).ok_or("is no checkpoint")?;
        let mut own = signatures.lines().filter_map(|line| {
            let (name, signature) = line.strip_prefix(DASH)?.split_once(' ')?;
            let bytes = unbase64(signature).filter(|_| name == verifier.name())?;
            let (hash, signature) = bytes.split_first_chunk::<4>()?;
            (*hash == verifier.hash()).then_some(<[u8; 64]>::try_from(signature).ok()?)
        });
        let signature = own.next().ok_or("is not signed with the key of this log")?;
        let holds = verifier.holds(text, &signature) && checkpoint.origin == verifier.name();
        holds.then_some(checkpoint).ok_or("has a signature that is not right")
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let (origin, size) = (lines.next()?, lines.next()?);
        let root = unbase64(lines.next()?)?.try_into().ok()?;
        let checkpoint = Self { origin: origin.to_owned(), size: size.parse().ok()?, root };
        // One way to write it only.
        (checkpoint.text() == text).then_some(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Folder;

    #[test]
    fn a_note_holds_as_it_was_signed_and_no_other_way() {
        let home = tempfile::tempdir().unwrap();
        let keys = Keys::of(&Folder::at(home.path().into())).unwrap();
        let note = Checkpoint::signed(7, [3; 32], &keys);
        let found = Checkpoint::verified(&note, &keys.verifier).unwrap();
        assert_eq!((found.size, found.root), (7, [3; 32]));
        let with_witness = format!("{note}{DASH}witness.example AAAAAAAA\n");
        assert_eq!(Checkpoint::verified(&with_witness, &keys.verifier), Ok(found));
        for at in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            let changed = String::from_utf8_lossy(&bytes).into_owned();
            // The last digits of base64 have bits that mean nothing, and are refused or ignored; the root is the same.
            let found = Checkpoint::verified(&changed, &keys.verifier);
            assert!(found.is_err() || at + 1 == note.len(), "{changed}");
        }
        let other = tempfile::tempdir().unwrap();
        let other = Keys::of(&Folder::at(other.path().into())).unwrap();
        assert!(Checkpoint::verified(&note, &other.verifier).is_err());
    }
}
