//! The extension for Zed, compiled to WebAssembly as Zed does it, and asked in a host that plays Zed
//! (`editors/zed/tests`): no registry has Zed itself. Run with `--editors all`.

use crate::{
    paint::Paint,
    sessions,
    test::{self, Outcome},
    workspace::{Workspace, run},
};
use anyhow::{Context, Result};
use std::path::PathBuf;

/// What Zed compiles extensions for.
const TARGET: &str = "wasm32-wasip2";

/// Runs all of it. In CI, what cannot be done is a failure.
pub fn test(workspace: &Workspace, paint: Paint) -> Result<Outcome> {
    if let Err(problem) = add_target(workspace) {
        return test::missing("Rust has no target wasm32-wasip2", problem, test::in_ci());
    }
    let extension = build(workspace)?;
    let requirements = workspace.root.join("editors/zed/tests/requirements.txt");
    let interpreter = sessions::environment(workspace, "python-zed", &requirements)?;
    let tested = ("TRUST_ZED_EXTENSION", extension.as_path());
    Ok(Outcome::Tests(sessions::pytest(workspace, &interpreter, "editors/zed/tests", tested, paint)?))
}

/// Rust's library for the target, by rustup where it is not there yet.
fn add_target(workspace: &Workspace) -> Result<()> {
    let output = workspace.command("rustc", ["--print", "target-libdir", "--target", TARGET]).output()?;
    let library = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if output.status.success() && library.is_dir() {
        return Ok(());
    }
    run(&mut workspace.command("rustup", ["target", "add", TARGET])).context(
        "the extension is compiled for WebAssembly; with Rust by rustup, `rustup target add wasm32-wasip2`",
    )
}

fn build(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target.join("zed");
    let mut cargo = workspace.cargo(["build", "--release", "--locked", "--target", TARGET]);
    cargo.arg("--manifest-path").arg(workspace.root.join("editors/zed/Cargo.toml"));
    run(cargo.arg("--target-dir").arg(&folder))?;
    Ok(folder.join(TARGET).join("release/trust_lsp_zed.wasm"))
}
