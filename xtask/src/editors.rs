//! What to paste into an editor to use the binary that was just built. The same text as in
//! `editors/`, with the path filled in.

use crate::paint::Paint;
use std::path::Path;

pub fn print_setup(root: &Path, binary: &Path, paint: Paint) {
    let binary = binary.display().to_string();
    println!("\n{}", paint.bold("In your editor"));
    for (editor, text) in [
        ("VS Code", vscode(root, &binary)),
        ("Neovim 0.12 (init.lua)", neovim(&binary)),
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

fn neovim(binary: &str) -> String {
    format!(
        "vim.lsp.config('trust', {{\n\
         \x20 cmd = {{ {binary:?}, '--stdio' }},\n\
         \x20 filetypes = {{ 'rust', 'python', 'typescript', 'typescriptreact', 'javascript', 'javascriptreact' }},\n\
         \x20 root_markers = {{ '.git' }},\n\
         }})\n\
         vim.lsp.enable('trust')\n\
         vim.lsp.inline_completion.enable()\n\
         vim.keymap.set('i', '<Tab>', function()\n\
         \x20 if not vim.lsp.inline_completion.get() then return '<Tab>' end\n\
         end, {{ expr = true, desc = 'Accept the completion' }})"
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

    /// The repository's own file, without its comments, is what the demonstration prints.
    #[test]
    fn the_printed_neovim_setup_is_the_shipped_one() {
        let shipped = include_str!("../../editors/neovim/lsp/trust.lua");
        let printed = neovim("trust-lsp").replace('"', "'");
        for line in printed.lines().filter(|line| line.contains("filetypes") || line.contains("root_markers"))
        {
            assert!(shipped.contains(line.trim()), "{line}");
        }
    }

    #[test]
    fn the_path_of_the_binary_is_in_every_setup_that_works() {
        let root = Path::new("/r");
        for text in [vscode(root, "/r/target/release/trust-lsp"), neovim("/r/target/release/trust-lsp")] {
            assert!(text.contains("\"/r/target/release/trust-lsp\""), "{text}");
        }
    }
}
