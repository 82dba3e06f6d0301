// Code out of an answer: into the document at the cursor, or beside it as a proposal that is looked at first.

import * as vscode from "vscode";

import { PROPOSAL, type Told } from "../told";

let proposals = 0;
const waiting = new Map<string, { target: vscode.Uri; version: number; range: vscode.Range; code: string }>();

export async function insert(code: string): Promise<void> {
  const editor = openEditor();
  await editor?.edit((edit) => edit.replace(editor.selection, code));
}

/** Shows the document as it would be, as a difference. */
export async function compare(told: Told, code: string): Promise<void> {
  const editor = openEditor();
  if (editor === undefined) {
    return;
  }
  const { document, selection } = editor;
  const text = document.getText();
  const [start, end] = [document.offsetAt(selection.start), document.offsetAt(selection.end)];
  const name = document.uri.path.split("/").at(-1) ?? "";
  const uri = vscode.Uri.from({ scheme: PROPOSAL, path: `/${++proposals}/${name}` });
  told.write(uri, text.slice(0, start) + code + text.slice(end));
  waiting.set(uri.toString(), { target: document.uri, version: document.version, range: selection, code });
  await vscode.commands.executeCommand("vscode.diff", document.uri, uri, vscode.l10n.t("{0}: as proposed", name));
}

/** Takes what is compared, unless the document has changed since. */
export async function takeProposal(shown?: vscode.Uri): Promise<void> {
  const uri = shown ?? vscode.window.activeTextEditor?.document.uri;
  const proposal = uri && waiting.get(uri.toString());
  if (uri === undefined || proposal === undefined) {
    return;
  }
  const document = await vscode.workspace.openTextDocument(proposal.target);
  if (document.version !== proposal.version) {
    void vscode.window.showWarningMessage(vscode.l10n.t("Trust: the file has changed since; compare again."));
    return;
  }
  const edit = new vscode.WorkspaceEdit();
  edit.replace(proposal.target, proposal.range, proposal.code);
  if (await vscode.workspace.applyEdit(edit)) {
    waiting.delete(uri.toString());
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
    await vscode.window.showTextDocument(document);
  }
}

function openEditor(): vscode.TextEditor | undefined {
  const editor = vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0];
  if (editor === undefined) {
    void vscode.window.showInformationMessage(vscode.l10n.t("Trust: open the file that the code belongs in."));
  }
  return editor;
}
