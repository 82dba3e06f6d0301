-- Trust for Neovim 0.12: completions from a model on this machine, as ghost text.
--
-- Copy to ~/.config/nvim/lsp/trust.lua (or put this folder on the runtimepath), then in init.lua:
--
--   vim.lsp.enable('trust')
--   vim.lsp.inline_completion.enable()
--   vim.keymap.set('i', '<Tab>', function()
--     if not vim.lsp.inline_completion.get() then return '<Tab>' end
--   end, { expr = true, desc = 'Accept the completion' })
--
-- `trust-lsp` has to be on the PATH; otherwise write its absolute path here. Neovim 0.11 has
-- no inline completions: there they are an entry of the completion menu.

---@type vim.lsp.Config
return {
  cmd = { 'trust-lsp', '--stdio' },
  filetypes = { 'rust', 'python', 'typescript', 'typescriptreact', 'javascript', 'javascriptreact' },
  root_markers = { '.git' },
  -- Definitions, references, hovers and symbols too, in languages that have no other server here:
  -- init_options = { otherServers = { 'rust', 'python' } },
}
