-- The picker of the model: the server says what there is, and what holds.

local server = require('trust.server')

local M = {}

local function use(name)
  server.ask('trust/useModel', { model = name }, {
    done = function(used)
      local who = used.name ~= vim.NIL and used.name or 'no model'
      server.tell(who .. ' answers from now on.')
    end,
  })
end

local function describe(model)
  local facts = type(model.facts) == 'table' and model.facts or {}
  local words = { (model.inUse and '* ' or '  ') .. model.name }
  if type(facts.parameters) == 'number' then
    table.insert(words, ('%.0f million weights'):format(facts.parameters / 1e6))
  end
  if type(facts.quantisation) == 'string' then
    table.insert(words, facts.quantisation)
  end
  return table.concat(words, ', ')
end

--- `:TrustModel [NAME]`, for this session
function M.command(given)
  if given.args ~= '' then
    return use(given.args)
  end
  server.ask('trust/models', vim.empty_dict(), {
    done = function(answer)
      local none = { name = 'none', inUse = answer.configured == 'none' }
      local choices = vim.list_extend({ unpack(answer.models) }, { none })
      vim.ui.select(choices, { prompt = 'Which model is to answer?', format_item = describe }, function(chosen)
        if chosen then
          use(chosen.bundled and 'bundled' or chosen.name)
        end
      end)
    end,
  })
end

return M
