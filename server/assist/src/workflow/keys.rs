//! The tables of a workflow's file, read key by key: what means nothing, is missing or is of the wrong kind is told with its line.

use std::ops::Range;
use toml_edit::{Item, TableLike};
use trust_config::{Problem, nearest};

/// A file, and what is wrong with it.
pub(super) struct File<'a> {
    pub name: &'a str,
    pub text: &'a str,
    pub problems: Vec<Problem>,
}

/// One table of it, by its path of keys.
pub(super) struct Keys<'t> {
    pub path: String,
    pub table: &'t dyn TableLike,
    /// Where it begins.
    pub span: Option<Range<usize>>,
}

impl File<'_> {
    pub fn line(&self, span: Option<&Range<usize>>) -> Option<usize> {
        span.map(|span| self.text[..span.start.min(self.text.len())].matches('\n').count() + 1)
    }

    pub fn problem(&mut self, line: Option<usize>, key: Option<String>, message: String) {
        let source = self.name.to_owned();
        self.problems.push(Problem { source, line, key, message, waits_for_trust: false });
    }
}

/// Which one was probably meant, or which there are.
pub(super) fn meant(name: &str, among: &[&str]) -> String {
    match nearest(name, among.iter().copied()) {
        Some(nearest) => format!("; did you mean `{nearest}`?"),
        None if among.is_empty() => "; there are none".to_owned(),
        None => format!(
            "; there are {}",
            among.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ")
        ),
    }
}

impl<'t> Keys<'t> {
    fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub fn line(&self, file: &File<'_>, key: &str) -> Option<usize> {
        let span = self.table.key(key).and_then(|key| key.span()).or_else(|| self.span.clone());
        file.line(span.as_ref())
    }

    pub fn wrong(&self, file: &mut File<'_>, key: &str, message: String) {
        let line = self.line(file, key);
        file.problem(line, Some(self.at(key)), message);
    }

    /// Only these keys mean something here.
    pub fn only(&self, file: &mut File<'_>, known: &[&str]) {
        for (key, _) in self.table.iter().filter(|(key, _)| !known.contains(key)) {
            self.wrong(file, key, format!("means nothing here{}", meant(key, known)));
        }
    }

    pub fn text(&self, file: &mut File<'_>, key: &str) -> Option<String> {
        let item = self.table.get(key)?;
        match item.as_str() {
            Some(text) if text.trim().is_empty() => {
                self.wrong(file, key, "is empty".into());
                None
            }
            Some(text) => Some(text.trim().to_owned()),
            None => {
                self.wrong(file, key, format!("must be a text, not {}", article(item)));
                None
            }
        }
    }

    pub fn needed(&self, file: &mut File<'_>, key: &str) -> Option<String> {
        if self.table.get(key).is_none() {
            self.wrong(file, key, "is missing".into());
        }
        self.text(file, key)
    }

    pub fn number(
        &self,
        file: &mut File<'_>,
        key: &str,
        range: std::ops::RangeInclusive<i64>,
    ) -> Option<i64> {
        let item = self.table.get(key)?;
        let number = item.as_integer().filter(|number| range.contains(number));
        if number.is_none() {
            let (first, last) = range.into_inner();
            self.wrong(file, key, format!("must be a whole number from {first} to {last}"));
        }
        number
    }

    /// The tables in a table, in the order in which they stand.
    pub fn tables(&self, file: &mut File<'_>, key: &str) -> Vec<(String, Keys<'t>)> {
        let Some(item) = self.table.get(key) else { return Vec::new() };
        let Some(outer) = item.as_table_like() else {
            self.wrong(file, key, format!("must be a table, not {}", article(item)));
            return Vec::new();
        };
        let mut found = Vec::new();
        for (name, item) in outer.iter() {
            let path = format!("{}.{name}", self.at(key));
            let span = outer.key(name).and_then(|key| key.span()).or_else(|| item.span());
            match item.as_table_like() {
                Some(table) => found.push((name.to_owned(), Keys { path, table, span })),
                None => {
                    let line = file.line(span.as_ref());
                    file.problem(line, Some(path), format!("must be a table, not {}", article(item)));
                }
            }
        }
        found.sort_by_key(|(_, keys)| keys.span.as_ref().map(|span| span.start));
        found
    }
}

fn article(item: &Item) -> &'static str {
    match item.type_name() {
        "string" => "a text",
        "integer" => "a whole number",
        "float" => "a number with a fraction",
        "boolean" => "true or false",
        "array" => "a list",
        "array of tables" => "a list of tables",
        "table" | "inline table" => "a table",
        _ => "something else",
    }
}
