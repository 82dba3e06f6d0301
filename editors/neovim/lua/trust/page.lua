-- Pages that the server's Markdown is read on: scratch buffers in a split, found again by their names.

local M = {}

--- Shows the page of that name, in the window that it is in already or a new one, and returns its buffer.
---@param name string
---@param layout? vim.api.keyset.cmd_mods
---@return integer buffer
function M.open(name, layout)
  local full = 'trust://' .. name
  local buffer = vim.fn.bufnr('^' .. vim.fn.escape(full, '\\.*[]^$~') .. '$')
  if buffer < 0 then
    buffer = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_name(buffer, full)
    vim.bo[buffer].bufhidden = 'hide'
    vim.bo[buffer].swapfile = false
    vim.bo[buffer].filetype = 'markdown'
    vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buffer, desc = 'Trust: close the page' })
    vim.keymap.set('n', '<C-c>', '<Cmd>TrustStop<CR>', { buffer = buffer, desc = 'Trust: end what is asked for' })
  end
  local window = vim.fn.bufwinid(buffer)
  if window >= 0 then
    vim.api.nvim_set_current_win(window)
  else
    vim.cmd({ cmd = 'sbuffer', args = { tostring(buffer) }, mods = layout or { split = 'botright' } })
    vim.wo.wrap, vim.wo.linebreak = true, true
  end
  return buffer
end

--- Writes from a line (from 0) to the end. A cursor at the end follows what is written.
function M.write(buffer, from, text)
  if not vim.api.nvim_buf_is_valid(buffer) then
    return
  end
  local before = vim.api.nvim_buf_line_count(buffer)
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, from, -1, false, vim.split(vim.trim(text), '\n', { plain = true }))
  vim.bo[buffer].modifiable = false
  local window = vim.fn.bufwinid(buffer)
  if window >= 0 and from > 0 and vim.api.nvim_win_get_cursor(window)[1] >= math.min(before, from) then
    vim.api.nvim_win_set_cursor(window, { vim.api.nvim_buf_line_count(buffer), 0 })
  end
end

--- What the server says of itself, such as the answer to a code action: what has several lines is read on a page.
function M.message(text)
  if not text:find('\n', 1, true) then
    return vim.notify('Trust: ' .. text)
  end
  local buffer = vim.fn.bufnr('^trust://answer$')
  local shown = buffer >= 0 and vim.fn.bufwinid(buffer) >= 0
  local first = shown and vim.api.nvim_buf_get_lines(buffer, 0, 1, false)[1]
  -- The answer to a request of ours may be there already, and whole.
  if first ~= vim.split(vim.trim(text), '\n')[1] then
    M.write(M.open('answer'), 0, text)
  end
end

return M
