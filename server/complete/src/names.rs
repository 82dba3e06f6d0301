//! Which names of a text are known where it is to stand: in the file, the language, or the project. A name that the file has in
//! other scopes only is not, where scopes are known.

use crate::Query;
use crate::corpus::SAME_FILE;
use crate::inserted::Inserted;
use crate::lexer::{identifiers, is_word};
use crate::site::{Site, typed_word};
use std::cell::{OnceCell, RefCell};
use std::collections::HashSet;
use trust_grammars::{Language, Role};
use trust_index::Snapshot;

/// What a text's probability is worth for each name that nothing knows.
const DOUBT: f32 = 0.7;
/// More unknown names say no more.
const MOST: usize = 3;
/// Bytes of a file whose scopes are looked at.
const LARGEST: usize = 128 << 10;

/// Where names are looked up.
pub(crate) struct Names<'a> {
    query: &'a Query,
    index: &'a Snapshot,
    /// Those that stand near in the file, without the word at the cursor.
    here: OnceCell<HashSet<String>>,
    /// The texts whose names were looked for in scopes, and where those end in each that are seen from other scopes only, each
    /// once. They are few: the candidates for one place.
    strangers: RefCell<Vec<(String, Vec<usize>)>>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(query: &'a Query, index: &'a Snapshot) -> Self {
        Self { query, index, here: OnceCell::new(), strangers: RefCell::default() }
    }

    /// By what the probability of `text` is to be multiplied for the names in it that nobody knows.
    pub(crate) fn trust(&self, site: &Site, text: &str) -> f32 {
        DOUBT.powi(self.unknown(site, text) as i32)
    }

    /// How many names in `text` stand nowhere else: not in the file, nor in the project, nor among the language's words;
    /// as far as more of them say more.
    pub(crate) fn unknown(&self, site: &Site, text: &str) -> usize {
        let Some(language) = self.query.language else { return 0 };
        // The first word may be the rest of one that stands before the cursor.
        let whole = format!("{}{text}", site.typed_word());
        let code = without_text(&whole, language.line_comment());
        let here = self.here.get_or_init(|| self.near());
        let known = |name: &str| {
            here.contains(name) || language.keywords().contains(&name) || self.index.has_name(name)
        };
        let names: HashSet<&str> =
            identifiers(&code).map(|(_, name)| name).filter(|name| name.len() > 1).collect();
        let unknown = names.into_iter().filter(|name| !known(name)).take(MOST).count();
        (unknown + self.strangers_in(text)).min(MOST)
    }

    /// Looks for the names of `text` in scopes; its beginnings are not parsed again then.
    pub(crate) fn look_up(&self, text: &str) {
        self.strangers_in(text);
    }

    fn strangers_in(&self, text: &str) -> usize {
        // The rest of a word may be one letter; what names nothing is not worth a parse.
        let goes_on = text.bytes().next().is_some_and(is_word);
        if !goes_on && identifiers(text).all(|(_, name)| name.len() < 2) {
            return 0;
        }
        let mut known = self.strangers.borrow_mut();
        let same = known.iter().position(|(one, _)| one == text);
        let at = same.or_else(|| known.iter().rposition(|(one, _)| one.starts_with(text)));
        let at = at.unwrap_or_else(|| {
            known.push((text.to_owned(), self.strangers(text).unwrap_or_default()));
            known.len() - 1
        });
        known.get(at).map_or(0, |(_, ends)| ends.iter().filter(|end| **end <= text.len()).count())
    }

    /// Where names end in `text` that mean nothing at the cursor, though functions, blocks or types elsewhere in the file have
    /// variables of that name, and nothing else in file and project is called so.
    fn strangers(&self, text: &str) -> Option<Vec<usize>> {
        use Language::{JavaScript, Python, Rust, Tsx, TypeScript};
        let deep = |language: &Language| matches!(language, JavaScript | Python | Rust | Tsx | TypeScript);
        let language = self.query.language.filter(deep)?;
        let (document, offset) = (&self.query.text, self.query.offset);
        if document.len() > LARGEST {
            return None;
        }
        let stop = || self.query.cancel.is_cancelled();
        let found = Inserted::parse(language, document, offset, text, &stop)?;
        let resolver = found.resolver();
        let (mut variables, mut others) = (HashSet::new(), HashSet::new());
        for name in found.names.names.iter().filter(|name| !found.holds(name)) {
            let binding = resolver.binding(name);
            let is_variable = match name.role {
                Role::Declares => binding.is_some_and(|binding| resolver.is_local(binding)),
                // What it means is looked at where that is declared.
                Role::Refers if binding.is_some() => continue,
                _ => false,
            };
            let kind = if is_variable { &mut variables } else { &mut others };
            kind.insert(resolver.text(name));
        }
        let is_word = |word: &str| {
            [language.keywords(), language.prelude()].iter().any(|words| words.binary_search(&word).is_ok())
        };
        let mut seen = HashSet::new();
        // What ends at the cursor is no part of the text.
        let free = found.free(&resolver).filter(|name| name.range.end > found.start);
        let strange = free.filter(|name| {
            let word = resolver.text(name);
            let elsewhere = variables.contains(word) && !others.contains(word) && !is_word(word);
            elsewhere && self.index.definitions(word).is_empty() && seen.insert(word)
        });
        Some(strange.map(|name| name.range.end - found.start).collect())
    }

    fn near(&self) -> HashSet<String> {
        let offset = self.query.offset;
        let above = self.query.text.slice(offset.saturating_sub(SAME_FILE)..offset);
        let below = self.query.text.slice(offset..offset + SAME_FILE);
        let above = &above[..above.len() - typed_word(&above).len()];
        identifiers(above).chain(identifiers(&below)).map(|(_, name)| name.to_owned()).collect()
    }
}

/// `text` with its strings and its last comment blanked out.
fn without_text(text: &str, comment: &str) -> String {
    let (mut out, mut quote, mut escaped) = (String::with_capacity(text.len()), None, false);
    for (at, c) in text.char_indices() {
        match quote {
            Some(end) => {
                if c == end && !escaped || c == '\n' {
                    quote = None;
                }
                escaped = c == '\\' && !escaped;
                out.push(' ');
            }
            None if text[at..].starts_with(comment) && !comment.is_empty() => break,
            None => {
                if matches!(c, '"' | '`') {
                    quote = Some(c);
                }
                out.push(c);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::tests::corpus;
    use crate::site::tests::{query, site};
    use std::time::Instant;
    use trust_inference::CancelToken;
    use trust_text::Text;

    #[test]
    fn a_variable_of_another_scope_is_unknown() {
        use Language::{Python, Rust, TypeScript};
        let rust = "fn a() {\n    let hidden = 1;\n}\nfn b(first: u8) {\n    |\n}\n";
        let python = "def a():\n    hidden = 1\n\ndef b(first):\n    return |\n";
        let script = "function a() {\n  const hidden = 1;\n}\nfunction b(first) {\n  return |;\n}\n";
        let cases = [
            (Rust, rust, "first + hidden;", 1),
            (Rust, rust, "hidden + hidden;", 1),
            (Rust, rust, "let hidden = first;", 0),
            (Rust, rust, "first.hidden;", 0),
            (Rust, "fn a() {\n    let hidden = 1;\n    |\n}\n", "hidden + 1;", 0),
            // Called so elsewhere, too.
            (
                Rust,
                "struct S { hidden: u8 }\nfn a() {\n    let hidden = 1;\n}\nfn b() {\n    |\n}\n",
                "hidden;",
                0,
            ),
            (Rust, "fn a() {\n    let hidden = 1;\n}\nfn b() {\n    hid|\n}\n", "den;", 1),
            (Python, python, "first + hidden", 1),
            (Python, python, "first", 0),
            (TypeScript, script, "first + hidden", 1),
        ];
        for (language, marked, text, expected) in cases {
            let query = Query { language: Some(language), ..query(marked) };
            let nothing = corpus("", "");
            let names = Names::new(&query, nothing.reader.snapshot());
            assert_eq!(names.unknown(&site(marked), text), expected, "{marked:?} {text:?}");
            // A text that is no beginning of it, itself again, and nothing: of that the typed word alone.
            let typed = usize::from(marked.contains("hid|"));
            for (part, expected) in [("fir", 1), (text, expected), ("", typed)] {
                assert_eq!(names.unknown(&site(marked), part), expected, "{marked:?} {part:?}");
            }
        }
    }

    #[test]
    fn beginnings_hold_the_strangers_that_end_in_them() {
        let marked = "fn a(one: u8, two: u8) {}\nfn b() {\n    |\n}\n";
        let query = Query { language: Some(Language::Rust), ..query(marked) };
        let nothing = corpus("", "");
        let names = Names::new(&query, nothing.reader.snapshot());
        names.look_up("one + two;");
        let counts = ["one + two;", "one + two", "one + t", "one", ""].map(|text| names.strangers_in(text));
        assert_eq!(counts, [2, 2, 1, 1, 0]);
    }

    #[test]
    fn each_text_is_parsed_once_and_one_that_names_nothing_never() {
        let marked = "fn a(one: u8, two: u8) {}\nfn b() {\n    |\n}\n";
        let query = Query { language: Some(Language::Rust), ..query(marked) };
        let nothing = corpus("", "");
        let names = Names::new(&query, nothing.reader.snapshot());
        let candidates =
            [("one + two;", 2), ("two;", 1), ("{ one }", 1), ("three;", 0), (" = 1);", 0), ("", 0)];
        for _ in 0..2 {
            let counts = candidates.map(|(text, _)| names.strangers_in(text));
            assert_eq!(counts, candidates.map(|(_, expected)| expected));
            assert_eq!(names.strangers_in("two"), 1);
        }
        let parsed: Vec<String> = names.strangers.borrow().iter().map(|(text, _)| text.clone()).collect();
        assert_eq!(parsed, ["one + two;", "two;", "{ one }", "three;"]);
    }

    #[test]
    fn names_that_nobody_knows_are_counted() {
        let cases = [
            ("fn total(first: u8) {\n    |\n}\nfn other() {}", "other(first);", 0),
            ("fn total(first: u8) {\n    |\n}", "otter(fist);", 2),
            ("fn total(first: u8) {\n    |\n}", "otter(otter, \"text of a string\"); // and a comment", 1),
            ("fn total(first: u8) {\n    fir|\n}", "st + 1", 0),
            ("fn total(first: u8) {\n    fir|\n}", "e + 1", 1),
            ("fn total(first: u8) {\n    |\n}", "match first { self }", 0),
        ];
        for (marked, text, expected) in cases {
            let (above, below) = marked.split_once('|').unwrap();
            let query = Query {
                path: "a.rs".into(),
                relative: "a.rs".into(),
                repository: "p".into(),
                language: Some(Language::Rust),
                text: Text::new(&format!("{above}{below}")),
                offset: above.len(),
                invoked: false,
                may_replace: false,
                deadline: Instant::now(),
                cancel: CancelToken::new(),
                superseded: CancelToken::new(),
                edited: Vec::new(),
            };
            let nothing = corpus("", "");
            let names = Names::new(&query, nothing.reader.snapshot());
            let found = names.unknown(&site(marked), text);
            assert_eq!(names.trust(&site(marked), text), DOUBT.powi(expected as i32));
            assert_eq!(found, expected, "{marked:?} {text:?}");
        }
    }
}
