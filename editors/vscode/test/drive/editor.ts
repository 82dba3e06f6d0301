// The server build of VS Code, as a process of its own: it says which port it chose, and is ended by its number.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const READY = /agent listening on (\d+)/;
const START_MS = 90_000;

export interface Editor {
  readonly url: string;
  stop(): Promise<void>;
}

/** Everything of the user's is quiet and in its own folder; the bundled model's answers do not hang on the machine's pace. */
const USER = {
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.colorTheme": "Default Dark Modern",
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "chat.disableAIFeatures": true,
  "editor.minimap.enabled": false,
  "editor.quickSuggestions": { other: "off", comments: "off", strings: "off" },
  "git.openRepositoryInParentFolders": "never",
  "git.autofetch": false,
  "window.commandCenter": false,
  // Buttons of a view are there without a mouse over it.
  "workbench.view.alwaysShowHeaderActions": true,
  "trust.completion.deadline": 20_000,
  "trust.adapt": false,
  "trust.completion.deadlineInvoked": 60_000,
};

/** VS Code asks nobody about trust unless these are the user's; the page on it is opened by the tests. */
export const ASKING = { "security.workspace.trust.enabled": true, "security.workspace.trust.startupPrompt": "never" };

export function writeSettings(work: string, name: "User" | "Machine", settings: Record<string, unknown>): void {
  const folder = join(work, "data", "data", name);
  mkdirSync(folder, { recursive: true });
  const all = name === "User" ? { ...USER, ...settings } : settings;
  writeFileSync(join(folder, "settings.json"), JSON.stringify(all, null, 2));
}

export async function installExtension(editor: string, work: string, vsix: string, machine: Record<string, string>): Promise<void> {
  writeSettings(work, "User", {});
  // A setting of the machine's is not read from the user's file.
  writeSettings(work, "Machine", machine);
  const installed = spawnSync(node(editor), [...common(editor, work), "--install-extension", vsix, "--force"], {
    env: environment(work),
    encoding: "utf8",
    timeout: START_MS,
  });
  if (installed.status !== 0 || !installed.stdout.includes("successfully installed")) {
    throw new Error(`the extension could not be installed: ${installed.stdout}${installed.stderr}`);
  }
}

export async function startEditor(editor: string, work: string, variables: Record<string, string>): Promise<Editor> {
  const flags = ["--host", "127.0.0.1", "--port", "0", "--without-connection-token", "--telemetry-level", "off"];
  const child = spawn(node(editor), [...common(editor, work), ...flags, "--enable-smoke-test-driver"], {
    env: { ...environment(work), ...variables },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that its extension hosts and their servers end with it.
    detached: true,
  });
  const log = createWriteStream(join(work, "..", "editor.log"));
  child.stderr.pipe(log);
  const port = await new Promise<string>((found, failed) => {
    let said = "";
    const late = setTimeout(() => failed(new Error(`VS Code did not start: ${said}`)), START_MS);
    child.once("error", failed);
    child.once("exit", (code) => failed(new Error(`VS Code ended with ${code}: ${said}`)));
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      log.write(chunk);
      const ready = READY.exec(said)?.[1];
      if (ready !== undefined) {
        clearTimeout(late);
        child.removeAllListeners("exit");
        found(ready);
      }
    });
  });
  return { url: `127.0.0.1:${port}`, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) {
    return;
  }
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  process.kill(-child.pid, "SIGTERM");
  const late = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, "SIGKILL"), 3_000);
  await ended;
  clearTimeout(late);
}

function node(editor: string): string {
  return join(editor, "node", "bin", "node");
}

function common(editor: string, work: string): string[] {
  const program = join(editor, "vscode", "out", "server-main.js");
  const folders = ["--server-data-dir", join(work, "data"), "--extensions-dir", join(work, "extensions")];
  return [program, "--accept-server-license-terms", ...folders];
}

/** The folder that programs of the editor take for the user's home. */
export function home(work: string): string {
  return join(work, "home");
}

function environment(work: string): NodeJS.ProcessEnv {
  mkdirSync(home(work), { recursive: true });
  const { PATH, LANG } = process.env;
  return { PATH, LANG: LANG ?? "C.UTF-8", HOME: home(work), SHELL: "/bin/sh", GIT_CONFIG_NOSYSTEM: "1" };
}
