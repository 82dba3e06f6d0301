// Runs the tests in a real VS Code: its server, with the packed extension installed, and a browser that shows the
// workbench. Mocha runs inside of the extension host; what a person would do there, it asks of this program.
//
//     node test/drive/run.ts EDITOR VSIX SERVER OUTPUT        (`cargo xtask test --only vscode` says what to put there)

import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

import { type Bridge, openBridge } from "./bridge.ts";
import { openBrowser } from "./browser.ts";
import { ASKING, home, installExtension, startEditor, writeSettings } from "./editor.ts";
import { makePlanted, makeProject, makeTwo } from "./project.ts";
import { writeServers } from "./servers.ts";

/** For everything together. What hangs is ended here, and not by whoever waits for this program. */
const LIMIT_MS = 10 * 60_000;

const [editorFolder, vsix, server, output] = process.argv.slice(2).map((path) => resolve(path));
if (editorFolder === undefined || vsix === undefined || server === undefined || output === undefined) {
  console.error("usage: run.ts EDITOR VSIX SERVER OUTPUT");
  process.exit(2);
}

const work = join(output, "run");
rmSync(output, { recursive: true, force: true, maxRetries: 3 });
mkdirSync(work, { recursive: true });
const cleanups: (() => Promise<void> | void)[] = [];
const limit = setTimeout(() => void end(1, `not at its end after ${LIMIT_MS / 60_000} minutes`), LIMIT_MS);
process.on("SIGINT", () => void end(130, "interrupted"));
process.on("SIGTERM", () => void end(143, "terminated"));

try {
  const project = makeProject(join(work, "project"));
  const servers = writeServers(join(work, "servers"), server);
  // The extension holds a server, which is the one that is tested.
  await installExtension(editorFolder, work, vsix, {});
  const bridge: Bridge = await openBridge(join(output, "screenshots"));
  cleanups.push(() => bridge.close());
  const editor = await startEditor(editorFolder, work, {
    TRUST_TEST_BRIDGE: bridge.url,
    TRUST_TEST_RESULTS: join(output, "results.json"),
    TRUST_TEST_FOLDERS: join(output, "folders.json"),
    TRUST_TEST_RESTRICTED: join(output, "restricted.json"),
    TRUST_TEST_NETWORK: process.env["TRUST_TEST_NETWORK"] ?? "",
    TRUST_TEST_SERVERS: JSON.stringify(servers),
    TRUST_TEST_GREP: process.env["TRUST_TEST_GREP"] ?? "",
    TRUST_TEST_WAIT_MS: process.env["TRUST_TEST_WAIT_MS"] ?? "60000",
  });
  cleanups.push(() => editor.stop());
  const browser = await openBrowser(join(work, "browser"), join(output, "workbench.log"));
  cleanups.push(() => browser.close());
  bridge.show(browser.page);
  const code = await browser.runTests(editor.url, project, resolve("test"), resolve("dist/test/index.js"));
  await browser.close();
  const other = await folders(editor.url, bridge);
  await restricted(editor.url, bridge);
  const failed = code || other;
  await end(failed, failed === 0 ? undefined : "the tests failed");
} catch (error) {
  await end(1, error instanceof Error ? (error.stack ?? error.message) : String(error));
}

/** A window of several folders is another one. */
async function folders(url: string, bridge: Bridge): Promise<number> {
  const browser = await openBrowser(join(work, "browser-folders"), join(output ?? "", "workbench.log"));
  cleanups.push(() => browser.close());
  bridge.show(browser.page);
  const code = await browser.runTests(url, makeTwo(join(work, "two")), resolve("test"), resolve("dist/test/folders.js"));
  await browser.close();
  return code;
}

/** Where VS Code runs tests it trusts the workspace, so those of Restricted Mode are an extension's to run. */
async function restricted(url: string, bridge: Bridge): Promise<void> {
  writeSettings(work, "User", ASKING);
  const planted = makePlanted(join(work, "planted"), server ?? "", home(work));
  const browser = await openBrowser(join(work, "browser-restricted"), join(output ?? "", "workbench.log"));
  cleanups.push(() => browser.close());
  bridge.show(browser.page);
  await browser.develop(url, planted, resolve("test/restricted"));
  while (!existsSync(join(output ?? "", "restricted.json"))) {
    await new Promise((done) => setTimeout(done, 200));
  }
}

async function end(code: number, problem?: string): Promise<never> {
  clearTimeout(limit);
  if (problem !== undefined) {
    console.error(problem);
  }
  for (const cleanup of cleanups.reverse()) {
    await Promise.race([cleanup(), new Promise((done) => setTimeout(done, 5_000))]);
  }
  // An exit code alone could be that of a run without tests: the last line is read by `cargo xtask test`.
  const { passed, failed } = counts();
  console.log(`vscode: ${passed} passed, ${failed} failed`);
  process.exit(code === 0 && (failed > 0 || passed === 0) ? 1 : code);
}

function counts(): { passed: number; failed: number } {
  const total = { passed: 0, failed: 0 };
  for (const name of ["results.json", "folders.json", "restricted.json"]) {
    try {
      const { passed, failed } = JSON.parse(readFileSync(join(output ?? "", name), "utf8"));
      total.passed += passed;
      total.failed += failed;
    } catch {
      // Not run to its end: that is told by what ended it.
      total.failed += 1;
    }
  }
  return total;
}
