// The item in the status bar: what the server says of its index and its model.

import * as vscode from "vscode";

import type { Profiles } from "./pick";

/** The parameters of the server's `trust/status` notification. */
export interface TrustStatus {
  readonly model: {
    readonly state: "loading" | "ready" | "resting" | "failed" | "none";
    readonly name?: string;
    readonly message?: string;
    readonly next?: string;
  };
  readonly index: {
    readonly state: "idle" | "walking" | "indexing" | "ready" | "cancelled";
    readonly files: number;
    readonly symbols: number;
    readonly total: number;
    readonly skipped: number;
  };
}

type Privacy = Profiles["privacy"];

export class StatusItem implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private privacy: Privacy = "strict";
  private last: TrustStatus | undefined;

  constructor() {
    this.item = vscode.window.createStatusBarItem("trust.status", vscode.StatusBarAlignment.Right, 100);
    this.item.name = "Trust";
    this.item.command = "trust.menu";
  }

  starting(): void {
    this.last = undefined;
    this.show("$(loading~spin) Trust", vscode.l10n.t("The server is starting."));
  }

  stopped(reason: string): void {
    this.last = undefined;
    this.show("$(circle-slash) Trust", reason);
    this.item.backgroundColor = new vscode.ThemeColor("statusBarItem.warningBackground");
  }

  /** What the configuration says may leave the machine. */
  hold(privacy: Privacy): void {
    this.privacy = privacy;
    if (this.last !== undefined) {
      this.update(this.last);
    }
  }

  update(status: TrustStatus): void {
    this.last = status;
    const { model, index } = status;
    const details = [describeModel(model), describeIndex(index), describePrivacy(this.privacy)];
    const name = model.name ?? "Trust";
    const tail = `${name} · ${this.privacy}`;
    if (model.state === "failed") {
      this.show(`$(warning) ${tail}`, ...details);
      this.item.backgroundColor = new vscode.ThemeColor("statusBarItem.warningBackground");
    } else if (model.state === "loading" || model.next !== undefined) {
      this.show(`$(loading~spin) ${tail}`, ...details);
    } else if (!["ready", "cancelled"].includes(index.state)) {
      const share = index.total > 0 ? ` ${Math.floor((100 * index.files) / index.total)} %` : "";
      this.show(`$(loading~spin) ${name} ·${share} ${this.privacy}`, ...details);
    } else {
      this.show(`${this.privacy === "strict" ? "$(lock)" : "$(unlock)"} ${tail}`, ...details);
    }
  }

  dispose(): void {
    this.item.dispose();
  }

  private show(text: string, ...lines: string[]): void {
    this.item.text = text;
    this.item.tooltip = lines.join("\n");
    this.item.accessibilityInformation = { label: `Trust: ${lines.join(" ")}`, role: "button" };
    this.item.backgroundColor = undefined;
    this.item.show();
  }
}

function describeModel(model: TrustStatus["model"]): string {
  if (model.next !== undefined) {
    return vscode.l10n.t("Model: {0}; {1} is being loaded.", model.name ?? "-", model.next);
  }
  switch (model.state) {
    case "ready":
      return vscode.l10n.t("Model: {0}.", model.name ?? "-");
    case "resting":
      return vscode.l10n.t("Model: {0}, which rests until it is asked.", model.name ?? "-");
    case "loading":
      return vscode.l10n.t("Model: loading.");
    case "failed":
      return vscode.l10n.t("Model: {0}", model.message ?? "-");
    case "none":
      return vscode.l10n.t("Model: none; completions are copied from the code around.");
  }
}

function describeIndex(index: TrustStatus["index"]): string {
  switch (index.state) {
    case "ready":
      return vscode.l10n.t("Index: {0} files, {1} definitions.", index.files, index.symbols);
    case "indexing":
      return vscode.l10n.t("Index: {0} of {1} files.", index.files, index.total);
    case "cancelled":
      return vscode.l10n.t("Index: cancelled after {0} files.", index.files);
    default:
      return vscode.l10n.t("Index: not begun.");
  }
}

function describePrivacy(privacy: Privacy): string {
  return privacy === "strict"
    ? vscode.l10n.t("Privacy: strict. Everything runs on this machine, and nothing leaves it.")
    : vscode.l10n.t("Privacy: {0}. `trust-lsp privacy status` says what that means.", privacy);
}
