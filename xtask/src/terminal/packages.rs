//! Neovim, Helix and tmux, out of Debian's newest suite.

use crate::{
    debian::{self, Packages},
    version::{first_line, number},
    workspace::{Workspace, cache},
};
use anyhow::{Context, Result, ensure};
use std::{path::PathBuf, process::Command};

const PACKAGES: Packages = Packages {
    suite: "sid",
    names: &["neovim", "hx", "tmux"],
    programs: &["usr/bin/nvim", "usr/lib/hx/hx", "usr/bin/tmux"],
    private: None,
    told: "Neovim, Helix and tmux (once, 95 MB)",
};

pub struct Editors {
    folder: PathBuf,
    versions: String,
}

impl Editors {
    pub fn neovim(&self) -> Command {
        let mut command = Command::new(self.folder.join("usr/bin/nvim"));
        command.env("VIMRUNTIME", self.folder.join("usr/share/nvim/runtime"));
        command
    }

    pub fn helix(&self) -> Command {
        let mut command = Command::new(self.folder.join("usr/lib/hx/hx"));
        command.env("HELIX_RUNTIME", self.folder.join("usr/lib/hx/runtime"));
        command
    }

    pub fn tmux(&self) -> Command {
        Command::new(self.folder.join("usr/bin/tmux"))
    }

    /// Tells tests where they are.
    pub fn name_to(&self, tests: &mut Command) {
        tests.env("TRUST_TEST_TMUX", self.folder.join("usr/bin/tmux"));
        tests.env("TRUST_TEST_HELIX", self.folder.join("usr/lib/hx/hx"));
        tests.env("HELIX_RUNTIME", self.folder.join("usr/lib/hx/runtime"));
    }

    /// Asserts that they run, and are new enough.
    fn assert_versions(&mut self) -> Result<()> {
        let neovim = first_line(self.neovim().arg("--version"))?;
        ensure!(number(&neovim)? >= (0, 12), "{neovim}, and the tests need Neovim 0.12");
        let helix = first_line(self.helix().arg("--version"))?;
        ensure!(number(&helix)? >= (25, 7), "{helix}, and the tests need Helix 25.07");
        let tmux = first_line(self.tmux().arg("-V"))?;
        self.versions = format!("{neovim}, {helix}, {tmux}");
        Ok(())
    }
}

impl std::fmt::Display for Editors {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.versions)
    }
}

/// The editors, fetched if they are not there.
pub fn ensure(workspace: &Workspace) -> Result<Editors> {
    let folder = cache("terminal-editors")?;
    if !folder.is_dir() {
        debian::fetch(workspace, &PACKAGES, &folder)?;
    }
    let mut editors = Editors { folder, versions: String::new() };
    editors
        .assert_versions()
        .with_context(|| format!("{} is damaged or out of date; remove it", editors.folder.display()))?;
    Ok(editors)
}
