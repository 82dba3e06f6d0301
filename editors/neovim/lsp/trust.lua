-- Trust for Neovim 0.12: completions from a model on this machine, as ghost text.
--
-- With this folder on the runtimepath, `vim.lsp.enable('trust')` in init.lua is all (README.md). `trust-lsp` has to be on
-- the PATH; otherwise name it: `vim.lsp.config('trust', { cmd = { '/path/to/trust-lsp', '--stdio' } })`.
--
-- This file works alone as well, as ~/.config/nvim/lsp/trust.lua, with `vim.lsp.inline_completion.enable()` and a key for
-- `vim.lsp.inline_completion.get()`; then there are no commands.

---@type vim.lsp.Config
return {
  cmd = { 'trust-lsp', '--stdio' },
  filetypes = {
    'rust', 'python', 'typescript', 'typescriptreact', 'javascript', 'javascriptreact',
    'go', 'java', 'c', 'cpp', 'cs', 'ruby', 'php', 'sh', 'bash', 'lua', 'kotlin',
  },
  root_markers = { '.git' },
  capabilities = { experimental = { trustStatus = true, trustNextEdit = true } },
  on_exit = function(code, signal, id)
    vim.schedule(function()
      local there, life = pcall(require, 'trust.life')
      if there then
        life.ended(code, signal, id)
      end
    end)
  end,
  -- Definitions, references, hovers and symbols too, in languages that have no other server here:
  -- init_options = { otherServers = { 'rust', 'python' } },
}
