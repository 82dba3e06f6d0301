-- The server's life: a message where its program is missing, and another start where it ended by itself, each time a
-- little later.

local server = require('trust.server')

local M = {}

--- How long to wait before the first, second, … start after an end; after the last one somebody has to ask.
local BACK_OFF_MS = { 500, 2000, 5000, 15000, 60000 }
--- Who lived that long starts anew without a past.
local HEALTHY_MS = 120000

local failures = 0
local started = 0
---@type uv.uv_timer_t?
local again

local function enabled()
  return vim.lsp.is_enabled == nil or vim.lsp.is_enabled('trust')
end

local function start()
  started = vim.uv.now()
  vim.lsp.enable('trust')
end

function M.began()
  started = vim.uv.now()
end

--- Says once that the program is missing, where a file is opened that it is meant for.
function M.look(filetype)
  local config = enabled() and vim.lsp.config.trust
  if config and vim.list_contains(config.filetypes or {}, filetype) then
    local problem = server.missing()
    if problem then
      vim.notify_once('Trust: ' .. problem, vim.log.levels.WARN)
    end
  end
end

function M.ended(code, signal, client_id)
  server.gone(client_id)
  if package.loaded['trust.chat'] then
    require('trust.chat').forget()
  end
  require('trust.status').forget(client_id)
  local wanted = vim.v.exiting == vim.NIL and not (code == 0 and signal == 0) and enabled()
  if not wanted or again then
    return
  end
  failures = vim.uv.now() - started > HEALTHY_MS and 1 or failures + 1
  local wait = BACK_OFF_MS[failures]
  local status = require('trust.status')
  if not wait then
    local said = ('the server ended %d times in a row; `:checkhealth trust` says where its log is.'):format(failures)
    status.stopped(said)
    return server.tell(said .. ' `:TrustRestart` starts it again.', vim.log.levels.ERROR)
  end
  status.stopped(('the server has ended; it starts again in %g s.'):format(wait / 1000))
  again = vim.defer_fn(function()
    again = nil
    start()
  end, wait)
end

--- `:TrustRestart`
function M.command()
  failures = 0
  if again then
    again:stop()
    again = nil
  end
  local problem = server.missing()
  if problem then
    return server.tell(problem, vim.log.levels.WARN)
  end
  local clients = vim.lsp.get_clients({ name = 'trust' })
  for _, client in ipairs(clients) do
    client:stop()
  end
  local left = 100
  local function when_gone()
    left = left - 1
    if left > 0 and #vim.lsp.get_clients({ name = 'trust' }) > 0 then
      return vim.defer_fn(when_gone, 50)
    end
    start()
  end
  when_gone()
end

return M
