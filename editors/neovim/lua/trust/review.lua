-- A review by the server: its findings are diagnostics, with fixes where they are mechanical, and the quickfix list.

local server = require('trust.server')

local M = {}

local TYPES = { error = 'E', warning = 'W' }

--- The byte (from 1) of a character (from 1), as the quickfix list counts.
local function column(path, finding)
  local columns = finding.columns
  if type(columns) ~= 'table' then
    return 0
  end
  local read, lines = pcall(vim.fn.readfile, path, '', finding.line)
  local line = read and lines[finding.line] or ''
  return vim.str_byteindex(line, 'utf-32', columns[1] - 1, false) + 1
end

local function entry(root, finding)
  local path = vim.fs.joinpath(root, finding.path)
  local text = ('%s [%s]'):format(finding.message, finding.rule)
  local col = column(path, finding)
  return { filename = path, lnum = finding.line, col = col, text = text, type = TYPES[finding.severity] or 'I' }
end

--- `:TrustReview [staged | unstaged | clear | BASE]`
function M.command(given)
  if given.args == 'clear' then
    return server.ask('workspace/executeCommand', { command = 'trust.clearReview' }, { done = function() end })
  end
  local folder = server.folder()
  local params = { uri = vim.uri_from_fname(folder), publish = true }
  if given.args == 'unstaged' then
    params.unstaged = true
  elseif given.args ~= '' and given.args ~= 'staged' then
    params.base = given.args
  end
  server.ask('trust/review', params, {
    done = function(answer)
      local root = vim.fs.root(folder, '.git') or folder
      local items = vim.tbl_map(function(finding)
        return entry(root, finding)
      end, answer.findings)
      vim.fn.setqflist({}, ' ', { title = 'Trust review', items = items })
      if #items > 0 then
        vim.cmd('botright copen')
      end
      server.tell(('%d findings in %d files'):format(#items, answer.files))
    end,
  })
end

return M
