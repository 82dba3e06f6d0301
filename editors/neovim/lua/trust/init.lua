-- What a configuration may call: keys of one's own, and the component of the status line.

local M = {}

--- Takes the completion that is shown; false where none is.
function M.accept()
  return require('trust.accept').whole()
end

function M.accept_word()
  return require('trust.accept').word()
end

function M.accept_line()
  return require('trust.accept').line()
end

--- Goes to the next edit, or makes it where the cursor is there already.
function M.next_edit()
  require('trust.next').go()
end

--- Model, privacy and what is under way, for 'statusline': `%{v:lua.require'trust'.statusline()}`.
---@return string
function M.statusline()
  return require('trust.status').line()
end

return M
