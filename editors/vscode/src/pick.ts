// The pickers of model and profile: the server says what there is, and what holds.

import * as vscode from "vscode";

import { ask, attempt } from "./ask";
import type { Session } from "./session";

interface Model {
  readonly name: string;
  readonly bundled: boolean;
  readonly tasks: readonly string[];
  readonly facts?: { readonly parameters?: number; readonly quantisation?: string } | null;
}

export interface Profiles {
  readonly profiles: readonly { readonly name: string; readonly files: readonly string[] }[];
  readonly current: string;
  readonly privacy: "strict" | "moderate" | "open";
}

interface Choice extends vscode.QuickPickItem {
  readonly value: string;
}

interface Models {
  readonly models: readonly Model[];
  readonly configured: string;
  readonly chat: string;
  readonly notices: readonly string[];
}

/** Exchanges the model of a task for this session. */
export async function pickModel(session: Session, task: "completion" | "chat"): Promise<void> {
  await attempt(async () => {
    const { models, configured, chat, notices } = await ask<Models>(session, "trust/models", {});
    const choices = models.map(({ name, bundled, tasks, facts }): Choice => {
      const millions = facts?.parameters === undefined ? "" : vscode.l10n.t("{0} million weights", (facts.parameters / 1e6).toFixed(0));
      const description = [millions, facts?.quantisation ?? ""].filter((fact) => fact !== "").join(", ");
      return { label: `${tasks.includes(task) ? "$(check) " : ""}${name}`, value: bundled ? "bundled" : name, description };
    });
    const none: Choice = { label: vscode.l10n.t("None"), value: "none", description: vscode.l10n.t("completions are copied from the code around") };
    const same: Choice = { label: vscode.l10n.t("The same"), value: "same", description: vscode.l10n.t("the model that completes") };
    const auto: Choice = { label: vscode.l10n.t("Automatic"), value: "auto", description: vscode.l10n.t("the best one here and now") };
    const [title, placeHolder, words] =
      task === "chat"
        ? [vscode.l10n.t("Which model is to converse and make edits?"), chat, [same, auto]]
        : [vscode.l10n.t("Which model is to answer?"), configured, [auto, none]];
    const chosen = await vscode.window.showQuickPick([...choices, ...words], { title, placeHolder: notices[0] ?? placeHolder });
    if (chosen !== undefined) {
      const used = await ask<{ name: string | null }>(session, "trust/useModel", { model: chosen.value, task });
      vscode.window.setStatusBarMessage(vscode.l10n.t("Trust: {0} answers from now on", used.name ?? chosen.label), 5000);
    }
  });
}

/** Chooses a profile of the user's configuration, in VS Code's own settings. */
export async function pickProfile(session: Session): Promise<void> {
  await attempt(async () => {
    const { profiles, current } = await ask<Profiles>(session, "trust/profiles", {});
    const choice = (label: string, value: string, description: string): Choice => ({
      label: `${value === current ? "$(check) " : ""}${label}`,
      value,
      description,
    });
    const choices = profiles.map(({ name, files }) => choice(name, name, files.join(", ")));
    const none = choice(vscode.l10n.t("None"), "", "");
    const title = vscode.l10n.t("Which profile is to hold?");
    const placeHolder = vscode.l10n.t("Profiles are tables of the user's file: `trust-lsp config edit`");
    const chosen = await vscode.window.showQuickPick([...choices, none], { title, placeHolder });
    if (chosen !== undefined) {
      const settings = vscode.workspace.getConfiguration("trust");
      await settings.update("profile", chosen.value === "" ? undefined : chosen.value, vscode.ConfigurationTarget.Global);
    }
  });
}
