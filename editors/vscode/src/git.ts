// The commit message that the server proposes, in the box of the Source Control view.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

/** What the built-in git extension shows of itself, as far as it is used here. */
interface Repository {
  readonly rootUri: vscode.Uri;
  readonly inputBox: { value: string };
}
interface GitExtension {
  getAPI(version: 1): { readonly repositories: readonly Repository[] };
}

interface Draft {
  readonly subject: string;
  readonly body: string;
}

/** Fills the box of the repository whose button was pressed, or else of the one that holds the open file. */
export async function fillCommitMessage(client: LanguageClient | undefined, pressed?: { rootUri?: vscode.Uri }): Promise<void> {
  const extension = vscode.extensions.getExtension<GitExtension>("vscode.git");
  const repositories = (await extension?.activate())?.getAPI(1).repositories ?? [];
  const wanted = pressed?.rootUri ?? vscode.window.activeTextEditor?.document.uri;
  const holds = (repository: Repository) => wanted?.fsPath.startsWith(repository.rootUri.fsPath) === true;
  const repository = repositories.find(holds) ?? repositories[0];
  if (client === undefined || repository === undefined) {
    void vscode.window.showInformationMessage("There is no git repository here, or the server is not running.");
    return;
  }
  const options = { location: vscode.ProgressLocation.SourceControl, cancellable: true };
  await vscode.window.withProgress(options, async (_, cancelled) => {
    try {
      const params = { uri: repository.rootUri.toString() };
      const answer = await client.sendRequest<{ messages: Draft[] }>("trust/commitMessage", params, cancelled);
      const draft = answer.messages[0];
      if (draft === undefined) {
        void vscode.window.showInformationMessage("Nothing is staged.");
      } else {
        repository.inputBox.value = draft.body === "" ? draft.subject : `${draft.subject}\n\n${draft.body}`;
      }
    } catch (error) {
      if (!cancelled.isCancellationRequested) {
        void vscode.window.showWarningMessage(error instanceof Error ? error.message : String(error));
      }
    }
  });
}
