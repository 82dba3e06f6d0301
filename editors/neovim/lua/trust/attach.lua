-- What is done where the server attaches to a buffer: ghost text, and the keys for it.

local server = require('trust.server')

local M = {}

local KEYS = {
  accept = '<Tab>',
  word = '<M-w>',
  line = '<M-l>',
  following = '<M-]>',
  previous = '<M-[>',
  next_edit = '<M-j>',
}

--- `g:trust_keys`: false for none, or a table of other keys, "" for one that is not wanted.
local function keys()
  local chosen = vim.g.trust_keys
  if chosen == false or chosen == 0 then
    return nil
  end
  return vim.tbl_extend('force', KEYS, type(chosen) == 'table' and chosen or {})
end

--- What the key did before, by the user's own mapping or by Neovim's; as an <expr> mapping answers it.
local function as_before(key, old)
  if vim.tbl_isempty(old) then
    return key
  elseif old.callback and old.expr == 1 then
    return old.callback() or ''
  elseif old.callback then
    vim.schedule(old.callback)
    return ''
  end
  return old.expr == 1 and vim.api.nvim_eval(old.rhs) or old.rhs
end

local function map(buffer, key, description, take)
  if key == '' then
    return
  end
  local old = vim.fn.maparg(key, 'i', false, true)
  vim.keymap.set('i', key, function()
    return take() and '' or as_before(key, old)
  end, { buffer = buffer, expr = true, desc = 'Trust: ' .. description })
end

local function map_all(buffer)
  local chosen = keys()
  if not chosen then
    return
  end
  local accept = require('trust.accept')
  local next_edit = require('trust.next')
  map(buffer, chosen.accept, 'accept the completion, or the next edit', function()
    return accept.whole() or next_edit.take_here()
  end)
  map(buffer, chosen.word, 'accept its next word', accept.word)
  map(buffer, chosen.line, 'accept its next line', accept.line)
  map(buffer, chosen.following, 'the next completion', function()
    return accept.select(1)
  end)
  map(buffer, chosen.previous, 'the completion before', function()
    return accept.select(-1)
  end)
  if chosen.next_edit ~= '' then
    local options = { buffer = buffer, desc = 'Trust: go to the next edit; there, make it' }
    vim.keymap.set({ 'n', 'i' }, chosen.next_edit, next_edit.go, options)
  end
end

---@param client vim.lsp.Client
function M.attach(client, buffer)
  require('trust.life').began()
  require('trust.status').attached(client)
  local ERROR = vim.lsp.protocol.MessageType.Error
  client.handlers['window/showMessage'] = function(_, message)
    if message.type == ERROR then
      return server.tell(message.message, vim.log.levels.ERROR)
    end
    require('trust.page').message(message.message)
  end
  if not vim.lsp.inline_completion then
    local advice = 'here completions are entries of the menu (CTRL-X CTRL-O); ghost text needs Neovim 0.12.'
    vim.notify_once('Trust: ' .. advice, vim.log.levels.INFO)
  else
    vim.lsp.inline_completion.enable(true, { bufnr = buffer })
  end
  -- A server that comes back finds its keys mapped.
  if not vim.b[buffer].trust_attached then
    vim.b[buffer].trust_attached = true
    vim.api.nvim_buf_call(buffer, function()
      map_all(buffer)
    end)
  end
end

return M
