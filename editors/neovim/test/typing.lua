-- How long a key waits for ghost text in a real Neovim, and what of that is Neovim's: it presses the keys that
-- `cargo xtask bench editors` took from commits, at a typist's pace, and prints a table.
--
--     nvim --clean -l test/typing.lua SERVER OUTPUT KEYS PACE

local folder = vim.fs.dirname(vim.fs.abspath(arg[0]))
package.path = folder .. '/?.lua;' .. package.path
local children = require('child')
local project = require('project')

local DEBOUNCE_MS = 200
--- How much longer than from key to key it takes to the first key of a line.
local PAUSE = 3.3
--- Nothing is indented, wrapped or begun by Neovim: the keys are all there.
local PLAIN = [[setlocal noautoindent nosmartindent nocindent indentexpr= indentkeys= formatoptions= textwidth=0
  | setlocal noexpandtab softtabstop=0]]

local server, output, pace = vim.fs.abspath(arg[1]), vim.fs.abspath(arg[2]), tonumber(arg[4])
local sessions = vim.json.decode(table.concat(vim.fn.readfile(arg[3]), '\n'))
local home = vim.fs.joinpath(output, 'home')
vim.fn.mkdir(home, 'p')

local function keys_of(text)
  return (text:gsub('<', '<lt>'):gsub('\t', '<C-v><Tab>'):gsub('\n', '<CR>'))
end

local function wait_until(due)
  vim.wait(math.max(0, (due - vim.uv.hrtime()) / 1e6), function()
    return false
  end)
end

local function type_at(child, place)
  child:open(place.path)
  child:command(PLAIN)
  local text = vim.split(place.above .. place.below, '\n', { plain = true })
  local above = vim.split(place.above, '\n', { plain = true })
  child:lua('vim.api.nvim_buf_set_lines(0, 0, -1, false, ...)', text)
  child:lua('vim.api.nvim_win_set_cursor(0, ...)', { #above, 0 })
  child:lua('if not _G.asked then ' .. require('watch') .. ' end')
  child:keys('A')
  local due = vim.uv.hrtime() + pace * PAUSE * 1e6
  for _, key in ipairs(place.keys) do
    wait_until(due)
    due = vim.uv.hrtime() + pace * (key:find('\n') and PAUSE or 1) * 1e6
    child:keys(keys_of(key))
  end
  wait_until(due)
  -- What was typed is what was meant.
  local typed = vim.split(place.above .. table.concat(place.keys) .. place.below, '\n', { plain = true })
  assert(vim.deep_equal(child:lua('return vim.api.nvim_buf_get_lines(0, 0, -1, false)'), typed), place.path)
end

local pressed, asked, late, shown = 0, 0, 0, {}
for _, session in ipairs(sessions) do
  project.git(session.folder, 'init', '--quiet')
  local place = { folder = session.folder, plugin = vim.fs.dirname(folder), home = home, output = output }
  local child = children.start(place, { server, '--stdio' })
  for _, hole in ipairs(session.holes) do
    pressed = pressed + #hole.keys
    type_at(child, hole)
  end
  asked, late = asked + child:lua('return _G.asked or 0'), late + child:lua('return _G.late or 0')
  vim.list_extend(shown, child:lua('return _G.shown or {}'))
  child:quit()
end

local function quantiles(of)
  local numbers = vim.tbl_map(of, shown)
  table.sort(numbers)
  local function at(share)
    return numbers[math.floor((#numbers - 1) * share) + 1] or 0 / 0
  end
  return ('%.1f|%.1f'):format(at(0.5), at(0.95))
end

local function row(what, of)
  io.write(('|%s|%s|\n'):format(what, quantiles(of)))
end

io.write(('\n%d keys, %d ms apart: asked %d times, %d answers came after the next key, %d became ghost text\n\n'):format(
  pressed, pace, asked, late, #shown))
io.write('|Neovim, ms|p50|p95|\n|---|--:|--:|\n')
row('from the key to ghost text', function(one)
  return one.before + one.there + one.after
end)
row('its wait for the next key', function()
  return DEBOUNCE_MS
end)
row('the server, by its own clock', function(one)
  return one.own or one.there
end)
row('what the client adds', function(one)
  return one.before - DEBOUNCE_MS + one.there - (one.own or one.there) + one.after
end)
row('before it asks, beyond its wait', function(one)
  return one.before - DEBOUNCE_MS
end)
row('the way there and back', function(one)
  return one.there - (one.own or one.there)
end)
row('from the answer to ghost text', function(one)
  return one.after
end)
os.exit(#shown > 0 and 0 or 1)
