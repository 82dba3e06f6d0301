//! Signatures as callers see them: what they have to give, and what they get.

use trust_changes::SymbolChange;

/// Whether callers have to say more, or less, than before.
pub(super) fn needs_more(symbol: &SymbolChange) -> bool {
    let required = |signature: &Option<String>| -> Option<usize> {
        let (inside, _) = parts_of(&symbol.name, signature.as_ref()?)?;
        let (mut nesting, mut parts) = (Nesting::default(), vec![String::new()]);
        for c in inside.chars() {
            let depth = nesting.turn(c);
            match parts.last_mut() {
                _ if c == ',' && depth == 0 => parts.push(String::new()),
                Some(part) => part.push(c),
                None => {}
            }
        }
        let counts = |part: &&String| {
            !part.trim().is_empty()
                && !part.contains('=')
                && !part.contains('?')
                && !part.trim().starts_with('*')
        };
        Some(parts.iter().filter(counts).count())
    };
    let (old, new) = (required(&symbol.old_signature), required(&symbol.new_signature));
    // What cannot be told is not said.
    old.zip(new).is_some_and(|(old, new)| old != new)
}

/// Whether it says to give something else than before. What said nothing is judged in Rust only, where that says something.
pub(super) fn gives_else(symbol: &SymbolChange) -> bool {
    let given = |signature: &Option<String>| -> Option<String> {
        let (_, rest) = parts_of(&symbol.name, signature.as_ref()?)?;
        let rest = rest.split(" where ").next().unwrap_or_default();
        let rest: String = rest.chars().filter(|c| !c.is_whitespace() && !matches!(c, '{' | ';')).collect();
        Some(rest.trim_end_matches(':').to_owned())
    };
    let is_rust = || symbol.new_signature.iter().any(|text| text.split_whitespace().any(|word| word == "fn"));
    let (old, new) = (given(&symbol.old_signature), given(&symbol.new_signature));
    old != new && old.is_some_and(|old| !old.is_empty() || is_rust())
}

/// The parameters of a signature, and what stands behind them.
pub(super) fn parts_of<'a>(name: &str, signature: &'a str) -> Option<(&'a str, &'a str)> {
    let signature = signature.get(signature.find(name)? + name.len()..)?;
    let (mut nesting, mut open) = (Nesting::default(), None);
    for (at, c) in signature.char_indices() {
        let outside = nesting.depth() == 0 && nesting.quote.is_none();
        let depth = nesting.turn(c);
        if c == '(' && outside && open.is_none() {
            open = Some(at + 1);
        }
        if let Some(open) = open.filter(|_| c == ')' && depth == 0) {
            return Some((signature.get(open..at)?, signature.get(at + 1..)?));
        }
    }
    None
}

/// How deep in brackets, and whether in a quoted text, one is in a signature.
#[derive(Default)]
pub(super) struct Nesting {
    open: Vec<char>,
    quote: Option<char>,
    /// The character before, and the last one that was no blank.
    before: char,
    word: char,
}

impl Nesting {
    fn depth(&self) -> usize {
        self.open.len()
    }

    /// Goes on by a character; how deep one is behind it, and nowhere near the top within a quoted text.
    pub fn turn(&mut self, c: char) -> usize {
        match (self.quote, c) {
            (Some(quote), _) => self.quote = Some(quote).filter(|_| c != quote || self.before == '\\'),
            // A single one begins a lifetime, too.
            (None, '"' | '`') => self.quote = Some(c),
            (None, '\'') if self.word == '=' => self.quote = Some(c),
            (None, '(' | '[' | '{' | '<') => self.open.push(c),
            // What was less than something opened nothing.
            (None, ')' | ']' | '}') => while self.open.pop() == Some('<') {},
            // An arrow closes nothing.
            (None, '>') if !matches!(self.before, '-' | '=') => {
                self.open.pop_if(|open| *open == '<');
            }
            _ => {}
        }
        self.before = c;
        self.word = if c.is_whitespace() { self.word } else { c };
        if self.quote.is_some() { usize::MAX } else { self.depth() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameters_of_a_signature_are_told_from_what_is_quoted_in_them() {
        let cases = [
            ("def compare(a):", Some(("a", ":"))),
            ("def compare(a, op=\">\") -> bool:", Some(("a, op=\">\"", " -> bool:"))),
            ("def compare(a, op=')'):", Some(("a, op=')'", ":"))),
            (
                "fn compare<'a>(a: &'a str, f: impl Fn(u8) -> u8) -> &'a str",
                Some(("a: &'a str, f: impl Fn(u8) -> u8", " -> &'a str")),
            ),
            ("compare(a: Map<string, () => void>): void", Some(("a: Map<string, () => void>", ": void"))),
            ("fn compare(a", None),
            ("fn other()", None),
        ];
        for (signature, expected) in cases {
            assert_eq!(parts_of("compare", signature), expected, "{signature}");
        }
    }
}
