// A review by the server: its findings are diagnostics, with fixes where they are mechanical.

import * as vscode from "vscode";

import { ask, attempt } from "./ask";
import type { Session } from "./session";

interface What {
  readonly unstaged?: boolean;
  readonly base?: string;
}

export async function reviewChanges(session: Session, given?: What): Promise<void> {
  const what = given ?? (await choose());
  const folder = vscode.window.activeTextEditor?.document.uri ?? vscode.workspace.workspaceFolders?.[0]?.uri;
  if (what === undefined || folder === undefined) {
    return;
  }
  const title = vscode.l10n.t("Reviewing changes");
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title };
  await vscode.window.withProgress(options, (progress, cancel) =>
    attempt(async () => {
      let found = 0;
      const part = (findings: readonly unknown[]) => {
        found += findings.length;
        progress.report({ message: vscode.l10n.t("{0} findings", found) });
      };
      const params = { uri: folder.scheme === "file" ? folder.toString() : undefined, publish: true, ...what };
      const { findings, files } = await ask<{ findings: unknown[]; files: number }, readonly unknown[]>(session, "trust/review", params, cancel, part);
      vscode.window.setStatusBarMessage(vscode.l10n.t("Trust: {0} findings in {1} files", findings.length, files), 8000);
      if (findings.length > 0) {
        await vscode.commands.executeCommand("workbench.actions.view.problems");
      }
    }, cancel),
  );
}

async function choose(): Promise<What | undefined> {
  const branch = vscode.l10n.t("Everything since a branch was left …");
  const choices: (vscode.QuickPickItem & { what: What })[] = [
    { label: vscode.l10n.t("What is staged"), what: {} },
    { label: vscode.l10n.t("What is changed and not staged"), what: { unstaged: true } },
    { label: branch, what: {} },
  ];
  const chosen = await vscode.window.showQuickPick(choices, { title: vscode.l10n.t("Review which changes?") });
  if (chosen?.label !== branch) {
    return chosen?.what;
  }
  const base = await vscode.window.showInputBox({ prompt: vscode.l10n.t("The branch or commit"), value: "main" });
  return base === undefined ? undefined : { base };
}
