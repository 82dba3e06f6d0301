// What the extension and its page tell each other.

export interface Place {
  readonly number: number | null;
  readonly uri: string;
  readonly range: { start: { line: number; character: number }; end: { line: number; character: number } };
  readonly path: string;
}

export interface Exchange {
  question: string;
  places: Place[];
  /** Markdown, made by code. */
  facts: string;
  /** Markdown, made by a model. */
  wording: string;
  model: string;
  note: string;
  state: "asking" | "done" | "cut" | "failed";
}

export type ToPage = { readonly kind: "all"; readonly exchanges: Exchange[] } | { readonly kind: "one"; readonly index: number; readonly exchange: Exchange };

export type FromPage =
  | { readonly kind: "ready" }
  | { readonly kind: "ask"; readonly message: string }
  | { readonly kind: "stop" }
  | { readonly kind: "open"; readonly place: Place }
  | { readonly kind: "insert" | "compare" | "copy"; readonly code: string };

/** Words of the page, in the user's language. */
export interface Words {
  readonly you: string;
  readonly stopped: string;
  readonly failed: string;
  readonly thinking: string;
  readonly insert: string;
  readonly compare: string;
  readonly copy: string;
  readonly code: string;
}
