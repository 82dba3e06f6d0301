-- Runs the tests of the plugin: this Neovim drives another one, which has the plugin.
--
--     nvim --clean -l test/run.lua SERVER OUTPUT [PATTERN]    (`cargo xtask test --only terminal` does)

local folder = vim.fs.dirname(vim.fs.abspath(arg[0]))
package.path = folder .. '/?.lua;' .. package.path
local children = require('child')
local project = require('project')

assert(vim.fn.has('nvim-0.12') == 1, 'the tests need Neovim 0.12, and this is ' .. tostring(vim.version()))
local server, output, pattern = vim.fs.abspath(arg[1]), vim.fs.abspath(arg[2]), arg[3]
vim.fn.delete(output, 'rf')
local home = vim.fs.joinpath(output, 'home')
vim.fn.mkdir(home, 'p')
local place = {
  folder = project.make(vim.fs.joinpath(output, 'shop')),
  plugin = vim.fs.dirname(folder),
  home = home,
  output = output,
}

--- What the scripted model says, after a while: prose and a citation.
local WORDS = '`Basket` adds prices [1].\n\nIt is **empty** at first.'
local function saying(milliseconds)
  return { server, '--scripted-model', WORDS, '--scripted-delay-ms', tostring(milliseconds), '--stdio' }
end
local servers = {
  plain = { server, '--stdio' },
  talking = saying(500),
  slow = saying(60000),
  broken = { '/bin/sh', '-c', 'exit 3' },
}

local function start(cmd, before)
  local watch = [[
    -- The server's process, the newest child of this Neovim's.
    _G.pid = function()
      local found = vim.api.nvim_get_proc_children(vim.fn.getpid())
      return found[#found]
    end
  ]]
  return children.start(place, cmd, watch .. (before or ''))
end

local counts = require('tally').new('neovim', pattern)
local shared

--- A test that takes a child gets one that others had before it, unless one of them ended or broke it.
local function test(name, run)
  local shares = debug.getinfo(run, 'u').nparams > 0
  if shares and not shared then
    shared = start(servers.plain)
  end
  local passed, result = counts.run(name, run, shared)
  if shares and (not passed or result == 'ended') then
    pcall(shared.quit, shared)
    shared = nil
  end
end

require('completions')(test, place, servers, start)
require('latency')(test, place, servers, start)
require('install')(test, place, servers, start, project)
require('git')(test, place, servers, start, project)
require('life')(test, place, servers, start)
counts.finish()
