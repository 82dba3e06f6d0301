// The view in which the workspace is asked about: what the page says is done here, and what the server says goes there.

import * as vscode from "vscode";

import type { Session } from "../session";
import type { Told } from "../told";
import { compare, insert } from "./code";
import { page } from "./page";
import type { FromPage, Place, ToPage } from "./shapes";
import { Talk } from "./talk";

/** Conversations that may be gone back to; the server keeps as many. */
const KEPT = 32;

export class ChatView implements vscode.WebviewViewProvider, vscode.Disposable {
  private view: vscode.WebviewView | undefined;
  private talks: Talk[];
  private talk: Talk;
  private readonly registration: vscode.Disposable;

  constructor(
    private readonly session: Session,
    private readonly told: Told,
    private readonly extension: vscode.Uri,
  ) {
    this.talk = this.create();
    this.talks = [this.talk];
    this.registration = vscode.window.registerWebviewViewProvider("trust.chatView", this);
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.view = view;
    view.webview.options = { enableScripts: true, localResourceRoots: ["dist", "media"].map((name) => vscode.Uri.joinPath(this.extension, name)) };
    view.webview.html = page(view.webview, this.extension);
    view.webview.onDidReceiveMessage((message: FromPage) => void this.hear(message));
    view.onDidDispose(() => {
      this.view = undefined;
    });
  }

  /** A new conversation. */
  begin(): void {
    this.talk.stop();
    if (this.talk.exchanges.length > 0) {
      this.talk = this.create();
      this.talks = [this.talk, ...this.talks].slice(0, KEPT);
    }
    this.showAll();
    this.view?.show(false);
  }

  /** Goes back to one of this window's. */
  async pick(): Promise<void> {
    const begun = this.talks.filter(({ title }) => title !== "");
    const choices = begun.map((talk) => ({ label: talk.title, description: vscode.l10n.t("{0} questions", talk.exchanges.length), talk }));
    const title = vscode.l10n.t("Earlier conversations of this window");
    const chosen = await vscode.window.showQuickPick(choices, { title });
    if (chosen !== undefined) {
      this.talk = chosen.talk;
      this.showAll();
      this.view?.show(false);
    }
  }

  dispose(): void {
    this.talk.stop();
    this.registration.dispose();
  }

  private create(): Talk {
    return new Talk(this.session, (talk, index) => {
      const exchange = talk.exchanges[index];
      if (talk === this.talk && exchange !== undefined) {
        this.post({ kind: "one", index, exchange });
      }
    });
  }

  private async hear(message: FromPage): Promise<void> {
    switch (message.kind) {
      case "ready":
        return this.showAll();
      case "ask":
        return this.talk.ask(message.message);
      case "stop":
        return this.talk.stop();
      case "open":
        return open(message.place);
      case "insert":
        return insert(message.code);
      case "compare":
        return compare(this.told, message.code);
      case "copy":
        return vscode.env.clipboard.writeText(message.code);
    }
  }

  private showAll(): void {
    this.post({ kind: "all", exchanges: this.talk.exchanges });
  }

  private post(message: ToPage): void {
    void this.view?.webview.postMessage(message);
  }
}

async function open({ uri, range }: Place): Promise<void> {
  const selection = new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
  await vscode.window.showTextDocument(vscode.Uri.parse(uri), { selection, preview: true });
}
