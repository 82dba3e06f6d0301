-- The commit message that the server proposes: in the buffer that git opened for it, or in one of its own whose `:write`
-- commits. Asked again, it proposes another.

local server = require('trust.server')

local M = {}

--- How many messages there are to go through.
local PROPOSALS = 3

--- What begins the lines that are git's own: the last that its configuration says, under either name of the key.
local function comment_sign(folder)
  local command = { 'git', 'config', '--get-regexp', '^core\\.comment(char|string)$' }
  local ran, git = pcall(vim.system, command, { cwd = folder, text = true })
  local lines = vim.split(vim.trim(ran and git:wait().stdout or ''), '\n', { plain = true })
  local sign = lines[#lines]:match('^%S+ (.+)$')
  return sign and sign:lower() ~= 'auto' and sign or '#'
end

--- The lines above git's own, which begin with that sign.
local function written(buffer, sign)
  local lines = {}
  for _, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
    if vim.startswith(line, sign) then
      break
    end
    table.insert(lines, line)
  end
  return lines
end

local function commit(buffer, folder, amend, sign)
  -- With `auto`, git would take another sign than the one that stands in the buffer.
  local command = { 'git', '-c', 'core.commentChar=' .. sign, 'commit', '--cleanup=strip', '--file=-' }
  if amend then
    table.insert(command, '--amend')
  end
  local message = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
  local done = vim.system(command, { cwd = folder, stdin = message, text = true }):wait()
  local said = vim.trim(done.stdout .. done.stderr)
  if done.code ~= 0 then
    return server.tell(said, vim.log.levels.ERROR)
  end
  vim.bo[buffer].modified = false
  server.tell(said)
  vim.api.nvim_buf_delete(buffer, {})
end

--- A buffer for a message where git has opened none.
local function own_buffer(folder, amend, sign)
  local buffer = vim.api.nvim_create_buf(false, false)
  vim.api.nvim_buf_set_name(buffer, ('trust://commit/%d'):format(buffer))
  vim.bo[buffer].buftype = 'acwrite'
  vim.bo[buffer].bufhidden = 'wipe'
  vim.bo[buffer].swapfile = false
  vim.bo[buffer].filetype = 'gitcommit'
  vim.b[buffer].trust_folder = folder
  vim.b[buffer].trust_amend = amend
  vim.api.nvim_create_autocmd('BufWriteCmd', {
    buffer = buffer,
    callback = function()
      commit(buffer, folder, amend, sign)
    end,
  })
  vim.cmd({ cmd = 'sbuffer', args = { tostring(buffer) }, mods = { split = 'botright' } })
  local hint = sign .. ' `:write` commits with this message; `:quit!` does not.'
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, { '', hint })
  return buffer
end

--- `:TrustCommit`
function M.command(given)
  local buffer = vim.bo.filetype == 'gitcommit' and vim.api.nvim_get_current_buf() or nil
  local folder = buffer and vim.b[buffer].trust_folder or server.folder()
  local amend = given.bang or (buffer and vim.b[buffer].trust_amend) or false
  local sign = comment_sign(folder)
  local before = buffer and table.concat(written(buffer, sign), '\n') or ''
  local params = { uri = vim.uri_from_fname(folder), amend = amend, count = PROPOSALS }
  server.ask('trust/commitMessage', params, {
    done = function(answer)
      local texts = vim.tbl_map(function(draft)
        return draft.body == '' and draft.subject or draft.subject .. '\n\n' .. draft.body
      end, answer.messages)
      if #texts == 0 then
        return server.tell('nothing is staged; `git add` what belongs in the commit.')
      end
      buffer = buffer or own_buffer(folder, amend, sign)
      local now = vim.api.nvim_buf_is_valid(buffer) and written(buffer, sign)
      if not now or table.concat(now, '\n') ~= before then
        -- What somebody wrote meanwhile is worth more.
        return
      end
      local shown = vim.fn.index(texts, vim.trim(before))
      if vim.trim(before) ~= '' and shown < 0 and not amend then
        return server.tell('a message is written already.')
      end
      local lines = vim.split(texts[(shown + 1) % #texts + 1], '\n', { plain = true })
      table.insert(lines, '')
      vim.api.nvim_buf_set_lines(buffer, 0, #now, false, lines)
      local window = vim.fn.bufwinid(buffer)
      if window >= 0 then
        vim.api.nvim_win_set_cursor(window, { 1, 0 })
      end
    end,
  })
end

return M
