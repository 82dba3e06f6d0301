//! Looking for marks in a text that is still being written. White space between marks counts for nothing: models and
//! templates differ in it.

/// What became of a mark that was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Eaten {
    To(usize),
    /// The text ends before the mark does.
    Open,
    Not,
}

/// Takes `mark` at `at`.
pub(crate) fn eat(text: &str, at: usize, mark: &str) -> Eaten {
    let mut position = at;
    for wanted in mark.chars().filter(|character| !character.is_whitespace()) {
        let rest = &text[position..];
        let trimmed = rest.trim_start();
        position += rest.len() - trimmed.len();
        match trimmed.chars().next() {
            None => return Eaten::Open,
            Some(found) if found == wanted => position += found.len_utf8(),
            Some(_) => return Eaten::Not,
        }
    }
    // The white space that ends a mark is a part of it where it is there.
    for wanted in
        mark.chars().rev().take_while(|character| character.is_whitespace()).collect::<Vec<_>>().iter().rev()
    {
        if text[position..].starts_with(*wanted) {
            position += wanted.len_utf8();
        }
    }
    Eaten::To(position)
}

/// Where `mark` stands from `at` on, and where it ends.
pub(crate) fn find(text: &str, at: usize, mark: &str) -> Option<(usize, usize)> {
    let found = at + text.get(at..)?.find(mark)?;
    Some((found, found + mark.len()))
}

/// How many bytes at the end of `text` may be the beginning of one of `marks`.
pub(crate) fn held(text: &str, marks: &[&str]) -> usize {
    let overlap = |mark: &&str| {
        let starts = mark.char_indices().map(|(at, _)| at).skip(1).chain(std::iter::once(mark.len()));
        starts.filter(|&length| length < mark.len() && text.ends_with(&mark[..length])).max().unwrap_or(0)
    };
    marks.iter().map(overlap).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_whatever_the_white_space() {
        let cases = [
            ("<a>\n<b>x", "<a><b>", Eaten::To(7)),
            ("<a><b>\nx", "<a>\n<b>\n", Eaten::To(7)),
            ("  <a", "<a>", Eaten::Open),
            ("<c>", "<a>", Eaten::Not),
            ("x", "", Eaten::To(0)),
        ];
        for (text, mark, eaten) in cases {
            assert_eq!(eat(text, 0, mark), eaten, "{text:?} {mark:?}");
        }
        assert_eq!(held("hello <tool", &["<tool_call>"]), 5);
        assert_eq!(held("hello", &["<tool_call>"]), 0);
    }
}
