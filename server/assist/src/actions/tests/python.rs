//! Python keeps tests in files called `test_NAME.py`, beside the module or in a folder `tests`; pytest finds them there.

use super::{Convention, Target, Work, file_of_tests, nearest, stem};
use std::path::Path;
use trust_grammars::{DefinitionKind, outline};
use trust_index::Language;

const FORM: &str = "Each is a function `test_...` that asserts something, as pytest has them; what is tested is imported \
                    already, so write no import of it.";

pub(super) fn convention(work: &Work<'_>, symbol: &Target) -> Result<Convention, String> {
    let stem = stem(work);
    if stem.starts_with("test_") || stem.ends_with("_test") || stem == "conftest" {
        return Err("the file is one of tests, which are not tested themselves".into());
    }
    let folder = work.path.parent().ok_or("the file is in no folder")?;
    let (package, module) = module(work, folder, &stem);
    let name = if stem == "__init__" { module.rsplit('.').next().unwrap_or_default() } else { &stem };
    let found = nearest(work, &[format!("test_{name}.py"), format!("{name}_test.py")]);
    let root = work.path.ancestors().nth(work.shown.split('/').count()).unwrap_or(folder);
    let snapshot = work.index.snapshot();
    let has_tests = |folder: &&Path| {
        let tests = folder.join("tests");
        snapshot.file_ids().any(|file| snapshot.path(file).starts_with(&tests))
    };
    let above = folder.ancestors().take_while(|folder| folder.starts_with(root));
    let tests = above.into_iter().find(has_tests).map(|folder| folder.join("tests"));
    let made = tests.unwrap_or_else(|| package.to_owned()).join(format!("test_{name}.py"));
    let home = file_of_tests(work, found.as_deref(), made)?;
    let subject = outermost(work, symbol);
    let imports = vec![format!("from {module} import {subject}")];
    let is_test = |code: &str| {
        let all = outline(Language::Python, code).definitions;
        all.iter()
            .filter_map(|one| code.get(one.name.clone()))
            .any(|name| name.to_lowercase().starts_with("test"))
    };
    Ok(Convention { home, form: FORM.into(), subject, imports, is_test })
}

/// The folder that the outermost package lies in, and the module's name from there.
fn module<'a>(work: &Work<'_>, folder: &'a Path, stem: &str) -> (&'a Path, String) {
    let is_package = |folder: &Path| work.index.broker().may_read(&folder.join("__init__.py")).is_ok();
    let mut parts = if stem == "__init__" { Vec::new() } else { vec![stem.to_owned()] };
    let mut at = folder;
    while let (true, Some(above), Some(name)) = (is_package(at), at.parent(), at.file_name()) {
        parts.insert(0, name.to_string_lossy().into_owned());
        at = above;
    }
    (at, parts.join("."))
}

/// What can be imported: the symbol, or the class around it.
fn outermost(work: &Work<'_>, symbol: &Target) -> String {
    let definitions = outline(work.language, work.text).definitions;
    let outer = definitions.iter().filter(|one| {
        one.parent.is_none() && one.item.start <= symbol.item.start && symbol.item.end <= one.item.end
    });
    let outer = outer.max_by_key(|one| (one.kind == DefinitionKind::Class, one.item.len()));
    outer.and_then(|one| work.text.get(one.name.clone())).unwrap_or(&symbol.name).to_owned()
}
