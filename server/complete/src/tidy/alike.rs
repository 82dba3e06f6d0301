//! Whether two texts say the same but for a slip.

/// At most so many characters of a hundred differ, by inserting, leaving out or exchanging (Levenshtein); and no number does,
/// since lines that count are alike and meant.
pub(super) fn alike(one: &str, other: &str, percent: usize) -> bool {
    if one == other {
        return true;
    }
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let most = a.len().max(b.len()) * percent / 100;
    most > 0 && a.len().abs_diff(b.len()) <= most && digits(one) == digits(other) && distance(&a, &b) <= most
}

fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (above, one) in a.iter().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], above + 1);
        for (at, other) in b.iter().enumerate() {
            let exchanged = corner + usize::from(one != other);
            corner = row[at + 1];
            row[at + 1] = exchanged.min(corner + 1).min(row[at] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        let cases =
            [("", "", 0), ("", "ab", 2), ("kitten", "sitting", 3), ("größe", "grösse", 2), ("abc", "acb", 2)];
        for (a, b, expected) in cases {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            assert_eq!(distance(&chars(a), &chars(b)), expected, "{a} {b}");
            assert_eq!(distance(&chars(b), &chars(a)), expected, "{b} {a}");
        }
    }

    #[test]
    fn a_slip_is_one_character_of_twenty() {
        let cases = [
            ("let total = sum(values);", "let total = sum(value);", true),
            ("let total = sum(values);", "let total = sum(other);", false),
            ("let total = sum(row, 1);", "let total = sum(row, 2);", false),
            ("let a = 1;", "let b = 1;", false),
            ("same", "same", true),
        ];
        for (a, b, expected) in cases {
            assert_eq!(alike(a, b, 5), expected, "{a} {b}");
        }
    }
}
