//! What is found and what is not, in single cases, in a small run of the made corpus, and while somebody types. No
//! secret stands here: they are drawn when the test runs.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "tests may fail")]

#[path = "../examples/secrets/made.rs"]
#[allow(dead_code, reason = "the measuring program uses the rest")]
mod made;
#[path = "../examples/secrets/measure.rs"]
#[allow(dead_code, reason = "the measuring program uses the rest")]
mod measure;

use fastrand::Rng;
use trust_redact::{Detector, Remembered, RuleError, Rules, holds_mask};

fn detector() -> Detector {
    Detector::new(Rules::default())
}

#[test]
fn recall_and_false_positives_are_within_what_is_asked() {
    let scores = measure::measure(7, 500);
    assert!(scores.recall() >= 0.95, "{} of {}: {:#?}", scores.found, scores.positives, scores.wrong);
    assert!(
        scores.false_rate() <= 0.01,
        "{} of {}: {:#?}",
        scores.false_positives,
        scores.negatives,
        scores.wrong
    );
}

/// `‹…›` is drawn here: so many characters, of letters and digits.
#[test]
fn what_stands_around_a_value_decides() {
    let cases = [
        ("let api_key = \"‹32›\";", true),
        ("let name = \"‹32›\";", false),
        ("let token = parse(‹32›);", false),
        ("token: &'static str = \"‹24›\"", true),
        ("{\\\"client_secret\\\": \\\"‹24›\\\"}", true),
        ("API_TOKEN=‹24›", true),
        ("password_hash = \"‹32›\"", false),
        ("public_api_key = \"‹32›\"", false),
        ("secrets = [\"‹32›\"]", false),
        ("if token == \"‹32›\" {", true),
        ("https://user:‹12›@host/x", true),
        ("https://host/x:‹12›@y", false),
        ("Authorization: Bearer ‹40›", true),
        ("forbearer ‹40›", false),
        ("ghp_‹36›", false),
        ("AKIA‹3›", false),
    ];
    let mut rng = Rng::with_seed(3);
    for (pattern, expected) in cases {
        let (before, rest) = pattern.split_once('‹').unwrap();
        let (length, after) = rest.split_once('›').unwrap();
        let alphabet = b"ABCDEFGHKLMNPQRSTUVWXYZabcdefghkmnpqrstuvwxyz23456789";
        let value: String =
            (0..length.parse().unwrap()).map(|_| char::from(alphabet[rng.usize(..alphabet.len())])).collect();
        let text = format!("{before}{value}{after}");
        let found = detector().find(&text);
        assert_eq!(!found.is_empty(), expected, "{pattern}: {found:?}");
        let masked = detector().redact(&text).into_owned();
        assert_eq!(
            (masked.len(), masked.contains(&value), holds_mask(&masked)),
            (text.len(), !expected, expected)
        );
    }
}

/// Letters and digits, drawn.
fn drawn(rng: &mut Rng, length: usize) -> String {
    let alphabet = b"ABCDEFGHKLMNPQRSTUVWXYZabcdefghkmnpqrstuvwxyz23456789";
    (0..length).map(|_| char::from(alphabet[rng.usize(..alphabet.len())])).collect()
}

#[test]
fn a_name_is_seen_whatever_it_is_a_part_of() {
    let mut rng = Rng::with_seed(11);
    let cases = [
        // The end of the start of a token's form is the beginning of a name.
        ("backendApiKey", true),
        ("cloudApiKey", true),
        ("androidApiKey", true),
        ("CLOUDAPI_KEY", true),
        ("cloudapi-key", true),
        ("berlin_api_key", true),
        ("DUBLIN_API_KEY", true),
        // Words that begin or end like one that says it is no secret.
        ("latestToken", true),
        ("attestation_token", true),
        ("getAgentToken", true),
        ("HASHICORP_TOKEN", true),
        ("republicSecret", true),
        ("id_token", true),
        // And those that say it.
        ("testToken", false),
        ("TEST_TOKENS", false),
        ("test2_token", false),
        ("passwordHash", false),
        ("passwordhash", false),
        ("token-sha256", false),
        ("publicApiKey", false),
        ("publicapikey", false),
        ("hashed_password", false),
        ("tokenizer", false),
        ("access_key_id", false),
        ("TOKEN_URL", false),
    ];
    for (name, expected) in cases {
        let text = format!("{name} = \"{}\"\n", drawn(&mut rng, 32));
        assert_eq!(!detector().find(&text).is_empty(), expected, "{text}");
    }
}

#[test]
fn a_checksum_decides_between_two_tokens() {
    let mut rng = Rng::with_seed(5);
    for start in ["ghp_", "ghs_", "npm_"] {
        let token = made::summed(&mut rng);
        let (random, sum) = token.split_at(30);
        let other: String = sum.chars().rev().collect();
        assert_eq!(detector().find(&format!("see {start}{token}.")).len(), 1);
        assert!(other == sum || detector().find(&format!("see {start}{random}{other}.")).is_empty());
        assert!(detector().find(&format!("see x{start}{token}")).is_empty(), "within a word");
    }
}

#[test]
fn key_by_key_the_same_is_found_as_at_once() {
    let detector = detector();
    for seed in 0..40 {
        let mut rng = Rng::with_seed(seed);
        let mut text = String::from("fn main() {\n}\n");
        let mut remembered = Remembered::default();
        for _ in 0..60 {
            let at = text.floor_char_boundary(rng.usize(..=text.len()));
            match rng.u8(..6) {
                0 => text.insert_str(at, &made::positive(&mut rng).text),
                1 => text.insert_str(at, &made::negative(&mut rng).text),
                2 => text.insert(at, if rng.bool() { '\n' } else { 'é' }),
                3 => text.insert_str(at, "token = \""),
                _ => {
                    let end = text.floor_char_boundary((at + rng.usize(..40)).min(text.len()));
                    text.replace_range(at..end.max(at), "");
                }
            }
            assert_eq!(remembered.find(&detector, &text), detector.find(&text), "seed {seed}: {text}");
        }
    }
}

#[test]
fn whatever_the_text_nothing_breaks() {
    let pieces = [
        "token",
        "=",
        "\"",
        "'",
        "://",
        ":",
        "@",
        "eyJ",
        "-----BEGIN ",
        "PRIVATE KEY-----",
        "\\",
        "é",
        "\n",
        " ",
        "ghp_",
        "a1B2",
        "Bearer ",
        "<",
        "\u{0}",
    ];
    for seed in 0..3_000 {
        let mut rng = Rng::with_seed(seed);
        let text: String = (0..rng.usize(..40)).map(|_| pieces[rng.usize(..pieces.len())]).collect();
        let masked = detector().redact(&text).into_owned();
        assert_eq!((masked.len(), masked.matches('\n').count()), (text.len(), text.matches('\n').count()));
    }
}

#[test]
fn a_long_line_takes_no_longer_than_many_short_ones() {
    // Each sign is looked at for so many bytes only.
    for piece in
        ["token=", "token = \"", "://a:b", "eyJ", "-----BEGIN PRIVATE KEY-----", "password: ", "Basic "]
    {
        let text = piece.repeat(40_000);
        let start = std::time::Instant::now();
        detector().find(&text);
        assert!(start.elapsed().as_secs() < 20, "{piece}");
    }
}

const RULES: &str = r#"
title = "ours"
[[rules]]
id = "house-token"
description = "A token of the house"
regex = '''(?i)\b(house_[a-z0-9]{12})\b'''
keywords = ["HOUSE_"]
entropy = 2.5
[[rules.allowlists]]
stopwords = ["sample"]
[[rules]]
id = "badge"
regex = '''badge (no|number) (\d{6})'''
secretGroup = 2
[[rules]]
id = "by-path"
path = '''\.pem$'''
[allowlist]
regexes = ['''^house_0''']
"#;

#[test]
fn rules_of_the_shape_of_gitleaks_are_heard() {
    let detector = Detector::new(Rules::parse(RULES).unwrap());
    let cases = [
        (
            "x = house_q7rz2mk9vx4b;",
            "x = <****************>;".replace("<****************>", &format!("<{}>", "*".repeat(16))),
        ),
        ("x = house_000000000000;", "x = house_000000000000;".into()),
        ("x = house_aaaaaaaaaaaa;", "x = house_aaaaaaaaaaaa;".into()),
        ("x = house_sample72mk9v;", "x = house_sample72mk9v;".into()),
        ("badge number 482910", "badge number <****>".into()),
    ];
    for (text, expected) in cases {
        assert_eq!(detector.redact(text), expected, "{text}");
    }
    assert_ne!(detector.fingerprint(), self::detector().fingerprint());
}

#[test]
fn rules_that_are_wrong_are_told_by_their_name() {
    let cases = [
        ("[[rules]\n", "are no TOML"),
        ("[[rules]]\nid = \"a\"\n", "rule a: has no regex"),
        ("[[rules]]\nregex = '('\n", "rule number 1: its regex is none"),
        (
            "[[rules]]\nid = \"a\"\nregex = 'x'\nsecretGroup = 1\n",
            "rule a: its regex has no such secretGroup",
        ),
        ("[[rules]]\nid = \"a\"\nregex = '(a{1000}){1000}'\n", "rule a: its regex is none, or too large"),
        ("[allowlist]\nregexes = ['(']\n", "rule allowlist: what it allows is no regex"),
    ];
    for (text, expected) in cases {
        let told = match Rules::parse(text) {
            Ok(rules) => rules.wrong()[0].to_string(),
            Err(error) => error.to_string(),
        };
        assert!(told.contains(expected), "{text}: {told}");
    }
    assert!(matches!(Rules::parse(&"[[rules]]\nregex='x'\n".repeat(1_001)), Err(RuleError::TooMany)));
    // The others count.
    let rules = format!("[[rules]]\nid = \"a\"\nregex = '('\n{RULES}");
    assert_eq!(
        Detector::new(Rules::parse(&rules).unwrap()).redact("badge number 482910"),
        "badge number <****>"
    );
}

/// `@` is an assignment whose value is found.
#[test]
fn what_is_allowed_is_held_against_the_secret_the_match_or_the_line() {
    let lists = [
        ("regexes = ['^q7rz']", "let @;", false),
        ("regexes = ['^badge']", "let @;", true),
        ("regexTarget = 'match'\nregexes = ['^badge']", "let @;", false),
        ("regexTarget = 'match'\nregexes = ['^let']", "let @;", true),
        ("regexTarget = 'line'\nregexes = ['^let']", "x\nlet @;\ny", false),
        ("regexTarget = 'line'\nregexes = ['^[xy]']", "x\nlet @;\ny", true),
        ("regexTarget = 'page'\nregexes = ['.']", "let @;", true),
        ("regexes = ['^q7']\nstopwords = ['nothing']", "let @;", false),
        ("condition = 'AND'\nregexes = ['^q7']\nstopwords = ['nothing']", "let @;", true),
        ("condition = 'AND'\nregexes = ['^q7']\nstopwords = ['MK9']", "let @;", false),
        ("condition = 'AND'\nregexes = ['^q7']\npaths = ['.']", "let @;", true),
        ("regexes = ['^q7']\npaths = ['.']", "let @;", false),
        ("paths = ['.']", "let @;", true),
        ("condition = 'AND'", "let @;", true),
        ("regexes = ['^${\\w+}$']", "let @;", true),
    ];
    let rule = "[[rules]]\nid = 'badge'\nregex = 'badge=(\\w{12})'\n";
    for (list, text, found) in lists {
        let text = text.replace('@', "badge=q7rz2mk9vx4b");
        let own = format!("{rule}[[rules.allowlists]]\n{list}\n");
        let of_all = format!("[[allowlists]]\n{list}\n{rule}");
        let named = format!("[[allowlists]]\ntargetRules = ['badge']\n{list}\n{rule}");
        let of_another = format!("[[allowlists]]\ntargetRules = ['other']\n{list}\n{rule}");
        for (rules, found) in [(own, found), (of_all, found), (named, found), (of_another, true)] {
            let told = Detector::new(Rules::parse(&rules).unwrap()).redact(&text);
            assert_eq!(told != text, found, "{rules}{told}");
        }
    }
}
