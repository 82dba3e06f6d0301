// Runs suites by Mocha in the extension host; their counts are in a file for whoever started them.

import { renameSync, writeFileSync } from "node:fs";
import { format } from "node:util";
import Mocha from "mocha";

import { say, shot } from "./ui";

/** On two cores that do other things too. */
const TIMEOUT_MS = 90_000;

export interface Suite {
  define(): void;
}

/** How many failed. */
export async function runSuites(suites: readonly Suite[], results: string): Promise<number> {
  const grep = process.env["TRUST_TEST_GREP"] ?? "";
  const mocha = new Mocha({ ui: "bdd", timeout: TIMEOUT_MS, slow: 10_000, color: false, reporter: "spec", ...(grep && { grep }) });
  mocha.suite.emit("pre-require", globalThis, "", mocha);
  for (const suite of suites) {
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
  // Whole, once it is there.
  writeFileSync(`${results}.part`, JSON.stringify(counts));
  renameSync(`${results}.part`, results);
  return counts.failed;
}
