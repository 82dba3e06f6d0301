//! What is no secret although a rule finds it: `[allowlist]` as it was, and `[[allowlists]]` as it is.

use super::{RuleError, compiled, text_of, texts_of};
use regex::Regex;
use std::ops::Range;
use toml_edit::{Item, TableLike};

/// Holds where one of the lists does.
#[derive(Debug, Default)]
pub(super) struct Allowed(Vec<List>);

#[derive(Debug)]
struct List {
    regexes: Vec<Regex>,
    stopwords: Vec<String>,
    target: Target,
    /// Each part that is given has to hold, not one of them.
    all: bool,
    /// A part is about paths or commits, which no text has.
    elsewhere: bool,
    /// Only for these rules, where it says so.
    rules: Vec<String>,
}

/// What the patterns are held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Secret,
    Match,
    Line,
}

/// Where something was found.
pub(super) struct Place<'a> {
    pub text: &'a str,
    pub secret: Range<usize>,
    pub matched: Range<usize>,
}

impl<'a> Place<'a> {
    /// What was found is all that matched.
    pub fn whole(text: &'a str, secret: Range<usize>) -> Self {
        Self { text, matched: secret.clone(), secret }
    }

    fn of(&self, target: Target) -> &'a str {
        match target {
            Target::Secret => &self.text[self.secret.clone()],
            Target::Match => &self.text[self.matched.clone()],
            Target::Line => {
                let start = self.text[..self.matched.start].rfind('\n').map_or(0, |at| at + 1);
                let end = self.text[self.matched.end..].find('\n');
                &self.text[start..end.map_or(self.text.len(), |at| self.matched.end + at)]
            }
        }
    }
}

impl Allowed {
    /// What is wrong with a list is told, and allows nothing.
    pub fn of(id: &str, table: &dyn TableLike, wrong: &mut Vec<RuleError>) -> Self {
        let one = table.get("allowlist").and_then(Item::as_table_like);
        let many = table.get("allowlists").and_then(Item::as_array_of_tables);
        let many = many.into_iter().flatten().map(|table| table as &dyn TableLike);
        Self(one.into_iter().chain(many).filter_map(|list| List::of(id, list, wrong)).collect())
    }

    /// Whether what stands there is allowed; `rule` found it, where lists may name rules.
    pub fn holds(&self, rule: Option<&str>, place: &Place<'_>) -> bool {
        self.0.iter().any(|list| list.holds(rule, place))
    }
}

impl List {
    fn of(id: &str, table: &dyn TableLike, wrong: &mut Vec<RuleError>) -> Option<Self> {
        let target = match text_of(table, "regexTarget").as_deref() {
            None | Some("" | "secret") => Target::Secret,
            Some("match") => Target::Match,
            Some("line") => Target::Line,
            Some(_) => {
                let told = "its regexTarget is none of secret, match and line";
                wrong.push(RuleError::Rule(id.into(), told.into()));
                return None;
            }
        };
        let condition = text_of(table, "condition").unwrap_or_default();
        let all = ["AND", "&&"].iter().any(|and| condition.eq_ignore_ascii_case(and));
        let patterns = texts_of(table, "regexes");
        let regexes: Vec<Regex> = patterns.iter().filter_map(|pattern| compiled(pattern)).collect();
        if regexes.len() < patterns.len() {
            wrong.push(RuleError::Rule(id.into(), "what it allows is no regex".into()));
            if all {
                return None;
            }
        }
        let stopwords = texts_of(table, "stopwords").iter().map(|word| word.to_ascii_lowercase()).collect();
        let elsewhere = ["paths", "commits"].iter().any(|name| table.contains_key(name));
        Some(Self { regexes, stopwords, target, all, elsewhere, rules: texts_of(table, "targetRules") })
    }

    fn holds(&self, rule: Option<&str>, place: &Place<'_>) -> bool {
        if !self.rules.is_empty() && !rule.is_some_and(|rule| self.rules.iter().any(|one| one == rule)) {
            return false;
        }
        let matches = || {
            let text = place.of(self.target);
            self.regexes.iter().any(|regex| regex.is_match(text))
        };
        let says = || {
            let secret = place.of(Target::Secret).to_ascii_lowercase();
            self.stopwords.iter().any(|word| secret.contains(word.as_str()))
        };
        if !self.all {
            return matches() || says();
        }
        let is_empty = self.regexes.is_empty() && self.stopwords.is_empty();
        !self.elsewhere
            && !is_empty
            && (self.regexes.is_empty() || matches())
            && (self.stopwords.is_empty() || says())
    }
}
