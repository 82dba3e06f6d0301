// How features ask the server: with its parts as they come, an end at any moment, and one message where it fails.

import * as vscode from "vscode";
import { ProgressType } from "vscode-languageclient/node";

import type { Session } from "./session";

const NEVER = new vscode.CancellationTokenSource().token;
let tokens = 0;

/** The server's answer; `part` hears what it says before. Fails with a sentence. */
export async function ask<Answer, Part = never>(
  session: Session,
  method: string,
  params: object,
  // Never absent: the client would take that for one more parameter.
  cancel: vscode.CancellationToken = NEVER,
  part?: (part: Part) => void,
): Promise<Answer> {
  const { client } = session;
  if (client === undefined || !client.isRunning()) {
    throw new Error(vscode.l10n.t("The server is not running."));
  }
  if (part === undefined) {
    return client.sendRequest<Answer>(method, params, cancel);
  }
  const partialResultToken = `trust-${++tokens}`;
  const listening = client.onProgress(new ProgressType<Part>(), partialResultToken, part);
  try {
    return await client.sendRequest<Answer>(method, { ...params, partialResultToken }, cancel);
  } finally {
    listening.dispose();
  }
}

/** Does it, and tells what went wrong. */
export async function attempt<T>(deed: () => Promise<T>, cancel?: vscode.CancellationToken): Promise<T | undefined> {
  try {
    return await deed();
  } catch (error) {
    if (cancel?.isCancellationRequested !== true) {
      void vscode.window.showWarningMessage(`Trust: ${sentence(error)}`);
    }
    return undefined;
  }
}

export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
