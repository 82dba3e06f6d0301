//! A model's file: as long as it is, and as if it went on for a tebibyte, where every length in it looks plausible. There the
//! reader ends after a mebibyte of zeros, so that a run is short.
#![no_main]

mod bounded;

use std::io::{BufReader, Read};

#[global_allocator]
static BOUNDED: bounded::Bounded = bounded::Bounded;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    match trust_gguf::inspect_reader(bytes, bytes.len() as u64) {
        Ok(facts) => {
            assert!(facts.size_bytes == bytes.len() as u64 && facts.vocabulary > 0);
            let _ = (facts.kv_bytes_per_token(), facts.kv_bytes_at_most());
        }
        Err(error) => {
            let said = error.to_string();
            assert!(!said.is_empty() && said.len() < 2_000, "{} bytes of an error", said.len());
        }
    }
    let endless = BufReader::new(bytes.chain(std::io::repeat(0).take(1 << 20)));
    let _ = trust_gguf::inspect_reader(endless, 1 << 40);
});
