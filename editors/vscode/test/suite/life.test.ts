// The server's life: it comes back when it ends, later each time, and not for ever; and what is said to who begins.

import * as assert from "node:assert/strict";
import { existsSync } from "node:fs";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { api, ready, serve, servers, uri } from "./session";
import { attribute, eventually, shot, text } from "./ui";

const label = () => attribute({ target: '[id="trust-lsp.trust-lsp.trust.status"] a' }, "aria-label");

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
