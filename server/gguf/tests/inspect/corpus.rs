//! What fuzzing found worth keeping (`cargo xtask fuzz gguf`), read again: no panic, no large allocation, no long look, and
//! of every file an answer or words that say what is wrong.
#![allow(clippy::disallowed_methods, reason = "tests read fixtures")]

use crate::hostile::assert_small;
use std::io::{BufReader, Read};
use std::path::Path;
use std::time::{Duration, Instant};
use trust_gguf::inspect_reader;

#[test]
fn every_kept_file_is_accepted_or_refused_in_words() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/fuzz/gguf");
    let (mut sound, mut refused, mut size) = (0, 0, 0);
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        size += bytes.len();
        let began = Instant::now();
        match inspect_reader(bytes.as_slice(), bytes.len() as u64) {
            Ok(facts) => {
                assert!(facts.vocabulary > 0 && facts.context_length > 0, "{}", path.display());
                sound += 1;
            }
            Err(error) => {
                let said = error.to_string();
                assert!((20..2000).contains(&said.len()), "{}: {said}", path.display());
                refused += 1;
            }
        }
        // As if it went on: every length that stands in it looks plausible then.
        let endless = BufReader::new(bytes.chain(std::io::repeat(0).take(1 << 20)));
        let _ = inspect_reader(endless, 1 << 40);
        assert!(began.elapsed() < Duration::from_secs(2), "{} took {:?}", path.display(), began.elapsed());
    }
    assert_small();
    assert!(sound >= 5 && refused >= 50, "{sound} sound, {refused} refused");
    assert!(size < 200 << 10, "the corpus takes {size} bytes");
}
