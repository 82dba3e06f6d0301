-- Drives a real Helix by its keys and its screen, with the real server and the `languages.toml` that is shipped. Helix has
-- no other door; this is run by Neovim for its Lua, and shares the project and the screen with the tests there.
--
--     nvim --clean -l test/run.lua SERVER OUTPUT [PATTERN]    (`cargo xtask test --only terminal` does)

local folder = vim.fs.dirname(vim.fs.abspath(arg[0]))
local shared = vim.fs.joinpath(vim.fs.dirname(vim.fs.dirname(folder)), 'neovim/test')
package.path = shared .. '/?.lua;' .. package.path
local project = require('project')
local screens = require('screen')

local server, output, pattern = vim.fs.abspath(arg[1]), vim.fs.abspath(arg[2]), arg[3]
vim.fn.delete(output, 'rf')
local home = vim.fs.joinpath(output, 'home')
local shop = project.make(vim.fs.joinpath(output, 'shop'))
local environment = {
  HOME = home,
  HELIX_RUNTIME = assert(vim.env.HELIX_RUNTIME, 'HELIX_RUNTIME says where Helix keeps its files'),
  GIT_CONFIG_GLOBAL = '/dev/null',
}
for name, place in pairs({ CONFIG = 'config', DATA = 'data', STATE = 'state', CACHE = 'cache' }) do
  environment['XDG_' .. name .. '_HOME'] = vim.fs.joinpath(home, place)
end

--- Installs what users are told to install, with the path of this server.
local function install(program)
  local shipped = table.concat(vim.fn.readfile(vim.fs.dirname(folder) .. '/languages.toml'), '\n')
  local text, times = shipped:gsub('command = "trust%-lsp"', function()
    return ('command = %q'):format(program)
  end)
  assert(times == 1, 'languages.toml names the program once')
  local place = vim.fs.joinpath(home, 'config/helix')
  vim.fn.mkdir(place, 'p')
  vim.fn.writefile(vim.split(text, '\n'), place .. '/languages.toml')
  local guide = table.concat(vim.fn.readfile(vim.fs.dirname(folder) .. '/README.md'), '\n')
  local keys = assert(guide:match('```toml\n(.-)```'), 'the guide has keys')
  vim.fn.writefile(vim.split(keys, '\n'), place .. '/config.toml')
end

local function helix(path)
  local command = { assert(vim.env.TRUST_TEST_HELIX, 'TRUST_TEST_HELIX names hx'), '-v', path }
  local screen = screens.open(shop, environment, command)
  screen:wait_for('NOR')
  return screen
end

--- What Helix may be told to do by name, once the server is there.
local function list_commands(screen)
  for _ = 1, 40 do
    screen:type(':lsp-workspace-command')
    screen:keys('Enter')
    vim.uv.sleep(250)
    if screen:text():find('trust.commitMessage', 1, true) then
      return
    end
    screen:keys('Escape')
    vim.uv.sleep(50)
  end
  error('no commands were listed:\n' .. screen:text())
end

local function wait_for_server(screen)
  list_commands(screen)
  screen:keys('Escape')
  vim.uv.sleep(50)
end

local function command(screen, line)
  wait_for_server(screen)
  screen:type(':lsp-workspace-command ' .. line)
  screen:keys('Enter')
end

local counts = require('tally').new('helix', pattern)
local function test(name, path, deed)
  counts.run(name, function()
    helix(path):use(deed)
  end)
end

install(server)
vim.fn.writefile({ '', '# Please enter the commit message' }, shop .. '/.git/COMMIT_EDITMSG')

test('a completion is an entry of the menu, and is accepted', 'src/shapes.rs', function(screen)
  screen:keys('g', 'e')
  screen:type('oimpl Square {')
  screen:keys('Enter')
  screen:type('pub fn area(&self) -> f64 {')
  screen:keys('Enter')
  screen:wait_for(' text', 'C-x')
  screen:keep(output .. '/completion.svg', 'A completion as an entry of Helix’s menu')
  screen:keys('Tab')
  screen:keys('Enter')
  screen:keys('Escape')
  screen:wait_for('NOR')
  screen:type(':w')
  screen:keys('Enter')
  screen:wait_for('written')
  local text = table.concat(vim.fn.readfile(shop .. '/src/shapes.rs'), '\n')
  local _, times = text:gsub('self%.', '')
  assert(times > 2, 'nothing was completed from the model:\n' .. text)
  project.git(shop, 'checkout', '--quiet', 'src/shapes.rs')
end)

test('a code action explains the change', 'src/basket.rs', function(screen)
  screen:type('/sum::')
  screen:keys('Enter')
  screen:keys('Space', 'a')
  screen:wait_for('Explain this change', 'Escape', 'Space', 'a')
  screen:keys('Enter')
  screen:wait_for('changes the body of method')
end)

test('commands do the rest: a review, whose findings are diagnostics with fixes', 'src/cart.py', function(screen)
  wait_for_server(screen)
  screen:keys('Space', 't', 'r')
  screen:wait_for('findings in')
  screen:keys('Space', 'd')
  screen:wait_for('debug-output')
  screen:keys('Escape')
  screen:type('/breakpoint')
  screen:keys('Enter')
  screen:keys('Space', 'a')
  screen:wait_for('Explain this history')
  screen:keys('Enter')
  screen:wait_for('[+]')
  assert(not screen:text():find('breakpoint()', 1, true), screen:text())
end)

test('the commands are listed', 'src/basket.rs', function(screen)
  list_commands(screen)
  screen:wait_for('trust.explainChange')
end)

test('a commit message is proposed where git waits for one', '.git/COMMIT_EDITMSG', function(screen)
  wait_for_server(screen)
  screen:keys('Space', 'a')
  screen:wait_for('Propose a commit message')
  screen:keys('Enter')
  screen:wait_for('[Aa]dd.*total')
end)

test('the model is chosen from a list', 'src/basket.rs', function(screen)
  wait_for_server(screen)
  screen:keys('Space', 't', 'l')
  screen:wait_for('trust-nano')
  screen:keys('Enter')
  screen:wait_for('answers from now on')
end)

test('a question is answered', 'src/basket.rs', function(screen)
  command(screen, [[trust.chat {"message":"where is Basket used?","words":"never"}]])
  screen:wait_for('`Basket` is defined')
end)

test('a server that was killed is told, and comes back when asked for', 'src/basket.rs', function(screen)
  wait_for_server(screen)
  screen:kill_children()
  screen:wait_for('Language server exited: trust')
  screen:type(':lsp-restart')
  screen:keys('Enter')
  command(screen, 'trust.models')
  screen:wait_for('Models: trust-nano')
end)

counts.run('a missing program is told', function()
  install('/no/such/trust-lsp')
  local health = vim.system({ vim.env.TRUST_TEST_HELIX, '--health', 'rust' }, { text = true, env = environment }):wait()
  assert(health.stdout:find('no/such/trust%-lsp.*not found') or health.stdout:find("'/no/such/trust%-lsp'"), health.stdout)
  helix('src/basket.rs'):use(function(screen)
    screen:type(':lsp-workspace-command trust.models')
    screen:keys('Enter')
    screen:wait_for('not supported for any language server')
  end)
end)

counts.finish()
