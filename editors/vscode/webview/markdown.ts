// Markdown as answers use it, made into elements. Texts of models and files become text, never markup: what is not
// known here is shown as it is written.

export interface Makers {
  /** A block of code, with what can be done with it. */
  code(text: string, language: string): HTMLElement;
  /** A citation or path, if there is such a place. */
  place(text: string): HTMLElement | undefined;
}

const FENCE = /^\s*(`{3,}|~{3,})\s*([\w+#.-]*)/;
const ITEM = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;
const INLINE = /(`+)(.+?)\1|\*\*(.+?)\*\*|(?<!\w)[*_](\S.*?)[*_](?!\w)|(\[\d+\])/;

export function render(markdown: string, makers: Makers): DocumentFragment {
  const page = document.createDocumentFragment();
  const lines = markdown.split(/\r?\n/);
  let paragraph: string[] = [];
  const end = () => {
    if (paragraph.length > 0) {
      page.append(filled("p", paragraph.join(" "), makers));
      paragraph = [];
    }
  };
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const fence = FENCE.exec(line);
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (fence !== null) {
      end();
      const code: string[] = [];
      // A fence that is not closed yet is one that is still being written.
      while (++at < lines.length && !(lines[at] ?? "").trim().startsWith(fence[1] ?? "```")) {
        code.push(lines[at] ?? "");
      }
      page.append(makers.code(code.join("\n"), fence[2] ?? ""));
    } else if (heading !== null) {
      end();
      page.append(filled(`h${Math.min(6, (heading[1]?.length ?? 1) + 2)}`, heading[2] ?? "", makers));
    } else if (ITEM.test(line)) {
      end();
      at = list(lines, at, page, makers) - 1;
    } else if (line.trim() === "") {
      end();
    } else {
      paragraph.push(line.trim());
    }
  }
  end();
  return page;
}

/** The items from `at` on, as one list; where it ends. */
function list(lines: readonly string[], at: number, page: DocumentFragment, makers: Makers): number {
  const first = ITEM.exec(lines[at] ?? "");
  const ordered = /\d/.test(first?.[2] ?? "");
  const made = document.createElement(ordered ? "ol" : "ul");
  if (ordered) {
    (made as HTMLOListElement).start = Number.parseInt(first?.[2] ?? "1", 10);
  }
  for (; at < lines.length; at++) {
    const item = ITEM.exec(lines[at] ?? "");
    const more = /^\s{2,}\S/.test(lines[at] ?? "") ? made.lastElementChild : null;
    if (item !== null) {
      made.append(filled("li", item[3] ?? "", makers));
    } else if (more !== null) {
      more.append(" ", inline((lines[at] ?? "").trim(), makers));
    } else {
      break;
    }
  }
  page.append(made);
  return at;
}

function filled(tag: string, text: string, makers: Makers): HTMLElement {
  const element = document.createElement(tag);
  element.append(inline(text, makers));
  return element;
}

function inline(text: string, makers: Makers): DocumentFragment {
  const part = document.createDocumentFragment();
  let rest = text;
  for (let found = INLINE.exec(rest); found !== null; found = INLINE.exec(rest)) {
    const [whole, , code, strong, stressed, cited] = found;
    part.append(rest.slice(0, found.index));
    if (code !== undefined) {
      part.append(makers.place(code) ?? plain("code", code));
    } else if (cited !== undefined) {
      part.append(makers.place(cited) ?? cited);
    } else {
      part.append(filled(strong === undefined ? "em" : "strong", strong ?? stressed ?? "", makers));
    }
    rest = rest.slice(found.index + whole.length);
  }
  part.append(rest);
  return part;
}

function plain(tag: string, text: string): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}
