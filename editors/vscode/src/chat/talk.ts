// A conversation about the workspace: questions, and the server's answers as they come. It lives as long as the window;
// nothing of it is written anywhere.

import * as vscode from "vscode";

import { ask, sentence } from "../ask";
import type { Session } from "../session";
import type { Exchange, Place } from "./shapes";

interface Answer {
  readonly conversation: string;
  readonly places: Place[];
  readonly facts: string;
  readonly wording: string | null;
  readonly model: string | null;
  readonly note: string | null;
  readonly cut: boolean;
}
type Part = { readonly places: Place[]; readonly facts: string } | { readonly delta: string };

export class Talk {
  readonly exchanges: Exchange[] = [];
  private conversation: { readonly id: string; readonly of: unknown } | undefined;
  private asking: vscode.CancellationTokenSource | undefined;

  constructor(
    private readonly session: Session,
    private readonly changed: (talk: Talk, index: number) => void,
  ) {}

  get title(): string {
    return this.exchanges[0]?.question ?? "";
  }

  stop(): void {
    this.asking?.cancel();
  }

  /** Asks, and says at each part of the answer that it has changed. */
  async ask(message: string): Promise<void> {
    this.stop();
    const own = new vscode.CancellationTokenSource();
    this.asking = own;
    const exchange: Exchange = { question: message, places: [], facts: "", wording: "", model: "", note: "", state: "asking" };
    const index = this.exchanges.push(exchange) - 1;
    const tell = (news: Partial<Exchange>) => {
      Object.assign(exchange, news);
      this.changed(this, index);
    };
    tell({});
    const part = (part: Part) => {
      tell("delta" in part ? { wording: exchange.wording + part.delta } : { places: part.places, facts: part.facts });
    };
    try {
      // Another server knows nothing of it.
      const of = this.session.client;
      const conversation = this.conversation?.of === of ? this.conversation?.id : undefined;
      const params = { message, conversation, ...place() };
      const answer = await ask<Answer, Part>(this.session, "trust/chat", params, own.token, part);
      this.conversation = { id: answer.conversation, of };
      const { places, facts, wording, model, note } = answer;
      tell({ places, facts, wording: wording ?? "", model: model ?? "", note: note ?? "", state: answer.cut ? "cut" : "done" });
    } catch (error) {
      this.conversation = undefined;
      const stopped = own.token.isCancellationRequested;
      tell(stopped ? { state: "cut" } : { state: "failed", note: sentence(error) });
    }
    own.dispose();
    if (this.asking === own) {
      this.asking = undefined;
    }
  }
}

/** Where somebody is while he asks. */
function place(): { uri?: string; range?: object } {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || editor.document.uri.scheme !== "file") {
    return {};
  }
  const { start, end, isEmpty } = editor.selection;
  const at = ({ line, character }: vscode.Position) => ({ line, character });
  return { uri: editor.document.uri.toString(), ...(isEmpty ? {} : { range: { start: at(start), end: at(end) } }) };
}
