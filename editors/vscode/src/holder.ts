// Which repository holds a file.

import { sep } from "node:path";
import type * as vscode from "vscode";

/** The innermost repository that holds a path: `app` holds nothing of its neighbour `app-server`. */
export function holder<R extends { readonly rootUri: vscode.Uri }>(repositories: readonly R[], wanted?: string): R | undefined {
  const holds = ({ rootUri: { fsPath } }: R) =>
    wanted === fsPath || wanted?.startsWith(fsPath.endsWith(sep) ? fsPath : fsPath + sep) === true;
  const depth = ({ rootUri }: R) => rootUri.fsPath.length;
  return repositories.filter(holds).sort((one, other) => depth(other) - depth(one))[0];
}
