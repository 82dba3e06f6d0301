// The item in the status bar: what the server says of its index and its model.

import * as vscode from "vscode";

/** The parameters of the server's `trust/status` notification. */
export interface TrustStatus {
  readonly model: {
    readonly state: "loading" | "ready" | "resting" | "failed" | "none";
    readonly name?: string;
    readonly message?: string;
  };
  readonly index: {
    readonly state: "idle" | "walking" | "indexing" | "ready" | "cancelled";
    readonly files: number;
    readonly symbols: number;
    readonly total: number;
    readonly skipped: number;
  };
}

export class StatusItem implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;

  constructor() {
    this.item = vscode.window.createStatusBarItem("trust.status", vscode.StatusBarAlignment.Right, 100);
    this.item.name = "Trust";
    this.item.command = "trust.showLog";
  }

  starting(): void {
    this.show("$(loading~spin) Trust", "The server is starting.");
  }

  stopped(reason: string): void {
    this.show("$(circle-slash) Trust", reason);
    this.item.backgroundColor = new vscode.ThemeColor("statusBarItem.warningBackground");
  }

  update(status: TrustStatus): void {
    const details = [describeModel(status.model), describeIndex(status.index)];
    if (status.model.state === "failed") {
      this.show("$(warning) Trust", ...details);
      this.item.backgroundColor = new vscode.ThemeColor("statusBarItem.warningBackground");
    } else if (status.model.state === "loading" || !["ready", "cancelled"].includes(status.index.state)) {
      this.show("$(loading~spin) Trust", ...details);
    } else {
      this.show("$(lock) Trust", ...details, "Everything runs on this machine.");
    }
  }

  dispose(): void {
    this.item.dispose();
  }

  private show(text: string, ...lines: string[]): void {
    this.item.text = text;
    this.item.tooltip = lines.join("\n");
    this.item.backgroundColor = undefined;
    this.item.show();
  }
}

function describeModel(model: TrustStatus["model"]): string {
  switch (model.state) {
    case "ready":
      return `Model: ${model.name ?? "ready"}`;
    case "resting":
      return `Model: ${model.name ?? "it"} rests until it is asked`;
    case "loading":
      return "Model: loading";
    case "failed":
      return `Model: ${model.message ?? "failed"}`;
    case "none":
      return "Model: none; completions are copied from the code around";
  }
}

function describeIndex(index: TrustStatus["index"]): string {
  switch (index.state) {
    case "ready":
      return `Index: ${index.files} files, ${index.symbols} definitions`;
    case "indexing":
      return `Index: ${index.files} of ${index.total} files`;
    case "cancelled":
      return `Index: cancelled after ${index.files} files`;
    default:
      return `Index: ${index.state}`;
  }
}
