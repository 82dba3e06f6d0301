//! A text as it stands in its document once it is inserted, and what its names mean there.

use crate::site::typed_word;
use std::ops::Range;
use std::time::Duration;
use trust_grammars::{Language, Name, Names, Resolver, Role, names, parse_passing};
use trust_text::Text;

/// How long parsing the document may take.
const TIME_LIMIT: Duration = Duration::from_millis(60);

/// A document with a text in it.
pub(crate) struct Inserted {
    whole: String,
    pub(crate) names: Names,
    /// Where the text begins.
    pub(crate) start: usize,
    /// The text, and the word that it goes on with.
    range: Range<usize>,
}

impl Inserted {
    /// `added` at `offset` of `text`. `None` where its language has no scopes, parsing takes too long or `stop` says so.
    pub(crate) fn parse(
        language: Language,
        text: &Text,
        offset: usize,
        added: &str,
        stop: &dyn Fn() -> bool,
    ) -> Option<Self> {
        let (before, after) = (text.slice(0..offset), text.slice(offset..text.len()));
        let whole = format!("{before}{added}{after}");
        let tree = parse_passing(language, &whole, TIME_LIMIT, stop)?;
        let names = names(language, &tree, &whole)?;
        let start = before.len();
        let range = start - typed_word(&before).len()..start + added.len();
        Some(Self { whole, names, start, range })
    }

    pub(crate) fn resolver(&self) -> Resolver<'_> {
        self.names.resolver(&self.whole)
    }

    /// What stands before the text.
    pub(crate) fn before(&self) -> &str {
        self.whole.get(..self.start).unwrap_or_default()
    }

    pub(crate) fn holds(&self, name: &Name) -> bool {
        self.range.start <= name.range.start && name.range.end <= self.range.end
    }

    /// The names in the text that nothing declares where they stand.
    pub(crate) fn free<'a>(&'a self, resolver: &Resolver<'_>) -> impl Iterator<Item = &'a Name> {
        let inside = self.names.names.iter().filter(move |name| self.holds(name));
        inside.filter(move |name| name.role == Role::Refers && resolver.binding(name).is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_a_text_are_free_where_nothing_declares_them() {
        let rust = "fn a(first: u8) {\n    |\n}\n";
        let cases = [
            (Language::Rust, rust, "first + second + third.fourth;", Some(vec!["second", "third"])),
            (Language::Rust, rust, "let own = 1; own", Some(vec![])),
            // The word that it goes on with is one with it.
            (Language::Rust, "fn a(first: u8) {\n    sec|\n}\n", "ond;", Some(vec!["second"])),
            (
                Language::Rust,
                "fn a() {\n    before();\n    |\n    behind();\n}\n",
                "here();",
                Some(vec!["here"]),
            ),
            (Language::Python, "def a(first):\n    return |\n", "first + größe", Some(vec!["größe"])),
            (Language::Rust, rust, "", Some(vec![])),
            (Language::Rust, rust, "}}} fn \"'", None),
        ];
        for (language, marked, added, expected) in cases {
            let (before, after) = marked.split_once('|').unwrap();
            let text = Text::new(&format!("{before}{after}"));
            let found = Inserted::parse(language, &text, before.len(), added, &|| false).unwrap();
            let resolver = found.resolver();
            let free: Vec<&str> = found.free(&resolver).map(|name| resolver.text(name)).collect();
            assert_eq!(found.before(), before);
            // What does not parse may have some names or others.
            assert!(expected.is_none_or(|expected| expected == free), "{marked:?} {added:?}: {free:?}");
        }
    }

    #[test]
    fn nothing_is_looked_for_where_nobody_waits() {
        let text = Text::new(&"fn nobody_waits_for_this() { call(1); }\n".repeat(2_000));
        assert!(Inserted::parse(Language::Rust, &text, 0, "x", &|| true).is_none());
    }
}
