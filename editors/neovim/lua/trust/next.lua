-- The next edit: a hint at the cursor while one is due, a key that goes there and shows it, and makes it when pressed
-- again.

local server = require('trust.server')

local M = {}

local space = vim.api.nvim_create_namespace('trust.next')

---@class trust.NextEdit
---@field uri string
---@field version? integer of the text that it is about, where that is open
---@field range lsp.Range
---@field newText string
---@field why string

--- What is shown where the cursor is, and of which text.
---@type { edit: trust.NextEdit, buffer: integer, tick: integer, encoding: string }?
local due
--- Not what the jump itself brings about.
local watching

local function clear()
  due = nil
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    vim.api.nvim_buf_clear_namespace(buffer, space, 0, -1)
  end
  if watching then
    pcall(vim.api.nvim_del_autocmd, watching)
    watching = nil
  end
end

local function clear_when_moved(buffer)
  local cursor, tick = vim.api.nvim_win_get_cursor(0), vim.b[buffer].changedtick
  watching = vim.api.nvim_create_autocmd({ 'CursorMoved', 'CursorMovedI', 'TextChanged', 'TextChangedI', 'BufLeave' }, {
    callback = function(event)
      local same = event.buf == buffer and event.event ~= 'BufLeave'
      if same and vim.deep_equal(vim.api.nvim_win_get_cursor(0), cursor) and vim.b[buffer].changedtick == tick then
        return
      end
      watching = nil
      clear()
      return true
    end,
  })
end

local function note(buffer, row, text)
  vim.api.nvim_buf_set_extmark(buffer, space, row, 0, { virt_text = { { '  ' .. text, 'ComplHint' } } })
end

---@param edit trust.NextEdit
local function show(edit, encoding)
  vim.cmd("normal! m'")
  local buffer = vim.uri_to_bufnr(edit.uri)
  if buffer ~= vim.api.nvim_get_current_buf() then
    vim.fn.bufload(buffer)
    vim.bo[buffer].buflisted = true
    vim.cmd.buffer(buffer)
  end
  local row = edit.range['start'].line
  local line = vim.api.nvim_buf_get_lines(buffer, row, row + 1, false)[1] or ''
  local column = vim.str_byteindex(line, encoding, edit.range['start'].character, false)
  vim.api.nvim_win_set_cursor(0, { row + 1, column })
  vim.cmd('normal! zv')
  due = { edit = edit, buffer = buffer, tick = vim.b[buffer].changedtick, encoding = encoding }
  if edit.range['end'].line == row then
    local to = vim.str_byteindex(line, encoding, edit.range['end'].character, false)
    vim.api.nvim_buf_set_extmark(buffer, space, row, column, { end_col = to, hl_group = 'DiffDelete' })
  end
  note(buffer, row, ('→ %s (%s)'):format((edit.newText:gsub('\n', '⏎')), edit.why))
  clear_when_moved(buffer)
end

local function here()
  local buffer = vim.api.nvim_get_current_buf()
  return due and due.buffer == buffer and due.tick == vim.b[buffer].changedtick
end

local function make()
  local edit, buffer, encoding = due.edit, due.buffer, due.encoding
  clear()
  vim.lsp.util.apply_text_edits({ { range = edit.range, newText = edit.newText } }, buffer, encoding)
end

--- Makes the edit that is shown at the cursor; false where none is. For a mapping that must not change the text itself.
function M.take_here()
  if not here() then
    return false
  end
  vim.schedule(M.go)
  return true
end

--- Whether the text is still the one that the edit is about.
---@param edit trust.NextEdit
local function holds(edit)
  local version = edit.version ~= vim.NIL and edit.version or nil
  return not version or version == vim.lsp.util.buf_versions[vim.uri_to_bufnr(edit.uri)]
end

--- Goes to the next edit, or makes the one that is shown and goes on to the one after it.
function M.go()
  local made = here()
  if made then
    make()
  end
  clear()
  local client = server.client()
  if not client then
    return server.tell(server.missing() or 'the server is not running.', vim.log.levels.WARN)
  end
  local buffer = vim.api.nvim_get_current_buf()
  local place = vim.lsp.util.make_position_params(0, client.offset_encoding)
  local version = vim.lsp.util.buf_versions[buffer] or 0
  local params = { textDocument = { uri = place.textDocument.uri, version = version }, position = place.position }
  server.ask('trust/nextEdit', params, {
    done = function(edit)
      if edit and not holds(edit) then
        return
      elseif edit and buffer == vim.api.nvim_get_current_buf() then
        show(edit, client.offset_encoding)
      elseif not made then
        server.tell('no edit follows from the last ones.')
      end
    end,
  })
end

--- The server says that one is due elsewhere than at the cursor.
---@param edit trust.NextEdit
function M.hint(edit)
  if due then
    return
  end
  clear()
  local buffer = vim.api.nvim_get_current_buf()
  local row = vim.api.nvim_win_get_cursor(0)[1] - 1
  local file = edit.uri == vim.uri_from_bufnr(buffer) and '' or vim.fs.basename(vim.uri_to_fname(edit.uri)) .. ' '
  note(buffer, row, ('next edit: %sline %d, %s'):format(file, edit.range['start'].line + 1, edit.why))
  clear_when_moved(buffer)
end

--- `:TrustNextEdit`
M.command = M.go

return M
