//! Tests for a symbol, put where its language keeps them: a module in the file, or a file of tests that is there or made.
//! The model writes the tests; what they import, and where they go, is decided by code.

mod python;
mod rust;
mod script;

use super::asking::until_usable;
use super::reply::{as_the_file_ends_lines, fenced, indented, parsed};
use super::work::Open;
use super::{ActionError, Changed, Made, Part, Target, Work, again, target};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trust_grammars::{identifiers, outline};
use trust_inference::{CancelToken, Model};
use trust_redact::masked;

/// Lines of the tests that are there already which a model is shown.
const EXAMPLE: usize = 40;

/// Where the tests go.
struct Home {
    path: PathBuf,
    shown: String,
    before: Option<Arc<str>>,
    version: Option<i32>,
    /// The bytes of what holds the tests there; names in it are taken.
    inside: Range<usize>,
    frame: Frame,
}

/// What is put around tests.
enum Frame {
    /// Before the end of a module of Rust that stands in the file.
    Module,
    /// In a module that is made at the end of the file.
    NewModule,
    /// At the end of a file of tests.
    End,
}

/// What a language wants of tests.
struct Convention {
    home: Home,
    /// What a model is told of their form.
    form: String,
    /// What is imported for them: the symbol, or what it is in.
    subject: String,
    /// Lines that a file of tests needs.
    imports: Vec<String>,
    /// Whether the code holds a test.
    is_test: fn(&str) -> bool,
}

pub(super) fn written(work: &Work<'_>, model: &dyn Model, cancel: &CancelToken) -> Result<Made, ActionError> {
    use trust_index::Language::{JavaScript, Python, Rust, Tsx, TypeScript};
    let refused = |why: &str| ActionError::Refused(why.into());
    let symbol =
        target(work.language, work.text, &work.selection).ok_or_else(|| refused("there is no symbol"))?;
    let source = work.text.get(symbol.item.clone()).unwrap_or_default();
    if masked(source.to_owned()) != source {
        return Err(ActionError::Secret);
    }
    let convention = match work.language {
        Rust => rust::convention(work, &symbol),
        Python => python::convention(work, &symbol),
        TypeScript | Tsx | JavaScript => script::convention(work, &symbol),
        _ => Err("where tests go is not known for this language".into()),
    };
    let convention = convention.map_err(ActionError::Refused)?;
    let stop = || cancel.is_cancelled();
    let request = again(request(work, &symbol, source, &convention), work.remark);
    let (parts, attempts) =
        until_usable(request, (model, cancel), |said| placed(work, &symbol, &convention, said, &stop))?;
    let Home { path, shown, before, version, .. } = convention.home;
    Ok(Made { changes: vec![Changed { path, shown, before, version, parts }], attempts })
}

fn request(work: &Work<'_>, symbol: &Target, source: &str, convention: &Convention) -> String {
    let Convention { home, form, .. } = convention;
    let there = home.before.as_deref().and_then(|text| text.get(home.inside.clone())).unwrap_or_default();
    let there: Vec<&str> = there.lines().take(EXAMPLE).collect();
    let example = match there.iter().any(|line| !line.trim().is_empty()) {
        true => format!("Tests that are there already begin so:\n```\n{}\n```\n", masked(there.join("\n"))),
        false => String::new(),
    };
    let Target { kind, name, .. } = symbol;
    format!(
        "The {kind} `{name}` in {}:\n```\n{source}\n```\n{example}Write tests of `{name}`, few and short, for what it is to do \
         and for what its edges are. {form} Answer with the tests alone, between ``` and ```.",
        work.shown
    )
}

/// The parts that put an answer's tests in their place.
fn placed(
    work: &Work<'_>,
    symbol: &Target,
    convention: &Convention,
    said: &str,
    stop: &dyn Fn() -> bool,
) -> Result<Vec<Part>, String> {
    let code = fenced(said).ok_or("there is no code between ``` and ```")?;
    let home = &convention.home;
    let before = home.before.as_deref().unwrap_or_default();
    let code = if work.language == trust_index::Language::Rust { rust::unwrapped(&code) } else { code };
    let (imports, code) = parted(work, &code, [&symbol.name, &convention.subject]);
    if !(convention.is_test)(&code) {
        return Err("it holds no test".into());
    }
    if !identifiers(&code).any(|range| code[range] == symbol.name) {
        return Err(format!("no test names `{}`", symbol.name));
    }
    let names = |text: &str| -> Vec<String> {
        let all = outline(work.language, text).definitions;
        all.iter().filter_map(|one| text.get(one.name.clone())).map(str::to_owned).collect()
    };
    let there = names(before.get(home.inside.clone()).unwrap_or_default());
    if let Some(taken) = names(&code).into_iter().find(|name| there.contains(name)) {
        return Err(format!("there is a `{taken}` already; give the test another name"));
    }
    let mut needed = convention.imports.clone();
    needed.extend(imports.into_iter().filter(|line| !convention.imports.contains(line)));
    needed.retain(|line| !before[home.inside.clone()].contains(line.trim()));
    let parts = match home.frame {
        Frame::NewModule => vec![rust::module(before, &needed, &code)],
        Frame::Module => vec![rust::into_module(before, &home.inside, &needed, &code)],
        Frame::End => at_the_end(work, before, &needed, &code),
    };
    let parts = as_the_file_ends_lines(before, parts);
    parsed(work.language, before, &parts, stop)?;
    Ok(parts)
}

/// The imports at the top of an answer, and the rest of it. Those of the symbol itself are made by code.
fn parted(work: &Work<'_>, code: &str, own: [&str; 2]) -> (Vec<String>, String) {
    let ranges = outline(work.language, code).imports;
    let is_import = |at: usize| ranges.iter().any(|range| range.start <= at && at < range.end);
    let (mut imports, mut rest, mut at) = (Vec::new(), Vec::new(), 0);
    for line in code.split('\n') {
        let first = at + line.len() - line.trim_start().len();
        at += line.len() + 1;
        match is_import(first) && !line.starts_with([' ', '\t']) {
            true => imports.push(line.trim_end().to_owned()),
            false => rest.push(line),
        }
    }
    imports.retain(|line| !identifiers(line).any(|range| own.contains(&&line[range])));
    (imports, indented(&rest.join("\n"), ""))
}

/// The imports behind those that are there, the tests at the end.
fn at_the_end(work: &Work<'_>, before: &str, imports: &[String], code: &str) -> Vec<Part> {
    let apart = if work.language == trust_index::Language::Python { "\n\n" } else { "\n" };
    let block = imports.join("\n");
    if before.trim().is_empty() {
        let between = if block.is_empty() { String::new() } else { format!("{block}\n{apart}") };
        return vec![(0..before.len(), format!("{between}{code}\n"))];
    }
    let mut parts = Vec::new();
    let last = outline(work.language, before).imports.into_iter().map(|range| range.end).max();
    if !block.is_empty() {
        let at = last.map_or(0, |end| before[end..].find('\n').map_or(before.len(), |at| end + at + 1));
        parts.push((at..at, format!("{block}\n")));
    }
    let end = before.trim_end().len();
    parts.push((end..before.len(), format!("\n{apart}{code}\n")));
    parts
}

/// The first of the files that is there, or the one that is to be made.
fn file_of_tests(work: &Work<'_>, found: Option<&Path>, made: PathBuf) -> Result<Home, String> {
    let home = |path, shown, before: Option<Arc<str>>, version| {
        let inside = 0..before.as_deref().map_or(0, str::len);
        Home { path, shown, before, version, inside, frame: Frame::End }
    };
    if let Some(path) = found {
        let shown = || work.index.snapshot().relative_to_root(path);
        let Open { path, shown, text, version } =
            work.open(path).ok_or_else(|| format!("{} cannot be read", shown()))?;
        return Ok(home(path, shown, Some(text), version));
    }
    let broker = work.index.broker();
    let path = broker.allows(&made).map_err(|refusal| format!("{}: {refusal}", made.display()))?;
    if let Some(Open { path, shown, text, version }) = work.open(&path) {
        return Ok(home(path, shown, Some(text), version));
    }
    // The path from the root is that of the file itself, as far as they go together.
    let up = work.path.ancestors().nth(work.shown.split('/').count());
    let shown = up.and_then(|root| path.strip_prefix(root).ok()).unwrap_or(&path);
    let shown: Vec<_> = shown.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let shown = shown.join("/");
    Ok(home(path, shown, None, None))
}

/// The indexed file of one of these names that is nearest to the place.
fn nearest(work: &Work<'_>, names: &[String]) -> Option<PathBuf> {
    let snapshot = work.index.snapshot();
    let shared =
        |path: &Path| path.components().zip(work.path.components()).take_while(|(a, b)| a == b).count();
    let named = snapshot.file_ids().map(|file| snapshot.path(file)).filter(|path| {
        let name = path.file_name().map(|name| name.to_string_lossy());
        name.is_some_and(|name| names.iter().any(|one| *one == name))
    });
    named.max_by_key(|path| (shared(path), std::cmp::Reverse(path.to_path_buf()))).map(Path::to_owned)
}

fn stem(work: &Work<'_>) -> String {
    work.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}
