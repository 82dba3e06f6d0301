//! What a declaration or an import at the cursor is likely to be of: names that the file uses and nobody declares; and
//! what it is hardly of: names that are taken.

mod asked;
mod place;
mod unbound;

use crate::Query;
use crate::corpus::indentation;
use crate::imports::import_of;
use crate::lexer::{identifiers, is_word};
use crate::site::{Site, typed_word, unix_lines};
use asked::asked;
use place::{Sort, imported_names, is_list, sort};
use std::collections::HashSet;
use std::time::Duration;
use trust_grammars::{DefinitionKind, names, parse_kept};
use trust_index::{FileId, Snapshot};
use unbound::{free, taken};

const TIME_LIMIT: Duration = Duration::from_millis(60);
/// Bytes of a file in which names are looked for.
const LARGEST: usize = 256 << 10;
/// Names handed on.
const MOST: usize = 8;
/// How much less each further name is wanted.
const FURTHER: f32 = 0.5;
/// The share of what is wanted beside what stood elsewhere.
const SHARE: f32 = 0.6;
/// How much less is said by a text of a taken name, and how much more by an import of a name that is wanted.
const TAKEN: f32 = 0.03;
const NEEDED: f32 = 20.0;

/// The names of one place.
pub(crate) struct Wanted {
    sort: Sort,
    /// Bytes of the cursor's line up to the end of the word that declares.
    head: usize,
    /// The cursor's line is within a list of imports that begins above it.
    listed: bool,
    /// The most wanted first, each behind a space.
    names: Vec<String>,
    /// Names that stand for something here already.
    taken: HashSet<String>,
    /// Lines of the file that import something, and lines that would import what is wanted.
    imported: HashSet<String>,
    imports: Vec<String>,
    own: Option<FileId>,
}

impl Wanted {
    /// `None` where nothing is declared at the cursor.
    pub(crate) fn new(query: &Query, site: &Site, index: &Snapshot) -> Option<Self> {
        let language = query.language?;
        let (sort, head) = sort(language, site)?;
        if query.text.len() > LARGEST {
            return None;
        }
        // What is half written would only confuse the parser.
        let (above, below) = (
            unix_lines(query.text.slice(0..query.offset)),
            unix_lines(query.text.slice(query.offset..query.text.len())),
        );
        let above = &above[..above.rfind('\n').map_or(0, |at| at + 1)];
        let below = &below[below.find('\n').unwrap_or(below.len())..];
        let text = format!("{above}{below}");
        let own = index.file(&query.path);
        let tree = parse_kept(language, &text, TIME_LIMIT, &|| query.cancel.is_cancelled())?;
        let found = names(language, &tree, &text)?;
        let taken = taken(language, &found, &text, above.len(), sort);
        let depth = indentation(site.line_before()).len();
        let mut wanted = free(language, &found, &text, (above.len(), depth), sort);
        wanted.retain(|name| {
            !taken.contains(name)
                && ![language.keywords(), language.prelude()]
                    .iter()
                    .any(|words| words.binary_search(&name.as_str()).is_ok())
        });
        if sort != Sort::Import {
            let elsewhere = |name: &String| {
                index
                    .definitions(name)
                    .iter()
                    .any(|symbol| Some(symbol.file) != own && symbol.container.is_none())
            };
            wanted.retain(|name| !elsewhere(name));
            let exported = own.filter(|_| indentation(site.line_before()).is_empty());
            let asked = exported.map_or_else(Vec::new, |own| asked(language, own, index));
            wanted.splice(0..0, asked.into_iter().filter(|name| !taken.contains(name) && sort.may_be(name)));
            let mut seen = HashSet::new();
            wanted.retain(|name| seen.insert(name.clone()));
            wanted.truncate(MOST);
        }
        let (mut imports, mut imported) = (Vec::new(), HashSet::new());
        if sort == Sort::Import {
            let line = site.line_before();
            let line = &line[..line.len() - site.typed_word().len()];
            wanted.retain(|name| identifiers(line).all(|(_, known)| known != name));
            imported = text.lines().map(|line| line.trim().to_owned()).collect();
            imports =
                wanted.iter().filter_map(|name| import_of(language, &query.path, name, index)).collect();
        }
        let listed = sort == Sort::Import && !indentation(site.line_before()).is_empty();
        let names = wanted.iter().map(|name| format!(" {name}")).collect();
        Some(Self { sort, head, listed, names, taken, imported, imports, own })
    }

    /// Votes on how the line goes on behind `written`, weighed anew; whether something wanted is among them.
    pub(crate) fn weigh<'a>(
        &'a self,
        site: &Site,
        written: &str,
        mut votes: Vec<(&'a str, f32)>,
        index: &Snapshot,
    ) -> (Vec<(&'a str, f32)>, bool) {
        let line = format!("{}{written}", site.line_before());
        let Some(typed) = self.typed(&line) else { return (votes, false) };
        let mut needed = false;
        for (text, weight) in &mut votes {
            let factor = self.factor(&line, typed.unwrap_or_default(), text, index);
            needed |= factor > 1.0;
            *weight *= factor;
        }
        let lines = self.imports.iter().filter_map(|import| import.strip_prefix(line.trim_start()));
        let listed = self.sort != Sort::Import || self.listed || is_list(&line);
        let names = self.names.iter().filter(|_| listed);
        let rests = names.filter_map(|name| match typed {
            Some(typed) => name[1..].strip_prefix(typed),
            None => Some(name.as_str()),
        });
        let mut weight = 1.0;
        let mut own: Vec<(&str, f32)> = Vec::new();
        for rest in lines.chain(rests).filter(|rest| !rest.is_empty()).take(MOST) {
            own.push((rest, weight));
            weight *= FURTHER;
        }
        if own.is_empty() {
            return (votes, needed);
        }
        let sum = |votes: &[(&str, f32)]| votes.iter().map(|(_, weight)| weight).sum::<f32>();
        let total = sum(&votes);
        let share = if total > 0.0 { total * SHARE / (1.0 - SHARE) } else { 1.0 } / sum(&own);
        votes.extend(own.into_iter().map(|(text, weight)| (text, weight * share)));
        (votes, true)
    }

    /// What of a name `line` ends with, within the inner `None` where a space is to come first; `None` where its name
    /// is complete.
    fn typed<'a>(&self, line: &'a str) -> Option<Option<&'a str>> {
        if line.contains('\n') {
            return None;
        }
        if self.sort == Sort::Import {
            let gap = line.ends_with(',') || line.ends_with("import");
            return Some((!gap).then(|| typed_word(line)));
        }
        match line[self.head..].strip_prefix(' ') {
            None => line[self.head..].is_empty().then_some(None),
            Some(name) => name.bytes().all(is_word).then_some(Some(name)),
        }
    }

    /// How much a text behind `line` says.
    fn factor(&self, line: &str, typed: &str, text: &str, index: &Snapshot) -> f32 {
        let start = if typed.is_empty() { text.trim_start() } else { text };
        let word = start.len() - start.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').len();
        let name = format!("{typed}{}", &start[..word]);
        let elsewhere = || {
            let all = index.definitions(&name);
            all.iter().any(|symbol| Some(symbol.file) != self.own && is_type(symbol.kind))
        };
        match self.sort {
            Sort::Import => {
                let whole = format!("{}{text}", line.trim_start());
                let mut named = imported_names(&whole);
                if self.imported.contains(&whole) {
                    TAKEN
                } else if named.any(|name| self.names.iter().any(|wanted| wanted[1..] == *name)) {
                    NEEDED
                } else {
                    1.0
                }
            }
            Sort::Variable => 1.0,
            _ if self.taken.contains(&name) => TAKEN,
            Sort::Type if elsewhere() => TAKEN,
            _ => 1.0,
        }
    }
}

fn is_type(kind: DefinitionKind) -> bool {
    use DefinitionKind::{Class, Enum, Interface, Struct, Trait, TypeAlias};
    matches!(kind, Class | Enum | Interface | Struct | Trait | TypeAlias)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::tests::corpus;
    use crate::site::tests::{query, site};
    use trust_grammars::Language;

    #[test]
    fn what_is_used_and_not_declared_is_wanted() {
        use Language::{Python, Rust, TypeScript};
        let cases = [
            // (language, text, written since, votes on how it goes on, the texts that have the most say)
            (
                Rust,
                "fn f() {\n    let |\n    send(total, n);\n}\nfn send() {}\n",
                "",
                &[][..],
                &["total", "n"][..],
            ),
            (Rust, "fn f() {\n    let to|\n    send(total, n);\n}\nfn send() {}\n", "t", &[], &["al"]),
            (Rust, "fn f() {\n    let total|\n    send(total);\n}\n", " = ", &["1;"], &["1;"]),
            (Rust, "fn f() {\n    let mut|\n    send(total);\n}\n", "", &[], &[" total"]),
            (Rust, "fn f() {\n    let mut |\n}\nfn g() {\n    send(total);\n}\n", "", &["x;"], &["x;"]),
            (Rust, "struct First;\nstruct |\n", "", &["First;", "Third;"], &["Third;"]),
            (Rust, "fn f(x: Vec<Wide>) -> Option<u8> {}\nstruct |\n", "", &[], &["Wide"]),
            (
                Rust,
                "use std::fmt;\nuse |\nfn f(x: Arc<u8>) {}\n",
                "",
                &["std::fmt;", "std::io;", "std::sync::Arc;"],
                &["std::sync::Arc;"],
            ),
            (Python, "from typing import Any,|\n\nx: Any = cast(Any, len(y))\n", "", &[" IO"], &[" cast"]),
            (
                Python,
                "class A:\n    def first(self):\n        self.second(1)\n\n    def |\n",
                "",
                &["first(self):"],
                &["second"],
            ),
            (TypeScript, "import { |\nconst a: Wide = new Map();\n", "", &["Narrow }"], &["Wide"]),
            (TypeScript, "export class|\nclass A extends Base {}\n", "", &[" A {"], &[" Base"]),
            (TypeScript, "export class|\nclass A extends Base {}\n", " B", &[], &["ase"]),
            (TypeScript, "export class |\nclass A extends Base {}\n", "", &["A {"], &["Base"]),
        ];
        let nothing = corpus("", "");
        for (language, marked, written, votes, expected) in cases {
            let query = Query { language: Some(language), ..query(marked) };
            let site = site(marked);
            let wanted = Wanted::new(&query, &site, nothing.reader.snapshot()).unwrap();
            let votes = votes.iter().map(|text| (*text, 1.0)).collect();
            let (mut found, _) = wanted.weigh(&site, written, votes, nothing.reader.snapshot());
            found.sort_by(|a, b| b.1.total_cmp(&a.1));
            let most: Vec<&str> = found.iter().take(expected.len()).map(|(text, _)| *text).collect();
            assert_eq!(most, expected, "{marked:?} {written:?} {found:?}");
        }
    }

    #[test]
    fn elsewhere_nothing_is() {
        let nothing = corpus("", "");
        let cases = ["x = |\nuse(y)\n", "|", "fn f(&mut |) { g(x) }", "// let |\ng(x);"];
        for marked in cases {
            let query = Query { language: Some(Language::Rust), ..query(marked) };
            assert!(Wanted::new(&query, &site(marked), nothing.reader.snapshot()).is_none(), "{marked:?}");
        }
    }
}
