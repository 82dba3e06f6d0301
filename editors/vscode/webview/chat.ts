// The page of the chat view: shows exchanges as they are told, and says what somebody wants.

import type { Exchange, FromPage, Place, ToPage, Words } from "../src/chat/shapes";
import { render } from "./markdown";
import { renew } from "./renew";

declare function acquireVsCodeApi(): { postMessage(message: FromPage): void };

const vscode = acquireVsCodeApi();
const words: Words = JSON.parse(document.body.dataset["words"] ?? "{}");
const log = element("log");
const question = element("question") as HTMLTextAreaElement;
const stop = element("stop");

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) {
    throw new Error(`no element ${id}`);
  }
  return found;
}

window.addEventListener("message", ({ data }: MessageEvent<ToPage>) => {
  if (data.kind === "all") {
    log.replaceChildren(...data.exchanges.map(show));
  } else {
    const made = show(data.exchange);
    const there = log.children[data.index];
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    if (there === undefined) {
      log.append(made);
    } else {
      there.className = made.className;
      renew(there, made);
    }
    if (atEnd || data.exchange.state === "asking") {
      log.scrollTop = log.scrollHeight;
    }
  }
  const asking = log.querySelector(".asking") !== null;
  stop.hidden = !asking;
  log.setAttribute("aria-busy", String(asking));
  element("empty").hidden = log.childElementCount > 0;
});

element("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const message = question.value.trim();
  if (message !== "") {
    vscode.postMessage({ kind: "ask", message });
    question.value = "";
  }
});
question.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    (element("form") as HTMLFormElement).requestSubmit();
  }
});
stop.addEventListener("click", () => vscode.postMessage({ kind: "stop" }));

function show(exchange: Exchange): HTMLElement {
  const article = document.createElement("article");
  article.className = exchange.state;
  const asked = text("h2", exchange.question);
  asked.setAttribute("aria-label", `${words.you}: ${exchange.question}`);
  article.append(asked);
  const makers = { code, place: (name: string) => place(exchange, name) };
  for (const [kind, markdown] of [["facts", exchange.facts], ["wording", exchange.wording]] as const) {
    if (markdown !== "") {
      const section = document.createElement("section");
      section.className = kind;
      section.append(render(markdown, makers));
      article.append(section);
    }
  }
  const notes = { asking: exchange.wording === "" ? words.thinking : "", cut: words.stopped, failed: words.failed, done: "" };
  const note = [notes[exchange.state], exchange.note, exchange.model].filter((part) => part !== "").join(" ");
  if (note !== "") {
    const said = text("p", note);
    said.className = "note";
    article.append(said);
  }
  return article;
}

/** What cites `[2]`, or names a file with lines: a button that opens it. */
function place(exchange: Exchange, name: string): HTMLElement | undefined {
  const number = /^\[(\d+)\]$/.exec(name)?.[1];
  const path = /^(.+?):(\d+)(?:-\d+)?$/.exec(name);
  const is = (place: Place) =>
    number === undefined
      ? path !== null && place.path === path[1] && place.range.start.line + 1 === Number(path[2])
      : place.number === Number(number);
  const found = exchange.places.find(is);
  if (found === undefined) {
    return undefined;
  }
  const link = button(name, () => vscode.postMessage({ kind: "open", place: found }));
  link.className = "place";
  // What is to be opened is seen of it, so that another place makes another button.
  link.dataset["place"] = JSON.stringify(found);
  link.title = `${found.path}:${found.range.start.line + 1}`;
  return link;
}

function code(source: string, language: string): HTMLElement {
  const figure = document.createElement("figure");
  figure.setAttribute("role", "group");
  figure.setAttribute("aria-label", `${words.code} ${language}`);
  const block = document.createElement("pre");
  block.tabIndex = 0;
  block.append(text("code", source));
  const bar = document.createElement("figcaption");
  for (const [kind, label] of [["insert", words.insert], ["compare", words.compare], ["copy", words.copy]] as const) {
    // More of it may have come since.
    const made = button(label, () => vscode.postMessage({ kind, code: block.textContent ?? "" }));
    made.dataset["deed"] = kind;
    bar.append(made);
  }
  figure.append(block, bar);
  return figure;
}

function button(label: string, deed: () => void): HTMLButtonElement {
  const made = text("button", label) as HTMLButtonElement;
  made.type = "button";
  made.addEventListener("click", deed);
  return made;
}

function text(tag: string, content: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = content;
  return made;
}

vscode.postMessage({ kind: "ready" });
