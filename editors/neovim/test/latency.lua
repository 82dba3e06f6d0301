-- What the editor adds to the time that the server takes, from a key to ghost text. Neovim waits 200 ms for the next key
-- before it asks, which is told apart.

local DEBOUNCE_MS = 200
--- Of the median, beyond that wait.
local LIMIT_MS = 30

local WATCH = require('watch')

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
      table.insert(added, times.before - DEBOUNCE_MS + times.after)
      table.insert(server, times.there)
    end
    assert(#added >= 5, #added .. ' completions were shown')
    io.write(('      median of %d: the editor %.1f ms beyond its %d ms, the server %.1f ms\n'):format(
      #added, median(added), DEBOUNCE_MS, median(server)))
    assert(median(added) < LIMIT_MS)
    child:quit()
  end)
end
