//! Which names of a text are known where it is to stand: in the file, the language, or the project.

use crate::Query;
use crate::corpus::SAME_FILE;
use crate::lexer::identifiers;
use crate::site::{Site, typed_word};
use std::cell::OnceCell;
use std::collections::HashSet;
use trust_index::Snapshot;

/// What a text's probability is worth for each name that nothing knows.
const DOUBT: f32 = 0.7;
/// More unknown names say no more.
const MOST: usize = 3;

/// Where names are looked up.
pub(crate) struct Names<'a> {
    query: &'a Query,
    index: &'a Snapshot,
    /// Those that stand near in the file, without the word at the cursor.
    here: OnceCell<HashSet<String>>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(query: &'a Query, index: &'a Snapshot) -> Self {
        Self { query, index, here: OnceCell::new() }
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
        names.into_iter().filter(|name| !known(name)).take(MOST).count()
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
    use crate::site::tests::site;
    use std::time::Instant;
    use trust_grammars::Language;
    use trust_inference::CancelToken;
    use trust_text::Text;

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
