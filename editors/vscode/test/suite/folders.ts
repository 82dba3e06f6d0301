// Run by VS Code in its extension host, in a window of several folders.

import * as folders from "./folders.test";
import { runSuites } from "./runner";
import { ready } from "./session";

export async function run(): Promise<void> {
  const begin = { define: () => before(() => ready()) };
  const failed = await runSuites([begin, folders], process.env["TRUST_TEST_FOLDERS"] ?? "folders.json");
  if (failed > 0) {
    throw new Error(`${failed} tests failed`);
  }
}
