-- `:checkhealth trust`: what is there, what is missing, and what to do about it.

local M = {}

local function check_editor()
  if vim.fn.has('nvim-0.12') == 1 and vim.lsp.inline_completion then
    vim.health.ok('Neovim ' .. tostring(vim.version()) .. ' shows completions as ghost text')
  else
    vim.health.warn('Neovim shows no ghost text: completions are entries of the menu (CTRL-X CTRL-O)', 'Use Neovim 0.12')
  end
end

local function check_program()
  local problem = require('trust.server').missing()
  if problem then
    vim.health.error(problem, "Build it with `cargo build --release`; it lies in target/release")
    return false
  end
  local cmd = vim.lsp.config.trust.cmd
  if type(cmd) == 'table' then
    local ran, said = pcall(function()
      return vim.system({ cmd[1], '--version' }, { text = true }):wait(5000)
    end)
    if not ran or said.code ~= 0 then
      vim.health.error(('`%s --version` fails'):format(cmd[1]), 'Build the server again')
      return false
    end
    vim.health.ok(('%s (%s)'):format(vim.trim(said.stdout), vim.fn.exepath(cmd[1])))
  end
  return true
end

local function check_server()
  local status = require('trust.status')
  local clients = vim.lsp.get_clients({ name = 'trust' })
  if #clients == 0 then
    local reason = status.problem()
    local enabled = vim.lsp.is_enabled == nil or vim.lsp.is_enabled('trust')
    if reason then
      vim.health.error(reason, { 'Its log: ' .. vim.lsp.log.get_filename(), '`:TrustRestart` starts it again' })
    elseif not enabled then
      vim.health.warn('the server is not enabled', "Put `vim.lsp.enable('trust')` into init.lua")
    else
      vim.health.info('no server runs: open a file of a language that it is meant for')
    end
  end
  for _, client in ipairs(clients) do
    local told, privacy = status.of(client.id)
    vim.health.ok(('a server runs for %s'):format(client.root_dir or 'single files'))
    if told then
      local model, index = told.model, told.index
      local report = model.state == 'failed' and vim.health.error or vim.health.info
      report(('model: %s (%s)'):format(model.name or 'none', model.message or model.state))
      vim.health.info(('index: %s, %d files, %d definitions'):format(index.state, index.files, index.symbols))
    end
    vim.health.info('privacy: ' .. (privacy or 'not told yet'))
  end
end

function M.check()
  vim.health.start('Trust')
  check_editor()
  if check_program() then
    check_server()
  end
  if vim.fn.executable('git') == 0 then
    vim.health.warn('there is no git: nothing can be explained, reviewed or committed')
  end
end

return M
