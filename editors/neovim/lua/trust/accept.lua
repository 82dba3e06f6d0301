-- The completion that is shown, taken: whole, its next word, its next line. What was typed since it came counts as taken
-- already; where something else was typed, nothing is taken.

local M = {}

---@alias trust.Part fun(rest: string): string

---@type trust.Part
local function first_word(rest)
  return rest:match('^%s*[%w_\128-\255]+') or rest:match('^%s*[^%w_%s]+') or rest
end

---@type trust.Part
local function first_line(rest)
  return rest:match('^\n*[^\n]*')
end

---@type trust.Part
local function everything(rest)
  return rest
end

local function put(buffer, from_row, from_col, to_row, to_col, text)
  local lines = vim.split(text, '\n', { plain = true })
  vim.api.nvim_buf_set_text(buffer, from_row, from_col, to_row, to_col, lines)
  local column = #lines[#lines] + (#lines == 1 and from_col or 0)
  vim.api.nvim_win_set_cursor(0, { from_row + #lines, column })
end

--- What stands in the text that the item is about.
local function between(buffer, from_row, from_col, to_row, to_col)
  local there, lines = pcall(vim.api.nvim_buf_get_text, buffer, from_row, from_col, to_row, to_col, {})
  return there and table.concat(lines, '\n') or nil
end

---@param part trust.Part
local function take(item, part)
  local text = item.insert_text
  if type(text) ~= 'string' or not item.range then
    return item
  end
  local buffer = vim.api.nvim_get_current_buf()
  local from_row, from_col, to_row, to_col = item.range:to_extmark()
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  row = row - 1
  local typed = between(buffer, from_row, from_col, row, col)
  if typed and vim.startswith(text, typed) then
    local rest = text:sub(#typed + 1)
    local taken = part(rest)
    -- The range may go on behind the cursor, over what the text is to replace.
    local whole = taken == rest and (to_row > row or (to_row == row and to_col > col))
    put(buffer, row, col, whole and to_row or row, whole and to_col or col, taken)
    if taken ~= rest then
      return nil
    end
  elseif item._filter_text and between(buffer, from_row, from_col, to_row, to_col) == item._filter_text then
    put(buffer, from_row, from_col, to_row, to_col, text)
  else
    return nil
  end
  local client = item.command and vim.lsp.get_client_by_id(item.client_id)
  if client then
    client:exec_cmd(item.command, { bufnr = buffer })
  end
end

---@param part trust.Part
local function accept(part)
  if not vim.lsp.inline_completion then
    return false
  end
  return vim.lsp.inline_completion.get({
    on_accept = function(item)
      return take(item, part)
    end,
  })
end

function M.whole()
  return accept(everything)
end

function M.word()
  return accept(first_word)
end

function M.line()
  return accept(first_line)
end

--- Shows another completion, where there are several.
function M.select(count)
  if not vim.lsp.inline_completion then
    return false
  end
  vim.schedule(function()
    vim.lsp.inline_completion.select({ count = count })
  end)
  return true
end

return M
