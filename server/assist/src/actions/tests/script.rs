//! TypeScript and JavaScript keep tests in `NAME.test.ts` or `NAME.spec.ts`, beside the file or in `__tests__`; which program
//! runs them, `package.json` says.

use super::{Convention, Target, Work, file_of_tests, nearest, stem};
use std::path::{Component, Path};
use trust_grammars::{identifiers, outline};

pub(super) fn convention(work: &Work<'_>, symbol: &Target) -> Result<Convention, String> {
    let (stem, folder) = (stem(work), work.path.parent().ok_or("the file is in no folder")?);
    if [".test", ".spec"].iter().any(|end| stem.ends_with(end)) {
        return Err("the file is one of tests, which are not tested themselves".into());
    }
    let name = exported(work, symbol)?;
    let extension = work.path.extension().map(|end| end.to_string_lossy().into_owned()).unwrap_or_default();
    let called = |kind: &str| format!("{stem}.{kind}.{extension}");
    let found = nearest(work, &[called("test"), called("spec")]);
    let snapshot = work.index.snapshot();
    let holds = |part: &str| {
        snapshot.file_ids().any(|file| {
            snapshot.path(file).file_name().is_some_and(|name| name.to_string_lossy().contains(part))
        })
    };
    let kind = if holds(".spec.") && !holds(".test.") { "spec" } else { "test" };
    let made = folder.join(called(kind));
    let home = file_of_tests(work, found.as_deref(), made)?;
    let runner = Runner::of(work);
    let from = relative(home.path.parent().unwrap_or(folder), work.path);
    let end = if work.text.contains(".js\"") || work.text.contains(".js'") { ".js" } else { "" };
    let mut imports: Vec<String> = runner.imports().iter().map(|line| (*line).to_owned()).collect();
    // What is imported already by another line, is.
    let there = home.before.as_deref().unwrap_or_default();
    let knows = |word: &str| {
        outline(work.language, there)
            .imports
            .iter()
            .filter_map(|range| there.get(range.clone()))
            .any(|statement| identifiers(statement).any(|range| &statement[range] == word))
    };
    let brings = |line: &str| {
        let words = identifiers(line).map(|range| &line[range]);
        words.into_iter().any(|word| matches!(word, "test" | "assert" | "expect") && knows(word))
    };
    imports.retain(|line| !brings(line));
    if !knows(&name) {
        imports.push(format!("import {{ {name} }} from \"{from}{end}\";"));
    }
    let is_test =
        |code: &str| identifiers(code).any(|range| matches!(&code[range], "test" | "it" | "describe"));
    Ok(Convention { home, form: runner.form().into(), subject: name, imports, is_test })
}

/// What can be imported: the symbol, or what it stands in.
fn exported(work: &Work<'_>, symbol: &Target) -> Result<String, String> {
    let definitions = outline(work.language, work.text).definitions;
    let outer = definitions.iter().find(|one| {
        one.parent.is_none() && one.item.start <= symbol.item.start && symbol.item.end <= one.item.end
    });
    let item = outer.map_or(&symbol.item, |one| &one.item);
    let name = outer.and_then(|one| work.text.get(one.name.clone())).unwrap_or(&symbol.name);
    let line = work.text[..item.start].rfind('\n').map_or(0, |at| at + 1);
    let before = work.text.get(line..item.start + 10.min(item.len())).unwrap_or_default();
    let listed = work.text.lines().filter(|line| line.trim_start().starts_with("export {"));
    let is_listed = listed.into_iter().any(|line| identifiers(line).any(|range| &line[range] == name));
    if before.contains("export default") {
        return Err(format!("`{name}` is a default export, which has no name of its own in a file of tests"));
    }
    match before.contains("export") || is_listed {
        true => Ok(name.to_owned()),
        false => Err(format!("`{name}` is not exported, so no file of tests can import it")),
    }
}

enum Runner {
    Vitest,
    Jest,
    Node,
}

impl Runner {
    fn of(work: &Work<'_>) -> Self {
        let root = work.path.ancestors().nth(work.shown.split('/').count());
        let above = work
            .path
            .ancestors()
            .skip(1)
            .take_while(|folder| root.is_none_or(|root| folder.starts_with(root)));
        let said =
            above.filter_map(|folder| work.index.broker().read(&folder.join("package.json")).ok()).next();
        let names = |word: &str| said.as_deref().is_some_and(|said| said.contains(&format!("\"{word}\"")));
        match () {
            () if names("vitest") => Self::Vitest,
            () if names("jest") || names("ts-jest") || names("@jest/globals") => Self::Jest,
            () => Self::Node,
        }
    }

    fn imports(&self) -> &'static [&'static str] {
        match self {
            Self::Vitest => &["import { describe, expect, test } from \"vitest\";"],
            Self::Jest => &[],
            Self::Node => {
                &["import assert from \"node:assert/strict\";", "import { test } from \"node:test\";"]
            }
        }
    }

    fn form(&self) -> &'static str {
        match self {
            Self::Vitest | Self::Jest => {
                "Each is a call of `test` with a name and a function that uses `expect`; these and what is tested are imported \
                 already, so write no import."
            }
            Self::Node => {
                "Each is a call of `test` with a name and a function that uses `assert` (node:assert); these and what is tested \
                 are imported already, so write no import."
            }
        }
    }
}

/// The specifier of a file from a folder, without its extension.
fn relative(folder: &Path, file: &Path) -> String {
    let file = file.with_extension("");
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (folder.components().collect(), file.components().collect());
    let shared = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = "../".repeat(from.len() - shared);
    let down: Vec<_> = to[shared..].iter().map(|part| part.as_os_str().to_string_lossy()).collect();
    format!("{}{}", if up.is_empty() { "./".to_owned() } else { up }, down.join("/"))
}
