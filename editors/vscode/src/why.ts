// Why the last completion is what it is, or is none: the server's own account.

import * as vscode from "vscode";

import { ask, attempt } from "./ask";
import type { Session } from "./session";
import type { Told } from "./told";

interface LastCompletion {
  readonly source: string | null;
  readonly ms_total: number;
  readonly quiet: string | null;
  readonly why: string;
}

export async function explainCompletion(session: Session, told: Told): Promise<void> {
  await attempt(async () => {
    const last = await ask<LastCompletion | null>(session, "trust/lastCompletion", {});
    if (last === null) {
      void vscode.window.showInformationMessage(vscode.l10n.t("Nothing was asked for yet."));
      return;
    }
    const heading =
      last.quiet === null
        ? vscode.l10n.t("Shown, from {0}, after {1} ms", last.source ?? "?", Math.round(last.ms_total))
        : vscode.l10n.t("Nothing was shown");
    await told.show(vscode.l10n.t("The last completion"), `# ${heading}\n\n${last.quiet ?? ""}\n\n${last.why}\n`);
  });
}
