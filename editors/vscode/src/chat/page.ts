// The page of the chat view. It loads its own script and style, each by a nonce or from the extension's folder, and
// nothing else from anywhere.

import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

import type { Words } from "./shapes";

export function page(webview: vscode.Webview, extension: vscode.Uri): string {
  const nonce = randomBytes(16).toString("base64url");
  const file = (...path: string[]) => webview.asWebviewUri(vscode.Uri.joinPath(extension, ...path)).toString();
  const words: Words = {
    you: vscode.l10n.t("You"),
    stopped: vscode.l10n.t("Ended before its end."),
    failed: vscode.l10n.t("No answer: "),
    thinking: vscode.l10n.t("Looking …"),
    insert: vscode.l10n.t("Insert at the cursor"),
    compare: vscode.l10n.t("Compare"),
    copy: vscode.l10n.t("Copy"),
    code: vscode.l10n.t("Code"),
  };
  const [label, send, stop, empty] = [
    vscode.l10n.t("Ask about this project"),
    vscode.l10n.t("Ask"),
    vscode.l10n.t("Stop"),
    vscode.l10n.t("Places come first, found by the index; a model that can converse puts them into words. Nothing leaves this machine unless you say so."),
  ].map(escape);
  const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'; font-src ${webview.cspSource}`;
  return `<!DOCTYPE html>
<html lang="${escape(vscode.env.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="${file("media", "chat.css")}">
<title>Trust</title>
</head>
<body data-words="${escape(JSON.stringify(words))}">
<main id="log" role="log" aria-live="polite" tabindex="0" aria-label="Trust"></main>
<p id="empty">${empty}</p>
<form id="form">
<textarea id="question" rows="3" aria-label="${label}" placeholder="${label}"></textarea>
<div><button id="stop" type="button" hidden>${stop}</button><button id="send" type="submit">${send}</button></div>
</form>
<script nonce="${nonce}" src="${file("dist", "chat.js")}"></script>
</body>
</html>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
