//! `cargo xtask new-language NAME`: the folder of a language that the index is to understand, ready to be filled.

use crate::{paint::Paint, workspace::Workspace};
use anyhow::{Context, Result, bail};
use std::fs;

const MODULE: &str = "//! TITLE.

use crate::definition::Action::{self, Enter, Leaf};
use crate::definition::DefinitionKind::Function;
use crate::documentation::Documents;
use crate::language::Spec;
use crate::scopes::Scopes;
use std::sync::OnceLock;

pub(crate) static SPEC: Spec = Spec {
    ids: &[\"NAME\"],
    extensions: &[\"NAME\"],
    line_comment: \"//\",
    keywords: &[],
    prelude: &[],
    grammar: || tree_sitter_NAME::LANGUAGE.into(),
    rules: &[RULES],
    cutter: None,
    documents: Documents::Above(&[]),
    scopes: Scopes::new(&[]),
    steps: OnceLock::new(),
};

const RULES: &[(&str, Action)] = &[
    (\"source_file\", Enter),
    (\"function_definition\", Leaf(Function, \"name\", \"body\")),
];
";

pub fn new_language(workspace: &Workspace, name: &str, paint: Paint) -> Result<()> {
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
        bail!("a language's folder is named in lower case letters");
    }
    let folder = workspace.root.join("grammars").join(name);
    if folder.exists() {
        bail!("{} is there already", folder.display());
    }
    let mut title = name.to_owned();
    title[..1].make_ascii_uppercase();
    let fixtures = folder.join("fixtures");
    fs::create_dir_all(&fixtures).with_context(|| fixtures.display().to_string())?;
    let module = MODULE.replace("NAME", name).replace("TITLE", &title);
    for (path, text) in
        [("mod.rs", module.as_str()), ("fixtures/items", ""), ("fixtures/items.definitions", "")]
    {
        fs::write(folder.join(path), text).with_context(|| folder.join(path).display().to_string())?;
    }
    println!("{}", paint.green(&format!("made grammars/{name}")));
    println!(
        "What is left to do:\n\
         - cargo add -p trust-grammars tree-sitter-{name}, and the version into the workspace's Cargo.toml;\n\
         - `mod {name}` in grammars/src/lib.rs, and {title} in the enum of grammars/src/language.rs;\n\
         - the rules: `tree-sitter parse` or node-types.json of the grammar name its kinds and fields;\n\
         - fixtures/items with its extension, and what it defines in items.EXTENSION.definitions; both into the\n  \
         table of grammars/src/tests/mod.rs, whose test prints what it found."
    );
    Ok(())
}
