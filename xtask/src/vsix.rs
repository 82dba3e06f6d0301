//! `cargo xtask vsix`: the VS Code extension for the platform that this machine is, with the programs in it, so that it works as it is
//! installed.

use crate::{
    vscode::dependencies,
    workspace::{Workspace, run, succeeds},
};
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the programs and packs them into `output`, or `trust-lsp-PLATFORM.vsix` in the target folder.
pub fn build(workspace: &Workspace, output: Option<PathBuf>) -> Result<()> {
    let platform = platform()?;
    let folder = workspace.root.join("editors/vscode");
    ensure!(
        succeeds(workspace.command("npm", ["--version"]).current_dir(&folder)),
        "there is no npm, which comes with Node.js 20 or newer (https://nodejs.org); install that, then run this again"
    );
    run(&mut workspace.cargo(["build", "--release", "--locked"]))?;
    dependencies(workspace, &folder)?;
    let output = output.unwrap_or_else(|| workspace.target.join(format!("trust-lsp-{platform}.vsix")));
    let output = std::path::absolute(&output).with_context(|| output.display().to_string())?;
    pack(&folder, &output, &workspace.binary("release"), workspace.command("npm", []))?;
    let size = std::fs::metadata(&output).with_context(|| output.display().to_string())?.len();
    println!("{} ({} MB)\n\ncode --install-extension {0}", output.display(), size / 1_000_000);
    Ok(())
}

/// Packs the extension for this platform, with a server in it and the program that sends, which lies beside that. `npm` is the
/// program of that name, as yet without arguments.
pub fn pack(folder: &Path, output: &Path, server: &Path, mut npm: Command) -> Result<()> {
    let sender = server.with_file_name(format!("trust-net{}", std::env::consts::EXE_SUFFIX));
    let _laid = Laid::in_folder(folder, &[server, &sender])?;
    npm.args(["run", "--silent", "package", "--", "--target", platform()?, "--out"]);
    run(npm.arg(output).current_dir(folder))
}

/// What VS Code calls this platform.
fn platform() -> Result<&'static str> {
    Ok(match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "linux-x64",
        ("linux", "aarch64") => "linux-arm64",
        ("macos", "x86_64") => "darwin-x64",
        ("macos", "aarch64") => "darwin-arm64",
        ("windows", "x86_64") => "win32-x64",
        ("windows", "aarch64") => "win32-arm64",
        (system, processor) => bail!("VS Code has no extensions for {system} on {processor}"),
    })
}

/// Programs in the extension's folder, for as long as it is packed.
struct Laid(PathBuf);

impl Laid {
    /// Lays these there, without what only a debugger reads where the system can take that away.
    fn in_folder(extension: &Path, programs: &[&Path]) -> Result<Self> {
        let laid = Self(extension.join("bin"));
        let _ = std::fs::remove_dir_all(&laid.0);
        std::fs::create_dir_all(&laid.0).with_context(|| laid.0.display().to_string())?;
        for program in programs {
            let copy = laid.0.join(program.file_name().context("a program has a name")?);
            let mut strip = Command::new("strip");
            if !succeeds(strip.arg("-o").arg(&copy).arg(program)) {
                std::fs::copy(program, &copy).with_context(|| program.display().to_string())?;
            }
        }
        Ok(laid)
    }
}

impl Drop for Laid {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
