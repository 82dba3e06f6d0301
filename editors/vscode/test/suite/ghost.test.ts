// Ghost text by VS Code's own inline completion: keys are pressed, and what is seen is read off the screen.

import * as assert from "node:assert/strict";

import { discard, open } from "./session";
import { eventually, press, shot, text, type } from "./ui";

const GHOST = { target: ".ghost-text-decoration, .ghost-text-decoration-preview" };

export function define(): void {
  describe("ghost text", () => {
    afterEach(discard);

    it("appears behind what is typed, and Tab takes it", async () => {
      const { document } = await open("src/shapes.rs", "pub side: f64,\n}\n\n");
      await type("impl Square {\npub fn area(&self) -> f64 {\n");
      const shown = await text(GHOST);
      assert.match(shown, /\S/);
      await shot("ghost-text");
      const before = document.getText();
      await press("Tab");
      const after = await eventually("the text was taken", () => document.getText(), (now) => now.length > before.length);
      assert.ok(after.includes(shown.replaceAll("\u00a0", " ").trim()), `${shown} in ${after}`);
    });
  });
}
