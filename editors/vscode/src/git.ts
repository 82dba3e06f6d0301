// The commit message that the server proposes, in the box of the Source Control view, its first draft as soon as there is one.
// Asked again, it proposes another.

import * as vscode from "vscode";

import { ask, attempt } from "./ask";
import { holder } from "./holder";
import type { Session } from "./session";

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

interface Proposal {
  readonly messages: readonly Draft[];
}

/** How many messages there are to go through. */
const PROPOSALS = 3;

let writing: vscode.CancellationTokenSource | undefined;

/** Fills the box of the repository whose button was pressed, or else of the one that holds the open file. */
export async function fillCommitMessage(session: Session, pressed?: { rootUri?: vscode.Uri }): Promise<void> {
  cancelCommitMessage();
  // Before anything is awaited, so that an end that comes at once is heard.
  const own = new vscode.CancellationTokenSource();
  writing = own;
  const extension = vscode.extensions.getExtension<GitExtension>("vscode.git");
  const repositories = (await extension?.activate())?.getAPI(1).repositories ?? [];
  const wanted = pressed?.rootUri ?? vscode.window.activeTextEditor?.document.uri;
  const repository = holder(repositories, wanted?.fsPath) ?? repositories[0];
  if (repository === undefined) {
    void vscode.window.showInformationMessage(vscode.l10n.t("There is no git repository here."));
    return;
  }
  await vscode.commands.executeCommand("setContext", "trust.writesMessage", true);
  await vscode.window.withProgress({ location: vscode.ProgressLocation.SourceControl }, () =>
    attempt(() => propose(session, repository, own.token), own.token),
  );
  if (writing === own) {
    writing = undefined;
    await vscode.commands.executeCommand("setContext", "trust.writesMessage", false);
  }
  own.dispose();
}

export function cancelCommitMessage(): void {
  writing?.cancel();
}

/** The draft that code has at once is shown first, then the answer, which may be in a model's words. */
async function propose(session: Session, repository: Repository, cancel: vscode.CancellationToken): Promise<void> {
  const params = { uri: repository.rootUri.toString(), count: PROPOSALS };
  const { inputBox } = repository;
  const before = inputBox.value;
  let shown = before;
  const show = (message: string | undefined) => {
    // What somebody wrote meanwhile is worth more.
    if (message !== undefined && inputBox.value === shown) {
      inputBox.value = message;
      shown = message;
    }
  };
  const part = ({ messages }: Proposal) => show(cancel.isCancellationRequested ? undefined : following(before, messages));
  // At once, since whoever asks anew goes on from what stands there.
  const listening = cancel.onCancellationRequested(() => show(before));
  try {
    const { messages } = await ask<Proposal, Proposal>(session, "trust/commitMessage", params, cancel, part);
    if (messages.length === 0) {
      void vscode.window.showInformationMessage(vscode.l10n.t("Nothing is staged."));
    }
    part({ messages });
  } catch (error) {
    show(before);
    throw error;
  } finally {
    listening.dispose();
  }
}

/** The message after the one that was there, of those that are proposed. */
function following(before: string, messages: readonly Draft[]): string | undefined {
  const texts = messages.map(({ subject, body }) => (body === "" ? subject : `${subject}\n\n${body}`));
  return texts[(texts.indexOf(before) + 1) % Math.max(texts.length, 1)];
}
