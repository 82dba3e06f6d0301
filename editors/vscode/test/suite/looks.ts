// How the page of the view looks in each kind of theme: what is written can be read, and what can be pressed is seen to be a button.

import * as assert from "node:assert/strict";
import * as vscode from "vscode";

import { evaluate, eventually, shot } from "./ui";

/** A theme of each kind that VS Code brings, and what the page is told of it. */
const THEMES = [
  { name: "Dark Modern", kind: "vscode-dark" },
  { name: "Light Modern", kind: "vscode-light" },
  { name: "Default High Contrast", kind: "vscode-high-contrast" },
  { name: "Default High Contrast Light", kind: "vscode-high-contrast-light" },
];
/** The least of WCAG 2 for text (success criterion 1.4.3). */
const CONTRAST = 4.5;

interface Seen {
  readonly what: string;
  readonly contrast: number;
  /** A background of its own, or a border. */
  readonly edge: boolean;
  readonly button: boolean;
}

/** Of what is written on the page, colours blended as they lie over one another. */
const LOOK = `(() => {
  const parse = (text) => {
    const [r, g, b, alpha = 1] = text.match(/[\\d.]+/g).map(Number);
    return { rgb: [r, g, b], alpha };
  };
  const style = (element) => getComputedStyle(element);
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = "var(--vscode-sideBar-background)";
  const ground = parse(style(probe).color).rgb;
  probe.remove();
  const over = ({ rgb, alpha }, back) => rgb.map((value, at) => value * alpha + back[at] * (1 - alpha));
  const behind = (element) => (element === null ? ground : over(parse(style(element).backgroundColor), behind(element.parentElement)));
  const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const light = (rgb) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, at) => sum + weight * linear(rgb[at] / 255), 0);
  const contrast = (element) => {
    const back = behind(element);
    const [low, high] = [light(back), light(over(parse(style(element).color), back))].sort((one, other) => one - other);
    return (high + 0.05) / (low + 0.05);
  };
  const edge = (element) => {
    const { backgroundColor, borderTopColor, borderTopStyle, borderTopWidth } = style(element);
    const bordered = borderTopStyle !== "none" && parseFloat(borderTopWidth) >= 1 && parse(borderTopColor).alpha > 0;
    return bordered || parse(backgroundColor).alpha > 0;
  };
  const all = document.querySelectorAll("h2, .facts li, .wording p, p code, pre code, .place, figcaption button, #send, #question");
  return [...all].map((element) => ({
    what: element.outerHTML.slice(0, 80),
    contrast: contrast(element),
    edge: edge(element),
    button: element.matches("figcaption button, #send"),
  }));
})()`;

/** Tests for a page that holds an answer with code; `inside` is a selector that only it holds. */
export function looks(inside: string): void {
  describe("in a theme", () => {
    const workbench = () => vscode.workspace.getConfiguration("workbench");
    const before = workbench().inspect<string>("colorTheme")?.globalValue;
    after(() => workbench().update("colorTheme", before, vscode.ConfigurationTarget.Global));

    for (const { name, kind } of THEMES) {
      it(`can be read, and its buttons are seen: ${name}`, async () => {
        await workbench().update("colorTheme", name, vscode.ConfigurationTarget.Global);
        await eventually("the theme", () => evaluate<string>("document.body.dataset.vscodeThemeKind", inside), (told) => told === kind);
        const seen = await evaluate<Seen[]>(LOOK, inside);
        await shot(`chat in ${name}`);
        assert.ok(seen.filter(({ button }) => button).length >= 4, "Insert, Compare, Copy and Ask");
        for (const { what, contrast, edge, button } of seen) {
          assert.ok(contrast >= CONTRAST, `${what}: ${contrast.toFixed(2)} to 1`);
          assert.ok(edge || !button, `${what}: nothing shows that it is a button`);
        }
      });
    }
  });
}
