//! Which brackets are open at the end of a text. Brackets in strings do not count, as far as a line tells.

/// The longest beginning of `text` that closes, besides its own brackets, only those that are open at the
/// end of `before`. Where none is known to be open, anything may be closed: `before` may begin inside one.
pub(crate) fn closing_only_open<'a>(before: &str, text: &'a str) -> &'a str {
    let mut brackets = Brackets::after(before);
    brackets.string = None;
    let wrong = text.char_indices().find(|(_, c)| brackets.feed(*c) == Fit::Wrong);
    &text[..wrong.map_or(text.len(), |(index, _)| index)]
}

/// The closing signs of `text` for which it opened nothing, with their places.
pub(crate) fn unopened(text: &str) -> Vec<(usize, char)> {
    let mut brackets = Brackets::default();
    let mut found = Vec::new();
    for (index, c) in text.char_indices() {
        let outside = brackets.awaited.is_empty() && brackets.string.is_none();
        brackets.feed(c);
        if outside && matches!(c, ')' | ']' | '}') {
            found.push((index, c));
        }
    }
    found
}

/// The signs that close what `text` opens, innermost first.
pub(crate) fn closing(text: &str) -> String {
    Brackets::after(text).awaited.into_iter().rev().collect()
}

#[derive(Default)]
struct Brackets {
    /// The closing signs that are still to come, innermost last.
    awaited: Vec<char>,
    /// The quotation mark that ends the string we are in.
    string: Option<char>,
    escaped: bool,
}

#[derive(PartialEq, Eq)]
enum Fit {
    Fine,
    /// A closing sign, while another one is awaited.
    Wrong,
}

impl Brackets {
    fn after(text: &str) -> Self {
        let mut brackets = Self::default();
        for c in text.chars() {
            brackets.feed(c);
        }
        brackets
    }

    fn feed(&mut self, c: char) -> Fit {
        let escaped = std::mem::take(&mut self.escaped);
        if let Some(quote) = self.string {
            self.escaped = c == '\\' && !escaped;
            if c == '\n' || (c == quote && !escaped) {
                self.string = None;
            }
            return Fit::Fine;
        }
        match c {
            '"' | '`' => self.string = Some(c),
            '(' => self.awaited.push(')'),
            '[' => self.awaited.push(']'),
            '{' => self.awaited.push('}'),
            ')' | ']' | '}' => match self.awaited.last() {
                Some(&awaited) if awaited != c => return Fit::Wrong,
                _ => drop(self.awaited.pop()),
            },
            _ => {}
        }
        Fit::Fine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_open_brackets_are_closed() {
        let cases = [
            // (before, text, kept)
            ("f(a, ", "b)", "b)"),
            ("fn f() {\n    a + ", "b) + (", "b"),
            ("fn f() {\n    a + ", "b;\n}", "b;\n}"),
            ("f(\"(\", ", "g(x), [1])", "g(x), [1])"),
            ("{ f(\"\\\"(\", ", "b))", "b)"),
            ("{ f(a[", "0])}", "0])}"),
            ("{ f(a[", "0))", "0"),
            // A window that begins inside a bracket says nothing of it.
            ("b, ", "c)", "c)"),
            ("", ")", ")"),
        ];
        for (before, text, kept) in cases {
            assert_eq!(closing_only_open(before, text), kept, "{before:?} {text:?}");
        }
    }

    #[test]
    fn what_is_closed_and_was_not_opened() {
        let cases: [(&str, &[(usize, char)]); 5] = [
            ("a)", &[(1, ')')]),
            ("f(a)].b(c))", &[(4, ']'), (10, ')')]),
            ("f(a[0])", &[]),
            ("\")\"}", &[(3, '}')]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(unopened(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_closes() {
        let cases = [("if a {", "}"), ("f(a[", "])"), ("f(\"{\")", ""), ("a)", ""), ("", "")];
        for (text, expected) in cases {
            assert_eq!(closing(text), expected, "{text:?}");
        }
    }
}
