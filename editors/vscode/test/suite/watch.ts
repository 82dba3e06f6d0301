// When a request for completions is where, from VS Code's call of the client to what it is given back: what VS Code waits for of
// itself is told from what the extension and its client take, and from the server.

import type { LanguageClient } from "vscode-languageclient/node";

/** A request that was answered with completions. All times are the machine's, in milliseconds. */
export interface Asked {
  /** VS Code asked the client, after its own wait for the next key. */
  readonly called: number;
  /** The client asks the server. */
  readonly sent: number;
  /** The answer is there. */
  readonly came: number;
  /** VS Code has been given it. */
  returned?: number;
  /** What the server says it took. */
  own?: number;
}

export const now = () => performance.timeOrigin + performance.now();

/** What the extension and its client add to a wait. */
export function added({ called, sent, came, returned = came }: Asked): number {
  return sent - called + returned - came;
}

/** Adds to `asked` from now on, until what it returns is called. */
export function watch(client: LanguageClient, asked: Asked[]): () => void {
  const { middleware } = client;
  const send = client.sendRequest.bind(client) as (...words: unknown[]) => Promise<unknown>;
  /** Of the call that is on its way to the server. */
  let calling: { readonly called: number; one?: Asked } | undefined;
  middleware.provideInlineCompletionItems = async (document, position, context, token, next) => {
    const call: { readonly called: number; one?: Asked } = { called: now() };
    calling = call;
    // The request is made before this returns.
    const answer = next(document, position, context, token);
    calling = undefined;
    const items = await answer;
    if (call.one !== undefined) {
      call.one.returned = now();
    }
    return items;
  };
  const measured = async (...words: unknown[]) => {
    const [call, sent] = [calling, now()];
    const answer = await send(...words);
    const came = now();
    if (call !== undefined && items(answer) > 0) {
      const one: Asked = { called: call.called, sent, came };
      call.one = one;
      asked.push(one);
      void send("trust/lastCompletion").then((told) => Object.assign(one, { own: (told as { ms_total?: number }).ms_total }));
    }
    return answer;
  };
  Object.assign(client, { sendRequest: measured });
  return () => {
    Reflect.deleteProperty(client, "sendRequest");
    delete middleware.provideInlineCompletionItems;
  };
}

function items(answer: unknown): number {
  const list = Array.isArray(answer) ? answer : (answer as { items?: unknown[] } | null)?.items;
  return list?.length ?? 0;
}
