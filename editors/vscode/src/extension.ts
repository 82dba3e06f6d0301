// Puts the parts together: a session with the server, and the commands and views that ask it. Everything the extension
// can do, the server does: there is no logic about code here.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { showAudit } from "./audit";
import { takeProposal } from "./chat/code";
import { ChatView } from "./chat/view";
import { explainChange } from "./explain";
import { cancelCommitMessage, fillCommitMessage } from "./git";
import { showMenu } from "./menu";
import { NextEdits } from "./next";
import { type Profiles, pickModel, pickProfile } from "./pick";
import { reviewChanges } from "./review";
import { Session } from "./session";
import { needsRestart } from "./settings";
import { StatusItem, type TrustStatus } from "./status";
import { Told } from "./told";
import { explainCompletion } from "./why";

/** For the tests, which run in the same extension host. */
export interface Api {
  client(): LanguageClient | undefined;
}

let session: Session;

export async function activate(context: vscode.ExtensionContext): Promise<Api> {
  const output = vscode.window.createOutputChannel("Trust", { log: true });
  const status = new StatusItem();
  const told = new Told();
  session = new Session(output, status, context.extensionPath);
  const next = new NextEdits(session);
  const chat = new ChatView(session, told, context.extensionUri);
  const commands: Record<string, (argument?: never) => unknown> = {
    "trust.restart": () => session.restart(),
    "trust.showLog": () => output.show(),
    "trust.menu": showMenu,
    "trust.why": () => explainCompletion(session, told),
    "trust.showAudit": () => showAudit(session, told),
    "trust.pickModel": () => pickModel(session, "completion"),
    "trust.pickChatModel": () => pickModel(session, "chat"),
    "trust.pickProfile": () => pickProfile(session),
    "trust.nextEdit": () => next.go(),
    "trust.fillCommitMessage": (pressed) => fillCommitMessage(session, pressed),
    "trust.cancelCommitMessage": cancelCommitMessage,
    "trust.explain": (what) => explainChange(session, told, what),
    "trust.reviewChanges": (what) => reviewChanges(session, what),
    "trust.newChat": () => chat.begin(),
    "trust.earlierChats": () => chat.pick(),
    "trust.takeProposal": (proposal) => takeProposal(proposal),
  };
  context.subscriptions.push(
    output,
    status,
    told,
    session,
    next,
    chat,
    ...Object.entries(commands).map(([name, deed]) => vscode.commands.registerCommand(name, deed)),
    session.onBegin((client) => {
      client.onNotification("trust/status", (params: TrustStatus) => status.update(params));
      next.listen(client);
    }),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (needsRestart(change)) {
        void session.restart();
      }
    }),
  );
  context.subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(() => void session.restart()));
  // Files of the configuration change without a word to the editor; a request is cheap beside what it is shown for.
  const looking = setInterval(() => void showPrivacy(status), 5_000);
  context.subscriptions.push({ dispose: () => clearInterval(looking) });
  await session.restart();
  await showPrivacy(status);
  return { client: () => session.client };
}

export async function deactivate(): Promise<void> {
  await session.end();
}

async function showPrivacy(status: StatusItem): Promise<void> {
  const { client } = session;
  if (client?.isRunning() === true) {
    const profiles = await client.sendRequest<Profiles>("trust/profiles").catch(() => undefined);
    if (profiles !== undefined) {
      status.hold(profiles.privacy);
    }
  }
}
