-- llama.vim itself, in a Neovim, with the door of `trust-net serve` in the place of llama-server. No registry has the plugin:
-- it is run where its folder is named.
--
--     nvim --clean -l test/llama_vim.lua SERVER OUTPUT PLUGIN    (`TRUST_LLAMA_VIM=PLUGIN cargo xtask test --only terminal` does)

local folder = vim.fs.dirname(vim.fs.abspath(arg[0]))
package.path = folder .. '/?.lua;' .. package.path
local children = require('child')
local server, output, plugin = vim.fs.abspath(arg[1]), vim.fs.abspath(arg[2]), vim.fs.abspath(arg[3])
assert(vim.uv.fs_stat(vim.fs.joinpath(plugin, 'autoload/llama.vim')), 'no llama.vim in ' .. plugin)

--- What the scripted model says.
local WORDS = 'right\n    // both'
local WAIT_MS = 20000

vim.fn.delete(output, 'rf')
local place = { folder = vim.fs.joinpath(output, 'project'), home = vim.fs.joinpath(output, 'home') }
for _, made in pairs(place) do
  vim.fn.mkdir(made, 'p')
end
-- A door is opened by whoever allows it.
vim.fn.mkdir(vim.fs.joinpath(place.home, 'config/trust-lsp'), 'p')
vim.fn.writefile({ 'privacy = "moderate"' }, vim.fs.joinpath(place.home, 'config/trust-lsp/config.toml'))
vim.fn.writefile({ 'fn add(left: i32, right: i32) -> i32 {', '    ', '}' }, vim.fs.joinpath(place.folder, 'add.rs'))

--- The door, and what it says of itself when it opens.
local function open_door()
  local printed = {}
  local words = { vim.fs.joinpath(vim.fs.dirname(server), 'trust-net'), 'serve', '--openai', '--port', '0' }
  vim.list_extend(words, { '--workspace', place.folder, '--', '--scripted-model', WORDS })
  local job = vim.fn.jobstart(words, {
    cwd = place.folder,
    env = children.environment(place.home),
    on_stdout = function(_, lines)
      vim.list_extend(printed, lines)
    end,
  })
  local at, token
  assert(vim.wait(WAIT_MS, function()
    local all = table.concat(printed, '\n')
    at, token = all:match('open at (%S+)'), all:match('token (%S+)\n')
    return at and token
  end, 25), 'the door does not open: ' .. vim.inspect(printed))
  return job, at, token
end

local door, at, token = open_door()

--- A Neovim with llama.vim, as its page says, and this token.
local function editor(key)
  local init = [[
    _G.told = {}
    vim.g.loaded_python3_provider = 0
    vim.g.llama_config = vim.json.decode(%q)
    vim.opt.runtimepath:prepend(%q)
  ]]
  local config = { endpoint_fim = at .. '/infill', api_key = key, show_info = 0 }
  local child = children.open(place, init:format(vim.json.encode(config), plugin))
  child:command('edit add.rs')
  return child
end

--- The ghost text, as it stands in the buffer.
local SHOWN = [[
  local space = vim.api.nvim_create_namespace('vt_fim')
  local shown = {}
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, space, 0, -1, { details = true })) do
    for _, line in ipairs(vim.list_extend({ mark[4].virt_text }, mark[4].virt_lines or {})) do
      table.insert(shown, line[1][1])
    end
  end
  return #shown > 0 and table.concat(shown, '\n') or nil
]]

local counts = require('tally').new('llama.vim')
counts.run('ghost text comes through the door, and Tab takes it', function()
  local child = editor(token)
  child:keys('2GAleft + ')
  assert(child:eventually('ghost text', SHOWN):find('^right'))
  child:keys('<Tab>')
  child:eventually('the accepted text', [[return vim.fn.getline(2):find('^    left %+ right') and true]])
  child:quit()
end)
counts.run('its line is taken by Shift-Tab, and the next comes by itself', function()
  local child = editor(token)
  child:keys('2GAleft - ')
  child:eventually('ghost text', SHOWN)
  child:keys('<S-Tab>')
  child:eventually('the accepted line', [[return vim.fn.getline(2) == '    left - right' and true]])
  child:quit()
end)
counts.run('without the token there is none', function()
  local child = editor('another')
  child:keys('2GAleft + ')
  vim.wait(2000)
  assert(child:lua(SHOWN) == vim.NIL)
  assert(child:lua('return vim.fn.getline(2)') == '    left + ')
  child:quit()
end)
vim.fn.jobstop(door)
counts.finish()
