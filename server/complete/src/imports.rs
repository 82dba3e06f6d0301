//! The import that a text needs: where it uses one name that the file does not know and the project defines once.
//! For Rust, Python and TypeScript.

use crate::inserted::Inserted;
use std::path::Path;
use std::sync::Arc;
use trust_grammars::{DefinitionKind, Language, outline};
use trust_index::{Reader, Snapshot, Symbol};
use trust_text::Text;

/// A line to insert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Where, in bytes: the start of a line.
    pub at: usize,
    /// The line, with its line break.
    pub text: String,
}

/// What has to be imported for `added`, which is to stand at `offset` of the file at `path`. `None` where nothing is
/// missing, more than one thing is, or it is not clear what is meant.
pub fn import_for(
    path: &Path,
    language: Language,
    text: &Text,
    offset: usize,
    added: &str,
    index: &Arc<Snapshot>,
) -> Option<Import> {
    use Language::{Python, Rust, Tsx, TypeScript};
    if !matches!(language, Rust | Python | TypeScript | Tsx) {
        return None;
    }
    let found = Inserted::parse(language, text, offset, added, &|| false)?;
    let (before, resolver) = (found.before(), found.resolver());
    let mut missing: Vec<&str> = found.free(&resolver).map(|name| resolver.text(name)).collect();
    missing.sort_unstable();
    missing.dedup();
    let mut lines = missing.into_iter().filter_map(|name| import_of(language, path, name, index));
    let line = lines.next().filter(|_| lines.next().is_none())?;
    let line_break = if before.contains("\r\n") { "\r\n" } else { "\n" };
    Some(Import { at: place(language, before), text: format!("{line}{line_break}") })
}

/// The line by which the file at `path` imports `name`, where one other file defines it.
pub(crate) fn import_of(language: Language, path: &Path, name: &str, index: &Snapshot) -> Option<String> {
    let own = index.file(path)?;
    let all = index.definitions(name);
    let mut others = all.iter().filter(|symbol| symbol.file != own);
    let symbol = others.next().filter(|_| others.next().is_none())?;
    line(&index.reader(), language, &index.relative(own), symbol)
}

/// The import of `symbol`, where it can be had from the file `own`.
fn line(reader: &Reader<&Snapshot>, language: Language, own: &str, symbol: &Symbol<'_>) -> Option<String> {
    use DefinitionKind::{Field, Impl, Macro, Method, Module, Variant};
    let index = reader.snapshot();
    let other = index.relative(symbol.file);
    let kin = |language| match language {
        Language::Tsx => Language::TypeScript,
        language => language,
    };
    let same = index.language(symbol.file).is_some_and(|other| kin(other) == kin(language));
    if !same
        || symbol.container.is_some()
        || matches!(symbol.kind, Method | Field | Variant | Impl | Module | Macro)
    {
        return None;
    }
    let text = reader.text(symbol.file)?;
    let start = text.get(..symbol.name_range.start)?.rfind('\n').map_or(0, |at| at + 1);
    let declared = text.get(start..symbol.name_range.start)?;
    let name = symbol.name;
    match language {
        Language::Rust => {
            let public = declared.starts_with("pub ") || declared.starts_with("pub(crate) ");
            let module = rust_module(own, &other).filter(|_| public)?;
            Some(format!("use crate::{module}{name};"))
        }
        Language::Python => {
            let module = other.strip_suffix(".py")?.trim_start_matches("src/").trim_end_matches("/__init__");
            let plain =
                |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
            module.split('/').all(plain).then(|| format!("from {} import {name}", module.replace('/', ".")))
        }
        _ => {
            let exported = declared.starts_with("export ") && !declared.starts_with("export default");
            exported.then(|| format!("import {{ {name} }} from '{}';", script_module(own, &other)))
        }
    }
}

/// The path of the module in the file `other` of the same crate, with `::` at its end.
fn rust_module(own: &str, other: &str) -> Option<String> {
    let root = other.find("src/")? + 4;
    let inside = other[root..].strip_suffix(".rs")?;
    if own.get(..root) != Some(&other[..root]) {
        return None;
    }
    let inside = inside.strip_suffix("/mod").unwrap_or(inside);
    match inside {
        "lib" | "main" => Some(String::new()),
        _ => Some(format!("{}::", inside.replace('/', "::"))),
    }
}

fn script_module(own: &str, other: &str) -> String {
    let folder: Vec<&str> = own.split('/').rev().skip(1).collect::<Vec<_>>().into_iter().rev().collect();
    let parts: Vec<&str> = other.split('/').collect();
    let shared = folder.iter().zip(&parts).take_while(|(a, b)| a == b).count();
    let up = folder.len() - shared;
    let start = if up == 0 { "./".to_owned() } else { "../".repeat(up) };
    let path = format!("{start}{}", parts[shared..].join("/"));
    let path = path.trim_end_matches(".tsx").trim_end_matches(".ts");
    path.strip_suffix("/index").unwrap_or(path).to_owned()
}

/// Behind the last import above the cursor; else behind what a file begins with.
fn place(language: Language, before: &str) -> usize {
    let next_line = |at: usize| before[at..].find('\n').map(|end| at + end + 1);
    let is_top = |start: usize| start == 0 || before[..start].ends_with('\n');
    let imports = outline(language, before).imports;
    let last = imports.iter().rfind(|range| is_top(range.start)).and_then(|range| next_line(range.end));
    if let Some(at) = last {
        return at;
    }
    let heads: &[&str] = match language {
        Language::Rust => &["//!", "#![", "#!"],
        Language::Python => &["#"],
        _ => &["#!", "//", "'use", "\"use"],
    };
    let mut at = 0;
    while heads.iter().any(|head| before[at..].starts_with(head))
        && let Some(next) = next_line(at)
    {
        at = next;
    }
    if language == Language::Python
        && before[at..].starts_with("\"\"\"")
        && let Some(end) = before[at + 3..].find("\"\"\"")
    {
        return next_line(at + 3 + end).unwrap_or(0);
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use trust_index::{Index, IndexOptions};

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test writes the files it needs")]
    fn the_import_is_found_where_it_is_clear() {
        let files = [
            ("src/lib.rs", "mod store;\nmod user;\n"),
            ("src/store.rs", "pub fn open() {}\nfn hidden() {}\npub struct Box2;\n"),
            ("src/deep/mod.rs", "pub(crate) fn dig() {}\n"),
            ("src/twice_a.rs", "pub fn twice() {}\n"),
            ("src/twice_b.rs", "pub fn twice() {}\n"),
            ("pkg/__init__.py", "def start():\n    pass\n"),
            ("pkg/tools.py", "def mend():\n    pass\n"),
            ("web/lib/index.ts", "export function draw() {}\nfunction secret() {}\n"),
            ("web/near.ts", "export class Near {}\n"),
        ];
        let cases = [
            // (file, text, added, the line and where it goes)
            (
                "src/user.rs",
                "//! Head.\n\nfn f() {\n    |\n}\n",
                "open();",
                Some(("use crate::store::open;\n", 10)),
            ),
            (
                "src/user.rs",
                "use std::io;\n\nfn f() {\n    |\n}\n",
                "dig();",
                Some(("use crate::deep::dig;\n", 13)),
            ),
            ("src/user.rs", "fn f() {\n    op|\n}\n", "en();", Some(("use crate::store::open;\n", 0))),
            ("src/user.rs", "use crate::store::open;\nfn f() {\n    |\n}\n", "open();", None),
            ("src/user.rs", "fn f(open: u8) {\n    |\n}\n", "open;", None),
            ("src/user.rs", "fn f(a: A) {\n    |\n}\n", "a.open();", None),
            ("src/user.rs", "fn f() {\n    |\n}\n", "hidden();", None),
            ("src/user.rs", "fn f() {\n    |\n}\n", "twice();", None),
            ("src/user.rs", "fn f() {\n    |\n}\n", "open(dig());", None),
            ("src/user.rs", "fn f() {\n    |\n}\n", "mend();", None),
            (
                "app.py",
                "#!/bin/py\n\"\"\"Doc\nstring.\"\"\"\nx = |\n",
                "mend()",
                Some(("from pkg.tools import mend\n", 28)),
            ),
            ("app.py", "import os\r\nx = |\r\n", "start()", Some(("from pkg import start\r\n", 11))),
            ("web/app/a.tsx", "const a = |;\n", "draw()", Some(("import { draw } from '../lib';\n", 0))),
            (
                "web/b.ts",
                "import x from 'x';\nconst a = new |;\n",
                "Near()",
                Some(("import { Near } from './near';\n", 19)),
            ),
            ("web/b.ts", "const a = |;\n", "secret()", None),
        ];
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        files.iter().for_each(|(name, text)| write(name, text));
        cases.iter().for_each(|(name, ..)| write(name, "\n"));
        let roots = vec![folder.path().to_path_buf()];
        let index = Index::start(IndexOptions { roots, cache: None, on_state: Box::new(|_| ()) });
        assert!(index.wait_ready(Duration::from_secs(20)));
        for (name, marked, added, expected) in cases {
            let path = folder.path().canonicalize().unwrap().join(name);
            let (before, after) = marked.split_once('|').unwrap();
            let text = Text::new(&format!("{before}{after}"));
            let language = Language::from_path(&path).unwrap();
            let found = import_for(&path, language, &text, before.len(), added, &index.snapshot());
            let found = found.as_ref().map(|import| (import.text.as_str(), import.at));
            assert_eq!(found, expected, "{name} {marked:?} {added:?}");
        }
    }
}
