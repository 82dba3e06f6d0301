// What there is to do, one click away from the status bar.

import * as vscode from "vscode";

export async function showMenu(): Promise<void> {
  const entry = (icon: string, label: string, command: string) => ({ label: `$(${icon}) ${label}`, command });
  const chosen = await vscode.window.showQuickPick(
    [
      entry("question", vscode.l10n.t("Why this completion, or none?"), "trust.why"),
      entry("chip", vscode.l10n.t("Choose the model"), "trust.pickModel"),
      entry("chip", vscode.l10n.t("Choose the model for conversations"), "trust.pickChatModel"),
      entry("settings", vscode.l10n.t("Choose a profile"), "trust.pickProfile"),
      entry("comment-discussion", vscode.l10n.t("Ask about the project"), "trust.chatView.focus"),
      entry("history", vscode.l10n.t("Show the audit log"), "trust.showAudit"),
      entry("output", vscode.l10n.t("Show the log"), "trust.showLog"),
      entry("debug-restart", vscode.l10n.t("Restart the server"), "trust.restart"),
    ],
    { title: "Trust" },
  );
  if (chosen !== undefined) {
    await vscode.commands.executeCommand(chosen.command);
  }
}
