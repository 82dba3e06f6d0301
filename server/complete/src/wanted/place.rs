//! What is declared or imported at the cursor, as far as the line tells.

use crate::corpus::indentation;
use crate::lexer::identifiers;
use crate::site::{Site, typed_word};
use trust_grammars::Language;

/// Lines above the cursor among which a list of imports may begin.
const LIST: usize = 40;
/// Words that stand before one that declares.
const MODIFIERS: &[&str] = &[
    "pub",
    "pub(crate)",
    "pub(super)",
    "async",
    "unsafe",
    "const",
    "let",
    "export",
    "default",
    "declare",
    "abstract",
];

/// What is declared at the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Variable,
    Constant,
    Function,
    Type,
    Import,
}

impl Sort {
    /// Whether what is declared may be called `name`, by how it is written.
    pub(super) fn may_be(self, name: &str) -> bool {
        let upper = name.starts_with(|c: char| c.is_uppercase());
        match self {
            Self::Variable | Self::Import => true,
            Self::Constant => !name.contains(|c: char| c.is_lowercase()),
            Self::Type => upper,
            Self::Function => !upper,
        }
    }
}

/// What the cursor's line declares, where the cursor is at its name, and where in it the word ends that declares.
pub(super) fn sort(language: Language, site: &Site) -> Option<(Sort, usize)> {
    use Language::{JavaScript, Python, Rust, Tsx, TypeScript};
    if site.line_before().trim().is_empty() {
        return None;
    }
    let line = site.line_before();
    let head = line.trim_start();
    let head = head.strip_prefix("pub(crate) ").or_else(|| head.strip_prefix("pub ")).unwrap_or(head);
    let imports: &[&str] = match language {
        Rust => &["use "],
        Python => &["import ", "from "],
        JavaScript | Tsx | TypeScript => &["import "],
        _ => return None,
    };
    if imports.iter().any(|word| head.starts_with(word) || head == word.trim_end()) || in_list(site, imports)
    {
        return Some((Sort::Import, 0));
    }
    let before =
        line[..line.len() - typed_word(line).len()].strip_suffix(' ').filter(|before| !before.ends_with(' '));
    // The cursor may stand behind the word itself.
    [Some(line).filter(|line| !line.ends_with(' ')), before]
        .into_iter()
        .flatten()
        .find_map(|head| Some((declared(language, head)?, head.len())))
}

/// What a line declares that begins with `head`.
fn declared(language: Language, head: &str) -> Option<Sort> {
    use Language::{JavaScript, Python, Rust, Tsx, TypeScript};
    let words: Vec<&str> = head.split_whitespace().collect();
    let (word, before) = words.split_last()?;
    if !before.iter().all(|word| MODIFIERS.contains(word)) {
        return None;
    }
    Some(match (language, *word) {
        (Rust, "let" | "mut") | (JavaScript | Tsx | TypeScript, "const" | "let" | "var") => Sort::Variable,
        (Rust, "const" | "static") => Sort::Constant,
        (Rust, "fn") | (Python, "def") | (JavaScript | Tsx | TypeScript, "function") => Sort::Function,
        (Rust, "struct" | "enum" | "trait" | "type" | "union")
        | (Python, "class")
        | (JavaScript | Tsx | TypeScript, "class" | "interface" | "type" | "enum") => Sort::Type,
        _ => return None,
    })
}

/// Whether the cursor's line is within the list of an import above it.
fn in_list(site: &Site, imports: &[&str]) -> bool {
    if indentation(site.line_before()).is_empty() {
        return false;
    }
    let mut above = site.before.rsplit('\n').skip(1).take(LIST);
    above.find(|line| indentation(line).is_empty() && !line.is_empty()).is_some_and(|line| {
        imports.iter().any(|word| line.trim_start_matches("pub ").starts_with(word))
            && line.trim_end().ends_with(['(', '{'])
    })
}

/// The names that a line brings in, without the modules that it takes them from.
pub(super) fn imported_names(line: &str) -> impl Iterator<Item = &str> {
    let named = match (line.starts_with("from "), line.find(" import "), line.find(" from ")) {
        (true, Some(import), _) => &line[import..],
        (false, _, Some(from)) => &line[..from],
        _ => line,
    };
    let is_path = |end: usize| named[end..].starts_with([':', '.']);
    identifiers(named).filter(move |(at, name)| !is_path(at + name.len())).map(|(_, name)| name)
}

/// Whether what comes at the end of a line that imports is a name.
pub(super) fn is_list(line: &str) -> bool {
    let open = line.rfind('{').is_some_and(|at| !line[at..].contains('}'));
    open || line.trim_start().starts_with("from ") && line.contains(" import ")
}
