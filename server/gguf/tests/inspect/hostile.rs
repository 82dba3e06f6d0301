//! Bytes at random, and bytes made to exhaust memory.

use crate::writer::File;
use proptest::prelude::*;
use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{BufReader, Cursor, Read};
use std::sync::atomic::{AtomicUsize, Ordering};
use trust_gguf::inspect_reader;

/// The largest single allocation of this test program so far, in bytes.
static LARGEST: AtomicUsize = AtomicUsize::new(0);

struct Recorder;

#[allow(unsafe_code, reason = "forwards to the system's allocator; nothing else can see a request's size")]
unsafe impl GlobalAlloc for Recorder {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static RECORDER: Recorder = Recorder;

pub fn assert_small() {
    let largest = LARGEST.load(Ordering::Relaxed);
    assert!(largest < 4 << 20, "{largest} bytes were asked for at once");
}

#[test]
fn endless_metadata_is_refused_within_the_budget() {
    // A claimed length of 1 TiB lets every length in the file look plausible.
    let claimed = 1 << 40;
    let cases: [(u32, u64, &str); 3] = [
        (8, 1 << 33, "goes past the limit of 64 MiB of metadata"), // one string
        (9, 1 << 33, "goes past the limit of 64 MiB of metadata"), // an array of bytes
        (8, 2 << 20, "goes past the limit of 1048576 bytes"),
    ];
    for (tag, size, expected) in cases {
        let mut bytes = b"GGUF\x03\0\0\0".to_vec();
        bytes.extend(0u64.to_le_bytes());
        bytes.extend(1u64.to_le_bytes());
        bytes.extend([1, 0, 0, 0, 0, 0, 0, 0, b'x']);
        bytes.extend(tag.to_le_bytes());
        if tag == 9 {
            bytes.extend(0u32.to_le_bytes());
        }
        bytes.extend(size.to_le_bytes());
        let endless = BufReader::new(bytes.as_slice().chain(std::io::repeat(0)));
        let message = inspect_reader(endless, claimed).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    assert_small();
}

#[test]
fn many_long_strings_are_refused() {
    const SIZE: u64 = 1 << 20;
    let mut head = b"GGUF\x03\0\0\0".to_vec();
    head.extend([0u64, 5].map(u64::to_le_bytes).concat());
    let mut file: Box<dyn Read> = Box::new(Cursor::new(head));
    for key in *b"abcde" {
        let mut entry = 1u64.to_le_bytes().to_vec();
        entry.push(key);
        entry.extend(8u32.to_le_bytes());
        entry.extend(SIZE.to_le_bytes());
        file = Box::new(file.chain(Cursor::new(entry)).chain(std::io::repeat(b'a').take(SIZE)));
    }
    let message = inspect_reader(BufReader::new(file), 1 << 40).unwrap_err().to_string();
    assert!(message.contains("the text of all keys and values"), "{message}");
    assert_small();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_bytes_are_refused(tail in prop::collection::vec(any::<u8>(), 0..400), valid_head: bool) {
        let mut bytes = if valid_head { b"GGUF\x03\0\0\0".to_vec() } else { Vec::new() };
        bytes.extend(tail);
        prop_assert!(inspect_reader(bytes.as_slice(), bytes.len() as u64).is_err());
    }

    #[test]
    fn random_changes_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        claimed in prop_oneof![Just(None), any::<u64>().prop_map(Some)],
    ) {
        let mut bytes = File::valid().bytes();
        let length = claimed.unwrap_or(bytes.len() as u64);
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = inspect_reader(bytes.as_slice(), length);
        assert_small();
    }

    #[test]
    fn random_words_in_place_of_counts_never_panic(
        at in any::<prop::sample::Index>(),
        word in prop_oneof![Just(u64::MAX), Just(1 << 63), Just(1 << 40), 0u64..300, any::<u64>()],
    ) {
        let mut bytes = File::valid().bytes();
        let at = at.index(bytes.len() - 8);
        bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
        let _ = inspect_reader(bytes.as_slice(), bytes.len() as u64);
        assert_small();
    }
}
