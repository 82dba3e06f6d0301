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

--- The function that the key was mapped to which was pressed last.
function M.before() end

--- What stands in the place of the key, as it is typed.
local function raw(keys)
  return vim.api.nvim_replace_termcodes(keys, true, true, true)
end

--- Puts keys before what is typed next, as a mapping does.
local function feed(keys, own, maps)
  if not maps then
    return vim.api.nvim_feedkeys(keys, 'in', false)
  end
  -- A mapping that begins with its own key ends there.
  local begins = vim.startswith(keys, own)
  vim.api.nvim_feedkeys(begins and keys:sub(#own + 1) or keys, 'im', false)
  if begins then
    vim.api.nvim_feedkeys(own, 'in', false)
  end
end

--- Does what the key did before, by the user's own mapping or by Neovim's. The text is locked while a key is mapped.
local function as_before(key, old)
  if vim.tbl_isempty(old) then
    return raw(key)
  end
  -- As it stands in a script, where it may mean that script.
  local rhs = old.rhs and old.rhs:gsub('<[Ss][Ii][Dd]>', ('<SNR>%d_'):format(old.sid or 0)) or nil
  if old.expr == 1 then
    local keys = old.callback and old.callback() or rhs and vim.api.nvim_eval(raw(rhs)) or ''
    feed(old.replace_keycodes == 1 and raw(keys) or keys, raw(key), old.noremap == 0)
  elseif old.callback then
    M.before = old.callback
    return raw('<Cmd>lua require("trust.attach").before()<CR>')
  else
    feed(raw(rhs), raw(key), old.noremap == 0)
  end
  return ''
end

local function map(buffer, key, description, take)
  if key == '' then
    return
  end
  local old = vim.fn.maparg(key, 'i', false, true)
  vim.keymap.set('i', key, function()
    return take() and '' or as_before(key, old)
  end, { buffer = buffer, expr = true, replace_keycodes = false, desc = 'Trust: ' .. description })
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

--- Neovim 0.11 takes an entry's first word for all of it, would indent its further lines once more, and makes no import
--- unless completion is enabled. So the menu puts in the first line, and what is left of it comes when it is taken.
local function fill_menu(client, buffer)
  vim.lsp.completion.enable(true, client.id, buffer, {
    convert = function(item)
      local is_own = item.textEdit and vim.startswith(item.detail or '', 'trust-lsp')
      return is_own and { word = item.textEdit.newText:match('^[^\n]*') } or {}
    end,
  })
  vim.api.nvim_create_autocmd('CompleteDone', {
    group = vim.api.nvim_create_augroup('trust.menu.' .. buffer, {}),
    buffer = buffer,
    callback = function()
      local taken = vim.v.completed_item
      local own = vim.v.event.reason == 'accept' and vim.tbl_get(taken, 'user_data', 'nvim', 'lsp')
      local text = own and own.client_id == client.id and vim.tbl_get(own, 'completion_item', 'textEdit', 'newText')
      if not text or not vim.startswith(text, taken.word) or text == taken.word then
        return
      end
      local rest = vim.split(text:sub(#taken.word + 1), '\n', { plain = true })
      local row, column = unpack(vim.api.nvim_win_get_cursor(0))
      vim.api.nvim_buf_set_text(buffer, row - 1, column, row - 1, column, rest)
      local last = #rest[#rest] + (#rest == 1 and column or 0)
      vim.api.nvim_win_set_cursor(0, { row + #rest - 1, last })
    end,
  })
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
    fill_menu(client, buffer)
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
