// The chat view: a question is typed, places and words come, code is compared and inserted, a place is opened.

import * as assert from "node:assert/strict";
import * as vscode from "vscode";

import { looks } from "./looks";
import { discard, open, ready, serve, servers } from "./session";
import { aria, attribute, click, evaluate, eventually, fill, press, shot, text } from "./ui";

const inside = "#question";
const page = (target: string) => ({ target, inside });

export function define(): void {
  describe("chat", () => {
    before(async () => {
      await serve(servers.talking);
      await ready();
    });
    after(async () => {
      await discard();
      await serve(servers.plain);
      await ready();
    });

    it("answers with places, then with words as they come", async () => {
      await open("src/main.rs", "fn main() {\n");
      await vscode.commands.executeCommand("trust.chatView.focus");
      await fill(page("#question"), "where is Basket used?");
      await press("Enter");
      await eventually("the facts", () => text(page(".facts")), (seen) => seen.includes("Basket"));
      await evaluate('document.querySelector(".facts .place").focus()', inside);
      const halfway = await eventually("some words", () => text(page(".wording")), (seen) => seen !== "");
      assert.equal(await attribute(page("#log"), "aria-busy"), "true");
      const whole = await eventually("all words", () => text(page(".wording")), (seen) => seen.includes("empty at first."));
      assert.ok(halfway.length < whole.length, `${halfway} at once`);
      await eventually("its end", () => attribute(page("#log"), "aria-busy"), (busy) => busy === "false");
      assert.equal(await text(page(".wording strong")), "empty");
      // Who is somewhere in an answer is still there when more of it has come.
      assert.equal(await evaluate('document.activeElement.matches(".facts .place")', inside), true);
      await shot("chat");
    });

    it("is told to who hears it", async () => {
      const told = await aria(page("#log"));
      for (const part of ['log "Trust"', 'heading "You: where is Basket used?"', "strong: empty", 'group "Code rust"', 'button "Insert at the cursor"', 'button "[1]"']) {
        assert.ok(told.includes(part), `${part} in ${told}`);
      }
      assert.match(await aria(page("#form")), /textbox "Ask about this project"[^]*button "Ask"/);
    });

    looks(inside);

    it("opens the places that it cites", async () => {
      await click(page('.place:text("[2]")'));
      const seen = () => {
        const editor = vscode.window.activeTextEditor;
        return `${editor?.document.uri.path}:${(editor?.selection.start.line ?? 0) + 1}`;
      };
      await eventually("the place", seen, (place) => place.endsWith("src/basket.rs:3"));
    });

    it("compares code with the file, and takes it", async () => {
      const { document } = await open("src/main.rs", "fn main() {\n");
      await click(page('[data-deed="compare"]'));
      await eventually("the difference", () => vscode.window.activeTextEditor?.document.uri.scheme, (scheme) => scheme === "trust-proposal");
      await shot("chat-compare");
      assert.ok(!document.isDirty);
      await vscode.commands.executeCommand("trust.takeProposal");
      await eventually("the code", () => document.getText(), (now) => now.includes("Basket::default();let mut") || now.includes("let basket = Basket::default();"));
      await discard();
    });

    it("inserts code at the cursor", async () => {
      const { document } = await open("src/shapes.rs", "pub side: f64,\n}\n\n");
      await click(page('[data-deed="insert"]'));
      await eventually("the code", () => document.getText(), (now) => now.includes("}\n\nlet basket = Basket::default();"));
      await discard();
    });

    it("begins anew, and goes back to what was said", async () => {
      await vscode.commands.executeCommand("trust.newChat");
      await eventually("an empty page", () => attribute(page("#empty"), "hidden"), (hidden) => hidden === null);
      const picked = vscode.commands.executeCommand("trust.earlierChats");
      await eventually("the picker", () => text({ target: ".quick-input-list" }), (seen) => seen.includes("where is Basket used?"));
      await shot("earlier-conversations");
      await press("Enter");
      await picked;
      await eventually("the answer again", () => text(page(".wording")), (seen) => seen.includes("empty at first."));
    });

    it("ends an answer by a button, and keeps what was said", async () => {
      await vscode.commands.executeCommand("trust.newChat");
      await eventually("an empty page", () => attribute(page("#empty"), "hidden"), (hidden) => hidden === null);
      await fill(page("#question"), "where is Item used?");
      await press("Enter");
      await eventually("some words", () => text(page(".wording")), (seen) => seen !== "");
      await click(page("#stop"));
      await eventually("its end", () => text(page(".note")), (seen) => seen.includes("Ended before its end."));
      assert.equal(await attribute(page("#log"), "aria-busy"), "false");
      const said = await text(page(".wording"));
      assert.ok(said !== "" && !said.includes("at first."), said);
      await shot("chat-ended");
    });
  });
}
