//! The tree against the vectors that implementations of Certificate Transparency share, and against itself.

use super::*;
use crate::bytes::{hex, unhex};
use proptest::prelude::*;

/// Entries and roots of the trees of the first one, two, and so on: the vectors of the reference implementation.
const ENTRIES: [&[u8]; 8] = [
    b"",
    &[0x00],
    &[0x10],
    &[0x20, 0x21],
    &[0x30, 0x31],
    &[0x40, 0x41, 0x42, 0x43],
    &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
    &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn leaves() -> Vec<Hash> {
    ENTRIES.iter().map(|entry| leaf_hash(entry)).collect()
}

fn hashes(texts: &[&str]) -> Vec<Hash> {
    texts.iter().map(|text| unhex(text).unwrap()).collect()
}

#[test]
fn roots_are_those_of_the_known_vectors() {
    assert_eq!(hex(&Leaves(&[]).root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let (leaves, mut frontier) = (leaves(), Frontier::default());
    assert_eq!(frontier.root(), Leaves(&[]).root());
    for (at, expected) in ROOTS.iter().enumerate() {
        frontier.push(leaves[at]);
        assert_eq!(hex(&Leaves(&leaves[..=at]).root()), *expected);
        assert_eq!(hex(&frontier.root()), *expected);
    }
}

#[test]
fn proofs_are_those_of_the_known_vectors() {
    let leaves = leaves();
    let inclusions: [(usize, usize, &[&str]); 3] = [
        (0, 1, &[]),
        (
            0,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            &[
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
    ];
    for (index, size, expected) in inclusions {
        assert_eq!(Leaves(&leaves[..size]).inclusion(index), Some(hashes(expected)), "{index} {size}");
    }
    let consistencies: [(usize, usize, &[&str]); 2] = [
        (
            6,
            8,
            &[
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            &[
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    for (old, new, expected) in consistencies {
        assert_eq!(Leaves(&leaves[..new]).consistency(old), Some(hashes(expected)), "{old} {new}");
    }
    assert_eq!(Leaves(&leaves).inclusion(8), None);
    assert_eq!((Leaves(&leaves).consistency(0), Leaves(&leaves).consistency(9)), (None, None));
}

proptest! {
    #[test]
    fn proofs_prove_what_they_are_for_and_nothing_else(
        size in 1usize..200, old in 1usize..200, index in 0usize..200, at in 0usize..10, bit in 0usize..256,
    ) {
        let leaves: Vec<Hash> = (0..size).map(|at| leaf_hash(&at.to_be_bytes())).collect();
        let (tree, root) = (Leaves(&leaves), Leaves(&leaves).root());
        let mut frontier = Frontier::default();
        leaves.iter().for_each(|leaf| frontier.push(*leaf));
        prop_assert_eq!(frontier.root(), root);
        prop_assert_eq!(Frontier::from_parts(size as u64, &frontier.bytes()), Some(frontier));
        let (old, index) = (old.min(size), index % size);
        let path = tree.inclusion(index).unwrap();
        let included = |index: usize, size: usize, path: &[Hash], root: &Hash| {
            is_included(&leaves[index % leaves.len()], index as u64, size as u64, path, root)
        };
        prop_assert!(included(index, size, &path, &root));
        prop_assert!(!included(index, index, &path, &root));
        let old_root = Leaves(&leaves[..old]).root();
        let proof = tree.consistency(old).unwrap();
        let consistent = |proof: &[Hash], old_root: &Hash, new: &Hash| {
            is_consistent(old as u64, old_root, size as u64, new, proof)
        };
        prop_assert!(consistent(&proof, &old_root, &root));
        // One bit of anything changed.
        let flipped = |hash: &Hash| {
            let mut hash = *hash;
            hash[bit / 8] ^= 1 << (bit % 8);
            hash
        };
        prop_assert!(!included(index, size, &path, &flipped(&root)));
        prop_assert!(!consistent(&proof, &old_root, &flipped(&root)));
        prop_assert!(!consistent(&proof, &flipped(&old_root), &root));
        for (sound, is_path) in [(&path, true), (&proof, false)] {
            let Some(hash) = sound.get(at % sound.len().max(1)) else { continue };
            let mut wrong = sound.clone();
            wrong[at % sound.len()] = flipped(hash);
            let holds = if is_path { included(index, size, &wrong, &root) } else { consistent(&wrong, &old_root, &root) };
            prop_assert!(!holds);
            let (shorter, longer) = (&sound[1..], [sound.as_slice(), &[root]].concat());
            for wrong in [shorter, &longer] {
                let holds = if is_path { included(index, size, wrong, &root) } else { consistent(wrong, &old_root, &root) };
                prop_assert!(!holds);
            }
        }
    }
}
