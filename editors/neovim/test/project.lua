-- The project that the tests open: a repository with one commit, something staged, and something not.

local M = {}

local BASKET = [[
/// What somebody is about to buy.
#[derive(Default)]
pub struct Basket {
    pub items: Vec<Item>,
}

pub struct Item {
    pub name: String,
    pub price: u32,
}

impl Basket {
    pub fn total(&self) -> u32 {
        self.items.iter().map(|item| item.price).sum()
    }

    pub fn add(&mut self, item: Item) {
        self.items.push(item);
    }
}
]]

local FILES = {
  ['Cargo.toml'] = '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2024"\n',
  ['src/basket.rs'] = BASKET,
  ['src/main.rs'] = [[
mod basket;
use basket::{Basket, Item};

fn main() {
    let mut basket = Basket::default();
    basket.add(Item { name: "apple".into(), price: 3 });
    println!("{}", basket.total());
}
]],
  ['src/shapes.rs'] = [[
pub struct Circle {
    pub radius: f64,
}

impl Circle {
    pub fn area(&self) -> f64 {
        std::f64::consts::PI * self.radius * self.radius
    }
}

pub struct Square {
    pub side: f64,
}

]],
  ['src/load.rs'] = [[
pub fn load(path: &str) {}
pub fn twice(path: &str) {
    load(path);
    load(path);
}
]],
}

--- Staged beside what was committed: a review has something to say of it.
local STAGED = {
  ['src/cart.py'] = [[
def total(items, seen=[]):
    for item in items:
        seen.append(item)
    breakpoint()
    return sum(item.price for item in seen)
]],
}

local function write(folder, files)
  for path, text in pairs(files) do
    local full = vim.fs.joinpath(folder, path)
    vim.fn.mkdir(vim.fs.dirname(full), 'p')
    local file = assert(io.open(full, 'w'))
    file:write(text)
    file:close()
  end
end

M.write = write

---@return string what git says
function M.git(folder, ...)
  local done = vim.system({ 'git', '-C', folder, ... }, { text = true }):wait()
  assert(done.code == 0, done.stderr)
  return done.stdout
end

function M.make(folder)
  vim.fn.mkdir(folder, 'p')
  M.git(folder, 'init', '--quiet', '--initial-branch=main')
  M.git(folder, 'config', 'user.name', 'Test')
  M.git(folder, 'config', 'user.email', 'test@example.org')
  write(folder, FILES)
  M.git(folder, 'add', '.')
  M.git(folder, 'commit', '--quiet', '--message', 'feat: add a basket that sums prices')
  write(folder, STAGED)
  M.git(folder, 'add', '.')
  write(folder, { ['src/basket.rs'] = (BASKET:gsub('price%)%.sum%(%)', 'price).sum::<u32>() + 1')) })
  return folder
end

return M
