//! What the model cites, looked at as it writes: a number or a place that does not exist is taken out before anybody reads
//! it. Words are held back until they end; the first of a text, which somebody waits for, from where it may cite something.

use super::Place;

/// The longest word that is held back, in bytes.
const LONGEST: usize = 256;
/// What a word has to hold to cite something.
const CITING: [char; 4] = ['[', '.', '/', ':'];

pub(super) struct Cited<'a> {
    /// How many sources are numbered.
    numbered: usize,
    exists: &'a dyn Fn(&Place) -> bool,
    held: String,
    /// Of the text's first word, what is shown already; none of a later word, which is held back from its beginning.
    ahead: Option<String>,
    /// Within brackets that began in an earlier word.
    inside: bool,
    /// The numbers and the places that were cited, in their order.
    pub numbers: Vec<usize>,
    pub places: Vec<Place>,
}

impl<'a> Cited<'a> {
    pub fn new(numbered: usize, exists: &'a dyn Fn(&Place) -> bool) -> Self {
        let (held, ahead) = (String::new(), Some(String::new()));
        Self { numbered, exists, held, ahead, inside: false, numbers: Vec::new(), places: Vec::new() }
    }

    /// Takes more of the text; gives what of it may be shown.
    pub fn push(&mut self, text: &str) -> String {
        let mut shown = String::new();
        for letter in text.chars() {
            if let Some(ahead) = &mut self.ahead
                && self.held.is_empty()
                && !letter.is_whitespace()
                && !CITING.contains(&letter)
            {
                ahead.push(letter);
                shown.push(letter);
                continue;
            }
            if !letter.is_whitespace() && self.held.len() < LONGEST {
                self.held.push(letter);
                continue;
            }
            shown.push_str(&self.flush());
            shown.push(letter);
        }
        shown
    }

    /// The end of the text; what follows is another.
    pub fn end(&mut self) -> String {
        let rest = self.flush();
        self.ahead = Some(String::new());
        rest
    }

    /// The end of a word.
    fn flush(&mut self) -> String {
        if self.held.is_empty() && self.ahead.as_deref() == Some("") {
            return String::new();
        }
        let (held, ahead) = (std::mem::take(&mut self.held), self.ahead.take().unwrap_or_default());
        let word = format!("{ahead}{held}");
        let core = word.trim_matches(|letter: char| "()`'\"*,.;!?<>".contains(letter));
        let place =
            Place::parse(core).filter(|place| place.path.contains(['.', '/']) && !core.contains("://"));
        match place {
            None => self.numbers_of(&held),
            Some(place) if (self.exists)(&place) => {
                if !self.places.contains(&place) {
                    self.places.push(place);
                }
                held
            }
            Some(_) => {
                // What is shown of it already is a beginning that cites nothing.
                let begun = ahead.trim_start_matches(|letter: char| !core.starts_with(letter)).len();
                let gap = if begun > 0 { " " } else { "" };
                held.replacen(&core[begun..], &format!("{gap}(no such place)"), 1)
            }
        }
    }

    /// The word without the numbers in brackets that number nothing.
    fn numbers_of(&mut self, word: &str) -> String {
        let mut shown = String::new();
        let mut rest = word;
        while let Some(letter) = rest.chars().next() {
            let opens = letter == '[';
            let begin = usize::from(opens);
            let digits = rest[begin..].bytes().take_while(u8::is_ascii_digit).count();
            let end = rest.as_bytes().get(begin + digits).copied();
            if digits == 0 || !(opens || self.inside) || !matches!(end, Some(b']' | b',')) {
                self.inside &= letter != ']';
                shown.push(letter);
                rest = &rest[letter.len_utf8()..];
                continue;
            }
            let number = rest[begin..begin + digits].parse().unwrap_or(0);
            let (known, closes) = ((1..=self.numbered).contains(&number), end == Some(b']'));
            if known && !self.numbers.contains(&number) {
                self.numbers.push(number);
            }
            // Brackets around an unknown number alone go with it.
            let alone = opens && closes && !known;
            if !alone {
                shown.push_str(if opens { "[" } else { "" });
                shown.push_str(if known { &rest[begin..begin + digits] } else { "" });
                shown.push_str(if closes { "]" } else { "" });
            }
            rest = &rest[begin + digits + usize::from(closes)..];
            self.inside = !closes;
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_exist_is_not_cited() {
        let exists = |place: &Place| place.path == "src/a.rs" && place.end <= 9;
        let cases: [(&str, &str, &[usize], usize); 9] = [
            ("It is so [1][2].", "It is so [1][2].", &[1, 2], 0),
            ("It is so [3]. And [0]", "It is so . And ", &[], 0),
            ("see [1, 7] and a[i] or x[10]", "see [1, ] and a[i] or x", &[1], 0),
            ("in `src/a.rs:3`, or src/a.rs:8-9.", "in `src/a.rs:3`, or src/a.rs:8-9.", &[], 2),
            ("in src/a.rs:10 and b.rs:1", "in (no such place) and (no such place)", &[], 0),
            ("at 12:30 http://host:80 std::fs:1", "at 12:30 http://host:80 std::fs:1", &[], 0),
            ("[x] ](1, 2)", "[x] ](1, 2)", &[], 0),
            ("ü[2]ü", "ü[2]ü", &[2], 0),
            ("", "", &[], 0),
        ];
        for (text, expected, numbers, places) in cases {
            for step in [1, 3, 999] {
                let mut cited = Cited::new(2, &exists);
                let letters: Vec<char> = text.chars().collect();
                let parts = letters.chunks(step).map(|part| part.iter().collect::<String>());
                let mut shown: String = parts.map(|part| cited.push(&part)).collect();
                shown.push_str(&cited.end());
                assert_eq!(shown, expected, "{text} by {step}");
                assert_eq!((cited.numbers.as_slice(), cited.places.len()), (numbers, places), "{text}");
            }
        }
        // The first word, as far as it cites nothing, is there at once, and so is what comes before a later one.
        let cases: [(&[&str], &[&str], &str); 8] = [
            (&[" ", "It", "\n"], &[" ", "It", "\n"], ""),
            (&["It", " is", " [1"], &["It", " ", "is "], "[1"),
            (&["`src", "/a.rs:3", "`"], &["`src", "", ""], "/a.rs:3`"),
            (&["src", "/a.rs:10", ","], &["src", "", ""], " (no such place),"),
            (&["`b", ".rs:1"], &["`b", ""], " (no such place)"),
            (&["`", "`b.rs:1"], &["`", "`b"], " (no such place)"),
            (&["(", "/b.rs:1)"], &["(", ""], "(no such place))"),
            (&["a", "[3]", "b"], &["a", "", ""], "b"),
        ];
        for (parts, expected, rest) in cases {
            let mut cited = Cited::new(2, &exists);
            let shown: Vec<String> = parts.iter().map(|part| cited.push(part)).collect();
            assert_eq!(
                (shown, cited.end()),
                (expected.iter().map(|part| (*part).to_owned()).collect(), rest.to_owned()),
                "{parts:?}"
            );
        }
        let long = "a".repeat(4 * LONGEST);
        let mut cited = Cited::new(0, &exists);
        assert_eq!(cited.push(&long) + &cited.end(), long);
    }
}
