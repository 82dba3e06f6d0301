// The next edit: goes to the place that the server names, where its text then appears as an inline completion.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

interface NextEdit {
  readonly uri: string;
  readonly range: { start: { line: number; character: number }; end: { line: number; character: number } };
  readonly why: string;
}

export async function goToNextEdit(client: LanguageClient | undefined): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (client === undefined || editor === undefined) {
    return;
  }
  const { document, selection } = editor;
  const next = await client.sendRequest<NextEdit | null>("trust/nextEdit", {
    textDocument: { uri: document.uri.toString(), version: document.version },
    position: { line: selection.active.line, character: selection.active.character },
  });
  if (next === null) {
    vscode.window.setStatusBarMessage("Trust: no edit follows from the last ones", 3000);
    return;
  }
  const uri = vscode.Uri.parse(next.uri);
  const at = new vscode.Position(next.range.end.line, next.range.end.character);
  const shown = await vscode.window.showTextDocument(uri, { selection: new vscode.Range(at, at) });
  shown.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  vscode.window.setStatusBarMessage(`Trust: ${next.why}`, 5000);
  await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
}
