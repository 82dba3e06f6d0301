//! What fuzzing found worth keeping (`cargo xtask fuzz dialect`), read again.
#![allow(clippy::disallowed_methods, reason = "tests read fixtures")]

mod reads;

use std::path::Path;
use std::time::{Duration, Instant};

#[test]
fn every_kept_template_and_answer_is_read_soon_and_the_same_in_any_pieces() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/fuzz/dialect");
    let (mut count, mut size) = (0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let began = Instant::now();
        reads::read(&text);
        assert!(began.elapsed() < Duration::from_secs(10), "{} took {:?}", path.display(), began.elapsed());
        count += 1;
        size += text.len();
    }
    assert!(count >= 100 && size < 200 << 10, "{count} texts, {size} bytes");
}
