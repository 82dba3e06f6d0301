// The status bar, and the pickers behind it.

import * as assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";

import { api, ready } from "./session";
import { attribute, click, eventually, press, shot, text } from "./ui";

const ITEM = { target: '[id="trust-lsp.trust-lsp.trust.status"]' };
const BUTTON = { target: `${ITEM.target} a` };
const PICKER = { target: ".quick-input-widget .quick-input-list" };

async function client() {
  const running = (await api()).client();
  assert.ok(running);
  return running;
}
const profile = async () => (await (await ready()).sendRequest<{ current: string }>("trust/profiles")).current;

export function define(): void {
  describe("status bar", () => {
    const file = join(homedir(), ".config", "trust-lsp", "config.toml");
    after(() => rmSync(file, { force: true }));

    it("names the model and the privacy that holds, and how far the index is", async () => {
      await eventually("the item", () => text(ITEM), (seen) => seen.includes("trust-nano · strict"));
      const label = (await attribute(BUTTON, "aria-label")) ?? "";
      assert.match(label, /Model: trust-nano\. Index: \d+ files, \d+ definitions\. Privacy: strict\./);
    });

    it("leads to a menu", async () => {
      const menu = vscode.commands.executeCommand("trust.menu");
      await eventually("the menu", () => text(PICKER), (seen) => seen.includes("Choose the model"));
      await shot("menu");
      await press("Escape");
      await menu;
    });

    it("follows the model that is chosen", async () => {
      for (const [name, wanted] of [["None", "Trust"], ["trust-nano", "trust-nano"]] as const) {
        const picked = vscode.commands.executeCommand("trust.pickModel");
        await eventually("the models", () => text(PICKER), (seen) => seen.includes("trust-nano") && seen.includes("None"));
        await click({ target: `.quick-input-list .monaco-list-row:has-text("${name}")` });
        await picked;
        const state = async () => (await (await client()).sendRequest<{ model: { state: string } }>("trust/status")).model.state;
        await eventually("its state", state, (now) => now === (name === "None" ? "none" : "ready"));
        await eventually("its name", () => text(ITEM), (seen) => seen.includes(`${wanted} · strict`));
      }
    });

    it("lists the models, the one in use marked", async () => {
      const picked = vscode.commands.executeCommand("trust.pickModel");
      await eventually("the models", () => text(PICKER), (seen) => /trust-nano.*7 million weights, Q8_0.*Automatic.*None/.test(seen));
      await shot("models");
      await press("Escape");
      await picked;
    });

    it("lets conversations have a model of their own", async () => {
      const chat = async () =>
        (await (await client()).sendRequest<{ chatModel?: { name: string } }>("trust/status")).chatModel?.name;
      for (const [name, seen, wanted] of [["trust-nano", "The same", undefined], ["Automatic", "Automatic", undefined]] as const) {
        const picked = vscode.commands.executeCommand("trust.pickChatModel");
        await eventually("the models", () => text(PICKER), (shown) => shown.includes("trust-nano") && shown.includes(seen));
        await click({ target: `.quick-input-list .monaco-list-row:has-text("${name}")` });
        await picked;
        const said = async () => (await (await client()).sendRequest<{ chat: string }>("trust/models", {})).chat;
        await eventually("what is said", said, (now) => now === (name === "Automatic" ? "auto" : "bundled"));
        assert.equal(await chat(), wanted, "the bundled one is in memory once");
      }
      await (await client()).sendRequest("trust/useModel", { model: null, task: "chat" });
    });

    it("lets a profile be chosen", async () => {
      mkdirSync(join(file, ".."), { recursive: true });
      writeFileSync(file, "[profiles.quiet]\ngate.shift = 0.2\n");
      const listed = async () => (await (await ready()).sendRequest<{ profiles: unknown[] }>("trust/profiles")).profiles.length;
      await eventually("the server has read it", listed, (count) => count === 1);
      for (const [name, wanted] of [["quiet", "quiet"], ["None", ""]] as const) {
        const picked = vscode.commands.executeCommand("trust.pickProfile");
        await eventually("the profiles", () => text(PICKER), (seen) => seen.includes("quiet"));
        await shot("profiles");
        await click({ target: `.quick-input-list .monaco-list-row:has-text("${name}")` });
        await picked;
        await eventually("the profile in use", profile, (current) => current === wanted);
      }
    });
  });
}
