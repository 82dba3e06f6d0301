-- What the server says of itself, kept for the status line.

local M = {}

---@type table<integer, { model: table, index: table }>
local told = {}
---@type table<integer, string>
local privacy = {}
local looked = 0
local problem ---@type string?

--- Files of the configuration change without a word to the editor: what holds is asked for again now and then.
local function look(client)
  if vim.uv.now() - looked < 5000 and privacy[client.id] then
    return
  end
  looked = vim.uv.now()
  client:request('trust/profiles', vim.empty_dict(), function(error, profiles)
    if not error and profiles then
      privacy[client.id] = profiles.privacy
      vim.cmd.redrawstatus({ bang = true })
    end
  end)
end

---@param client vim.lsp.Client
function M.attached(client)
  problem = nil
  look(client)
end

function M.heard(client_id, status)
  told[client_id] = status
  local client = vim.lsp.get_client_by_id(client_id)
  if client then
    look(client)
  end
  vim.cmd.redrawstatus({ bang = true })
end

function M.forget(client_id)
  told[client_id], privacy[client_id] = nil, nil
end

function M.stopped(reason)
  problem = reason
  vim.cmd.redrawstatus({ bang = true })
end

---@return { model: table, index: table }?, string? privacy
function M.of(client_id)
  return told[client_id], privacy[client_id]
end

--- Why no server runs, if one ended by itself.
function M.problem()
  return problem
end

---@return string
function M.line()
  local client = require('trust.server').client()
  if not client then
    return problem and 'Trust: ' .. problem or ''
  end
  local status, class = M.of(client.id)
  if not status then
    return 'Trust …'
  end
  local model, index = status.model, status.index
  local words = { model.name or (model.state == 'none' and 'no model') or 'Trust' }
  if model.state == 'failed' then
    words[1] = 'Trust: ' .. (model.message or 'the model failed')
  elseif model.next then
    table.insert(words, model.next .. ' …')
  elseif model.state == 'loading' then
    table.insert(words, 'loading …')
  end
  if index.state == 'walking' or index.state == 'indexing' then
    local share = index.total > 0 and math.floor(100 * index.files / index.total) or 0
    table.insert(words, ('index %d %%'):format(share))
  end
  table.insert(words, class)
  return table.concat(words, ' · ')
end

return M
