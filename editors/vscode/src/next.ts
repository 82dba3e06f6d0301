// The next edit: a hint at the cursor while one is due, and a key that goes there, where its text appears as an inline
// completion.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { ask, attempt } from "./ask";
import type { Session } from "./session";

interface NextEdit {
  readonly uri: string;
  /** Of the text that it is about, where that is open. */
  readonly version: number | null;
  readonly range: { start: { line: number; character: number }; end: { line: number; character: number } };
  readonly why: string;
}

export class NextEdits implements vscode.Disposable {
  private readonly hint = vscode.window.createTextEditorDecorationType({
    after: { margin: "0 0 0 3em", color: new vscode.ThemeColor("editorCodeLens.foreground"), fontStyle: "italic" },
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
  private readonly subscriptions = [
    vscode.workspace.onDidChangeTextDocument(() => this.hide()),
    vscode.window.onDidChangeActiveTextEditor(() => this.hide()),
  ];

  constructor(private readonly session: Session) {}

  listen(client: LanguageClient): void {
    client.onNotification("trust/nextEdit", (next: NextEdit) => this.show(next));
  }

  async go(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined) {
      return;
    }
    const { document, selection } = editor;
    const { line, character } = selection.active;
    const textDocument = { uri: document.uri.toString(), version: document.version };
    await attempt(async () => {
      const next = await ask<NextEdit | null>(this.session, "trust/nextEdit", { textDocument, position: { line, character } });
      this.hide();
      if (next === null) {
        vscode.window.setStatusBarMessage(vscode.l10n.t("Trust: no edit follows from the last ones"), 3000);
        return;
      }
      const target = await vscode.workspace.openTextDocument(vscode.Uri.parse(next.uri));
      if (next.version !== null && next.version !== target.version) {
        // Somebody typed on meanwhile, and is asked for nothing.
        return;
      }
      const at = new vscode.Position(next.range.end.line, next.range.end.character);
      const shown = await vscode.window.showTextDocument(target, { selection: new vscode.Range(at, at) });
      shown.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
      vscode.window.setStatusBarMessage(`Trust: ${next.why}`, 5000);
      await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
    });
  }

  dispose(): void {
    vscode.Disposable.from(this.hint, ...this.subscriptions).dispose();
  }

  private show(next: NextEdit): void {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined) {
      return;
    }
    const line = editor.document.lineAt(editor.selection.active.line);
    const contentText = vscode.l10n.t("Alt+J: line {0}, {1}", next.range.start.line + 1, next.why);
    editor.setDecorations(this.hint, [{ range: new vscode.Range(line.range.end, line.range.end), renderOptions: { after: { contentText } } }]);
  }

  private hide(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      editor.setDecorations(this.hint, []);
    }
  }
}
