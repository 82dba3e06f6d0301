-- A Neovim of its own for the tests, driven over RPC: a real event loop, and real keys.

local M = {}

--- How long anything may take that is waited for.
local WAIT_MS = 20000

---@class trust.Child
---@field channel integer
local Child = {}
Child.__index = Child

--- An init.lua with this plugin, and the given program for a server.
---@param place { folder: string, plugin: string, home: string }
---@param cmd string[]
---@param before? string Lua that is run before the plugin is
function M.text(place, cmd, before)
  return ([[
    %s
    -- Looking for a Python to write plugins in takes seconds.
    vim.g.loaded_python3_provider = 0
    vim.opt.runtimepath:prepend(%q)
    vim.lsp.config('trust', { cmd = vim.json.decode(%q) })
    vim.lsp.enable('trust')
  ]]):format(before or '', place.plugin, vim.json.encode(cmd))
end

--- The same as a file, for a Neovim that is started in a terminal.
function M.init(place, cmd, before)
  local path = vim.fs.joinpath(place.home, 'terminal.lua')
  vim.fn.writefile(vim.split(M.text(place, cmd, before), '\n'), path)
  return path
end

--- Nothing of the user's is read or written.
function M.environment(home)
  local environment = { HOME = home, GIT_CONFIG_GLOBAL = '/dev/null', GIT_CONFIG_SYSTEM = '/dev/null' }
  for name, folder in pairs({ CONFIG = 'config', DATA = 'data', STATE = 'state', CACHE = 'cache' }) do
    environment['XDG_' .. name .. '_HOME'] = vim.fs.joinpath(home, folder)
  end
  return environment
end

--- Starts one with this init.lua.
---@param init string
function M.open(place, init)
  local path = vim.fs.joinpath(place.home, 'init.lua')
  vim.fn.writefile(vim.split(init, '\n'), path)
  local words = { vim.v.progpath, '--embed', '--headless', '-n', '-i', 'NONE', '--cmd', 'set lines=30 columns=100' }
  vim.list_extend(words, { '-u', path })
  local channel = vim.fn.jobstart(words, { rpc = true, cwd = place.folder, env = M.environment(place.home) })
  assert(channel > 0, 'no child')
  return setmetatable({ channel = channel }, Child)
end

--- Starts one that has this plugin, and the given program for a server.
function M.start(place, cmd, before)
  local heard = '_G.told = {}; vim.notify = function(text) table.insert(_G.told, text) end;'
  return M.open(place, M.text(place, cmd, heard .. (before or '')))
end

--- Runs Lua there, and returns what it returns.
function Child:lua(code, ...)
  return vim.rpcrequest(self.channel, 'nvim_exec_lua', code, { ... })
end

function Child:keys(keys)
  vim.rpcrequest(self.channel, 'nvim_input', keys)
end

function Child:command(line)
  vim.rpcrequest(self.channel, 'nvim_command', line)
end

--- Waits until the Lua there returns something true, and returns that.
function Child:eventually(what, code, ...)
  local arguments, answer = { ... }, nil
  local came = vim.wait(WAIT_MS, function()
    local ran, value = pcall(self.lua, self, code, unpack(arguments))
    answer = value
    return ran and value and value ~= vim.NIL and true or false
  end, 25)
  if not came then
    local told = vim.inspect(self:lua('return _G.told'))
    local lines = table.concat(self:lua('return vim.api.nvim_buf_get_lines(0, 0, -1, false)'), '\n')
    error(('%s did not come; last: %s\ntold: %s\nbuffer:\n%s'):format(what, vim.inspect(answer), told, lines), 2)
  end
  return answer
end

function Child:told(pattern)
  return self:eventually('the message ' .. pattern, [[
    for _, text in ipairs(_G.told) do
      if text:find(...) then return text end
    end
  ]], pattern)
end

function Child:text()
  return table.concat(self:lua('return vim.api.nvim_buf_get_lines(0, 0, -1, false)'), '\n')
end

--- Opens a file, and puts the cursor where the text is that is searched for.
function Child:open(path, search)
  self:keys('<Esc>')
  self:command('silent! only | edit! ' .. path)
  self:command('edit!')
  self:eventually('the server', [[
    local client = vim.lsp.get_clients({ name = 'trust', bufnr = 0 })[1]
    local status = client and require('trust.status').of(client.id)
    return status and status.model.state == 'ready' and status.index.state == 'ready'
  ]])
  if search then
    self:lua([[vim.fn.cursor(1, 1); assert(vim.fn.search(..., 'cW') > 0)]], search)
  end
end

--- What is shown as ghost text behind the cursor. On a machine that is busy a deadline may pass: then a key asks again.
function Child:ghost()
  return self:eventually('ghost text', [[
    _G.asked = (_G.asked or 0) + 1
    if _G.asked % 80 == 0 then vim.api.nvim_input('x<BS>') end
    local space = vim.api.nvim_create_namespace('nvim.lsp.inline_completion')
    for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, space, 0, -1, { details = true })) do
      local text = mark[4].virt_text[1][1]
      for _, line in ipairs(mark[4].virt_lines or {}) do
        text = text .. '\n' .. line[1][1]
      end
      if text:find('%S') then return text end
    end
  ]])
end

--- Ends it, and says how it ended.
function Child:quit()
  vim.rpcnotify(self.channel, 'nvim_command', 'qall!')
  local code = vim.fn.jobwait({ self.channel }, WAIT_MS)[1]
  if code == -1 then
    vim.fn.jobstop(self.channel)
  end
  return code
end

return M
