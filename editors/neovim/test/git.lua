-- What git says, in a real Neovim with the real server: explanations, reviews, messages.

return function(test, place, servers, start, project)
  local function contains(text, part)
    assert(text:find(part, 1, true), ('no %q in %q'):format(part, text))
  end

  test('a change is explained on a page: unstaged, staged, of the lines', function(child)
    local page = [[
      local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
      return vim.api.nvim_buf_get_name(0) == 'trust://change' and text:find(..., 1, true) and text
    ]]
    child:open('src/basket.rs', 'sum::')
    child:command('.TrustExplain')
    child:eventually('the lines explained', [[
      return vim.api.nvim_buf_get_name(0) == 'trust://answer' and vim.fn.search('total', 'nw') > 0
    ]])
    child:open('src/basket.rs')
    child:command('TrustExplain')
    contains(child:eventually('the change explained', page, 'basket.rs'), 'total')
    child:open('src/basket.rs')
    child:command('TrustExplain staged')
    child:eventually('what is staged', page, 'cart.py')
  end)

  test('a review fills the quickfix list, and its findings are diagnostics', function(child)
    child:open('src/cart.py')
    child:command('TrustReview')
    local items = child:eventually('the findings', [[
      local items = vim.fn.getqflist()
      return #items > 0 and vim.tbl_map(function(item)
        return { vim.fn.bufname(item.bufnr), item.lnum, item.type, item.text }
      end, items)
    ]])
    contains(vim.inspect(items), 'cart.py')
    contains(vim.inspect(items), 'breakpoint')
    assert(child:lua('return vim.bo.buftype') == 'quickfix')
    child:eventually('the diagnostics', [[return #vim.diagnostic.get(vim.fn.bufnr('src/cart.py')) > 0]])
    child:command('TrustReview clear')
    child:eventually('no diagnostics', [[return #vim.diagnostic.get(vim.fn.bufnr('src/cart.py')) == 0]])
    child:command('cclose')
  end)

  test('a message is proposed where git waits for one, and another when asked again', function(child)
    child:open('src/shapes.rs')
    child:command('edit .git/COMMIT_EDITMSG')
    child:lua([[vim.api.nvim_buf_set_lines(0, 0, -1, false, { '', '# Please enter the commit message' })]])
    assert(child:lua('return vim.bo.filetype') == 'gitcommit')
    child:command('TrustCommit')
    child:eventually('the message', [[return vim.fn.getline(1):find('cart') or vim.fn.getline(1):find('total')]])
    contains(child:text(), '# Please enter the commit message')
    local first = child:text()
    child:command('TrustCommit')
    child:eventually('another', [[return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n') ~= ...]], first)
    child:lua([[vim.api.nvim_buf_set_lines(0, 0, 1, false, { 'mine' })]])
    child:command('TrustCommit')
    child:told('a message is written already')
    contains(child:text(), 'mine')
  end)

  test('elsewhere a message gets a buffer of its own, whose write commits', function(child)
    child:open('src/shapes.rs')
    child:command('TrustCommit')
    local subject = child:eventually('the message', [[return vim.bo.buftype == 'acwrite' and vim.fn.getline(1) ~= '' and vim.fn.getline(1)]])
    child:command('write')
    assert(vim.trim(project.git(place.folder, 'log', '-1', '--format=%s')) == subject)
    child:command('TrustCommit')
    child:told('nothing is staged')
    local before = project.git(place.folder, 'log', '--format=%h')
    child:command('TrustCommit!')
    child:eventually('the message', [[return vim.bo.buftype == 'acwrite' and vim.fn.getline(1) ~= '']])
    child:lua([[vim.api.nvim_buf_set_lines(0, 0, 1, false, { 'Amended' })]])
    child:command('write')
    local after = project.git(place.folder, 'log', '--format=%h')
    assert(#after == #before and after ~= before, after)
    assert(vim.trim(project.git(place.folder, 'log', '-1', '--format=%s')) == 'Amended')
    project.git(place.folder, 'reset', '--quiet', '--soft', 'HEAD~1')
  end)

  test('the message stands above git\'s comments, whatever sign they begin with', function(child)
    for key, sign in pairs({ commentString = '//', commentChar = ';' }) do
      project.git(place.folder, 'config', 'core.' .. key, sign)
      child:open('src/shapes.rs')
      child:command('edit! .git/COMMIT_EDITMSG')
      child:lua([[vim.api.nvim_buf_set_lines(0, 0, -1, false, { '', ... .. ' Please enter the commit message' })]], sign)
      child:command('TrustCommit')
      child:eventually('the message', [[return vim.fn.getline(1):find('cart') or vim.fn.getline(1):find('total')]])
      contains(child:text(), '\n' .. sign .. ' Please enter the commit message')
      local first = child:text()
      child:command('TrustCommit')
      child:eventually('another', [[return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n') ~= ...]], first)
      -- With another sign, a hash begins a line of somebody's.
      child:lua([[vim.api.nvim_buf_set_lines(0, 0, 1, false, { '# mine' })]])
      child:command('TrustCommit')
      child:told('a message is written already')
      child:lua('_G.told = {}')
      project.git(place.folder, 'config', '--unset', 'core.' .. key)
    end
    for _, sign in ipairs({ ';', 'auto' }) do
      project.git(place.folder, 'config', 'core.commentChar', sign)
      child:open('src/shapes.rs')
      child:command('TrustCommit')
      local subject = child:eventually('the message', [[return vim.bo.buftype == 'acwrite' and vim.fn.getline(1) ~= '' and vim.fn.getline(1)]])
      contains(child:text(), '\n' .. (sign == 'auto' and '#' or sign) .. ' `:write` commits')
      child:command('write')
      child:eventually('the commit', [[return vim.bo.buftype ~= 'acwrite']])
      assert(vim.trim(project.git(place.folder, 'log', '-1', '--format=%B')):find(subject, 1, true) == 1)
      assert(not project.git(place.folder, 'log', '-1', '--format=%B'):find('commits with this message', 1, true))
      project.git(place.folder, 'reset', '--quiet', '--soft', 'HEAD~1')
      project.git(place.folder, 'config', '--unset', 'core.commentChar')
    end
  end)

  test('a message is proposed where no server runs yet', function()
    local child = start(servers.plain)
    child:command('edit .git/COMMIT_EDITMSG')
    child:lua([[vim.api.nvim_buf_set_lines(0, 0, -1, false, { '', '# comment' })]])
    child:command('TrustCommit')
    child:eventually('the message', [[return vim.fn.getline(1):find('cart') or vim.fn.getline(1):find('total')]])
    child:quit()
  end)

  test('a code action of several lines is read on a page', function(child)
    child:open('src/basket.rs', 'sum::')
    child:lua([[vim.lsp.buf.code_action({ apply = true, filter = function(action)
      return action.title == 'Explain this change'
    end })]])
    child:eventually('the page', [[
      return vim.api.nvim_buf_get_name(0) == 'trust://answer' and vim.fn.search('total', 'nw') > 0
    ]])
  end)
end
