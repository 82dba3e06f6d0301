-- Runs tests one after the other, tells each, and ends with their counts, which `cargo xtask test` reads.

local M = {}

---@param editor string
---@param pattern? string only tests whose name has it
function M.new(editor, pattern)
  io.stdout:setvbuf('line')
  local passed, failed = 0, 0
  local tally = {}

  --- Whether it passed, and what it returned.
  function tally.run(name, deed, ...)
    if pattern and not name:find(pattern) then
      return true
    end
    local began = vim.uv.now()
    local ran, result = xpcall(deed, debug.traceback, ...)
    vim.uv.update_time()
    local took = ('%4.1f s'):format((vim.uv.now() - began) / 1000)
    if ran then
      passed = passed + 1
      io.write(('ok    %s  %s\n'):format(took, name))
    else
      failed = failed + 1
      io.write(('FAIL  %s  %s\n%s\n'):format(took, name, result))
    end
    return ran, result
  end

  function tally.finish()
    io.write(('%s: %d passed, %d failed\n'):format(editor, passed, failed))
    os.exit(failed == 0 and passed > 0 and 0 or 1)
  end

  return tally
end

return M
