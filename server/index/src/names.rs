//! Names by number: each distinct name once, in one arena.

/// An interner; ids count up from zero.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    arena: String,
    ends: Vec<u32>,
    /// Open addressing, a power of two: the hash, and an id and one, or zero.
    slots: Vec<(u32, u32)>,
}

const SLOTS: usize = 16;

impl Default for Names {
    fn default() -> Self {
        Self { arena: String::new(), ends: Vec::new(), slots: vec![(0, 0); SLOTS] }
    }
}

/// A hash of short words, by two overlapping reads and one multiplication. Never kept on disk.
fn hash(name: &[u8]) -> u32 {
    let read = |from: usize| {
        let mut bytes = [0; 8];
        let part = &name[from..name.len().min(from + 8)];
        bytes[..part.len()].copy_from_slice(part);
        u64::from_le_bytes(bytes)
    };
    let mut folded = name.len() as u64;
    let mut at = 0;
    while at < name.len() {
        let mixed = u128::from(folded ^ read(at)) * 0x9e37_79b9_7f4a_7c15;
        folded = (mixed as u64) ^ (mixed >> 64) as u64;
        at += 8;
    }
    (folded ^ (folded >> 32)) as u32
}

impl Names {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn get(&self, id: u32) -> &str {
        let id = id as usize;
        let start = id.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.arena[start as usize..self.ends[id] as usize]
    }

    pub fn find(&self, name: &str) -> Option<u32> {
        self.slot(name, hash(name.as_bytes())).ok()
    }

    pub fn intern(&mut self, name: &str) -> u32 {
        let hash = hash(name.as_bytes());
        let slot = match self.slot(name, hash) {
            Ok(id) => return id,
            Err(slot) => slot,
        };
        let id = self.ends.len() as u32;
        self.arena.push_str(name);
        self.ends.push(self.arena.len() as u32);
        self.slots[slot] = (hash, id + 1);
        if self.ends.len() * 3 > self.slots.len() * 2 {
            self.grow();
        }
        id
    }

    /// The id of a name, or the slot where it belongs.
    #[inline]
    fn slot(&self, name: &str, hash: u32) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            match self.slots[slot] {
                (_, 0) => return Err(slot),
                (other, id) if other == hash && self.get(id - 1) == name => return Ok(id - 1),
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        let mut slots = vec![(0, 0); mask + 1];
        for (hash, id) in self.slots.iter().filter(|(_, id)| *id > 0) {
            let mut slot = *hash as usize & mask;
            while slots[slot].1 != 0 {
                slot = (slot + 1) & mask;
            }
            slots[slot] = (*hash, *id);
        }
        self.slots = slots;
    }

    pub fn shrink(&mut self) {
        self.arena.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    pub fn heap_bytes(&self) -> usize {
        self.arena.capacity() + 4 * self.ends.capacity() + 8 * self.slots.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_one_number() {
        let mut names = Names::default();
        let words: Vec<String> = (0..5_000).map(|n| format!("{}_{n}", "x".repeat(n % 19))).collect();
        let ids: Vec<u32> = words.iter().map(|word| names.intern(word)).collect();
        assert_eq!(ids, (0..5_000).collect::<Vec<u32>>());
        for (word, id) in words.iter().zip(ids) {
            assert_eq!((names.intern(word), names.find(word), names.get(id)), (id, Some(id), word.as_str()));
        }
        assert_eq!((names.find("absent"), names.find(""), names.len()), (None, None, 5_000));
    }
}
