// The next edit: a name is changed where it is declared, and the command leads to where it is used.

import * as assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import * as vscode from "vscode";

import { discard, open } from "./session";
import { eventually, press, shot, type } from "./ui";

export function define(): void {
  describe("next edit", () => {
    afterEach(discard);

    it("is a key away, where the old name is still used", async () => {
      const editor = await open("src/load.rs", "pub fn load");
      // The whole name, as somebody does who renames it.
      await press("Control+Shift+ArrowLeft");
      await type("fetch");
      await press("Escape");
      const declared = editor.selection.active.line;
      await eventually(
        "the place",
        async () => {
          // The server may not yet have heard of the new name.
          await press("Alt+j");
          await pause(1_000);
          return editor.selection.active.line;
        },
        (line) => line > declared,
      );
      assert.equal(editor.document.getText(new vscode.Range(editor.selection.active.translate(0, -4), editor.selection.active)), "load");
      await shot("next-edit");
    });
  });
}
