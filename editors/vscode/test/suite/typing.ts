// Run by VS Code in its extension host: presses the keys that `cargo xtask bench editors` took from commits, and writes down
// what each waited for. The keys go to the screen, and ghost text is seen there; both clocks are the machine's.

import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import * as vscode from "vscode";

import { discard, open, ready } from "./session";
import { evaluate, eventually, key, text } from "./ui";
import { type Asked, added, now, watch } from "./watch";

interface Hole {
  readonly path: string;
  readonly above: string;
  readonly below: string;
  readonly keys: readonly string[];
}

interface Session {
  readonly folder: string;
  readonly holes: readonly Hole[];
}

/** What happened on the screen: a key, or another ghost text, which is empty where there is none. */
interface Seen {
  readonly at: number;
  readonly ghost?: string;
}

/** How much longer than from key to key it takes to the first key of a line. */
const PAUSE = 3.3;
/** Nothing is indented or closed by VS Code: the keys are all there. */
const PLAIN = { autoIndent: "none", autoClosingBrackets: "never", autoClosingQuotes: "never", autoClosingOvertype: "never", trimAutoWhitespace: false };
const WATCH = `(() => {
  const now = () => performance.timeOrigin + performance.now();
  const seen = (window.trustSeen = []);
  let last = "";
  addEventListener("keydown", () => seen.push({ at: now() }), true);
  new MutationObserver(() => {
    const parts = document.querySelectorAll(".ghost-text-decoration, .ghost-text-decoration-preview");
    const ghost = [...parts].map((part) => part.textContent).join("");
    if (ghost !== last) {
      last = ghost;
      seen.push({ at: now(), ghost });
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
})()`;

export async function run(): Promise<void> {
  const client = await ready();
  const { keys = "", pace = "", results = "" } = JSON.parse(process.env["TRUST_TYPING"] ?? "{}");
  const sessions: Session[] = JSON.parse(readFileSync(keys, "utf8"));
  const here = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const session = sessions.find(({ folder }) => folder === here);
  if (session === undefined) {
    throw new Error(`nothing is to be typed in ${here}`);
  }
  for (const [name, value] of Object.entries(PLAIN)) {
    await vscode.workspace.getConfiguration("editor").update(name, value, vscode.ConfigurationTarget.Global);
  }
  const asked: Asked[] = [];
  watch(client, asked);
  await evaluate(WATCH);
  const counts = { pressed: 0, late: 0 };
  const shown: object[] = [];
  for (const hole of session.holes) {
    await typeAt(hole, Number(pace));
    const seen = await evaluate<Seen[]>("window.trustSeen.splice(0)");
    counts.pressed += hole.keys.length;
    counts.late += waits(seen, asked.splice(0), shown);
  }
  writeFileSync(results, JSON.stringify({ ...counts, shown }));
}

async function typeAt(hole: Hole, pace: number): Promise<void> {
  const editor = await open(hole.path);
  const { document } = editor;
  const all = new vscode.Range(document.positionAt(0), document.positionAt(document.getText().length));
  await editor.edit((edit) => edit.replace(all, hole.above + hole.below), { undoStopBefore: false, undoStopAfter: false });
  const at = document.positionAt(hole.above.length);
  editor.selection = new vscode.Selection(at, at);
  editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenter);
  const place = `Ln ${at.line + 1},`;
  await eventually("the cursor is seen", () => text({ target: "#status\\.editor\\.selection" }), (seen) => seen.startsWith(place));
  await pause(pace * PAUSE);
  await evaluate("window.trustSeen.splice(0).length");
  for (const one of hole.keys) {
    const due = now() + pace * (one.includes("\n") ? PAUSE : 1);
    await key(one);
    await pause(Math.max(0, due - now()));
  }
  // What was typed is what was meant.
  const meant = hole.above + hole.keys.join("") + hole.below;
  await eventually("all was typed", () => document.getText(), (typed) => typed === meant, 5_000);
  await discard();
}

/** Adds what each key waited for to `shown`; returns how many answers came after the next key. */
function waits(seen: readonly Seen[], asked: readonly Asked[], shown: object[]): number {
  const keys = seen.filter(({ ghost }) => ghost === undefined).map(({ at }) => at);
  let late = 0;
  for (const [index, pressed] of keys.entries()) {
    const next = keys[index + 1] ?? Infinity;
    const answer = asked.find(({ sent }) => sent >= pressed && sent < next);
    if (answer === undefined) {
      continue;
    }
    const { called, sent, came, returned = came, own } = answer;
    const ghost = seen.find((one) => one.ghost !== undefined && one.ghost !== "" && one.at >= came && one.at < next);
    late += Number(came >= next);
    if (ghost !== undefined) {
      shown.push({ before: called - pressed, within: added(answer), there: came - sent, after: ghost.at - returned, own });
    }
  }
  return late;
}
