-- How features ask the server: with its parts as they come, an end at any moment, and one sentence where it fails.

local M = {}

local NAME = 'trust'

---@class trust.Task
---@field client? vim.lsp.Client
---@field id? integer
---@field over boolean
---@field on trust.On
---@field listening? integer

---@class trust.On
---@field done fun(answer: any)
---@field failed? fun(problem: string)
---@field part? fun(part: any) what is told before the answer, which is complete all the same

---@type table<trust.Task, true>
local tasks = {}
local tokens = 0

---@param text string
---@param level? integer
function M.tell(text, level)
  vim.notify('Trust: ' .. text, level or vim.log.levels.INFO)
end

--- The server of the buffer, or else any that runs.
---@return vim.lsp.Client?
function M.client(bufnr)
  local own = vim.lsp.get_clients({ name = NAME, bufnr = bufnr or 0 })
  return own[1] or vim.lsp.get_clients({ name = NAME })[1]
end

--- Why there is no program to start, in a sentence with what to do; nil where there is one.
---@return string?
function M.missing()
  local config = vim.lsp.config[NAME]
  if not config then
    return 'there is no configuration `trust`; put editors/neovim on the runtimepath.'
  end
  local cmd = config.cmd
  if type(cmd) == 'table' and vim.fn.executable(cmd[1]) == 0 then
    local advice = "put it on the PATH, or name it: vim.lsp.config('trust', { cmd = { '/path/to/trust-lsp', '--stdio' } })."
    return ('there is no program `%s`; %s'):format(cmd[1], advice)
  end
end

--- Where the user is, for requests about a repository: git starts editors at its root.
function M.folder()
  local path = vim.api.nvim_buf_get_name(0)
  local here = vim.bo.buftype == '' and path ~= '' and vim.bo.filetype ~= 'gitcommit'
  return here and vim.fs.dirname(path) or vim.fn.getcwd()
end

--- Hands over the client once it has begun, or says why it will not.
---@param use fun(client?: vim.lsp.Client, problem?: string)
local function when_begun(id, use)
  local client = id and vim.lsp.get_client_by_id(id)
  if not client then
    use(nil, 'the server ended before it began; `:checkhealth trust` says more.')
  elseif client.initialized then
    use(client)
  else
    vim.defer_fn(function()
      when_begun(id, use)
    end, 25)
  end
end

--- The buffer's server, or any, or else one that is started for whoever asks without such a buffer.
---@param use fun(client?: vim.lsp.Client, problem?: string)
local function with_client(use)
  local client = M.client()
  local problem = not client and M.missing()
  if client then
    use(client)
  elseif problem then
    use(nil, problem)
  else
    local config = vim.deepcopy(vim.lsp.config[NAME])
    local folder = M.folder()
    config.root_dir = vim.fs.root(folder, config.root_markers or '.git') or folder
    when_begun(vim.lsp.start(config, { attach = false }), use)
  end
end

---@param task trust.Task
local function finish(task)
  task.over = true
  tasks[task] = nil
  if task.listening then
    pcall(vim.api.nvim_del_autocmd, task.listening)
  end
end

---@param task trust.Task
local function fail(task, problem)
  if task.over then
    return
  end
  finish(task)
  if task.on.failed then
    task.on.failed(problem)
  else
    M.tell(problem, vim.log.levels.WARN)
  end
end

local function listen(task, token)
  return vim.api.nvim_create_autocmd('LspProgress', {
    callback = function(event)
      local params = event.data.params
      if not task.over and event.data.client_id == task.client.id and params.token == token then
        task.on.part(params.value)
      end
    end,
  })
end

--- Asks, and answers later. What it returns ends it.
---@param method string
---@param params table
---@param on trust.On
---@return fun() cancel
function M.ask(method, params, on)
  ---@type trust.Task
  local task = { over = false, on = on }
  tasks[task] = true
  with_client(function(client, problem)
    if task.over then
      return
    elseif not client then
      return fail(task, problem)
    end
    task.client = client
    if on.part then
      tokens = tokens + 1
      params = vim.tbl_extend('force', params, { partialResultToken = 'trust-' .. tokens })
      task.listening = listen(task, params.partialResultToken)
    end
    -- Without a buffer, so that the changes of all of them are sent before.
    local sent, id = client:request(method, params, function(error, answer)
      if task.over then
        return
      elseif error then
        return fail(task, error.message)
      end
      finish(task)
      on.done(answer ~= vim.NIL and answer or nil)
    end)
    if not sent then
      return fail(task, 'the server is not running.')
    end
    task.id = id
  end)
  return function()
    if not task.over then
      if task.id then
        task.client:cancel_request(task.id)
      end
      fail(task, 'ended before its end.')
    end
  end
end

--- The server has ended: whoever waits for it hears so, since the answers will never come.
function M.gone(client_id)
  for _, task in ipairs(vim.tbl_keys(tasks)) do
    if task.client and task.client.id == client_id then
      fail(task, 'the server has ended; ask again once it runs.')
    end
  end
end

--- `:TrustStop`
function M.command()
  local ended = 0
  for _, task in ipairs(vim.tbl_keys(tasks)) do
    if task.id then
      task.client:cancel_request(task.id)
    end
    fail(task, 'ended before its end.')
    ended = ended + 1
  end
  if ended == 0 then
    M.tell('nothing is asked for.')
  end
end

return M
