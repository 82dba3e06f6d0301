// Ghost text by VS Code's own inline completion: keys are pressed, and what is seen is read off the screen.

import * as assert from "node:assert/strict";
import * as vscode from "vscode";

import { discard, open, ready } from "./session";
import { eventually, press, say, shot, text, type } from "./ui";
import { type Asked, added, watch } from "./watch";

const GHOST = { target: ".ghost-text-decoration, .ghost-text-decoration-preview" };

/** Of the median, for what the extension and its client add; VS Code's own wait for the next key is before that. */
const LIMIT_MS = 30;

function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? NaN;
}

/** What is shown behind the cursor, with plain spaces. */
async function ghost(): Promise<string> {
  return (await text(GHOST)).replaceAll("\u00a0", " ");
}

/** The text before the cursor on its line. */
function typed({ document, selection }: vscode.TextEditor): string {
  return document.lineAt(selection.active.line).text.slice(0, selection.active.character);
}

export function define(): void {
  describe("ghost text", () => {
    let editor: vscode.TextEditor;

    beforeEach(async () => {
      editor = await open("src/shapes.rs", "pub side: f64,\n}\n\n");
      await type("impl Square {\npub fn area(&self) -> f64 {\n");
    });
    afterEach(discard);

    it("appears behind what is typed, and Tab takes it", async () => {
      const shown = await ghost();
      assert.match(shown, /\S/);
      await shot("ghost-text");
      const { document } = editor;
      const before = document.getText();
      await press("Tab");
      const after = await eventually("the text was taken", () => document.getText(), (now) => now.length > before.length);
      assert.ok(after.includes(shown.trim()), `${shown} in ${after}`);
    });

    for (const { what, key } of [
      { what: "a word", key: "Control+ArrowRight" },
      { what: "a line", key: "Control+Alt+ArrowRight" },
    ]) {
      it(`is taken by ${what}`, async () => {
        const shown = await ghost();
        const before = typed(editor);
        await press(key);
        const after = await eventually("some was taken", () => typed(editor), (now) => now.length > before.length);
        const taken = after.slice(before.length);
        assert.ok(shown.trim().startsWith(taken.trim()), `${taken} of ${shown}`);
        assert.equal(taken.length < shown.trim().length, what === "a word", `${taken} of ${shown}`);
        await shot(`taken by ${what}`);
      });
    }

    it("has alternatives, forth and back", async () => {
      // One that repeats itself is none.
      await type("let side = ");
      await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
      const first = await ghost();
      await press("Alt+]");
      await eventually("another", ghost, (now) => now !== first);
      await shot("another-completion");
      await press("Alt+[");
      await eventually("the first again", ghost, (now) => now === first);
    });

    it("waits little for the extension and its client", async () => {
      const asked: Asked[] = [];
      const stop = watch(await ready(), asked);
      for (const letter of "std::f64::con") {
        const before = asked.length;
        await type(letter);
        // Not every key is followed by a completion.
        await eventually("an answer", () => asked.length, (count) => count > before, 1_000).catch(() => undefined);
      }
      stop();
      assert.ok(asked.length >= 5, `${asked.length} completions came`);
      const [ours, server] = [median(asked.map(added)), median(asked.map(({ sent, came }) => came - sent))];
      await say(`      median of ${asked.length}: the extension and its client ${ours.toFixed(1)} ms, the server ${server.toFixed(1)} ms`);
      assert.ok(ours < LIMIT_MS);
    });

    it("is explained", async () => {
      await ghost();
      await vscode.commands.executeCommand("trust.why");
      const told = await eventually(
        "the explanation",
        () => vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === "trust-told")?.getText() ?? "",
        (now) => now !== "",
      );
      assert.match(told, /^# (Shown, from (model|mixed|copy|type-through)|Nothing was shown)/);
      assert.match(told, /\d/);
      await shot("why");
    });

    it("is in the audit log, which is shown", async () => {
      // What the tests before this one showed is in it.
      await vscode.commands.executeCommand("trust.showAudit");
      const shown = () =>
        vscode.workspace.textDocuments.find(({ uri }) => uri.path === "/The audit log.md")?.getText() ?? "";
      const told = await eventually("the log", shown, (now) => now !== "");
      assert.match(told, /^# The audit log\n\nThe log of what this program did is kept in `.*audit`/);
      assert.match(told, /^ {4} +\d+ {2}\d{4}-\d\d-\d\d .* model (loaded|chosen)/m);
      await shot("audit-log");
    });
  });
}
