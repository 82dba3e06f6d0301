//! `cargo xtask bench tools`: builds the program that measures answers with a form, and a model of random weights of the
//! size for which their cost is bounded.

use crate::{
    paint::Paint,
    peer::model,
    requirements::{self, Purpose},
    workspace::{Workspace, run},
};
use anyhow::{Context, Result};
use std::path::PathBuf;

/// Tokens that the random model holds.
const CONTEXT: u32 = 1024;

/// What is to be measured.
pub struct Tools {
    pub schemas: u64,
    pub answers: u64,
    /// Instead of the model of random weights.
    pub model: Option<PathBuf>,
    pub json: bool,
}

pub fn tools(workspace: &Workspace, tools: &Tools, paint: Paint) -> Result<()> {
    requirements::ensure(Purpose::Build, paint)?;
    // Of the whole workspace, as `cargo xtask test` does: llama.cpp is compiled once for all of its programs.
    run(&mut workspace.cargo(["build", "--release", "--locked", "--workspace", "--example", "tools"]))?;
    let model = match &tools.model {
        Some(model) => std::path::absolute(model)?,
        None => {
            let file = workspace.target.join("tools").join("random.gguf");
            std::fs::create_dir_all(workspace.target.join("tools"))?;
            let shape = model::SHAPES.first().context("no shape of a model")?;
            model::write(&file, *shape, CONTEXT, &workspace.root.join("server/models/bundled/nano.gguf"))?;
            file
        }
    };
    let (schemas, answers) = (tools.schemas.to_string(), tools.answers.to_string());
    let model = model.to_string_lossy();
    let mut options = vec!["--schemas", &schemas, "--answers", &answers, "--model", &model];
    options.extend(tools.json.then_some("--json"));
    let program = workspace.program("release/examples", "tools");
    run(&mut workspace.command(program, options))
}
