// The server's life: started, stopped, and started again when it ended by itself, each time a little later.

import type { ChildProcess } from "node:child_process";

import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  type Executable,
  LanguageClient,
  type LanguageClientOptions,
  State,
  type StaticFeature,
  TransportKind,
} from "vscode-languageclient/node";

import { otherServers } from "./others";
import { findServer } from "./server";
import { chosenSettings } from "./settings";
import type { StatusItem } from "./status";

const LANGUAGES = [
  ...["rust", "python", "typescript", "typescriptreact", "javascript", "javascriptreact"],
  ...["go", "java", "c", "cpp", "csharp", "ruby", "php", "shellscript", "lua", "kotlin"],
];
/** How long to wait before the first, second, … attempt after a server ended; after the last one somebody has to ask. */
const BACK_OFF_MS = [500, 2_000, 5_000, 15_000, 60_000];
/** How long a program may take to say what it is. */
const INTRODUCTION_MS = 20_000;
/** Who lived that long starts anew without a past. */
const HEALTHY_MS = 120_000;

/** What became of the wait for a program to say what it is; nobody wants it where another is to be started. */
type Introduction = "answered" | "late" | "unwanted";

export class Session implements vscode.Disposable {
  private running: LanguageClient | undefined;
  private pending: Promise<void> = Promise.resolve();
  private again: NodeJS.Timeout | undefined;
  /** Ends the wait for a program that says nothing. */
  private giveUp: (() => void) | undefined;
  private failures = 0;
  private startedAt = 0;
  private readonly began = new vscode.EventEmitter<LanguageClient>();
  /** A server is about to start, with this client: whoever listens to its notifications says so now. */
  readonly onBegin = this.began.event;

  constructor(
    private readonly output: vscode.LogOutputChannel,
    private readonly status: StatusItem,
    private readonly extension: string,
  ) {}

  get client(): LanguageClient | undefined {
    return this.running;
  }

  /** One start or stop at a time: two quick restarts must not leave two servers behind. */
  restart(): Promise<void> {
    this.failures = 0;
    return this.startAgain();
  }

  async end(): Promise<void> {
    clearTimeout(this.again);
    this.giveUp?.();
    await this.pending.then(() => this.stop());
  }

  dispose(): void {
    this.began.dispose();
  }

  private startAgain(): Promise<void> {
    clearTimeout(this.again);
    this.again = undefined;
    this.giveUp?.();
    this.pending = this.pending.then(() => this.stop()).then(() => this.start());
    return this.pending;
  }

  private async stop(): Promise<void> {
    const client = this.running;
    this.running = undefined;
    // A client that never came up refuses to be stopped; there is nothing left to do for it.
    await client?.dispose().catch((error: unknown) => this.output.warn(String(error)));
  }

  private async start(): Promise<void> {
    const setting = vscode.workspace.getConfiguration("trust").get<string>("server.path", "");
    const server = await findServer(setting, this.extension);
    if (!server.found) {
      this.status.stopped(server.problem);
      void this.explainMissing(server.problem);
      return;
    }
    this.output.info(`Starting ${server.path}`);
    const client = this.create(server.path);
    this.running = client;
    this.startedAt = Date.now();
    this.began.fire(client);
    try {
      const introduced = await this.introduced(client);
      if (introduced === "answered") {
        await vscode.commands.executeCommand("setContext", "trust.running", true);
      } else {
        this.silent(client, server.path, introduced === "late");
      }
    } catch (error) {
      this.output.error(String(error));
      this.ended(client);
    }
  }

  /** Whether the program answers, in time and before somebody has another one started. */
  private async introduced(client: LanguageClient): Promise<Introduction> {
    const begun = Date.now();
    const given = new Promise<Introduction>((resolve) => {
      const timer = setTimeout(() => resolve("late"), INTRODUCTION_MS);
      this.giveUp = () => {
        clearTimeout(timer);
        resolve("unwanted");
      };
    });
    try {
      const started = client.start();
      // Where it fails after nobody waits any more, nobody is told.
      started.catch(() => this.output.debug(`a program ended after ${Date.now() - begun} ms`));
      return await Promise.race([started.then((): Introduction => "answered"), given]);
    } finally {
      this.giveUp?.();
      this.giveUp = undefined;
    }
  }

  /** A client that is starting refuses to be stopped; its program is what keeps it. */
  private silent(client: LanguageClient, path: string, late: boolean): void {
    this.running = undefined;
    (client as unknown as { _serverProcess?: ChildProcess })._serverProcess?.kill("SIGKILL");
    if (late) {
      const told = vscode.l10n.t("{0} does not answer. Is it trust-lsp?", path);
      this.output.error(told);
      this.status.stopped(told);
      void this.explainMissing(told);
    }
  }

  private create(path: string): LanguageClient {
    const executable: Executable = { command: path, transport: TransportKind.stdio };
    const options: LanguageClientOptions = {
      documentSelector: LANGUAGES.map((language) => ({ scheme: "file", language })),
      outputChannel: this.output,
      initializationOptions: { otherServers: otherServers(), ...restriction(), ...chosenSettings() },
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => {
          this.ended(client);
          return { action: CloseAction.DoNotRestart, handled: true };
        },
      },
      initializationFailedHandler: () => false,
      middleware: {
        workspace: {
          // What nobody chose is the server's other files to say, not this editor's defaults.
          configuration: (params) => params.items.map((item) => (item.section === "trust" ? chosenSettings() : null)),
        },
      },
    };
    const client = new LanguageClient("trust", "Trust", executable, options);
    client.registerFeature(ourExtensions);
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Starting) {
        this.status.starting();
      }
    });
    return client;
  }

  /** Told once of each client, by whichever notices first. */
  private ended(client: LanguageClient): void {
    if (this.running !== client || this.again !== undefined) {
      return;
    }
    this.failures = Date.now() - this.startedAt > HEALTHY_MS ? 1 : this.failures + 1;
    const wait = BACK_OFF_MS[this.failures - 1];
    if (wait === undefined) {
      this.status.stopped(vscode.l10n.t("The server ended {0} times in a row. The log says why.", this.failures));
      void this.explainEnd();
      return;
    }
    this.output.warn(`The server has ended; it starts again in ${wait / 1000} s`);
    this.status.stopped(vscode.l10n.t("The server has ended; it starts again in {0} s.", wait / 1000));
    this.again = setTimeout(() => void this.startAgain(), wait);
  }

  private async explainEnd(): Promise<void> {
    const [log, restart] = [vscode.l10n.t("Show the Log"), vscode.l10n.t("Start Again")];
    const told = vscode.l10n.t("Trust: the server ends whenever it is started.");
    const choice = await vscode.window.showErrorMessage(told, log, restart);
    if (choice === log) {
      this.output.show();
    } else if (choice === restart) {
      await this.restart();
    }
  }

  private async explainMissing(problem: string): Promise<void> {
    const [setting, again] = [vscode.l10n.t("Open the Setting"), vscode.l10n.t("Try Again")];
    const advice = vscode.l10n.t("Build it with `cargo build --release`, then put target/release/trust-lsp on the PATH or name it in the setting.");
    const choice = await vscode.window.showErrorMessage(`${problem} ${advice}`, setting, again);
    if (choice === setting) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "trust.server.path");
    } else if (choice === again) {
      await this.restart();
    }
  }
}

/** In Restricted Mode, what the workspace says counts for little, also where the server's own list trusts it. */
function restriction(): { workspaceTrusted?: false } {
  return vscode.workspace.isTrusted ? {} : { workspaceTrusted: false };
}

/** Tells the server which of its notifications this client understands. */
const ourExtensions: StaticFeature = {
  fillClientCapabilities(capabilities) {
    capabilities.experimental = { ...capabilities.experimental, trustStatus: true, trustNextEdit: true };
  },
  initialize() {},
  getState: () => ({ kind: "static" }),
  clear() {},
};
