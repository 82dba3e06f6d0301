//! Neovim, with the plugin and without, and Helix begin a session each, which is heard.

use super::packages::Editors;
use crate::{
    introductions::{self, Listener},
    tally::Tally,
    workspace::{Workspace, run, run_and_keep, succeeds},
};
use anyhow::Result;
use serde_json::Value;
use std::path::Path;

/// The configuration of somebody who has no plugin.
const PLAIN: &str = "{ cmd = CMD, filetypes = { 'rust' }, root_markers = { '.git' } }";
const BEGUN: &str = "lua vim.wait(30000, function() local client = vim.lsp.get_clients({ name = 'trust' })[1] \
                     return client and client.initialized end, 20)";
/// As users are told to install it, but for the program.
const HELIX: &str = "[language-server.trust]\ncommand = CMD\nargs = [\"--stdio\"]\n\n\
                     [[language]]\nname = \"rust\"\nlanguage-servers = [\"trust\"]\n";

pub fn hear(workspace: &Workspace, editors: &Editors) -> Result<Tally> {
    let folder = workspace.target.join("terminal/begin");
    let project = introductions::project(workspace, &folder)?;
    let server = workspace.binary("debug");
    let mut tally = Tally::default();
    let plugin = workspace.root.join("editors/neovim");
    for (name, plugin) in [("neovim", None), ("neovim-plugin", Some(plugin.as_path()))] {
        let listener = Listener::new(&folder.join(name), &server, &[])?;
        let said = neovim(editors, &folder, &listener, plugin)?;
        tally = tally.plus(introductions::judge(workspace, name, said, &project)?);
    }
    let listener = Listener::new(&folder.join("helix"), &server, &[])?;
    let said = helix(editors, &folder, &listener)?;
    Ok(tally.plus(introductions::judge(workspace, "helix", said, &project)?))
}

fn neovim(editors: &Editors, folder: &Path, listener: &Listener, plugin: Option<&Path>) -> Result<Value> {
    let command = format!("{{ {:?}, '--stdio' }}", listener.program);
    let (before, configuration) = match plugin {
        Some(plugin) => (format!("vim.opt.runtimepath:prepend({plugin:?})"), "{ cmd = CMD }"),
        None => (String::new(), PLAIN),
    };
    let configuration = configuration.replace("CMD", &command);
    let lines = [
        "vim.g.loaded_python3_provider = 0",
        &before,
        &format!("vim.lsp.config('trust', {configuration})"),
        "vim.lsp.enable('trust')",
    ];
    let init = folder.join("init.lua");
    std::fs::write(&init, lines.join("\n"))?;
    let mut neovim = editors.neovim();
    introductions::housed(&mut neovim, folder);
    neovim.current_dir(folder.join("project")).args(["--headless", "-n", "-i", "NONE", "-u"]).arg(init);
    let (printed, _) = run_and_keep(neovim.args(["a.rs", "-c", BEGUN, "-c", "qall!"]))?;
    print!("{printed}");
    listener.wait()
}

fn helix(editors: &Editors, folder: &Path, listener: &Listener) -> Result<Value> {
    let settings = folder.join("home/config/helix");
    std::fs::create_dir_all(&settings)?;
    let program = format!("{:?}", listener.program.display().to_string());
    std::fs::write(settings.join("languages.toml"), HELIX.replace("CMD", &program))?;
    let socket = std::env::temp_dir().join(format!("trust-helix-{}", std::process::id()));
    let tmux = |words: &[&str]| {
        let mut tmux = editors.tmux();
        tmux.arg("-S").arg(&socket).args(["-f", "/dev/null"]).args(words);
        tmux
    };
    let mut start = tmux(&["new-session", "-d", "-x", "100", "-y", "30"]);
    editors.name_to(&mut start);
    introductions::housed(&mut start, folder);
    start.current_dir(folder.join("project")).env_remove("TMUX").env("TERM", "xterm-256color");
    run(start.arg(editors.helix().get_program()).arg("a.rs"))?;
    let said = listener.wait();
    succeeds(&mut tmux(&["kill-server"]));
    let _ = std::fs::remove_file(&socket);
    said
}
