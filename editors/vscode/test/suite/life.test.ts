// The server's life: it comes back when it ends, later each time, and not for ever; and what is said to who begins.

import * as assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { api, ready, serve, servers, uri } from "./session";
import { attribute, evaluate, eventually, shot, text } from "./ui";

const ITEM = '[id="trust-lsp.trust-lsp.trust.status"] a';
const label = () => attribute({ target: ITEM }, "aria-label");

/** Keeps all that the item in the status bar says, since what is there for a moment would be missed by whoever looks now and then. */
const LISTEN = `(() => {
  const told = (window.trustTold = []);
  const listening = new MutationObserver(() => {
    const label = document.querySelector(${JSON.stringify(ITEM)})?.getAttribute("aria-label");
    if (label && label !== told.at(-1)) told.push(label);
  });
  listening.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-label"] });
})()`;
/** So many that the index is not there at once. */
const FILES = 2_000;

/** The number of its process, which the client keeps to itself. */
function process_(client: LanguageClient): number {
  return (client as unknown as { _serverProcess: { pid: number } })._serverProcess.pid;
}

export function define(): void {
  describe("the server", () => {
    it("comes back when it was killed", async () => {
      const before = await ready();
      process.kill(process_(before), "SIGKILL");
      const { client } = await api();
      await eventually("another client", client, (now) => now !== undefined && now !== before && now.isRunning());
      await ready();
    });

    it("is tried later each time where it ends at once, and comes back when it can", async () => {
      await serve(servers.broken);
      const seconds = (said: string | null) => Number(/starts again in ([\d.]+) s/.exec(said ?? "")?.[1]);
      await eventually("the first wait", label, (said) => seconds(said) >= 0.5);
      await eventually("a longer wait", label, (said) => seconds(said) >= 2);
      await shot("server-has-ended");
      await serve(servers.plain);
      await ready();
      await eventually("it is told", label, (said) => said?.includes("Model: trust-nano") === true);
    });

    it("keeps nobody from starting another where it says nothing, and is given up", async () => {
      const { client } = await api();
      const gone = () => eventually("the one before is gone", client, (now) => now?.isRunning() !== true);
      await serve(servers.silent);
      await gone();
      await serve(servers.plain);
      await ready();
      await serve(servers.silent);
      await gone();
      await eventually("what is wrong is told", label, (said) => said?.includes("does not answer") === true, 40_000);
      await serve(servers.plain);
      await ready();
    });

    it("has a log, which is shown", async () => {
      await vscode.commands.executeCommand("trust.showLog");
      // Its lines are not looked at: what writes logs is a native module, which the editor out of npm was not compiled with.
      const shown = () => evaluate<string[]>("[...document.querySelectorAll('.part.panel select')].map((one) => one.selectedOptions[0]?.text ?? '')");
      await eventually("the log", shown, (names) => names.includes("Trust"));
      await shot("log");
      await vscode.commands.executeCommand("workbench.action.closePanel");
    });

    it("says in the status bar how far its index is", async () => {
      const folder = uri("many").fsPath;
      mkdirSync(folder);
      const body = Array.from({ length: 60 }, (_, at) => `pub fn f${at}(n: u32) -> u32 {\n    n + ${at}\n}\n`).join("");
      for (let at = 0; at < FILES; at++) {
        writeFileSync(join(folder, `m${at}.rs`), body);
      }
      await evaluate(LISTEN);
      await vscode.commands.executeCommand("trust.restart");
      const counts = async () => (await evaluate<string[]>("window.trustTold")).map((told) => /Index: (\d+) of (\d+) files/.exec(told));
      const some = await eventually("a part of the files", counts, (seen) => seen.some((found) => Number(found?.[2]) >= FILES));
      await shot("indexing");
      assert.ok(some.every((found) => found === null || Number(found[1]) <= Number(found[2])));
      await ready();
      rmSync(folder, { recursive: true });
      await vscode.commands.executeCommand("trust.restart");
      await ready();
    });

    it("is led to by a walkthrough", async () => {
      await vscode.commands.executeCommand("workbench.action.openWalkthrough", "trust-lsp.trust-lsp#first", false);
      await eventually("the walkthrough", () => text({ target: ".gettingStartedContainer .getting-started-category, .gettingStartedDetailsContent" }), (seen) => seen.includes("Begin with Trust"));
      await shot("walkthrough");
      await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    });

    it("is not chosen by what lies in a workspace that nobody trusts", () => {
      const { capabilities } = vscode.extensions.getExtension("trust-lsp.trust-lsp")?.packageJSON ?? {};
      const { supported, restrictedConfigurations } = capabilities.untrustedWorkspaces;
      assert.equal(supported, "limited");
      for (const key of ["trust.server.path", "trust.model.path", "trust.privacy"]) {
        assert.ok(restrictedConfigurations.includes(key), key);
      }
      assert.ok(!existsSync(uri(".vscode/settings.json").fsPath));
    });
  });
}
