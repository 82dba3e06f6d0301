// Run by VS Code in its extension host: all tests, their counts in a file for whoever started them.

import { writeFileSync } from "node:fs";
import { format } from "node:util";
import Mocha from "mocha";

import * as chat from "./chat.test";
import * as ghost from "./ghost.test";
import * as git from "./git.test";
import * as life from "./life.test";
import * as manifest from "./manifest.test";
import * as next from "./next.test";
import * as status from "./status.test";
import { ready } from "./session";
import { say, shot } from "./ui";

/** On two cores that do other things too. */
const TIMEOUT_MS = 90_000;

export async function run(): Promise<void> {
  const grep = process.env["TRUST_TEST_GREP"] ?? "";
  const mocha = new Mocha({ ui: "bdd", timeout: TIMEOUT_MS, slow: 10_000, color: false, reporter: "spec", ...(grep && { grep }) });
  mocha.suite.emit("pre-require", globalThis, "", mocha);
  before(ready);
  for (const suite of [manifest, status, ghost, next, git, chat, life]) {
    suite.define();
  }
  // In order, and all before the end.
  let said = Promise.resolve();
  Mocha.reporters.Base.consoleLog = (...words: unknown[]) => {
    const line = format(...words);
    said = said.then(() => say(line));
  };
  const counts = { passed: 0, failed: 0 };
  const runner = mocha.run();
  runner.on("pass", () => counts.passed++);
  runner.on("fail", (test, error) => {
    counts.failed++;
    said = said.then(() => say(`${test.title}: ${error}`)).then(() => shot(`failed ${test.title}`));
  });
  await new Promise<void>((done) => runner.on("end", () => done()));
  await said;
  writeFileSync(process.env["TRUST_TEST_RESULTS"] ?? "results.json", JSON.stringify(counts));
  if (counts.failed > 0) {
    throw new Error(`${counts.failed} tests failed`);
  }
}
