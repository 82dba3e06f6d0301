-- The plugin as its users have it: copied to where Neovim looks for plugins, with the server on the PATH, and as the editor
-- that git starts.

local children = require('child')
local screens = require('screen')

return function(test, place, servers, start, project)
  local site = vim.fs.joinpath(place.home, 'data/nvim/site')
  local installed = vim.fs.joinpath(site, 'pack/trust/start/trust')

  test('it is installed by a copy and one line, and has its help', function()
    vim.fn.mkdir(vim.fs.dirname(installed), 'p')
    assert(vim.system({ 'cp', '-r', place.plugin, installed }):wait().code == 0)
    local programs = vim.fs.joinpath(place.home, 'bin')
    vim.fn.mkdir(programs, 'p')
    assert(vim.uv.fs_symlink(servers.plain[1], programs .. '/trust-lsp'))
    local init = ([[
      vim.env.PATH = %q .. ':' .. vim.env.PATH
      vim.lsp.enable('trust')
      _G.told = {}
    ]]):format(programs)
    local child = children.open(place, init)
    child:open('src/shapes.rs')
    child:keys('Goimpl Square {<CR>pub fn area(&self) -> f64 {<CR>')
    child:ghost()
    child:keys('<Esc>')
    child:command('helptags ALL')
    local missing = child:lua([[
      local without = {}
      for name in pairs(vim.api.nvim_get_commands({})) do
        if vim.startswith(name, 'Trust') and not pcall(vim.cmd.help, ':' .. name) then
          table.insert(without, name)
        end
      end
      return without
    ]])
    assert(#missing == 0, 'no help for ' .. table.concat(missing, ', '))
    child:command('help g:trust_keys')
    assert(child:lua([[return vim.fn.expand('%:t')]]) == 'trust.txt')
    child:quit()
    vim.fn.delete(installed, 'rf')
  end)

  local function commit(subject_has, ...)
    local init = children.init(place, servers.plain)
    local environment = vim.tbl_extend('force', children.environment(place.home), {
      VIMRUNTIME = vim.env.VIMRUNTIME,
      GIT_EDITOR = ('%s -n -i NONE -u %s'):format(vim.v.progpath, init),
    })
    local before = project.git(place.folder, 'rev-parse', 'HEAD')
    screens.open(place.folder, environment, { 'git', 'commit', ... }):use(function(screen)
      screen:wait_for('# Please enter the commit message')
      screen:type(':TrustCommit')
      screen:keys('Enter')
      screen:wait_for('^%s*[^%s#][^\n]*' .. subject_has)
      screen:type(':wq')
      screen:keys('Enter')
      assert(vim.wait(20000, function()
        return project.git(place.folder, 'rev-parse', 'HEAD') ~= before
      end, 50), screen:text())
    end)
    local subject = project.git(place.folder, 'log', '-1', '--format=%s')
    assert(subject:find(subject_has), subject)
    project.git(place.folder, 'reset', '--quiet', '--soft', 'HEAD~1')
  end

  test('git commit starts it, and what is proposed there is committed', function()
    commit('total')
  end)
end
