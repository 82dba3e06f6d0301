// Where the server program is: the setting, or else the one that came with the extension, or else the first `trust-lsp` on the
// PATH. It is looked up before the client starts, so that a missing program becomes one clear message.

import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";

import * as vscode from "vscode";

const PROGRAM = process.platform === "win32" ? "trust-lsp.exe" : "trust-lsp";

export type Lookup =
  | { readonly found: true; readonly path: string }
  | { readonly found: false; readonly problem: string };

/** `extension`: the folder of the extension, which has a `bin` where it was packed for one platform. */
export async function findServer(setting: string, extension: string): Promise<Lookup> {
  const configured = expandHome(setting.trim());
  if (configured === "") {
    const packed = join(extension, "bin", PROGRAM);
    return (await isProgram(packed)) ? { found: true, path: packed } : findOnPath(process.env["PATH"] ?? "");
  }
  if (!isAbsolute(configured)) {
    return { found: false, problem: vscode.l10n.t('The setting trust.server.path is "{0}"; it has to be an absolute path.', configured) };
  }
  if (await isProgram(configured)) {
    return { found: true, path: configured };
  }
  return { found: false, problem: vscode.l10n.t('The setting trust.server.path is "{0}", and there is no program of that name.', configured) };
}

async function findOnPath(searchPath: string): Promise<Lookup> {
  for (const directory of searchPath.split(delimiter)) {
    // A relative entry would let the opened folder choose the program.
    if (isAbsolute(directory) && (await isProgram(join(directory, PROGRAM)))) {
      return { found: true, path: join(directory, PROGRAM) };
    }
  }
  return { found: false, problem: vscode.l10n.t("There is no {0} on the PATH, and the setting trust.server.path is empty.", PROGRAM) };
}

function expandHome(path: string): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
