// The programs that stand for the server in the tests: the one that the extension holds, by no path, on the bundled model; the real one with a model
// whose words are known, for what a model of seven million weights cannot say, and which keeps what it is sent; one that takes its
// time over a commit message; one that ends at once; and one that says nothing.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Servers {
  readonly plain: string;
  readonly talking: string;
  readonly writing: string;
  readonly broken: string;
  readonly silent: string;
}

/** What the scripted model says, in parts: prose, a citation, and code that can be inserted. */
const WORDS = [
  "`Basket` adds prices [1].\n\n",
  "Try this:\n\n```rust\n",
  "let basket = Basket::default();\n",
  "```\n\n",
  "It is **empty** ",
  "at first.",
].join("\u001f");
/** What it says of the change that is staged, whenever it is asked. */
const MESSAGE = JSON.stringify({ messages: [{ description: "add a total over all items seen", reason: "" }] });
/** Between replies; who has several to give has the room for a diff. */
const THEN = "\u001e";

export function writeServers(folder: string, server: string): Servers {
  mkdirSync(folder, { recursive: true });
  const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
  const script = (name: string, line: string) => {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    return path;
  };
  return {
    plain: "",
    // How a session begins is held to `fixtures/clients` by `cargo xtask test`.
    talking: script("talking", `tee "$0.$$.heard" | ${quoted(server)} --scripted-model ${quoted(WORDS)} --scripted-delay-ms 400 "$@"`),
    writing: script("writing", `exec ${quoted(server)} --scripted-model ${quoted(MESSAGE + THEN + MESSAGE)} --scripted-delay-ms 5000 "$@"`),
    silent: script("silent", "exec sleep 600"),
    broken: script("broken", "echo broken >&2; exit 3"),
  };
}
