//! What to paste into an editor to use the binary that was just built. The same text as in
//! `editors/`, with the path filled in.

use crate::paint::Paint;
use std::path::Path;

pub fn print_setup(root: &Path, binary: &Path, paint: Paint) {
    let binary = binary.display().to_string();
    println!("\n{}", paint.bold("In your editor"));
    for (editor, text) in [
        ("VS Code", vscode(root, &binary)),
        ("Neovim 0.12 (init.lua)", neovim(root, &binary)),
        ("Emacs (init.el)", emacs(root, &binary)),
        ("Helix (languages.toml)", helix(&binary)),
        ("Zed", zed(root, &binary)),
    ] {
        println!("\n{}", paint.bold(editor));
        for line in text.lines() {
            println!("  {line}");
        }
    }
}

fn vscode(root: &Path, binary: &str) -> String {
    let folder = root.join("editors/vscode");
    format!(
        "cd {} && npm ci && npm run package && code --install-extension trust-lsp.vsix\n\
         then in the settings (JSON): \"trust.server.path\": {binary:?}",
        folder.display()
    )
}

fn neovim(root: &Path, binary: &str) -> String {
    let folder = root.join("editors/neovim");
    format!(
        "vim.opt.runtimepath:append('{}')\n\
         vim.lsp.config('trust', {{ cmd = {{ {binary:?}, '--stdio' }} }})\n\
         vim.lsp.enable('trust')\n\
         (`:checkhealth trust` says what is missing; `:help trust` has the keys and commands.)",
        folder.display()
    )
}

fn emacs(root: &Path, binary: &str) -> String {
    let folder = root.join("editors/emacs").display().to_string();
    format!(
        "(add-to-list 'load-path {folder:?})\n(require 'trust)\n(setq trust-program {binary:?})\n(global-trust-mode)"
    )
}

fn helix(binary: &str) -> String {
    format!(
        "[language-server.trust]\n\
         command = {binary:?}\n\
         args = [\"--stdio\"]\n\
         \n\
         [[language]]\n\
         name = \"rust\"   # likewise \"python\", \"typescript\", with their own servers\n\
         language-servers = [\"rust-analyzer\", \"trust\"]\n\
         \n\
         (Helix has no inline completions yet: they are an entry of its completion menu.)"
    )
}

fn zed(root: &Path, binary: &str) -> String {
    let folder = root.join("editors/zed");
    format!(
        "run `zed: install dev extension` and choose {}, then in the settings:\n\
         \"lsp\": {{ \"trust-lsp\": {{ \"binary\": {{ \"path\": {binary:?}, \"arguments\": [\"--stdio\"] }} }} }},\n\
         \"languages\": {{ \"Rust\": {{ \"language_servers\": [\"trust-lsp\", \"...\"] }} }}\n\
         (Zed asks other servers for no inline completions: they are an entry of its completion menu.)",
        folder.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the demonstration prints is what Neovim's page says, and that page what the plugin does.
    #[test]
    fn the_printed_neovim_setup_is_the_documented_one() {
        let documented = include_str!("../../editors/neovim/README.md");
        let printed = neovim(Path::new("/path/to/trust-lsp"), "/path/to/trust-lsp").replace('"', "'");
        for line in printed.lines().filter(|line| line.starts_with("vim.")) {
            assert!(documented.contains(line), "{line}");
        }
        let shipped = include_str!("../../editors/neovim/lsp/trust.lua");
        assert!(shipped.contains("cmd = { 'trust-lsp', '--stdio' }"), "{shipped}");
    }

    #[test]
    fn the_path_of_the_binary_is_in_every_setup_that_works() {
        let root = Path::new("/r");
        let binary = "/r/target/release/trust-lsp";
        for text in [vscode(root, binary), neovim(root, binary), emacs(root, binary)] {
            assert!(text.contains("\"/r/target/release/trust-lsp\""), "{text}");
        }
    }
}
