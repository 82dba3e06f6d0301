// Run by VS Code in its extension host: all tests but those of Restricted Mode, which have no place where tests are run, and
// those of a window of several folders.

import * as chat from "./chat.test";
import * as ghost from "./ghost.test";
import * as git from "./git.test";
import * as life from "./life.test";
import * as manifest from "./manifest.test";
import * as network from "./network.test";
import * as next from "./next.test";
import { runSuites } from "./runner";
import { ready } from "./session";
import * as status from "./status.test";

export async function run(): Promise<void> {
  const begin = { define: () => before(() => ready()) };
  const suites = [begin, manifest, network, status, ghost, next, git, chat, life];
  const failed = await runSuites(suites, process.env["TRUST_TEST_RESULTS"] ?? "results.json");
  if (failed > 0) {
    throw new Error(`${failed} tests failed`);
  }
}
