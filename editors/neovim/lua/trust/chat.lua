-- Conversations about the workspace, in a split: places first, then words as they come. It lives as long as the server
-- does; nothing of it is written anywhere.

local page = require('trust.page')
local server = require('trust.server')

local M = {}

---@class trust.Exchange
---@field question string
---@field first integer the line that it begins in, from 0
---@field places table[]
---@field facts string
---@field wording string
---@field note string

---@type trust.Exchange[]
local exchanges = {}
local conversation ---@type string?
local stop ---@type fun()?

---@param exchange trust.Exchange
local function draw(buffer, exchange)
  local parts = { '## ' .. exchange.question:gsub('\n', ' ') }
  for _, part in ipairs({ exchange.facts, exchange.wording, exchange.note }) do
    if part ~= '' then
      table.insert(parts, vim.trim(part))
    end
  end
  local text = table.concat(parts, '\n\n')
  page.write(buffer, exchange.first, exchange.first > 0 and '\n' .. text or text)
end

--- The place whose number is under the cursor, or stands in its line.
local function place_here()
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  local exchange
  for _, candidate in ipairs(exchanges) do
    exchange = candidate.first < row and candidate or exchange
  end
  local line, found, at = vim.api.nvim_get_current_line(), nil, 1
  while exchange do
    local from, to, number = line:find('%[(%d+)%]', at)
    if not from or (found and from > column + 1) then
      break
    end
    found, at = tonumber(number), to + 1
  end
  for _, place in ipairs(found and exchange.places or {}) do
    if place.number == found then
      return place
    end
  end
end

local function open_place()
  local place = place_here()
  if not place then
    return server.tell('no place is cited in this line.')
  end
  local client = server.client()
  if vim.fn.winnr('#') > 0 and vim.fn.winnr('$') > 1 then
    vim.cmd.wincmd('p')
  end
  vim.lsp.util.show_document(place, client and client.offset_encoding or 'utf-8', { focus = true })
end

local function open()
  local buffer = page.open('chat', { split = 'botright', vertical = true })
  local options = { buffer = buffer, desc = 'Trust: open the place that is cited' }
  vim.keymap.set('n', '<CR>', open_place, options)
  vim.keymap.set('n', 'a', '<Cmd>TrustChat<CR>', { buffer = buffer, desc = 'Trust: ask' })
  return buffer
end

---@param message string
---@param place table the document and lines that the question is asked from
local function ask(message, place)
  if stop then
    stop()
  end
  local buffer = open()
  local empty = #exchanges == 0
  local first = empty and 0 or vim.api.nvim_buf_line_count(buffer)
  local exchange = { question = message, first = first, places = {}, facts = '', wording = '', note = '…' }
  table.insert(exchanges, exchange)
  draw(buffer, exchange)
  vim.api.nvim_win_set_cursor(0, { vim.api.nvim_buf_line_count(buffer), 0 })
  local function tell(news)
    for key, value in pairs(news) do
      exchange[key] = value ~= vim.NIL and value or ''
    end
    draw(buffer, exchange)
  end
  local params = vim.tbl_extend('force', place, { message = message, conversation = conversation })
  stop = server.ask('trust/chat', params, {
    part = function(part)
      if part.delta then
        tell({ wording = exchange.wording .. part.delta })
      elseif part.facts then
        tell({ places = part.places, facts = part.facts })
      end
    end,
    done = function(answer)
      stop, conversation = nil, answer.conversation
      local note = answer.note ~= vim.NIL and answer.note or ''
      tell({
        places = answer.places,
        facts = answer.facts,
        wording = answer.wording or '',
        note = answer.cut and note == '' and '*Ended before its end.*' or note,
      })
    end,
    failed = function(problem)
      -- The server of the next question may be another one, which knows nothing of this conversation.
      stop, conversation = nil, nil
      tell({ note = '*Trust: ' .. problem .. '*' })
    end,
  })
end

--- A server has ended: the next one knows nothing of the conversation.
function M.forget()
  conversation = nil
end

--- The document that the user is in, and lines of it where some are given.
local function place_of(given)
  local client = server.client()
  if vim.bo.buftype ~= '' or vim.api.nvim_buf_get_name(0) == '' then
    return {}
  end
  local place = { uri = vim.uri_from_bufnr(0) }
  if given.range > 0 then
    local encoding = client and client.offset_encoding or 'utf-8'
    local last = vim.api.nvim_buf_get_lines(0, given.line2 - 1, given.line2, false)[1] or ''
    local character = vim.str_utfindex(last, encoding)
    place.range = { start = { line = given.line1 - 1, character = 0 }, ['end'] = { line = given.line2 - 1, character = character } }
  end
  return place
end

--- `:TrustChat [question]`
function M.command(given)
  if given.bang then
    if stop then
      stop()
    end
    exchanges, conversation = {}, nil
    page.write(open(), 0, '')
  end
  local place = place_of(given)
  if given.args ~= '' then
    return ask(given.args, place)
  end
  open()
  vim.ui.input({ prompt = 'Ask about this project: ' }, function(message)
    if message and vim.trim(message) ~= '' then
      ask(message, place)
    end
  end)
end

return M
