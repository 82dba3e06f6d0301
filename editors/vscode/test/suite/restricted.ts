// Run by VS Code as an extension, since it trusts every workspace that it runs tests in: what holds in Restricted Mode, and
// what holds once somebody has given their trust.

import * as trust from "./trust.test";
import { runSuites } from "./runner";

export async function activate(): Promise<void> {
  // Whoever opened the window waits for the file of results; nothing is told of this promise.
  void runSuites([trust], process.env["TRUST_TEST_RESTRICTED"] ?? "restricted.json");
}
