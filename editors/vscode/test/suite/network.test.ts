// That the tests need no network: they run where there is none but this machine's own, and see that it is so.

import * as assert from "node:assert/strict";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";

/** An address that is kept for documentation. */
const ELSEWHERE = { host: "192.0.2.1", port: 443 };

export function define(): void {
  describe("the network", () => {
    it("is none but this machine's own", async function () {
      if (process.env["TRUST_TEST_NETWORK"] !== "loopback") {
        this.skip();
      }
      assert.deepEqual(Object.keys(networkInterfaces()), ["lo"]);
      const code = await new Promise((told) => {
        const socket = connect(ELSEWHERE, () => told("connected"));
        socket.once("error", (error: NodeJS.ErrnoException) => told(error.code));
      });
      assert.equal(code, "ENETUNREACH");
    });
  });
}
