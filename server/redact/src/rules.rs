//! Rules of the user's, in the shape that gitleaks reads: `[[rules]]` with `id`, `regex`, `secretGroup`, `entropy` and
//! `keywords`, and what is allowed all the same (`allowed.rs`). What such a rule says of paths counts for nothing here: a text has
//! none.
//!
//! *Invariant:* what is not understood of such a file lets nothing pass that the rest of it finds.

mod allowed;

use crate::Secret;
use crate::go::translated;
use crate::random::entropy;
use allowed::{Allowed, Place};
use regex::{Regex, RegexBuilder};
use toml_edit::{DocumentMut, Item, Table, TableLike};
use xxhash_rust::xxh3::xxh3_64;

/// Bytes that one pattern may grow to.
const LARGEST: usize = 4 << 20;
const MOST: usize = 1_000;

/// What is wrong with a file of rules. Says nothing of its patterns.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    #[error("the rules are no TOML: {0}")]
    Toml(String),
    #[error("rule {0}: {1}")]
    Rule(String, String),
    #[error("more than {MOST} rules")]
    TooMany,
}

/// Patterns, and what they find that is none.
#[derive(Debug, Default)]
pub struct Rules {
    rules: Vec<Rule>,
    allowed: Allowed,
    wrong: Vec<RuleError>,
    fingerprint: u64,
}

#[derive(Debug)]
struct Rule {
    id: String,
    regex: Regex,
    group: Option<usize>,
    entropy: f64,
    /// In lower case; one of them stands in the text, or the pattern is not tried.
    keywords: Vec<String>,
    allowed: Allowed,
}

impl Rules {
    /// A rule that is wrong is left out, and told of by [`Rules::wrong`]; the others count.
    ///
    /// # Errors
    /// The text is no TOML, or has too many rules.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
            RuleError::Toml(error.message().lines().next().unwrap_or_default().into())
        })?;
        let mut rules = Self { fingerprint: xxh3_64(text.as_bytes()), ..Self::default() };
        rules.allowed = Allowed::of("allowlist", document.as_table(), &mut rules.wrong);
        if document
            .get("extend")
            .and_then(Item::as_table_like)
            .is_some_and(|table| table.contains_key("path"))
        {
            let told = "another file is not read: what it says is to stand here";
            rules.wrong.push(RuleError::Rule("extend".into(), told.into()));
        }
        let given = document.get("rules").and_then(Item::as_array_of_tables);
        for (at, table) in given.into_iter().flatten().enumerate() {
            let id = text_of(table, "id").unwrap_or_else(|| format!("number {}", at + 1));
            match Rule::of(&id, table, &mut rules.wrong) {
                Ok(Some(rule)) => rules.rules.push(rule),
                Ok(None) => {}
                Err(told) => rules.wrong.push(RuleError::Rule(id, told.into())),
            }
        }
        if rules.rules.len() > MOST { Err(RuleError::TooMany) } else { Ok(rules) }
    }

    /// What of the file does not count, and why.
    pub fn wrong(&self) -> &[RuleError] {
        &self.wrong
    }

    pub fn len(&self) -> usize {
        self.rules.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    pub(crate) fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Adds what the rules find, and takes away what is allowed, whoever found it.
    pub(crate) fn find(&self, text: &str, found: &mut Vec<Secret>) {
        found.retain(|secret| !self.allowed.holds(None, &Place::whole(text, secret.range.clone())));
        if self.rules.is_empty() {
            return;
        }
        let lower = text.to_ascii_lowercase();
        for rule in &self.rules {
            if !rule.keywords.is_empty() && !rule.keywords.iter().any(|word| lower.contains(word.as_str())) {
                continue;
            }
            for captures in rule.regex.captures_iter(text) {
                // As gitleaks has it: the group named, else the first that there is, else all.
                let group = rule.group.filter(|group| *group > 0).and_then(|group| captures.get(group));
                let Some(secret) =
                    group.or_else(|| captures.iter().skip(1).flatten().next()).or_else(|| captures.get(0))
                else {
                    continue;
                };
                let value = secret.as_str();
                let matched = captures.get(0).map_or(secret.range(), |all| all.range());
                let place = Place { text, secret: secret.range(), matched };
                if !value.is_empty()
                    && entropy(value) >= rule.entropy
                    && !rule.allowed.holds(None, &place)
                    && !self.allowed.holds(Some(&rule.id), &place)
                {
                    found.push(Secret { range: secret.range(), what: rule.id.clone().into() });
                }
            }
        }
    }
}

impl Rule {
    /// `None` for a rule about paths alone: it finds no text.
    fn of(id: &str, table: &Table, wrong: &mut Vec<RuleError>) -> Result<Option<Self>, &'static str> {
        let Some(pattern) = text_of(table, "regex") else {
            return if table.contains_key("path") { Ok(None) } else { Err("has no regex") };
        };
        let regex = compiled(&pattern).ok_or("its regex is none, or too large")?;
        let group = table.get("secretGroup").and_then(Item::as_integer).map(|group| group as usize);
        if group.is_some_and(|group| group >= regex.captures_len()) {
            return Err("its regex has no such secretGroup");
        }
        let number = |item: &Item| item.as_float().or_else(|| item.as_integer().map(|number| number as f64));
        let entropy = table.get("entropy").and_then(number).unwrap_or(0.0);
        let keywords = texts_of(table, "keywords").iter().map(|word| word.to_ascii_lowercase()).collect();
        let allowed = Allowed::of(id, table, wrong);
        Ok(Some(Self { id: id.to_owned(), regex, group, entropy, keywords, allowed }))
    }
}

/// As Go has it; linear in the text, whatever it says.
fn compiled(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(&translated(pattern)).size_limit(LARGEST).dfa_size_limit(LARGEST).build().ok()
}

fn text_of(table: &dyn TableLike, name: &str) -> Option<String> {
    table.get(name).and_then(Item::as_str).map(str::to_owned)
}

fn texts_of(table: &dyn TableLike, name: &str) -> Vec<String> {
    let items = table.get(name).and_then(Item::as_array);
    items.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}
