//! A function that the workspace defines once, and all that name it: in its own file, and in those that import it.

use super::{Named, Places, Work, is_spelled_out, rivals};
use crate::actions::work::Open;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use trust_grammars::{
    DefinitionKind, Language, Name, PARSE_LIMIT, Resolver, Role, identifiers, names, outline, parse_str,
};

/// Files that may name it, at most.
const FILES: usize = 300;

/// The function whose name the selection begins at, or that is the smallest symbol around it.
pub(super) fn find(work: &Work<'_>, stop: &dyn Fn() -> bool) -> Result<Named, String> {
    let old = wanted(work)?;
    let snapshot = work.index.snapshot();
    let own = outline(work.language, work.text).definitions;
    let own: Vec<_> = own.iter().filter(|one| work.text.get(one.name.clone()) == Some(&old)).collect();
    let [definition] = &own[..] else {
        return Err(format!("`{old}` is not defined once in this file"));
    };
    if definition.kind != DefinitionKind::Function {
        let kind = definition.kind.name();
        return Err(format!(
            "`{old}` is a {kind}; only local names and functions are named anew, since others are \
                            reached through types"
        ));
    }
    if snapshot.definitions(&old).iter().any(|symbol| snapshot.path(symbol.file) != work.path) {
        return Err(format!(
            "other files of the workspace define a `{old}` too, so it is not sure which one is meant"
        ));
    }
    let mut paths: BTreeSet<PathBuf> = snapshot.files_with(&old).map(Path::to_owned).collect();
    paths.insert(work.path.to_owned());
    if paths.len() > FILES {
        return Err(format!("more than {FILES} files hold the name `{old}`"));
    }
    let mut files = Vec::new();
    for path in paths {
        if stop() {
            break;
        }
        let Some(language) = Language::from_path(&path).filter(|other| alike(work.language, *other)) else {
            continue;
        };
        let Some(file) = work.open(&path) else {
            return Err(format!("{} holds the name and cannot be read", snapshot.relative_to_root(&path)));
        };
        let uses = uses(work, language, &file, &old, &definition.name)?;
        if !uses.is_empty() {
            let taken = rivals(language, &file.text);
            files.push(Places { file, uses, taken });
        }
    }
    Ok(Named { old, kind: "function", files })
}

fn wanted(work: &Work<'_>) -> Result<String, String> {
    let at = work.selection.start;
    let line = work.text[..at].rfind('\n').map_or(0, |at| at + 1);
    let text = work.text[line..].lines().next().unwrap_or_default();
    let under = identifiers(text).find(|word| line + word.start <= at && at <= line + word.end);
    let under = under.and_then(|word| text.get(word));
    let defined = |name: &&str| {
        let own = outline(work.language, work.text).definitions;
        own.iter().any(|one| work.text.get(one.name.clone()) == Some(name))
    };
    if let Some(name) = under.filter(defined) {
        return Ok(name.to_owned());
    }
    let around = crate::actions::target(work.language, work.text, &work.selection);
    around.map(|target| target.name).ok_or_else(|| "no name stands there that could be a better one".into())
}

fn alike(one: Language, other: Language) -> bool {
    use Language::{JavaScript, Tsx, TypeScript};
    let script = |language| matches!(language, JavaScript | Tsx | TypeScript);
    one == other || script(one) && script(other)
}

/// Where the function is named in a file.
fn uses(
    work: &Work<'_>,
    language: Language,
    file: &Open,
    old: &str,
    definition: &Range<usize>,
) -> Result<Vec<(Range<usize>, bool)>, String> {
    let text = &file.text;
    let told = |at: usize, why: &str| {
        let line = text[..at].matches('\n').count() + 1;
        Err(format!("`{old}` cannot be named anew safely: {}:{line} {why}", file.shown))
    };
    let Some(tree) = parse_str(language, text, PARSE_LIMIT) else {
        return told(0, "takes too long to parse");
    };
    let Some(found) = names(language, &tree, text) else { return Ok(Vec::new()) };
    let resolver = found.resolver(text);
    let imports = outline(language, text).imports;
    let is_own = file.path == work.path;
    let (mut uses, mut foreign) = (Vec::new(), false);
    for name in found.names.iter().filter(|name| resolver.text(name) == old) {
        let (at, range) = (name.range.start, name.range.clone());
        let statement = imports.iter().find(|statement| statement.contains(&at));
        let means = match (meaning(&resolver, name), statement) {
            (Means::This, None) if name.role == Role::Declares && !(is_own && range == *definition) => {
                Means::Other
            }
            (Means::This, None) => through(work, language, text, name),
            (Means::This, Some(statement)) => {
                let (before, whole) = (&text[statement.start..at], &text[statement.clone()]);
                // `from old import thing` names a module.
                let is_module = language == Language::Python && !before.contains("import");
                if is_module { Means::Other } else { imported(work, language, whole) }
            }
            (other, _) => other,
        };
        match means {
            Means::Other => {}
            Means::This => uses.push((range, name.shorthand)),
            Means::Foreign => foreign = true,
            Means::Unknown => return told(at, "has one that may be another"),
        }
    }
    if foreign {
        return Ok(Vec::new());
    }
    if !uses.is_empty() && is_spelled_out(text, old) {
        let at = text.find(&format!("{old}\"")).or_else(|| text.find(&format!("{old}'"))).unwrap_or(0);
        return told(at, "spells it out in a string");
    }
    Ok(uses)
}

#[derive(Clone, Copy)]
enum Means {
    This,
    /// Another one, which the whole file takes from elsewhere.
    Foreign,
    Other,
    Unknown,
}

/// As far as the scopes tell.
fn meaning(resolver: &Resolver<'_>, name: &Name) -> Means {
    let is_local = resolver.binding(name).is_some_and(|binding| resolver.is_local(binding));
    if is_local || name.role == Role::Label { Means::Other } else { Means::This }
}

/// What it is reached through may say that it is another.
fn through(work: &Work<'_>, language: Language, text: &str, name: &Name) -> Means {
    let qualifier = name.qualifier.clone().and_then(|range| text.get(range));
    match (language, name.role, qualifier) {
        // A function is no member, and belongs to no type.
        (Language::Rust, Role::Member, _) => Means::Other,
        (_, Role::Member, _) => Means::Unknown,
        (_, Role::Path, Some(through)) if through.starts_with(char::is_uppercase) => Means::Other,
        (_, Role::Path, Some(through)) => {
            let own = ["crate", "super", "self"].contains(&through) || modules(work).contains(&through);
            if own { Means::This } else { Means::Unknown }
        }
        (_, Role::Path, None) => Means::Unknown,
        _ => Means::This,
    }
}

/// What the file that defines it is called as a module.
fn modules<'a>(work: &'a Work<'_>) -> Vec<&'a str> {
    let stem = work.path.file_stem().and_then(|stem| stem.to_str());
    let folder = work.path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    stem.into_iter().chain(folder).collect()
}

/// Whether an import is one of the file that defines the function.
fn imported(work: &Work<'_>, language: Language, statement: &str) -> Means {
    let mentions = |word: &str| identifiers(statement).any(|range| &statement[range] == word);
    let is_named = modules(work).into_iter().any(mentions);
    let is_near = ["\"./", "'./", "\"../", "'../"].iter().any(|start| statement.contains(start));
    match language {
        // A module of this name is no function.
        Language::Python if statement.trim_start().starts_with("import") => Means::Unknown,
        Language::Python if statement.contains("from .") || is_named => Means::This,
        Language::Rust if is_named || ["crate", "super", "self"].into_iter().any(mentions) => Means::This,
        Language::Python | Language::Rust => Means::Unknown,
        _ if is_near => Means::This,
        _ => Means::Foreign,
    }
}
