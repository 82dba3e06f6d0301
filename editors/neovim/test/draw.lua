-- Draws a screen that tmux captured with its colours.
--
--     nvim --clean -l test/draw.lua CAPTURED PICTURE TITLE

package.path = vim.fs.dirname(vim.fs.abspath(arg[0])) .. '/?.lua;' .. package.path
local captured, picture, title = arg[1], arg[2], assert(arg[3], 'a screen, a picture and its title')
local from = assert(io.open(captured))
local screen = from:read('a')
from:close()
local to = assert(io.open(picture, 'w'))
to:write(require('picture').svg(screen, title))
to:close()
