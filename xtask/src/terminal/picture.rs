//! What a terminal showed, as a picture: drawn by Neovim, which knows how wide each letter is.

use super::packages;
use crate::workspace::{Workspace, run};
use anyhow::Result;
use std::path::Path;

/// Draws what tmux captured with its colours (`capture-pane -peN`); the title is for who cannot see it.
pub fn draw(workspace: &Workspace, captured: &Path, picture: &Path, title: &str) -> Result<()> {
    let mut neovim = packages::ensure(workspace)?.neovim();
    neovim.current_dir(&workspace.root).args(["--clean", "-l", "editors/neovim/test/draw.lua"]);
    run(neovim.args([captured, picture]).arg(title))
}
