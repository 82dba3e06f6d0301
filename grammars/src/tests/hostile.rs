//! Texts made to do harm: the whole of each is given up in time, and what is made of a part that does parse costs in
//! proportion to its length.

use crate::outline::outline_within;
use crate::parse::worked;
use crate::{Language, identifiers, names, outline_of, parse_str, syntax_errors};
use std::time::{Duration, Instant};

/// How long the whole texts may parse: much shorter than they take.
const LIMIT: Duration = Duration::from_millis(5);
/// The most that anything here may take of this thread's time.
const MOST: Duration = Duration::from_secs(1);
/// A part of a text parses well within this.
const PART: usize = 8_000;
const PART_LIMIT: Duration = Duration::from_secs(5);

/// By what this thread has worked, where the system tells; other programs do not count then.
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let (before, started) = (worked(), Instant::now());
    let done = work();
    let spent = worked().zip(before).map(|(now, before)| now.saturating_sub(before));
    (spent.unwrap_or_else(|| started.elapsed()), done)
}

/// Bytes of a fixed sequence, as text.
fn noise(length: usize) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    let bytes: Vec<u8> = (0..length).map(|_| next()).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn texts() -> Vec<(&'static str, String)> {
    let object: String =
        (0..60_000).fold("const x = {".to_owned(), |text, i| text + &format!("k{i}: [1, 2],"));
    vec![
        ("unclosed parentheses", "(".repeat(200_000)),
        ("half items", "fn a(){ x[".repeat(50_000)),
        ("noise", noise(500_000)),
        ("one line", object + "};"),
        ("nested modules", "mod a { ".repeat(40_000)),
        ("nested classes", "class A { m = ".repeat(40_000)),
        ("nested brackets", "[".repeat(100_000) + &"]".repeat(100_000)),
        ("nested blocks", (0..1_000).map(|depth| format!("{}class A:\n", " ".repeat(depth))).collect()),
        ("nested elements", "<a>".repeat(100_000)),
        ("nested impls", "impl A for B { ".repeat(40_000)),
        ("errors side by side", ") fn ( ".repeat(80_000)),
        ("one long name", "fn ".to_owned() + &"a".repeat(500_000) + "() {}"),
        ("elements that never end", "x = <a b>".repeat(60_000)),
        ("apostrophes", "x = 'a".repeat(80_000)),
        ("comment ends", "*/\nfn a() {}\n".repeat(30_000)),
        ("comments", "//\n".repeat(150_000)),
        ("templates", "`${".repeat(100_000)),
        ("empty", String::new()),
    ]
}

#[test]
fn hostile_files_take_no_longer_than_the_limit() {
    let mut unparsed = Vec::new();
    for (name, source) in &texts() {
        for language in Language::ALL {
            let part = &source[..source.floor_char_boundary(PART.min(source.len()))];
            let middle = part.floor_char_boundary(part.len() / 2);
            let (given_up, _) = timed(|| parse_str(language, source, LIMIT));
            let (read, _) = timed(|| identifiers(source).count());
            let (outlined, found) = timed(|| outline_within(language, source, LIMIT).definitions);
            assert!(found.iter().all(|found| !found.name.is_empty()));
            let tree = parse_str(language, part, PART_LIMIT);
            let (walked, found) = timed(|| {
                let tree = tree.as_ref()?;
                syntax_errors(tree);
                let names = names(language, tree, part);
                names.map(|names| (0..8).filter_map(|more| names.local_at(part, middle + more)).count());
                Some(outline_of(language, tree, part).definitions)
            });
            let told = format!(
                "{name}, {language:?}: given up after {given_up:?}, names read in {read:?}, outlined in \
                 {outlined:?}; a part walked in {walked:?}"
            );
            assert!([given_up, read, outlined, walked].into_iter().all(|time| time < MOST), "{told}");
            assert!(found.iter().flatten().all(|found| !found.name.is_empty()));
            unparsed.extend(tree.is_none().then(|| format!("{name}, {language:?}")));
        }
    }
    assert_eq!(unparsed, [""; 0], "a walk over no tree shows nothing");
}
