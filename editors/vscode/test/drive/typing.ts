// Has a real VS Code press the keys that `cargo xtask bench editors` took from commits, and prints how long they waited for
// ghost text, and what of that is VS Code's.
//
//     node test/drive/typing.ts EDITOR VSIX SERVER OUTPUT KEYS PACE

import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

import { openBridge } from "./bridge.ts";
import { openBrowser } from "./browser.ts";
import { installExtension, startEditor } from "./editor.ts";

interface Wait {
  /** Up to VS Code's call. */
  readonly before: number;
  /** In the extension and its client, on the way there and back. */
  readonly within: number;
  readonly there: number;
  readonly after: number;
  readonly own?: number;
}

/** `InlineCompletionsDebounce` of VS Code's workbench: the least and the most of it. */
const DEBOUNCE_MS = 50;

const [editorFolder, vsix, server, output, keys] = process.argv.slice(2, 7).map((path) => resolve(path));
const pace = process.argv[7];
if (editorFolder === undefined || vsix === undefined || server === undefined || output === undefined || keys === undefined) {
  console.error("usage: typing.ts EDITOR VSIX SERVER OUTPUT KEYS PACE");
  process.exit(2);
}

rmSync(output, { recursive: true, force: true, maxRetries: 3 });
const work = join(output, "run");
mkdirSync(work, { recursive: true });
const results = join(output, "results.json");
await installExtension(editorFolder, work, vsix, { "trust.server.path": server });
const bridge = await openBridge(join(output, "screenshots"));
const editor = await startEditor(editorFolder, work, {
  TRUST_TEST_BRIDGE: bridge.url,
  TRUST_TYPING: JSON.stringify({ keys, pace, results }),
});
let [pressed, late] = [0, 0];
const shown: Wait[] = [];
let code = 0;
try {
  const sessions: { folder: string }[] = JSON.parse(readFileSync(keys, "utf8"));
  for (const [index, { folder }] of sessions.entries()) {
    const browser = await openBrowser(join(work, `browser-${index}`), join(output, "workbench.log"));
    bridge.show(browser.page);
    const failed = await browser.runTests(editor.url, folder, resolve("test"), resolve("dist/test/typing.js"));
    await browser.close();
    if (failed !== 0) {
      throw new Error(`the keys were not pressed in ${folder}; ${join(output, "workbench.log")} says more`);
    }
    const seen: { pressed: number; late: number; shown: Wait[] } = JSON.parse(readFileSync(results, "utf8"));
    pressed += seen.pressed;
    late += seen.late;
    shown.push(...seen.shown);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  code = 1;
}
await Promise.race([editor.stop(), new Promise((done) => setTimeout(done, 5_000))]);

function row(what: string, of: (one: Wait) => number): void {
  const numbers = shown.map(of).sort((left, right) => left - right);
  const at = (share: number) => (numbers[Math.floor((numbers.length - 1) * share)] ?? NaN).toFixed(1);
  console.log(`|${what}|${at(0.5)}|${at(0.95)}|`);
}

console.log(`\n${pressed} keys, ${pace} ms apart: ${late} answers came after the next key, ${shown.length} became ghost text\n`);
console.log("|VS Code, ms|p50|p95|\n|---|--:|--:|");
const own = ({ there, own: told }: Wait) => told ?? there;
const whole = ({ before, within, there, after }: Wait) => before + within + there + after;
row("from the key to ghost text", whole);
row("the server, by its own clock", own);
row("what the client adds", (one) => whole(one) - own(one));
row(`VS Code, from the key to its call, its wait of ${DEBOUNCE_MS} ms for the next key within`, ({ before }) => before);
row("the extension and its client, from the call to the request and from the answer on", ({ within }) => within);
row("the way there and back", (one) => one.there - own(one));
row("VS Code, from what it is given to ghost text", ({ after }) => after);
process.exit(shown.length > 0 ? code : 1);
