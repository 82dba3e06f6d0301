-- Why the last completion is what it is, or is none: the server's own account.

local page = require('trust.page')
local server = require('trust.server')

local M = {}

--- `:TrustWhy`
function M.command()
  server.ask('trust/lastCompletion', vim.empty_dict(), {
    done = function(last)
      if not last then
        return server.tell('nothing was asked for yet.')
      end
      local quiet = last.quiet ~= vim.NIL and last.quiet
      local source = last.source ~= vim.NIL and last.source or '?'
      local heading = quiet and 'Nothing was shown' or ('Shown, from %s, after %.0f ms'):format(source, last.ms_total)
      page.write(page.open('why'), 0, ('# %s\n\n%s\n\n%s'):format(heading, quiet or '', last.why))
    end,
  })
end

return M
