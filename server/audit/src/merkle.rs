//! The Merkle tree of RFC 6962 (section 2.1): roots, proofs that an entry is in a tree and that a tree is the beginning of
//! another, and how they are checked. Two ways to a root: [`Frontier`] grows by a leaf at a time and is what the log signs;
//! [`Leaves`] computes by the definition and is what verifies, so that neither hides a mistake of the other.

use crate::bytes::sha256;

pub type Hash = [u8; 32];

/// The leaf of an entry's bytes.
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    sha256(&[&[0], bytes])
}

pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[1], left, right])
}

/// The roots of the full trees that a tree of `size` leaves is made of, the largest first: one for each bit of the size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    /// `None` where there are not as many roots as a tree of that size has.
    pub fn from_parts(size: u64, bytes: &[u8]) -> Option<Self> {
        let roots: Vec<Hash> = bytes.chunks_exact(32).filter_map(|chunk| chunk.try_into().ok()).collect();
        let fits = bytes.len() == 32 * roots.len() && roots.len() == size.count_ones() as usize;
        fits.then_some(Self { size, roots })
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.roots.concat()
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn push(&mut self, leaf: Hash) {
        let mut node = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.roots.pop() {
                node = node_hash(&left, &node);
            }
        }
        self.roots.push(node);
        self.size += 1;
    }

    pub fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev();
        let Some(last) = roots.next() else { return sha256(&[]) };
        roots.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// All leaves of a tree, in order.
#[derive(Debug, Clone, Copy)]
pub struct Leaves<'a>(pub &'a [Hash]);

/// The largest power of two smaller than `size`, which is at least 2.
fn split(size: usize) -> usize {
    1 << (usize::BITS - 1 - (size - 1).leading_zeros())
}

impl Leaves<'_> {
    pub fn root(self) -> Hash {
        match self.0 {
            [] => sha256(&[]),
            [leaf] => *leaf,
            leaves => {
                let (left, right) = leaves.split_at(split(leaves.len()));
                node_hash(&Leaves(left).root(), &Leaves(right).root())
            }
        }
    }

    /// What proves that leaf `index` is in this tree: `PATH` of the RFC, from the leaf up. `None` where there is no such leaf.
    pub fn inclusion(self, index: usize) -> Option<Vec<Hash>> {
        match self.0 {
            leaves if index >= leaves.len() => None,
            [_] => Some(Vec::new()),
            leaves => {
                let at = split(leaves.len());
                let (left, right) = leaves.split_at(at);
                let (mut path, other) = match index < at {
                    true => (Leaves(left).inclusion(index)?, Leaves(right).root()),
                    false => (Leaves(right).inclusion(index - at)?, Leaves(left).root()),
                };
                path.push(other);
                Some(path)
            }
        }
    }

    /// What proves that the tree of the first `size` leaves is the beginning of this one: `PROOF` of the RFC. `None` where it
    /// is not smaller or equal, or empty.
    pub fn consistency(self, size: usize) -> Option<Vec<Hash>> {
        (1..=self.0.len()).contains(&size).then(|| self.subproof(size, true))
    }

    fn subproof(self, size: usize, whole: bool) -> Vec<Hash> {
        if size == self.0.len() {
            return if whole { Vec::new() } else { vec![self.root()] };
        }
        let at = split(self.0.len());
        let (left, right) = self.0.split_at(at);
        let (mut proof, other) = match size <= at {
            true => (Leaves(left).subproof(size, whole), Leaves(right).root()),
            false => (Leaves(right).subproof(size - at, false), Leaves(left).root()),
        };
        proof.push(other);
        proof
    }
}

/// Whether `path` proves that `leaf` has number `index` in the tree of `size` leaves with this root (RFC 9162, 2.1.3.2).
pub fn is_included(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut index, mut last, mut node) = (index, size - 1, *leaf);
    for other in path {
        if last == 0 {
            return false;
        }
        if index & 1 == 1 || index == last {
            node = node_hash(other, &node);
            while index & 1 == 0 && index != 0 {
                (index, last) = (index >> 1, last >> 1);
            }
        } else {
            node = node_hash(&node, other);
        }
        (index, last) = (index >> 1, last >> 1);
    }
    last == 0 && node == *root
}

/// Whether `proof` proves that the tree of `size` leaves with root `old` is the beginning of the other one (RFC 9162, 2.1.4.2).
pub fn is_consistent(size: u64, old: &Hash, new_size: u64, new: &Hash, proof: &[Hash]) -> bool {
    if size == 0 || size > new_size {
        return false;
    }
    if size == new_size {
        return proof.is_empty() && old == new;
    }
    let mut proof = proof.iter();
    let first = if size.is_power_of_two() { Some(old) } else { proof.next() };
    let Some(first) = first else { return false };
    let (mut index, mut last) = (size - 1, new_size - 1);
    while index & 1 == 1 {
        (index, last) = (index >> 1, last >> 1);
    }
    let (mut older, mut newer) = (*first, *first);
    for other in proof {
        if last == 0 {
            return false;
        }
        if index & 1 == 1 || index == last {
            (older, newer) = (node_hash(other, &older), node_hash(other, &newer));
            while index & 1 == 0 && index != 0 {
                (index, last) = (index >> 1, last >> 1);
            }
        } else {
            newer = node_hash(&newer, other);
        }
        (index, last) = (index >> 1, last >> 1);
    }
    last == 0 && older == *old && newer == *new
}

#[cfg(test)]
#[path = "tests/merkle.rs"]
mod tests;
