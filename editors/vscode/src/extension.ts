// Starts the server program, connects VS Code's own inline completion to it, and shows its state.
// Everything the extension can do, the server does: there is no logic about code here.

import * as vscode from "vscode";
import {
  type Executable,
  LanguageClient,
  type LanguageClientOptions,
  State,
  type StaticFeature,
  TransportKind,
} from "vscode-languageclient/node";

import { fillCommitMessage } from "./git";
import { goToNextEdit } from "./next";
import { otherServers } from "./others";
import { chosenSettings, needsRestart } from "./settings";
import { findServer } from "./server";
import { StatusItem, type TrustStatus } from "./status";

const LANGUAGES = ["rust", "python", "typescript", "typescriptreact", "javascript", "javascriptreact"];

let client: LanguageClient | undefined;
let pending: Promise<void> = Promise.resolve();
let output: vscode.LogOutputChannel;
let status: StatusItem;

/** For the tests, which run in the same extension host. */
export interface Api {
  client(): LanguageClient | undefined;
}

export async function activate(context: vscode.ExtensionContext): Promise<Api> {
  output = vscode.window.createOutputChannel("Trust", { log: true });
  status = new StatusItem();
  context.subscriptions.push(
    output,
    status,
    vscode.commands.registerCommand("trust.restart", restart),
    vscode.commands.registerCommand("trust.showLog", () => output.show()),
    vscode.commands.registerCommand("trust.nextEdit", () => goToNextEdit(client)),
    vscode.commands.registerCommand("trust.fillCommitMessage", (pressed?: { rootUri?: vscode.Uri }) =>
      fillCommitMessage(client, pressed),
    ),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (needsRestart(change)) {
        void restart();
      }
    }),
  );
  await restart();
  return { client: () => client };
}

export async function deactivate(): Promise<void> {
  await pending.then(stop);
}

/** One start or stop at a time: two quick restarts must not leave two servers behind. */
function restart(): Promise<void> {
  pending = pending.then(stop).then(start);
  return pending;
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  // A client that never came up refuses to be stopped; there is nothing left to do for it.
  await running?.dispose().catch((error: unknown) => output.warn(String(error)));
}

async function start(): Promise<void> {
  const setting = vscode.workspace.getConfiguration("trust").get<string>("server.path", "");
  const server = await findServer(setting);
  if (!server.found) {
    status.stopped(server.problem);
    void explainMissingServer(server.problem);
    return;
  }
  output.info(`Starting ${server.path}`);
  const starting = createClient(server.path);
  client = starting;
  try {
    await starting.start();
  } catch (error) {
    status.stopped(`The server did not start: ${error}`);
    output.error(String(error));
  }
}

function createClient(path: string): LanguageClient {
  const executable: Executable = { command: path, transport: TransportKind.stdio };
  const options: LanguageClientOptions = {
    documentSelector: LANGUAGES.map((language) => ({ scheme: "file", language })),
    outputChannel: output,
    initializationOptions: { otherServers: otherServers(), ...chosenSettings() },
    middleware: {
      workspace: {
        // What nobody chose is the server's other files to say, not this editor's defaults.
        configuration: (params) => params.items.map((item) => (item.section === "trust" ? chosenSettings() : null)),
      },
    },
  };
  const created = new LanguageClient("trust", "Trust", executable, options);
  created.registerFeature(trustStatus);
  created.onNotification("trust/status", (params: TrustStatus) => status.update(params));
  created.onDidChangeState(({ newState }) => {
    if (newState === State.Starting) {
      status.starting();
    } else if (newState !== State.Running && client === created) {
      status.stopped("The server has stopped. The log says why.");
    }
  });
  return created;
}

/** Tells the server that this client understands `trust/status`. */
const trustStatus: StaticFeature = {
  fillClientCapabilities(capabilities) {
    capabilities.experimental = { ...capabilities.experimental, trustStatus: true };
  },
  initialize() {},
  getState: () => ({ kind: "static" }),
  clear() {},
};

async function explainMissingServer(problem: string): Promise<void> {
  const openSetting = "Open the Setting";
  const tryAgain = "Try Again";
  const advice = "Build it with `cargo build --release -p trust-lsp`, then put target/release/trust-lsp on the PATH or name it in the setting.";
  const choice = await vscode.window.showErrorMessage(`${problem} ${advice}`, openSetting, tryAgain);
  if (choice === openSetting) {
    await vscode.commands.executeCommand("workbench.action.openSettings", "trust.server.path");
  } else if (choice === tryAgain) {
    await restart();
  }
}
