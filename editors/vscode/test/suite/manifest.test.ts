// The manifest and the words: each command is there, each word has its place in the tables of words.

import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";

export function define(): void {
  describe("manifest", () => {
    const extension = vscode.extensions.getExtension("trust-lsp.trust-lsp");
    const read = (path: string) => readFileSync(join(extension?.extensionPath ?? "", path), "utf8");

    it("names commands that exist", async () => {
      const all = await vscode.commands.getCommands(true);
      for (const { command } of extension?.packageJSON.contributes.commands ?? []) {
        assert.ok(all.includes(command), command);
      }
    });

    it("takes its words from the table, and needs each of them", () => {
      const words: Record<string, string> = JSON.parse(read("package.nls.json"));
      const used = [...read("package.json").matchAll(/"%([\w.]+)%"/g)].map((found) => found[1] ?? "");
      assert.deepEqual([...new Set(used)].sort(), Object.keys(words).sort());
    });
  });
}
