//! Names that other files take from the open one: what they import from it, or name behind its module.

use super::place::imported_names;
use crate::lexer::identifiers;
use std::collections::HashMap;
use trust_grammars::Language;
use trust_index::{FileId, Snapshot};

/// Places looked at where the module is named.
const OCCURRENCES: usize = 200;
/// Lines of a list of imports before the module that it is of.
const LIST: usize = 30;
/// Files whose folder is the module.
const FOLDERS: &[&str] = &["mod", "__init__", "index", "lib", "main"];

/// What is taken from the module at `own`, the most frequent first.
pub(super) fn asked(language: Language, own: FileId, index: &Snapshot) -> Vec<String> {
    let path = index.relative(own);
    let Some(module) = module(&path) else { return Vec::new() };
    let Some((_, word)) = identifiers(module).last() else { return Vec::new() };
    let reader = index.reader();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for (file, offset) in reader.occurrences(word, OCCURRENCES) {
        if file == own {
            continue;
        }
        let Some(text) = reader.text(file) else { continue };
        for name in taken(language, &text, offset + word.len(), module) {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
    }
    let mut names: Vec<(String, usize)> = counts.into_iter().collect();
    names.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    names.into_iter().map(|(name, _)| name).collect()
}

/// The last part of the module's path.
fn module(path: &str) -> Option<&str> {
    let mut parts = path.rsplit('/').map(|part| part.split('.').next().unwrap_or_default());
    parts.find(|part| !FOLDERS.contains(part) && !part.is_empty())
}

/// The names that `text` takes from `module`, which ends at `end` in it.
fn taken<'a>(language: Language, text: &'a str, end: usize, module: &str) -> Vec<&'a str> {
    let (Some(before), Some(after)) = (text.get(..end), text.get(end..)) else { return Vec::new() };
    if !before.ends_with(module) {
        return Vec::new();
    }
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let rest = after.lines().next().unwrap_or_default();
    match language {
        Language::Rust => {
            let Some(behind) = after.strip_prefix("::") else { return Vec::new() };
            let list = behind.strip_prefix('{').and_then(|list| list.split_once('}'));
            let whole = list.map_or_else(
                || &behind[..behind.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(behind.len())],
                |(list, _)| list,
            );
            imported_names(whole).collect()
        }
        Language::Python => {
            let Some(names) = rest.strip_prefix(" import ").filter(|_| before[line..].starts_with("from "))
            else {
                return Vec::new();
            };
            let list = names.starts_with('(').then(|| after.split_once(')')).flatten();
            identifiers(list.map_or(names, |(list, _)| &list[" import ".len()..]))
                .map(|(_, name)| name)
                .collect()
        }
        _ => {
            let quoted = ["'", "\"", ".js'", ".js\"", ".ts'"].iter().any(|end| rest.starts_with(end));
            let from = before[line..].rfind(" from ").filter(|_| quoted).map(|at| line + at);
            let Some(from) = from else { return Vec::new() };
            let start =
                before[..from].rfind('{').filter(|start| before[*start..from].lines().count() <= LIST);
            let inside = start.map(|start| &text[start..from]).filter(|list| list.trim_end().ends_with('}'));
            inside
                .into_iter()
                .flat_map(identifiers)
                .map(|(_, name)| name)
                .filter(|name| !["as", "type"].contains(name))
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_from_a_module() {
        let cases = [
            (Language::Rust, "use crate::portal::Portal;", "portal", vec!["Portal"]),
            (Language::Rust, "use crate::portal::{Portal, open};", "portal", vec!["Portal", "open"]),
            (Language::Rust, "portal::open(1)", "portal", vec!["open"]),
            (Language::Rust, "mod portal;", "portal", vec![]),
            (Language::Python, "from .rate_limit import Limit, Late", "rate_limit", vec!["Limit", "Late"]),
            (Language::Python, "from a.rate import (\n    Limit,\n)\nx = 1", "rate", vec!["Limit"]),
            (Language::Python, "import rate", "rate", vec![]),
            (
                Language::TypeScript,
                "import {\n  Budget,\n  type Cost,\n} from '../compute-budget';",
                "compute-budget",
                vec!["Budget", "Cost"],
            ),
            (Language::TypeScript, "import Budget from './other-budget';", "compute-budget", vec![]),
        ];
        for (language, text, module, expected) in cases {
            let end = text.find(module).map_or(text.len(), |at| at + module.len());
            assert_eq!(taken(language, text, end, module), expected, "{text:?}");
        }
        let modules = [
            ("src/deep/mod.rs", "deep"),
            ("a/b.test.ts", "b"),
            ("pkg/__init__.py", "pkg"),
            ("src/lib.rs", "src"),
        ];
        for (path, expected) in modules {
            assert_eq!(module(path), Some(expected));
        }
    }
}
