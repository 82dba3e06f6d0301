-- A program in a terminal of its own (tmux), for tests that press keys and read the screen.

local M = {}

local WAIT_MS = 20000

---@class trust.Screen
---@field socket string
local Screen = {}
Screen.__index = Screen

local opened = 0

--- The path is tmux's own, which what is opened in it has too: only the machine's programs.
local function tmux(socket, ...)
  local command = { vim.env.TRUST_TEST_TMUX or 'tmux', '-L', socket, '-f', '/dev/null', ... }
  local done = vim.system(command, { text = true, env = { PATH = '/usr/bin:/bin' } }):wait()
  return done.code == 0, done.stdout, done.stderr
end

---@param folder string
---@param environment table<string, string>
---@param command string[]
function M.open(folder, environment, command)
  opened = opened + 1
  local socket = ('trust-test-%d-%d'):format(vim.uv.os_getpid(), opened)
  -- What is set holds for terminals that are opened afterwards.
  local words = { 'start-server', ';', 'set-option', '-s', 'escape-time', '0', ';' }
  vim.list_extend(words, { 'set-option', '-g', 'default-terminal', 'tmux-256color', ';' })
  vim.list_extend(words, { 'new-session', '-d', '-x', '100', '-y', '26', '-c', folder, '-e', 'COLORTERM=truecolor' })
  for name, value in pairs(environment) do
    vim.list_extend(words, { '-e', name .. '=' .. value })
  end
  vim.list_extend(words, command)
  local ran, _, problem = tmux(socket, unpack(words))
  assert(ran, problem)
  return setmetatable({ socket = socket }, Screen)
end

--- Presses keys by tmux's names: `Enter`, `Escape`, `C-x`.
function Screen:keys(...)
  local ran, _, problem = tmux(self.socket, 'send-keys', ...)
  assert(ran, problem)
end

--- Types a text as it is.
function Screen:type(text)
  self:keys('-l', text)
end

---@param colours? boolean
function Screen:text(colours)
  local ran, text = tmux(self.socket, 'capture-pane', '-p', colours and '-eN' or '-J')
  return ran and text or ''
end

--- Waits for a text on the screen, or what matches it as a pattern does. What is given to press is pressed each second
--- until it comes.
function Screen:wait_for(text, ...)
  local keys, last = { ... }, vim.uv.now()
  local came = vim.wait(WAIT_MS, function()
    local now = self:text()
    if now:find(text, 1, true) or now:find(text) then
      return true
    elseif vim.uv.now() - last > 1000 then
      for _, key in ipairs(keys) do
        -- An Escape and what follows at once would be one key.
        vim.uv.sleep(50)
        self:keys(key)
      end
      last = vim.uv.now()
    end
    return false
  end, 50)
  if not came then
    error(('%q did not come; the screen:\n%s'):format(text, self:text()), 2)
  end
end

--- Kills what the program in the terminal has started.
function Screen:kill_children()
  local _, program = tmux(self.socket, 'display-message', '-p', '#{pane_pid}')
  local children = vim.api.nvim_get_proc_children(tonumber(program))
  assert(#children > 0, 'it has started nothing')
  for _, child in ipairs(children) do
    vim.uv.kill(child, 'sigkill')
  end
end

--- Keeps the screen as it is now for who wants to look at it.
function Screen:keep(path, title)
  local file = assert(io.open(path, 'w'))
  file:write(require('picture').svg(self:text(true), title))
  file:close()
end

--- Does it with the screen, and closes that whatever comes of it.
function Screen:use(deed)
  local ran, problem = xpcall(deed, debug.traceback, self)
  self:close()
  assert(ran, problem)
end

function Screen:close()
  tmux(self.socket, 'kill-server')
  -- Which leaves its socket behind.
  local folder = ('%s/tmux-%d'):format(vim.env.TMUX_TMPDIR or '/tmp', vim.uv.getuid())
  vim.uv.fs_unlink(vim.fs.joinpath(folder, self.socket))
end

return M
