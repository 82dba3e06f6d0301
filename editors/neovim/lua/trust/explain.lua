-- What has changed, explained by the server file by file, on a page that grows as it comes.

local page = require('trust.page')
local server = require('trust.server')

local M = {}

local function explain_lines(first, last)
  local range = { start = { line = first - 1, character = 0 }, ['end'] = { line = last - 1, character = 0 } }
  local argument = { uri = vim.uri_from_bufnr(0), range = range }
  server.ask('workspace/executeCommand', { command = 'trust.explainChange', arguments = { argument } }, {
    done = function(answer)
      page.write(page.open('answer'), 0, answer.markdown)
    end,
  })
end

--- `:TrustExplain [staged | unstaged | REVISIONS]`, or of the lines that are given
function M.command(given)
  if given.range > 0 then
    return explain_lines(given.line1, given.line2)
  end
  local params = { uri = vim.uri_from_fname(server.folder()) }
  if given.args == 'staged' then
    params.staged = true
  elseif given.args ~= '' and given.args ~= 'unstaged' then
    params.revisions = given.args
  end
  local buffer
  local parts = {}
  server.ask('trust/explainDiff', params, {
    part = function(part)
      table.insert(parts, part.markdown)
      buffer = buffer or page.open('change')
      page.write(buffer, 0, table.concat(parts, '\n'))
    end,
    done = function(answer)
      page.write(buffer or page.open('change'), 0, answer.markdown)
    end,
  })
end

return M
