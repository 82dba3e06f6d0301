// The browser that shows the workbench, and the way by which VS Code is told to run tests in its extension host.

import { createWriteStream } from "node:fs";
import { type Page, chromium } from "playwright-core";

const PROGRAM = process.env["TRUST_TEST_BROWSER"] ?? "/usr/bin/chromium-headless-shell";
const SIZE = { width: 1200, height: 750 };

export interface Browser {
  readonly page: Page;
  /** Opens a window with an extension that is being developed; what is in it runs. A folder may be a file that names several. */
  develop(host: string, folder: string, extension: string): Promise<void>;
  /** The exit code that VS Code gives the run. */
  runTests(host: string, folder: string, extension: string, tests: string): Promise<number>;
  close(): Promise<void>;
}

export async function openBrowser(profile: string, logFile: string): Promise<Browser> {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: PROGRAM,
    headless: true,
    viewport: SIZE,
    permissions: ["clipboard-read", "clipboard-write"],
    // Without a sandbox, since root has none; the pages are our own machine's.
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const log = createWriteStream(logFile);
  const page = context.pages()[0] ?? (await context.newPage());
  const remote = (host: string, path: string) => `vscode-remote://${host}${path}`;
  const open = async (host: string, folder: string, payload: string[][]) => {
    const kind = folder.endsWith(".code-workspace") ? "workspace" : "folder";
    const query = new URLSearchParams({ [kind]: folder, payload: JSON.stringify(payload) });
    await page.goto(`http://${host}/?${query}`, { timeout: 90_000 });
  };
  return {
    page,
    develop: (host, folder, extension) => open(host, folder, [["extensionDevelopmentPath", remote(host, extension)]]),
    async runTests(host, folder, extension, tests) {
      const exit = new Promise<number>((resolve, reject) => {
        page.once("crash", () => reject(new Error("the browser's page crashed")));
        void page.exposeFunction("codeAutomationExit", (code: number) => resolve(code));
      });
      // What VS Code says of itself; what the tests say comes by the bridge.
      await page.exposeFunction("codeAutomationLog", (kind: string, words: unknown[]) => {
        log.write(`${kind}: ${words.join(" ")}\n`);
      });
      await open(host, folder, [
        ["extensionDevelopmentPath", remote(host, extension)],
        ["extensionTestsPath", remote(host, tests)],
      ]);
      return exit;
    },
    close: () => context.close(),
  };
}
