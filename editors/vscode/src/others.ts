// Which languages have another server here: the server cannot know, and must not answer what is answered already.

import * as vscode from "vscode";

/** Extensions that bring a server, and the languages that it serves. */
const SERVERS: Readonly<Record<string, readonly string[]>> = {
  "rust-lang.rust-analyzer": ["rust"],
  "ms-python.vscode-pylance": ["python"],
  "ms-pyright.pyright": ["python"],
  "detachhead.basedpyright": ["python"],
  "ms-python.python": ["python"],
  "vscode.typescript-language-features": ["typescript", "typescriptreact", "javascript", "javascriptreact"],
};

export function otherServers(): string[] {
  const present = Object.entries(SERVERS).filter(([id]) => vscode.extensions.getExtension(id) !== undefined);
  return [...new Set(present.flatMap(([, languages]) => languages))];
}
