// The project that the tests open: a repository with one commit, something staged, and something not.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const FILES: Readonly<Record<string, string>> = {
  "Cargo.toml": '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2024"\n',
  "src/basket.rs": `/// What somebody is about to buy.
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
`,
  "src/main.rs": `mod basket;
use basket::{Basket, Item};

fn main() {
    let mut basket = Basket::default();
    basket.add(Item { name: "apple".into(), price: 3 });
    basket.add(Item { name: "pear".into(), price: 4 });
    println!("{}", basket.total());
}
`,
  "src/shapes.rs": `pub struct Circle {
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

`,
  "src/load.rs": `pub fn load(path: &str) {}
pub fn twice(path: &str) {
    load(path);
    load(path);
}
`,
};

/** Staged in place of what was committed: a review has something to say of it. */
const STAGED: Readonly<Record<string, string>> = {
  "src/cart.py": `def total(items, seen=[]):
    for item in items:
        seen.append(item)
    breakpoint()
    return sum(item.price for item in seen)
`,
};

export function makeProject(folder: string): string {
  const git = (...words: string[]) =>
    execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.org", ...words], { cwd: folder });
  write(folder, FILES);
  git("init", "--quiet", "--initial-branch=main");
  git("add", ".");
  git("commit", "--quiet", "--message", "feat: add a basket that sums prices");
  write(folder, STAGED);
  git("add", ".");
  const basket = FILES["src/basket.rs"] ?? "";
  write(folder, { "src/basket.rs": basket.replace("item.price).sum()", "item.price).sum::<u32>() + 1") });
  return folder;
}

/** Two of it in one window, the second of which wants no completions; the file that names both. */
export function makeTwo(folder: string): string {
  for (const name of ["other", "quiet"]) {
    makeProject(join(folder, name));
  }
  write(folder, {
    "quiet/.vscode/settings.json": JSON.stringify({ "trust.completion.enable": false }),
    "two.code-workspace": JSON.stringify({ folders: [{ path: "other" }, { path: "quiet" }] }),
  });
  return join(folder, "two.code-workspace");
}

/** The same project as somebody made it who means harm: it names a program, and what loosens. `server` says in a list of its own
    that it trusts it. */
export function makePlanted(folder: string, server: string, home: string): string {
  makeProject(folder);
  const program = join(folder, "planted");
  const settings = { "trust.server.path": program, "trust.privacy": "open", "trust.completion.deadlineInvoked": 59_000 };
  write(folder, {
    ".vscode/settings.json": JSON.stringify(settings),
    ".trust/config.toml": "codeLens.lastChange = true\n",
    planted: `#!/bin/sh\n: > '${folder}/ran'\nexec '${server}' "$@"\n`,
  });
  chmodSync(program, 0o755);
  execFileSync(server, ["workspace", "trust", folder], { env: { ...process.env, HOME: home, XDG_STATE_HOME: undefined } });
  return folder;
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
