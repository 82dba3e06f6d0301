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

/// A hash of short words, by reads of eight bytes of which the last two may overlap, and a multiplication for each.
/// Never kept on disk.
#[inline]
fn hash(name: &[u8]) -> u32 {
    let mix = |folded: u64, bytes: u64| {
        let mixed = u128::from(folded ^ bytes) * 0x9e37_79b9_7f4a_7c15;
        (mixed as u64) ^ (mixed >> 64) as u64
    };
    let mut folded = name.len() as u64;
    match (name.first_chunk::<4>(), name.last_chunk::<4>(), name.last_chunk::<8>()) {
        (.., Some(last)) => {
            for part in name[..name.len() - 1].chunks_exact(8) {
                folded = mix(folded, part.first_chunk().map_or(0, |part| u64::from_le_bytes(*part)));
            }
            folded = mix(folded, u64::from_le_bytes(*last));
        }
        (Some(first), Some(last), None) => {
            let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
            folded = mix(folded, u64::from(first) | u64::from(last) << 32);
        }
        _ => {
            let byte = |at: usize| name.get(at).map_or(0, |byte| u64::from(*byte));
            folded = mix(folded, byte(0) | byte(1) << 8 | byte(2) << 16);
        }
    }
    (folded ^ (folded >> 32)) as u32
}

/// Whether two words are the same: most have few bytes, for which a call costs more than the comparison.
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match (a.first_chunk::<8>(), b.first_chunk::<8>(), a.last_chunk::<8>(), b.last_chunk::<8>()) {
        (Some(first), Some(other), Some(last), Some(end)) if a.len() <= 16 => first == other && last == end,
        (Some(_), ..) => a == b,
        _ => a.iter().zip(b).all(|(a, b)| a == b),
    }
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

    fn bytes(&self, id: u32) -> &[u8] {
        let id = id as usize;
        let start = id.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.arena.as_bytes()[start as usize..self.ends[id] as usize]
    }

    pub fn find(&self, name: &str) -> Option<u32> {
        self.slot(name.as_bytes(), hash(name.as_bytes())).ok()
    }

    #[inline]
    pub fn intern(&mut self, name: &str) -> u32 {
        let hash = hash(name.as_bytes());
        let slot = match self.slot(name.as_bytes(), hash) {
            Ok(id) => return id,
            Err(slot) => slot,
        };
        self.add(name, hash, slot)
    }

    #[cold]
    #[inline(never)]
    fn add(&mut self, name: &str, hash: u32, slot: usize) -> u32 {
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
    fn slot(&self, name: &[u8], hash: u32) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            match self.slots[slot] {
                (_, 0) => return Err(slot),
                (other, id) if other == hash && same(self.bytes(id - 1), name) => return Ok(id - 1),
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
