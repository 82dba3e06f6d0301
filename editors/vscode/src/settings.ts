// The settings that somebody chose. VS Code hands out defaults too, and they would count for more than the user's file.

import * as vscode from "vscode";

/** Settings that are heard only when the server starts: those that its documentation says so of. */
const AT_START = ["server.path", "navigation", "otherServers", "secrets.rules"];

/** By the names that the server has for them, without the extension's own; what holds in one folder stands under its path. */
export function chosenSettings(): Record<string, unknown> {
  const settings = vscode.workspace.getConfiguration("trust");
  const chosen: Record<string, unknown> = {};
  for (const [name] of properties()) {
    const places = settings.inspect(name);
    const value = places?.workspaceValue ?? places?.globalValue;
    if (value !== undefined) {
      chosen[name] = value;
    }
  }
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
  const directory = folders.map(({ uri }) => ({ path: uri.fsPath, ...ofFolder(uri) })).filter((own) => Object.keys(own).length > 1);
  return directory.length > 0 ? { ...chosen, directory } : chosen;
}

/** What a folder says of what may differ from folder to folder. */
function ofFolder(uri: vscode.Uri): Record<string, unknown> {
  const settings = vscode.workspace.getConfiguration("trust", uri);
  const own: Record<string, unknown> = {};
  for (const [name, { scope }] of properties()) {
    const value = scope === "resource" ? settings.inspect(name)?.workspaceFolderValue : undefined;
    if (value !== undefined) {
      own[name] = value;
    }
  }
  return own;
}

export function needsRestart(change: vscode.ConfigurationChangeEvent): boolean {
  return AT_START.some((name) => change.affectsConfiguration(`trust.${name}`));
}

/** The server's settings, by its names for them. */
function properties(): [string, { readonly scope: string }][] {
  const extension = vscode.extensions.getExtension("trust-lsp.trust-lsp");
  const all: Record<string, { readonly scope: string }> = extension?.packageJSON.contributes.configuration.properties ?? {};
  const named = Object.entries(all).map(([name, property]): [string, { readonly scope: string }] => [name.replace(/^trust\./, ""), property]);
  return named.filter(([name]) => name !== "server.path");
}
