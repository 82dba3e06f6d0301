//! The languages, and what a language's folder has to say about each.

use crate::definition::Action;
use crate::documentation::Documents;
use crate::scopes::Scopes;
use crate::skeleton::Cutter;
use crate::walk::Step;
use crate::{bash, c, cpp, csharp, go, java, javascript, kotlin, lua, php, python, ruby, rust, typescript};
use std::path::Path;
use std::sync::OnceLock;

/// A language this server understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    Rust,
    Python,
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
    /// JavaScript, with or without JSX.
    JavaScript,
    Go,
    Java,
    C,
    Cpp,
    CSharp,
    Ruby,
    Php,
    Bash,
    Lua,
    Kotlin,
}

/// One language's facts, filled in by its folder.
pub(crate) struct Spec {
    /// Identifiers in the language server protocol; the first is the language's own.
    pub ids: &'static [&'static str],
    /// File name extensions, lower case, without the dot.
    pub extensions: &'static [&'static str],
    pub line_comment: &'static str,
    pub keywords: &'static [&'static str],
    /// Names that every file may use without declaring or importing them, sorted.
    pub prelude: &'static [&'static str],
    pub grammar: fn() -> tree_sitter::Language,
    /// What to do at a node, by its kind; kinds not named are not looked into.
    pub rules: &'static [&'static [(&'static str, Action)]],
    /// How bodies are found; without it files are parsed whole.
    pub cutter: Option<Cutter>,
    pub documents: Documents,
    pub scopes: Scopes,
    /// `rules` by kind id, made on first use.
    pub steps: OnceLock<Vec<Option<Step>>>,
}

impl Language {
    pub const ALL: [Self; 15] = [
        Self::Rust,
        Self::Python,
        Self::TypeScript,
        Self::Tsx,
        Self::JavaScript,
        Self::Go,
        Self::Java,
        Self::C,
        Self::Cpp,
        Self::CSharp,
        Self::Ruby,
        Self::Php,
        Self::Bash,
        Self::Lua,
        Self::Kotlin,
    ];

    /// By the extension of the file name.
    pub fn from_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        Self::ALL.into_iter().find(|language| language.spec().extensions.contains(&extension))
    }

    /// By the identifier that a client gives a document.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.spec().ids.contains(&id))
    }

    /// The identifier in the language server protocol.
    pub fn id(self) -> &'static str {
        self.spec().ids.first().copied().unwrap_or_default()
    }

    pub fn grammar(self) -> tree_sitter::Language {
        (self.spec().grammar)()
    }

    /// What starts a comment that runs to the end of the line.
    pub fn line_comment(self) -> &'static str {
        self.spec().line_comment
    }

    /// Words that cannot be, or are hardly ever, names; sorted.
    pub fn keywords(self) -> &'static [&'static str] {
        self.spec().keywords
    }

    /// Names that every file may use without declaring or importing them; empty for languages that are only outlined.
    pub fn prelude(self) -> &'static [&'static str] {
        self.spec().prelude
    }

    pub(crate) fn spec(self) -> &'static Spec {
        match self {
            Self::Rust => &rust::SPEC,
            Self::Python => &python::SPEC,
            Self::TypeScript => &typescript::SPEC,
            Self::Tsx => &typescript::TSX,
            Self::JavaScript => &javascript::SPEC,
            Self::Go => &go::SPEC,
            Self::Java => &java::SPEC,
            Self::C => &c::SPEC,
            Self::Cpp => &cpp::SPEC,
            Self::CSharp => &csharp::SPEC,
            Self::Ruby => &ruby::SPEC,
            Self::Php => &php::SPEC,
            Self::Bash => &bash::SPEC,
            Self::Lua => &lua::SPEC,
            Self::Kotlin => &kotlin::SPEC,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_languages() {
        let cases = [
            ("src/main.rs", Some("rust")),
            ("a/b.py", Some("python")),
            ("stubs.pyi", Some("python")),
            ("x.d.ts", Some("typescript")),
            ("x.mts", Some("typescript")),
            ("x.cts", Some("typescript")),
            ("App.tsx", Some("typescriptreact")),
            ("x.js", Some("javascript")),
            ("x.mjs", Some("javascript")),
            ("x.cjs", Some("javascript")),
            ("x.jsx", Some("javascript")),
            ("rs", None),
            (".rs", None),
            ("README.md", None),
            ("", None),
        ];
        for (path, id) in cases {
            assert_eq!(Language::from_path(Path::new(path)).map(Language::id), id, "{path}");
        }
    }

    #[test]
    fn ids_lead_to_languages() {
        for language in Language::ALL {
            assert_eq!(Language::from_id(language.id()), Some(language));
        }
        assert_eq!(Language::from_id("javascriptreact"), Some(Language::JavaScript));
        assert_eq!(Language::from_id("cobol"), None);
    }

    #[test]
    fn keywords_are_sorted_and_every_rule_names_a_node() {
        for language in Language::ALL {
            assert!(language.keywords().is_sorted(), "{language:?}");
            assert!(language.prelude().is_sorted(), "{language:?}");
            let grammar = language.grammar();
            let rules = language.spec().rules.iter().copied().flatten();
            let unknown = rules.filter(|(node, _)| grammar.id_for_node_kind(node, true) == 0);
            assert_eq!(unknown.map(|(node, _)| *node).collect::<Vec<_>>(), [""; 0], "{language:?}");
        }
    }
}
