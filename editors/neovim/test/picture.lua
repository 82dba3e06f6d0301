-- A terminal's screen, with its colours, as an SVG. Each word has its own place and length, so that columns are kept in any font.

local M = {}

local COLUMN, ROW = 8.4, 17
local FOREGROUND, BACKGROUND = '#d0d0d0', '#16181d'
local BASIC = {
  [0] = '#16181d', '#d16969', '#8fbf7f', '#d7ba7d', '#6ca0dc', '#b48ead', '#7fc1ca', '#d0d0d0',
  '#6b7280', '#e88388', '#a8cc8c', '#e8d08b', '#8fb8e8', '#d2a8d8', '#9fd8de', '#ffffff',
}

local function indexed(number)
  if number < 16 then
    return BASIC[number]
  elseif number >= 232 then
    local grey = 8 + 10 * (number - 232)
    return ('#%02x%02x%02x'):format(grey, grey, grey)
  end
  local function level(part)
    return part == 0 and 0 or 55 + 40 * part
  end
  number = number - 16
  return ('#%02x%02x%02x'):format(level(math.floor(number / 36)), level(math.floor(number / 6) % 6), level(number % 6))
end

--- What a terminal's escape for colours changes.
local function apply(style, codes)
  local at = 1
  local function colour()
    local kind = codes[at + 1]
    if kind == 2 then
      at = at + 4
      return ('#%02x%02x%02x'):format(codes[at - 2], codes[at - 1], codes[at])
    end
    at = at + 2
    return indexed(codes[at] or 0)
  end
  while at <= #codes do
    local code = codes[at]
    if code == 0 then
      style.fg, style.bg, style.bold, style.italic, style.reverse, style.under = nil, nil, nil, nil, nil, nil
    elseif code == 1 then
      style.bold = true
    elseif code == 3 then
      style.italic = true
    elseif code == 4 then
      style.under = true
    elseif code == 7 then
      style.reverse = true
    elseif code == 22 then
      style.bold = nil
    elseif code == 23 then
      style.italic = nil
    elseif code == 24 then
      style.under = nil
    elseif code == 27 then
      style.reverse = nil
    elseif code == 38 then
      style.fg = colour()
    elseif code == 48 then
      style.bg = colour()
    elseif code == 39 then
      style.fg = nil
    elseif code == 49 then
      style.bg = nil
    elseif code >= 30 and code <= 37 then
      style.fg = BASIC[code - 30]
    elseif code >= 40 and code <= 47 then
      style.bg = BASIC[code - 40]
    elseif code >= 90 and code <= 97 then
      style.fg = BASIC[code - 82]
    elseif code >= 100 and code <= 107 then
      style.bg = BASIC[code - 92]
    end
    at = at + 1
  end
end

local function escape(text)
  return (text:gsub('[&<>]', { ['&'] = '&amp;', ['<'] = '&lt;', ['>'] = '&gt;' }))
end

local function run_of(text, style, column, row)
  local cells = vim.fn.strdisplaywidth(text)
  local x, width = column * COLUMN, cells * COLUMN
  local fg, bg = style.fg or FOREGROUND, style.bg
  if style.reverse then
    fg, bg = bg or BACKGROUND, style.fg or FOREGROUND
  end
  local parts = {}
  if bg then
    table.insert(parts, ('<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>'):format(x, row * ROW, width, ROW, bg))
  end
  local more = (style.bold and ' font-weight="bold"' or '') .. (style.italic and ' font-style="italic"' or '')
  more = more .. (style.under and ' text-decoration="underline"' or '')
  local form = '<text x="%.1f" y="%d" fill="%s" textLength="%.1f"%s>%s</text>'
  for at, word in text:gmatch('()(%S+)') do
    local before = vim.fn.strdisplaywidth(text:sub(1, at - 1)) * COLUMN
    local length = vim.fn.strdisplaywidth(word) * COLUMN
    table.insert(parts, form:format(x + before, row * ROW + 13, fg, length, more, escape(word)))
  end
  return table.concat(parts), cells
end

---@param screen string what tmux captures with escapes
---@param title string for who cannot see it
---@return string svg
function M.svg(screen, title)
  local lines = vim.split(screen:gsub('\n$', ''), '\n', { plain = true })
  local parts = {}
  local style, columns = {}, 0
  for index, line in ipairs(lines) do
    local column, at = 0, 1
    while at <= #line do
      local from, to, codes = line:find('\27%[([%d;:]*)m', at)
      local text = line:sub(at, (from or #line + 1) - 1):gsub('\27[%(%)]%w', ''):gsub('[\14\15]', '')
      if text ~= '' then
        local part, cells = run_of(text, style, column, index - 1)
        table.insert(parts, part)
        column = column + cells
      end
      if from then
        local numbers = vim.tbl_map(function(number)
          return tonumber(number) or 0
        end, vim.split(codes, '[;:]'))
        apply(style, numbers)
      end
      at = (to or #line) + 1
    end
    columns = math.max(columns, column)
  end
  local width, height = math.ceil(columns * COLUMN), #lines * ROW
  local head = '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="-12 -12 %d %d" role="img">\n<title>%s</title>\n'
    .. '<rect x="-12" y="-12" width="%d" height="%d" rx="6" fill="%s"/>\n'
    .. '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14">\n'
  local wide, high = width + 24, height + 24
  head = head:format(wide, high, wide, high, escape(title), wide, high, BACKGROUND)
  return head .. table.concat(parts, '\n') .. '\n</g>\n</svg>\n'
end

return M
