// What the server did, as its audit log has it.

import * as vscode from "vscode";

import { ask, attempt } from "./ask";
import type { Session } from "./session";
import type { Told } from "./told";

export async function showAudit(session: Session, told: Told): Promise<void> {
  await attempt(async () => {
    const { markdown } = await ask<{ markdown: string }>(session, "trust/audit", {});
    const title = vscode.l10n.t("The audit log");
    await told.show(title, `# ${title}\n\n${markdown}`);
  });
}
