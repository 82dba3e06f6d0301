// Workspace trust: in Restricted Mode what the workspace says starts no program and loosens nothing, also where the server's
// own list trusts it; given trust, all of it holds.

import * as assert from "node:assert/strict";
import { existsSync } from "node:fs";
import * as vscode from "vscode";

import { discard, open, ready, uri } from "./session";
import { click, eventually, shot, text, type } from "./ui";

const GHOST = { target: ".ghost-text-decoration, .ghost-text-decoration-preview" };
/** The button of the page on trust. */
const TRUST = { target: '.workspace-trust-editor .monaco-button:has-text("Trust")' };

/** What the program that the workspace names leaves behind. */
const ran = () => existsSync(uri("ran").fsPath);
/** The last change of each symbol, which the workspace's own file switches on. */
const lenses = async () => (await vscode.commands.executeCommand<unknown[]>("vscode.executeCodeLensProvider", uri("src/load.rs"))).length;

async function completes(): Promise<void> {
  await open("src/shapes.rs", "pub side: f64,\n}\n\n");
  await type("impl Square {\npub fn area(&self) -> f64 {\n");
  // Who asks may wait longer for it.
  await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
  assert.match(await text(GHOST), /\S/);
  await discard();
}

export function define(): void {
  describe("workspace trust", () => {
    it("is not there at first, and the extension works", async () => {
      await vscode.workspace.openTextDocument(uri("src/shapes.rs"));
      await ready();
      assert.equal(vscode.workspace.isTrusted, false);
      await completes();
      await shot("restricted-mode");
    });

    it("is needed for the program that the workspace names", async () => {
      const path = vscode.workspace.getConfiguration("trust").inspect<string>("server.path");
      assert.equal(path?.workspaceValue, undefined);
      await vscode.commands.executeCommand("trust.restart");
      await ready();
      assert.ok(!ran(), "it was started");
    });

    it("is needed for what loosens, in VS Code's settings and in the workspace's own file", async () => {
      await open("src/load.rs");
      assert.equal(await lenses(), 0);
      const { privacy } = await (await ready()).sendRequest<{ privacy: string }>("trust/profiles");
      assert.equal(privacy, "strict");
    });

    it("is not needed for what is safe", () => {
      assert.equal(vscode.workspace.getConfiguration("trust").get("completion.deadlineInvoked"), 59_000);
    });

    it("is given, and then all of it holds", async () => {
      await vscode.commands.executeCommand("workbench.trust.manage");
      await click(TRUST);
      await eventually("the trust", () => vscode.workspace.isTrusted, (trusted) => trusted);
      await vscode.commands.executeCommand("workbench.action.closeAllEditors");
      await eventually("the program that the workspace names", ran, (there) => there);
      await ready();
      await open("src/load.rs");
      await eventually("what its own file says", lenses, (count) => count > 0);
      await completes();
    });
  });
}
