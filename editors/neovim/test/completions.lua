-- Completions and next edits, in a real Neovim, with the real server on the bundled model.

return function(test, _, servers, start)
  local function contains(text, part)
    assert(text:find(part, 1, true), ('no %q in %q'):format(part, text))
  end

  test('ghost text appears behind what is typed, and Tab takes it', function(child)
    child:open('src/shapes.rs')
    child:keys('Goimpl Square {<CR>pub fn area(&self) -> f64 {<CR>')
    local shown = child:ghost()
    child:keys('<Tab>')
    child:eventually('the text', [[return vim.fn.join(vim.fn.getline(1, '$'), '\n'):find(..., 1, true)]], vim.trim(shown))
    child:keys('<Esc>u')
  end)

  for part, key in pairs({ word = '<M-w>', line = '<M-l>' }) do
    test('its next ' .. part .. ' is taken', function(child)
      child:open('src/shapes.rs')
      child:keys('Goimpl Square {<CR>pub fn area(&self) -> f64 {<CR>')
      local shown = child:ghost()
      local before = child:text()
      child:keys(key)
      child:eventually('some of it', [[return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n') ~= ...]], before)
      local line = child:lua('return vim.api.nvim_get_current_line()')
      local taken = vim.trim(line)
      assert(vim.startswith(vim.trim(shown), taken), taken .. ' of ' .. shown)
      local first = vim.trim(vim.split(vim.trim(shown), '\n')[1])
      assert((taken == first) == (part == 'line') or not first:find('[%s%p]'), taken .. ' of ' .. shown)
    if part == 'word' then
      -- The rest of it is still there.
      contains(first, taken .. vim.split(child:ghost(), '\n')[1])
    end
    end)
  end

  test('Tab stays Tab where nothing is shown', function(child)
    child:open('src/load.rs')
    child:keys('ggO<Tab>x')
    child:eventually('the indentation', [[return vim.api.nvim_get_current_line():match('^%s+x$')]])
    child:keys('<Esc>')
  end)

  local mappings = {
    ['a <Plug> of its own'] = [[
      vim.keymap.set('i', '<Plug>(shop)', '<lt>plugged>')
      vim.keymap.set('i', '<Tab>', '<Plug>(shop)', { remap = true })
    ]],
    ['an expression'] = [[vim.keymap.set('i', '<Tab>', function() return '<lt>plugged><Left><Right>' end, { expr = true })]],
    ['an expression of Vim script'] = [[vim.cmd('inoremap <expr> <Tab> "<lt>plugged>\\<Left>\\<Right>"')]],
    ['an expression that answers a <Plug>'] = [[
      vim.keymap.set('i', '<Plug>(shop)', '<lt>plugged>')
      vim.keymap.set('i', '<Tab>', function() return '<Plug>(shop)' end, { expr = true, remap = true })
    ]],
    ['a function of a script'] = [[
      local path = vim.fn.tempname() .. '.vim'
      local lines = { 'function! s:shop()', 'return "<plugged>"', 'endfunction', 'inoremap <expr> <Tab> <SID>shop()' }
      vim.fn.writefile(lines, path)
      vim.cmd.source(path)
    ]],
    ['a function'] = [[vim.keymap.set('i', '<Tab>', function() vim.api.nvim_put({ '<plugged>' }, 'c', false, true) end)]],
    ['itself, and more'] = [[vim.keymap.set('i', '<Tab>', '<Tab><lt>plugged>', { remap = true })]],
    ['a command'] = [[vim.keymap.set('i', '<Tab>', '<Cmd>call nvim_put(["<lt>plugged>"], "c", v:false, v:true)<CR>')]],
  }
  for what, mapping in vim.spairs(mappings) do
    test('Tab stays what the user made of it: ' .. what, function()
      local child = start(servers.plain, mapping)
      child:open('src/load.rs')
      child:keys('ggO<Tab>x')
      child:eventually('the mapping', [[return vim.api.nvim_get_current_line():match('^%s*<plugged>x$')]])
      child:quit()
    end)
  end

  test('a completion that was typed past is not inserted twice', function(child)
    child:open('src/shapes.rs')
    child:keys('Goimpl Square {<CR>pub fn area(&self) -> f64 {<CR>')
    local first = vim.trim(vim.split(vim.trim(child:ghost()), '\n')[1])
    child:keys(first:sub(1, 2):gsub('<', '<lt>') .. '<Tab>')
    child:eventually('the line', [[return vim.fn.join(vim.fn.getline(1, '$'), '\n'):find(..., 1, true)]], first)
    assert(not child:text():find(first:sub(1, 2) .. first, 1, true), child:text())
    assert(not child:text():find(first .. first:sub(1, 2), 1, true), child:text())
  end)

  test('the last completion is explained', function(child)
    child:open('src/shapes.rs')
    child:keys('Goimpl Square {<CR>pub fn area(&self) -> f64 {<CR>')
    child:ghost()
    child:keys('<Esc>')
    child:command('TrustWhy')
    local text = child:eventually('the page', [[
      local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
      return text:find('^# ') and text
    ]])
    assert(text:find('^# Shown, from %a') or text:find('^# Nothing was shown'), text)
    assert(text:find('%d'), text)
  end)

  test('the next edit of a text that has changed meanwhile is not gone to', function(child)
    child:open('src/load.rs', 'load')
    child:keys('ciwfetch<Esc>')
    -- Typed while the server is asked.
    child:lua([[
      local server = require('trust.server')
      local ask = server.ask
      server.ask = function(method, params, on)
        server.ask = ask
        local done = on.done
        on.done = function(edit)
          done(edit)
          _G.answered = edit or false
        end
        ask(method, params, on)
        vim.api.nvim_buf_set_lines(0, 0, 0, false, { '// new' })
      end
      vim.fn.cursor(1, 1)
      require('trust').next_edit()
    ]])
    local edit = child:eventually('the answer', [[return _G.answered]])
    assert(edit.newText == 'fetch', vim.inspect(edit))
    assert(child:lua([[return vim.fn.line('.')]]) <= 2, 'it was gone to')
    child:keys('<M-j><Esc>uu')
  end)

  test('the next edit is a key away, and the key makes it', function(child)
    child:open('src/load.rs', 'load')
    child:keys('ciwfetch<Esc>')
    child:eventually('the place', [[
      if vim.fn.line('.') == 1 then require('trust').next_edit() end
      vim.wait(200, function() return vim.fn.line('.') > 1 end)
      return vim.fn.line('.') > 1
    ]])
    contains(child:lua('return vim.api.nvim_get_current_line()'), 'load(path)')
    child:keys('<M-j>')
    child:eventually('the edit', [[return vim.fn.getline(3):find('fetch%(path%)')]])
    child:eventually('the one after it', [[return vim.fn.line('.') == 4]])
    child:keys('<M-j>')
    child:eventually('that edit', [[return vim.fn.getline(4):find('fetch%(path%)')]])
  end)

  test('a hint says where the next edit is due', function(child)
    child:open('src/load.rs', 'load')
    child:keys('ciwfetch')
    local hint = child:eventually('the hint', [[
      local space = vim.api.nvim_create_namespace('trust.next')
      for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, space, 0, -1, { details = true })) do
        return mark[4].virt_text[1][1]
      end
      _G.asked = (_G.asked or 0) + 1
      if _G.asked % 80 == 0 then vim.api.nvim_input('x<BS>') end
    ]])
    contains(hint, 'next edit: line 3')
    child:keys('<Esc>gg')
    child:eventually('no hint', [[
      return #vim.api.nvim_buf_get_extmarks(0, vim.api.nvim_create_namespace('trust.next'), 0, -1, {}) == 0
    ]])
  end)

  test('the next edit at the cursor is a completion, which Tab takes', function(child)
    child:open('src/load.rs', 'load')
    child:keys('ciwfetch<Esc>3G^i')
    contains(child:ghost(), 'fetch')
    child:keys('<Tab>')
    child:eventually('the edit', [[return vim.fn.getline(3):find('^    fetch%(path%)')]])
    child:keys('<Esc>')
  end)

  test('the next edit may be in another file', function(child)
    child:open('src/basket.rs', 'add')
    child:keys('ciwput_in<Esc>')
    child:eventually('the place', [[
      if vim.fn.expand('%:t') == 'basket.rs' then require('trust').next_edit() end
      vim.wait(200, function() return vim.fn.expand('%:t') == 'main.rs' end)
      return vim.fn.expand('%:t') == 'main.rs' and vim.api.nvim_get_current_line():find('basket.add')
    ]])
    child:keys('<M-j>')
    child:eventually('the edit', [[return vim.fn.search('basket.put_in', 'nw') > 0]])
    child:keys('u')
  end)

  test('keys are the user\'s to choose', function()
    local child = start(servers.plain, "vim.g.trust_keys = { accept = '<C-y>', word = '' }")
    child:open('src/shapes.rs')
    local function mapped(key)
      return child:lua([[return vim.fn.maparg(..., 'i', false, true).buffer == 1]], key)
    end
    assert(mapped('<C-y>') and mapped('<M-l>') and not mapped('<Tab>') and not mapped('<M-w>'))
    child:keys('Goimpl Square {<CR>pub fn area(&self) -> f64 {<CR>')
    local shown = child:ghost()
    child:keys('<C-y>')
    child:eventually('the text', [[return vim.fn.join(vim.fn.getline(1, '$'), '\n'):find(..., 1, true)]], vim.trim(shown))
    child:quit()
    child = start(servers.plain, 'vim.g.trust_keys = false')
    child:open('src/shapes.rs')
    assert(not child:lua([[return vim.fn.maparg('<M-j>', 'n', false, true).buffer == 1]]))
    child:quit()
  end)
end
