-- Neovim 0.11, which knows no inline completion: what there is of the plugin in it. This Neovim drives another one like it.
--
--     nvim --clean -l test/older.lua SERVER OUTPUT [PATTERN]    (`tests/python/test_neovim.py` does)

local folder = vim.fs.dirname(vim.fs.abspath(arg[0]))
package.path = folder .. '/?.lua;' .. package.path
local children = require('child')
local project = require('project')

assert(vim.fn.has('nvim-0.12') == 0, 'this is ' .. tostring(vim.version()) .. ', which has more tests')
local server, output, pattern = vim.fs.abspath(arg[1]), vim.fs.abspath(arg[2]), arg[3]
local home = vim.fs.joinpath(output, 'home')
vim.fn.mkdir(home, 'p')
local place = {
  folder = project.make(vim.fs.joinpath(output, 'shop')),
  plugin = vim.fs.dirname(folder),
  home = home,
  output = output,
}
local cmd = { server, '--scripted-model', 'self.side * self.side', '--stdio' }
local counts = require('tally').new('neovim-0.11', pattern)

-- A menu of one entry is shown too.
local child = children.start(place, cmd, "vim.o.completeopt = 'menu,menuone'")

--- The page that is shown, once it has this.
local function page(part)
  return child:eventually('a page with ' .. part, [[
    local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
    return text:find(..., 1, true) and text
  ]], part)
end

counts.run('it says once that completions are in the menu, and nothing else', function()
  child:open('src/shapes.rs')
  child:told('ghost text needs Neovim 0.12')
  child:open('src/load.rs')
  local told = child:lua('return _G.told')
  assert(#told == 1, vim.inspect(told))
  local messages = child:lua([[return vim.fn.execute('messages')]])
  assert(not messages:find('E%d+'), messages)
end)

counts.run('a completion is an entry of the menu, and is taken', function()
  child:open('src/shapes.rs')
  child:keys('Goimpl Square {<CR>pub fn area(&self) -> f64 {<CR>')
  child:eventually('the line', [[return vim.fn.line('$') > 12 and vim.fn.mode() == 'i']])
  child:keys('<C-x><C-o>')
  child:eventually('the entry', [[
    local wanted = ...
    for _, item in ipairs(vim.fn.pumvisible() == 1 and vim.fn.complete_info({ 'items' }).items or {}) do
      if vim.trim(item.word) == wanted then return true end
    end
  ]], 'self.side * self.side')
  child:keys('<C-y>')
  child:eventually('the text', [[return vim.trim(vim.api.nvim_get_current_line()) == ...]], 'self.side * self.side')
  child:keys('<Esc>u')
end)

counts.run('an entry of several lines is taken whole, with the import that it needs', function()
  project.write(place.folder, { ['src/lib.rs'] = 'mod store;\nmod use_it;\n', ['src/store.rs'] = 'pub fn fetch(n: u8) {}\n', ['src/use_it.rs'] = '\n' })
  local other = children.start(place, { server, '--scripted-model', 'fetch(1);\n    fetch(2);\n}', '--stdio' }, "vim.o.completeopt = 'menu,menuone'")
  other:open('src/use_it.rs')
  other:keys('Gofn f() {<CR>')
  other:eventually('the line', [[return vim.fn.mode() == 'i' and vim.fn.line('.') == 3]])
  other:keys('<C-x><C-o>')
  other:eventually('the entry', [[return vim.fn.pumvisible() == 1]])
  other:keys('<C-y>,<Esc>')
  local text = 'use crate::store::fetch;\n\nfn f() {\n    fetch(1);\n    fetch(2);,'
  other:eventually('the text', [[return vim.startswith(table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n'), ...)]], text)
  other:quit()
end)

counts.run('Tab stays Tab', function()
  child:open('src/load.rs')
  child:keys('ggO<Tab>x')
  child:eventually('the indentation', [[return vim.api.nvim_get_current_line():match('^%s+x$')]])
  child:keys('<Esc>')
end)

counts.run('the next edit is gone to', function()
  child:open('src/load.rs', 'load')
  child:keys('ciwfetch<Esc>')
  child:eventually('the place', [[
    if vim.fn.line('.') ~= 3 then vim.cmd('TrustNextEdit') end
    return vim.fn.line('.') == 3
  ]])
  child:command('TrustNextEdit')
  child:eventually('the edit', [[return vim.fn.getline(3) == '    fetch(path);']])
  child:command('edit!')
end)

counts.run('what git says has its pages', function()
  child:open('src/basket.rs')
  child:command('TrustExplain')
  page('changes the body of')
  child:open('src/basket.rs')
  child:command('TrustReview')
  child:eventually('findings', [[
    for _, entry in ipairs(vim.fn.getqflist()) do
      if entry.text:find('breakpoint') or entry.lnum == 4 then return true end
    end
  ]])
  child:command('TrustReview clear')
  child:command('cclose')
  child:open('src/basket.rs')
  child:command('TrustCommit')
  child:eventually('a message', [[return vim.bo.buftype == 'acwrite' and vim.fn.getline(1):find('total')]])
  child:command('bwipeout!')
end)

counts.run('a question is answered as it comes', function()
  child:open('src/basket.rs')
  child:command('TrustChat where is Basket used?')
  page('self.side * self.side')
  assert(child:text():find('src/basket.rs', 1, true), child:text())
end)

counts.run('the check says what a newer one would have', function()
  child:open('src/shapes.rs')
  child:command('checkhealth trust')
  page('Use Neovim 0.12')
  assert(not child:text():find('ERROR'), child:text())
end)

counts.run('it ends with its server', function()
  child:open('src/shapes.rs')
  local running = child:lua([[return vim.api.nvim_get_proc_children(vim.fn.getpid())]])
  assert(#running > 0, 'no server')
  local code = child:quit()
  assert(code == 0, tostring(code))
  for _, pid in ipairs(running) do
    assert(vim.wait(20000, function()
      return vim.uv.kill(pid, 0) ~= 0
    end, 50), 'the server is still there')
  end
end)

counts.finish()
