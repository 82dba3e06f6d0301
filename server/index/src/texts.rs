//! The texts that were read lately, so that a burst of questions does not read files again and again. They are
//! kept by the hash of their content: what a snapshot gets is always the text that it indexed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most that is kept, in bytes.
const CAPACITY: usize = 32 << 20;

#[derive(Debug, Default)]
pub(crate) struct Texts(Mutex<Generations>);

/// What is used moves to the young ones; when they are many, the old ones go.
#[derive(Debug, Default)]
struct Generations {
    young: HashMap<u64, Arc<str>>,
    old: HashMap<u64, Arc<str>>,
    young_bytes: usize,
}

impl Texts {
    pub fn get(&self, hash: u64) -> Option<Arc<str>> {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = generations.young.get(&hash) {
            return Some(Arc::clone(text));
        }
        let text = generations.old.remove(&hash)?;
        generations.add(hash, &text);
        Some(text)
    }

    pub fn keep(&self, hash: u64, text: &Arc<str>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(hash, text);
    }
}

impl Generations {
    fn add(&mut self, hash: u64, text: &Arc<str>) {
        if self.young_bytes + text.len() > CAPACITY / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        if self.young.insert(hash, Arc::clone(text)).is_none() {
            self.young_bytes += text.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_texts_go() {
        let texts = Texts::default();
        let text: Arc<str> = "x".repeat(1 << 20).into();
        for hash in 0..100 {
            texts.keep(hash, &text);
            assert!(texts.get(0).is_some() && texts.get(hash).is_some());
        }
        let kept = (0..100).filter(|hash| texts.get(*hash).is_some()).count();
        assert!((16..=33).contains(&kept), "{kept} are kept");
    }
}
