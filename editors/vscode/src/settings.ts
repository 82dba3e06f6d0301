// The settings that somebody chose. VS Code hands out defaults too, and they would count for more than the user's file.

import * as vscode from "vscode";

/** Settings that are heard only when the server starts: those that its documentation says so of. */
const AT_START = ["server.path", "navigation", "otherServers", "secrets.rules", "endpoints", "network.allow", "network.hubs", "command.enable", "command.sandbox", "command.readable", "servers"];

/** By the names that the server has for them, without the extension's own. */
export function chosenSettings(): Record<string, unknown> {
  const settings = vscode.workspace.getConfiguration("trust");
  const chosen: Record<string, unknown> = {};
  for (const name of names()) {
    const places = settings.inspect(name);
    const value = places?.workspaceFolderValue ?? places?.workspaceValue ?? places?.globalValue;
    if (value !== undefined) {
      chosen[name] = value;
    }
  }
  return chosen;
}

export function needsRestart(change: vscode.ConfigurationChangeEvent): boolean {
  return AT_START.some((name) => change.affectsConfiguration(`trust.${name}`));
}

function names(): string[] {
  const extension = vscode.extensions.getExtension("trust-lsp.trust-lsp");
  const properties: Record<string, unknown> = extension?.packageJSON.contributes.configuration.properties ?? {};
  const all = Object.keys(properties).map((name) => name.replace(/^trust\./, ""));
  return all.filter((name) => name !== "server.path");
}
