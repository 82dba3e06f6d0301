-- What the editor adds to the time that the server takes, from a key to ghost text. Neovim waits 200 ms for the next key
-- before it asks, which is told apart.

local DEBOUNCE_MS = 200
--- Of the median, beyond that wait.
local LIMIT_MS = 30

local WATCH = [[
  local api, ghost = vim.api, vim.api.nvim_create_namespace('nvim.lsp.inline_completion')
  local key, sent, came
  _G.shown = {}
  api.nvim_create_autocmd('CursorMovedI', { callback = function() key = vim.uv.hrtime() end })
  local client = vim.lsp.get_clients({ name = 'trust', bufnr = 0 })[1]
  local request = client.request
  client.request = function(self, method, params, handler, ...)
    if method ~= 'textDocument/inlineCompletion' then
      return request(self, method, params, handler, ...)
    end
    sent = vim.uv.hrtime()
    return request(self, method, params, function(...)
      came = vim.uv.hrtime()
      return handler(...)
    end, ...)
  end
  local mark = api.nvim_buf_set_extmark
  api.nvim_buf_set_extmark = function(buffer, space, ...)
    local id = mark(buffer, space, ...)
    if space == ghost and came then
      local now = vim.uv.hrtime()
      table.insert(_G.shown, { (sent - key) / 1e6, (came - sent) / 1e6, (now - came) / 1e6 })
      came = nil
    end
    return id
  end
]]

local function median(numbers)
  table.sort(numbers)
  return numbers[math.ceil(#numbers / 2)]
end

return function(test, _, servers, start)
  test('from key to ghost text the editor adds little to its own wait', function()
    local child = start(servers.plain)
    child:open('src/shapes.rs')
    child:keys('Goimpl Square {<CR>pub fn area(&self) -> f64 {<CR>')
    child:ghost()
    child:lua(WATCH)
    for letter in ('std::f64::con'):gmatch('.') do
      local before = child:lua('return #_G.shown')
      child:keys(letter)
      -- Not every key is followed by a completion.
      vim.wait(1000, function()
        return child:lua('return #_G.shown') > before
      end, 20)
    end
    local added, server = {}, {}
    for _, times in ipairs(child:lua('return _G.shown')) do
      table.insert(added, times[1] - DEBOUNCE_MS + times[3])
      table.insert(server, times[2])
    end
    assert(#added >= 5, #added .. ' completions were shown')
    io.write(('      median of %d: the editor %.1f ms beyond its %d ms, the server %.1f ms\n'):format(
      #added, median(added), DEBOUNCE_MS, median(server)))
    assert(median(added) < LIMIT_MS)
    child:quit()
  end)
end
