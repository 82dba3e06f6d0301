// The manifest and the words: each command is there, each word has its place in the tables of words.

import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";

import { findServer } from "../../src/server";

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

    it("holds the programs of its platform, which a path of the user's goes before", async () => {
      const folder = extension?.extensionPath ?? "";
      const found = await findServer("", folder);
      assert.deepEqual(found, { found: true, path: join(folder, "bin", "trust-lsp") });
      assert.ok(found.found && execFileSync(found.path, ["--version"], { encoding: "utf8" }).startsWith("trust-lsp "));
      // It looks for this one beside itself, and nowhere else.
      assert.ok(execFileSync(join(folder, "bin", "trust-net"), ["--version"], { encoding: "utf8" }).startsWith("trust-net "));
      assert.deepEqual(await findServer(process.execPath, folder), { found: true, path: process.execPath });
      const missing = await findServer("/nowhere/trust-lsp", folder);
      assert.ok(!missing.found && missing.problem.includes("/nowhere/trust-lsp"), "another one is not taken instead");
    });

    it("takes its words from the table, and needs each of them", () => {
      const words: Record<string, string> = JSON.parse(read("package.nls.json"));
      const used = [...read("package.json").matchAll(/"%([\w.]+)%"/g)].map((found) => found[1] ?? "");
      assert.deepEqual([...new Set(used)].sort(), Object.keys(words).sort());
      for (const [name, { markdownDescription }] of Object.entries<{ markdownDescription: string }>(extension?.packageJSON.contributes.configuration.properties)) {
        assert.equal(markdownDescription, words[name.replace("trust.", "setting.")], "VS Code puts it there");
      }
    });

    it("has each sentence of the program where it can be translated, and no other", () => {
      const sources = join(vscode.extensions.getExtension("trust-lsp.trust-tests")?.extensionPath ?? "", "..", "src");
      const files = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
      const code = files.map((name) => readFileSync(join(sources, name), "utf8")).join("\n");
      const calls = [...code.matchAll(/\bl10n\.t\(\s*(?:"((?:[^"\\]|\\.)*)"|'([^'\\]*)')?/g)];
      const said = calls.map(([call, double, single]) => {
        assert.ok(double !== undefined || single !== undefined, `${call}: a sentence that is put together cannot be translated`);
        return single ?? JSON.parse(`"${double}"`);
      });
      const { l10n } = extension?.packageJSON ?? {};
      const words: Record<string, string> = JSON.parse(read(join(l10n, "bundle.l10n.json")));
      assert.deepEqual(Object.keys(words).sort(), [...new Set(said)].sort());
      assert.ok(Object.entries(words).every(([sentence, word]) => sentence === word));
    });
  });
}
