// What the tests in the extension host ask of the person in front of the screen: to press keys, to click, to look.
// One request, one deed, over loopback.

import { createServer, type IncomingMessage } from "node:http";
import { mkdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Frame, Page } from "playwright-core";

/** As in `test/suite/ui.ts`, which sends them. */
interface Wish {
  readonly do: "press" | "type" | "click" | "fill" | "text" | "shot" | "attribute" | "say" | "key" | "evaluate" | "aria";
  readonly target?: string;
  readonly value?: string;
  /** Part of the address of the frame in which the target is; the workbench without one. */
  readonly inside?: string;
  readonly ms?: number;
}

export interface Bridge {
  readonly url: string;
  show(page: Page): void;
  close(): void;
}

export async function openBridge(shots: string): Promise<Bridge> {
  mkdirSync(shots, { recursive: true });
  let page: Page | undefined;
  const server = createServer((request, response) => {
    const answer = (status: number, value: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(value ?? null));
    };
    read(request)
      .then((wish) => fulfil(page, shots, wish))
      .then((value) => answer(200, value))
      .catch((error: unknown) => answer(500, error instanceof Error ? error.message : String(error)));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    show: (shown) => {
      page = shown;
    },
    close: () => server.closeAllConnections(),
  };
}

async function read(request: IncomingMessage): Promise<Wish> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

async function fulfil(page: Page | undefined, shots: string, wish: Wish): Promise<unknown> {
  if (wish.do === "say") {
    console.log(wish.value);
    return null;
  }
  if (page === undefined) {
    throw new Error("no page is shown yet");
  }
  const { target = "", value = "", ms: timeout = 60_000 } = wish;
  const place = async () => {
    const scope = wish.inside === undefined ? page : await frame(page, wish.inside, timeout);
    return scope.locator(target).first();
  };
  switch (wish.do) {
    case "press":
      return page.keyboard.press(value);
    case "key":
      // A line break comes with the indentation of its line, which no key is pressed for.
      return value.startsWith("\n")
        ? page.keyboard.press("Enter").then(() => page.keyboard.insertText(value.slice(1)))
        : page.keyboard.type(value);
    case "evaluate":
      return (wish.inside === undefined ? page : await frame(page, wish.inside, timeout)).evaluate(value);
    case "aria":
      return (await place()).ariaSnapshot({ timeout });
    case "type":
      return page.keyboard.type(value, { delay: 30 });
    case "click":
      return (await place()).click({ timeout });
    case "fill":
      return (await place()).fill(value, { timeout });
    case "text": {
      // Of all that match: VS Code cuts a line into as many parts as it has colours.
      const first = await place();
      await first.waitFor({ state: "attached", timeout });
      const scope = first.page();
      const inside = wish.inside === undefined ? scope : await frame(scope, wish.inside, timeout);
      return (await inside.locator(target).allTextContents()).join("");
    }
    case "attribute":
      return (await place()).getAttribute(value, { timeout });
    case "shot":
      await page.screenshot({ path: join(shots, `${value}.png`), animations: "disabled" });
      return null;
  }
}

/** A webview is a frame within a frame, which comes and goes. */
async function frame(page: Page, selector: string, timeout: number): Promise<Frame> {
  const end = Date.now() + timeout;
  for (;;) {
    for (const candidate of page.frames()) {
      if (await candidate.$(selector).catch(() => null)) {
        return candidate;
      }
    }
    if (Date.now() > end) {
      throw new Error(`no frame holds ${selector}`);
    }
    await new Promise((done) => setTimeout(done, 200));
  }
}
