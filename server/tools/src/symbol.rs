//! Symbols by the names that people give them: `parse`, `Parser::parse`, `Parser.parse`; and how far one reaches, with its
//! documentation.

use crate::edit::reindented;
use crate::lines::Lines;
use crate::{Failure, File};
use std::ops::Range;
use trust_grammars::{Definition, DefinitionKind, outline};

/// Places that are told of where a name stands for several.
const TOLD: usize = 10;

/// A name, and the name of what it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Named<'a> {
    pub container: Option<&'a str>,
    pub name: &'a str,
}

impl<'a> Named<'a> {
    pub fn of(symbol: &'a str) -> Self {
        let symbol = symbol.trim().trim_end_matches("()");
        let split = ["::", ".", "#"].iter().filter_map(|mark| symbol.rsplit_once(mark));
        match split.max_by_key(|(before, _)| before.len()) {
            Some((before, name)) => {
                let last = before.rsplit(['.', ':', '#']).next().filter(|last| !last.is_empty());
                Self { container: last, name }
            }
            None => Self { container: None, name: symbol },
        }
    }
}

/// A definition in a file's text as it is now.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub kind: DefinitionKind,
    pub container: Option<String>,
    /// With its documentation and its indentation, to the end of its last line, without the line break.
    pub bytes: Range<usize>,
    /// From 1, both inclusive.
    pub lines: (usize, usize),
}

impl Found {
    /// `source` as it would stand in the place of this: at its indentation, unless other things stand before it in its line.
    pub fn fitted(&self, text: &str, source: &str) -> String {
        let start = text[..self.bytes.start].rfind('\n').map_or(0, |at| at + 1);
        if start < self.bytes.start {
            return source.trim().to_owned();
        }
        let line = text[start..].lines().next().unwrap_or_default();
        reindented(source, &line[..line.len() - line.trim_start().len()])
    }
}

/// All that `named` stands for in the file.
pub(crate) fn in_file(file: &File, named: Named<'_>) -> Vec<Found> {
    let Some(language) = file.language else { return Vec::new() };
    let (all, lines) = (outline(language, &file.text).definitions, Lines::of(&file.text));
    let name = |found: &Definition| file.text.get(found.name.clone()).unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for definition in &all {
        let container = definition.parent.and_then(|parent| all.get(parent)).map(&name);
        let fits = name(definition) == named.name
            && named.container.is_none_or(|wanted| container.as_deref() == Some(wanted));
        if fits {
            let bytes = reach(&file.text, definition);
            let last = lines.place(bytes.end.saturating_sub(1).max(bytes.start)).0;
            let lines = (lines.place(bytes.start).0, last);
            found.push(Found { kind: definition.kind, container, bytes, lines });
        }
    }
    // An impl block is called by its type, which is what is meant where both are there.
    if found.iter().any(|one| one.kind != DefinitionKind::Impl) {
        found.retain(|one| one.kind != DefinitionKind::Impl);
    }
    found
}

fn reach(text: &str, definition: &Definition) -> Range<usize> {
    let documented = definition.documentation.as_ref().map_or(definition.item.start, |range| range.start);
    let start = documented.min(definition.item.start);
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let start = if text[line..start].trim().is_empty() { line } else { start };
    let end = definition.item.end;
    let rest = text[end..].find('\n').map_or(&text[end..], |at| &text[end..end + at]);
    // What ends a field or a statement goes with it.
    let alone = rest.trim().is_empty() || matches!(rest.trim(), "," | ";");
    let end = if alone && start == line { end + rest.trim_end().len() } else { end };
    start..end
}

/// The only one, or the one that holds `line`.
///
/// # Errors
/// In words: there is none, or several, and where they are.
pub(crate) fn one(file: &File, symbol: &str, line: Option<usize>) -> Result<Found, Failure> {
    let named = Named::of(symbol);
    let mut found = in_file(file, named);
    if let Some(line) = line {
        found.retain(|one| one.lines.0 <= line && line <= one.lines.1);
    }
    match &found[..] {
        [one] => Ok(one.clone()),
        [] => Err(Failure::told(missing(file, symbol))),
        several => {
            let places: Vec<String> = several
                .iter()
                .take(TOLD)
                .map(|one| {
                    let inside =
                        one.container.as_ref().map_or_else(String::new, |name| format!(" in {name}"));
                    format!("{}{inside} at line {}", one.kind.name(), one.lines.0)
                })
                .collect();
            Err(Failure::told(format!(
                "`{symbol}` stands for {} definitions in {}: {}; say which by `line`, or as `Container.name`",
                several.len(),
                file.shown,
                places.join(", ")
            )))
        }
    }
}

fn missing(file: &File, symbol: &str) -> String {
    let Some(language) = file.language else {
        return format!("`{}` is in no language whose symbols are known; use lines instead", file.shown);
    };
    let definitions = outline(language, &file.text).definitions;
    let names = definitions.iter().filter_map(|found| file.text.get(found.name.clone()));
    let meant = crate::check::nearest(Named::of(symbol).name, names);
    let meant = meant.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
    format!("`{}` defines no `{symbol}`{meant}", file.shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use trust_grammars::Language;

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test reads what it is about")]
    fn every_symbol_put_back_is_what_it_was() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let folders = std::fs::read_dir(root.join("grammars")).unwrap().flatten();
        let folders = folders.map(|entry| entry.path().join("fixtures"));
        let folders = folders.chain([root.join("server/tools/src"), root.join("server/index/src")]);
        let files = folders.filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
        let (mut count, mut languages) = (0, std::collections::HashSet::new());
        for path in files.map(|entry| entry.path()) {
            let Some(language) = Language::from_path(&path) else { continue };
            let text: std::sync::Arc<str> = std::fs::read_to_string(&path).unwrap().into();
            let shown = path.display().to_string();
            let file = File {
                path,
                shown,
                language: Some(language),
                text: text.clone(),
                raw: text.clone(),
                version: None,
            };
            for definition in outline(language, &text).definitions {
                let name = &text[definition.name];
                for found in in_file(&file, Named { container: None, name }) {
                    let source = &text[found.bytes.clone()];
                    assert_eq!(found.fitted(&text, source), source.trim_end(), "{} {name}", file.shown);
                    count += 1;
                }
            }
            languages.insert(language);
        }
        assert!(count > 1_000 && languages.len() == Language::ALL.len(), "{count} in {languages:?}");
    }

    #[test]
    fn names_have_containers() {
        let cases = [
            ("parse", None, "parse"),
            ("Parser::parse", Some("Parser"), "parse"),
            ("a::Parser::parse()", Some("Parser"), "parse"),
            ("Parser.parse", Some("Parser"), "parse"),
            ("Parser#parse", Some("Parser"), "parse"),
            ("::parse", None, "parse"),
            ("", None, ""),
        ];
        for (symbol, container, name) in cases {
            assert_eq!(Named::of(symbol), Named { container, name }, "{symbol}");
        }
    }
}
