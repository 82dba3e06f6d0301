// A window of two folders, one of which has a setting of its own: it counts there alone, and as soon as it is changed.

import * as assert from "node:assert/strict";
import * as vscode from "vscode";

import { discard, open, ready } from "./session";
import { eventually, shot, text, type } from "./ui";

const GHOST = { target: ".ghost-text-decoration, .ghost-text-decoration-preview" };
/** As they stand in the workspace. */
const [OTHER, QUIET] = [0, 1];

async function write(folder: number): Promise<void> {
  await open("src/shapes.rs", "pub side: f64,\n}\n\n", folder);
  await type("impl Square {\npub fn area(&self) -> f64 {\n");
  await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
}

/** Why nothing is shown, in the server's words; empty where something is. */
async function silence(): Promise<string> {
  const last = await (await ready()).sendRequest<{ quiet: string | null } | null>("trust/lastCompletion");
  return last?.quiet ?? "";
}

export function define(): void {
  describe("folders of a window", () => {
    afterEach(discard);

    it("complete, unless a setting of their own says otherwise", async () => {
      assert.deepEqual(vscode.workspace.workspaceFolders?.map(({ name }) => name), ["other", "quiet"]);
      await write(OTHER);
      assert.match(await text(GHOST), /\S/);
      await discard();
      await write(QUIET);
      await eventually("why it is quiet", silence, (why) => why.includes("switched off here"));
      await shot("settings-of-a-folder");
    });

    it("hear of their settings when these are changed", async () => {
      const quiet = vscode.workspace.workspaceFolders?.[QUIET];
      const settings = vscode.workspace.getConfiguration("trust", quiet?.uri);
      await settings.update("completion.enable", true, vscode.ConfigurationTarget.WorkspaceFolder);
      await write(QUIET);
      assert.match(await text(GHOST), /\S/);
    });
  });
}
