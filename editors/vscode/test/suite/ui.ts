// The person in front of the screen, whom `test/drive/bridge.ts` plays.

import { setTimeout as pause } from "node:timers/promises";

async function ask<T>(wish: Record<string, unknown>): Promise<T> {
  const response = await fetch(process.env["TRUST_TEST_BRIDGE"] ?? "", { method: "POST", body: JSON.stringify(wish) });
  const value = await response.json();
  if (!response.ok) {
    throw new Error(`${JSON.stringify(wish)}: ${value}`);
  }
  return value as T;
}

/** Two cores may have much else to do. */
const WAIT_MS = Number(process.env["TRUST_TEST_WAIT_MS"] ?? 60_000);

export interface Place {
  /** A selector; the first that matches. */
  readonly target: string;
  /** A selector that only the wanted frame holds; the workbench without one. */
  readonly inside?: string;
}

export const press = (value: string) => ask<void>({ do: "press", value });
export const type = (value: string) => ask<void>({ do: "type", value });
/** One key of those that are measured. */
export const key = (value: string) => ask<void>({ do: "key", value });
/** What a script returns of the screen's page, or of the frame that holds a selector. */
export const evaluate = <T>(value: string, inside?: string) => ask<T>({ do: "evaluate", value, ...(inside === undefined ? {} : { inside }) });
/** What a screen reader is told of it: roles and names, as Playwright writes them. */
export const aria = (place: Place) => ask<string>({ do: "aria", ...place });
export const click = (place: Place) => ask<void>({ do: "click", ...place });
export const fill = (place: Place, value: string) => ask<void>({ do: "fill", ...place, value });
export const text = (place: Place, ms = WAIT_MS) => ask<string>({ do: "text", ...place, ms });
export const attribute = (place: Place, value: string) => ask<string | null>({ do: "attribute", ...place, value });
/** A line for whoever started the tests. */
export const say = (value: string) => ask<void>({ do: "say", value });
export const shot = (value: string) => ask<void>({ do: "shot", value });

/** The first value that satisfies, or an error that names the last one seen. */
export async function eventually<T>(what: string, look: () => T | Promise<T>, wanted: (value: T) => boolean, ms = WAIT_MS): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const value = await look();
    if (wanted(value)) {
      return value;
    }
    if (Date.now() > end) {
      throw new Error(`${what}: last seen was ${JSON.stringify(value)}`);
    }
    await pause(100);
  }
}
