// What has changed, explained by the server file by file, in a document that grows as it comes.

import * as vscode from "vscode";

import { ask, attempt } from "./ask";
import type { Session } from "./session";
import type { Told } from "./told";

interface What {
  readonly staged?: boolean;
  readonly revisions?: string;
}

export async function explainChange(session: Session, told: Told, given?: What): Promise<void> {
  const what = given ?? (await choose());
  const folder = vscode.window.activeTextEditor?.document.uri ?? vscode.workspace.workspaceFolders?.[0]?.uri;
  if (what === undefined || folder === undefined) {
    return;
  }
  const title = vscode.l10n.t("Explaining changes");
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title };
  await vscode.window.withProgress(options, (progress, cancel) =>
    attempt(async () => {
      const name = vscode.l10n.t("Explained change");
      const uri = await told.show(name, `*${title} …*\n`);
      const parts: string[] = [];
      const part = ({ path, markdown }: { path: string; markdown: string }) => {
        parts.push(markdown);
        progress.report({ message: path });
        told.write(uri, parts.join("\n"));
      };
      const params = { uri: folder.scheme === "file" ? folder.toString() : undefined, ...what };
      const answer = await ask<{ markdown: string }, { path: string; markdown: string }>(session, "trust/explainDiff", params, cancel, part);
      told.write(uri, answer.markdown);
    }, cancel),
  );
}

async function choose(): Promise<What | undefined> {
  const choices: (vscode.QuickPickItem & { what: What })[] = [
    { label: vscode.l10n.t("What is changed and not staged"), what: {} },
    { label: vscode.l10n.t("What is staged"), what: { staged: true } },
    { label: vscode.l10n.t("The last commit"), what: { revisions: "HEAD" } },
  ];
  const chosen = await vscode.window.showQuickPick(choices, { title: vscode.l10n.t("Explain which changes?") });
  return chosen?.what;
}
