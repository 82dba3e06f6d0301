// What all tests need: the extension's own client, ready to answer, and files of the project.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { eventually, text } from "./ui";

/** What the extension gives to whoever activates it. */
interface Api {
  client(): LanguageClient | undefined;
}

interface Status {
  readonly model: { readonly state: string; readonly name?: string };
  readonly index: { readonly state: string };
}

export interface Servers {
  readonly plain: string;
  readonly talking: string;
  readonly writing: string;
  readonly broken: string;
  readonly silent: string;
}
export const servers: Servers = JSON.parse(process.env["TRUST_TEST_SERVERS"] ?? "{}");

export async function api(): Promise<Api> {
  const extension = vscode.extensions.getExtension<Api>("trust-lsp.trust-lsp");
  if (extension === undefined) {
    throw new Error("the extension is not installed");
  }
  return extension.activate();
}

/** A server that runs, whose model and index are as far as they get. */
export async function ready(): Promise<LanguageClient> {
  const { client } = await api();
  const look = async () => {
    const running = client();
    return running?.isRunning() === true ? running.sendRequest<Status>("trust/status") : undefined;
  };
  await eventually("the server is ready", look, (status) => status?.model.state === "ready" && status.index.state === "ready");
  const running = client();
  if (running === undefined) {
    throw new Error("the server has gone");
  }
  return running;
}

/** A place in a folder of the window, by that one's number. */
export function uri(path: string, number = 0): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[number];
  if (folder === undefined) {
    throw new Error("no folder is open");
  }
  return vscode.Uri.joinPath(folder.uri, path);
}

/** Has another program be the server, and waits until it is one. */
export async function serve(path: string): Promise<void> {
  await vscode.workspace.getConfiguration("trust").update("server.path", path, vscode.ConfigurationTarget.Global);
}

/** A file of the project in the only editor, with the cursor behind the first occurrence of `before`. */
export async function open(path: string, before = "", folder = 0): Promise<vscode.TextEditor> {
  await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  const document = await vscode.workspace.openTextDocument(uri(path, folder));
  const offset = document.getText().indexOf(before);
  if (offset < 0) {
    throw new Error(`${path} does not hold ${before}`);
  }
  const at = document.positionAt(offset + before.length);
  const editor = await vscode.window.showTextDocument(document, { preview: false, selection: new vscode.Range(at, at) });
  // Keys go to the screen, which hears of the cursor later than this process.
  const place = `Ln ${at.line + 1}, Col ${at.character + 1}`;
  await eventually("the cursor is seen", () => text({ target: "#status\\.editor\\.selection" }), (seen) => seen === place);
  return editor;
}

/** What was typed is nobody's business after the test. */
export async function discard(): Promise<void> {
  const unsaved = () => vscode.workspace.textDocuments.filter(({ isDirty }) => isDirty);
  const revert = async () => {
    for (const document of unsaved()) {
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
    }
    return unsaved().length;
  };
  // Something else may be in front of it by now, and be what is closed.
  await eventually("nothing is unsaved", revert, (left) => left === 0);
}
