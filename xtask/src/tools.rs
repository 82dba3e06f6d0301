//! `cargo xtask bench tools`: builds the program that measures answers with a form, and a model of random weights of the
//! size for which their cost is bounded.

use crate::{
    paint::Paint,
    peer::model,
    requirements::{self, Purpose},
    workspace::{Workspace, run},
};
use anyhow::{Context, Result};
use std::{ffi::OsStr, path::PathBuf};

/// Tokens that the random model holds, and one that is told of tools in a conversation.
const CONTEXT: u32 = 1024;
const TALK_CONTEXT: u32 = 4096;
/// A template of a family that calls tools: an answer by it is held to a form.
const TEMPLATE: &str = "server/dialect/fixtures/hermes-3.jinja";

/// What is to be measured.
pub struct Tools {
    pub schemas: u64,
    pub answers: u64,
    /// Instead of the model of random weights.
    pub model: Option<PathBuf>,
    /// Instead of all that: schemas that others collected, and of them each so manieth; or tasks for which tools are chosen.
    pub data: Option<PathBuf>,
    pub every: Option<usize>,
    pub choices: bool,
    pub json: bool,
}

pub fn tools(workspace: &Workspace, tools: &Tools, paint: Paint) -> Result<()> {
    requirements::ensure(Purpose::Build, paint)?;
    // Of the whole workspace, as `cargo xtask test` does: llama.cpp is compiled once for all of its programs.
    let build = ["build", "--release", "--locked", "--workspace", "--example", "tools", "--bin", "trust-lsp"];
    run(&mut workspace.cargo(build))?;
    let mut command = workspace.command(workspace.program("release/examples", "tools"), [""; 0]);
    command.args(["--schemas", &tools.schemas.to_string(), "--answers", &tools.answers.to_string()]);
    command.args(tools.json.then_some("--json"));
    let model = tools.model.as_ref().map(std::path::absolute).transpose()?;
    if let Some(data) = &tools.data {
        command.arg("--data").arg(std::path::absolute(data)?);
        command.args(["--every", &tools.every.unwrap_or(1).to_string()]);
        let model = model.map_or_else(|| random(workspace, "random.gguf", CONTEXT, None), Ok)?;
        return run(command.arg("--model").arg(model));
    }
    command.arg("--server").arg(workspace.binary("release"));
    if tools.choices {
        command
            .arg("--choices")
            .args(model.iter().flat_map(|model| [OsStr::new("--model"), model.as_os_str()]));
        return run(&mut command);
    }
    let (model, talk) = match model {
        Some(model) => (model.clone(), vec![model]),
        None => {
            let template = std::fs::read_to_string(workspace.root.join(TEMPLATE))?;
            let random = |name, context, template| random(workspace, name, context, template);
            let talk = vec![
                random("free.gguf", TALK_CONTEXT, None)?,
                random("form.gguf", TALK_CONTEXT, Some(template.as_str()))?,
            ];
            (random("random.gguf", CONTEXT, None)?, talk)
        }
    };
    command.arg("--model").arg(model);
    command.args(talk.iter().flat_map(|model| [OsStr::new("--talk"), model.as_os_str()]));
    run(&mut command)
}

/// A model of random weights, of the smallest shape; it is talked to by the bundled one's template or another.
fn random(workspace: &Workspace, name: &str, context: u32, template: Option<&str>) -> Result<PathBuf> {
    let folder = workspace.target.join("tools");
    std::fs::create_dir_all(&folder)?;
    let shape = model::SHAPES.first().context("no shape of a model")?;
    let like = workspace.root.join("server/models/bundled/nano.gguf");
    model::write(&folder.join(name), *shape, context, &like, template)?;
    Ok(folder.join(name))
}
