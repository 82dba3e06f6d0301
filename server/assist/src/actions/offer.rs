//! Which actions there may be something to do for at a place: told by the text alone, before any model is asked.

use super::{Target, Wish, commented, target};
use std::ops::Range;
use trust_grammars::{Language, PARSE_LIMIT, names, parse_str};

/// What stands at a place that actions may be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub symbol: Option<Target>,
    /// A comment that may announce code.
    pub comment: Option<Target>,
    /// A name that may be better.
    pub name: Option<String>,
}

/// Parses the text.
pub fn offer(language: Language, text: &str, selection: &Range<usize>) -> Offer {
    let symbol = target(language, text, selection);
    let tree = parse_str(language, text, PARSE_LIMIT).filter(|_| Wish::Name.speaks(language));
    let found = tree.and_then(|tree| names(language, &tree, text));
    let local = found.and_then(|found| found.local_at(text, selection.start));
    let local = local.and_then(|local| text.get(local.definitions.first()?.clone()).map(str::to_owned));
    let function = symbol.as_ref().filter(|symbol| symbol.kind == "function" && Wish::Name.speaks(language));
    let name = local.or_else(|| function.map(|symbol| symbol.name.clone()));
    Offer { comment: commented(language, text, selection), name, symbol }
}

impl Offer {
    /// The actions with what they are called.
    pub fn wishes(&self, language: Language) -> Vec<(String, Wish)> {
        let mut wishes = Vec::new();
        if let Some(symbol) = &self.symbol {
            let name = &symbol.name;
            if !symbol.documented {
                wishes.push((format!("Document `{name}`"), Wish::Document));
            }
            wishes.push((format!("Simplify `{name}`"), Wish::Simplify));
            if Wish::Annotate.speaks(language) && matches!(symbol.kind, "function" | "method" | "class") {
                wishes.push((format!("Annotate the types in `{name}`"), Wish::Annotate));
            }
            if Wish::Test.speaks(language)
                && matches!(symbol.kind, "function" | "method" | "class" | "struct" | "enum")
            {
                wishes.push((format!("Write tests for `{name}`"), Wish::Test));
            }
        }
        if let Some(name) = &self.name {
            wishes.push((format!("Find a better name for `{name}`"), Wish::Name));
        }
        if self.comment.is_some() {
            wishes.push(("Write the code of this comment".into(), Wish::Code));
        }
        wishes
    }
}
