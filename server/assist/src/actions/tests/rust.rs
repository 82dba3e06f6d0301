//! Rust keeps a file's tests in a module of it, which is only compiled for them; some keep that module in a file of its own.

use super::super::reply::{indent_at, indented};
use super::{Convention, Frame, Home, Open, Part, Target, Work, stem};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use trust_grammars::{Definition, DefinitionKind, outline};
use trust_index::Language;

const FORM: &str = "Each is a function with `#[test]` and no parameters that asserts something; everything of the file is in scope, \
                    so write no `use` for it and no module around them.";

pub(super) fn convention(work: &Work<'_>, symbol: &Target) -> Result<Convention, String> {
    let definitions = outline(Language::Rust, work.text).definitions;
    let name = |one: &&Definition| work.text.get(one.name.clone()).unwrap_or_default();
    let module = definitions
        .iter()
        .filter(|one| one.kind == DefinitionKind::Module && one.parent.is_none())
        .find(|one| matches!(name(one), "tests" | "test"));
    let own = |inside, frame| Home {
        path: work.path.to_owned(),
        shown: work.shown.to_owned(),
        before: Some(Arc::clone(work.text)),
        version: work.version,
        inside,
        frame,
    };
    let home = match module {
        Some(module) if module.item.contains(&symbol.item.start) => {
            return Err("a test stands there, which is not tested itself".into());
        }
        None => own(work.text.len()..work.text.len(), Frame::NewModule),
        Some(module) => match work.text[module.item.clone()].find('{') {
            Some(at) => own(module.item.start + at + 1..module.item.end - 1, Frame::Module),
            None => declared(work, name(&module))?,
        },
    };
    let is_test = |code: &str| {
        code.lines().any(|line| {
            let line = line.trim();
            line.starts_with("#[") && (line.ends_with("test]") || line.contains("test("))
        })
    };
    let imports = match home.frame {
        Frame::Module | Frame::End => Vec::new(),
        Frame::NewModule => vec!["use super::*;".to_owned()],
    };
    Ok(Convention { home, form: FORM.into(), subject: symbol.name.clone(), imports, is_test })
}

/// The file of a module that is only declared.
fn declared(work: &Work<'_>, module: &str) -> Result<Home, String> {
    let folder = work.path.parent().ok_or("the file is in no folder")?;
    let own = match stem(work).as_str() {
        "lib" | "main" | "mod" => folder.to_owned(),
        stem => folder.join(stem),
    };
    let places: [PathBuf; 2] = [own.join(format!("{module}.rs")), own.join(module).join("mod.rs")];
    let found = places.iter().find_map(|path| work.open(path));
    let Open { path, shown, text, version } =
        found.ok_or_else(|| format!("the file of the module `{module}` is not there"))?;
    let inside = 0..text.len();
    Ok(Home { path, shown, before: Some(text), version, inside, frame: Frame::End })
}

/// What stands in the module that some write around their tests; without `use super::*`, which is there.
pub(super) fn unwrapped(code: &str) -> String {
    let definitions = outline(Language::Rust, code).definitions;
    let outer: Vec<&Definition> = definitions.iter().filter(|one| one.parent.is_none()).collect();
    let inside = match &outer[..] {
        [one] if one.kind == DefinitionKind::Module => {
            let item = &code[one.item.clone()];
            item.find('{').map(|at| one.item.start + at + 1..one.item.end - 1)
        }
        _ => None,
    };
    let code = indented(inside.and_then(|range| code.get(range)).unwrap_or(code), "");
    let kept = code.lines().filter(|line| line.trim() != "use super::*;" && line.trim() != "#[cfg(test)]");
    kept.collect::<Vec<_>>().join("\n")
}

/// A module of tests at the end of the file.
pub(super) fn module(before: &str, imports: &[String], code: &str) -> Part {
    let end = before.trim_end().len();
    let inside = format!("{}\n\n{}", imports.join("\n"), code);
    let text = format!("\n\n#[cfg(test)]\nmod tests {{\n    {}\n}}\n", indented(&inside, "    "));
    (end..before.len(), text)
}

/// At the end of the module that is there.
pub(super) fn into_module(before: &str, inside: &Range<usize>, imports: &[String], code: &str) -> Part {
    let body = before[inside.clone()].trim_end();
    let at = inside.start + body.len();
    let first = body.find(|c: char| !c.is_whitespace()).map(|first| inside.start + first);
    let outer = indent_at(before, inside.start);
    let indent = first.map_or_else(|| format!("{outer}    "), |first| indent_at(before, first).to_owned());
    let imports = if imports.is_empty() { String::new() } else { format!("{}\n\n", imports.join("\n")) };
    let code = indented(&format!("{imports}{code}"), &indent);
    let apart = if body.trim().is_empty() { "\n" } else { "\n\n" };
    (at..inside.end, format!("{apart}{indent}{code}\n{outer}"))
}
