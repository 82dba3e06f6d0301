//! Type annotations, for Python and TypeScript: which ones a text has, and what it says without them. Two texts that say
//! the same without can be told apart from two that differ in more.

use crate::Language;
use std::ops::Range;
use tree_sitter::{Node, Tree};

/// What stands for the layout where layout means something: where a block begins, and where it ends.
const OPENS: &str = "\u{1}";
const CLOSES: &str = "\u{2}";

/// One annotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation<'a> {
    /// As it stands behind what it is about: `: int`, ` -> str`.
    pub text: String,
    /// The names in it that must be known, but for those behind a dot.
    pub names: Vec<&'a str>,
    /// How many tokens stand before it.
    at: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Token<'a> {
    text: &'a str,
    range: Range<usize>,
}

/// A text as its tokens, and the annotations between them.
#[derive(Debug, Clone, Default)]
pub struct Annotations<'a> {
    tokens: Vec<Token<'a>>,
    pub found: Vec<Annotation<'a>>,
}

/// How another text is not the same with more annotations.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    #[error("it changes more than annotations, at `{0}`")]
    Code(String),
    #[error("it takes the annotation `{0}` away or changes it")]
    Lost(String),
    #[error("it adds no annotation")]
    Nothing,
}

/// The annotations in `tree`, which was parsed from `source`; `None` for languages without.
pub fn annotations<'a>(language: Language, tree: &Tree, source: &'a str) -> Option<Annotations<'a>> {
    let python = match language {
        Language::Python => true,
        Language::TypeScript | Language::Tsx => false,
        _ => return None,
    };
    let mut walk = Walk { python, source, found: Annotations::default() };
    let mut cursor = tree.walk();
    let mut above: Vec<&str> = Vec::new();
    loop {
        let node = cursor.node();
        let goes_in = walk.enter(node, cursor.field_name(), above.last().copied().unwrap_or_default());
        if goes_in && cursor.goto_first_child() {
            above.push(node.kind());
            continue;
        }
        walk.leave(cursor.node());
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return Some(walk.found);
            }
            above.pop();
            walk.leave(cursor.node());
        }
    }
}

struct Walk<'a> {
    python: bool,
    source: &'a str,
    found: Annotations<'a>,
}

impl<'a> Walk<'a> {
    fn text(&self, node: Node<'_>) -> &'a str {
        self.source.get(node.byte_range()).unwrap_or_default()
    }

    /// Takes the node down; whether its children are to be looked at.
    fn enter(&mut self, node: Node<'_>, field: Option<&str>, parent: &str) -> bool {
        let kind = node.kind();
        if self.python {
            let typed = matches!(parent, "typed_parameter" | "typed_default_parameter" | "assignment");
            match (field, kind) {
                (Some("type"), _) if typed => return self.annotation(": ", self.text(node), node),
                (Some("return_type"), _) if parent == "function_definition" => {
                    return self.annotation(" -> ", self.text(node), node);
                }
                (_, ":") if typed => return false,
                (_, "->") if parent == "function_definition" => return false,
                _ => {}
            }
        } else if matches!(kind, "type_annotation" | "type_predicate_annotation") {
            return self.annotation(": ", self.text(node).trim_start_matches(':'), node);
        }
        if self.python && kind == "block" {
            self.token(OPENS, node.start_byte()..node.start_byte());
            return true;
        }
        // The one parameter of an arrow may stand without parentheses, which an annotation needs.
        if parent == "arrow_function" && field == Some("parameter") {
            let Range { start, end } = node.byte_range();
            self.token("(", start..start);
            self.token(self.text(node), start..end);
            self.token(")", end..end);
            return false;
        }
        // What stands between the parts of a string is in no node.
        let is_whole = kind.contains("string") || kind.contains("comment") || kind == "regex";
        if is_whole || node.child_count() == 0 {
            self.token(self.text(node), node.byte_range());
            return false;
        }
        true
    }

    fn leave(&mut self, node: Node<'_>) {
        if self.python && node.kind() == "block" {
            self.token(CLOSES, node.end_byte()..node.end_byte());
        }
    }

    fn token(&mut self, text: &'a str, range: Range<usize>) {
        self.found.tokens.push(Token { text, range });
    }

    fn annotation(&mut self, before: &str, said: &str, node: Node<'_>) -> bool {
        let (at, names) = (self.found.tokens.len(), self.names(node));
        self.found.found.push(Annotation { text: format!("{before}{}", said.trim()), names, at });
        false
    }

    fn names(&self, node: Node<'_>) -> Vec<&'a str> {
        let mut names = Vec::new();
        let mut cursor = node.walk();
        loop {
            let node = cursor.node();
            let is_behind = matches!(cursor.field_name(), Some("attribute" | "name"));
            if matches!(node.kind(), "identifier" | "type_identifier") && !is_behind {
                names.push(self.text(node));
            }
            if cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return names;
                }
            }
        }
    }
}

impl<'a> Annotations<'a> {
    /// What to put into this text, so that it has the annotations of `other` too: bytes of this text, in order.
    ///
    /// # Errors
    /// [`Difference`], where the other differs in anything else.
    pub fn bring(&self, other: &Self) -> Result<Vec<(Range<usize>, String)>, Difference> {
        let mut both = self.tokens.iter().zip(&other.tokens);
        if let Some((own, theirs)) = both.find(|(own, theirs)| own.text != theirs.text) {
            let told = if theirs.text.trim_matches(['\u{1}', '\u{2}']).is_empty() { own } else { theirs };
            return Err(Difference::Code(told.text.chars().filter(|c| !c.is_control()).take(40).collect()));
        }
        if self.tokens.len() != other.tokens.len() {
            let longer = if self.tokens.len() > other.tokens.len() { self } else { other };
            let rest = &longer.tokens[self.tokens.len().min(other.tokens.len())..];
            let told =
                rest.iter().find(|token| token.range.start < token.range.end).map_or("", |token| token.text);
            return Err(Difference::Code(told.chars().take(40).collect()));
        }
        let same = |one: &str, other: &str| one.split_whitespace().eq(other.split_whitespace());
        let is_kept = |own: &Annotation<'_>| {
            other.found.iter().any(|theirs| theirs.at == own.at && same(&theirs.text, &own.text))
        };
        if let Some(lost) = self.found.iter().find(|own| !is_kept(own)) {
            return Err(Difference::Lost(lost.text.trim().to_owned()));
        }
        let mut parts: Vec<(Range<usize>, String)> = Vec::new();
        let mut put = |range: Range<usize>, text: &str| match parts.last_mut() {
            Some((last, said))
                if last.start == last.end && range.start == range.end && last.end == range.start =>
            {
                said.push_str(text);
            }
            _ => parts.push((range, text.to_owned())),
        };
        for (at, token) in self.tokens.iter().enumerate() {
            let added = |at: usize| self.added(other, at);
            let is_made = token.range.start == token.range.end;
            match token.text {
                "(" if is_made && (added(at + 2).is_some() || added(at + 3).is_some()) => {
                    put(token.range.clone(), "(");
                }
                ")" if is_made && (added(at).is_some() || added(at + 1).is_some()) => {
                    put(token.range.clone(), ")");
                }
                _ => {}
            }
            let Some(annotation) = added(at + 1) else { continue };
            put(token.range.end..token.range.end, &annotation.text);
            // A default is written apart from its annotation.
            let next = self.tokens.get(at + 1).filter(|next| next.text == "=");
            if let Some(next) = next.filter(|next| next.range.start == token.range.end) {
                put(next.range.clone(), " = ");
            }
        }
        if parts.is_empty() { Err(Difference::Nothing) } else { Ok(parts) }
    }

    /// The annotation that `other` has behind so many tokens, and this text has not.
    fn added<'b>(&self, other: &'b Self, at: usize) -> Option<&'b Annotation<'a>> {
        let here = |one: &&Annotation<'_>| one.at == at;
        other.found.iter().find(here).filter(|_| !self.found.iter().any(|own| own.at == at))
    }

    /// Those that `other` has and this text has not.
    pub fn added_by<'b>(&self, other: &'b Self) -> Vec<&'b Annotation<'a>> {
        other.found.iter().filter(|one| !self.found.iter().any(|own| own.at == one.at)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PARSE_LIMIT, parse_str};

    fn brought(language: Language, one: &str, other: &str) -> Result<String, Difference> {
        let tree = |text: &str| parse_str(language, text, PARSE_LIMIT).unwrap();
        let (first, second) = (tree(one), tree(other));
        let own = annotations(language, &first, one).unwrap();
        let theirs = annotations(language, &second, other).unwrap();
        let mut text = one.to_owned();
        for (range, new) in own.bring(&theirs)?.into_iter().rev() {
            text.replace_range(range, &new);
        }
        Ok(text)
    }

    #[test]
    fn annotations_are_brought_and_nothing_else() {
        let cases: [(Language, &str, &str, &str); 7] = [
            (
                Language::Python,
                "def f(a, b=1, *c,  d = 2):\n    x = a  # kept\n    return x\n",
                "def f(a: int, b: str = 1, *c: int, d: list[int] = 2) -> int:\n    x: int = a # kept\n    return x\n",
                "def f(a: int, b: str = 1, *c: int,  d: list[int] = 2) -> int:\n    x: int = a  # kept\n    return x\n",
            ),
            (
                Language::Python,
                "def f(a: 'A', b):\n    '''x  y'''\n",
                "def f(a: 'A', b: B | None):\n    '''x  y'''\n",
                "def f(a: 'A', b: B | None):\n    '''x  y'''\n",
            ),
            (
                Language::TypeScript,
                "function f(a, b?, c = 1) {\n  const x = a;\n  return x;\n}\n",
                "function f(a: number, b?: string, c: number = 1): number { const x: number = a; return x; }",
                "function f(a: number, b?: string, c: number = 1): number {\n  const x: number = a;\n  return x;\n}\n",
            ),
            (
                Language::TypeScript,
                "const f = x => x + 1;\n",
                "const f = (x: number): number => x + 1;\n",
                "const f = (x: number): number => x + 1;\n",
            ),
            (
                Language::TypeScript,
                "const f = x => x + 1;\n",
                "const f: F = x => x + 1;\n",
                "const f: F = x => x + 1;\n",
            ),
            (
                Language::Tsx,
                "class A {\n  b = 1;\n  m(a) { return <p>{a}</p>; }\n}\n",
                "class A {\n  b: number = 1;\n  m(a: string) { return <p>{a}</p>; }\n}\n",
                "class A {\n  b: number = 1;\n  m(a: string) { return <p>{a}</p>; }\n}\n",
            ),
            (
                Language::Python,
                "async def größe(ä):\n    pass\n",
                "async def größe(ä: dict[str, a.B]) -> None:\n    pass\n",
                "async def größe(ä: dict[str, a.B]) -> None:\n    pass\n",
            ),
        ];
        for (language, one, other, expected) in cases {
            assert_eq!(brought(language, one, other).as_deref(), Ok(expected), "{one}");
        }
    }

    #[test]
    fn whatever_else_differs_is_told() {
        let code = |text: &str| Err(Difference::Code(text.into()));
        let python = "def f(a: int):\n    if a:\n        g()\n    h()\n";
        let cases: [(Language, &str, &str, Result<String, Difference>); 8] = [
            (
                Language::Python,
                python,
                "def f(a: int, b: int):\n    if a:\n        g()\n    h()\n",
                code(","),
            ),
            (Language::Python, python, "def f(a: int):\n    if a:\n        g()\n        h()\n", code("h")),
            (Language::Python, python, &python.replace("int", "str"), Err(Difference::Lost(": int".into()))),
            (Language::Python, python, &python.replace(": int", ""), Err(Difference::Lost(": int".into()))),
            (Language::Python, python, python, Err(Difference::Nothing)),
            (Language::Python, "f('a  b')\n", "f('a b')\n", code("'a b'")),
            (Language::TypeScript, "f(`a${b}  c`);", "f(`a${b} c`);", code("`a${b} c`")),
            (Language::TypeScript, "let a;", "let a: A; let b;", code("let")),
        ];
        for (language, one, other, expected) in cases {
            assert_eq!(brought(language, one, other), expected, "{other}");
        }
        let tree = parse_str(Language::Rust, "fn f() {}", PARSE_LIMIT).unwrap();
        assert!(annotations(Language::Rust, &tree, "fn f() {}").is_none());
    }

    #[test]
    fn names_are_those_that_must_be_known() {
        let text = "def f(a: dict[str, b.C], d: 'E' = 1) -> F | None: pass\n";
        let tree = parse_str(Language::Python, text, PARSE_LIMIT).unwrap();
        let found = annotations(Language::Python, &tree, text).unwrap().found;
        let names: Vec<_> = found.into_iter().map(|one| one.names).collect();
        assert_eq!(names, [vec!["dict", "str", "b"], vec![], vec!["F"]]);
    }
}
