-- The commands, and what is done where the server attaches. Nothing is loaded before it is used.

if vim.g.loaded_trust then
  return
end
vim.g.loaded_trust = true

if vim.fn.has('nvim-0.11') == 0 then
  vim.notify_once('Trust needs Neovim 0.11, and 0.12 for ghost text.', vim.log.levels.WARN)
  return
end

local function command(name, module, options)
  vim.api.nvim_create_user_command(name, function(given)
    require('trust.' .. module).command(given)
  end, options)
end

local function names(...)
  local all = { ... }
  return function(lead)
    return vim.tbl_filter(function(name)
      return vim.startswith(name, lead)
    end, all)
  end
end

command('TrustChat', 'chat', { nargs = '*', range = true, bang = true, desc = 'Ask about this project; with ! anew' })
command('TrustStop', 'server', { desc = 'End what the server is asked for' })
command('TrustCommit', 'commit', { bang = true, desc = 'Propose a commit message; with ! for an amended commit' })
command('TrustExplain', 'explain', {
  nargs = '?',
  range = true,
  complete = names('staged', 'unstaged', 'HEAD'),
  desc = 'Explain a change: unstaged, staged, a commit, or that of the lines',
})
command('TrustReview', 'review', {
  nargs = '?',
  complete = names('staged', 'unstaged', 'clear', 'main'),
  desc = 'Review what is staged, unstaged or since a branch, into the quickfix list',
})
command('TrustModel', 'model', {
  nargs = '?',
  complete = names('bundled', 'none'),
  desc = 'Choose the model',
})
command('TrustWhy', 'why', { desc = 'Why the last completion is what it is, or is none' })
command('TrustNextEdit', 'next', { desc = 'Go to the next edit; there, make it' })
command('TrustRestart', 'life', { desc = 'Start the server again' })

vim.lsp.handlers['trust/status'] = function(_, status, context)
  require('trust.status').heard(context.client_id, status)
end
vim.lsp.handlers['trust/nextEdit'] = function(_, edit)
  require('trust.next').hint(edit)
end

local group = vim.api.nvim_create_augroup('trust', {})
vim.api.nvim_create_autocmd('LspAttach', {
  group = group,
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'trust' then
      require('trust.attach').attach(client, event.buf)
    end
  end,
})
vim.api.nvim_create_autocmd('FileType', {
  group = group,
  callback = function(event)
    require('trust.life').look(event.match)
  end,
})
